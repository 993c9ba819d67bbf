#include "text/junit.h"

#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "base/limits.h"
#include "base/str.h"

/* A report and what must be read from it. */
static const struct {
	const char *xml;
	size_t count, passed, failed, errors, skipped;
	const char *name; /* of the first case */
	const char *message; /* part of the first case's message, or NULL */
} good[] = {
	{ "<testsuite tests=\"9\"/>", 0, 0, 0, 0, 0, NULL, NULL },
	/* pytest */
	{ "<?xml version=\"1.0\"?><testsuites><testsuite tests=\"2\">"
	  "<testcase classname=\"tests.test_a\" name=\"test_x\" time=\"0.1\">"
	  "<failure message=\"assert 1 == 2\">def test_x():\n&gt; assert"
	  "</failure></testcase>"
	  "<testcase classname=\"tests.test_a\" name=\"test_y\"/>"
	  "</testsuite></testsuites>",
			2, 1, 1, 0, 0, "tests.test_a::test_x",
			"assert 1 == 2" },
	/* the header lies: only elements count */
	{ "<testsuites tests=\"100\" failures=\"0\"><testsuite>"
	  "<testcase name=\"a\"><error type=\"x\">boom</error></testcase>"
	  "</testsuite></testsuites>",
			1, 0, 0, 1, 0, "a", "boom" },
	{ "<testsuites><testcase name=\"a\"><skipped/></testcase>"
	  "</testsuites>",
			1, 0, 0, 0, 1, "a", NULL },
	/* gtest */
	{ "<testsuites><testsuite name=\"S\"><testcase name=\"a\" "
	  "file=\"t.cc\" line=\"12\" status=\"notrun\" classname=\"S\"/>"
	  "</testsuite></testsuites>",
			1, 0, 0, 0, 1, "S::a", NULL },
	/* failed and errored at once: the worse one */
	{ "<testsuite><testcase name=\"a\"><failure>f</failure>"
	  "<error>e</error></testcase></testsuite>",
			1, 0, 0, 1, 0, "a", "f\ne" },
	/* output that looks like an end is only text */
	{ "<testsuite><testcase name=\"a\"><system-out>&lt;failure/&gt;"
	  "</system-out></testcase></testsuite>",
			1, 1, 0, 0, 0, "a", NULL },
	/* Check's own form */
	{ "<?xml version=\"1.0\"?><testsuites xmlns=\"http://check."
	  "sourceforge.net/ns\"><datetime>x</datetime><suite><title>s</title>"
	  "<test result=\"failure\"><path>.</path><fn>test_a.c:31</fn>"
	  "<id>adds</id><iteration>0</iteration><duration>-1</duration>"
	  "<description>c</description><message>1 is not 2</message></test>"
	  "<test result=\"success\"><path>.</path><fn>test_a.c:9</fn>"
	  "<id>takes</id><message>Passed</message></test>"
	  "<test result=\"error\"><fn>test_a.c:9</fn><id>dies</id>"
	  "<message>Segfault</message></test></suite></testsuites>",
			3, 1, 1, 1, 0, "adds", "1 is not 2" },
};

START_TEST(reads_dialects)
{
	struct ohb_arena arena = OHB_ARENA_INIT;
	struct ohb_error err = OHB_ERROR_INIT;
	struct ohb_report report;

	ck_assert_msg(ohb_junit_parse(good[_i].xml, strlen(good[_i].xml),
				      &arena, &report, &err) == 0,
			"%s", err.msg);
	ck_assert_uint_eq(report.count, good[_i].count);
	ck_assert_uint_eq(report.passed, good[_i].passed);
	ck_assert_uint_eq(report.failed, good[_i].failed);
	ck_assert_uint_eq(report.errors, good[_i].errors);
	ck_assert_uint_eq(report.skipped, good[_i].skipped);
	if (good[_i].name)
		ck_assert_str_eq(report.cases[0].name, good[_i].name);
	if (good[_i].message) {
		ck_assert_ptr_nonnull(report.cases[0].message);
		ck_assert_ptr_nonnull(strstr(
				report.cases[0].message, good[_i].message));
	} else if (report.count) {
		ck_assert_ptr_null(report.cases[0].message);
	}
	ohb_arena_release(&arena);
}
END_TEST

START_TEST(reads_places)
{
	static const char xml[] = "<testsuites><suite><test result=\"failure\">"
				  "<fn>tests/test_a.c:31</fn><id>x</id></test>"
				  "</suite></testsuites>";
	struct ohb_arena arena = OHB_ARENA_INIT;
	struct ohb_error err = OHB_ERROR_INIT;
	struct ohb_report report;

	ck_assert_int_eq(ohb_junit_parse(xml, strlen(xml), &arena, &report,
					 &err),
			0);
	ck_assert_str_eq(report.cases[0].file, "tests/test_a.c");
	ck_assert_uint_eq(report.cases[0].line, 31);
	ohb_arena_release(&arena);
}
END_TEST

static const struct {
	const char *xml;
	const char *why;
} bad[] = {
	{ "", "no element found" },
	{ "not xml", "syntax error" },
	{ "<testsuites><testcase name=\"a\">", "no element found" },
	{ "<html/>", "its root is not" },
	{ "<!DOCTYPE t [<!ENTITY a \"b\">]><testsuites/>",
			"it declares an entity" },
	{ "<!DOCTYPE t [<!ENTITY a SYSTEM \"file:///etc/passwd\">]>"
	  "<testsuites>&a;</testsuites>",
			"it declares an entity" },
};

START_TEST(refuses)
{
	struct ohb_arena arena = OHB_ARENA_INIT;
	struct ohb_error err = OHB_ERROR_INIT;
	struct ohb_report report;

	ck_assert_int_eq(ohb_junit_parse(bad[_i].xml, strlen(bad[_i].xml),
					 &arena, &report, &err),
			-1);
	ck_assert_msg(strstr(err.msg, bad[_i].why) != NULL, "%s", err.msg);
	ohb_arena_release(&arena);
}
END_TEST

START_TEST(bounds_depth_and_text)
{
	struct ohb_arena arena = OHB_ARENA_INIT;
	struct ohb_error err = OHB_ERROR_INIT;
	struct ohb_str xml = OHB_STR_INIT;
	struct ohb_report report;
	int i;

	for (i = 0; i < 100; i++)
		ohb_str_adds(&xml, "<testsuite>");
	ck_assert_int_eq(ohb_junit_parse(xml.data, xml.len, &arena, &report,
					 &err),
			-1);
	ck_assert_ptr_nonnull(strstr(err.msg, "nested deeper than 64"));

	ohb_str_clear(&xml);
	ohb_str_adds(&xml,
			"<testsuite><testcase name=\"a\"><failure "
			"message=\"");
	for (i = 0; i < 20000; i++)
		ohb_str_adds(&xml, "0123456789");
	ohb_str_adds(&xml, "\">");
	for (i = 0; i < 20000; i++)
		ohb_str_adds(&xml, "0123456789");
	ohb_str_adds(&xml, "</failure></testcase></testsuite>");
	ck_assert_int_eq(ohb_junit_parse(xml.data, xml.len, &arena, &report,
					 &err),
			0);
	ck_assert_uint_le(strlen(report.cases[0].message), 64 * 1024);
	ohb_str_release(&xml);
	ohb_arena_release(&arena);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("junit");
	TCase *tests = tcase_create("junit");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tests, reads_dialects, 0, OHB_ARRAY_LEN(good));
	tcase_add_test(tests, reads_places);
	tcase_add_loop_test(tests, refuses, 0, OHB_ARRAY_LEN(bad));
	tcase_add_test(tests, bounds_depth_and_text);
	suite_add_tcase(suite, tests);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
