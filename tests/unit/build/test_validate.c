/* Which verdicts about tests on disk are remembered.  What runs on this
 * machine passes for an image. */
#include "unit/store/fixture.h"

#include "build/validate.h"
#include "io/wait.h"

static const char *const sources[] = { "src/a.sh" };
static const char *const outputs[] = { "tests/a.sh" };
static const char *const workspace[] = { "src/a.sh", "tests/a.sh" };
static const struct ohb_var vars[] = { { "test", "tests/a.sh" } };
static struct ohb_step_config steps[] = {
	{ .kind = OHB_STEP_BUILD, .timeout_ms = 60000 },
	{ .kind = OHB_STEP_TEST, .command = "sh {test}", .timeout_ms = 60000 },
};
static struct ohb_cancel cancel;
static struct ohb_store *store;
static struct ohb_engine *engine;

static void ignore(void *userdata, const char *text)
{
	(void)userdata;
	(void)text;
}

static void nothing(void *userdata, const struct ohb_event *event)
{
	(void)userdata;
	(void)event;
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
	store = open_as(OHB_STORE_WRITE);
	ck_assert_int_eq(ohb_cancel_init(&cancel, &err), 0);
	ck_assert_msg(ohb_engine_open(&options, &engine, &err) == 0, "%s",
			err.msg);
}

static void end(void)
{
	ohb_engine_close(engine);
	ohb_cancel_release(&cancel);
	ohb_store_close(store);
	teardown();
}

static void put(const char *path, const char *text)
{
	char *temp = NULL;

	ck_assert_int_eq(ohb_fs_write_temp(project, path, text, strlen(text),
					 0644, &temp, &err),
			0);
	ck_assert_int_eq(ohb_fs_rename(project, temp, path, &err), 0);
	free(temp);
}

static void validate(enum ohb_validated_state state, bool known)
{
	const struct ohb_module_config module = {
		.name = "m",
		.validate_in = OHB_IN_IMAGE,
		.validate_image = "image",
		.steps = steps,
		.nsteps = OHB_ARRAY_LEN(steps),
		.proof = { OHB_SABOTAGE_OFF, 8, 1, 1 },
	};
	const struct ohb_target target = {
		.name = outputs[0],
		.module = &module,
		.sources = sources,
		.nsources = 1,
		.outputs = outputs,
		.noutputs = 1,
		.workspace = workspace,
		.nworkspace = OHB_ARRAY_LEN(workspace),
		.vars = vars,
		.nvars = OHB_ARRAY_LEN(vars),
	};
	const struct ohb_config config = { .lock = NULL };
	const struct ohb_redact none = { 0 };
	struct ohb_build_image image = { "image", OHB_STR_INIT };
	struct ohb_emitter emitter;
	struct ohb_build build = {
		.root = project_path,
		.dirfd = project,
		.config = &config,
		.store = store,
		.docker = engine,
		.images = &image,
		.nimages = 1,
		.emitter = &emitter,
		.redact = &none,
		.cancel = &cancel,
		.run = "run",
	};
	struct ohb_validated item = { .target = &target };
	struct ohb_validating validating = {
		.build = &build,
		.jobs = 1,
		.items = &item,
		.count = 1,
	};

	ohb_str_adds(&image.id, "sha256:1");
	ohb_emitter_init(&emitter, nothing, NULL);
	ohb_validate_run(&validating);
	ohb_emitter_release(&emitter);
	ohb_str_release(&image.id);
	ck_assert_msg(item.state == state && item.known == known,
			"%s, %sknown: %s", ohb_validated_name(item.state),
			item.known ? "" : "not ", item.reason);
	ohb_arena_release(&item.arena);
}

/* What no test could pass says nothing about this one. */
START_TEST(remembers_what_is_the_test_s_fault)
{
	ck_assert_int_eq(mkdirat(project, "src", 0755), 0);
	ck_assert_int_eq(mkdirat(project, "tests", 0755), 0);
	put("src/a.sh", "(\n");
	put("tests/a.sh", "exit 1\n");
	steps[0].command = "sh -n src/a.sh";
	validate(OHB_VALIDATED_CONFIG, false);
	validate(OHB_VALIDATED_CONFIG, false);
	steps[0].command = "no_such_tool";
	validate(OHB_VALIDATED_CONFIG, false);
	validate(OHB_VALIDATED_CONFIG, false);
	put("src/a.sh", "echo a\n");
	steps[0].command = "sh -n src/a.sh";
	validate(OHB_VALIDATED_FAILED, false);
	validate(OHB_VALIDATED_FAILED, true);
	put("tests/a.sh", "exit 0\n");
	validate(OHB_VALIDATED_PASSED, false);
	validate(OHB_VALIDATED_PASSED, true);
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("validate");
	Suite *suite = suite_create("build/validate");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_test(tcase, remembers_what_is_the_test_s_fault);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
