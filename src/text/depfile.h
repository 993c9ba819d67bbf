#ifndef OHB_TEXT_DEPFILE_H
#define OHB_TEXT_DEPFILE_H

/*
 * What a tool prints about the files it read, in one of two forms.
 *
 * Rules, as of `cc -MM`, when the first line that is neither blank nor begins
 * with '#' has a colon behind a word (before a blank or the line's end):
 *
 *   target: file file \
 *    file
 *
 * Files are what stands behind the colons, whatever the targets; when nothing
 * does in all of the text, they are the targets (`rustc --emit=dep-info -o -`
 * prints empty rules only).  '\' at the end of a line goes on in the next,
 * `\ ` `\#` `\:` and `$$` are a blank, '#', ':' and '$' of a name, backslashes
 * before `\ ` are doubled, any other is one of the name; '#' begins a comment,
 * '|' between files says nothing.  So a drive's colon is one of the name.
 *
 * Lines, otherwise: one file a line, byte for byte; blank lines are none.
 *
 * Both: lines end in LF or CR LF; no NUL.
 */

#include <stddef.h>

#include "base/memory.h"
#include "base/str.h"

enum ohb_depfile_form { OHB_DEPFILE_RULES, OHB_DEPFILE_LINES };

struct ohb_depfile {
	enum ohb_depfile_form form;
	const char *const *files; /* in order, as they stand there */
	size_t count;
};

/* The files live in the arena.  OHB_E_SYNTAX: "line 3: ...". */
int ohb_depfile_parse(const char *text, size_t len, struct ohb_arena *arena,
		struct ohb_depfile *ret, struct ohb_error *err) OHB_MUST_CHECK;

/*
 * The absolute path that a tool means which was started in root (absolute,
 * itself without '.' and '..'): '.', '..' and doubled '/' are taken out by
 * the text alone.
 */
void ohb_depfile_resolve(
		const char *root, const char *path, struct ohb_str *out);

#endif
