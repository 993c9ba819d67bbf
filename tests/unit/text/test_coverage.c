/*
 * The samples are files of the real tools (tests/fuzz/corpus/coverage), of one
 * program in three languages; only the folder was renamed to /project:
 *	lcov_coverage_py.info, cobertura_coverage_py.xml: coverage.py 7.17.3,
 *		`coverage lcov`, `coverage xml`
 *	lcov_lcov.info: lcov 1.16, `lcov -c -d . --no-external`
 *	gcov.json: gcov 12.2.0, `gcov --json-format --stdout *.gcda`
 *	goprofile.out: `go test -coverprofile`
 */
#include "text/coverage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "base/str.h"

static struct ohb_arena arena;

static int parse(enum ohb_coverage_format format, const char *text,
		struct ohb_coverage *ret, struct ohb_error *err)
{
	return ohb_coverage_parse(format, text, strlen(text), &arena, ret, err);
}

static void setup(void)
{
	arena = (struct ohb_arena)OHB_ARENA_INIT;
}

static void teardown(void)
{
	ohb_arena_release(&arena);
}

/* "file: 1 2 !3", '!' before a line that was not executed. */
static char *words(const struct ohb_coverage *coverage)
{
	ohb_autostr out = OHB_STR_INIT;
	const char *file = "";
	size_t i;

	for (i = 0; i < coverage->count; i++) {
		const struct ohb_coverage_line *line = &coverage->lines[i];

		if (strcmp(file, line->file) != 0)
			ohb_str_addf(&out, "%s%s:", i ? "; " : "", line->file);
		file = line->file;
		ohb_str_addf(&out, " %s%u", line->hits ? "" : "!", line->line);
	}
	return ohb_str_take(&out);
}

static const struct {
	const char *file;
	enum ohb_coverage_format format;
	const char *words;
} samples[] = {
	{ "lcov_coverage_py.info", OHB_COVERAGE_LCOV,
			"src/calc.py: 1 2 5 6 7 !8 !9 !10" },
	{ "cobertura_coverage_py.xml", OHB_COVERAGE_COBERTURA,
			"/project/src/calc.py: 1 2 5 6 7 !8 !9 !10" },
	{ "lcov_lcov.info", OHB_COVERAGE_LCOV,
			"/project/src/calc.c: 4 6 9 11 12 !13 !14 !15; "
			"/project/test.c: 3" },
	{ "gcov.json", OHB_COVERAGE_GCOV,
			"/project/src/calc.c: 4 6 9 11 12 !13 !14 !15; "
			"/project/test.c: 3" },
	{ "goprofile.out", OHB_COVERAGE_GOPROFILE,
			"example.com/calc/calc/calc.go: 3 4 5 7 8 9 10 !11 "
			"!12 !13 !14" },
};

START_TEST(reads_files_of_tools)
{
	char path[4096], text[16384];
	struct ohb_coverage coverage;
	struct ohb_error err = OHB_ERROR_INIT;
	ohb_autofree char *got = NULL;
	const char *dir = getenv("OHBUILD_SOURCE_DIR");
	FILE *file;
	size_t len;

	ck_assert_ptr_nonnull(dir);
	(void)snprintf(path, sizeof(path), "%s/tests/fuzz/corpus/coverage/%s",
			dir, samples[_i].file);
	file = fopen(path, "re");
	ck_assert_ptr_nonnull(file);
	len = fread(text, 1, sizeof(text) - 1, file);
	text[len] = '\0';
	(void)fclose(file);
	ck_assert_msg(parse(samples[_i].format, text, &coverage, &err) == 0,
			"%s", err.msg);
	got = words(&coverage);
	ck_assert_str_eq(got, samples[_i].words);
}
END_TEST

static const struct {
	enum ohb_coverage_format format;
	const char *text, *words;
} forms[] = {
	/* one file in two parts: what either executed is executed */
	{ OHB_COVERAGE_LCOV,
			"SF:./a.c\r\nDA:2,0\nDA:1,1,abc\nend_of_record\n"
			"SF:./a.c\nDA:2,5\nDA:3,-1\n",
			"./a.c: 1 2 !3" },
	{ OHB_COVERAGE_LCOV, "SF:a\nDA:1,99999999999999999999999\n", "a: 1" },
	{ OHB_COVERAGE_LCOV, "TN:\nSF:a\nend_of_record\n", NULL },
	/* of two roots it is not said which one */
	{ OHB_COVERAGE_COBERTURA,
			"<coverage><sources><source>/a</source><source>/b"
			"</source></sources><class filename=\"x.py\"><lines>"
			"<line number=\"1\" hits=\"1\"/></lines></class>"
			"</coverage>",
			"x.py: 1" },
	{ OHB_COVERAGE_COBERTURA,
			"<coverage><sources><source>src</source></sources>"
			"<class filename=\"x.py\"><methods><method><lines>"
			"<line number=\"4\" hits=\"0\"/></lines></method>"
			"</methods><lines><line number=\"4\" hits=\"0\"/>"
			"</lines></class></coverage>",
			"src/x.py: !4" },
	{ OHB_COVERAGE_GCOV,
			"{\"files\":[{\"file\":\"a.c\",\"lines\":["
			"{\"line_number\":0,\"count\":1},"
			"{\"line_number\":2,\"count\":0}]}]}\n",
			"a.c: !2" },
	{ OHB_COVERAGE_GOPROFILE,
			"mode: set\nm/a.go:1.2,3.4 2 1\nm/a.go:3.4,4.1 1 0\n",
			"m/a.go: 1 2 3 !4" },
	{ OHB_COVERAGE_GOPROFILE, "mode: set\n", NULL },
};

START_TEST(reads_forms)
{
	struct ohb_coverage coverage;
	struct ohb_error err = OHB_ERROR_INIT;
	ohb_autofree char *got = NULL;

	ck_assert_msg(parse(forms[_i].format, forms[_i].text, &coverage,
				      &err) == 0,
			"%s", err.msg);
	if (!forms[_i].words) {
		ck_assert_uint_eq(coverage.count, 0);
		return;
	}
	got = words(&coverage);
	ck_assert_str_eq(got, forms[_i].words);
}
END_TEST

static const struct {
	enum ohb_coverage_format format;
	const char *text, *why;
} wrong[] = {
	{ OHB_COVERAGE_LCOV, "", "no file" },
	{ OHB_COVERAGE_LCOV, "<coverage/>", "no file" },
	{ OHB_COVERAGE_LCOV, "DA:1,1\n", "line 1: expected DA:" },
	{ OHB_COVERAGE_LCOV, "SF:a\nDA:x,1\n", "line 2: expected DA:" },
	{ OHB_COVERAGE_LCOV, "SF:a\nDA:1,x\n", "hits are not a number" },
	{ OHB_COVERAGE_COBERTURA, "", "no element found" },
	{ OHB_COVERAGE_COBERTURA, "<html/>", "its root is not" },
	{ OHB_COVERAGE_COBERTURA, "<!DOCTYPE c [<!ENTITY a \"b\">]><coverage/>",
			"it declares an entity" },
	{ OHB_COVERAGE_COBERTURA,
			"<coverage><class filename=\"a\"><line number=\"x\"/>"
			"</class></coverage>",
			"without number or hits" },
	{ OHB_COVERAGE_GCOV, "", "it is empty" },
	{ OHB_COVERAGE_GCOV, "\x1f\x8b", "it is compressed" },
	{ OHB_COVERAGE_GCOV, "{}", "no 'files'" },
	{ OHB_COVERAGE_GCOV, "{\"files\":[{}]}", "without name" },
	{ OHB_COVERAGE_GOPROFILE, "a.go:1.1,1.2 1 1\n", "does not begin" },
	{ OHB_COVERAGE_GOPROFILE, "mode: set\na.go:1.1,1.2 1\n",
			"line 2: expected FILE" },
	{ OHB_COVERAGE_GOPROFILE, "mode: set\na.go:1.1,9999999.2 1 1\n",
			"more than" },
};

START_TEST(refuses)
{
	struct ohb_coverage coverage;
	struct ohb_error err = OHB_ERROR_INIT;

	ck_assert_int_eq(parse(wrong[_i].format, wrong[_i].text, &coverage,
					 &err),
			-1);
	ck_assert_msg(strstr(err.msg, wrong[_i].why) != NULL, "%s", err.msg);
}
END_TEST

START_TEST(knows_lines_between)
{
	struct ohb_coverage coverage;
	struct ohb_error err = OHB_ERROR_INIT;

	ck_assert_int_eq(parse(OHB_COVERAGE_LCOV,
					 "SF:a\nDA:3,1\nDA:9,0\nSF:b\nDA:1,1\n",
					 &coverage, &err),
			0);
	ck_assert_ptr_null(ohb_coverage_at(&coverage, "a", 2));
	ck_assert_uint_eq(ohb_coverage_at(&coverage, "a", 3)->line, 3);
	ck_assert_uint_eq(ohb_coverage_at(&coverage, "a", 8)->line, 3);
	ck_assert_uint_eq(ohb_coverage_at(&coverage, "a", 99)->line, 9);
	ck_assert_uint_eq(ohb_coverage_at(&coverage, "b", 99)->line, 1);
	ck_assert_ptr_null(ohb_coverage_at(&coverage, "c", 1));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("coverage");
	TCase *tests = tcase_create("coverage");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_loop_test(tests, reads_files_of_tools, 0,
			(int)OHB_ARRAY_LEN(samples));
	tcase_add_loop_test(tests, reads_forms, 0, (int)OHB_ARRAY_LEN(forms));
	tcase_add_loop_test(tests, refuses, 0, (int)OHB_ARRAY_LEN(wrong));
	tcase_add_test(tests, knows_lines_between);
	suite_add_tcase(suite, tests);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
