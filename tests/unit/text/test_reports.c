/* Reports as real tools write them: tests/reports/README.md. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "base/str.h"
#include "text/coverage.h"
#include "text/junit.h"
#include "text/tap.h"

#define MAX_SAMPLES 100

typedef int parse_fn(const char *data, size_t len, struct ohb_arena *arena,
		struct ohb_report *ret, struct ohb_error *err);

/* One folder each. */
static const struct {
	const char *folder;
	parse_fn *parse; /* NULL: lines */
	enum ohb_coverage_format format;
} kinds[] = {
	{ "junit", ohb_junit_parse, 0 },
	{ "tap", ohb_tap_parse, 0 },
	{ "lcov", NULL, OHB_COVERAGE_LCOV },
	{ "cobertura", NULL, OHB_COVERAGE_COBERTURA },
	{ "gcov", NULL, OHB_COVERAGE_GCOV },
	{ "goprofile", NULL, OHB_COVERAGE_GOPROFILE },
};

static struct {
	size_t kind;
	char *path;
} samples[MAX_SAMPLES];
static int nsamples;
static struct ohb_arena arena;

static void read_file(const char *path, struct ohb_str *out)
{
	FILE *file = fopen(path, "re");
	char chunk[4096];
	size_t n;

	ck_assert_msg(file != NULL, "%s", path);
	while ((n = fread(chunk, 1, sizeof(chunk), file)) > 0)
		ohb_str_add(out, chunk, n);
	(void)fclose(file);
}

/* "+ name", "- name file:3: first line of what it says" */
static void add_cases(struct ohb_str *out, const struct ohb_report *report)
{
	static const char marks[] = {
		[OHB_CASE_PASSED] = '+',
		[OHB_CASE_FAILED] = '-',
		[OHB_CASE_ERROR] = '!',
		[OHB_CASE_SKIPPED] = '~',
	};
	size_t i;

	for (i = 0; i < report->count; i++) {
		const struct ohb_case *test = &report->cases[i];

		ohb_str_addf(out, "%c %s", marks[test->result], test->name);
		if (test->file)
			ohb_str_addf(out, " (%s:%u)", test->file, test->line);
		if (test->message)
			ohb_str_addf(out, ": %.*s",
					(int)strcspn(test->message, "\n"),
					test->message);
		ohb_str_addc(out, '\n');
	}
}

/* "src/a.c 3 of 4, not 7" */
static void add_lines(struct ohb_str *out, const struct ohb_coverage *lines)
{
	size_t i, end, hit;

	for (i = 0; i < lines->count; i = end) {
		const char *file = lines->lines[i].file;
		ohb_autostr missed = OHB_STR_INIT;

		hit = 0;
		for (end = i; end < lines->count; end++) {
			if (strcmp(lines->lines[end].file, file) != 0)
				break;
			hit += lines->lines[end].hits > 0;
			if (lines->lines[end].hits == 0)
				ohb_str_addf(&missed, "%s %u",
						missed.len ? "," : ", not",
						lines->lines[end].line);
		}
		ohb_str_addf(out, "%s %zu of %zu%s\n", file, hit, end - i,
				ohb_str_cstr(&missed));
	}
}

/* With OHB_REPORTS_WRITE set: for a new sample, to be read and committed. */
static void write_expect(const char *path, const struct ohb_str *text)
{
	FILE *file = fopen(path, "we");

	ck_assert_ptr_nonnull(file);
	ck_assert_uint_eq(fwrite(ohb_str_cstr(text), 1, text->len, file),
			text->len);
	ck_assert_int_eq(fclose(file), 0);
}

START_TEST(reads)
{
	const size_t kind = samples[_i].kind;
	const char *path = samples[_i].path;
	const char *wanted = ohb_arena_printf(&arena, "%s.expect", path);
	struct ohb_error err = OHB_ERROR_INIT;
	ohb_autostr data = OHB_STR_INIT, text = OHB_STR_INIT;
	ohb_autostr expect = OHB_STR_INIT;
	struct ohb_report report;
	struct ohb_coverage lines;

	read_file(path, &data);
	if (kinds[kind].parse) {
		ck_assert_msg(kinds[kind].parse(data.data, data.len, &arena,
					      &report, &err) == 0,
				"%s: %s", path, err.msg);
		add_cases(&text, &report);
	} else {
		ck_assert_msg(ohb_coverage_parse(kinds[kind].format, data.data,
					      data.len, &arena, &lines,
					      &err) == 0,
				"%s: %s", path, err.msg);
		add_lines(&text, &lines);
	}
	if (getenv("OHB_REPORTS_WRITE"))
		write_expect(wanted, &text);
	read_file(wanted, &expect);
	ck_assert_msg(ohb_streq(ohb_str_cstr(&text), ohb_str_cstr(&expect)),
			"%s:\n%s", path, ohb_str_cstr(&text));
}
END_TEST

static void find_samples(size_t kind)
{
	const char *source = getenv("OHBUILD_SOURCE_DIR");
	const char *folder = ohb_arena_printf(&arena, "%s/tests/reports/%s",
			source ? source : ".", kinds[kind].folder);
	DIR *dir = opendir(folder);
	struct dirent *entry;

	while (dir && nsamples < MAX_SAMPLES && (entry = readdir(dir))) {
		if (*entry->d_name == '.' || ohb_ends(entry->d_name, ".expect"))
			continue;
		samples[nsamples].kind = kind;
		samples[nsamples++].path = ohb_arena_printf(
				&arena, "%s/%s", folder, entry->d_name);
	}
	if (dir)
		(void)closedir(dir);
}

int main(void)
{
	TCase *tcase = tcase_create("reports");
	Suite *suite = suite_create("text/reports");
	SRunner *runner;
	size_t i;
	int failed;

	for (i = 0; i < OHB_ARRAY_LEN(kinds); i++)
		find_samples(i);
	if (nsamples < 10) {
		(void)fputs("tests/reports is not there\n", stderr);
		return EXIT_FAILURE;
	}
	tcase_add_loop_test(tcase, reads, 0, nsamples);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	ohb_arena_release(&arena);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
