#include <check.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/limits.h"
#include "io/fs.h"
#include "project/config.h"
#include "project/tree.h"

/*
 * config/NAME.yml is read; what is said about it must be config/NAME.txt,
 * and nothing when its name begins with "good-".
 */
#define FOLDER "tests/unit/project/config"
#define MAX_CASES 500

static char *cases[MAX_CASES];
static int ncases;

static struct ohb_arena arena;
static struct ohb_diags diags;
static struct ohb_config config;
static struct ohb_error err;
static struct ohb_str said;

static void setup(void)
{
	err = (struct ohb_error)OHB_ERROR_INIT;
	ohb_diags_init(&diags, &arena);
}

static void teardown(void)
{
	ohb_diags_release(&diags);
	ohb_arena_release(&arena);
	ohb_str_release(&said);
}

static int open_folder(void)
{
	const char *source = getenv("OHBUILD_SOURCE_DIR");
	ohb_autostr path = OHB_STR_INIT;

	ohb_str_addf(&path, "%s/" FOLDER, source ? source : ".");
	return open(path.data, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static int load_from(int dir, const char *name)
{
	int status = ohb_config_load(&(struct ohb_tree){ .dirfd = dir }, name,
			&arena, &diags, &config, &err);

	ohb_diags_format(&diags, &said);
	return status;
}

static int load(const char *name)
{
	ohb_autoclose int dir = open_folder();

	return load_from(dir, name);
}

START_TEST(test_case)
{
	ohb_autostr expected = OHB_STR_INIT;
	struct ohb_error missing = OHB_ERROR_INIT;
	ohb_autoclose int dir = open_folder();
	ohb_autofree char *txt = ohb_strdup(cases[_i]);
	bool good = ohb_starts(cases[_i], "good-");
	int status = load(cases[_i]);

	memcpy(txt + strlen(txt) - 3, "txt", 3);
	if (!good)
		ck_assert_msg(ohb_fs_read(dir, txt, 1u << 20, &expected,
					      &missing) == 0,
				"%s", missing.msg);
	ck_assert_msg(ohb_streq(ohb_str_cstr(&said), ohb_str_cstr(&expected)),
			"%s: said\n%s", cases[_i], ohb_str_cstr(&said));
	ck_assert_int_eq(status, good ? 0 : -1);
	ck_assert_int_eq(err.code, good ? OHB_OK : OHB_E_CONFIG);
}
END_TEST

START_TEST(test_minimal)
{
	const struct ohb_model_config *model;
	const struct ohb_module_config *module;

	ck_assert_int_eq(load("good-minimal.yml"), 0);
	ck_assert_str_eq(config.agent.image,
			"ghcr.io/openhands/agent-server:1.43.1-python");
	ck_assert_int_eq(config.agent.sandbox, OHB_SANDBOX_DOCKER);
	ck_assert_int_eq(config.agent.pull, OHB_PULL_MISSING);
	ck_assert_int_eq(config.agent.network, OHB_NETWORK_GATEWAY);
	ck_assert_uint_eq(config.agent.max_iterations, 60);
	ck_assert_int_eq(config.agent.timeout_ms, 20 * 60 * 1000);
	ck_assert_int_eq(config.agent.idle_timeout_ms, 5 * 60 * 1000);
	ck_assert_uint_eq(config.agent.memory_bytes, 4ull << 30);
	ck_assert_double_eq(config.agent.cpus, 2);
	ck_assert_uint_eq(config.limits.jobs, 4);
	ck_assert_uint_eq(config.limits.attempts, 3);
	ck_assert_uint_eq(config.nmodels, 1);
	model = config.models;
	ck_assert_str_eq(model->provider, "openrouter");
	ck_assert_str_eq(model->name, "deepseek/deepseek-chat-v3.1");
	ck_assert_str_eq(model->base_url, "https://openrouter.ai/api/v1");
	ck_assert_str_eq(model->key_env, "OPENROUTER_API_KEY");
	ck_assert_ptr_null(model->key_file);
	ck_assert_ptr_null(model->key_command);
	ck_assert_uint_eq(model->max_output_tokens, 8192);
	ck_assert(!model->has_price);
	ck_assert_uint_eq(config.nmodules, 1);
	module = config.modules;
	ck_assert_str_eq(module->name, "");
	ck_assert_uint_eq(module->source.count, 1);
	ck_assert_str_eq(module->source.items[0], "src/{name}.c");
	ck_assert_uint_eq(module->source.pos[0].line, 6);
	ck_assert_uint_eq(module->source.pos[0].column, 13);
	ck_assert_uint_eq(module->source.pos[0].length, 12);
	ck_assert_ptr_null(module->prompt);
	ck_assert_int_eq(module->validate_in, OHB_IN_SANDBOX);
	ck_assert_int_eq(module->priority, 0);
	ck_assert_uint_eq(module->nsteps, 1);
	ck_assert_int_eq(module->steps[0].kind, OHB_STEP_TEST);
	ck_assert_str_eq(module->steps[0].command, "make -s check-{name}");
	ck_assert_ptr_null(module->steps[0].reports[OHB_REPORT_JUNIT]);
	ck_assert_uint_eq(module->steps[0].min, 1);
	ck_assert_uint_eq(module->steps[0].max_skipped, 0);
	ck_assert_int_eq(module->steps[0].timeout_ms, 300 * 1000);
	ck_assert_int_eq(module->proof.sabotage, OHB_SABOTAGE_ON);
	ck_assert_uint_eq(module->proof.mutants, 8);
	ck_assert_uint_eq(module->proof.min_killed, 1);
	ck_assert_uint_eq(module->proof.repeat, 5);
	ck_assert_uint_eq(module->pos.line, 6);
}
END_TEST

START_TEST(test_everything)
{
	ck_assert_int_eq(load("good-everything.yml"), 0);
	ck_assert_str_eq(config.agent.image,
			"registry.example:5000/agent@sha256:0a1b");
	ck_assert_int_eq(config.agent.sandbox, OHB_SANDBOX_PROCESS);
	/* The including file wins. */
	ck_assert_int_eq(config.agent.pull, OHB_PULL_NEVER);
	ck_assert_int_eq(config.agent.network, OHB_NETWORK_OPEN);
	ck_assert_uint_eq(config.agent.max_iterations, 100);
	ck_assert_int_eq(config.agent.timeout_ms, 90 * 60 * 1000);
	ck_assert_int_eq(config.agent.idle_timeout_ms, 90 * 1000);
	ck_assert_uint_eq(config.agent.memory_bytes, 512ull << 20);
	ck_assert_double_eq(config.agent.cpus, 1.5);
	ck_assert_uint_eq(config.agent.image_pos.line, 6);
	ck_assert_uint_eq(config.agent.image_pos.column, 10);
	ck_assert_uint_eq(config.agent.pos.line, 6);
	ck_assert_uint_eq(config.limits.jobs, 8);
	ck_assert_uint_eq(config.limits.attempts, 2);
	ck_assert(config.limits.budget.has_day);
	ck_assert(!config.limits.budget.has_build);
	ck_assert_double_eq(config.limits.budget.day, 2.5);
}
END_TEST

START_TEST(test_everything_models)
{
	const struct ohb_model_config *model;

	ck_assert_int_eq(load("good-everything.yml"), 0);
	ck_assert_uint_eq(config.nmodels, 6);
	model = &config.models[0];
	ck_assert_str_eq(model->base_url, "https://openrouter.ai/api/v1");
	ck_assert_uint_eq(model->max_output_tokens, 4096);
	ck_assert(model->has_price);
	ck_assert_double_eq(model->price_input, 0.27);
	ck_assert_double_eq(model->price_cached, 0.07);
	ck_assert_double_eq(model->price_output, 1.1);
	ck_assert_double_eq(model->price_written, 0.27);
	model = &config.models[1];
	ck_assert_str_eq(model->key_file, "/run/secrets/mistral");
	ck_assert_ptr_null(model->key_env);
	ck_assert_double_eq(model->price_cached, 0.1);
	model = &config.models[2];
	ck_assert_str_eq(model->key_command[0], "pass");
	ck_assert_str_eq(model->key_command[2], "local");
	ck_assert_ptr_null(model->key_command[3]);
	ck_assert_str_eq(model->base_url, "http://127.0.0.1:8000/v1");
	ck_assert_str_eq(
			config.models[3].base_url, "http://127.0.0.1:11434/v1");
	/* Those of included files come behind. */
	ck_assert_str_eq(config.models[4].id, "openai/gpt-5");
	ck_assert_str_eq(config.models[5].id, "groq/llama");
	ck_assert_double_eq(config.models[5].price_output, 10);
	ck_assert_uint_eq(config.models[5].pos.file, 1);
}
END_TEST

START_TEST(test_everything_modules)
{
	const struct ohb_module_config *module;

	ck_assert_int_eq(load("good-everything.yml"), 0);
	ck_assert_uint_eq(config.nmodules, 4);
	module = &config.modules[0];
	ck_assert_str_eq(module->name, "core");
	ck_assert_uint_eq(module->test.count, 2);
	ck_assert_str_eq(module->test.items[1], "tests/{dir}/data_{name}.json");
	ck_assert_str_eq(module->exclude.items[0], "src/**/__init__.py");
	ck_assert_uint_eq(module->workspace.count, 2);
	ck_assert_str_eq(module->prompt, "Test {source}.\nBe brief.\n");
	ck_assert_ptr_null(module->prompt_file);
	ck_assert_uint_eq(module->models.count, 2);
	ck_assert_uint_eq(module->tags.count, 3);
	ck_assert_str_eq(module->tags.items[2], "1.10");
	ck_assert_int_eq(module->priority, -5);
	ck_assert(module->key_model && module->key_image);
	ck_assert_int_eq(module->validate_in, OHB_IN_HOST);
	ck_assert_ptr_null(module->validate_image);
	ck_assert_uint_eq(module->nsteps, 5);
	ck_assert_int_eq(module->steps[0].kind, OHB_STEP_LINT);
	ck_assert_int_eq(module->steps[0].timeout_ms, 10 * 1000);
	ck_assert_int_eq(module->steps[1].kind, OHB_STEP_BUILD);
	ck_assert_int_eq(module->steps[2].kind, OHB_STEP_COMMAND);
	ck_assert_str_eq(module->steps[2].command, "true");
	ck_assert_str_eq(
			module->steps[3].reports[OHB_REPORT_JUNIT], "{report}");
	ck_assert_uint_eq(module->steps[3].min, 3);
	ck_assert_uint_eq(module->steps[3].max_skipped, 2);
	ck_assert_int_eq(module->steps[4].kind, OHB_STEP_SUITE);
	ck_assert_str_eq(module->steps[4].command, "make check R={report}");
	ck_assert_int_eq(module->proof.sabotage, OHB_SABOTAGE_ON);
	ck_assert_uint_eq(module->proof.mutants, 8);
	ck_assert_uint_eq(module->proof.min_killed, 2);
	ck_assert_uint_eq(module->proof.repeat, 3); /* of defaults */
}
END_TEST

START_TEST(test_everything_defaults)
{
	const struct ohb_module_config *module;

	ck_assert_int_eq(load("good-everything.yml"), 0);
	module = &config.modules[1];
	ck_assert_str_eq(module->name, "");
	ck_assert_uint_eq(module->source.count, 2);
	ck_assert_int_eq(module->priority, 3);
	ck_assert_str_eq(module->exclude.items[0], "old/**");
	ck_assert_str_eq(module->tags.items[0], "unit");
	ck_assert_str_eq(module->prompt, "Write a test for {source}.\n");
	ck_assert_str_eq(module->prompt_file, "ci/prompt.md");
	ck_assert(!module->key_model && !module->key_image);
	ck_assert_int_eq(module->validate_in, OHB_IN_IMAGE);
	ck_assert_str_eq(module->validate_image, "my/toolchain");
	ck_assert_uint_eq(module->nsteps, 1);
	ck_assert_int_eq(module->proof.sabotage, OHB_SABOTAGE_OFF);
	ck_assert_uint_eq(module->models.count, 0);
	module = &config.modules[2];
	ck_assert_int_eq(module->validate_in, OHB_IN_SANDBOX);
	ck_assert_ptr_null(module->validate_image);
	/* Also for a module that another file brings. */
	module = &config.modules[3];
	ck_assert_str_eq(module->name, "included");
	ck_assert_uint_eq(module->pos.file, 1);
	ck_assert_int_eq(module->validate_in, OHB_IN_IMAGE);
}
END_TEST

START_TEST(test_anchors)
{
	ck_assert_int_eq(load("good-anchors.yml"), 0);
	ck_assert_uint_eq(config.nmodels, 2);
	ck_assert_str_eq(config.models[1].id, "openai/gpt-5-mini");
	ck_assert_str_eq(config.models[1].key_env, "OPENAI_API_KEY");
	ck_assert_uint_eq(config.models[1].max_output_tokens, 1000);
	ck_assert_uint_eq(config.nmodules, 3);
	ck_assert_str_eq(config.modules[1].source.items[0], "c/{name}.c");
	ck_assert_str_eq(config.modules[1].test.items[0], "b/{name}.c");
	ck_assert_uint_eq(config.modules[2].nsteps, 1);
}
END_TEST

START_TEST(test_diamond)
{
	ck_assert_int_eq(load("good-include-diamond.yml"), 0);
	ck_assert_uint_eq(config.limits.jobs, 5);
	ck_assert_uint_eq(config.limits.attempts, 7);
	ck_assert_uint_eq(diags.nfiles, 3);
}
END_TEST

START_TEST(test_absent)
{
	ck_assert_int_eq(load("openhands.yml"), -1);
	ck_assert_int_eq(err.code, OHB_E_MISSING);
	ck_assert_str_eq(err.msg,
			"there is no 'openhands.yml' here; write one (man "
			"openhands.yml shows the smallest), or name the file "
			"with -f or the folder with -C");
	ck_assert_uint_eq(diags.nitems, 0);
}
END_TEST

START_TEST(test_folder)
{
	ck_assert_int_eq(load("ci"), -1);
	ck_assert_int_eq(err.code, OHB_E_CONFIG);
}
END_TEST

static void write_file(int dir, const char *name, const struct ohb_str *text)
{
	ohb_autoclose int fd =
			openat(dir, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, ohb_str_cstr(text), text->len),
			(ssize_t)text->len);
}

struct place {
	char *path;
	int dir;
};

static struct place make_place(void)
{
	struct place place;

	ck_assert_int_eq(ohb_fs_temp_dir(&place.path, &err), 0);
	place.dir = open(place.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ck_assert_int_ge(place.dir, 0);
	return place;
}

static void remove_place(struct place *place)
{
	ohb_closep(&place->dir);
	ck_assert_int_eq(ohb_fs_remove_tree(AT_FDCWD, place->path, &err), 0);
	free(place->path);
}

START_TEST(test_link_out)
{
	struct place place = make_place();
	ohb_autostr text = OHB_STR_INIT;

	ohb_str_adds(&text, "version: 1\ninclude: [out.yml]\n");
	write_file(place.dir, "a.yml", &text);
	ck_assert_int_eq(symlinkat("/etc/passwd", place.dir, "out.yml"), 0);
	ck_assert_int_eq(load_from(place.dir, "a.yml"), -1);
	ck_assert_uint_eq(diags.nfiles, 1);
	ck_assert_uint_ge(diags.nitems, 1);
	ck_assert_ptr_nonnull(strstr(diags.items[0].text, "out.yml"));
	ck_assert_uint_eq(diags.items[0].pos.line, 2);
	remove_place(&place);
}
END_TEST

START_TEST(test_many_includes)
{
	struct place place = make_place();
	unsigned i;

	for (i = 0; i <= OHB_MAX_INCLUDES + 1; i++) {
		ohb_autostr text = OHB_STR_INIT;
		ohb_autostr name = OHB_STR_INIT;

		ohb_str_addf(&text, "version: 1\ninclude: %u.yml\n", i + 1);
		ohb_str_addf(&name, "%u.yml", i);
		write_file(place.dir, name.data, &text);
	}
	ck_assert_int_eq(load_from(place.dir, "0.yml"), -1);
	ck_assert_str_eq(diags.items[0].text, "more than 64 files included");
	ck_assert_uint_eq(diags.nfiles, OHB_MAX_INCLUDES + 1);
	remove_place(&place);
}
END_TEST

START_TEST(test_huge)
{
	struct place place = make_place();
	ohb_autostr text = OHB_STR_INIT;
	unsigned i;

	ohb_str_adds(&text,
			"version: 1\nmodules:\n - source: a\n   prompt: |\n");
	for (i = 0; i < 20000; i++)
		ohb_str_adds(&text, "     0123456789012345\n");
	write_file(place.dir, "a.yml", &text);
	ck_assert_int_eq(load_from(place.dir, "a.yml"), -1);
	ck_assert_str_eq(ohb_str_cstr(&said),
			"a.yml:4:12: error: a value larger than 262144 bytes\n"
			"     prompt: |\n"
			"             ^\n"
			"  hint: put it into a file of its own\n");
	remove_place(&place);
}
END_TEST

START_TEST(test_names)
{
	ck_assert_str_eq(ohb_step_kind_name(OHB_STEP_LINT), "lint");
	ck_assert_str_eq(ohb_step_kind_name(OHB_STEP_TEST), "test");
}
END_TEST

static int is_case(const struct dirent *entry)
{
	return ohb_ends(entry->d_name, ".yml");
}

static void find_cases(void)
{
	struct dirent **entries;
	ohb_autoclose int dir = open_folder();
	int n = scandirat(dir, ".", &entries, is_case, alphasort), i;

	for (i = 0; i < n; i++) {
		if (ncases < MAX_CASES)
			cases[ncases++] = ohb_strdup(entries[i]->d_name);
		free(entries[i]);
	}
	if (n > 0)
		free(entries);
}

static int print(const char *name)
{
	setup();
	if (load(name) < 0 && !diags.nitems)
		ohb_str_addf(&said, "%s\n", err.msg);
	(void)fputs(ohb_str_cstr(&said), stdout);
	teardown();
	return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	Suite *suite = suite_create("config");
	TCase *tcase = tcase_create("config");
	SRunner *runner;
	int failed;

	if (argc > 2 && ohb_streq(argv[1], "--print"))
		return print(argv[2]);
	find_cases();
	suite_add_tcase(suite, tcase);
	tcase_set_timeout(tcase, 60);
	tcase_add_checked_fixture(tcase, setup, teardown);
	/* A folder that is not found must not pass. */
	tcase_add_loop_test(tcase, test_case, 0, ncases ? ncases : 1);
	tcase_add_test(tcase, test_minimal);
	tcase_add_test(tcase, test_everything);
	tcase_add_test(tcase, test_everything_models);
	tcase_add_test(tcase, test_everything_modules);
	tcase_add_test(tcase, test_everything_defaults);
	tcase_add_test(tcase, test_anchors);
	tcase_add_test(tcase, test_diamond);
	tcase_add_test(tcase, test_absent);
	tcase_add_test(tcase, test_folder);
	tcase_add_test(tcase, test_link_out);
	tcase_add_test(tcase, test_many_includes);
	tcase_add_test(tcase, test_huge);
	tcase_add_test(tcase, test_names);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	while (ncases > 0)
		free(cases[--ncases]);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
