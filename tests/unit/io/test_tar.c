#include <check.h>
#include <fcntl.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "io/fs.h"
#include "io/process.h"
#include "io/tar.h"

static struct ohb_error err = OHB_ERROR_INIT;

static const struct ohb_tar_entry entries[] = {
	{ "dir", OHB_TAR_DIR, 0755, NULL, 0, NULL },
	{ "dir/a.c", OHB_TAR_FILE, 0644, "int a;\n", 7, NULL },
	{ "dir/empty", OHB_TAR_FILE, 0600, "", 0, NULL },
	{ "run", OHB_TAR_FILE, 0755, "\0\1\2", 3, NULL },
	{ "set", OHB_TAR_FILE, 04755, "x", 1, NULL },
	{ "link", OHB_TAR_LINK, 0777, NULL, 0, "../../etc/passwd" },
	{ "latin-\xe4\xff", OHB_TAR_FILE, 0644, "l", 1, NULL },
	/* e and a combining acute: must not be composed */
	{ "utf8-e\xcc\x81", OHB_TAR_FILE, 0644, "u", 1, NULL },
	{ "l2", OHB_TAR_LINK, 0777, NULL, 0, "\xc3\xa9\xff" },
	{ "new\nline \"and\" \\", OHB_TAR_FILE, 0644, "n", 1, NULL },
};

static int check_same(void *userdata, const struct ohb_tar_entry *entry,
		struct ohb_error *e)
{
	size_t *count = userdata;
	const struct ohb_tar_entry *want = &entries[*count];

	(void)e;
	ck_assert_uint_lt(*count, OHB_ARRAY_LEN(entries));
	ck_assert_str_eq(entry->path, want->path);
	ck_assert_int_eq(entry->kind, want->kind);
	ck_assert_uint_eq(entry->mode, want->mode);
	ck_assert_uint_eq(entry->len, want->len);
	ck_assert(ohb_streq(entry->target, want->target));
	if (want->kind == OHB_TAR_FILE) {
		ck_assert_ptr_nonnull(entry->data);
		ck_assert_int_eq(memcmp(entry->data, want->data, want->len), 0);
	} else {
		ck_assert_ptr_null(entry->data);
	}
	++*count;
	return 0;
}

static void write_entries(const struct ohb_tar_entry *list, size_t count,
		struct ohb_str *out)
{
	struct ohb_tar_writer *writer = ohb_tar_writer_new(1234, 5678);
	size_t i;

	for (i = 0; i < count; i++)
		ck_assert_msg(ohb_tar_add(writer, &list[i], &err) == 0, "%s",
				err.msg);
	ck_assert_int_eq(ohb_tar_end(writer, out, &err), 0);
}

START_TEST(round_trip)
{
	static const char *const locales[] = { "C", "C.UTF-8" };
	ohb_autostr out = OHB_STR_INIT;
	size_t count = 0;

	ck_assert_ptr_nonnull(setlocale(LC_ALL, locales[_i]));
	ohb_str_adds(&out, "kept");
	write_entries(entries, OHB_ARRAY_LEN(entries), &out);
	ck_assert_int_eq(memcmp(out.data, "kept", 4), 0);
	ck_assert_msg(ohb_tar_each(out.data + 4, out.len - 4, 100, check_same,
				      &count, &err) == 0,
			"%s", err.msg);
	ck_assert_uint_eq(count, OHB_ARRAY_LEN(entries));
	ck_assert_str_eq(setlocale(LC_ALL, NULL), locales[_i]);
}
END_TEST

START_TEST(long_names)
{
	ohb_autostr out = OHB_STR_INIT;
	ohb_autostr path = OHB_STR_INIT;
	struct ohb_tar_entry entry = entries[1];
	ohb_autofree char *big = ohb_alloc(100000);
	int i;

	memset(big, 'b', 100000);
	for (i = 0; i < 15; i++)
		ohb_str_addf(&path, "%0200d/", i);
	ohb_str_adds(&path, "f");
	entry.path = path.data;
	entry.data = big;
	entry.len = 100000;
	write_entries(&entry, 1, &out);
	{
		const char *argv[] = { "tar", "-xOf", "-", path.data, NULL };
		const struct ohb_process_spec spec = {
			.argv = argv,
			.input = out.data,
			.input_len = out.len,
		};
		struct ohb_process_result result;

		/* another implementation reads the same */
		ck_assert_int_eq(
				ohb_process_run(&spec, NULL, &result, &err), 0);
		ck_assert_int_eq(result.status, 0);
		ck_assert_uint_eq(result.out.len, 100000);
		ohb_process_result_release(&result);
	}
}
END_TEST

START_TEST(others_read_owner)
{
	const char *argv[] = { "tar", "--numeric-owner", "-tvf", "-", NULL };
	ohb_autostr out = OHB_STR_INIT;
	struct ohb_process_spec spec = { .argv = argv };
	struct ohb_process_result result;

	write_entries(entries, 5, &out);
	spec.input = out.data;
	spec.input_len = out.len;
	ck_assert_int_eq(ohb_process_run(&spec, NULL, &result, &err), 0);
	ck_assert_int_eq(result.status, 0);
	ck_assert_str_eq(ohb_str_cstr(&result.err), "");
	ck_assert_ptr_nonnull(strstr(result.out.data, "drwxr-xr-x 1234/5678"));
	ck_assert_ptr_nonnull(strstr(result.out.data, "-rwsr-xr-x 1234/5678"));
	ohb_process_result_release(&result);
}
END_TEST

static int note(void *userdata, const struct ohb_tar_entry *entry,
		struct ohb_error *e)
{
	static const char kinds[] = "fdlo";
	struct ohb_str *out = userdata;

	if (strcmp(entry->path, "stop") == 0)
		return ohb_fail(e, OHB_E_CHANGED, "enough");
	ohb_str_addf(out, "%c %s", kinds[entry->kind], entry->path);
	if (entry->kind == OHB_TAR_FILE)
		ohb_str_addf(out, entry->data ? " %zu" : " (%zu)", entry->len);
	ohb_str_addc(out, '\n');
	return 0;
}

/* What GNU tar makes of a folder with one of everything. */
START_TEST(foreign)
{
	static const char *const options[] = { "-S --format=gnu",
		"-S --format=pax", "-S --format=oldgnu", "--format=ustar" };
	static const char script[] =
			"mkdir -p d/e && printf 12345 >d/big && ln d/big d/hard"
			" && mkfifo d/fifo && ln -s big d/soft"
			" && truncate -s 1M d/hole && printf x >>d/hole"
			" && touch 'd/\xff\xfe'"
			" && tar --sort=name -cf - $0 ./d//";
	ohb_autofree char *dir = NULL;
	const char *argv[] = { "sh", "-c", script, options[_i], NULL };
	struct ohb_process_spec spec = { .argv = argv };
	struct ohb_process_result result;
	ohb_autostr out = OHB_STR_INIT;

	ck_assert_int_eq(ohb_fs_temp_dir(&dir, &err), 0);
	spec.dir = dir;
	spec.max_output = (size_t)4 << 20;
	ck_assert_int_eq(ohb_process_run(&spec, NULL, &result, &err), 0);
	ck_assert_msg(result.status == 0, "%s", ohb_str_cstr(&result.err));
	ck_assert_msg(ohb_tar_each(result.out.data, result.out.len, 4, note,
				      &out, &err) == 0,
			"%s", err.msg);
	ck_assert_str_eq(out.data,
			"d d\nf d/big (5)\nd d/e\no d/fifo\n"
			"o d/hard\nf d/hole (1048577)\nl d/soft\n"
			"f d/\xff\xfe 0\n");
	ohb_process_result_release(&result);
	ck_assert_int_eq(ohb_fs_remove_tree(AT_FDCWD, dir, &err), 0);
}
END_TEST

START_TEST(paths)
{
	static const struct {
		const char *path, *seen;
		enum ohb_code code;
	} cases[] = {
		{ "./a", "f a 1\n", OHB_OK },
		{ "././/a/./b", "f a/b 1\n", OHB_OK },
		{ ".", "f . 1\n", OHB_OK },
		{ "..a", "f ..a 1\n", OHB_OK },
		{ "a..", "f a.. 1\n", OHB_OK },
		{ "../a", "", OHB_E_PROTOCOL },
		{ "a/../b", "", OHB_E_PROTOCOL },
		{ "a/..", "", OHB_E_PROTOCOL },
		{ "/a", "", OHB_E_PROTOCOL },
		{ "stop", "", OHB_E_CHANGED },
	};
	struct ohb_tar_entry entry = entries[4];
	ohb_autostr tar = OHB_STR_INIT;
	ohb_autostr out = OHB_STR_INIT;

	entry.path = cases[_i].path;
	write_entries(&entry, 1, &tar);
	err.code = OHB_OK;
	ck_assert_int_eq(ohb_tar_each(tar.data, tar.len, 10, note, &out, &err),
			cases[_i].code ? -1 : 0);
	ck_assert_int_eq(err.code, cases[_i].code);
	ck_assert_str_eq(ohb_str_cstr(&out), cases[_i].seen);
}
END_TEST

START_TEST(damaged)
{
	ohb_autostr tar = OHB_STR_INIT;
	ohb_autostr out = OHB_STR_INIT;
	struct ohb_tar_entry entry = entries[1];
	ohb_autofree char *big = ohb_alloc(4000);
	static const struct {
		size_t len;
		int ret;
	} cases[] = { { 0, -1 }, { 511, -1 }, { 512, -1 }, { 600, -1 },
		{ 4511, -1 }, { 4608, 0 }, { 5632, 0 } };

	entry.data = big;
	entry.len = 4000;
	write_entries(&entry, 1, &tar);
	ck_assert_int_eq(ohb_tar_each(tar.data, cases[_i].len, 4000, note, &out,
					 &err),
			cases[_i].ret);
	if (cases[_i].ret < 0)
		ck_assert_int_eq(err.code, OHB_E_PROTOCOL);
}
END_TEST

START_TEST(refuses_other)
{
	const struct ohb_tar_entry entry = { .path = "x",
		.kind = OHB_TAR_OTHER };
	struct ohb_tar_writer *writer = ohb_tar_writer_new(0, 0);

	ck_assert_int_eq(ohb_tar_add(writer, &entry, &err), -1);
	ohb_tar_writer_free(writer);
	ohb_tar_writer_free(NULL);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("tar");
	TCase *tc = tcase_create("tar");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, round_trip, 0, 2);
	tcase_add_test(tc, long_names);
	tcase_add_test(tc, others_read_owner);
	tcase_add_loop_test(tc, foreign, 0, 4);
	tcase_add_loop_test(tc, paths, 0, 10);
	tcase_add_loop_test(tc, damaged, 0, 7);
	tcase_add_test(tc, refuses_other);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
