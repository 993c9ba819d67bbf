#ifndef OHB_BASE_MEMORY_H
#define OHB_BASE_MEMORY_H

/*
 * Memory.  Out of memory ends the process with a message on stderr: nothing
 * useful can be done, and everything a stranger controls is bounded where it
 * enters (limits.h).
 */

#include <stdarg.h>
#include <stddef.h>

#include "ohbuild/error.h"

void *ohb_alloc(size_t size) __attribute__((malloc)); /* zeroed */
void *ohb_realloc(void *old, size_t count, size_t size);
char *ohb_strdup(const char *s);
char *ohb_strndup(const char *s, size_t len);

/* Makes room for one more element: grows *items (of size bytes each, cap of
 * them) when count == cap and returns the address of element number count,
 * zeroed.  The caller increments its count. */
void *ohb_grow(void *items, size_t *cap, size_t count, size_t size);

/*
 * Memory that lives and dies together: the project's, or an attempt's.
 * Not thread-safe; an arena that is shared between threads is read-only.
 */
struct ohb_arena {
	struct ohb_arena_block *head;
};

#define OHB_ARENA_INIT       \
	{                    \
		.head = NULL \
	}

void *ohb_arena_alloc(struct ohb_arena *arena, size_t size); /* zeroed */
char *ohb_arena_strdup(struct ohb_arena *arena, const char *s);
char *ohb_arena_strndup(struct ohb_arena *arena, const char *s, size_t len);
char *ohb_arena_printf(struct ohb_arena *arena, const char *fmt, ...)
		OHB_PRINTF(2, 3);
void ohb_arena_release(struct ohb_arena *arena);

/* Scope cleanup: `ohb_autofree char *s = …` frees s when the scope ends. */
void ohb_freep(void *pointer_to_pointer);
#define ohb_autofree __attribute__((cleanup(ohb_freep)))

#define OHB_ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

#endif
