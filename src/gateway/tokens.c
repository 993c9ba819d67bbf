#include "gateway/tokens.h"

#include <string.h>

#include "base/limits.h"
#include "base/memory.h"
#include "text/members.h"

/* A message has at least this much around its text. */
#define SLACK ((uint64_t)64)
/* Punctuation of JSON may be written out with a space or a new line. */
#define MARK ((uint64_t)2)
#define MAX_CAP ((unsigned long long)1 << 40)
#define ESCAPE_LEN 6 /* \uXXXX */

/*
 * Characters that NFKC does not make longer weigh what they have bytes; so
 * do these ranges, which hold what people write most.  A test asks Python's
 * tables about every character.
 */
static const struct {
	uint32_t first, last;
} plain[] = {
	{ 0x00c0, 0x012f }, /* Latin */
	{ 0x0150, 0x01bf },
	{ 0x0390, 0x047f }, /* Greek, Cyrillic */
	{ 0x05d0, 0x05ea }, /* Hebrew */
	{ 0x0620, 0x064a }, /* Arabic */
	{ 0x0904, 0x0939 }, /* Devanagari */
	{ 0x093d, 0x094c },
	{ 0x0985, 0x09b9 }, /* Bengali */
	{ 0x0b83, 0x0bbf }, /* Tamil */
	{ 0x0e01, 0x0e32 }, /* Thai */
	{ 0x0e34, 0x0e37 },
	{ 0x0e40, 0x0e47 },
	{ 0x10a0, 0x134f }, /* Georgian, Jamo, Ethiopic */
	{ 0x1e00, 0x1fbf }, /* Latin for Vietnamese, old Greek */
	{ 0x2010, 0x202f }, /* dashes and quotes */
	{ 0x2190, 0x221f }, /* arrows */
	{ 0x2300, 0x246f },
	{ 0x2490, 0x29ff }, /* boxes, shapes, dingbats */
	{ 0x2e80, 0x301f },
	{ 0x3040, 0x308f }, /* Kana */
	{ 0x30a0, 0x30ef },
	{ 0x3100, 0x31ff },
	{ 0x3400, 0xa65f }, /* Han, Yi */
	{ 0xac00, 0xd7ff }, /* Hangul */
	{ 0xe000, 0xf8ff }, /* of nobody */
	{ 0xff00, 0xffff },
	{ 0x1f300, 0x1faff }, /* emoji */
	{ 0x20000, 0x2f7ff }, /* Han */
	{ 0x30000, 0x10ffff },
};

static uint64_t weigh(uint32_t c)
{
	size_t i;

	if (c < 0x80)
		return 1;
	for (i = 0; i < OHB_ARRAY_LEN(plain) && c >= plain[i].first; i++)
		if (c <= plain[i].last)
			return c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
	return c >= 0xfdf0 && c <= 0xfdff ? 33 : 18;
}

static const char *const no_parent = "";

/* Where the scanner is: the key of each object it is in. */
struct scan {
	const char *at, *end;
	const char *keys[OHB_MAX_JSON_DEPTH + 1];
	size_t lens[OHB_MAX_JSON_DEPTH + 1];
	unsigned depth;
	struct ohb_tokens *tokens;
	uint64_t weight;
	/* The list of messages: its brackets. */
	const char *open, *close;
};

static bool key_is(const struct scan *scan, unsigned up, const char *name)
{
	unsigned at = scan->depth - up;

	return scan->depth >= up && scan->lens[at] == strlen(name) &&
			memcmp(scan->keys[at], name, scan->lens[at]) == 0;
}

/* A part's content is in an object, whose key may be of the object or of the
 * list around it. */
static bool is_under(const struct scan *scan, const char *name)
{
	return key_is(scan, 1, name) || key_is(scan, 2, name);
}

static unsigned hex4(const char *s)
{
	unsigned value = 0;
	int i;

	for (i = 0; i < 4; i++)
		value = value * 16 +
				(unsigned)(s[i] <= '9' ? s[i] - '0' :
							 (s[i] | 32) - 'a' + 10);
	return value;
}

/* Also \uXXXX, or two that are one character. */
static uint64_t weigh_escape(struct scan *scan)
{
	uint32_t c, low;

	if (scan->end - scan->at < 2 || scan->at[1] != 'u') {
		scan->at += scan->end - scan->at < 2 ? 1 : 2;
		return 1;
	}
	if (scan->end - scan->at < ESCAPE_LEN) {
		scan->at = scan->end;
		return ESCAPE_LEN;
	}
	c = hex4(scan->at + 2);
	scan->at += ESCAPE_LEN;
	if (c < 0xd800 || c > 0xdbff)
		return weigh(c);
	if (scan->end - scan->at < ESCAPE_LEN || scan->at[0] != '\\' ||
			scan->at[1] != 'u')
		return ESCAPE_LEN;
	low = hex4(scan->at + 2);
	scan->at += ESCAPE_LEN;
	return weigh(0x10000 + ((c - 0xd800) << 10) + (low & 0x3ff));
}

static uint64_t weigh_utf8(struct scan *scan)
{
	const unsigned char *s = (const unsigned char *)scan->at;
	size_t len = s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;
	uint32_t c = s[0] & (0xffu >> (len + 1));
	size_t i;

	if ((size_t)(scan->end - scan->at) < len)
		len = (size_t)(scan->end - scan->at);
	for (i = 1; i < len; i++)
		c = c << 6 | (s[i] & 0x3f);
	scan->at += len;
	return weigh(c);
}

/* The string that begins at the quote; *ret_text is what is in it. */
static uint64_t weigh_string(
		struct scan *scan, const char **ret_text, size_t *ret_len)
{
	uint64_t weight = 2;

	*ret_text = ++scan->at;
	for (;;) {
		size_t n = ohb_json_plain(
				scan->at, (size_t)(scan->end - scan->at));

		scan->at += n;
		weight += n;
		while (scan->at < scan->end && *scan->at == '\\')
			weight += weigh_escape(scan);
		if (scan->at == scan->end || *scan->at == '"')
			break;
		if ((unsigned char)*scan->at < 0x80) {
			scan->at++;
			weight++;
		} else {
			weight += weigh_utf8(scan);
		}
	}
	*ret_len = (size_t)(scan->at - *ret_text);
	scan->at += scan->at < scan->end;
	return weight;
}

static bool is_image(const char *text, size_t len)
{
	static const char *const begins[] = { "data:image/", "http://",
		"https://", "iVBOR", "/9j/", "R0lGOD", "UklGR" };
	size_t i;

	for (i = 0; i < OHB_ARRAY_LEN(begins); i++)
		if (len >= strlen(begins[i]) &&
				memcmp(text, begins[i], strlen(begins[i])) == 0)
			return true;
	return false;
}

/* What is no text is counted as what it is, if it stands where a provider
 * takes it for that. */
static uint64_t weigh_value(struct scan *scan, const char *text, size_t len,
		uint64_t weight)
{
	static const char *const others[] = { "file", "input_audio",
		"video_url", "document", "input_file", "audio_url" };
	bool media = key_is(scan, 0, "image_url") ||
			(key_is(scan, 0, "url") &&
					is_under(scan, "image_url")) ||
			((key_is(scan, 0, "data") || key_is(scan, 0, "url")) &&
					is_under(scan, "source"));
	size_t i;

	if (media && is_image(text, len))
		return OHB_TOKENS_IMAGE;
	scan->tokens->unbounded |= media;
	for (i = 0; i < OHB_ARRAY_LEN(others); i++)
		scan->tokens->unbounded |= key_is(scan, 0, "type") &&
				len == strlen(others[i]) &&
				memcmp(text, others[i], len) == 0 &&
				scan->open != NULL && scan->close == NULL &&
				scan->depth > 3;
	return weight;
}

static void scan_string(struct scan *scan)
{
	const char *text;
	size_t len;
	uint64_t weight = weigh_string(scan, &text, &len);

	if (scan->at < scan->end && *scan->at == ':') {
		scan->keys[scan->depth] = text;
		scan->lens[scan->depth] = len;
		scan->weight += weight;
		scan->tokens->hour |= key_is(scan, 0, "ttl");
		return;
	}
	scan->weight += weigh_value(scan, text, len, weight);
}

static void scan_mark(struct scan *scan)
{
	const char c = *scan->at;
	bool top = scan->depth == 1 &&
			(key_is(scan, 0, "messages") ||
					key_is(scan, 0, "input"));

	scan->weight += MARK;
	if (c == '[' && top && !scan->open)
		scan->open = scan->at;
	if ((c == '{' || c == '[') && scan->depth < OHB_MAX_JSON_DEPTH) {
		scan->depth++;
		scan->keys[scan->depth] = no_parent;
		scan->lens[scan->depth] = 0;
	}
	if ((c == '}' || c == ']') && scan->depth > 0)
		scan->depth--;
	if (c == ']' && scan->depth == 1 && scan->open && !scan->close)
		scan->close = scan->at;
	scan->at++;
}

/* Of several caps the largest counts. */
static void read_cap(struct scan *scan)
{
	static const char *const names[] = { "max_tokens",
		"max_completion_tokens", "max_output_tokens" };
	unsigned long long value;
	const char *at = scan->at;
	size_t i;

	while (at < scan->end && *at >= '0' && *at <= '9')
		at++;
	for (i = 0; i < OHB_ARRAY_LEN(names); i++)
		if (key_is(scan, 0, names[i]) &&
				ohb_parse_u64(scan->at, (size_t)(at - scan->at),
						MAX_CAP, &value) == 0 &&
				value > scan->tokens->max_output)
			scan->tokens->max_output = value;
}

static void scan_all(struct scan *scan)
{
	while (scan->at < scan->end) {
		switch (*scan->at) {
		case '"':
			scan_string(scan);
			break;
		case '{':
		case '}':
		case '[':
		case ']':
		case ',':
		case ':':
			scan_mark(scan);
			break;
		default:
			if (scan->depth == 1 && scan->at[-1] == ':')
				read_cap(scan);
			scan->weight++;
			scan->at++;
		}
	}
}

static uint64_t weigh_all(struct scan *scan, const char *data, size_t len)
{
	scan->at = data;
	scan->end = data + len;
	scan_all(scan);
	return scan->weight;
}

static struct ohb_digest digest_around(
		const struct scan *scan, const char *body, size_t len)
{
	struct ohb_framed framed;

	ohb_framed_init(&framed);
	ohb_framed_add(&framed, "before", body, (size_t)(scan->open - body));
	ohb_framed_add(&framed, "behind", scan->close,
			len - (size_t)(scan->close - body));
	return ohb_framed_end(&framed);
}

/* Whether the messages begin with those that are known. */
static bool goes_on(const struct scan *scan,
		const struct ohb_tokens_known *known,
		const struct ohb_tokens_known *now)
{
	struct ohb_digest begin;

	if (!known || !known->len || known->len > now->len ||
			!ohb_digest_eq(&known->around, &now->around))
		return false;
	if (known->len < now->len && scan->open[known->len] != ',')
		return false;
	begin = ohb_digest_of(scan->open, known->len);
	return ohb_digest_eq(&begin, &known->messages);
}

void ohb_tokens_count(const char *body, size_t len,
		const struct ohb_tokens_known *known, struct ohb_tokens *ret)
{
	struct scan scan = { .depth = 0, .tokens = ret };
	struct ohb_tokens_known *next = &ret->next;
	struct scan rest = { .depth = 0, .tokens = ret };
	uint64_t added;

	*ret = (struct ohb_tokens){ .bound = 0 };
	scan.keys[0] = no_parent;
	ret->bound = weigh_all(&scan, body, len) + OHB_TOKENS_FRAME;
	if (!scan.open || !scan.close)
		return;
	next->around = digest_around(&scan, body, len);
	next->len = (size_t)(scan.close - scan.open);
	next->messages = ohb_digest_of(scan.open, next->len);
	if (!goes_on(&scan, known, next))
		return;
	ret->goes_on = true;
	/* As deep as messages are, so that images are known as such. */
	rest.keys[0] = rest.keys[1] = rest.keys[2] = no_parent;
	rest.depth = 2;
	rest.open = scan.open;
	added = weigh_all(
			&rest, scan.open + known->len, next->len - known->len);
	if (known->tokens + added + SLACK < ret->bound)
		ret->bound = known->tokens + added + SLACK;
}

void ohb_tokens_learn(struct ohb_tokens_known *known,
		const struct ohb_tokens *request, uint64_t tokens)
{
	const uint64_t before = request->goes_on ? known->tokens : 0;

	*known = request->next;
	if (!tokens)
		known->len = 0;
	/* More messages have no fewer tokens: a provider that leaves out what
	 * it had cached is not believed. */
	known->tokens = tokens > before ? tokens : before;
}
