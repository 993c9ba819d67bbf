#ifndef OHB_TEXT_DIAG_H
#define OHB_TEXT_DIAG_H

/*
 * What is wrong in a file a person wrote, with its place.  Collected, up to
 * OHB_MAX_DIAGNOSTICS, so that all can be mended at once.
 */

#include <stddef.h>

#include "base/memory.h"
#include "base/str.h"

struct ohb_pos {
	unsigned file; /* index in ohb_diags.files */
	unsigned line; /* from 1; 0: no place known */
	unsigned column; /* from 1, in bytes */
	unsigned length; /* bytes to underline; 0 or 1: one caret */
};

struct ohb_diag_file {
	const char *name; /* as the user would write it */
	const char *data;
	size_t len;
};

struct ohb_diag {
	struct ohb_pos pos;
	const char *text; /* "unknown key 'modles' in the document" */
	const char *hint; /* "did you mean 'models'?" or NULL */
};

struct ohb_diags {
	struct ohb_arena *arena; /* everything below lives here */
	struct ohb_diag_file *files;
	size_t nfiles, cfiles;
	struct ohb_pos *masks; /* never shown */
	size_t nmasks, cmasks;
	struct ohb_diag *items;
	size_t nitems, citems;
	size_t dropped; /* above the maximum */
};

void ohb_diags_init(struct ohb_diags *diags, struct ohb_arena *arena);
void ohb_diags_release(struct ohb_diags *diags); /* arrays; not the arena */
unsigned ohb_diags_add_file(struct ohb_diags *diags, const char *name,
		const char *data, size_t len);
/* hint may be NULL; both are copied.  Always returns -1.  What has the form
 * of a key (text/keyshape.h) is never kept and never shown. */
int ohb_diags_add(struct ohb_diags *diags, struct ohb_pos pos, const char *hint,
		const char *fmt, ...) OHB_PRINTF(4, 5);

/* From now on the bytes at pos are shown as asterisks. */
void ohb_diags_mask(struct ohb_diags *diags, struct ohb_pos pos);

/* The best candidate for a mistyped word (a bounded edit distance), or
 * NULL.  candidates is NULL-terminated. */
const char *ohb_suggest(const char *word, const char *const *candidates);

/*
 * "openhands.yml:3:5: error: …", the line, a caret, the hint.  Tabs and
 * long lines are handled; the text is clean of control characters.
 */
void ohb_diags_format(const struct ohb_diags *diags, struct ohb_str *out);

#endif
