/* From the text of openhands.yml to the graph and to what is told of it. */
#include "unit/project/project.h"

static void write_text(const char *path, const char *text)
{
	int fd;

	write_file(path);
	fd = openat(project.fd, path, O_WRONLY | O_TRUNC | O_CLOEXEC);
	ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
}

/* Everything from the disk; the diagnostics as people see them. */
static const char *load(const char *modules)
{
	ohb_autostr text = OHB_STR_INIT;
	ohb_autostr told = OHB_STR_INIT;
	int ret;

	ohb_str_addf(&text,
			"version: 1\n"
			"models:\n"
			"  - id: mistral/mistral-small-latest\n"
			"    key: MISTRAL_API_KEY\n"
			"modules:\n%s",
			modules);
	write_text("openhands.yml", text.data);
	ret = ohb_config_load(&(struct ohb_tree){ .dirfd = project.fd },
			"openhands.yml", &project.arena, &project.diags,
			&project.config, &project.err);
	if (ret == 0)
		ret = ohb_files_list(project.fd, &project.arena, &project.files,
				&project.err);
	ck_assert_msg(ret == 0 || project.diags.nitems, "%s", project.err.msg);
	if (ret == 0)
		ret = make_graph();
	ck_assert((ret < 0) == (project.diags.nitems > 0));
	ohb_diags_format(&project.diags, &told);
	return ohb_arena_strdup(&project.arena, ohb_str_cstr(&told));
}

START_TEST(test_smallest)
{
	write_file("src/calc.c");
	ck_assert_str_eq(load("  - source: src/{name}.c\n"
			      "    test: tests/test_{name}.c\n"
			      "    validate:\n"
			      "      - test: make -s check-{name}\n"),
			"");
	ck_assert_uint_eq(project.graph.count, 1);
	ck_assert_str_eq(project.graph.targets[0].name, "tests/test_calc.c");
	ck_assert_uint_eq(project.graph.targets[0].nmodels, 1);
}
END_TEST

START_TEST(test_large)
{
	const struct ohb_target *at;

	write_file("src/__init__.py");
	write_file("src/net/http.py");
	write_file("tests/conftest.py");
	write_text("prompts/unit.md", "Test {source} as {test}, {{ok}}.\n");
	ck_assert_str_eq(load("  - name: core\n"
			      "    source: src/{dir:**}/{name}.py\n"
			      "    test: tests/{dir}/test_{name}.py\n"
			      "    exclude: ['src/**/__init__.py']\n"
			      "    inputs: [tests/conftest.py]\n"
			      "    workspace: [src/**, tests/conftest.py]\n"
			      "    prompt: prompts/unit.md\n"
			      "    tags: [unit]\n"
			      "    validate:\n"
			      "      - test: pytest {test}\n"),
			"");
	ck_assert_uint_eq(project.graph.count, 1);
	at = &project.graph.targets[0];
	ck_assert_str_eq(at->name, "tests/net/test_http.py");
	ck_assert_str_eq(at->inputs[0], "tests/conftest.py");
	ck_assert_uint_eq(at->nworkspace, 3);
	ck_assert_str_eq(at->prompt,
			"Test src/net/http.py as tests/net/test_http.py, "
			"{ok}.\n");
}
END_TEST

START_TEST(test_told)
{
	const char *told;

	write_file("src/calc.c");
	told = load("  - source: scr/{name}.c\n"
		    "    test: tests/{name}.c\n"
		    "    validate: [{test: 'true'}]\n"
		    "  - source: src/{name}.c\n"
		    "    test: tests/{nme}.c\n"
		    "    validate: [{test: 'true'}]\n");
	ck_assert_msg(strstr(told,
				      "openhands.yml:6:13: error: source "
				      "'scr/{name}.c' matches no file\n") !=
					NULL,
			"%s", told);
	ck_assert_msg(strstr(told, "did you mean 'src/'?") != NULL, "%s", told);
	ck_assert_msg(strstr(told,
				      "openhands.yml:10:17: error: '{nme}' is "
				      "no capture of the source "
				      "'src/{name}.c'\n") != NULL,
			"%s", told);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("rules");
	TCase *tc = tcase_create("all");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_smallest);
	tcase_add_test(tc, test_large);
	tcase_add_test(tc, test_told);
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
