#include "text/tapline.h"

#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/memory.h"
#include "base/str.h"

#define MAX_NUMBERS 8 /* missing ones that are told one by one */

static bool blank(char c)
{
	return c == ' ' || c == '\t';
}

struct ohb_span ohb_span_trim(const char *text, size_t len)
{
	while (len && blank(text[len - 1]))
		len--;
	for (; len && blank(*text); len--)
		text++;
	return (struct ohb_span){ text, len };
}

const char *ohb_span_past(struct ohb_span span, const char *word)
{
	size_t n = strlen(word);

	return span.len >= n && strncasecmp(span.text, word, n) == 0 ?
			span.text + n :
			NULL;
}

struct ohb_span ohb_tap_unbraced(struct ohb_span span)
{
	if (!span.len || span.text[span.len - 1] != '{' ||
			(span.len > 1 && !blank(span.text[span.len - 2])))
		return span;
	return ohb_span_trim(span.text, span.len - 1);
}

static bool ends_word(const char *text, const char *end)
{
	return text == end || !(isalnum((unsigned char)*text) || *text == '_');
}

/* The directive after an unescaped '#', if it is one. */
static bool read_directive(
		struct ohb_span span, size_t at, struct ohb_tap_result *ret)
{
	static const struct {
		const char *word;
		bool leave_out;
	} words[] = {
		{ "skip", true }, { "skipped", true }, { "todo", true },
		{ "time=", false }, /* tap's */
	};
	const char *end = span.text + span.len;
	struct ohb_span rest =
			ohb_span_trim(span.text + at + 1, span.len - at - 1);
	size_t i;

	for (i = 0; i < OHB_ARRAY_LEN(words); i++) {
		const char *past = ohb_span_past(rest, words[i].word);

		if (!past || (words[i].leave_out && !ends_word(past, end)))
			continue;
		ret->leave_out = words[i].leave_out;
		ret->name = ohb_span_trim(span.text, at);
		ret->reason = ohb_tap_unbraced(ohb_span_trim(
				past, (size_t)(rest.text + rest.len - past)));
		return true;
	}
	return false;
}

static void read_description(struct ohb_span span, struct ohb_tap_result *ret)
{
	size_t i;

	ret->name = span;
	for (i = 0; i < span.len; i++) {
		if (span.text[i] == '\\')
			i++;
		else if (span.text[i] == '#' &&
				(i == 0 || blank(span.text[i - 1])) &&
				read_directive(span, i, ret))
			return;
	}
}

/* Past the number, if there is one; 0 says that there is none, and one that is
 * too large is in no plan. */
static struct ohb_span read_number(
		struct ohb_span span, struct ohb_tap_result *ret)
{
	size_t digits = 0;

	while (digits < span.len && isdigit((unsigned char)span.text[digits]))
		digits++;
	if (!digits || (digits < span.len && !blank(span.text[digits])))
		return span;
	if (ohb_parse_u64(span.text, digits, UINT32_MAX, &ret->number) < 0 ||
			ret->number == 0)
		ret->number = UINT32_MAX;
	return ohb_span_trim(span.text + digits, span.len - digits);
}

bool ohb_tap_result(struct ohb_span line, struct ohb_tap_result *ret)
{
	const char *end = line.text + line.len;
	const char *at = ohb_span_past(line, "not ");
	struct ohb_span rest;

	*ret = (struct ohb_tap_result){ .ok = !at };
	rest = at ? ohb_span_trim(at, (size_t)(end - at)) : line;
	if (rest.len < 2 || memcmp(rest.text, "ok", 2) != 0 ||
			(rest.len > 2 && !blank(rest.text[2])))
		return false;
	rest = read_number(ohb_span_trim(rest.text + 2, rest.len - 2), ret);
	if (rest.len && *rest.text == '-' &&
			(rest.len == 1 || blank(rest.text[1])))
		rest = ohb_span_trim(rest.text + 1, rest.len - 1);
	read_description(rest, ret);
	ret->opens = ohb_tap_unbraced(rest).len != rest.len;
	return true;
}

size_t ohb_tap_check_name(struct ohb_span span)
{
	static const char *const suffixes[] = { ".c", ".cc", ".cpp", ".cxx",
		".C", ".h" };
	const char *end = span.text + span.len, *at, *test;
	const char *file = memchr(span.text, ':', span.len);
	size_t i;

	if (!file)
		return 0;
	test = memchr(file + 1, ':', (size_t)(end - file - 1));
	if (!test || test == file + 1)
		return 0;
	for (at = ++test; at < end && !ends_word(at, end); at++)
		;
	if (at == test || end - at < 2 || at[0] != ':' || !blank(at[1]))
		return 0;
	for (i = 0; i < OHB_ARRAY_LEN(suffixes); i++) {
		size_t n = strlen(suffixes[i]);

		if ((size_t)(file - span.text) > n &&
				memcmp(file - n, suffixes[i], n) == 0)
			return (size_t)(at - span.text);
	}
	return 0;
}

bool ohb_tap_plan(struct ohb_span line, unsigned long long *ret_last,
		struct ohb_span *ret_reason)
{
	struct ohb_tap_result reason = { .ok = true };
	size_t digits = 0;

	if (line.len < 4 || memcmp(line.text, "1..", 3) != 0)
		return false;
	line.text += 3;
	line.len -= 3;
	while (digits < line.len && isdigit((unsigned char)line.text[digits]))
		digits++;
	if (!digits || (digits < line.len && !blank(line.text[digits])))
		return false;
	if (ohb_parse_u64(line.text, digits, OHB_MAX_REPORT_CASES, ret_last) <
			0)
		*ret_last = OHB_MAX_REPORT_CASES;
	read_description(ohb_span_trim(line.text + digits, line.len - digits),
			&reason);
	*ret_reason = reason.reason;
	return true;
}

static int by_number(const void *a, const void *b)
{
	const unsigned long long *left = a, *right = b;

	return (*left > *right) - (*left < *right);
}

/* "3, 4, …": of 1 to plan those that are not among the sorted ids. */
static const char *missing(unsigned long long plan,
		const unsigned long long *ids, size_t n,
		struct ohb_arena *arena)
{
	ohb_autostr text = OHB_STR_INIT;
	unsigned long long id;
	unsigned told = 0;
	size_t i = 0;

	for (id = 1; id <= plan && told <= MAX_NUMBERS; id++) {
		if (i < n && ids[i] == id) {
			i++;
			continue;
		}
		if (told++ < MAX_NUMBERS)
			ohb_str_addf(&text, "%s%llu", told > 1 ? ", " : "", id);
		else
			ohb_str_adds(&text, ", …");
	}
	return told ? ohb_arena_printf(arena,
				      "the plan is 1..%llu, but these did not "
				      "run: %s",
				      plan, text.data) :
		      NULL;
}

const char *ohb_tap_compare(unsigned long long plan, unsigned long long *ids,
		size_t n, struct ohb_arena *arena)
{
	size_t i;

	if (n)
		qsort(ids, n, sizeof(*ids), by_number);
	for (i = 0; i < n; i++) {
		if (ids[i] == 0 || ids[i] > plan)
			return ohb_arena_printf(arena,
					"number %llu is not in the plan, "
					"1..%llu",
					ids[i], plan);
		if (i && ids[i] == ids[i - 1])
			return ohb_arena_printf(arena,
					"number %llu comes twice", ids[i]);
	}
	return missing(plan, ids, n, arena);
}
