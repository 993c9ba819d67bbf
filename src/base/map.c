#include "base/map.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <xxhash.h>

#include "base/memory.h"

struct ohb_map_slot {
	const char *key; /* NULL: free */
	void *value;
};

static struct ohb_map_slot *slot_of(const struct ohb_map *map, const char *key)
{
	size_t mask = map->cap - 1;
	size_t i = (size_t)XXH3_64bits(key, strlen(key)) & mask;

	while (map->slots[i].key && strcmp(map->slots[i].key, key) != 0)
		i = (i + 1) & mask;
	return &map->slots[i];
}

void *ohb_map_get(const struct ohb_map *map, const char *key)
{
	return map->cap ? slot_of(map, key)->value : NULL;
}

static void grow(struct ohb_map *map)
{
	struct ohb_map bigger = {
		.slots = ohb_alloc((map->cap ? map->cap * 2 : 16) *
				sizeof(*map->slots)),
		.count = map->count,
		.cap = map->cap ? map->cap * 2 : 16,
	};
	size_t i;

	for (i = 0; i < map->cap; i++)
		if (map->slots[i].key)
			*slot_of(&bigger, map->slots[i].key) = map->slots[i];
	free(map->slots);
	*map = bigger;
}

void *ohb_map_add(struct ohb_map *map, const char *key, void *value)
{
	struct ohb_map_slot *slot;

	if (map->count * 4 >= map->cap * 3)
		grow(map);
	slot = slot_of(map, key);
	if (!slot->key) {
		slot->key = key;
		slot->value = value;
		map->count++;
	}
	return slot->value;
}

int ohb_map_each(const struct ohb_map *map,
		int (*fn)(void *userdata, const char *key, void *value),
		void *userdata)
{
	size_t i;

	for (i = 0; i < map->cap; i++)
		if (map->slots[i].key &&
				fn(userdata, map->slots[i].key,
						map->slots[i].value) < 0)
			return -1;
	return 0;
}

void ohb_map_release(struct ohb_map *map)
{
	free(map->slots);
	*map = (struct ohb_map)OHB_MAP_INIT;
}
