#include "base/memory.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_SIZE ((size_t)64 * 1024)

struct ohb_arena_block {
	struct ohb_arena_block *next;
	size_t used, size;
	alignas(max_align_t) unsigned char data[];
};

static void *must(void *memory)
{
	if (!memory) {
		(void)fputs("ohbuild: out of memory\n", stderr);
		abort();
	}
	return memory;
}

void *ohb_alloc(size_t size)
{
	return must(calloc(1, size ? size : 1));
}

void *ohb_realloc(void *old, size_t count, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(count, size, &bytes))
		return must(NULL);
	return must(realloc(old, bytes ? bytes : 1));
}

char *ohb_strndup(const char *s, size_t len)
{
	char *copy = must(malloc(len + 1));

	if (len)
		memcpy(copy, s, len);
	copy[len] = '\0';
	return copy;
}

char *ohb_strdup(const char *s)
{
	return ohb_strndup(s, strlen(s));
}

void *ohb_grow(void *items, size_t *cap, size_t count, size_t size)
{
	char *array;

	/* items is the address of some T *; memcpy keeps strict aliasing. */
	memcpy(&array, items, sizeof(array));
	if (count == *cap) {
		*cap = *cap ? *cap * 2 : 8;
		array = ohb_realloc(array, *cap, size);
		memcpy(items, &array, sizeof(array));
	}
	memset(array + count * size, 0, size);
	return array + count * size;
}

void *ohb_arena_alloc(struct ohb_arena *arena, size_t size)
{
	struct ohb_arena_block *block = arena->head;
	const size_t align = alignof(max_align_t);
	size_t need = (size + align - 1) / align * align;
	size_t room;
	void *ret;

	if (need < size)
		return must(NULL);
	if (!block || block->size - block->used < need) {
		room = need > BLOCK_SIZE ? need : BLOCK_SIZE;
		block = ohb_alloc(sizeof(*block) + room);
		block->size = room;
		block->next = arena->head;
		arena->head = block;
	}
	ret = block->data + block->used;
	block->used += need;
	return ret;
}

char *ohb_arena_strndup(struct ohb_arena *arena, const char *s, size_t len)
{
	char *copy = ohb_arena_alloc(arena, len + 1);

	if (len)
		memcpy(copy, s, len);
	return copy;
}

char *ohb_arena_strdup(struct ohb_arena *arena, const char *s)
{
	return ohb_arena_strndup(arena, s, strlen(s));
}

char *ohb_arena_printf(struct ohb_arena *arena, const char *fmt, ...)
{
	va_list ap, again;
	char *ret;
	int len;

	va_start(ap, fmt);
	va_copy(again, ap);
	len = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (len < 0)
		len = 0;
	ret = ohb_arena_alloc(arena, (size_t)len + 1);
	(void)vsnprintf(ret, (size_t)len + 1, fmt, again);
	va_end(again);
	return ret;
}

void ohb_arena_release(struct ohb_arena *arena)
{
	while (arena->head) {
		struct ohb_arena_block *next = arena->head->next;

		free(arena->head);
		arena->head = next;
	}
}

void ohb_freep(void *pointer_to_pointer)
{
	void *memory;

	/* The argument is the address of some T *, not of a void *. */
	memcpy(&memory, pointer_to_pointer, sizeof(memory));
	free(memory);
}
