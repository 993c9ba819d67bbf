#ifndef PACE_STATS_H
#define PACE_STATS_H

#include "ring.h"

/* What a ring of samples says.  Each returns false when the ring is empty. */

bool stats_range(const struct ring *ring, uint64_t *min, uint64_t *max);

/* The mean, rounded down; never overflows. */
bool stats_mean(const struct ring *ring, uint64_t *mean);

/*
 * The smallest sample that at least percent of the samples do not exceed
 * (nearest rank).  percent is 1 to 100.
 */
bool stats_percentile(
		const struct ring *ring, unsigned percent, uint64_t *sample);

#endif
