#include "text/redact.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

#define SHORTEST 6

static struct ohb_str *add_form(struct ohb_redact *redact)
{
	struct ohb_str *form = ohb_grow(&redact->forms, &redact->cap,
			redact->count, sizeof(*form));

	redact->count++;
	return form;
}

/*
 * The base64 digits that do not depend on what stands before or behind the
 * secret, when it begins `shift` bytes into a group of three.
 */
static void add_base64(struct ohb_redact *redact, const char *data, size_t len,
		size_t shift, const char *alphabet)
{
	struct ohb_str *form;
	size_t first = shift ? 3 - shift : 0, i;

	if (len < first + 6)
		return;
	form = add_form(redact);
	for (i = first; i + 3 <= len; i += 3) {
		unsigned bits = (unsigned)(unsigned char)data[i] << 16 |
				(unsigned)(unsigned char)data[i + 1] << 8 |
				(unsigned)(unsigned char)data[i + 2];
		size_t digit;

		for (digit = 0; digit < 4; digit++)
			ohb_str_addc(form,
					alphabet[bits >> (18 - 6 * digit) &
							63]);
	}
}

static void add_percent(struct ohb_redact *redact, const char *data, size_t len,
		const char *digits)
{
	struct ohb_str *form = add_form(redact);
	size_t i;

	for (i = 0; i < len; i++) {
		unsigned char c = (unsigned char)data[i];

		if (isalnum(c) || strchr("-._~", c)) {
			ohb_str_addc(form, data[i]);
			continue;
		}
		ohb_str_addc(form, '%');
		ohb_str_addc(form, digits[c >> 4]);
		ohb_str_addc(form, digits[c & 15]);
	}
	/* Nothing to encode: the plain form does it. */
	if (form->len == len) {
		ohb_str_release(form);
		redact->count--;
	}
}

void ohb_redact_add(struct ohb_redact *redact, const struct ohb_secret *secret)
{
	static const char *const alphabets[] = {
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_",
	};
	const char *data = ohb_secret_reveal(secret);
	size_t len = ohb_secret_len(secret), i, shift;

	if (len < SHORTEST)
		return;
	ohb_str_add(add_form(redact), data, len);
	for (i = 0; i < OHB_ARRAY_LEN(alphabets); i++)
		for (shift = 0; shift < 3; shift++)
			add_base64(redact, data, len, shift, alphabets[i]);
	add_percent(redact, data, len, "0123456789ABCDEF");
	add_percent(redact, data, len, "0123456789abcdef");
}

size_t ohb_redact_apply(const struct ohb_redact *redact, struct ohb_str *text)
{
	size_t i, found = 0;

	for (i = 0; i < redact->count; i++) {
		const struct ohb_str *form = &redact->forms[i];
		char *from = text->data, *at;

		while (text->len &&
				(at = memmem(from,
						 text->len - (size_t)(from - text->data),
						 form->data, form->len))) {
			char *behind = at + form->len;

			memset(at, '*', 3);
			memmove(at + 3, behind,
					text->len - (size_t)(behind - text->data));
			ohb_str_cut(text, text->len - form->len + 3);
			from = at + 3;
			found++;
		}
	}
	return found;
}

void ohb_redact_release(struct ohb_redact *redact)
{
	size_t i;

	for (i = 0; i < redact->count; i++) {
		ohb_wipe(redact->forms[i].data, redact->forms[i].len);
		ohb_str_release(&redact->forms[i]);
	}
	free(redact->forms);
	*redact = (struct ohb_redact)OHB_REDACT_INIT;
}
