#include "text/redact.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

#define SHORTEST 6
#define PAIRS ((size_t)1 << 16)
#define LONGEST_STRIDE ((size_t)8)

static size_t pair_of(const char *data)
{
	return (size_t)(unsigned char)data[0] << 8 | (unsigned char)data[1];
}

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

/* Nothing to encode in the last form: the plain one does it. */
static void drop_plain(struct ohb_redact *redact, size_t len)
{
	if (redact->forms[redact->count - 1].len != len)
		return;
	redact->count--;
	ohb_wipe(redact->forms[redact->count].data, len);
	ohb_str_release(&redact->forms[redact->count]);
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
	drop_plain(redact, len);
}

/* As strings of JSON have it; some writers escape '/', too. */
static void add_escaped(struct ohb_redact *redact, const char *data, size_t len,
		const char *escaped)
{
	struct ohb_str *form = add_form(redact);
	size_t i;

	for (i = 0; i < len; i++) {
		if (strchr(escaped, data[i]))
			ohb_str_addc(form, '\\');
		ohb_str_addc(form, data[i]);
	}
	drop_plain(redact, len);
}

/* The pairs of bytes that a look at each stride'th place may meet in a form. */
static void fill_pairs(struct ohb_redact *redact)
{
	size_t i, at;

	redact->stride = LONGEST_STRIDE;
	for (i = 0; i < redact->count; i++)
		if (redact->forms[i].len - 1 < redact->stride)
			redact->stride = redact->forms[i].len - 1;
	if (!redact->pairs)
		redact->pairs = ohb_alloc(PAIRS / 8);
	for (i = 0; i < redact->count; i++) {
		for (at = 0; at < redact->stride; at++) {
			size_t pair = pair_of(redact->forms[i].data + at);

			redact->pairs[pair / 8] |=
					(unsigned char)(1U << pair % 8);
		}
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
	add_escaped(redact, data, len, "\"\\");
	add_escaped(redact, data, len, "\"\\/");
	fill_pairs(redact);
}

/* The longest form that stands at data, or NULL. */
static const struct ohb_str *form_at(
		const struct ohb_redact *redact, const char *data, size_t len)
{
	const struct ohb_str *form, *longest = NULL;
	size_t i;

	for (i = 0; i < redact->count; i++) {
		form = &redact->forms[i];
		if (form->len <= len &&
				(!longest || form->len > longest->len) &&
				memcmp(form->data, data, form->len) == 0)
			longest = form;
	}
	return longest;
}

static bool has_pair(const struct ohb_redact *redact, const char *data)
{
	size_t pair = pair_of(data);

	return redact->pairs[pair / 8] >> pair % 8 & 1;
}

/* The first one from *at on.  One that begins less than a stride before a
 * place that is looked at has its pair there. */
static const struct ohb_str *find(const struct ohb_redact *redact,
		const char *data, size_t len, size_t *at)
{
	const struct ohb_str *form = NULL;
	size_t i, from = *at;

	for (i = *at; redact->count && i + 1 < len; i += redact->stride) {
		if (!has_pair(redact, data + i))
			from = i + 1;
		for (; from <= i && !form; from++)
			form = form_at(redact, data + from, len - from);
		if (form) {
			*at = from - 1;
			return form;
		}
	}
	return NULL;
}

bool ohb_redact_find(const struct ohb_redact *redact, const char *data,
		size_t len, size_t *ret_at)
{
	size_t at = 0;

	if (!find(redact, data, len, &at))
		return false;
	*ret_at = at;
	return true;
}

size_t ohb_redact_apply(const struct ohb_redact *redact, struct ohb_str *text)
{
	ohb_autostr out = OHB_STR_INIT;
	size_t at = 0, from = 0, found = 0;
	const struct ohb_str *form;
	struct ohb_str swap;

	while ((form = find(redact, text->data, text->len, &at))) {
		ohb_str_add(&out, text->data + from, at - from);
		ohb_str_adds(&out, "***");
		at += form->len;
		from = at;
		found++;
	}
	if (!found)
		return 0;
	ohb_str_add(&out, text->data + from, text->len - from);
	ohb_wipe(text->data, text->len);
	swap = *text;
	*text = out;
	out = swap;
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
	free(redact->pairs);
	*redact = (struct ohb_redact)OHB_REDACT_INIT;
}
