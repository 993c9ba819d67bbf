#include "text/junit.h"

#include <string.h>

#include "base/limits.h"
#include "base/str.h"
#include "text/xml.h"

#define MAX_MESSAGE ((size_t)64 * 1024)

/* What the text between tags is collected for. */
enum collect {
	COLLECT_NONE,
	COLLECT_MESSAGE, /* <failure>, <error>, Check's <message> */
	COLLECT_ID, /* Check's <id> */
	COLLECT_PLACE, /* Check's <fn>file:line</fn> */
	COLLECT_OUTPUT, /* of a case that may have failed without a word */
};

struct reader {
	struct ohb_xml xml;
	struct ohb_arena *arena;
	struct ohb_case *cases; /* malloc'ed while it grows */
	size_t count, cap;
	struct ohb_case *current; /* NULL outside of a case */
	enum collect collect;
	struct ohb_str text;
	/* of the current case */
	struct ohb_str message, output;
	bool todo; /* the current case may fail: node's */
	bool suites; /* the root was one of a report's */
};

/* Without the namespace prefix a tool may have put in front. */
static const char *local(const char *name)
{
	const char *colon = strrchr(name, ':');

	return colon ? colon + 1 : name;
}

static struct ohb_case *begin_case(struct reader *reader)
{
	if (reader->count >= OHB_MAX_REPORT_CASES) {
		ohb_xml_stop(&reader->xml, OHB_E_LIMIT,
				"more than %u test cases",
				OHB_MAX_REPORT_CASES);
		return NULL;
	}
	reader->current = ohb_grow(&reader->cases, &reader->cap, reader->count,
			sizeof(*reader->cases));
	reader->count++;
	reader->todo = false;
	ohb_str_clear(&reader->message);
	ohb_str_clear(&reader->output);
	return reader->current;
}

static void junit_case(struct reader *reader, const char **attributes)
{
	const char *class = ohb_xml_attribute(attributes, "classname");
	const char *name = ohb_xml_attribute(attributes, "name");
	const char *file = ohb_xml_attribute(attributes, "file");
	const char *line = ohb_xml_attribute(attributes, "line");
	const char *status = ohb_xml_attribute(attributes, "status");
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

/* The rest of what is too long is left out. */
static void add_text(struct ohb_str *to, const char *text, size_t len)
{
	size_t room = MAX_MESSAGE - to->len;

	ohb_str_add(to, text, len < room ? len : room);
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
		const char **attributes)
{
	static const struct {
		const char *name;
		enum ohb_case_result result;
	} ends[] = {
		{ "failure", OHB_CASE_FAILED },
		{ "error", OHB_CASE_ERROR },
		{ "skipped", OHB_CASE_SKIPPED },
		/* Passed in a later try only: Surefire's, nextest's. */
		{ "flakyFailure", OHB_CASE_FAILED },
		{ "flakyError", OHB_CASE_ERROR },
	};
	const char *message = ohb_xml_attribute(attributes, "message");
	const char *type = ohb_xml_attribute(attributes, "type");
	size_t i;

	for (i = 0; i < OHB_ARRAY_LEN(ends); i++) {
		if (strcmp(name, ends[i].name) != 0)
			continue;
		reader->todo = reader->todo ||
				(ends[i].result == OHB_CASE_SKIPPED &&
						ohb_streq(type, "todo"));
		worse(reader->current,
				reader->todo ? OHB_CASE_SKIPPED :
					       ends[i].result);
		collect(reader, COLLECT_MESSAGE);
		if (message) {
			add_text(&reader->text, message, strlen(message));
			add_text(&reader->text, "\n", 1);
		}
		return;
	}
	if (strcmp(name, "message") == 0)
		collect(reader, COLLECT_MESSAGE);
	else if (strcmp(name, "id") == 0)
		collect(reader, COLLECT_ID);
	else if (strcmp(name, "fn") == 0)
		collect(reader, COLLECT_PLACE);
	else if (strcmp(name, "system-out") == 0 ||
			strcmp(name, "system-err") == 0)
		collect(reader, COLLECT_OUTPUT);
}

static void on_start(void *userdata, const char *tag, const char **attributes)
{
	struct reader *reader = userdata;
	const char *name = local(tag);
	const char *result = ohb_xml_attribute(attributes, "result");

	if (reader->xml.depth == 1) {
		reader->suites = strcmp(name, "testsuites") == 0 ||
				strcmp(name, "testsuite") == 0;
		if (!reader->suites)
			ohb_xml_stop(&reader->xml, OHB_E_SYNTAX,
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

static void trim(struct ohb_str *text)
{
	while (text->len && strchr(" \t\r\n", text->data[text->len - 1]))
		ohb_str_cut(text, text->len - 1);
}

static void keep_message(struct reader *reader)
{
	struct ohb_case *test = reader->current;

	trim(&reader->text);
	/* The worst end's words come last; both are kept. */
	if (reader->text.len == 0 || test->result == OHB_CASE_PASSED)
		return;
	if (reader->message.len)
		add_text(&reader->message, "\n", 1);
	add_text(&reader->message, reader->text.data, reader->text.len);
}

/* CTest's failures say nothing; what the case printed does. */
static void end_case(struct reader *reader)
{
	struct ohb_case *test = reader->current;

	trim(&reader->output);
	if (reader->message.len)
		test->message = ohb_arena_strdup(
				reader->arena, reader->message.data);
	else if (reader->output.len &&
			(test->result == OHB_CASE_FAILED ||
					test->result == OHB_CASE_ERROR))
		test->message = ohb_arena_strdup(
				reader->arena, reader->output.data);
	reader->current = NULL;
}

static void on_end(void *userdata, const char *tag)
{
	struct reader *reader = userdata;
	const char *name = local(tag);

	if (!reader->current)
		return;
	if (strcmp(name, "testcase") == 0 || strcmp(name, "test") == 0) {
		end_case(reader);
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
	case COLLECT_OUTPUT:
		ohb_str_add(&reader->output, ohb_str_cstr(&reader->text),
				reader->text.len);
		break;
	case COLLECT_NONE:
		break;
	}
	reader->collect = COLLECT_NONE;
}

static void on_text(void *userdata, const char *text, size_t len)
{
	struct reader *reader = userdata;

	if (reader->collect != COLLECT_NONE)
		add_text(&reader->text, text, len);
}

int ohb_junit_parse(const char *data, size_t len, struct ohb_arena *arena,
		struct ohb_report *ret, struct ohb_error *err)
{
	struct reader reader = {
		.arena = arena,
		.xml = { .on_start = on_start,
				.on_end = on_end,
				.on_text = on_text,
				.userdata = &reader },
	};
	int result = ohb_xml_parse(&reader.xml, data, len, err);

	if (result == 0)
		ohb_report_make(reader.cases, reader.count, arena, ret);
	ohb_str_release(&reader.text);
	ohb_str_release(&reader.message);
	ohb_str_release(&reader.output);
	ohb_freep(&reader.cases);
	return result;
}
