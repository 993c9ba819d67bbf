#include "text/junit.h"

#include <string.h>

#include <expat.h>

#include "base/limits.h"
#include "base/str.h"

#define MAX_DEPTH 64
#define MAX_MESSAGE ((size_t)64 * 1024)

/* What the text between tags is collected for. */
enum collect {
	COLLECT_NONE,
	COLLECT_MESSAGE, /* <failure>, <error>, Check's <message> */
	COLLECT_ID, /* Check's <id> */
	COLLECT_PLACE, /* Check's <fn>file:line</fn> */
};

struct reader {
	XML_Parser xml;
	struct ohb_arena *arena;
	struct ohb_case *cases; /* malloc'ed while it grows */
	size_t count, cap;
	struct ohb_case *current; /* NULL outside of a case */
	unsigned depth;
	enum collect collect;
	struct ohb_str text;
	bool suites; /* the root was one of a report's */
	const char *wrong; /* why we stopped it ourselves */
};

static void stop(struct reader *reader, const char *why)
{
	reader->wrong = why;
	(void)XML_StopParser(reader->xml, XML_FALSE);
}

static const char *attribute(const XML_Char **attributes, const char *name)
{
	for (; attributes[0]; attributes += 2)
		if (strcmp(attributes[0], name) == 0)
			return attributes[1];
	return NULL;
}

/* Without the namespace prefix a tool may have put in front. */
static const char *local(const char *name)
{
	const char *colon = strrchr(name, ':');

	return colon ? colon + 1 : name;
}

static struct ohb_case *begin_case(struct reader *reader)
{
	if (reader->count >= OHB_MAX_REPORT_CASES) {
		stop(reader, "too many test cases");
		return NULL;
	}
	reader->current = ohb_grow(&reader->cases, &reader->cap, reader->count,
			sizeof(*reader->cases));
	reader->count++;
	return reader->current;
}

static void junit_case(struct reader *reader, const XML_Char **attributes)
{
	const char *class = attribute(attributes, "classname");
	const char *name = attribute(attributes, "name");
	const char *file = attribute(attributes, "file");
	const char *line = attribute(attributes, "line");
	const char *status = attribute(attributes, "status");
	unsigned long long number = 0;
	struct ohb_case *test = begin_case(reader);

	if (!test)
		return;
	name = name ? name : "";
	test->name = class && *class && strcmp(class, name) != 0 ?
			ohb_arena_printf(reader->arena, "%s::%s", class, name) :
			ohb_arena_strdup(reader->arena, name);
	test->file = file ? ohb_arena_strdup(reader->arena, file) : NULL;
	if (line && ohb_parse_u64(line, strlen(line), 10000000, &number) == 0)
		test->line = (unsigned)number;
	/* gtest: not run at all; CTest: disabled. */
	if (status &&
			(strcmp(status, "notrun") == 0 ||
					strcmp(status, "disabled") == 0))
		test->result = OHB_CASE_SKIPPED;
}

static void worse(struct ohb_case *test, enum ohb_case_result result)
{
	static const int rank[] = {
		[OHB_CASE_PASSED] = 0,
		[OHB_CASE_SKIPPED] = 1,
		[OHB_CASE_FAILED] = 2,
		[OHB_CASE_ERROR] = 3,
	};

	if (rank[result] > rank[test->result])
		test->result = result;
}

static void collect(struct reader *reader, enum collect what)
{
	reader->collect = what;
	ohb_str_clear(&reader->text);
}

static void add_text(struct reader *reader, const char *text, size_t len)
{
	size_t room = MAX_MESSAGE - reader->text.len;

	ohb_str_add(&reader->text, text, len < room ? len : room);
}

static void check_case(struct reader *reader, const char *result)
{
	struct ohb_case *test = begin_case(reader);

	if (!test)
		return;
	test->name = "";
	if (strcmp(result, "success") == 0)
		test->result = OHB_CASE_PASSED;
	else if (strcmp(result, "failure") == 0)
		test->result = OHB_CASE_FAILED;
	else
		test->result = OHB_CASE_ERROR;
}

/* A child of a case says how it ended. */
static void case_child(struct reader *reader, const char *name,
		const XML_Char **attributes)
{
	static const struct {
		const char *name;
		enum ohb_case_result result;
	} ends[] = {
		{ "failure", OHB_CASE_FAILED },
		{ "error", OHB_CASE_ERROR },
		{ "skipped", OHB_CASE_SKIPPED },
	};
	const char *message = attribute(attributes, "message");
	size_t i;

	for (i = 0; i < OHB_ARRAY_LEN(ends); i++) {
		if (strcmp(name, ends[i].name) != 0)
			continue;
		worse(reader->current, ends[i].result);
		collect(reader, COLLECT_MESSAGE);
		if (message) {
			add_text(reader, message, strlen(message));
			add_text(reader, "\n", 1);
		}
		return;
	}
	if (strcmp(name, "message") == 0)
		collect(reader, COLLECT_MESSAGE);
	else if (strcmp(name, "id") == 0)
		collect(reader, COLLECT_ID);
	else if (strcmp(name, "fn") == 0)
		collect(reader, COLLECT_PLACE);
}

static void XMLCALL on_start(void *userdata, const XML_Char *tag,
		const XML_Char **attributes)
{
	struct reader *reader = userdata;
	const char *name = local(tag);
	const char *result = attribute(attributes, "result");

	if (++reader->depth > MAX_DEPTH) {
		stop(reader, "nested too deeply");
		return;
	}
	if (reader->depth == 1) {
		reader->suites = strcmp(name, "testsuites") == 0 ||
				strcmp(name, "testsuite") == 0;
		if (!reader->suites)
			stop(reader,
					"its root is not <testsuites> or "
					"<testsuite>");
		return;
	}
	if (reader->current)
		case_child(reader, name, attributes);
	else if (strcmp(name, "testcase") == 0)
		junit_case(reader, attributes);
	else if (strcmp(name, "test") == 0 && result)
		check_case(reader, result);
}

static void check_place(struct reader *reader)
{
	const char *text = ohb_str_cstr(&reader->text);
	const char *colon = strrchr(text, ':');
	unsigned long long line = 0;

	if (!colon ||
			ohb_parse_u64(colon + 1, strlen(colon + 1), 10000000,
					&line) < 0)
		return;
	reader->current->file = ohb_arena_strndup(
			reader->arena, text, (size_t)(colon - text));
	reader->current->line = (unsigned)line;
}

static void keep_message(struct reader *reader)
{
	struct ohb_case *test = reader->current;

	while (reader->text.len &&
			strchr(" \t\r\n",
					reader->text.data[reader->text.len -
							1]))
		ohb_str_cut(&reader->text, reader->text.len - 1);
	/* The worst end's words come last; both are kept. */
	if (reader->text.len == 0 || test->result == OHB_CASE_PASSED)
		return;
	test->message = test->message ?
			ohb_arena_printf(reader->arena, "%s\n%s", test->message,
					reader->text.data) :
			ohb_arena_strdup(reader->arena, reader->text.data);
}

static void XMLCALL on_end(void *userdata, const XML_Char *tag)
{
	struct reader *reader = userdata;
	const char *name = local(tag);

	reader->depth--;
	if (!reader->current)
		return;
	if (strcmp(name, "testcase") == 0 || strcmp(name, "test") == 0) {
		reader->current = NULL;
		reader->collect = COLLECT_NONE;
		return;
	}
	switch (reader->collect) {
	case COLLECT_MESSAGE:
		keep_message(reader);
		break;
	case COLLECT_ID:
		reader->current->name = ohb_arena_strdup(
				reader->arena, ohb_str_cstr(&reader->text));
		break;
	case COLLECT_PLACE:
		check_place(reader);
		break;
	case COLLECT_NONE:
		break;
	}
	reader->collect = COLLECT_NONE;
}

static void XMLCALL on_text(void *userdata, const XML_Char *text, int len)
{
	struct reader *reader = userdata;
	if (reader->collect != COLLECT_NONE && len > 0)
		add_text(reader, text, (size_t)len);
}

/* NOLINTNEXTLINE(readability-function-size): the signature of expat */
static void XMLCALL on_entity(void *userdata, const XML_Char *name,
		int parameter, const XML_Char *value, int len,
		const XML_Char *base, const XML_Char *system,
		const XML_Char *public, const XML_Char *notation)
{
	(void)name;
	(void)parameter;
	(void)value;
	(void)len;
	(void)base;
	(void)system;
	(void)public;
	(void)notation;
	stop(userdata, "it declares an entity");
}

static int parse(struct reader *reader, const char *data, size_t len,
		struct ohb_error *err)
{
	XML_SetUserData(reader->xml, reader);
	XML_SetElementHandler(reader->xml, on_start, on_end);
	XML_SetCharacterDataHandler(reader->xml, on_text);
	XML_SetEntityDeclHandler(reader->xml, on_entity);
	if (XML_Parse(reader->xml, data, (int)len, XML_TRUE) == XML_STATUS_OK)
		return 0;
	return ohb_fail(err, OHB_E_SYNTAX, "line %lu: %s",
			XML_GetCurrentLineNumber(reader->xml),
			reader->wrong ? reader->wrong :
					XML_ErrorString(XML_GetErrorCode(
							reader->xml)));
}

static void count(struct reader *reader, struct ohb_report *ret)
{
	struct ohb_report report = { .count = reader->count };
	struct ohb_case *cases = ohb_arena_alloc(
			reader->arena, reader->count * sizeof(*cases));
	size_t i;

	if (reader->count)
		memcpy(cases, reader->cases, reader->count * sizeof(*cases));
	report.cases = cases;
	for (i = 0; i < report.count; i++) {
		switch (cases[i].result) {
		case OHB_CASE_PASSED:
			report.passed++;
			break;
		case OHB_CASE_FAILED:
			report.failed++;
			break;
		case OHB_CASE_ERROR:
			report.errors++;
			break;
		case OHB_CASE_SKIPPED:
			report.skipped++;
			break;
		}
	}
	*ret = report;
}

int ohb_junit_parse(const char *data, size_t len, struct ohb_arena *arena,
		struct ohb_report *ret, struct ohb_error *err)
{
	struct reader reader = { .arena = arena };
	int result;

	if (len > OHB_MAX_REPORT)
		return ohb_fail(err, OHB_E_LIMIT, "larger than %u bytes",
				OHB_MAX_REPORT);
	reader.xml = XML_ParserCreate(NULL);
	if (!reader.xml)
		return ohb_fail(err, OHB_E_LIMIT, "no memory for the parser");
	result = parse(&reader, data, len, err);
	if (result == 0)
		count(&reader, ret);
	XML_ParserFree(reader.xml);
	ohb_str_release(&reader.text);
	ohb_freep(&reader.cases);
	return result;
}
