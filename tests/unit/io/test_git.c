/* The environment of a hook, against the real git. */
#include <check.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "io/fs.h"
#include "io/git.h"

static struct ohb_error err = OHB_ERROR_INIT;

/* What git prints in the folder, of at most max bytes; the status. */
static int run(int dirfd, const char *const *args, const char *input,
		size_t max, struct ohb_str *out)
{
	const struct ohb_git_call call = {
		.dirfd = dirfd,
		.args = args,
		.input = input,
		.input_len = input ? strlen(input) : 0,
		.max_output = max,
	};
	struct ohb_git_result result;
	int status;

	if (ohb_git_run(&call, &result, &err) < 0)
		return -1;
	status = result.status;
	ohb_str_clear(out);
	ohb_str_add(out, ohb_str_cstr(&result.out), result.out.len);
	ohb_git_result_release(&result);
	return status;
}

#define ARGS(...) ((const char *const[]){ __VA_ARGS__, NULL })

/* An alias runs a program, as filters do. */
START_TEST(gets_what_it_needs)
{
	struct ohb_git_call call = {
		.dirfd = AT_FDCWD,
		.args = ARGS("-c", "alias.say=!env", "say"),
		.max_output = (size_t)1 << 20,
		.filters = _i,
	};
	struct ohb_git_result result;

	setenv("SOME_TOKEN", "planted", 1);
	setenv("SUDO_UID", "12", 1);
	ck_assert_int_eq(ohb_git_run(&call, &result, &err), 0);
	ck_assert_int_eq(result.status, 0);
	ck_assert_ptr_nonnull(strstr(result.out.data, "SUDO_UID=12\n"));
	ck_assert_int_eq(strstr(result.out.data, "planted") != NULL, _i);
	ohb_git_result_release(&result);
}
END_TEST

START_TEST(finds_its_own_repository)
{
	ohb_autofree char *path = NULL;
	ohb_autostr out = OHB_STR_INIT;
	ohb_autostr id = OHB_STR_INIT;
	int fd;

	ck_assert_int_eq(ohb_fs_temp_dir(&path, &err), 0);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ck_assert_int_ge(fd, 0);
	setenv("GIT_DIR", "/nowhere", 1);
	setenv("GIT_INDEX_FILE", "/nowhere/index", 1);
	setenv("GIT_LITERAL_PATHSPECS", "1", 1);
	setenv("LC_ALL", "de_DE.UTF-8", 1);
	ck_assert_int_eq(run(fd, ARGS("init", "-q", "."), NULL, 100, &out), 0);
	ck_assert_int_eq(run(fd, ARGS("rev-parse", "--git-dir"), NULL, 100,
					 &out),
			0);
	ck_assert_str_eq(ohb_str_cstr(&out), ".git\n");
	/* stdin goes in, all of stdout comes out */
	ck_assert_int_eq(run(fd, ARGS("hash-object", "-w", "--stdin"), "x\ny\n",
					 100, &id),
			0);
	ck_assert_int_eq(run(fd, ARGS("cat-file", "--batch"), id.data, 100,
					 &out),
			0);
	ck_assert_ptr_nonnull(strstr(out.data, " blob 4\nx\ny\n\n"));
	ck_assert_int_eq(
			run(fd, ARGS("cat-file", "--batch"), id.data, 10, &out),
			-1);
	ck_assert_int_eq(err.code, OHB_E_LIMIT);
	ck_assert_int_gt(run(fd, ARGS("no-such-command"), NULL, 100, &out), 0);
	close(fd);
	ck_assert_int_eq(ohb_fs_remove_tree(AT_FDCWD, path, &err), 0);
}
END_TEST

START_TEST(missing)
{
	ohb_autostr out = OHB_STR_INIT;

	setenv("PATH", "/nowhere", 1);
	ck_assert_int_eq(run(AT_FDCWD, ARGS("version"), NULL, 100, &out), -1);
	ck_assert_int_eq(err.code, OHB_E_MISSING);
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("git");
	Suite *suite = suite_create("git");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tcase, 60);
	tcase_add_loop_test(tcase, gets_what_it_needs, 0, 2);
	tcase_add_test(tcase, finds_its_own_repository);
	tcase_add_test(tcase, missing);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
