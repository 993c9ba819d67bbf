#include "text/keyshape.h"

#include <string.h>

#include "base/memory.h"

struct shape {
	const char *prefix;
	size_t least; /* characters that follow at least */
};

/* What follows are letters, digits, '-' and '_', among them a digit or
 * letters of both cases. */
static const struct shape shapes[] = {
	{ "sk-", 20 },
	{ "sk_live_", 16 },
	{ "sk_test_", 16 },
	{ "gsk_", 20 },
	{ "csk-", 30 },
	{ "xai-", 30 },
	{ "nvapi-", 30 },
	{ "pplx-", 30 },
	{ "tgp_v1_", 20 },
	{ "hf_", 30 },
	{ "r8_", 30 },
	{ "AIza", 30 },
	{ "AKIA", 16 },
	{ "ASIA", 16 },
	{ "ghp_", 30 },
	{ "gho_", 30 },
	{ "ghu_", 30 },
	{ "ghs_", 30 },
	{ "ghr_", 30 },
	{ "github_pat_", 30 },
	{ "glpat-", 18 },
	{ "glrt-", 18 },
	{ "rk_live_", 16 },
	{ "whsec_", 24 },
	{ "hvs.", 20 },
	{ "shpat_", 30 },
	{ "dckr_pat_", 20 },
	{ "dop_v1_", 40 },
	{ "lin_api_", 30 },
	{ "AGE-SECRET-KEY-1", 40 },
	{ "xoxb-", 20 },
	{ "xoxp-", 20 },
	{ "xoxa-", 20 },
	{ "xoxs-", 20 },
	{ "eyJhbGciOi", 8 },
	{ "npm_", 30 },
	{ "pypi-AgEI", 30 },
};

static const char pem[] = "-----BEGIN ";
static const char pem_end[] = "PRIVATE KEY-----";

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
			is_digit(c) || c == '-' || c == '_';
}

/* The length of the key at data, or 0. */
static size_t match(const struct shape *shape, const char *data, size_t len)
{
	size_t at = strlen(shape->prefix), start = at;
	bool digit = false, upper = false, lower = false;

	if (len < at || memcmp(data, shape->prefix, at) != 0)
		return 0;
	for (; at < len && is_word(data[at]); at++) {
		digit |= is_digit(data[at]);
		upper |= data[at] >= 'A' && data[at] <= 'Z';
		lower |= data[at] >= 'a' && data[at] <= 'z';
	}
	if (!(digit || (upper && lower)) || at - start < shape->least)
		return 0;
	/* The further parts of a token in three parts. */
	while (at + 1 < len &&
			(is_word(data[at]) ||
					(data[at] == '.' &&
							is_word(data[at + 1]))))
		at++;
	return at < len && is_word(data[at]) ? at + 1 : at;
}

static size_t match_pem(const char *data, size_t len)
{
	const char *end;
	size_t line;

	if (len < sizeof(pem) - 1 || memcmp(data, pem, sizeof(pem) - 1) != 0)
		return 0;
	end = memchr(data, '\n', len);
	line = end ? (size_t)(end - data) : len;
	end = memmem(data, line, pem_end, sizeof(pem_end) - 1);
	return end ? (size_t)(end - data) + sizeof(pem_end) - 1 : 0;
}

static size_t match_any(const char *data, size_t len)
{
	size_t i, n = match_pem(data, len);

	for (i = 0; !n && i < OHB_ARRAY_LEN(shapes); i++)
		n = match(&shapes[i], data, len);
	return n;
}

bool ohb_keyshape_find(
		const char *data, size_t len, size_t *at, size_t *ret_len)
{
	size_t i, n;

	for (i = *at; i < len; i++) {
		/* A key begins where a word begins. */
		if (i > 0 && is_word(data[i - 1]))
			continue;
		n = match_any(data + i, len - i);
		if (n) {
			*at = i;
			*ret_len = n;
			return true;
		}
	}
	return false;
}

enum letter { OTHER, DIGIT, LOWER, UPPER };

static enum letter letter_of(char c)
{
	if (is_digit(c))
		return DIGIT;
	if (c >= 'a' && c <= 'z')
		return LOWER;
	return c >= 'A' && c <= 'Z' ? UPPER : OTHER;
}

/*
 * Whether kinds of letters change as often as they do by chance: names change
 * where a word begins, sequences never.  A capital in front of small letters
 * is one change.
 */
static bool is_random(const char *data, size_t len)
{
	size_t changes = 0, i;

	for (i = 1; i < len; i++) {
		enum letter a = letter_of(data[i - 1]), b = letter_of(data[i]);

		changes += a != b && !(a == UPPER && b == LOWER);
		changes += a == UPPER && b == LOWER && i > 1 &&
				letter_of(data[i - 2]) == UPPER;
	}
	return len >= 12 && changes >= 4 && changes * 5 >= len;
}

/* Some part between '-', '_' and '.' is random. */
static bool has_random_part(const char *data, size_t len)
{
	size_t i, begin = 0;

	for (i = 0; i <= len; i++) {
		if (i < len && letter_of(data[i]) != OTHER)
			continue;
		if (is_random(data + begin, i - begin))
			return true;
		begin = i + 1;
	}
	return false;
}

static bool is_base64(char c)
{
	return letter_of(c) != OTHER || c == '+' || c == '/' || c == '=';
}

/* Bytes of a key follow in the next lines: without, it is code that reads or
 * writes such keys. */
static bool has_key_bytes(const char *data, size_t len)
{
	size_t i, n = 0, most = len < 1000 ? len : 1000;

	for (i = 0; i < most; i++) {
		n = is_base64(data[i]) ? n + 1 : 0;
		if (n == 40 && is_random(data + i + 1 - n, n))
			return true;
	}
	return false;
}

static bool is_amazon(const char *data, size_t len)
{
	size_t i;

	for (i = 4; i < len; i++)
		if (letter_of(data[i]) != UPPER &&
				(data[i] < '2' || data[i] > '7'))
			return false;
	return len == 20 && memcmp(data + len - 7, "EXAMPLE", 7) != 0;
}

/* Three parts, the last one a signature; but not that of the form's own
 * manual, which stands in every other test. */
static bool is_signed_token(const char *data, size_t len)
{
	static const char known[] = "eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6Ikpva";
	const char *first = memchr(data, '.', len), *last;

	if (!first || memmem(data, len, known, sizeof(known) - 1))
		return false;
	last = memrchr(data, '.', len);
	return last != first && (size_t)(data + len - last) > 20;
}

bool ohb_keyshape_is_real(const char *data, size_t len, size_t at, size_t found)
{
	const char *key = data + at;

	if (*key == '-')
		return has_key_bytes(key + found, len - at - found);
	if (memcmp(key, "AKIA", 4) == 0 || memcmp(key, "ASIA", 4) == 0)
		return is_amazon(key, found);
	if (memcmp(key, "eyJ", 3) == 0)
		return is_signed_token(key, found);
	return has_random_part(key, found);
}

void ohb_keyshape_mask(char *data, size_t len)
{
	size_t at = 0, n;

	for (; ohb_keyshape_find(data, len, &at, &n); at += n)
		memset(data + at, '*', n);
}
