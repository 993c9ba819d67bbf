#ifndef OHB_TEXT_GLOB_H
#define OHB_TEXT_GLOB_H

/*
 * Path patterns.  `*` any bytes but '/', `?` one byte but '/', `[a-z]`
 * `[!x]` a class, `**` as a whole segment any number of segments (also none),
 * `\x` x itself.  `{name}` captures one or more bytes without '/',
 * `{dir:**}` captures any number of whole segments, without the '/' behind
 * them.  At the end of a pattern `**` and `{dir:**}` take at least one
 * segment: what is inside of the folder.  A capture that stands twice must
 * have the same bytes; one of a pattern may, when its first place has no
 * other wildcard beside it between two '/'.  Names: [a-z_][a-z0-9_]*.  A
 * leading dot is a byte as any other.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/memory.h"

#define OHB_GLOB_CAPTURES 16
#define OHB_GLOB_WILDCARDS 64 /* `*`, `**` and captures of one pattern */

struct ohb_glob; /* compiled; lives in the arena */

struct ohb_capture {
	const char *name; /* borrowed from the glob */
	const char *value; /* borrowed from the arena given to match */
};

struct ohb_captures {
	struct ohb_capture items[OHB_GLOB_CAPTURES];
	size_t count;
	size_t steps; /* of work done, also without a match: for tests */
};

/* NULL with err (OHB_E_SYNTAX) set on a bad pattern; *ret_at is then the
 * byte in the pattern (from 0). */
struct ohb_glob *ohb_glob_compile(struct ohb_arena *arena, const char *pattern,
		size_t *ret_at, struct ohb_error *err);
bool ohb_glob_has_captures(const struct ohb_glob *glob);
bool ohb_glob_is_literal(const struct ohb_glob *glob); /* no wildcard */
/* The bytes every matching path begins with, escapes undone: of a literal
 * pattern the path itself. */
const char *ohb_glob_prefix(const struct ohb_glob *glob);
/* The names of the captures, in the order of their first place. */
size_t ohb_glob_names(
		const struct ohb_glob *glob, const char *const **ret_names);

/*
 * Whether the whole path matches; linear in practice, never exponential:
 * what failed once at a place is not tried there again.  captures may be
 * NULL; with captures the arena holds the values.  Wildcards are greedy from
 * the left but give back; the first match in that order wins.
 */
bool ohb_glob_match(const struct ohb_glob *glob, const char *path,
		struct ohb_arena *arena, struct ohb_captures *captures);

#endif
