/* The project's files, against the real git. */
#include "unit/project/project.h"

#include "io/process.h"

/* Runs git in the folder; it must succeed. */
static void git(const char *dir, const char *const *args)
{
	const char *argv[16] = { "git", "-c", "user.name=t", "-c",
		"user.email=t@example.org", "-c",
		"protocol.file.allow=always" };
	ohb_autostr path = OHB_STR_INIT;
	struct ohb_process_result result;
	struct ohb_process_spec spec = { .argv = argv };

	ohb_str_addf(&path, "%s/%s", project.dir, dir);
	spec.dir = path.data;
	for (size_t i = 0; args[i]; i++)
		argv[7 + i] = args[i];
	ck_assert_msg(ohb_process_run(&spec, NULL, &result, &project.err) == 0,
			"%s", project.err.msg);
	ck_assert_msg(result.status == 0, "git %s: %s", args[0],
			ohb_str_cstr(&result.err));
	ohb_process_result_release(&result);
}

#define GIT(dir, ...) git(dir, (const char *const[]){ __VA_ARGS__, NULL })

static void write_text(const char *path, const char *text)
{
	int fd;

	write_file(path);
	fd = openat(project.fd, path, O_WRONLY | O_TRUNC | O_CLOEXEC);
	ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
}

/* The list as "a|b|c". */
static const char *listed(int dirfd)
{
	ohb_autostr text = OHB_STR_INIT;

	ck_assert_msg(ohb_files_list(dirfd, &project.arena, &project.files,
				      &project.err) == 0,
			"%s", project.err.msg);
	for (size_t i = 0; i < project.files.count; i++)
		ohb_str_addf(&text, i ? "|%s" : "%s", project.files.paths[i]);
	return ohb_arena_strdup(&project.arena, ohb_str_cstr(&text));
}

static const char *listed_in(const char *folder)
{
	ohb_autoclose int fd = openat(
			project.fd, folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return listed(fd);
}

START_TEST(test_plain)
{
	write_file("b/x");
	write_file("b-a");
	write_file("a");
	write_file(".git-not/x");
	write_file(".ohbuild/state.db");
	write_file("b/.ohbuild/lock");
	write_file("odd\n \xff\"'name");
	ck_assert_int_eq(symlinkat("a", project.fd, "link"), 0);
	ck_assert_int_eq(mkfifoat(project.fd, "fifo", 0600), 0);
	ck_assert_str_eq(listed(project.fd),
			".git-not/x|a|b-a|b/x|link|"
			"odd\n \xff\"'name");
	ck_assert(!project.files.git);
}
END_TEST

START_TEST(test_empty)
{
	ck_assert_str_eq(listed(project.fd), "");
	ck_assert_uint_eq(project.files.count, 0);
}
END_TEST

START_TEST(test_git)
{
	GIT(".", "init", "-q");
	write_text(".gitignore", "*.o\nbuild/\n");
	write_file("tracked");
	write_file("deleted");
	write_file("forced.o");
	write_file("sub/x");
	GIT(".", "add", ".");
	GIT(".", "add", "-f", "forced.o");
	GIT(".", "commit", "-qm", "x");
	unlinkat(project.fd, "deleted", 0);
	write_file("new");
	write_file("new.o");
	write_file("build/out");
	write_file(".ohbuild/state.db");
	write_file("odd\n\t \xff\"'name");
	write_file("? mark");
	ck_assert_str_eq(listed(project.fd),
			".gitignore|? mark|forced.o|new|odd\n\t \xff\"'name|"
			"sub/x|tracked");
	ck_assert(project.files.git);
	ck_assert_str_eq(listed_in("sub"), "x");
	ck_assert(project.files.git);
}
END_TEST

START_TEST(test_other_repositories)
{
	GIT(".", "init", "-q");
	write_file("inner/f");
	GIT("inner", "init", "-q");
	GIT("inner", "add", ".");
	GIT("inner", "commit", "-qm", "x");
	write_file("a");
	GIT(".", "add", "a");
	ck_assert_str_eq(listed(project.fd), "a");
	GIT(".", "submodule", "-q", "add", "./inner", "module");
	GIT(".", "commit", "-qm", "x");
	ck_assert_str_eq(listed(project.fd), ".gitmodules|a");
	ck_assert_str_eq(listed_in("module"), "f");
}
END_TEST

START_TEST(test_conflict_and_sparse)
{
	GIT(".", "init", "-q", "-b", "main");
	write_text("file", "1");
	write_text("kept", "1");
	write_text("away", "1");
	GIT(".", "add", ".");
	GIT(".", "commit", "-qm", "1");
	GIT(".", "checkout", "-qb", "other");
	write_text("file", "2");
	GIT(".", "commit", "-qam", "2");
	GIT(".", "checkout", "-q", "main");
	write_text("file", "3");
	GIT(".", "commit", "-qam", "3");
	/* fails with the conflict that is wanted */
	GIT(".", "-c", "alias.try=!git merge -q other || true", "try");
	GIT(".", "update-index", "--skip-worktree", "kept", "away");
	unlinkat(project.fd, "away", 0);
	ck_assert_str_eq(listed(project.fd), "file|kept");
}
END_TEST

/* As in a hook of another repository. */
START_TEST(test_environment)
{
	GIT(".", "init", "-q", "one");
	GIT(".", "init", "-q", "two");
	write_file("one/a");
	write_file("two/b");
	GIT("one", "add", ".");
	GIT("two", "add", ".");
	ck_assert_int_eq(setenv("GIT_DIR",
					 ohb_arena_printf(&project.arena,
							 "%s/two/.git",
							 project.dir),
					 1),
			0);
	ck_assert_int_eq(setenv("GIT_INDEX_FILE", "/nowhere/index", 1), 0);
	ck_assert_int_eq(setenv("GIT_WORK_TREE", "/nowhere", 1), 0);
	ck_assert_int_eq(setenv("LC_ALL", "de_DE.UTF-8", 1), 0);
	ck_assert_str_eq(listed_in("one"), "a");
	ck_assert(project.files.git);
	ck_assert_str_eq(listed(project.fd), "one/a|two/b");
	ck_assert(!project.files.git);
	unsetenv("GIT_DIR");
	unsetenv("GIT_INDEX_FILE");
	unsetenv("GIT_WORK_TREE");
}
END_TEST

/* A project in a folder that the repository around it ignores. */
START_TEST(test_ignored_folder)
{
	GIT(".", "init", "-q");
	write_text(".gitignore", "scratch\n");
	write_file("scratch/a");
	ck_assert_str_eq(listed_in("scratch"), "a");
	ck_assert(!project.files.git);
}
END_TEST

START_TEST(test_damaged)
{
	GIT(".", "init", "-q");
	write_text(".git/index", "this is no index");
	ck_assert_int_eq(ohb_files_list(project.fd, &project.arena,
					 &project.files, &project.err),
			-1);
	ck_assert_msg(strstr(project.err.msg, "git ended with status 128") !=
					NULL,
			"%s", project.err.msg);
}
END_TEST

START_TEST(test_without_git)
{
	char *path = ohb_strdup(getenv("PATH"));

	GIT(".", "init", "-q");
	write_file("sub/a");
	ck_assert_int_eq(setenv("PATH", project.dir, 1), 0);
	ck_assert_int_eq(ohb_files_list(project.fd, &project.arena,
					 &project.files, &project.err),
			-1);
	ck_assert_msg(strstr(project.err.msg, "install git") != NULL, "%s",
			project.err.msg);
	ck_assert_str_eq(listed_in("sub"), "a");
	ck_assert_int_eq(setenv("PATH", path, 1), 0);
	free(path);
}
END_TEST

/* More than the part of an output that is kept elsewhere. */
START_TEST(test_many)
{
	char path[128];

	GIT(".", "init", "-q");
	for (int i = 0; i < 60; i++) {
		for (int j = 0; j < 250; j++) {
			snprintf(path, sizeof(path), "folder%02d/%080d", i, j);
			if (j == 0)
				write_file(path);
			else
				close(openat(project.fd, path,
						O_WRONLY | O_CREAT | O_CLOEXEC,
						0644));
		}
	}
	GIT(".", "add", ".");
	(void)listed(project.fd);
	ck_assert(project.files.git);
	ck_assert_uint_eq(project.files.count, 15000);
	for (size_t i = 1; i < project.files.count; i++)
		ck_assert_int_lt(strcmp(project.files.paths[i - 1],
						 project.files.paths[i]),
				0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("files");
	TCase *tc = tcase_create("all");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, test_plain);
	tcase_add_test(tc, test_empty);
	tcase_add_test(tc, test_git);
	tcase_add_test(tc, test_other_repositories);
	tcase_add_test(tc, test_conflict_and_sparse);
	tcase_add_test(tc, test_environment);
	tcase_add_test(tc, test_ignored_folder);
	tcase_add_test(tc, test_damaged);
	tcase_add_test(tc, test_without_git);
	tcase_add_test(tc, test_many);
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
