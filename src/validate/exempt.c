#include "validate/exempt.h"

#include <string.h>

#include "base/str.h"

static const char mark[] = "ohbuild: allow ";

/* A comment, from the mark to the last word of the line. */
struct words {
	const char *data; /* in the file; NULL: there is none */
	size_t len;
};

static struct words words_of(const char *line, size_t len)
{
	const char *at = memmem(line, len, mark, strlen(mark));

	if (!at)
		return (struct words){ .data = NULL };
	len -= (size_t)(at - line);
	while (len && strchr(" \t\r*/", at[len - 1]))
		len--;
	return (struct words){ .data = at, .len = len };
}

static size_t line_len(const char *text, size_t len)
{
	const char *end = memchr(text, '\n', len);

	return end ? (size_t)(end - text) : len;
}

/* What follows the rule's name. */
static bool read_reason(const struct words *words, const char *rule,
		struct ohb_exemption *ret)
{
	const char *at = words->data + strlen(mark);
	const char *end = words->data + words->len;
	const size_t name = strlen(rule);

	if (at + name > end || memcmp(at, rule, name) != 0 ||
			(at + name < end && !strchr(" \t", at[name])))
		return false;
	at += name;
	while (at < end && strchr(" \t", *at))
		at++;
	*ret = (struct ohb_exemption){
		.reason = at,
		.len = (size_t)(end - at),
	};
	return true;
}

static size_t count(const char *text, size_t len, const struct words *words)
{
	size_t at = 0, line, n = 0;

	for (; at < len; at += line + 1) {
		struct words found;

		line = line_len(text + at, len - at);
		found = words_of(text + at, line);
		n += found.data && found.len == words->len &&
				memcmp(found.data, words->data, words->len) ==
						0;
	}
	return n;
}

/* Whether a person's version has this very comment, and as many of it as the
 * file up to here: a copy is not a person's. */
static bool is_theirs(const struct ohb_judge_spec *spec,
		const struct ohb_file *file, const struct words *words)
{
	const struct ohb_file *theirs = spec->exempting ?
			ohb_fileset_find(spec->exempting, file->path) :
			NULL;
	const size_t end = (size_t)(words->data + words->len - file->data);
	const size_t n = theirs && theirs->data ?
			count(theirs->data, theirs->len, words) :
			0;

	return n && count(file->data, end, words) <= n;
}

int ohb_exempt_find(const struct ohb_judge_spec *spec,
		const struct ohb_file *file, const char *rule, unsigned line,
		struct ohb_exemption *ret)
{
	size_t at = 0, len;
	unsigned number = 0;
	int result = 0;

	for (; at < file->len; at += len + 1) {
		struct ohb_exemption found;
		struct words words;

		len = line_len(file->data + at, file->len - at);
		number++;
		if (line && number > line)
			break;
		if (line && number + 1 < line)
			continue;
		words = words_of(file->data + at, len);
		if (!words.data || !read_reason(&words, rule, &found))
			continue;
		result = -1;
		if (found.len == 0 || !is_theirs(spec, file, &words))
			continue;
		*ret = found;
		return 1;
	}
	return result;
}

unsigned ohb_exempt_planted(
		const struct ohb_judge_spec *spec, const struct ohb_file *file)
{
	size_t at = 0, len;
	unsigned number = 0;

	for (; at < file->len; at += len + 1) {
		struct words words;

		len = line_len(file->data + at, file->len - at);
		words = words_of(file->data + at, len);
		number++;
		if (words.data && !is_theirs(spec, file, &words))
			return number;
	}
	return 0;
}
