#include "stats.h"

bool stats_range(const struct ring *ring, uint64_t *min, uint64_t *max)
{
	uint64_t sample;

	if (!ring_at(ring, 0, &sample))
		return false;
	*min = *max = sample;
	for (size_t i = 1; ring_at(ring, i, &sample); i++) {
		if (sample < *min)
			*min = sample;
		if (sample > *max)
			*max = sample;
	}
	return true;
}

bool stats_mean(const struct ring *ring, uint64_t *mean)
{
	size_t count = ring_count(ring);
	uint64_t whole = 0, rest = 0, sample;

	if (count == 0)
		return false;
	/* Summing quotients and remainders apart keeps both below 2^64. */
	for (size_t i = 0; ring_at(ring, i, &sample); i++) {
		whole += sample / count;
		rest += sample % count;
		whole += rest / count;
		rest %= count;
	}
	*mean = whole;
	return true;
}

static size_t count_up_to(const struct ring *ring, uint64_t limit)
{
	uint64_t sample;
	size_t n = 0;

	for (size_t i = 0; ring_at(ring, i, &sample); i++)
		n += sample <= limit;
	return n;
}

bool stats_percentile(
		const struct ring *ring, unsigned percent, uint64_t *sample)
{
	size_t count = ring_count(ring);
	size_t rank = count / 100 * percent +
			(count % 100 * percent + 99) / 100;
	uint64_t candidate;
	bool found = false;

	for (size_t i = 0; ring_at(ring, i, &candidate); i++) {
		if (found && candidate >= *sample)
			continue;
		if (count_up_to(ring, candidate) >= rank) {
			*sample = candidate;
			found = true;
		}
	}
	return found;
}
