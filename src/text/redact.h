#ifndef OHB_TEXT_REDACT_H
#define OHB_TEXT_REDACT_H

/*
 * Takes secrets out of text, once, in front of every sink: as they are, in
 * base64 (at each of the three places a byte can have in a group, both
 * alphabets), percent-encoded and as JSON escapes them.  Secrets shorter than 6 bytes are not
 * searched for: they would blacken ordinary words.  Filled before threads
 * start, read by all of them.
 */

#include "base/secret.h"
#include "base/str.h"

struct ohb_redact {
	struct ohb_str *forms; /* what is searched for */
	size_t count, cap;
	unsigned char *pairs; /* a bit for each pair of bytes that some form
				 has in its first `stride` places */
	size_t stride;
};

#define OHB_REDACT_INIT                                             \
	{                                                           \
		.forms = NULL, .count = 0, .cap = 0, .pairs = NULL, \
		.stride = 0                                         \
	}

void ohb_redact_add(struct ohb_redact *redact, const struct ohb_secret *secret);
/* Where the first one is; false: nowhere.  One pass, whatever is searched. */
bool ohb_redact_find(const struct ohb_redact *redact, const char *data,
		size_t len, size_t *ret_at);
/* Replaces every occurrence by "***"; returns how many there were. */
size_t ohb_redact_apply(const struct ohb_redact *redact, struct ohb_str *text);
void ohb_redact_release(struct ohb_redact *redact); /* wipes */

#endif
