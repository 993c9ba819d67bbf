#ifndef OHB_BASE_MAP_H
#define OHB_BASE_MAP_H

/*
 * From strings to pointers.  Keys are borrowed: they must live as long as
 * the map (the arena's do).  Open addressing; no removal, nobody needs it.
 */

#include <stddef.h>

struct ohb_map {
	struct ohb_map_slot *slots;
	size_t count, cap; /* cap is 0 or a power of two */
};

#define OHB_MAP_INIT                                \
	{                                           \
		.slots = NULL, .count = 0, .cap = 0 \
	}

/* The value under key, or NULL. */
void *ohb_map_get(const struct ohb_map *map, const char *key);
/* Puts value (not NULL) under key unless the key is there; returns the value
 * that stands under the key now: the caller's own when it was new. */
void *ohb_map_add(struct ohb_map *map, const char *key, void *value);
/* Calls fn for every pair, in no order; ends at the first -1 and returns it,
 * else 0. */
int ohb_map_each(const struct ohb_map *map,
		int (*fn)(void *userdata, const char *key, void *value),
		void *userdata);
void ohb_map_release(struct ohb_map *map);

#endif
