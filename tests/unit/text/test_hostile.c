/*
 * Reports of a hostile test, as large as a report may be, that cost far more
 * memory than they have bytes.  Each is read in a process that has little.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include <check.h>

#include "base/limits.h"
#include "text/coverage.h"
#include "text/json.h"
#include "text/junit.h"
#include "text/tap.h"

#define MIB ((size_t)1 << 20)

enum reader { JUNIT, TAP, LCOV, COBERTURA, GCOV, GO, JSON };

#define MANY SIZE_MAX /* as many as there is room for */

/* head, `filler` bytes of 'x', middle, units ('%' is their number), tail */
static const struct {
	enum reader reader;
	const char *head;
	size_t filler;
	const char *middle, *unit;
	size_t units;
	const char *tail;
	const char *why; /* NULL: it can be read */
} reports[] = {
	{ JUNIT, "<testsuite>", 0, "", "<testcase/>", MANY, "",
			"more than 1000000 test cases" },
	{ JUNIT, "<testsuite>", 0, "", "<a>", MANY, "",
			"elements are nested deeper than 64" },
	{ JUNIT, "<testsuite>", 0, "", "<a%/>", MANY, "",
			"takes more than 64 MiB of memory" },
	{ JUNIT, "<testsuite", 0, "", " a%=''", MANY, "/>",
			"takes more than 64 MiB of memory" },
	{ JUNIT, "<testsuite name='", 60 * MIB, "'", "", 0, "/>",
			"takes more than 64 MiB of memory" },
	{ JUNIT, "<testsuite><testcase name='a'>", 0, "",
			"<failure>x%</failure>", MANY,
			"</testcase></testsuite>", NULL },
	{ JUNIT, "<testsuite><testcase name='a'>", 0, "",
			"<failure message='x'/>", MANY,
			"</testcase></testsuite>", NULL },
	{ JUNIT, "<!DOCTYPE testsuite [<!ATTLIST testcase name CDATA '", MIB,
			"'>]><testsuite>", "<testcase/>", 500000,
			"</testsuite>", "it declares an attribute" },
	{ JUNIT, "<!DOCTYPE testsuite [", 0, "", "<!ELEMENT a% (b|c)>", MANY,
			"]><testsuite/>", NULL },
	{ TAP, "", 0, "", "ok\n", MANY, "", "more than 1000000 test cases" },
	{ TAP, "", 0, "", "not ok\n # x\n", MANY, "",
			"more than 1000000 test cases" },
	{ COBERTURA, "<coverage>", 0, "", "<a>", MANY, "",
			"elements are nested deeper than 64" },
	{ COBERTURA, "<coverage><source>", 30 * MIB, "</source>",
			"<class filename='a'/>", MANY, "</coverage>",
			"a <source> of more than 4096 bytes" },
	{ COBERTURA, "<coverage><source>", 4000, "</source>",
			"<class filename='%'/>", MANY, "</coverage>",
			"the names of its files are larger than 67108864 "
			"bytes" },
	{ COBERTURA, "<coverage><class filename='a'>", 0, "",
			"<line number='4294967295' hits='1'/>", MANY, "",
			"more than 1000000 lines" },
	{ LCOV, "", 0, "", "SF:%\n", MANY, "",
			"the names of its files are larger" },
	{ LCOV, "SF:a\n", 0, "", "DA:4294967295,1\n", MANY, "",
			"more than 1000000 lines" },
	{ LCOV, "SF:a\n", 0, "", "DA:4294967295,1\n", 9, "", NULL },
	{ GO, "mode: set\n", 0, "", "%:1.1,1.1 0 1\n", MANY, "",
			"the names of its files are larger" },
	{ GO, "mode: set\n", 0, "", "a:1.1,4294967295.1 1 1\n", 1, "",
			"more than 1000000 lines" },
	{ GCOV, "{\"current_working_directory\":\"", 30 * MIB,
			"\",\"files\":[{\"file\":\"a\",\"lines\":[]}",
			",{\"file\":\"a\",\"lines\":[]}", 10000, "]}",
			"the names of its files are larger" },
	{ GCOV, "{\"files\":[0", 0, "", ",{}", MANY, "]}",
			"more than 1000000 arrays and objects" },
	{ GCOV, "{\"files\":[0", 0, "", ",0", MANY, "]}",
			"more than 4194304 values" },
	{ JSON, "[[]", 0, "", ",[]", MANY, "]",
			"more than 1000000 arrays and objects" },
	{ JSON, "{\"a\":0", 0, "", ",\"%\":0", MANY, "}",
			"more than 4194304 values" },
	{ JSON, "[\"", 60 * MIB, "\"", "", 0, "]", NULL },
};

static void make(int i, struct ohb_str *out)
{
	const size_t room = OHB_MAX_REPORT - 100;
	size_t n;

	ohb_str_adds(out, reports[i].head);
	for (n = 0; n < reports[i].filler; n++)
		ohb_str_addc(out, 'x');
	ohb_str_adds(out, reports[i].middle);
	for (n = 0; n < reports[i].units && out->len < room; n++) {
		const char *unit = reports[i].unit;
		const size_t before = strcspn(unit, "%");

		ohb_str_add(out, unit, before);
		if (unit[before])
			ohb_str_addf(out, "%zx%s", n, unit + before + 1);
	}
	ohb_str_adds(out, reports[i].tail);
}

/* The text itself takes up to 128 MiB of it.  Sanitizers take any amount. */
static void take_memory(void)
{
#ifndef OHB_SANITIZED
	const struct rlimit limit = { 768 * MIB, 768 * MIB };

	ck_assert_int_eq(setrlimit(RLIMIT_AS, &limit), 0);
#endif
}

static int read_report(enum reader reader, const struct ohb_str *text,
		struct ohb_arena *arena, struct ohb_error *err)
{
	static const enum ohb_coverage_format formats[] = {
		[LCOV] = OHB_COVERAGE_LCOV,
		[COBERTURA] = OHB_COVERAGE_COBERTURA,
		[GCOV] = OHB_COVERAGE_GCOV,
		[GO] = OHB_COVERAGE_GOPROFILE,
	};
	struct ohb_coverage coverage;
	struct ohb_report report;
	ohb_autojson *json = NULL;

	switch (reader) {
	case JUNIT:
		return ohb_junit_parse(
				text->data, text->len, arena, &report, err);
	case TAP:
		return ohb_tap_parse(
				text->data, text->len, arena, &report, err);
	case JSON:
		json = ohb_json_parse(text->data, text->len, err);
		return json ? 0 : -1;
	case LCOV:
	case COBERTURA:
	case GCOV:
	case GO:
		break;
	}
	return ohb_coverage_parse(formats[reader], text->data, text->len, arena,
			&coverage, err);
}

START_TEST(takes_little_memory)
{
	struct ohb_arena arena = OHB_ARENA_INIT;
	struct ohb_error err = OHB_ERROR_INIT;
	ohb_autostr text = OHB_STR_INIT;
	int result;

	take_memory();
	make(_i, &text);
	result = read_report(reports[_i].reader, &text, &arena, &err);
	if (reports[_i].why) {
		ck_assert_int_eq(result, -1);
		ck_assert_msg(strstr(err.msg, reports[_i].why) != NULL, "%s",
				err.msg);
	} else {
		ck_assert_msg(result == 0, "%s", err.msg);
	}
	ohb_arena_release(&arena);
}
END_TEST

/* However many failures a case has. */
START_TEST(bounds_a_message)
{
	struct ohb_arena arena = OHB_ARENA_INIT;
	struct ohb_error err = OHB_ERROR_INIT;
	ohb_autostr text = OHB_STR_INIT;
	struct ohb_report report;
	size_t i;

	ohb_str_adds(&text, "<testsuite><testcase name='a'>");
	for (i = 0; i < 30000; i++)
		ohb_str_adds(&text, "<failure message='0123456789'/>");
	ohb_str_adds(&text, "</testcase></testsuite>");
	ck_assert_msg(ohb_junit_parse(text.data, text.len, &arena, &report,
				      &err) == 0,
			"%s", err.msg);
	ck_assert_uint_le(strlen(report.cases[0].message), 64 * 1024);
	ohb_arena_release(&arena);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("hostile");
	TCase *tests = tcase_create("hostile");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tests, 60);
	tcase_add_loop_test(
			tests, takes_little_memory, 0, OHB_ARRAY_LEN(reports));
	tcase_add_test(tests, bounds_a_message);
	suite_add_tcase(suite, tests);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
