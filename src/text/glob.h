#ifndef OHB_TEXT_GLOB_H
#define OHB_TEXT_GLOB_H

/*
 * Path patterns.  `*` any bytes but '/', `?` one byte but '/', `[a-z]`
 * `[!x]` a class, `**` as a whole segment any number of segments (also none),
 * `\x` x itself.  `{name}` captures one or more bytes without '/',
 * `{dir:**}` captures any number of whole segments.  The same capture twice
 * in a pattern must have the same bytes.  Names: [a-z_][a-z0-9_]*.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/memory.h"

#define OHB_GLOB_CAPTURES 16

struct ohb_glob; /* compiled; lives in the arena */

struct ohb_capture {
	const char *name; /* borrowed from the glob */
	const char *value; /* borrowed from the arena given to match */
};

struct ohb_captures {
	struct ohb_capture items[OHB_GLOB_CAPTURES];
	size_t count;
};

/* NULL with err (OHB_E_SYNTAX) set on a bad pattern; *ret_at is then the
 * byte in the pattern (from 0). */
struct ohb_glob *ohb_glob_compile(struct ohb_arena *arena, const char *pattern,
		size_t *ret_at, struct ohb_error *err);
bool ohb_glob_has_captures(const struct ohb_glob *glob);
bool ohb_glob_is_literal(const struct ohb_glob *glob); /* no wildcard */

/*
 * Whether the whole path matches; linear in practice, never exponential.
 * captures and arena may be NULL.  `{name}` is greedy from the left but
 * gives back; the first match in that order wins.
 */
bool ohb_glob_match(const struct ohb_glob *glob, const char *path,
		struct ohb_arena *arena, struct ohb_captures *captures);

#endif
