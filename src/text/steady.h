#ifndef OHB_TEXT_STEADY_H
#define OHB_TEXT_STEADY_H

/*
 * What programs print differs from run to run: dates, times, how long a thing
 * took, process ids, addresses, names of temporary files.
 */

#include <stddef.h>

#include "base/str.h"

/* Appends the text with a word in angle brackets ("<time>") for each of
 * these. */
void ohb_steady_add(struct ohb_str *out, const char *data, size_t len);
/* The same but for times and ids: what an assertion compares is the message. */
void ohb_steady_add_message(struct ohb_str *out, const char *data, size_t len);

#endif
