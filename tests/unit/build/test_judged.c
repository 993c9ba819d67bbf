/* What is remembered of a judgement is what was said. */
#include "build/judged.h"

#include <stdlib.h>

#include <check.h>

#include "text/json.h"

static void must_be(const struct ohb_finding *is, const struct ohb_finding *was)
{
	ck_assert_str_eq(is->step, was->step);
	ck_assert_pstr_eq(is->name, was->name);
	ck_assert_pstr_eq(is->file, was->file);
	ck_assert_uint_eq(is->line, was->line);
	ck_assert_uint_eq(is->column, was->column);
	ck_assert_uint_eq(is->utf16_column, was->utf16_column);
	ck_assert_str_eq(is->text, was->text);
}

START_TEST(comes_back_as_it_was)
{
	static const struct ohb_step_result steps[] = {
		{ .step = "build", .command = "make", .duration_ms = 7 },
	};
	static const struct ohb_finding findings[] = {
		{ .step = "build",
				.file = "t.c",
				.line = 3,
				.column = 9,
				.utf16_column = 8,
				.text = "expected ';'" },
		{ .step = "guard",
				.name = "skip",
				.file = "t.c",
				.line = 4,
				.text = "a" },
		{ .step = "build", .text = "b" },
	};
	const struct ohb_judgement was = {
		.class = OHB_JUDGE_AGENT,
		.summary = "build: failed",
		.steps = steps,
		.nsteps = OHB_ARRAY_LEN(steps),
		.findings = findings,
		.nfindings = OHB_ARRAY_LEN(findings),
		.warnings = findings,
		.nwarnings = 1,
	};
	ohb_autojson *json = ohb_judged_json(&was);
	struct ohb_arena arena = OHB_ARENA_INIT;
	struct ohb_judgement is;
	size_t i;

	ck_assert_int_eq(ohb_judged_read(json, &arena, &is), 0);
	ck_assert_uint_eq(is.class, was.class);
	ck_assert_str_eq(is.summary, was.summary);
	ck_assert_uint_eq(is.nsteps, was.nsteps);
	ck_assert_str_eq(is.steps[0].command, "make");
	ck_assert_uint_eq(is.nfindings, was.nfindings);
	for (i = 0; i < was.nfindings; i++)
		must_be(&is.findings[i], &findings[i]);
	ck_assert_uint_eq(is.nwarnings, was.nwarnings);
	must_be(&is.warnings[0], &findings[0]);
	ohb_arena_release(&arena);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("judged");
	TCase *tests = tcase_create("judged");
	SRunner *runner;
	int failed;

	tcase_add_test(tests, comes_back_as_it_was);
	suite_add_tcase(suite, tests);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
