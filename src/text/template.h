#ifndef OHB_TEXT_TEMPLATE_H
#define OHB_TEXT_TEMPLATE_H

/*
 * `{word}` in a text becomes a value; `{{` is a `{` and `}}` a `}`.  Any
 * other brace that is not a known `{word}` stays as it is, unless strict:
 * then an unknown word (of the form [a-z_][a-z0-9_.]*) is an error.
 */

#include <stddef.h>

#include "base/str.h"

struct ohb_var {
	const char *name;
	const char *value;
};

enum ohb_template_mode { OHB_TEMPLATE_LENIENT, OHB_TEMPLATE_STRICT };

/* *ret_at (may be NULL) is the offset of what is wrong. */
int ohb_template_expand(const char *text, size_t len,
		const struct ohb_var *vars, size_t nvars,
		enum ohb_template_mode mode, struct ohb_str *out,
		size_t *ret_at, struct ohb_error *err) OHB_MUST_CHECK;

/* Appends text as one word for /bin/sh: quoted when it has to be. */
void ohb_shell_quote(struct ohb_str *out, const char *text);

#endif
