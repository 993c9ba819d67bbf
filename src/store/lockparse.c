/* openhands.lock: text in. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/clock.h"
#include "store/lockfile.h"
#include "store/lockwords.h"
#include "text/utf8.h"

#define RESTORE                                                            \
	"restore the file ('git checkout -- %s') or delete this target's " \
	"lines, then run 'ohbuild'"

struct items { /* malloc'ed, used again for the next target */
	struct ohb_lock_item *items;
	size_t count, cap;
};

struct parser {
	const char *name; /* of the file */
	const char *at, *end; /* the next line begins at `at` */
	const char *line; /* the one at hand, not terminated */
	size_t len;
	unsigned number; /* of it, from 1 */
	struct ohb_arena *arena;
	struct ohb_lock_record *records;
	size_t count, cap;
	struct items parts, outputs;
	bool has_origin, has_proof;
	struct ohb_error *err;
};

/* Column from 1; the text says how to mend it. */
static int wrong(struct parser *parser, size_t column, const char *fmt, ...)
		OHB_PRINTF(3, 4);
static int wrong(struct parser *parser, size_t column, const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return ohb_fail(parser->err, OHB_E_CONFIG, "%s:%u:%zu: %s",
			parser->name, parser->number, column, text);
}

static size_t column_of(const struct parser *parser, const char *s)
{
	return (size_t)(s - parser->line) + 1;
}

/* What a person broke: shows it. */
static int broken(struct parser *parser, const char *s, const char *what)
{
	ohb_autostr shown = OHB_STR_INIT;
	size_t left = parser->len - (size_t)(s - parser->line);

	ohb_utf8_line(&shown, s, left, 60);
	return wrong(parser, column_of(parser, s), "%s, not '%s'; " RESTORE,
			what, ohb_str_cstr(&shown), parser->name);
}

static bool line_is(const struct parser *parser, const char *text)
{
	return parser->len == strlen(text) &&
			memcmp(parser->line, text, parser->len) == 0;
}

/* "<<<<<<< ours", "=======", … */
static bool is_conflict(const struct parser *parser)
{
	static const char marks[] = "<=>|";
	size_t n = 0;

	if (!parser->len || !strchr(marks, parser->line[0]))
		return false;
	while (n < parser->len && parser->line[n] == parser->line[0])
		n++;
	return n == 7 && (n == parser->len || parser->line[n] == ' ');
}

static int conflict(struct parser *parser)
{
	return wrong(parser, 1,
			"git left a merge conflict here; take either side "
			"whole ('git checkout --theirs %s' or '--ours'), then "
			"run 'ohbuild', which adds what it knows of the other "
			"one",
			parser->name);
}

/* 1 with a line, 0 at the end, -1. */
static int next_line(struct parser *parser)
{
	const char *newline;

	if (parser->at == parser->end)
		return 0;
	newline = memchr(parser->at, '\n', (size_t)(parser->end - parser->at));
	parser->line = parser->at;
	parser->number++;
	parser->len = (size_t)((newline ? newline : parser->end) - parser->at);
	if (is_conflict(parser))
		return conflict(parser);
	if (!newline)
		return wrong(parser, parser->len + 1,
				"the file ends in the middle of a line; " RESTORE,
				parser->name);
	if (parser->len && parser->line[parser->len - 1] == '\r')
		return wrong(parser, parser->len,
				"the line ends with CR LF; write '%s text "
				"eol=lf' into .gitattributes and check the "
				"file out again",
				parser->name);
	parser->at = newline + 1;
	return 1;
}

/* The word at *s, up to a space or the end; *s becomes what follows. */
static size_t take_word(
		const struct parser *parser, const char **s, const char **ret)
{
	const char *end = parser->line + parser->len;
	const char *space = memchr(*s, ' ', (size_t)(end - *s));

	*ret = *s;
	*s = space ? space + 1 : end;
	return (size_t)((space ? space : end) - *ret);
}

static bool word_is(const char *s, size_t len, const char *word)
{
	return len == strlen(word) && memcmp(s, word, len) == 0;
}

/* One character within quotes: 1 taken, 0 the closing quote, -1. */
static int take_quoted(const char **s, const char *end, struct ohb_str *out)
{
	static const char from[] = "\"\\abfnrtv", to[] = "\"\\\a\b\f\n\r\t\v";
	const char *p = *s, *escape;
	unsigned value = 0, i;

	if (p == end)
		return -1;
	if (*p != '\\') {
		*s = p + 1;
		if (*p != '"')
			ohb_str_addc(out, *p);
		return *p != '"';
	}
	if (++p == end)
		return -1;
	escape = *p ? strchr(from, *p) : NULL;
	if (escape) {
		ohb_str_addc(out, to[escape - from]);
		*s = p + 1;
		return 1;
	}
	for (i = 0; i < 3; i++, p++) {
		if (p == end || *p < '0' || *p > '7')
			return -1;
		value = value * 8 + (unsigned)(*p - '0');
	}
	if (value == 0 || value > 255)
		return -1;
	ohb_str_addc(out, (char)value);
	*s = p;
	return 1;
}

/* The rest of the line, in quotes or not: bytes without NUL, not empty. */
static int take_name(struct parser *parser, const char *s, const char **ret)
{
	const char *end = parser->line + parser->len, *p = s + 1;
	size_t len = (size_t)(end - s);
	ohb_autostr name = OHB_STR_INIT;
	int more = 1;

	if (len == 0 || memchr(s, '\0', len))
		return broken(parser, s, "here should be a name");
	if (len > 4 * (size_t)OHB_MAX_PATH)
		return wrong(parser, column_of(parser, s),
				"the name is too long; " RESTORE, parser->name);
	if (*s != '"') {
		*ret = ohb_arena_strndup(parser->arena, s, len);
		return 0;
	}
	while (more == 1)
		more = take_quoted(&p, end, &name);
	if (more < 0 || p != end || name.len == 0)
		return broken(parser, s, "here should be a name in C's quotes");
	*ret = ohb_arena_strndup(parser->arena, name.data, name.len);
	return 0;
}

/* "100644 <SHA-256> <name>" */
static int take_item(struct parser *parser, const char *s, struct items *items)
{
	struct ohb_lock_item *item = ohb_grow(&items->items, &items->cap,
			items->count, sizeof(*item));
	const char *word;
	size_t len = take_word(parser, &s, &word), i;

	for (i = 0; i < ohb_lock_nmodes; i++)
		if (word_is(word, len, ohb_lock_modes[i].name))
			break;
	if (i == ohb_lock_nmodes)
		return broken(parser, word,
				"here should be 100644, 100755, 120000, absent "
				"or text");
	item->content.mode = ohb_lock_modes[i].mode;
	len = take_word(parser, &s, &word);
	if (ohb_sha256_parse(word, len, &item->content.sha) < 0)
		return broken(parser, word,
				"here should be the 64 digits of a SHA-256");
	if (take_name(parser, s, &item->name) < 0)
		return -1;
	items->count++;
	return 0;
}

typedef int take_fn(struct parser *parser, const char *s,
		struct ohb_lock_record *record);

static int take_part(
		struct parser *parser, const char *s, struct ohb_lock_record *r)
{
	(void)r;
	return take_item(parser, s, &parser->parts);
}

static int take_settings(
		struct parser *parser, const char *s, struct ohb_lock_record *r)
{
	const size_t len = parser->len - (size_t)(s - parser->line);
	ohb_autofree char *hex = ohb_strndup(s, len);
	struct ohb_digest digest;

	if (!ohb_digest_is_zero(&r->settings) || strlen(hex) != len ||
			ohb_digest_parse(hex, &digest) < 0 ||
			ohb_digest_is_zero(&digest))
		return broken(parser, s,
				"here should be the 32 digits of one digest");
	r->settings = digest;
	return 0;
}

static int take_output(
		struct parser *parser, const char *s, struct ohb_lock_record *r)
{
	(void)r;
	if (parser->outputs.count == OHB_MAX_OUTPUTS)
		return broken(parser, s, "there are too many outputs");
	return take_item(parser, s, &parser->outputs);
}

/* The index of the rest of the line among the words, or -1. */
static int index_of(const struct parser *parser, const char *s,
		const char *const *words, size_t n)
{
	size_t len = parser->len - (size_t)(s - parser->line), i;

	for (i = 0; i < n; i++)
		if (word_is(s, len, words[i]))
			return (int)i;
	return -1;
}

static int take_origin(
		struct parser *parser, const char *s, struct ohb_lock_record *r)
{
	int found = index_of(parser, s, ohb_lock_origins, 2);

	if (found < 0 || parser->has_origin)
		return broken(parser, s,
				"here should be agent or person, once");
	r->origin = (enum ohb_origin)found;
	parser->has_origin = true;
	return 0;
}

static int take_proof(
		struct parser *parser, const char *s, struct ohb_lock_record *r)
{
	int found = index_of(parser, s, ohb_lock_proofs, 2);

	if (found < 0 || parser->has_proof)
		return broken(parser, s, "here should be judge or none, once");
	r->judged = found == 1;
	parser->has_proof = true;
	return 0;
}

static int take_model(
		struct parser *parser, const char *s, struct ohb_lock_record *r)
{
	if (r->model)
		return broken(parser, s, "there should be one model");
	return take_name(parser, s, &r->model);
}

static int take_image(
		struct parser *parser, const char *s, struct ohb_lock_record *r)
{
	if (r->image)
		return broken(parser, s, "there should be one image");
	return take_name(parser, s, &r->image);
}

/* Days from 1970-01-01 in the Gregorian calendar. */
static int64_t days_of(int64_t year, int64_t month, int64_t day)
{
	int64_t y = month <= 2 ? year - 1 : year;
	int64_t m = (month + 9) % 12; /* from March */

	return 365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day -
			719469;
}

static int64_t digits_at(const char *s, size_t n)
{
	int64_t value = 0;
	size_t i;

	for (i = 0; i < n; i++)
		value = value * 10 + (s[i] - '0');
	return value;
}

/* What is no date does not come out as it went in. */
static int take_date(
		struct parser *parser, const char *s, struct ohb_lock_record *r)
{
	static const char form[] = "0000-00-00T00:00:00Z";
	char time[OHB_TIME_TEXT];
	size_t len = parser->len - (size_t)(s - parser->line);
	int64_t seconds = -1;

	if (len == sizeof(form) - 1 && r->date_ms < 0)
		seconds = days_of(digits_at(s, 4), digits_at(s + 5, 2),
					  digits_at(s + 8, 2)) *
						86400 +
				digits_at(s + 11, 2) * 3600 +
				digits_at(s + 14, 2) * 60 +
				digits_at(s + 17, 2);
	if (seconds < 0 || seconds > INT64_C(253402300799) ||
			!word_is(s, len,
					ohb_clock_format(seconds * 1000, time)))
		return broken(parser, s,
				"here should be one time like "
				"2026-11-22T18:40:01Z");
	r->date_ms = seconds * 1000;
	return 0;
}

static int take_cost(
		struct parser *parser, const char *s, struct ohb_lock_record *r)
{
	const size_t len = parser->len - (size_t)(s - parser->line);
	const char *dot = memchr(s, '.', len);
	unsigned long long usd = 0, micro = 0;

	if (r->cost_microusd >= 0 || !dot || len - (size_t)(dot - s) != 7 ||
			ohb_parse_u64(s, (size_t)(dot - s), 1000000000, &usd) <
					0 ||
			ohb_parse_u64(dot + 1, 6, 999999, &micro) < 0)
		return broken(parser, s,
				"here should be one sum in USD like 0.012345");
	r->cost_microusd = (int64_t)(usd * 1000000 + micro);
	return 0;
}

static const struct {
	const char *word;
	take_fn *take;
} fields[] = {
	{ "key", take_part },
	{ "validate", take_settings },
	{ "output", take_output },
	{ "by", take_origin },
	{ "proof", take_proof },
	{ "model", take_model },
	{ "image", take_image },
	{ "date", take_date },
	{ "cost", take_cost },
};

static int take_field(struct parser *parser, struct ohb_lock_record *record)
{
	const char *s = parser->line + 1, *word;
	size_t len = take_word(parser, &s, &word), i;

	for (i = 0; i < OHB_ARRAY_LEN(fields); i++)
		if (word_is(word, len, fields[i].word))
			return fields[i].take(parser, s, record);
	return broken(parser, word,
			"here should be key, validate, output, by, proof, "
			"model, image, date or cost");
}

static int by_name(const void *a, const void *b)
{
	const struct ohb_lock_item *x = a, *y = b;

	return strcmp(x->name, y->name);
}

/* A copy in the arena; the list is empty then. */
static const struct ohb_lock_item *keep(
		struct items *items, struct ohb_arena *arena, size_t *ret_n)
{
	struct ohb_lock_item *copy = NULL;

	*ret_n = items->count;
	if (items->count) {
		copy = ohb_arena_alloc(arena, items->count * sizeof(*copy));
		memcpy(copy, items->items, items->count * sizeof(*copy));
	}
	items->count = 0;
	return copy;
}

/* A name that is there twice, in a sorted list. */
static const char *twice(const struct items *sorted)
{
	size_t i;

	for (i = 1; i < sorted->count; i++)
		if (by_name(&sorted->items[i - 1], &sorted->items[i]) == 0)
			return sorted->items[i].name;
	return NULL;
}

static const char *output_twice(const struct items *outputs)
{
	size_t i, k;

	for (i = 1; i < outputs->count; i++)
		for (k = 0; k < i; k++)
			if (by_name(&outputs->items[i], &outputs->items[k]) ==
					0)
				return outputs->items[i].name;
	return NULL;
}

static int end_record(struct parser *parser, struct ohb_lock_record *record)
{
	ohb_autostr shown = OHB_STR_INIT;
	const char *same, *lacks;

	if (parser->parts.count)
		qsort(parser->parts.items, parser->parts.count,
				sizeof(*parser->parts.items), by_name);
	same = twice(&parser->parts);
	if (!same)
		same = output_twice(&parser->outputs);
	if (same) {
		ohb_utf8_line(&shown, same, strlen(same), 200);
		return wrong(parser, 1,
				"'%s' is there twice for the target of line "
				"%u; " RESTORE,
				ohb_str_cstr(&shown), record->line,
				parser->name);
	}
	lacks = !parser->parts.count	       ? "key" :
			!parser->outputs.count ? "output" :
			!parser->has_origin    ? "by" :
			!parser->has_proof     ? "proof" :
						 NULL;
	if (lacks)
		return wrong(parser, 1,
				"the target of line %u has no line '%s'; " RESTORE,
				record->line, lacks, parser->name);
	record->parts = keep(&parser->parts, parser->arena, &record->nparts);
	record->outputs = keep(
			&parser->outputs, parser->arena, &record->noutputs);
	return 0;
}

/* From "target …" to the empty line. */
static int take_record(struct parser *parser)
{
	struct ohb_lock_record record = {
		.date_ms = -1,
		.cost_microusd = -1,
		.line = parser->number,
	};
	int more;

	if (parser->count == OHB_MAX_TARGETS)
		return wrong(parser, 1, "there are more than %u targets",
				OHB_MAX_TARGETS);
	parser->has_origin = parser->has_proof = false;
	if (take_name(parser, parser->line + strlen("target "),
			    &record.target) < 0)
		return -1;
	while ((more = next_line(parser)) > 0 && parser->len &&
			parser->line[0] == '\t')
		if (take_field(parser, &record) < 0)
			return -1;
	if (more < 0)
		return -1;
	if (more && parser->len)
		return broken(parser, parser->line,
				"here should be a line that begins with a tab, "
				"or an empty one");
	if (end_record(parser, &record) < 0)
		return -1;
	*(struct ohb_lock_record *)ohb_grow(&parser->records, &parser->cap,
			parser->count, sizeof(record)) = record;
	parser->count++;
	return 0;
}

/* The digits at *s. */
static int take_number(const char **s, const char *end, unsigned *ret)
{
	unsigned long long value;
	size_t len = 0;

	while (*s + len < end && (*s)[len] >= '0' && (*s)[len] <= '9')
		len++;
	if (ohb_parse_u64(*s, len, 1000000, &value) < 0)
		return -1;
	*s += len;
	*ret = (unsigned)value;
	return 0;
}

/* Of a newer version only the first words are known. */
static int take_head(struct parser *parser, unsigned max_key, unsigned *ret_key)
{
	static const char key[] = " key ";
	int more = next_line(parser);
	const char *s = parser->line, *end = s + parser->len;
	unsigned version = 0;

	if (more < 0)
		return -1;
	if (!more || parser->len < strlen(OHB_LOCK_MAGIC) ||
			memcmp(s, OHB_LOCK_MAGIC, strlen(OHB_LOCK_MAGIC)) != 0)
		return ohb_fail(parser->err, OHB_E_CONFIG,
				"%s:1:1: this is no lock file of ohbuild; "
				"restore it, or move it away and run 'ohbuild'",
				parser->name);
	s += strlen(OHB_LOCK_MAGIC);
	if (take_number(&s, end, &version) < 0 || version == 0)
		return broken(parser, s, "here should be the version");
	if (version == OHB_LOCK_VERSION &&
			((size_t)(end - s) < strlen(key) ||
					memcmp(s, key, strlen(key)) != 0))
		return broken(parser, s, "here should be ' key '");
	if (version == OHB_LOCK_VERSION) {
		s += strlen(key);
		if (take_number(&s, end, ret_key) < 0)
			return broken(parser, s, "here should be a number");
	}
	if (version > OHB_LOCK_VERSION || *ret_key > max_key)
		return wrong(parser, 1,
				"written by a newer ohbuild (format %u, keys "
				"%u; this one knows %d and %u): update ohbuild",
				version, *ret_key, OHB_LOCK_VERSION, max_key);
	return 0;
}

static int by_target(const void *a, const void *b)
{
	const struct ohb_lock_record *x = a, *y = b;
	int order = strcmp(x->target, y->target);

	return order ? order : (x->line > y->line) - (x->line < y->line);
}

static int sort(struct parser *parser)
{
	size_t i;

	if (parser->count)
		qsort(parser->records, parser->count, sizeof(*parser->records),
				by_target);
	for (i = 1; i < parser->count; i++) {
		const struct ohb_lock_record *a = &parser->records[i - 1];
		const struct ohb_lock_record *b = &parser->records[i];

		parser->number = b->line;
		if (strcmp(a->target, b->target) == 0)
			return wrong(parser, 1,
					"this target is on line %u already; "
					"delete the lines of the one whose "
					"test is not the one in the tree, then "
					"run 'ohbuild'",
					a->line);
	}
	return 0;
}

static int take_all(struct parser *parser, unsigned max_key, unsigned *ret_key)
{
	static const char target[] = "target ";
	int more;

	if (take_head(parser, max_key, ret_key) < 0)
		return -1;
	while ((more = next_line(parser)) > 0 && !line_is(parser, "end")) {
		if (parser->len == 0)
			continue;
		if (parser->len < strlen(target) ||
				memcmp(parser->line, target, strlen(target)) !=
						0)
			return broken(parser, parser->line,
					"here should be 'target …' or 'end'");
		if (take_record(parser) < 0)
			return -1;
	}
	if (more < 0)
		return -1;
	if (!more)
		return wrong(parser, 1,
				"the file was cut off: its last line should be "
				"'end'; " RESTORE,
				parser->name);
	more = next_line(parser);
	if (more > 0)
		return broken(parser, parser->line,
				"here should be nothing more");
	return more < 0 ? -1 : sort(parser);
	return sort(parser);
}

/* The header's signature; an object for one call would say no more. */
/* NOLINTNEXTLINE(readability-function-size) */
int ohb_lock_parse(const char *name, const char *text, size_t len,
		unsigned max_key, struct ohb_arena *arena, struct ohb_lock *ret,
		struct ohb_error *err)
{
	struct parser parser = {
		.name = name,
		.at = text,
		.end = text + len,
		.arena = arena,
		.err = err,
	};
	struct ohb_lock_record *copy;
	unsigned key = 0;
	int bad = take_all(&parser, max_key, &key);

	if (!bad) {
		copy = ohb_arena_alloc(arena, parser.count * sizeof(*copy) + 1);
		if (parser.count)
			memcpy(copy, parser.records,
					parser.count * sizeof(*copy));
		*ret = (struct ohb_lock){
			.records = copy,
			.count = parser.count,
			.key = key,
		};
	}
	free(parser.records);
	free(parser.parts.items);
	free(parser.outputs.items);
	return bad;
}
