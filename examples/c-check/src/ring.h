#ifndef PACE_RING_H
#define PACE_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The last samples of something measured.  The slots belong to the caller and
 * must live as long as the ring; a full ring forgets its oldest sample.
 */
struct ring {
	uint64_t *slots;
	size_t capacity; /* number of slots, at least 1 */
	size_t first; /* slot of the oldest sample */
	size_t count; /* samples held */
};

void ring_init(struct ring *ring, uint64_t *slots, size_t capacity);

/*
 * Adds the newest sample.  Returns true when the oldest had to go for it; it
 * is then stored to *lost, unless lost is NULL.
 */
bool ring_push(struct ring *ring, uint64_t sample, uint64_t *lost);

/* Takes the oldest sample.  Returns false when there is none. */
bool ring_pop(struct ring *ring, uint64_t *sample);

/* Reads the sample at index, 0 being the oldest; false when out of range. */
bool ring_at(const struct ring *ring, size_t index, uint64_t *sample);

size_t ring_count(const struct ring *ring);
bool ring_is_full(const struct ring *ring);
void ring_clear(struct ring *ring);

#endif
