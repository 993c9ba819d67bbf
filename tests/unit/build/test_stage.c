/* What a target starts from, and what is taken back. */
#include "unit/store/fixture.h"

#include <malloc.h>

#include "base/limits.h"
#include "build/stage.h"
#include "io/wait.h"

#define A "tests/a.sh"
#define B "tests/deep/b.sh"

static struct ohb_engine *engine;
static struct ohb_cancel cancel;
static struct ohb_sandbox *sandbox;
static struct ohb_stage stage;
static struct ohb_fileset outputs, strays;
static struct ohb_module_config module;
static const char *const sources[] = { "src/a.sh" }, *const wanted[] = { A, B };
static const char *const workspace[] = { "link", "lib.sh", A };
static const char *const inputs[] = { "data" };
static const struct ohb_target target = {
	.name = A,
	.module = &module,
	.sources = sources,
	.nsources = 1,
	.outputs = wanted,
	.noutputs = 2,
	.inputs = inputs,
	.ninputs = 1,
	.workspace = workspace,
	.nworkspace = 3,
};

static void ignore(void *userdata, const char *text)
{
	(void)userdata;
	(void)text;
}

static void put(const char *path, const char *text)
{
	char *temp = NULL;

	ck_assert_int_eq(ohb_fs_mkdirs(project, "src", &err), 0);
	ck_assert_int_eq(ohb_fs_mkdirs(project, "tests", &err), 0);
	ck_assert_int_eq(ohb_fs_write_temp(project, path, text, strlen(text),
					 0644, &temp, &err),
			0);
	ck_assert_int_eq(ohb_fs_rename(project, temp, path, &err), 0);
	free(temp);
}

static void begin(void)
{
	const struct ohb_engine_options options = {
		.kind = OHB_ENGINE_PROCESS,
		.run = "test",
		.cancel = &cancel,
		.on_warning = ignore,
	};

	setup();
	sandbox = NULL;
	stage = (struct ohb_stage){ .inputs = OHB_FILESET_INIT };
	ck_assert_int_eq(ohb_cancel_init(&cancel, &err), 0);
	ck_assert_int_eq(ohb_engine_open(&options, &engine, &err), 0);
	put("src/a.sh", "echo a\n");
	put("lib.sh", "echo lib\n");
	put("data", "1\n");
	put(A, "old\n");
	ck_assert_int_eq(symlinkat("../outside", project, "link"), 0);
}

static void end(void)
{
	ohb_sandbox_close(sandbox);
	ohb_engine_close(engine);
	ohb_cancel_release(&cancel);
	ohb_fileset_release(&outputs);
	ohb_fileset_release(&strays);
	ohb_stage_release(&stage);
	teardown();
}

static void load(void)
{
	ck_assert_msg(ohb_stage_load(&stage, project, &target, &err) == 0, "%s",
			err.msg);
}

/* The stage, in a judge's sandbox: no server is wanted here. */
static void give(void)
{
	const struct ohb_sandbox_spec spec = {
		.role = OHB_ROLE_JUDGE, .name = "test", .target = A
	};

	load();
	ck_assert_msg(ohb_sandbox_open(engine, &spec, &sandbox, &err) == 0,
			"%s", err.msg);
	ck_assert_msg(ohb_stage_put(&stage, &target, sandbox, &err) == 0, "%s",
			err.msg);
}

static void run(const char *script)
{
	const char *const argv[] = { "/bin/sh", "-ec", script, NULL };
	const struct ohb_exec_spec spec = { .argv = argv, .timeout_ms = 60000 };
	struct ohb_exec_result result = { .status = 0 };

	ck_assert_int_eq(ohb_sandbox_exec(sandbox, &spec, &result, &err), 0);
	ck_assert_msg(result.status == 0, "%s", ohb_str_cstr(&result.err));
	ohb_exec_result_release(&result);
}

static void collect(void)
{
	ck_assert_msg(ohb_stage_collect(&stage, &target, sandbox, &outputs,
				      &strays, &err) == 0,
			"%s", err.msg);
}

static bool has(const struct ohb_fileset *set, const char *path,
		const char *text)
{
	const struct ohb_file *file = ohb_fileset_find(set, path);

	return file && file->data && file->len == strlen(text) &&
			memcmp(file->data, text, file->len) == 0;
}

START_TEST(stages_what_is_declared)
{
	load();
	ck_assert_uint_eq(stage.inputs.count, 3);
	ck_assert(has(&stage.inputs, "src/a.sh", "echo a\n"));
	ck_assert(has(&stage.inputs, "lib.sh", "echo lib\n"));
	ck_assert(has(&stage.inputs, "data", "1\n"));
	ck_assert_uint_eq(stage.previous.count, 1);
	ck_assert(has(&stage.previous, A, "old\n"));
}
END_TEST

START_TEST(sees_changes)
{
	const char *path = NULL;

	load();
	ck_assert_int_eq(ohb_stage_inputs_unchanged(
					 &stage, project, &target, &path, &err),
			1);
	ck_assert_int_eq(ohb_stage_outputs_unchanged(
					 &stage, project, &target, &path, &err),
			1);
	put("data", "2\n");
	ck_assert_int_eq(ohb_stage_inputs_unchanged(
					 &stage, project, &target, &path, &err),
			0);
	ck_assert_str_eq(path, "data");
	put(A, "a person's\n");
	ck_assert_int_eq(ohb_stage_outputs_unchanged(
					 &stage, project, &target, &path, &err),
			0);
	ck_assert_str_eq(path, A);
	put(A, "old\n");
	ck_assert_int_eq(ohb_fs_mkdirs(project, "tests/deep", &err), 0);
	put(B, "was not there\n");
	ck_assert_int_eq(ohb_stage_outputs_unchanged(
					 &stage, project, &target, &path, &err),
			0);
	ck_assert_str_eq(path, B);
}
END_TEST

START_TEST(a_folder_is_in_the_way)
{
	ck_assert_int_eq(ohb_fs_mkdirs(project, B, &err), 0);
	ck_assert_int_eq(ohb_stage_load(&stage, project, &target, &err), -1);
	ck_assert_int_eq(err.code, OHB_E_EXISTS);
}
END_TEST

START_TEST(a_source_is_gone)
{
	ck_assert_int_eq(unlinkat(project, "src/a.sh", 0), 0);
	ck_assert_int_eq(ohb_stage_load(&stage, project, &target, &err), -1);
	ck_assert_int_eq(err.code, OHB_E_CHANGED);
}
END_TEST

/* Folders of outputs are there; what was collected outlives the archive. */
START_TEST(takes_outputs_and_names_strays)
{
	give();
	run("echo new >" A "; echo b >" B "; echo x >stray; echo y >>lib.sh");
	collect();
	ck_assert_uint_eq(outputs.count, 2);
	ck_assert(has(&outputs, A, "new\n") && has(&outputs, B, "b\n"));
	ck_assert_uint_eq(strays.count, 2);
	ck_assert_ptr_nonnull(ohb_fileset_find(&strays, "stray"));
	ck_assert_ptr_nonnull(ohb_fileset_find(&strays, "lib.sh"));
}
END_TEST

START_TEST(an_output_may_be_a_folder_or_a_link)
{
	give();
	run("rm " A "; mkdir " A "; echo x >" A "/x; ln -s /etc/passwd " B);
	collect();
	ck_assert_uint_eq(outputs.count, 2);
	ck_assert_int_eq(ohb_fileset_find(&outputs, A)->kind, OHB_TAR_DIR);
	ck_assert_int_eq(ohb_fileset_find(&outputs, B)->kind, OHB_TAR_LINK);
	ck_assert_str_eq(ohb_fileset_find(&outputs, B)->target, "/etc/passwd");
}
END_TEST

/* More than can be looked at: the outputs come one by one. */
START_TEST(an_overgrown_workspace)
{
	give();
	run("truncate -s 2G large; echo new >" A);
	collect();
	ck_assert_uint_eq(outputs.count, 1);
	ck_assert(has(&outputs, A, "new\n"));
	ck_assert_uint_eq(strays.count, 0);
	run("truncate -s 3M " A);
	ohb_fileset_release(&outputs);
	collect();
	ck_assert_uint_eq(outputs.count, 1);
	ck_assert_ptr_null(outputs.files[0].data);
	ck_assert_uint_gt(outputs.files[0].len, OHB_MAX_OUTPUT_FILE);
}
END_TEST

static size_t bytes_in_use(void)
{
	const struct mallinfo2 info = mallinfo2();

	return info.uordblks + info.hblkhd;
}

/* A round adds its outputs to the stage, not another copy of everything. */
START_TEST(rounds_do_not_pile_up)
{
	size_t before;
	int i;

	give();
	run("head -c 8000000 /dev/zero >large; echo new >" A);
	before = bytes_in_use();
	for (i = 0; i < 4; i++) {
		ohb_fileset_release(&outputs);
		ohb_fileset_release(&strays);
		collect();
	}
	ck_assert_uint_lt(bytes_in_use(), before + 1000000);
	ck_assert(has(&outputs, A, "new\n"));
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("stage");
	Suite *suite = suite_create("stage");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, begin, end);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, stages_what_is_declared);
	tcase_add_test(tc, sees_changes);
	tcase_add_test(tc, a_folder_is_in_the_way);
	tcase_add_test(tc, a_source_is_gone);
	tcase_add_test(tc, takes_outputs_and_names_strays);
	tcase_add_test(tc, an_output_may_be_a_folder_or_a_link);
	tcase_add_test(tc, an_overgrown_workspace);
	tcase_add_test(tc, rounds_do_not_pile_up);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
