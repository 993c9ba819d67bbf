#ifndef OHB_SYNTAX_LAYOUT_H
#define OHB_SYNTAX_LAYOUT_H

/*
 * Whether two versions of a file differ in nothing that is executed.
 *
 * Both are parsed, and their trees compared, with the text of their leaves.
 * What does not count is what the query "layout" of the language captures:
 *
 *	@layout		a node that is left out: a comment
 *	@verbatim	a node whose bytes count, blanks and all: a string
 *	@place		a node whose line and column count: __LINE__
 *	@opaque		what may see the text itself, or lines elsewhere:
 *			nothing can be known
 *
 * Blanks between leaves never count; where they mean something, as in Python,
 * the tree differs.
 */

#include "base/str.h"

/* False as well when it cannot be known: no language, no grammar, no such
 * query, code that is wrong.  path: for its suffix. */
bool ohb_layout_same(const char *path, const char *old, size_t old_len,
		const char *now, size_t now_len);

/*
 * Adds the same code with wider blanks between its words: its text is another
 * one, and no line has moved.  Comments and strings are as they were.  False
 * when that cannot be, as above.
 */
bool ohb_layout_widen(const char *path, const char *data, size_t len,
		struct ohb_str *out);

#endif
