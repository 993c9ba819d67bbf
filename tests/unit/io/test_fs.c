#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/memory.h"
#include "io/fs.h"

static struct ohb_error err;
static char *top_path;
static int top = -1;

static void setup(void)
{
	err = (struct ohb_error)OHB_ERROR_INIT;
	ck_assert_int_eq(ohb_fs_temp_dir(&top_path, &err), 0);
	top = open(top_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ck_assert_int_ge(top, 0);
}

static void teardown(void)
{
	ohb_closep(&top);
	ck_assert_msg(ohb_fs_remove_tree(AT_FDCWD, top_path, &err) == 0, "%s",
			err.msg);
	ck_assert_int_ne(access(top_path, F_OK), 0);
	free(top_path);
}

static void put(const char *path, const char *text, mode_t mode)
{
	int fd = openat(top, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
			0600);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, text, strlen(text)), (long)strlen(text));
	ck_assert_int_eq(fchmod(fd, mode), 0);
	close(fd);
}

static void dir(const char *path)
{
	ck_assert_msg(ohb_fs_mkdirs(top, path, &err) == 0, "%s", err.msg);
}

START_TEST(read_bounds)
{
	static const struct {
		size_t max;
		int ret;
	} cases[] = { { 5, 0 }, { 6, 0 }, { 4, -1 }, { 0, -1 } };
	ohb_autostr out = OHB_STR_INIT;

	put("f", "hello", 0644);
	ohb_str_adds(&out, "12345678");
	ohb_str_cut(&out, 8);
	ck_assert_int_eq(ohb_fs_read(top, "f", cases[_i].max, &out, &err),
			cases[_i].ret);
	if (cases[_i].ret == 0)
		ck_assert_str_eq(out.data, "12345678hello");
	else
		ck_assert_int_eq(err.code, OHB_E_LIMIT);
}
END_TEST

START_TEST(read_absent)
{
	ohb_autostr out = OHB_STR_INIT;

	ck_assert_int_eq(ohb_fs_read(top, "none", 9, &out, &err), -1);
	ck_assert_int_eq(err.code, OHB_E_MISSING);
	ck_assert_str_eq(err.msg, "open 'none': No such file or directory");
}
END_TEST

START_TEST(beneath)
{
	static const struct {
		const char *path;
		enum ohb_code code;
	} cases[] = {
		{ "in/file", OHB_OK },
		{ "in/../in/file", OHB_OK },
		{ "good", OHB_OK },
		{ "up/file", OHB_OK },
		{ "..", OHB_E_IO },
		{ "../x", OHB_E_IO },
		{ "/etc/passwd", OHB_E_IO },
		{ "bad", OHB_E_IO },
		{ "worse", OHB_E_IO },
		{ "etc/passwd", OHB_E_IO },
		{ "none", OHB_E_MISSING },
	};
	int fd;

	dir("in");
	put("in/file", "x", 0644);
	ck_assert_int_eq(symlinkat("in/file", top, "good"), 0);
	ck_assert_int_eq(symlinkat("./in", top, "up"), 0);
	ck_assert_int_eq(symlinkat("/etc/passwd", top, "bad"), 0);
	ck_assert_int_eq(symlinkat("../../../../etc/passwd", top, "worse"), 0);
	ck_assert_int_eq(symlinkat("/etc", top, "etc"), 0);
	err.code = OHB_OK;
	fd = ohb_fs_open_beneath(top, cases[_i].path, O_RDONLY, &err);
	ck_assert_int_eq(err.code, cases[_i].code);
	ck_assert_int_eq(fd >= 0, cases[_i].code == OHB_OK);
	if (fd >= 0) {
		ck_assert_int_ne(fcntl(fd, F_GETFD) & FD_CLOEXEC, 0);
		close(fd);
	}
}
END_TEST

START_TEST(kinds)
{
	static const struct {
		const char *path;
		enum ohb_fs_kind kind;
	} cases[] = {
		{ "file", OHB_FS_FILE },
		{ "dir", OHB_FS_DIR },
		{ "link", OHB_FS_LINK },
		{ "fifo", OHB_FS_OTHER },
		{ "none", OHB_FS_ABSENT },
		{ "file/below", OHB_FS_ABSENT },
	};
	struct ohb_fs_info info;

	put("file", "abc", 0640);
	dir("dir");
	ck_assert_int_eq(symlinkat("nowhere", top, "link"), 0);
	ck_assert_int_eq(mkfifoat(top, "fifo", 0600), 0);
	ck_assert_int_eq(ohb_fs_stat(top, cases[_i].path, &info, &err), 0);
	ck_assert_int_eq(info.kind, cases[_i].kind);
	if (info.kind == OHB_FS_FILE) {
		ck_assert_uint_eq(info.size, 3);
		ck_assert_uint_eq(info.mode, 0640);
	}
}
END_TEST

START_TEST(digests)
{
	struct ohb_digest file, same, program, link, other;

	put("a", "text", 0644);
	put("b", "text", 0600);
	put("c", "text", 0755);
	ck_assert_int_eq(symlinkat("text", top, "d"), 0);
	ck_assert_int_eq(symlinkat("/outside", top, "e"), 0);
	ck_assert_int_eq(ohb_fs_digest(top, "a", &file, &err), 0);
	ck_assert_int_eq(ohb_fs_digest(top, "b", &same, &err), 0);
	ck_assert_int_eq(ohb_fs_digest(top, "c", &program, &err), 0);
	ck_assert_int_eq(ohb_fs_digest(top, "d", &link, &err), 0);
	ck_assert_int_eq(ohb_fs_digest(top, "e", &other, &err), 0);
	ck_assert(ohb_digest_eq(&file, &same));
	ck_assert(!ohb_digest_eq(&file, &program));
	ck_assert(!ohb_digest_eq(&file, &link));
	ck_assert(!ohb_digest_eq(&link, &other));
}
END_TEST

START_TEST(digest_refuses)
{
	static const struct {
		const char *path;
		enum ohb_code code;
		const char *says;
	} cases[] = {
		{ "dir", OHB_E_IO, "is a directory" },
		{ "fifo", OHB_E_IO, "is not a regular file" },
		{ "none", OHB_E_MISSING, "No such file" },
		{ "big", OHB_E_LIMIT, "larger than" },
		{ "out/passwd", OHB_E_IO, "leads out of its folder" },
	};
	struct ohb_digest digest;

	dir("dir");
	put("big", "x", 0644);
	{
		ohb_autoclose int fd = openat(top, "big", O_WRONLY | O_CLOEXEC);

		ck_assert_int_eq(ftruncate(fd, OHB_MAX_INPUT_FILE + 1L), 0);
	}
	ck_assert_int_eq(mkfifoat(top, "fifo", 0600), 0);
	ck_assert_int_eq(symlinkat("/etc", top, "out"), 0);
	ck_assert_int_eq(ohb_fs_digest(top, cases[_i].path, &digest, &err), -1);
	ck_assert_int_eq(err.code, cases[_i].code);
	ck_assert_ptr_nonnull(strstr(err.msg, cases[_i].says));
}
END_TEST

START_TEST(mkdirs)
{
	static const struct {
		const char *path;
		int ret;
	} cases[] = {
		{ "a/b/c", 0 }, { "a", 0 }, { "x//y/", 0 }, { "./q", 0 },
		{ "inside/z", 0 }, { "file/z", -1 }, { "file", -1 },
		{ "outside/z", -1 }, { "../z", -1 },
		{ "/", -1 }, /* and the path of the folder above */
	};
	const char *path = cases[_i].path;
	ohb_autostr absolute = OHB_STR_INIT;
	ohb_autoclose int root = -1;
	struct ohb_fs_info info;

	dir("root/a");
	put("root/file", "", 0644);
	ck_assert_int_eq(symlinkat("a", top, "root/inside"), 0);
	ck_assert_int_eq(symlinkat("..", top, "root/outside"), 0);
	root = openat(top, "root", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (*path == '/') {
		ohb_str_addf(&absolute, "%s/z", top_path);
		path = absolute.data;
	}
	ck_assert_int_eq(ohb_fs_mkdirs(root, path, &err), cases[_i].ret);
	if (cases[_i].ret == 0) {
		ck_assert_int_eq(ohb_fs_stat(root, path, &info, &err), 0);
		ck_assert_int_eq(info.kind, OHB_FS_DIR);
	}
	ck_assert_int_ne(faccessat(top, "z", F_OK, 0), 0);
}
END_TEST

START_TEST(atomic_write)
{
	ohb_autostr out = OHB_STR_INIT;
	struct ohb_fs_info info;
	char *temp = NULL;

	dir("d");
	put("d/f", "old", 0644);
	ck_assert_int_eq(ohb_fs_write_temp(top, "d/f", "new\0!", 5, 0755, &temp,
					 &err),
			0);
	ck_assert(ohb_starts(temp, "d/.f.ohb-"));
	ck_assert_int_eq(ohb_fs_read(top, "d/f", 9, &out, &err), 0);
	ck_assert_str_eq(out.data, "old");
	ck_assert_int_eq(ohb_fs_rename(top, temp, "d/f", &err), 0);
	ohb_str_clear(&out);
	ck_assert_int_eq(ohb_fs_read(top, "d/f", 9, &out, &err), 0);
	ck_assert_uint_eq(out.len, 5);
	ck_assert_int_eq(memcmp(out.data, "new\0!", 5), 0);
	ck_assert_int_eq(ohb_fs_stat(top, "d/f", &info, &err), 0);
	ck_assert_uint_eq(info.mode, 0755);
	ck_assert_int_eq(ohb_fs_stat(top, temp, &info, &err), 0);
	ck_assert_int_eq(info.kind, OHB_FS_ABSENT);
	free(temp);
}
END_TEST

START_TEST(write_long_name)
{
	char name[256];
	char *temp = NULL;

	memset(name, 'n', 255);
	name[255] = '\0';
	ck_assert_int_eq(
			ohb_fs_write_temp(top, name, "x", 1, 0644, &temp, &err),
			0);
	ck_assert_int_eq(ohb_fs_rename(top, temp, name, &err), 0);
	ck_assert_int_eq(faccessat(top, name, F_OK, 0), 0);
	free(temp);
}
END_TEST

START_TEST(write_refuses)
{
	static const char *const paths[] = { "../x", "/tmp/ohb-x", "none/x",
		"out/x" };
	char *temp = NULL;

	ck_assert_int_eq(symlinkat("/tmp", top, "out"), 0);
	ck_assert_int_eq(ohb_fs_write_temp(top, paths[_i], "", 0, 0644, &temp,
					 &err),
			-1);
	ck_assert_ptr_null(temp);
	put("x", "", 0644);
	ck_assert_int_eq(ohb_fs_rename(top, "x", paths[_i], &err), -1);
	ck_assert_int_eq(ohb_fs_rename(top, paths[_i], "x", &err), -1);
}
END_TEST

START_TEST(unlink_any)
{
	put("f", "", 0644);
	ck_assert_int_eq(ohb_fs_unlink(top, "f", &err), 0);
	ck_assert_int_eq(ohb_fs_unlink(top, "f", &err), 0);
	ck_assert_int_eq(ohb_fs_unlink(top, "none/f", &err), 0);
	ck_assert_int_eq(ohb_fs_unlink(top, "../f", &err), -1);
	dir("d");
	ck_assert_int_eq(ohb_fs_unlink(top, "d", &err), -1);
}
END_TEST

static int list(void *userdata, const char *path, enum ohb_fs_kind kind,
		struct ohb_error *e)
{
	if (strcmp(path, "stop") == 0)
		return ohb_fail(e, OHB_E_CHANGED, "enough");
	ohb_str_addf(userdata, "%s%s\n", path, kind == OHB_FS_LINK ? "@" : "");
	return 0;
}

START_TEST(walk_order)
{
	static const char *const skip[] = { ".git", NULL };
	ohb_autostr out = OHB_STR_INIT;

	dir("b/.git/deep");
	put("b/.git/deep/no", "", 0644);
	dir("b/c");
	put("b/c/2", "", 0644);
	put("b/c/10", "", 0644);
	put("a", "", 0644);
	put("b-", "", 0644);
	put("\xff\n x", "", 0644);
	ck_assert_int_eq(symlinkat("..", top, "b/loop"), 0);
	ck_assert_int_eq(ohb_fs_walk(top, skip, list, &out, &err), 0);
	ck_assert_str_eq(out.data, "a\nb/c/10\nb/c/2\nb/loop@\nb-\n\xff\n x\n");
}
END_TEST

START_TEST(walk_ends)
{
	ohb_autostr out = OHB_STR_INIT;

	put("a", "", 0644);
	put("stop", "", 0644);
	put("z", "", 0644);
	ck_assert_int_eq(ohb_fs_walk(top, NULL, list, &out, &err), -1);
	ck_assert_int_eq(err.code, OHB_E_CHANGED);
	ck_assert_str_eq(out.data, "a\n");
}
END_TEST

/* Makes a chain of folders that no path can name. */
static void make_deep(int levels)
{
	int at = dup(top), next;

	while (levels-- > 0) {
		ck_assert_int_eq(mkdirat(at, "some-longer-name", 0755), 0);
		next = openat(at, "some-longer-name",
				O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		ck_assert_int_ge(next, 0);
		close(at);
		at = next;
	}
	close(openat(at, "file", O_CREAT | O_WRONLY | O_CLOEXEC, 0644));
	close(at);
}

START_TEST(deep_tree)
{
	ohb_autostr out = OHB_STR_INIT;

	make_deep(2000);
	ck_assert_int_eq(ohb_fs_walk(top, NULL, list, &out, &err), -1);
	ck_assert_int_eq(err.code, OHB_E_LIMIT);
	/* teardown removes it */
}
END_TEST

START_TEST(remove_follows_nothing)
{
	char *other = NULL;
	ohb_autoclose int fd = -1;

	ck_assert_int_eq(ohb_fs_temp_dir(&other, &err), 0);
	fd = open(other, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	close(openat(fd, "kept", O_CREAT | O_WRONLY | O_CLOEXEC, 0644));
	dir("t");
	ck_assert_int_eq(symlinkat(other, top, "t/link"), 0);
	ck_assert_int_eq(ohb_fs_remove_tree(top, "t", &err), 0);
	ck_assert_int_eq(ohb_fs_remove_tree(top, "t", &err), 0);
	ck_assert_int_eq(faccessat(fd, "kept", F_OK, 0), 0);
	ck_assert_int_eq(ohb_fs_remove_tree(AT_FDCWD, other, &err), 0);
	free(other);
}
END_TEST

/* As a user whom permissions bind, also when the tests run as root. */
START_TEST(remove_read_only)
{
	int status;
	pid_t pid;

	ck_assert_int_eq(fchmod(top, 0777), 0);
	pid = fork();
	if (pid == 0) {
		if (geteuid() == 0 && setuid(65534) < 0)
			_exit(3);
		if (ohb_fs_mkdirs(top, "m/n/o", &err) < 0)
			_exit(4);
		put("m/n/o/f", "", 0444);
		if (fchmodat(top, "m/n/o", 0555, 0) < 0 ||
				fchmodat(top, "m/n", 0, 0) < 0)
			_exit(5);
		_exit(ohb_fs_remove_tree(top, "m", &err) < 0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("fs");
	TCase *tc = tcase_create("fs");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, read_bounds, 0, 4);
	tcase_add_test(tc, read_absent);
	tcase_add_loop_test(tc, beneath, 0, 11);
	tcase_add_loop_test(tc, kinds, 0, 6);
	tcase_add_test(tc, digests);
	tcase_add_loop_test(tc, digest_refuses, 0, 5);
	tcase_add_loop_test(tc, mkdirs, 0, 10);
	tcase_add_test(tc, atomic_write);
	tcase_add_test(tc, write_long_name);
	tcase_add_loop_test(tc, write_refuses, 0, 4);
	tcase_add_test(tc, unlink_any);
	tcase_add_test(tc, walk_order);
	tcase_add_test(tc, walk_ends);
	tcase_add_test(tc, deep_tree);
	tcase_add_test(tc, remove_follows_nothing);
	tcase_add_test(tc, remove_read_only);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
