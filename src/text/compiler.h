#ifndef OHB_TEXT_COMPILER_H
#define OHB_TEXT_COMPILER_H

/*
 * What compilers, interpreters and linkers say is wrong: gcc, clang, ld,
 * rustc, go, tsc, javac, Python, Node, the shells, make, sanitizers, and every
 * linter that writes "file:line:column: error: …".  No warnings, no notes.
 */

#include <stddef.h>

#include "base/memory.h"

struct ohb_compiler_error {
	const char *file; /* NULL: unknown */
	unsigned line; /* 0: unknown */
	unsigned column; /* 0: unknown */
	const char *text; /* what is wrong; a panic's has lines */
	const char *source; /* the line of code, as shown; or NULL */
};

/* The first `max` errors, in the order printed, each once; returns how many
 * were found.  The text is clean (ohb_utf8_clean); results are in the arena. */
size_t ohb_compiler_errors(const char *text, struct ohb_arena *arena,
		struct ohb_compiler_error *ret, size_t max);

#endif
