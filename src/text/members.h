#ifndef OHB_TEXT_MEMBERS_H
#define OHB_TEXT_MEMBERS_H

/*
 * The members of a JSON object as they stand in its text, for who passes most
 * of a large one on as it is: one pass that keeps nothing.
 */

#include <stddef.h>

#include "ohbuild/error.h"

struct ohb_json_member {
	const char *name; /* between its quotes, escapes as written */
	size_t name_len;
	const char *value; /* any JSON value, without space around it */
	size_t value_len;
};

/* Whether it has this name and is written without escapes. */
int ohb_json_member_is(const struct ohb_json_member *member, const char *name);

/*
 * Checks that the text is one JSON object (RFC 8259) of at most
 * OHB_MAX_JSON_BYTES and OHB_MAX_JSON_DEPTH, and calls fn for each of its
 * members, in order, doubles too; what was told before an error is void.
 * OHB_E_SYNTAX with the byte, OHB_E_LIMIT.
 */
typedef void ohb_json_member_fn(
		void *userdata, const struct ohb_json_member *member);
int ohb_json_members(const char *data, size_t len, ohb_json_member_fn *fn,
		void *userdata, struct ohb_error *err) OHB_MUST_CHECK;

/* How many bytes at s stand for themselves in a string: ASCII, and neither
 * '"', '\\' nor a control character. */
size_t ohb_json_plain(const char *s, size_t len);

#endif
