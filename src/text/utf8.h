#ifndef OHB_TEXT_UTF8_H
#define OHB_TEXT_UTF8_H

/* Foreign text made fit for people. */

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

bool ohb_utf8_valid(const char *data, size_t len);
/* Length of the valid sequence at data (1..4), or 0. */
size_t ohb_utf8_next(const char *data, size_t len);

/*
 * Appends text without terminal escapes (CSI, OSC and their kin), without
 * control characters but newline and tab, "\r\n" and a lone "\r" as "\n", what
 * is not UTF-8 as U+FFFD.
 */
void ohb_utf8_clean(struct ohb_str *out, const char *data, size_t len);
/* The same on one line: newlines and tabs become spaces, at most max bytes,
 * cut at a character with "…". */
void ohb_utf8_line(
		struct ohb_str *out, const char *data, size_t len, size_t max);

/* Columns on a terminal; wide characters count two, combining none. */
size_t ohb_utf8_width(const char *data, size_t len);
/* The longest prefix that fits in columns, in bytes. */
size_t ohb_utf8_fit(const char *data, size_t len, size_t columns);

#endif
