#ifndef OHB_TEXT_DIFF_H
#define OHB_TEXT_DIFF_H

/* What changed between two texts, line by line. */

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

/* Larger texts, or texts of more lines, are not compared. */
#define OHB_DIFF_MAX_BYTES ((size_t)1 << 20)
#define OHB_DIFF_MAX_LINES ((size_t)50000)

/* Without NUL in the first 8000 bytes, as git sees it. */
bool ohb_diff_is_text(const char *data, size_t len);

/*
 * Appends a unified diff without its file names: hunks of two lines of
 * context, each line ending in a newline, at most max_lines of them.  Bytes
 * of the lines are as they were.  *ret_more becomes the number of lines left
 * out.  False, and nothing appended, when one text is too large.
 */
bool ohb_diff_add(struct ohb_str *out, const char *old, size_t old_len,
		const char *new, size_t new_len, size_t max_lines,
		size_t *ret_more) OHB_MUST_CHECK;

#endif
