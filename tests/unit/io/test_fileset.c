#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "io/fileset.h"
#include "io/fs.h"

static char *folder;
static int topfd;
static struct ohb_arena arena;
static struct ohb_fileset set;
static struct ohb_error err;

static void setup(void)
{
	arena = (struct ohb_arena)OHB_ARENA_INIT;
	set = (struct ohb_fileset)OHB_FILESET_INIT;
	err = (struct ohb_error)OHB_ERROR_INIT;
	ck_assert_int_eq(ohb_fs_temp_dir(&folder, &err), 0);
	topfd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ck_assert_int_ge(topfd, 0);
}

static void teardown(void)
{
	ohb_fileset_release(&set);
	ohb_arena_release(&arena);
	close(topfd);
	ck_assert_int_eq(ohb_fs_remove_tree(AT_FDCWD, folder, &err), 0);
	free(folder);
}

static void write_file(const char *path, const char *text, mode_t mode)
{
	int fd = openat(topfd, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
			0600);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, text, strlen(text)), (int)strlen(text));
	ck_assert_int_eq(fchmod(fd, mode), 0);
	close(fd);
}

static void load(const char *const *paths, size_t n)
{
	ck_assert_msg(ohb_fileset_load(&set, topfd, paths, n, &arena, &err) ==
					0,
			"%s", err.msg);
}

START_TEST(reads_files_and_links)
{
	static const char *const paths[] = { "b", "a/x", "a.c", "link" };
	const struct ohb_file *file;
	struct ohb_digest digest;
	size_t i;

	ck_assert_int_eq(mkdirat(topfd, "a", 0755), 0);
	write_file("b", "", 0600);
	write_file("a/x", "run", 0700);
	write_file("a.c", "int x;\n", 0664);
	ck_assert_int_eq(symlinkat("../out", topfd, "link"), 0);
	load(paths, 4);

	ck_assert_uint_eq(set.count, 4);
	for (i = 1; i < set.count; i++)
		ck_assert_int_lt(strcmp(set.files[i - 1].path,
						 set.files[i].path),
				0);
	for (i = 0; i < set.count; i++) {
		ck_assert_int_eq(ohb_fs_digest(topfd, set.files[i].path,
						 &digest, &err),
				0);
		ck_assert(ohb_digest_eq(&digest, &set.files[i].digest));
	}
	file = ohb_fileset_find(&set, "a/x");
	ck_assert_ptr_nonnull(file);
	ck_assert_int_eq(file->mode, 0755);
	ck_assert_uint_eq(file->len, 3);
	ck_assert_str_eq(file->data, "run");
	file = ohb_fileset_find(&set, "link");
	ck_assert_int_eq(file->kind, OHB_TAR_LINK);
	ck_assert_str_eq(file->target, "../out");
	ck_assert_int_eq(ohb_fileset_find(&set, "a.c")->mode, 0644);
	ck_assert_ptr_nonnull(ohb_fileset_find(&set, "b")->data);
	ck_assert_ptr_null(ohb_fileset_find(&set, "a"));
	ck_assert_ptr_null(ohb_fileset_find(&set, "z"));
}
END_TEST

START_TEST(refuses)
{
	static const struct {
		const char *path;
		enum ohb_code code;
		const char *says;
	} cases[] = {
		{ "gone", OHB_E_CHANGED, "'gone'" },
		{ "folder", OHB_E_IO, "neither a file nor a link" },
		{ "fifo", OHB_E_IO, "neither a file nor a link" },
		{ "large", OHB_E_LIMIT, "larger than" },
		{ "out/passwd", OHB_E_IO, "leads out" },
		{ "../up", OHB_E_IO, "leads out" },
	};
	size_t i;

	ck_assert_int_eq(mkdirat(topfd, "folder", 0755), 0);
	ck_assert_int_eq(mkfifoat(topfd, "fifo", 0600), 0);
	ck_assert_int_eq(symlinkat("/etc", topfd, "out"), 0);
	write_file("large", "x", 0600);
	{
		int fd = openat(topfd, "large", O_WRONLY | O_CLOEXEC);

		ck_assert_int_eq(ftruncate(fd, (off_t)OHB_MAX_INPUT_FILE + 1),
				0);
		close(fd);
	}
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		err = (struct ohb_error)OHB_ERROR_INIT;
		ck_assert_int_eq(ohb_fileset_load(&set, topfd, &cases[i].path,
						 1, &arena, &err),
				-1);
		ck_assert_msg(err.code == cases[i].code, "%s: code %d", err.msg,
				(int)err.code);
		ck_assert_msg(strstr(err.msg, cases[i].says) != NULL, "%s",
				err.msg);
	}
}
END_TEST

START_TEST(puts_in_order_and_replaces)
{
	static const char *const paths[] = { "m", "c", "x", "a", "m", "n" };
	size_t i;

	for (i = 0; i < 6; i++) {
		struct ohb_file file = { .path = paths[i], .len = i };

		ohb_fileset_put(&set, &file);
	}
	ck_assert_uint_eq(set.count, 5);
	ck_assert_str_eq(set.files[0].path, "a");
	ck_assert_str_eq(set.files[4].path, "x");
	ck_assert_uint_eq(ohb_fileset_find(&set, "m")->len, 4);
}
END_TEST

static int see(void *userdata, const struct ohb_tar_entry *entry,
		struct ohb_error *unused)
{
	struct ohb_str *seen = userdata;

	(void)unused;
	ohb_str_addf(seen, "%s%s ", entry->path,
			entry->kind == OHB_TAR_DIR ? "/" : "");
	return 0;
}

static void add(const char *path, const char *text)
{
	struct ohb_file file = {
		.path = path, .mode = 0644, .data = text, .len = strlen(text)
	};

	ohb_fileset_put(&set, &file);
}

START_TEST(packs_with_parents_and_unpacks)
{
	struct ohb_fileset other = OHB_FILESET_INIT;
	struct ohb_file link = {
		.path = "a/l", .kind = OHB_TAR_LINK, .target = "b"
	};
	ohb_autostr tar = OHB_STR_INIT, seen = OHB_STR_INIT;

	add("a/b/c/one", "1");
	add("a/b/two", "22");
	add("a.c", "3");
	add("ab/b/three", "");
	ohb_fileset_put(&set, &link);
	ck_assert_int_eq(ohb_fileset_tar(&set, 7, 8, &tar, &err), 0);
	ck_assert_int_eq(ohb_tar_each(tar.data, tar.len, 100, see, &seen, &err),
			0);
	ck_assert_str_eq(seen.data,
			"a.c a/ a/b/ a/b/c/ a/b/c/one a/b/two a/l "
			"ab/ ab/b/ ab/b/three ");

	ck_assert_int_eq(ohb_fileset_load_tar(&other, tar.data, tar.len, "", 1,
					 &arena, &err),
			0);
	ck_assert_uint_eq(other.count, 5);
	ck_assert_str_eq(ohb_fileset_find(&other, "a/b/c/one")->data, "1");
	ck_assert_str_eq(ohb_fileset_find(&other, "a/l")->target, "b");
	ck_assert_ptr_null(ohb_fileset_find(&other, "a/b/two")->data);
	ck_assert_uint_eq(ohb_fileset_find(&other, "a/b/two")->len, 2);
	ohb_str_clear(&tar);
	ck_assert_int_eq(ohb_fileset_tar(&other, 0, 0, &tar, &err), -1);
	ck_assert_int_eq(err.code, OHB_E_LIMIT);
	ohb_fileset_release(&other);
}
END_TEST

START_TEST(strips)
{
	struct ohb_fileset other = OHB_FILESET_INIT;
	ohb_autostr tar = OHB_STR_INIT;

	add("project/a", "1");
	add("project/b/c", "2");
	ck_assert_int_eq(ohb_fileset_tar(&set, 0, 0, &tar, &err), 0);
	ck_assert_int_eq(ohb_fileset_load_tar(&other, tar.data, tar.len,
					 "project/", 100, &arena, &err),
			0);
	ck_assert_uint_eq(other.count, 2);
	ck_assert_ptr_nonnull(ohb_fileset_find(&other, "b/c"));
	ck_assert_int_eq(ohb_fileset_load_tar(&other, tar.data, tar.len,
					 "elsewhere/", 100, &arena, &err),
			-1);
	ck_assert_int_eq(err.code, OHB_E_PROTOCOL);
	ohb_fileset_release(&other);
}
END_TEST

START_TEST(keeps_every_name)
{
	char name[3] = "";
	const char *path = name;
	ohb_autostr tar = OHB_STR_INIT;
	struct ohb_fileset other = OHB_FILESET_INIT;
	int c;

	for (c = 1; c < 256; c++) {
		if (c == '/')
			continue;
		(void)snprintf(name, sizeof(name), "n%c", c);
		write_file(name, name, 0644);
		load(&path, 1);
	}
	ck_assert_uint_eq(set.count, 254);
	ck_assert_int_eq(ohb_fileset_tar(&set, 0, 0, &tar, &err), 0);
	ck_assert_msg(ohb_fileset_load_tar(&other, tar.data, tar.len, "", 100,
				      &arena, &err) == 0,
			"%s", err.msg);
	ck_assert_uint_eq(other.count, 254);
	for (c = 0; c < 254; c++)
		ck_assert(ohb_digest_eq(
				&set.files[c].digest, &other.files[c].digest));
	ohb_fileset_release(&other);
}
END_TEST

/* So that who takes files of others can refuse them; never written. */
START_TEST(tells_set_id_bits)
{
	static const char *const paths[] = { "both", "user" };
	struct ohb_fileset archived = OHB_FILESET_INIT;
	ohb_autostr tar = OHB_STR_INIT;
	struct stat st;

	write_file("both", "", 06755);
	write_file("user", "", 04600);
	load(paths, 2);
	ck_assert_int_eq(set.files[0].mode, 06755);
	ck_assert_int_eq(set.files[1].mode, 04644);
	ck_assert_int_eq(ohb_fileset_tar(&set, 0, 0, &tar, &err), 0);
	ck_assert_int_eq(ohb_fileset_load_tar(&archived, tar.data, tar.len, "",
					 0, &arena, &err),
			0);
	ck_assert_int_eq(archived.files[0].mode, 06755);
	ck_assert_int_eq(ohb_fileset_write(&archived, topfd, &err), 0);
	ck_assert_int_eq(fstatat(topfd, "both", &st, 0), 0);
	ck_assert_int_eq(st.st_mode & 07777, 0755);
	ohb_fileset_release(&archived);
}
END_TEST

START_TEST(writes_in_place_of_what_is_there)
{
	static const char *const paths[] = { "d/x", "d/y", "link" };
	struct ohb_fileset again = OHB_FILESET_INIT;
	struct ohb_file file = {
		.path = "d/x", .mode = 0755, .data = "new", .len = 3
	};
	size_t i;

	ck_assert_int_eq(mkdirat(topfd, "d", 0755), 0);
	write_file("victim", "old", 0444);
	/* Neither through a link nor through a second name. */
	ck_assert_int_eq(symlinkat("../victim", topfd, "d/x"), 0);
	ck_assert_int_eq(linkat(topfd, "victim", topfd, "d/y", 0), 0);
	ohb_fileset_put(&set, &file);
	file.path = "d/y";
	file.mode = 0644;
	ohb_fileset_put(&set, &file);
	file = (struct ohb_file){
		.path = "link", .kind = OHB_TAR_LINK, .target = "/else/where"
	};
	ohb_fileset_put(&set, &file);
	ck_assert_msg(ohb_fileset_write(&set, topfd, &err) == 0, "%s", err.msg);
	ck_assert_int_eq(
			ohb_fileset_load(&again, topfd, paths, 3, &arena, &err),
			0);
	for (i = 0; i < 3; i++) {
		ck_assert_uint_eq(again.files[i].len, set.files[i].len);
	}
	ck_assert_int_eq(again.files[0].mode, 0755);
	ck_assert_str_eq(again.files[2].target, "/else/where");
	load((const char *const[]){ "victim" }, 1);
	ck_assert_str_eq(ohb_fileset_find(&set, "victim")->data, "old");

	ohb_fileset_release(&again);
	ck_assert_int_eq(symlinkat("/tmp", topfd, "out"), 0);
	file = (struct ohb_file){ .path = "out/x", .data = "", .mode = 0644 };
	ohb_fileset_put(&again, &file);
	ck_assert_int_eq(ohb_fileset_write(&again, topfd, &err), -1);
	ck_assert_msg(strstr(err.msg, "leads out") != NULL, "%s", err.msg);
	ohb_fileset_release(&again);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("io/fileset");
	TCase *tcase = tcase_create("all");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, reads_files_and_links);
	tcase_add_test(tcase, refuses);
	tcase_add_test(tcase, puts_in_order_and_replaces);
	tcase_add_test(tcase, packs_with_parents_and_unpacks);
	tcase_add_test(tcase, strips);
	tcase_add_test(tcase, tells_set_id_bits);
	tcase_add_test(tcase, writes_in_place_of_what_is_there);
	tcase_add_test(tcase, keeps_every_name);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
