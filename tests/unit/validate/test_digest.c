/* What the agent is told of a failure: tests/digest/README.md. */
#include "validate/judge.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include <check.h>

#include "base/limits.h"
#include "io/fs.h"
#include "io/wait.h"

#define MAX_CASES 200

/* Does what the tool of the case did. */
static const char replay[] = "sed \"s|@DIR@|$PWD|g\" case/out\n"
			     "sed \"s|@DIR@|$PWD|g\" case/err >&2\n"
			     "[ ! -s case/report ] ||\n"
			     "sed \"s|@DIR@|$PWD|g\" case/report >\"$1\"\n"
			     "exit \"$(cat case/status)\"\n";

static char *names[MAX_CASES];
static int nnames;
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
	struct ohb_error err = OHB_ERROR_INIT;
	const struct ohb_engine_options options = {
		.kind = OHB_ENGINE_PROCESS,
		.run = "test",
		.cancel = &cancel,
		.on_warning = ignore,
	};

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

/* A file of the case; the fallback when it is not there. */
static const char *load(
		const char *folder, const char *name, const char *fallback)
{
	char path[4096];
	FILE *file;
	char *text = NULL;
	size_t len = 0;

	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "re");
	if (!file)
		return fallback;
	name = ohb_arena_strdup(&arena,
			getdelim(&text, &len, '\0', file) < 0 ? "" : text);
	(void)fclose(file);
	free(text);
	return name;
}

/* Its first line. */
static const char *line(
		const char *folder, const char *name, const char *fallback)
{
	const char *text = load(folder, name, fallback);

	return text ? ohb_arena_strndup(&arena, text, strcspn(text, "\n")) :
		      NULL;
}

static void put(struct ohb_fileset *set, const char *path, const char *data)
{
	struct ohb_file file = {
		.path = path,
		.kind = OHB_TAR_FILE,
		.mode = 0644,
		.data = data,
		.len = strlen(data),
	};

	file.digest = ohb_fs_digest_of(OHB_FS_FILE, 0644, data, strlen(data));
	ohb_fileset_put(set, &file);
}

/* git ignores nothing here. */
static int ignored(void *userdata, const char *const *paths, size_t n,
		int *ret_ignored, struct ohb_error *err)
{
	(void)userdata;
	(void)err;
	(void)paths;
	memset(ret_ignored, 0, n * sizeof(*ret_ignored));
	return 0;
}

static void digest(const char *folder, struct ohb_str *out)
{
	const char *output = line(folder, "path", "tests/test_a.sh");
	const char *kind = line(folder, "kind", "test");
	const char *shown = line(folder, "cmd", "sh {test} {report}");
	const char *test = load(folder, "test", "a test\n");
	const struct ohb_var vars[] = { { "test", output } };
	struct ohb_step_config step = {
		.kind = strcmp(kind, "build") == 0 ? OHB_STEP_BUILD :
						     OHB_STEP_TEST,
		.command = "sh case/run {report}",
		.format = strstr(shown, "{report}") ? OHB_REPORT_JUNIT :
						      OHB_REPORT_NONE,
		.reports[OHB_REPORT_JUNIT] =
				strstr(shown, "{report}") ? "{report}" : NULL,
		.min = 1,
		.timeout_ms = strtol(
				line(folder, "timeout", "60000"), NULL, 10),
	};
	const struct ohb_module_config module = {
		.name = "m",
		.steps = &step,
		.nsteps = 1,
		/* The test is a stand-in: what tools say is the matter. */
		.guard.levels[OHB_RULE_NO_TEST] = OHB_GUARD_OFF,
	};
	const struct ohb_target target = {
		.name = output,
		.module = &module,
		.outputs = &output,
		.noutputs = 1,
		.vars = vars,
		.nvars = OHB_ARRAY_LEN(vars),
	};
	struct ohb_fileset inputs = OHB_FILESET_INIT;
	struct ohb_fileset outputs = OHB_FILESET_INIT;
	struct ohb_fileset previous = OHB_FILESET_INIT;
	const struct ohb_judge_spec spec = {
		.engine = engine,
		.name = "judge",
		.target = &target,
		.inputs = &inputs,
		.ignored = ignored,
	};
	struct ohb_judgement judgement;
	struct ohb_error err = OHB_ERROR_INIT;

	put(&inputs, "case/run", load(folder, "run", replay));
	put(&inputs, "case/out", load(folder, "out", ""));
	put(&inputs, "case/err", load(folder, "err", ""));
	put(&inputs, "case/report", load(folder, "report", ""));
	put(&inputs, "case/status", line(folder, "status", "1"));
	if (strcmp(test, "none\n") != 0)
		put(&outputs, output, test);
	ck_assert_msg(ohb_judge_run(&spec, &outputs, &previous, &arena,
				      &judgement, &err) == 0,
			"%s", err.msg);
	ck_assert_msg(judgement.class == OHB_JUDGE_AGENT,
			"the judge accepts it");
	/* Of the command the case is named by, not of the replay. */
	step.command = shown;
	if (judgement.nsteps > 1) {
		const char *const *lines;
		struct ohb_step_result *last = ohb_arena_alloc(
				&arena, judgement.nsteps * sizeof(*last));
		size_t n;

		lines = ohb_judge_commands(&target, &arena, &n, &err);
		ck_assert_ptr_nonnull(lines);
		memcpy(last, judgement.steps, judgement.nsteps * sizeof(*last));
		last[judgement.nsteps - 1].command = lines[0];
		judgement.steps = last;
	}
	ohb_judge_digest(&spec, &judgement, 1, 3, out);
	ohb_fileset_release(&inputs);
	ohb_fileset_release(&outputs);
	ohb_fileset_release(&previous);
}

static const char *folder_of(int i)
{
	return ohb_arena_printf(&arena, "%s/tests/digest/%s",
			getenv("OHBUILD_SOURCE_DIR"), names[i]);
}

/* With OHB_DIGEST_WRITE set: for a new case, to be read and committed. */
static void write_expect(const char *folder, const struct ohb_str *text)
{
	FILE *file = fopen(ohb_arena_printf(&arena, "%s/expect", folder), "we");

	ck_assert_ptr_nonnull(file);
	ck_assert_uint_eq(fwrite(text->data, 1, text->len, file), text->len);
	ck_assert_int_eq(fclose(file), 0);
}

START_TEST(tells_what_failed)
{
	const char *folder = folder_of(_i);
	const char *expect;
	struct ohb_str text = OHB_STR_INIT;
	struct rusage usage;

	digest(folder, &text);
	if (getenv("OHB_DIGEST_WRITE"))
		write_expect(folder, &text);
	expect = load(folder, "expect", "");
	ck_assert_uint_le(text.len, OHB_MAX_DIGEST);
	/* What it takes does not depend on what a tool prints. */
	ck_assert_int_eq(getrusage(RUSAGE_SELF, &usage), 0);
	ck_assert_int_lt(usage.ru_maxrss, 300 * 1024);
	ck_assert_ptr_null(strchr(text.data, '\033'));
	ck_assert_msg(strcmp(text.data, expect) == 0,
			"%s: not as expected, but\n%s", names[_i], text.data);
	ohb_str_release(&text);
}
END_TEST

static int by_name(const void *a, const void *b)
{
	const char *const *left = a, *const *right = b;

	return strcmp(*left, *right);
}

static void find_cases(void)
{
	char path[4096];
	DIR *dir;
	const struct dirent *entry;

	(void)snprintf(path, sizeof(path), "%s/tests/digest",
			getenv("OHBUILD_SOURCE_DIR"));
	dir = opendir(path);
	while (dir && (entry = readdir(dir)) != NULL && nnames < MAX_CASES)
		if (!strchr(entry->d_name, '.'))
			names[nnames++] = strdup(entry->d_name);
	if (dir)
		(void)closedir(dir);
	qsort(names, (size_t)nnames, sizeof(*names), by_name);
}

int main(void)
{
	Suite *suite = suite_create("digest");
	TCase *tests = tcase_create("digest");
	SRunner *runner;
	int failed;

	find_cases();
	if (nnames == 0)
		return EXIT_FAILURE;
	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_set_timeout(tests, 60);
	tcase_add_loop_test(tests, tells_what_failed, 0, nnames);
	suite_add_tcase(suite, tests);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	while (nnames)
		free(names[--nnames]);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
