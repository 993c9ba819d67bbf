#include "text/coverage.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "text/json.h"
#include "text/xml.h"

#define MAX_LINE 10000000u /* number of a line */
#define MAX_HITS (~0ull >> 1)

struct reader {
	struct ohb_arena *arena;
	struct ohb_coverage_line *lines; /* malloc'ed while it grows */
	size_t count, cap;
	const char *file; /* the present one, or NULL */
	size_t names; /* bytes of all of them */
	unsigned number; /* of the report's line, from 1 */
	/* Cobertura only */
	struct ohb_xml xml;
	unsigned roots;
	bool in_root;
	struct ohb_str root; /* <source>, when there is one */
};

static int add(struct reader *reader, unsigned line, unsigned long long hits,
		struct ohb_error *err)
{
	struct ohb_coverage_line *next;

	if (reader->count == OHB_MAX_COVERAGE_LINES)
		return ohb_fail(err, OHB_E_LIMIT, "more than %u lines",
				OHB_MAX_COVERAGE_LINES);
	next = ohb_grow(&reader->lines, &reader->cap, reader->count,
			sizeof(*next));
	*next = (struct ohb_coverage_line){ reader->file, line, hits };
	reader->count++;
	return 0;
}

/* The file that the lines which follow are of; of the bytes that a name takes
 * some are the arena's. */
static int set_file(struct reader *reader, const char *root, const char *file,
		size_t len, struct ohb_error *err)
{
	const bool joined = *file != '/' && *root;
	const size_t size =
			len + (joined ? strlen(root) : 0) + sizeof(max_align_t);

	if (size > OHB_MAX_COVERAGE_NAMES - reader->names)
		return ohb_fail(err, OHB_E_LIMIT,
				"the names of its files are larger than %u "
				"bytes",
				OHB_MAX_COVERAGE_NAMES);
	reader->names += size;
	reader->file = joined ? ohb_arena_printf(reader->arena, "%s/%.*s", root,
						(int)len, file) :
				ohb_arena_strndup(reader->arena, file, len);
	return 0;
}

/* Digits at *at; steps over them.  So many that they do not fit: the most. */
static int take_number(const char **at, unsigned long long max,
		unsigned long long *ret)
{
	size_t digits = strspn(*at, "0123456789");

	if (digits == 0)
		return -1;
	if (ohb_parse_u64(*at, digits, max, ret) < 0)
		*ret = max;
	*at += digits;
	return 0;
}

static int take_line(const char **at, unsigned *ret)
{
	unsigned long long line;

	if (take_number(at, MAX_LINE, &line) < 0 || line == 0)
		return -1;
	*ret = (unsigned)line;
	return 0;
}

/* "DA:12,3", perhaps with a checksum behind. */
static int lcov_line(
		struct reader *reader, const char *text, struct ohb_error *err)
{
	unsigned long long hits = 0;
	unsigned line;

	if (ohb_starts(text, "SF:"))
		return set_file(reader, "", text + 3, strlen(text + 3), err);
	if (!ohb_starts(text, "DA:"))
		return 0;
	text += 3;
	/* coverage.py's of an empty file: no line. */
	if (ohb_starts(text, "0,"))
		return 0;
	if (!reader->file || take_line(&text, &line) < 0 || *text++ != ',')
		return ohb_fail(err, OHB_E_SYNTAX,
				"line %u: expected DA:LINE,HITS of an SF: file",
				reader->number);
	/* Old versions of gcov counted below 0. */
	if (*text != '-' && take_number(&text, MAX_HITS, &hits) < 0)
		return ohb_fail(err, OHB_E_SYNTAX,
				"line %u: hits are not a number",
				reader->number);
	return add(reader, line, hits, err);
}

/* "path:1.2,3.4 statements hits" */
static int go_line(
		struct reader *reader, const char *text, struct ohb_error *err)
{
	const char *at = strrchr(text, ':');
	unsigned long long skip, statements, hits;
	unsigned first, last, line;

	if (ohb_starts(text, "mode:") || !*text)
		return 0;
	if (!at || at == text)
		goto wrong;
	if ((!reader->file || strlen(reader->file) != (size_t)(at - text) ||
			    strncmp(reader->file, text, (size_t)(at - text)) !=
					    0) &&
			set_file(reader, "", text, (size_t)(at - text), err) <
					0)
		return -1;
	at++;
	if (take_line(&at, &first) < 0 || *at++ != '.' ||
			take_number(&at, MAX_LINE, &skip) < 0 || *at++ != ',' ||
			take_line(&at, &last) < 0 || *at++ != '.' ||
			take_number(&at, MAX_LINE, &skip) < 0 || *at++ != ' ' ||
			take_number(&at, MAX_LINE, &statements) < 0 ||
			*at++ != ' ' || take_number(&at, MAX_HITS, &hits) < 0 ||
			*at)
		goto wrong;
	for (line = first; statements && line <= last; line++)
		if (add(reader, line, hits, err) < 0)
			return -1;
	return 0;
wrong:
	return ohb_fail(err, OHB_E_SYNTAX,
			"line %u: expected FILE:LINE.COLUMN,LINE.COLUMN "
			"STATEMENTS HITS",
			reader->number);
}

static int gcov_file(struct reader *reader, const char *dir, json_t *file,
		struct ohb_error *err)
{
	const char *name = ohb_json_text(file, "file");
	json_t *lines = ohb_json_at(file, "lines"), *line;
	size_t i;

	if (!name || !json_is_array(lines))
		return ohb_fail(err, OHB_E_SYNTAX,
				"line %u: a file without name or lines",
				reader->number);
	if (set_file(reader, dir ? dir : "", name, strlen(name), err) < 0)
		return -1;
	json_array_foreach(lines, i, line)
	{
		const int64_t number = ohb_json_int(line, "line_number", 0);
		const int64_t hits = ohb_json_int(line, "count", 0);

		/* Line 0 is code that the compiler made up. */
		if (number <= 0 || number > MAX_LINE)
			continue;
		if (add(reader, (unsigned)number,
				    hits > 0 ? (unsigned long long)hits : 0,
				    err) < 0)
			return -1;
	}
	return 0;
}

/* A document of gcov --json-format --stdout. */
static int gcov_line(
		struct reader *reader, const char *text, struct ohb_error *err)
{
	ohb_autojson *document = NULL;
	json_t *files, *file;
	size_t i;

	if (!*text)
		return 0;
	document = ohb_json_parse(text, strlen(text), err);
	if (!document)
		return ohb_fail_context(err, "line %u", reader->number);
	files = ohb_json_at(document, "files");
	if (!json_is_array(files))
		return ohb_fail(err, OHB_E_SYNTAX, "line %u: no 'files' in it",
				reader->number);
	json_array_foreach(files, i, file)
	{
		if (gcov_file(reader,
				    ohb_json_text(document,
						    "current_working_"
						    "directory"),
				    file, err) < 0)
			return -1;
	}
	return 0;
}

static int each_line(struct reader *reader, const char *data, size_t len,
		int (*take)(struct reader *reader, const char *text,
				struct ohb_error *err),
		struct ohb_error *err)
{
	ohb_autostr text = OHB_STR_INIT;

	while (len) {
		const char *end = memchr(data, '\n', len);
		size_t n = end ? (size_t)(end - data) : len;

		reader->number++;
		ohb_str_clear(&text);
		ohb_str_add(&text, data, n && data[n - 1] == '\r' ? n - 1 : n);
		if (take(reader, ohb_str_cstr(&text), err) < 0)
			return -1;
		n += end != NULL;
		data += n;
		len -= n;
	}
	return 0;
}

static int read_lcov(struct reader *reader, const char *data, size_t len,
		struct ohb_error *err)
{
	if (each_line(reader, data, len, lcov_line, err) < 0)
		return -1;
	return reader->file ?
			0 :
			ohb_fail(err, OHB_E_SYNTAX, "no file (SF:) is in it");
}

static int read_go(struct reader *reader, const char *data, size_t len,
		struct ohb_error *err)
{
	if (len < 5 || memcmp(data, "mode:", 5) != 0)
		return ohb_fail(err, OHB_E_SYNTAX,
				"it does not begin with 'mode:'");
	return each_line(reader, data, len, go_line, err);
}

static int read_gcov(struct reader *reader, const char *data, size_t len,
		struct ohb_error *err)
{
	if (len > 1 && memcmp(data, "\x1f\x8b", 2) == 0)
		return ohb_fail(err, OHB_E_SYNTAX,
				"it is compressed; write it by 'gcov "
				"--json-format --stdout'");
	if (len == 0)
		return ohb_fail(err, OHB_E_SYNTAX, "it is empty");
	return each_line(reader, data, len, gcov_line, err);
}

static void xml_line(struct reader *reader, const char **attributes)
{
	const char *number = ohb_xml_attribute(attributes, "number");
	const char *hits = ohb_xml_attribute(attributes, "hits");
	struct ohb_error err = OHB_ERROR_INIT;
	unsigned long long count = 0;
	unsigned line;

	if (!reader->file)
		return;
	if (!number || !hits || take_line(&number, &line) < 0 ||
			(*hits != '-' &&
					take_number(&hits, MAX_HITS, &count) <
							0))
		ohb_xml_stop(&reader->xml, OHB_E_SYNTAX,
				"a <line> without number or hits");
	else if (add(reader, line, count, &err) < 0)
		ohb_xml_stop(&reader->xml, err.code, "%s", err.msg);
}

static void xml_file(struct reader *reader, const char *file)
{
	struct ohb_error err = OHB_ERROR_INIT;
	/* Of several roots it is not said which one is meant. */
	const char *root =
			reader->roots == 1 ? ohb_str_cstr(&reader->root) : "";

	reader->file = NULL;
	if (file && set_file(reader, root, file, strlen(file), &err) < 0)
		ohb_xml_stop(&reader->xml, err.code, "%s", err.msg);
}

static void on_start(void *userdata, const char *name, const char **attributes)
{
	struct reader *reader = userdata;

	if (reader->xml.depth == 1 && strcmp(name, "coverage") != 0) {
		ohb_xml_stop(&reader->xml, OHB_E_SYNTAX,
				"its root is not <coverage>");
	} else if (strcmp(name, "source") == 0) {
		reader->roots++;
		reader->in_root = true;
		ohb_str_clear(&reader->root);
	} else if (strcmp(name, "class") == 0) {
		xml_file(reader, ohb_xml_attribute(attributes, "filename"));
	} else if (strcmp(name, "line") == 0) {
		xml_line(reader, attributes);
	}
}

static void on_end(void *userdata, const char *name)
{
	struct reader *reader = userdata;

	reader->in_root = false;
	if (strcmp(name, "class") == 0)
		reader->file = NULL;
}

static void on_text(void *userdata, const char *text, size_t len)
{
	struct reader *reader = userdata;

	if (!reader->in_root)
		return;
	if (len > OHB_MAX_PATH - reader->root.len)
		ohb_xml_stop(&reader->xml, OHB_E_LIMIT,
				"a <source> of more than %u bytes",
				(unsigned)OHB_MAX_PATH);
	else
		ohb_str_add(&reader->root, text, len);
}

static int read_cobertura(struct reader *reader, const char *data, size_t len,
		struct ohb_error *err)
{
	int result;

	reader->xml = (struct ohb_xml){
		.on_start = on_start,
		.on_end = on_end,
		.on_text = on_text,
		.userdata = reader,
	};
	result = ohb_xml_parse(&reader->xml, data, len, err);
	ohb_str_release(&reader->root);
	return result;
}

static int by_place(const void *a, const void *b)
{
	const struct ohb_coverage_line *left = a, *right = b;
	const int order = left->file == right->file ?
			0 :
			strcmp(left->file, right->file);

	if (order)
		return order;
	return left->line < right->line ? -1 : left->line > right->line;
}

size_t ohb_coverage_sort(struct ohb_coverage_line *lines, size_t count)
{
	size_t i, n = 0;

	if (count)
		qsort(lines, count, sizeof(*lines), by_place);
	for (i = 0; i < count; i++) {
		if (n && by_place(&lines[n - 1], &lines[i]) == 0) {
			if (lines[i].hits > lines[n - 1].hits)
				lines[n - 1].hits = lines[i].hits;
			continue;
		}
		lines[n++] = lines[i];
	}
	return n;
}

int ohb_coverage_parse(enum ohb_coverage_format format, const char *data,
		size_t len, struct ohb_arena *arena, struct ohb_coverage *ret,
		struct ohb_error *err)
{
	static int (*const readers[])(struct reader * reader, const char *data,
			size_t len, struct ohb_error *err) = {
		[OHB_COVERAGE_LCOV] = read_lcov,
		[OHB_COVERAGE_COBERTURA] = read_cobertura,
		[OHB_COVERAGE_GCOV] = read_gcov,
		[OHB_COVERAGE_GOPROFILE] = read_go,
	};
	struct reader reader = { .arena = arena };
	struct ohb_coverage_line *lines;
	int result;

	if (len > OHB_MAX_REPORT)
		return ohb_fail(err, OHB_E_LIMIT, "larger than %u bytes",
				OHB_MAX_REPORT);
	result = readers[format](&reader, data, len, err);
	if (result == 0) {
		ret->count = ohb_coverage_sort(reader.lines, reader.count);
		lines = ohb_arena_alloc(
				arena, (ret->count + 1) * sizeof(*lines));
		if (ret->count)
			memcpy(lines, reader.lines,
					ret->count * sizeof(*lines));
		ret->lines = lines;
	}
	ohb_freep(&reader.lines);
	return result;
}

const struct ohb_coverage_line *ohb_coverage_at(
		const struct ohb_coverage *coverage, const char *file,
		unsigned line)
{
	const struct ohb_coverage_line wanted = { file, line, 0 };
	size_t low = 0, high = coverage->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (by_place(&coverage->lines[middle], &wanted) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low && strcmp(coverage->lines[low - 1].file, file) == 0 ?
			&coverage->lines[low - 1] :
			NULL;
}
