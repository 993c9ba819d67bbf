#include "ring.h"

void ring_init(struct ring *ring, uint64_t *slots, size_t capacity)
{
	ring->slots = slots;
	ring->capacity = capacity;
	ring_clear(ring);
}

static size_t slot_of(const struct ring *ring, size_t index)
{
	/* Not (first + index) % capacity: the sum could overflow. */
	size_t until_end = ring->capacity - ring->first;

	if (index < until_end)
		return ring->first + index;
	return index - until_end;
}

bool ring_push(struct ring *ring, uint64_t sample, uint64_t *lost)
{
	bool full = ring_is_full(ring);

	if (full) {
		if (lost)
			*lost = ring->slots[ring->first];
		ring->first = slot_of(ring, 1);
		ring->count--;
	}
	ring->slots[slot_of(ring, ring->count)] = sample;
	ring->count++;
	return full;
}

bool ring_pop(struct ring *ring, uint64_t *sample)
{
	if (ring->count == 0)
		return false;
	*sample = ring->slots[ring->first];
	ring->first = slot_of(ring, 1);
	ring->count--;
	return true;
}

bool ring_at(const struct ring *ring, size_t index, uint64_t *sample)
{
	if (index >= ring->count)
		return false;
	*sample = ring->slots[slot_of(ring, index)];
	return true;
}

size_t ring_count(const struct ring *ring)
{
	return ring->count;
}

bool ring_is_full(const struct ring *ring)
{
	return ring->count == ring->capacity;
}

void ring_clear(struct ring *ring)
{
	ring->first = 0;
	ring->count = 0;
}
