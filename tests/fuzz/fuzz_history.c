/* What git tells of a path's commits: subjects and authors are anybody's. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "build/history.h"

#define MAX ((size_t)16)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ohb_arena arena = OHB_ARENA_INIT;
	struct ohb_history_entry entries[MAX];
	size_t n = ohb_history_parse(
			(const char *)data, size, &arena, entries, MAX);
	size_t i;

	if (n > MAX)
		__builtin_trap();
	/* Every entry has its four fields. */
	for (i = 0; i < n; i++)
		if (!entries[i].commit.id || !entries[i].commit.date ||
				!entries[i].commit.author ||
				!entries[i].commit.subject ||
				strlen(entries[i].commit.id) > size)
			__builtin_trap();
	ohb_arena_release(&arena);
	return 0;
}
