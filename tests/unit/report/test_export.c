/* The answer of `validate`, as other programs read it. */
#include "report/export.h"

#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "base/memory.h"
#include "text/json.h"
#include "text/junit.h"

static json_t *answer_of(const char *targets)
{
	ohb_autostr text = OHB_STR_INIT;
	struct ohb_error err = OHB_ERROR_INIT;
	json_t *answer;

	ohb_str_addf(&text, "{\"targets\": [%s]}", targets);
	answer = ohb_json_parse(text.data, text.len, &err);
	ck_assert_msg(answer != NULL, "%s", err.msg);
	return answer;
}

#define HOSTILE                                                               \
	"{\"name\": \"t/a&b\\\"<.c\", \"module\": \"\", \"verdict\": "        \
	"\"failed\", \"reason\": \"x\\u0007\\n]]>\", \"findings\": "          \
	"[{\"step\": \"test 2\", \"name\": null, \"file\": null, \"line\": "  \
	"null, \"text\": \"<a>&amp;\\u001b[31m\"}, {\"step\": \"guard\", "    \
	"\"name\": \"skip\", \"file\": \"t/ä %.c\", \"line\": 3, \"text\": " \
	"\"no\"}]}"

/* What XML 1.0 has no form for. */
static const struct {
	const char *json, *xml;
} characters[] = {
	{ "\\ufffe", "\xef\xbf\xbd" },
	{ "\\uffff", "\xef\xbf\xbd" },
	{ "\\ufffd", "\xef\xbf\xbd" },
	{ "\\u0001", "\xef\xbf\xbd" },
	{ "\\u001f", "\xef\xbf\xbd" },
	{ "\\u007f", "\x7f" },
	{ "\\u0085", "\xc2\x85" },
	{ "\\ud7ff", "\xed\x9f\xbf" },
	{ "\\ue000", "\xee\x80\x80" },
	{ "\\ufdd0", "\xef\xb7\x90" },
	{ "\\ud83d\\ude00", "\xf0\x9f\x98\x80" },
	{ "\\ud83f\\udfff", "\xf0\x9f\xbf\xbf" },
	{ "\\t\\n\\r", "&#9;&#10;&#13;" },
};

START_TEST(junit_of_any_character)
{
	ohb_autostr target = OHB_STR_INIT, wanted = OHB_STR_INIT;
	ohb_autostr xml = OHB_STR_INIT;
	ohb_autojson *answer = NULL;
	struct ohb_arena arena = OHB_ARENA_INIT;
	struct ohb_error err = OHB_ERROR_INIT;
	struct ohb_report report;

	ohb_str_addf(&target,
			"{\"name\": \"t\", \"verdict\": \"failed\", "
			"\"reason\": \"<%s>\", \"findings\": []}",
			characters[_i].json);
	answer = answer_of(target.data);
	ohb_export_junit(answer, &xml);
	ohb_str_addf(&wanted, "message=\"&lt;%s&gt;\"", characters[_i].xml);
	ck_assert_msg(strstr(xml.data, wanted.data) != NULL, "%s", xml.data);
	ck_assert_msg(ohb_junit_parse(xml.data, xml.len, &arena, &report,
				      &err) == 0,
			"%s", err.msg);
	ohb_arena_release(&arena);
}
END_TEST

/* What we write, we can read. */
START_TEST(junit_of_anything)
{
	ohb_autojson *answer = answer_of(
			HOSTILE ", {\"name\": \"b\", \"verdict\": \"passed\"}, "
				"{\"name\": \"c\", \"verdict\": \"config\"}, "
				"{\"name\": \"d\", \"verdict\": \"not run\"}");
	struct ohb_arena arena = OHB_ARENA_INIT;
	struct ohb_error err = OHB_ERROR_INIT;
	ohb_autostr out = OHB_STR_INIT;
	struct ohb_report report;

	ohb_export_junit(answer, &out);
	ck_assert_msg(ohb_junit_parse(out.data, out.len, &arena, &report,
				      &err) == 0,
			"%s: %s", err.msg, out.data);
	ck_assert_uint_eq(report.count, 4);
	ck_assert_uint_eq(report.failed, 1);
	ck_assert_uint_eq(report.errors, 1);
	ck_assert_uint_eq(report.skipped, 1);
	ck_assert_ptr_nonnull(strstr(report.cases[0].name, "t/a&b\"<.c"));
	ck_assert_ptr_nonnull(strstr(report.cases[0].message, "<a>&amp;"));
	ck_assert_ptr_null(strchr(out.data, '\033'));
	ohb_arena_release(&arena);
}
END_TEST

START_TEST(sarif_of_anything)
{
	ohb_autojson *answer = answer_of(HOSTILE);
	ohb_autostr out = OHB_STR_INIT;
	struct ohb_error err = OHB_ERROR_INIT;
	ohb_autojson *sarif = NULL;

	ohb_export_sarif(answer, "1", &out);
	sarif = ohb_json_parse(out.data, out.len, &err);
	ck_assert_msg(sarif != NULL, "%s", err.msg);
	ck_assert_str_eq(ohb_json_text(sarif, "runs.0.results.0.ruleId"),
			"test");
	ck_assert_str_eq(ohb_json_text(sarif, "runs.0.results.1.ruleId"),
			"guard/skip");
	ck_assert_str_eq(ohb_json_text(sarif,
					 "runs.0.results.0.locations.0."
					 "physicalLocation.artifactLocation."
					 "uri"),
			"t/a&b%22%3C.c");
	ck_assert_str_eq(ohb_json_text(sarif,
					 "runs.0.results.1.locations.0."
					 "physicalLocation.artifactLocation."
					 "uri"),
			"t/%C3%A4%20%25.c");
	ck_assert_uint_eq(json_array_size(ohb_json_at(
					  sarif, "runs.0.tool.driver.rules")),
			2);
}
END_TEST

/* A column is told where it is known in the unit that the run names. */
START_TEST(sarif_of_columns)
{
	static const struct {
		const char *place; /* of a finding */
		int64_t column; /* 0: none */
	} cases[] = {
		{ "\"file\": \"a\", \"line\": 3, \"column\": 9, "
		  "\"utf16_column\": 8",
				8 },
		{ "\"file\": \"a\", \"line\": 3, \"column\": 9, "
		  "\"utf16_column\": null",
				0 },
		{ "\"file\": \"a\", \"line\": null, \"column\": null, "
		  "\"utf16_column\": null",
				0 },
	};
	size_t i;

	for (i = 0; i < OHB_ARRAY_LEN(cases); i++) {
		ohb_autostr target = OHB_STR_INIT, out = OHB_STR_INIT;
		ohb_autojson *answer = NULL, *sarif = NULL;
		struct ohb_error err = OHB_ERROR_INIT;

		ohb_str_addf(&target,
				"{\"name\": \"t\", \"verdict\": \"failed\", "
				"\"findings\": [{\"step\": \"lint\", "
				"\"text\": \"x\", %s}]}",
				cases[i].place);
		answer = answer_of(target.data);
		ohb_export_sarif(answer, "1", &out);
		sarif = ohb_json_parse(out.data, out.len, &err);
		ck_assert_ptr_nonnull(sarif);
		ck_assert_str_eq(ohb_json_text(sarif, "runs.0.columnKind"),
				"utf16CodeUnits");
		ck_assert_int_eq(ohb_json_int(sarif,
						 "runs.0.results.0.locations.0."
						 "physicalLocation.region."
						 "startColumn",
						 0),
				cases[i].column);
	}
}
END_TEST

/* Where an agent's words begin with a place, that is the place. */
static const struct {
	const char *said, *uri;
	int64_t line;
} said[] = {
	{ "suspected bug: src/a.c:12 lost", "src/a.c", 12 },
	{ "src/a.c:7: lost", "src/a.c", 7 },
	{ "suspected bug: something", "t", 1 },
	{ "suspected bug: /etc/passwd:3 x", "t", 1 },
	{ "suspected bug: a:99999999999 x", "t", 1 },
	{ "", "t", 1 },
};

START_TEST(sarif_of_words)
{
	ohb_autojson *target = json_pack("{s:s, s:s, s:s}", "name", "t",
			"verdict", "passed", "suspected_bug", said[_i].said);
	ohb_autojson *answer =
			json_pack("{s:[O]}", "targets", (json_t *)target);
	ohb_autojson *sarif = NULL;
	ohb_autostr out = OHB_STR_INIT;
	struct ohb_error err = OHB_ERROR_INIT;

	ohb_export_sarif(answer, "1", &out);
	sarif = ohb_json_parse(out.data, out.len, &err);
	ck_assert_ptr_nonnull(sarif);
	ck_assert_str_eq(ohb_json_text(sarif,
					 "runs.0.results.0.locations.0."
					 "physicalLocation.artifactLocation."
					 "uri"),
			said[_i].uri);
	ck_assert_int_eq(ohb_json_int(sarif,
					 "runs.0.results.0.locations.0."
					 "physicalLocation.region.startLine",
					 0),
			said[_i].line);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("export");
	TCase *tests = tcase_create("export");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tests, junit_of_any_character, 0,
			OHB_ARRAY_LEN(characters));
	tcase_add_test(tests, junit_of_anything);
	tcase_add_test(tests, sarif_of_anything);
	tcase_add_test(tests, sarif_of_columns);
	tcase_add_loop_test(tests, sarif_of_words, 0, (int)OHB_ARRAY_LEN(said));
	suite_add_tcase(suite, tests);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
