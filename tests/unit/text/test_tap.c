#include "text/tap.h"

#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "base/limits.h"
#include "base/str.h"

/* More than any subtest is indented. */
#define DEEP                                                                 \
	"                                                                  " \
	"                                                                  "

/*
 * A report and its cases as "name result", one a line: '+' passed, '-'
 * failed, '!' error, '~' skipped.
 */
static const struct {
	const char *tap;
	const char *cases;
	const char *message; /* part of the first case's, or NULL: has none */
} good[] = {
	{ "TAP version 14\n1..2\nok 1 - a\nnot ok 2 - b\n", "+a\n-b\n", NULL },
	{ "ok 1 - a\nok 2 - b\n1..2\n", "+a\n+b\n", NULL },
	/* 12: no version, no numbers, no names */
	{ "1..3\nok\nnot ok\nok 3\n", "+1\n-2\n+3\n", NULL },
	{ "1..1\r\nok 1 - a\r\n", "+a\n", NULL },
	{ "1..1\nok 1 - a", "+a\n", NULL },
	{ "1..2\nok 2 - b\nok 1 - a\n", "+b\n+a\n", NULL },
	{ "1..2\nok 1 a b\nok 2 -5 is less\n", "+a b\n+-5 is less\n", NULL },
	/* what is not TAP */
	{ "hello\n\n1..1\nokay\nok1\nnotok 1\nok 1 - a\npragma +strict\n",
			"+a\n", NULL },
	/* directives */
	{ "1..5\nok 1 - a # SKIP no net\nnot ok 2 - b # TODO later\n"
	  "ok 3 # skip\nok 4 - d # skipped: e\nok 5 - f # Todo\n",
			"~a\n~b\n~3\n~d\n~f\n", "no net" },
	{ "1..4\nok 1 - a \\# SKIP\nok 2 - b # skipper\nok 3 - c#skip\n"
	  "ok 4 - d \\\\ # time=1.5ms\n",
			"+a # SKIP\n+b # skipper\n+c#skip\n+d \\\n", NULL },
	{ "1..0 # SKIP no database\n", "~all\n", "no database" },
	{ "1..0\n", "~all\n", NULL },
	/* what a case says */
	{ "1..2\nnot ok 1 - a\n  ---\n  message: 'x'\n  duration_ms: 2\n"
	  "  got:\n    ok 9\n  ...\n# line 3\nok 2 - b\n  ---\n  at: y\n  ...\n",
			"-a\n+b\n", "message: 'x'\ngot:\n  ok 9\n# line 3" },
	{ "1..1\nnot ok 1 - a\n  ---\n  location: 'a.js:1:2'\n  stack: |-\n"
	  "    f (a.js:3:4)\n  ...\n",
			"-a\n",
			"stack: |-\n  f (a.js:3:4)\nlocation: 'a.js:1:2'" },
	/* a block that was cut off swallows no result */
	{ "1..2\nnot ok 1 - a\n  ---\n  x: 1\nnot ok 2 - b\n", "-a\n-b\n",
			"x: 1" },
	/* subtests */
	{ "1..2\n# Subtest: outer\n    1..2\n    ok 1 - a\n    not ok 2 - b\n"
	  "not ok 1 - outer\nok 2 - c\n",
			"+outer::a\n-outer::b\n+c\n", NULL },
	{ "# Subtest: o\n    # Subtest: i\n        ok 1 - x\n        1..1\n"
	  "    ok 1 - i\n    1..1\nok 1 - o\n1..1\n",
			"+o::i::x\n", NULL },
	{ "    # Subtest: old\n    ok 1 - x\n    1..1\nok 1 - old\n1..1\n",
			"+old::x\n", NULL },
	{ "    1..1\n    ok 1 - x\nok 1 - named at its end\n1..1\n",
			"+named at its end::x\n", NULL },
	/* node: each result has its comment in front */
	{ "# Subtest: a\nok 1 - a\n# Subtest: b\n    # Subtest: c\n"
	  "    ok 1 - c\n    1..1\nok 2 - b\n1..2\n",
			"+a\n+b::c\n", NULL },
	/* a subtest's own failure counts where no case tells it */
	{ "1..1\n    ok 1 - a\n    1..1\nnot ok 1 - o\n  ---\n  e: hook\n"
	  "  ...\n",
			"+o::a\n-o\n", NULL },
	{ "1..1\n# Subtest: o\n    1..0 # SKIP why\nok 1 - o\n", "~o\n", NULL },
	/* in braces: the result comes first, with the block of its own */
	{ "1..2\nnot ok 1 - o # time=1ms {\n    ok 1 - a\n    not ok 2 - b\n"
	  "    1..2\n}\n\nok 2 - c {\n",
			"+o::a\n-o::b\n+c {\n", NULL },
	{ "ok 1 - o {\n    ok 1 - i {\n        ok 1 - a\n        1..1\n    }\n"
	  "    1..1\n}\nok 2 - b\n1..2\n",
			"+o::i::a\n+b\n", NULL },
	{ "1..1\nnot ok 1 - o\n  ---\n  e: x\n  ...\n{\n    # Subtest: i\n"
	  "        ok 1 - a\n        1..1\n    ok 1 - i\n    1..1\n}\n",
			"+o::i::a\n-o\n", NULL },
	{ "1..2\nok 1 - o {\n    1..0\n}\nok 2 - p # SKIP why {\n"
	  "    ok 1 - a\n    1..1\n}\n",
			"~o\n+p::a\n", NULL },
	{ "1..1\nok 1 - o {\n    1..1\n    ok 1 - a\n", "+o::a\n!o::plan\n",
			NULL },
	{ "{\n}\n1..3\nok 1 - a\n}\nok 2 - b {\n# Subtest: o\n    ok 1 - c\n"
	  "    1..1\nok 3 - o\n",
			"+a\n+b {\n+o::c\n", NULL },
	{ "1..1\nok 1 - a\n" DEEP DEEP DEEP "}\n", "+a\n", NULL },
	/* an empty describe() of node is no case */
	{ "1..2\nok 1 - e\n  ---\n  type: 'suite'\n  ...\nok 2 - a\n", "+a\n",
			NULL },
	/* Check: what happened is not part of the name */
	{ "not ok 1 - t.c:core:adds: 1 is not 2\nok 2 - t.c:core:b: Passed\n"
	  "ok 3 - a.js:b:c: d\n1..3\n",
			"-t.c:core:adds\n+t.c:core:b\n+a.js:b:c: d\n",
			"1 is not 2" },
	/* incomplete */
	{ "1..4\nok 1\nok 3\n", "+1\n+3\n!plan\n", NULL },
	{ "ok 1\nok 2\n", "+1\n+2\n!plan\n", NULL },
	{ "1..2\nok 1\nok 1\n", "+1\n+1\n!plan\n", NULL },
	{ "1..1\nok 1\nok 2\n", "+1\n+2\n!plan\n", NULL },
	{ "1..1\nok 0\n", "+4294967295\n!plan\n", NULL },
	{ "1..1\nok 1\n1..1\n", "+1\n!plan\n", NULL },
	{ "TAP version 13\n", "!plan\n", "there is no plan" },
	{ "1..3\n", "!plan\n", "1..3, but these did not run: 1, 2, 3" },
	{ "1..20\n", "!plan\n", "1, 2, 3, 4, 5, 6, 7, 8, …" },
	{ "1..1\n# Subtest: o\n    ok 1 - a\n", "+o::a\n!o::plan\n", NULL },
	{ "1..1\n# Subtest: o\n    1..1\n    ok 1 - a\n", "+o::a\n!o::plan\n",
			NULL },
	{ "1..1\n    1..2\n    ok 1 - a\nok 1 - o\n", "+o::a\n!o::plan\n",
			NULL },
	{ "1..2\nok 1 - a\nBail out!  no disk\nok 2 - b\n", "+a\n!Bail out!\n",
			NULL },
	{ "1..2\n    1..1\n    Bail out!\n", "!Bail out!\n",
			"the run was given up" },
	/* names are text for people */
	{ "1..1\nok 1 - a\033[31mb\xff\tc\n", "+ab\xef\xbf\xbd c\n", NULL },
};

static void add_cases(struct ohb_str *out, const struct ohb_report *report)
{
	static const char marks[] = {
		[OHB_CASE_PASSED] = '+',
		[OHB_CASE_FAILED] = '-',
		[OHB_CASE_ERROR] = '!',
		[OHB_CASE_SKIPPED] = '~',
	};
	size_t i;

	for (i = 0; i < report->count; i++)
		ohb_str_addf(out, "%c%s\n", marks[report->cases[i].result],
				report->cases[i].name);
}

START_TEST(reads)
{
	struct ohb_arena arena = OHB_ARENA_INIT;
	struct ohb_error err = OHB_ERROR_INIT;
	struct ohb_str cases = OHB_STR_INIT;
	struct ohb_report report;
	const char *message;

	ck_assert_msg(ohb_tap_parse(good[_i].tap, strlen(good[_i].tap), &arena,
				      &report, &err) == 0,
			"%s", err.msg);
	add_cases(&cases, &report);
	ck_assert_str_eq(ohb_str_cstr(&cases), good[_i].cases);
	ck_assert_uint_eq(report.passed + report.failed + report.errors +
					report.skipped,
			report.count);
	message = report.cases[0].message;
	if (good[_i].message)
		ck_assert_msg(message && strstr(message, good[_i].message),
				"%s", message ? message : "none");
	else
		ck_assert_msg(!message, "%s", message);
	ohb_str_release(&cases);
	ohb_arena_release(&arena);
}
END_TEST

START_TEST(says_why)
{
	static const struct {
		const char *tap, *why;
	} bad[] = {
		{ "1..4\nok 1\nok 3\n", "1..4, but these did not run: 2, 4" },
		{ "ok 1\n", "there is no plan, '1..N'" },
		{ "1..2\nok 1\nok 1\n", "number 1 comes twice" },
		{ "1..1\nok 1\nok 2\n", "number 2 is not in the plan, 1..1" },
		{ "1..1\nok 1\n1..1\n", "there is a second plan" },
		{ "1..1\nok 1\nBail out!  no \\# disk\n", "no # disk" },
		{ "1..1\n    1..1\n    ok 1\n", "the line that ends" },
		{ "1..1\n    ok 1\n    1..1\nnot ok 1 - o\n  ---\n  e: hook\n",
				"e: hook" },
		{ "1..1\nnot ok 1 - o # time=7ms\n  ---\n  e: hook\n  ...\n"
		  "{\n    ok 1\n    1..1\n}\n",
				"e: hook" },
		{ "1..1\nok 1 - o {\n    ok 1\n    1..1\n", "the line that" },
	};
	size_t i;

	for (i = 0; i < OHB_ARRAY_LEN(bad); i++) {
		struct ohb_arena arena = OHB_ARENA_INIT;
		struct ohb_error err = OHB_ERROR_INIT;
		struct ohb_report report;
		const char *message;

		ck_assert_int_eq(ohb_tap_parse(bad[i].tap, strlen(bad[i].tap),
						 &arena, &report, &err),
				0);
		message = report.cases[report.count - 1].message;
		ck_assert_msg(message && strstr(message, bad[i].why), "%s: %s",
				bad[i].why, message ? message : "none");
		ohb_arena_release(&arena);
	}
}
END_TEST

START_TEST(names_the_file_of_check)
{
	static const char tap[] = "not ok 1 - t/a.c:core:adds: 1 is not 2\n"
				  "1..1\n";
	struct ohb_arena arena = OHB_ARENA_INIT;
	struct ohb_error err = OHB_ERROR_INIT;
	struct ohb_report report;

	ck_assert_int_eq(ohb_tap_parse(tap, strlen(tap), &arena, &report, &err),
			0);
	ck_assert_str_eq(report.cases[0].file, "t/a.c");
	ck_assert_str_eq(report.cases[0].message, "1 is not 2");
	ohb_arena_release(&arena);
}
END_TEST

START_TEST(refuses)
{
	static const struct {
		const char *tap, *why;
	} bad[] = {
		{ "", "there is no TAP in it" },
		{ "<testsuites/>\n", "there is no TAP in it" },
		{ "# only a comment\n", "there is no TAP in it" },
		{ "TAP version 99\n1..1\nok 1\n", "none of 12, 13 and 14" },
		{ "TAP version 11\n1..1\nok 1\n", "none of 12, 13 and 14" },
	};
	size_t i;

	for (i = 0; i < OHB_ARRAY_LEN(bad); i++) {
		struct ohb_arena arena = OHB_ARENA_INIT;
		struct ohb_error err = OHB_ERROR_INIT;
		struct ohb_report report;

		ck_assert_int_eq(ohb_tap_parse(bad[i].tap, strlen(bad[i].tap),
						 &arena, &report, &err),
				-1);
		ck_assert_int_eq(err.code, OHB_E_SYNTAX);
		ck_assert_msg(strstr(err.msg, bad[i].why) != NULL, "%s",
				err.msg);
		ohb_arena_release(&arena);
	}
}
END_TEST

static enum ohb_code code_of(const struct ohb_str *tap)
{
	struct ohb_arena arena = OHB_ARENA_INIT;
	struct ohb_error err = OHB_ERROR_INIT;
	struct ohb_report report;
	int result = ohb_tap_parse(tap->data, tap->len, &arena, &report, &err);

	ohb_arena_release(&arena);
	return result < 0 ? err.code : OHB_OK;
}

START_TEST(bounds_depth_and_names)
{
	struct ohb_str tap = OHB_STR_INIT;
	size_t i;

	for (i = 0; i < 100; i++)
		ohb_str_addf(&tap, "%*sok 1 - deeper\n", (int)(4 * i), "");
	ck_assert_int_eq(code_of(&tap), OHB_E_LIMIT);
	/* Few bytes that would be long names of many cases. */
	ohb_str_clear(&tap);
	ohb_str_adds(&tap, "# Subtest: ");
	for (i = 0; i < 1000; i++)
		ohb_str_addc(&tap, 'x');
	for (i = 0; i < 100000; i++)
		ohb_str_adds(&tap, "\n    ok");
	ck_assert_int_eq(code_of(&tap), OHB_E_LIMIT);
	ohb_str_release(&tap);
}
END_TEST

START_TEST(bounds_cases_and_messages)
{
	struct ohb_arena arena = OHB_ARENA_INIT;
	struct ohb_error err = OHB_ERROR_INIT;
	struct ohb_str tap = OHB_STR_INIT;
	struct ohb_report report;
	size_t i;

	for (i = 0; i <= OHB_MAX_REPORT_CASES; i++)
		ohb_str_adds(&tap, "ok\n");
	ck_assert_int_eq(code_of(&tap), OHB_E_LIMIT);
	ohb_str_clear(&tap);
	ohb_str_adds(&tap, "1..1\nnot ok 1\n  ---\n");
	for (i = 0; i < 10000; i++)
		ohb_str_adds(&tap, "  a long line of what was found\n");
	ck_assert_int_eq(
			ohb_tap_parse(tap.data, tap.len, &arena, &report, &err),
			0);
	ck_assert_uint_le(strlen(report.cases[0].message), 64 * 1024);
	ohb_arena_release(&arena);
	ohb_str_release(&tap);
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("tap");
	Suite *suite = suite_create("text/tap");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tcase, reads, 0, OHB_ARRAY_LEN(good));
	tcase_add_test(tcase, says_why);
	tcase_add_test(tcase, names_the_file_of_check);
	tcase_add_test(tcase, refuses);
	tcase_add_test(tcase, bounds_depth_and_names);
	tcase_add_test(tcase, bounds_cases_and_messages);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
