#include "text/keyshape.h"

#include <string.h>

#include "base/memory.h"

struct shape {
	const char *prefix;
	size_t least; /* characters that follow at least */
};

/* What follows are letters, digits, '-' and '_', among them a digit. */
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
	bool digit = false;

	if (len < at || memcmp(data, shape->prefix, at) != 0)
		return 0;
	for (; at < len && is_word(data[at]); at++)
		digit |= is_digit(data[at]);
	if (!digit || at - start < shape->least)
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

void ohb_keyshape_mask(char *data, size_t len)
{
	size_t at = 0, n;

	for (; ohb_keyshape_find(data, len, &at, &n); at += n)
		memset(data + at, '*', n);
}
