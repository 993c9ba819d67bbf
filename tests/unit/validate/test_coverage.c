/* How much of the sources a test must execute.  On this machine. */
#include "validate/steps.h"

#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "io/fs.h"
#include "io/wait.h"

static struct ohb_engine *engine;
static struct ohb_cancel cancel;
static struct ohb_arena arena;

static void ignore(void *userdata, const char *text)
{
	(void)userdata;
	(void)text;
}

static void setup(void)
{
	const struct ohb_engine_options options = {
		.kind = OHB_ENGINE_PROCESS,
		.run = "test",
		.cancel = &cancel,
		.on_warning = ignore,
	};
	struct ohb_error err = OHB_ERROR_INIT;

	ck_assert_int_eq(ohb_cancel_init(&cancel, &err), 0);
	ck_assert_msg(ohb_engine_open(&options, &engine, &err) == 0, "%s",
			err.msg);
}

static void teardown(void)
{
	ohb_engine_close(engine);
	ohb_cancel_release(&cancel);
	ohb_arena_release(&arena);
}

/* The sources: five lines of code, two, none. */
static const char *const sources[] = { "src/a.c", "src/b.c", "src/a.h" };
static const char *const texts[] = {
	"int a(int x)\n{\n\tif (x)\n\t\treturn 1;\n\treturn 0;\n}\n",
	"/* b */\nint b(void)\n{\n\treturn 2;\n}\n",
	"int a(int x);\nint b(void);\n",
};

#define BOTH                                                          \
	"SF:src/a.c\nDA:1,1\nDA:3,1\nDA:4,0\nDA:5,1\nend_of_record\n" \
	"SF:src/b.c\nDA:2,0\nDA:4,0\nend_of_record\n"
#define ONLY_A "SF:src/a.c\nDA:1,1\nDA:3,1\nDA:4,0\nDA:5,1\nend_of_record\n"

/* A report and what comes of it; findings as "name file:line", one a line. */
static const struct {
	const char *lcov;
	unsigned min, min_changed;
	unsigned first, last; /* changed lines of src/a.c; 0: none known */
	unsigned lines, executed, lines_changed, covered_changed;
	const char *findings;
	const char *says; /* part of the first finding, or of the note */
} cases[] = {
	{ BOTH, 50, 0, 0, 0, 6, 3, 0, 0, "", "50 % of 6 lines executed" },
	{ BOTH, 51, 0, 0, 0, 6, 3, 0, 0,
			"too low -:0\nnot executed src/a.c:4\n"
			"not executed src/b.c:2\n",
			"3 of 6 lines of the source are executed (50 %), at "
			"least 51 % must be" },
	/* a source of which the report has nothing counts, and is named */
	{ ONLY_A, 75, 0, 0, 0, 6, 3, 0, 0,
			"too low -:0\nnot executed src/a.c:4\n"
			"not executed src/b.c:2\n",
			"; the report has nothing of 'src/b.c'" },
	{ ONLY_A, 50, 0, 0, 0, 6, 3, 0, 0, "",
			"50 % of 6 lines executed; the report has nothing of "
			"'src/b.c'" },
	/* of what changed */
	{ BOTH, 1, 100, 3, 3, 6, 3, 1, 1, "", "50 %" },
	{ BOTH, 1, 50, 3, 4, 6, 3, 2, 1, "", "50 %" },
	{ BOTH, 1, 51, 3, 4, 6, 3, 2, 1,
			"too low -:0\nnot executed src/a.c:4\n",
			"1 of 2 changed lines" },
	/* none of them can be executed: nothing to ask */
	{ BOTH, 1, 100, 2, 2, 6, 3, 0, 0, "", "50 %" },
	/* both too low: the whole is told first, alone */
	{ BOTH, 90, 90, 4, 4, 6, 3, 1, 0,
			"too low -:0\nnot executed src/a.c:4\n"
			"not executed src/b.c:2\n",
			"3 of 6 lines" },
	/* files by other paths */
	{ "SF:/somewhere/src/a.c\nDA:1,1\nend_of_record\n", 1, 0, 0, 0, 0, 0, 0,
			0, "no coverage -:0\n",
			"the report has no line of 'src/a.c'; it has those of "
			"'/somewhere/src/a.c'" },
	{ "SF:example.com/m/src/a.c\nDA:1,1\nend_of_record\n"
	  "SF:./src//b.c\nDA:2,1\nend_of_record\n",
			100, 0, 0, 0, 2, 2, 0, 0, "", "100 % of 2" },
	{ "SF:a.c\nDA:1,1\nend_of_record\nSF:b.c\nDA:2,1\nend_of_record\n", 100,
			0, 0, 0, 2, 2, 0, 0, "", "100 % of 2" },
	/* others' lines do not count */
	{ ONLY_A "SF:src/c.c\nDA:1,9\nDA:2,9\nend_of_record\n", 75, 0, 0, 0, 6,
			3, 0, 0,
			"too low -:0\nnot executed src/a.c:4\n"
			"not executed src/b.c:2\n",
			"3 of 6" },
	{ "SF:src/c.c\nend_of_record\n", 1, 0, 0, 0, 0, 0, 0, 0,
			"no coverage -:0\n", "nor any" },
};

/* As if it had been put into a sandbox. */
static void fill(struct ohb_fileset *tree)
{
	size_t i;

	for (i = 0; i < OHB_ARRAY_LEN(sources); i++) {
		const struct ohb_file file = {
			.path = sources[i],
			.kind = OHB_TAR_FILE,
			.mode = 0644,
			.data = texts[i],
			.len = strlen(texts[i]),
		};

		ohb_fileset_put(tree, &file);
	}
}

static struct ohb_step_config config_of(int i)
{
	return (struct ohb_step_config){
		.kind = OHB_STEP_COVERAGE,
		.format = OHB_REPORT_LCOV,
		.min = cases[i].min,
		.min_changed = cases[i].min_changed,
	};
}

static void check_findings(const struct ohb_trial *trial, int i)
{
	ohb_autostr findings = OHB_STR_INIT;
	const char *text = trial->nfindings ? trial->findings[0].text :
					      trial->steps[0].note;
	size_t k;

	for (k = 0; k < trial->nfindings; k++)
		ohb_str_addf(&findings, "%s %s:%u\n", trial->findings[k].name,
				trial->findings[k].file ?
						trial->findings[k].file :
						"-",
				trial->findings[k].line);
	ck_assert_str_eq(ohb_str_cstr(&findings), cases[i].findings);
	ck_assert_msg(text && strstr(text, cases[i].says), "%s",
			text ? text : "none");
}

START_TEST(judges)
{
	const struct ohb_step_config config = config_of(_i);
	const struct ohb_command command = {
		.config = &config,
		.step = "coverage",
	};
	const struct ohb_line_range range = { sources[0], cases[_i].first,
		cases[_i].last };
	const struct ohb_target target = {
		.name = "tests/test_a.c",
		.sources = sources,
		.nsources = OHB_ARRAY_LEN(sources),
	};
	const struct ohb_judge_spec spec = {
		.engine = engine,
		.name = "judge",
		.target = &target,
		.changed = &range,
		.nchanged = cases[_i].first != 0,
	};
	struct ohb_step_result result = { .step = "coverage" };
	struct ohb_trial trial = {
		.spec = &spec,
		.arena = &arena,
		.steps = &result,
	};
	struct ohb_error err = OHB_ERROR_INIT;
	struct ohb_coverage report;

	fill(&trial.tree);
	ck_assert_msg(ohb_trial_place(&spec, "judge", &trial.sandbox, &err) ==
					0,
			"%s", err.msg);
	ck_assert_msg(ohb_coverage_parse(OHB_COVERAGE_LCOV, cases[_i].lcov,
				      strlen(cases[_i].lcov), &arena, &report,
				      &err) == 0,
			"%s", err.msg);
	ohb_coverage_judge(&trial, &command, &report, &result);
	check_findings(&trial, _i);
	ck_assert_uint_eq(result.lines, cases[_i].lines);
	ck_assert_uint_eq(result.executed, cases[_i].executed);
	ck_assert_uint_eq(trial.lines_changed, cases[_i].lines_changed);
	ck_assert_uint_eq(trial.covered_changed, cases[_i].covered_changed);
	ohb_sandbox_close(trial.sandbox);
	ohb_fileset_release(&trial.tree);
	ohb_freep(&trial.findings);
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("coverage");
	Suite *suite = suite_create("validate/coverage");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, judges, 0, OHB_ARRAY_LEN(cases));
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
