#include "text/members.h"

#include <endian.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/limits.h"
#include "text/utf8.h"

struct cursor {
	const char *start, *at, *end;
	unsigned depth;
	const char *fault; /* what is wrong at `at`; NULL: nothing */
};

static bool fail(struct cursor *cursor, const char *fault)
{
	if (!cursor->fault)
		cursor->fault = fault;
	return false;
}

static int peek(const struct cursor *cursor)
{
	return cursor->at < cursor->end ? (unsigned char)*cursor->at : -1;
}

static bool take(struct cursor *cursor, char c)
{
	if (peek(cursor) != (unsigned char)c)
		return false;
	cursor->at++;
	return true;
}

static void skip_space(struct cursor *cursor)
{
	while (cursor->at < cursor->end &&
			(*cursor->at == ' ' || *cursor->at == '\n' ||
					*cursor->at == '\t' ||
					*cursor->at == '\r'))
		cursor->at++;
}

/* Four hex digits, or -1. */
static int read_unit(struct cursor *cursor)
{
	int value = 0;
	size_t i;

	for (i = 0; i < 4; i++) {
		int c = peek(cursor);

		if (c >= '0' && c <= '9')
			value = value * 16 + c - '0';
		else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
			value = value * 16 + (c | 0x20) - 'a' + 10;
		else
			return -1;
		cursor->at++;
	}
	return value;
}

/* Behind the backslash. */
static bool skip_escape(struct cursor *cursor)
{
	int unit;

	switch (peek(cursor)) {
	case '"':
	case '\\':
	case '/':
	case 'b':
	case 'f':
	case 'n':
	case 'r':
	case 't':
		cursor->at++;
		return true;
	}
	if (!take(cursor, 'u') || (unit = read_unit(cursor)) < 0)
		return fail(cursor, "not an escape");
	if (unit < 0xd800 || unit > 0xdfff)
		return true;
	if (unit < 0xdc00 && take(cursor, '\\') && take(cursor, 'u')) {
		unit = read_unit(cursor);
		if (unit >= 0xdc00 && unit <= 0xdfff)
			return true;
	}
	return fail(cursor, "half of a surrogate pair");
}

#define EACH(byte) (UINT64_C(0x0101010101010101) * (byte))

/* The high bit of the lowest byte that is less than n (at most 0x80), and
 * perhaps of bytes above it. */
static uint64_t below(uint64_t bytes, unsigned char n)
{
	return (bytes - EACH(n)) & ~bytes & EACH(0x80);
}

/* Eight at a time: prompts are large, and every byte of them is looked at. */
size_t ohb_json_plain(const char *s, size_t len)
{
	uint64_t bytes, others;
	size_t n = 0;

	for (; len - n >= sizeof(bytes); n += sizeof(bytes)) {
		memcpy(&bytes, s + n, sizeof(bytes));
		bytes = le64toh(bytes);
		others = (bytes & EACH(0x80)) | below(bytes, ' ') |
				below(bytes ^ EACH('"'), 1) |
				below(bytes ^ EACH('\\'), 1);
		if (others)
			return n + (size_t)__builtin_ctzll(others) / 8;
	}
	while (n < len && (unsigned char)s[n] >= ' ' &&
			(unsigned char)s[n] < 0x80 && s[n] != '"' &&
			s[n] != '\\')
		n++;
	return n;
}

/* One escape after another. */
static bool skip_escapes(struct cursor *cursor)
{
	while (take(cursor, '\\'))
		if (!skip_escape(cursor))
			return false;
	return true;
}

/* What is not plain, and not the closing quote: an escape or a character of
 * several bytes. */
static bool skip_special(struct cursor *cursor)
{
	size_t left = (size_t)(cursor->end - cursor->at), n;

	if (!left)
		return fail(cursor, "the string has no end");
	if (*cursor->at == '\\')
		return skip_escapes(cursor);
	if ((unsigned char)*cursor->at < ' ')
		return fail(cursor, "a control character");
	n = ohb_utf8_next(cursor->at, left);
	cursor->at += n;
	return n || fail(cursor, "not UTF-8");
}

/* A string to its closing quote. */
static bool skip_string(struct cursor *cursor)
{
	if (!take(cursor, '"'))
		return fail(cursor, "a string is missing");
	for (;;) {
		cursor->at += ohb_json_plain(
				cursor->at, (size_t)(cursor->end - cursor->at));
		if (take(cursor, '"'))
			return true;
		if (!skip_special(cursor))
			return false;
	}
}

static bool skip_digits(struct cursor *cursor)
{
	const char *from = cursor->at;

	while (peek(cursor) >= '0' && peek(cursor) <= '9')
		cursor->at++;
	return cursor->at > from || fail(cursor, "neither a value nor a digit");
}

static bool skip_number(struct cursor *cursor)
{
	(void)take(cursor, '-');
	if (!take(cursor, '0') && !skip_digits(cursor))
		return false;
	if (take(cursor, '.') && !skip_digits(cursor))
		return false;
	if (!take(cursor, 'e') && !take(cursor, 'E'))
		return true;
	if (!take(cursor, '+'))
		(void)take(cursor, '-');
	return skip_digits(cursor);
}

static bool skip_word(struct cursor *cursor, const char *word)
{
	size_t len = strlen(word);

	if ((size_t)(cursor->end - cursor->at) < len ||
			memcmp(cursor->at, word, len) != 0)
		return fail(cursor, "not a value");
	cursor->at += len;
	return true;
}

static bool skip_value(struct cursor *cursor);

static bool read_name(struct cursor *cursor, struct ohb_json_member *ret)
{
	skip_space(cursor);
	ret->name = cursor->at + 1;
	if (!skip_string(cursor))
		return false;
	ret->name_len = (size_t)(cursor->at - 1 - ret->name);
	skip_space(cursor);
	return take(cursor, ':') || fail(cursor, "':' is missing");
}

/* An object or array, whose members are told to fn (NULL: nobody). */
static bool skip_items(struct cursor *cursor, char close,
		ohb_json_member_fn *fn, void *userdata)
{
	struct ohb_json_member member = { .name = NULL };

	cursor->at++;
	if (++cursor->depth > OHB_MAX_JSON_DEPTH)
		return fail(cursor, "nested too deep");
	skip_space(cursor);
	if (take(cursor, close)) {
		cursor->depth--;
		return true;
	}
	do {
		if (close == '}' && !read_name(cursor, &member))
			return false;
		skip_space(cursor);
		member.value = cursor->at;
		if (!skip_value(cursor))
			return false;
		member.value_len = (size_t)(cursor->at - member.value);
		if (fn)
			fn(userdata, &member);
		skip_space(cursor);
	} while (take(cursor, ','));
	cursor->depth--;
	return take(cursor, close) || fail(cursor, "no end here, nor a ','");
}

/* NOLINTNEXTLINE(misc-no-recursion): OHB_MAX_JSON_DEPTH bounds it */
static bool skip_value(struct cursor *cursor)
{
	switch (peek(cursor)) {
	case '"':
		return skip_string(cursor);
	case '{':
		return skip_items(cursor, '}', NULL, NULL);
	case '[':
		return skip_items(cursor, ']', NULL, NULL);
	case 't':
		return skip_word(cursor, "true");
	case 'f':
		return skip_word(cursor, "false");
	case 'n':
		return skip_word(cursor, "null");
	default:
		return skip_number(cursor);
	}
}

int ohb_json_member_is(const struct ohb_json_member *member, const char *name)
{
	return strlen(name) == member->name_len &&
			memcmp(name, member->name, member->name_len) == 0;
}

int ohb_json_members(const char *data, size_t len, ohb_json_member_fn *fn,
		void *userdata, struct ohb_error *err)
{
	struct cursor cursor = { .start = data, .at = data, .end = data + len };

	if (len > OHB_MAX_JSON_BYTES)
		return ohb_fail(err, OHB_E_LIMIT, "JSON larger than %u bytes",
				OHB_MAX_JSON_BYTES);
	skip_space(&cursor);
	if (peek(&cursor) != '{')
		fail(&cursor, "not an object");
	else if (skip_items(&cursor, '}', fn, userdata))
		skip_space(&cursor);
	if (!cursor.fault && cursor.at != cursor.end)
		fail(&cursor, "something follows the object");
	if (!cursor.fault)
		return 0;
	return ohb_fail(err,
			cursor.depth > OHB_MAX_JSON_DEPTH ? OHB_E_LIMIT :
							    OHB_E_SYNTAX,
			"JSON, byte %zu: %s",
			(size_t)(cursor.at - cursor.start), cursor.fault);
}
