/* .ohbuild/index: what is written is what is read, and no damaged one is
 * believed. */
#include "unit/store/fixture.h"

static const struct ohb_index_target targets[] = {
	{ .name = "tests/a",
			.because = "nothing has changed",
			.source = "src/a",
			.alone = true },
	{ .name = "tests/b",
			.because = "src/b changed",
			.source = "src/b",
			.verdict = 2,
			.way = 1,
			.will_build = true },
};

static const struct ohb_index_file files[] = {
	{ .path = "src/a",
			.info = { OHB_FS_FILE, 7, 0644, 1, 2, 3, 4 },
			.digest = { { 1, 2, 3 } },
			.seen = OHB_SEEN_CONTENT,
			.rested = true,
			.listed = true,
			.output = true,
			.owner = OHB_OWNER(1) },
	{ .path = "src/gone",
			.info = { .kind = OHB_FS_ABSENT },
			.seen = OHB_SEEN_KIND },
	{ .path = "\xff\n",
			.info = { .kind = OHB_FS_FILE },
			.seen = OHB_SEEN_THERE },
};

static struct ohb_picture some_picture(void)
{
	return (struct ohb_picture){
		.file = "openhands.yml",
		.listing = { { 9 } },
		.base = { 1, 2, 3, 4, 5, 6 },
		.targets = targets,
		.ntargets = OHB_ARRAY_LEN(targets),
	};
}

static struct ohb_str written(const struct ohb_picture *picture)
{
	struct ohb_index_writer writer = OHB_INDEX_WRITER_INIT;
	struct ohb_str bytes = OHB_STR_INIT;

	for (size_t i = 0; i < OHB_ARRAY_LEN(files); i++)
		ohb_index_add(&writer, &files[i]);
	ohb_index_end(&writer, picture, &bytes);
	return bytes;
}

START_TEST(comes_back)
{
	const struct ohb_picture before = some_picture();
	struct ohb_str bytes = written(&before);
	struct ohb_picture after;
	struct ohb_index index;

	ck_assert_int_eq(ohb_index_parse(&index, &bytes), 0);
	ck_assert_ptr_null(bytes.data);
	ck_assert_uint_eq(ohb_index_count(&index), OHB_ARRAY_LEN(files));
	for (size_t i = 0; i < OHB_ARRAY_LEN(files); i++) {
		struct ohb_index_file file;

		ohb_index_file(&index, i, &file);
		ck_assert_str_eq(file.path, files[i].path);
		ck_assert_str_eq(ohb_index_path(&index, i), files[i].path);
		ck_assert(ohb_fs_same(&file.info, &files[i].info));
		ck_assert(ohb_digest_eq(&file.digest, &files[i].digest));
		ck_assert_int_eq(file.seen, files[i].seen);
		ck_assert_int_eq(file.rested, files[i].rested);
		ck_assert_int_eq(file.listed, files[i].listed);
		ck_assert_int_eq(file.output, files[i].output);
		ck_assert_uint_eq(file.owner, files[i].owner);
	}
	ck_assert(ohb_index_picture(&index, &after));
	ck_assert_str_eq(after.file, before.file);
	ck_assert(ohb_digest_eq(&after.listing, &before.listing));
	ck_assert(ohb_index_base_eq(&after.base, &before.base));
	ck_assert_uint_eq(after.ntargets, before.ntargets);
	for (size_t i = 0; i < after.ntargets; i++) {
		struct ohb_index_target target;

		ohb_index_target(&index, i, &target);
		ck_assert_str_eq(target.name, targets[i].name);
		ck_assert_str_eq(target.because, targets[i].because);
		ck_assert_str_eq(target.source, targets[i].source);
		ck_assert_int_eq(target.alone, targets[i].alone);
		ck_assert_int_eq(target.verdict, targets[i].verdict);
		ck_assert_int_eq(target.will_build, targets[i].will_build);
		ck_assert_int_eq(target.way, targets[i].way);
	}
	ohb_index_release(&index);
}
END_TEST

START_TEST(may_hold_no_decision)
{
	struct ohb_str bytes = written(NULL);
	struct ohb_picture picture;
	struct ohb_index index;

	ck_assert_int_eq(ohb_index_parse(&index, &bytes), 0);
	ck_assert(!ohb_index_picture(&index, &picture));
	ohb_index_release(&index);
}
END_TEST

static int parse(const char *data, size_t len)
{
	struct ohb_str bytes = OHB_STR_INIT;
	struct ohb_index index;
	int result;

	ohb_str_add(&bytes, data, len);
	result = ohb_index_parse(&index, &bytes);
	ohb_index_release(&index);
	return result;
}

/* Cut at every length, and with every byte turned. */
START_TEST(is_not_believed)
{
	const struct ohb_picture picture = some_picture();
	struct ohb_str bytes = written(&picture);

	ck_assert_int_eq(parse(bytes.data, bytes.len), 0);
	for (size_t len = 0; len < bytes.len; len++)
		ck_assert_msg(parse(bytes.data, len) == -1, "cut to %zu", len);
	for (size_t i = 0; i < bytes.len; i++) {
		bytes.data[i] ^= 0x55;
		ck_assert_msg(parse(bytes.data, bytes.len) == -1, "byte %zu",
				i);
		bytes.data[i] ^= 0x55;
	}
	ohb_str_addc(&bytes, '\0');
	ck_assert_int_eq(parse(bytes.data, bytes.len), -1);
	ohb_str_release(&bytes);
}
END_TEST

/* Every commit, and a journal that somebody writes, is another state. */
START_TEST(knows_the_database)
{
	struct ohb_store *store = open_as(OHB_STORE_WRITE);
	struct ohb_index_base first, second;
	int fd;

	ck_assert_int_eq(ohb_store_base(store, &first), 0);
	ck_assert_int_eq(ohb_store_base(store, &second), 0);
	ck_assert(ohb_index_base_eq(&first, &second));
	ck_assert_int_eq(ohb_meta_save(store, "a", "b", &err), 0);
	ck_assert_int_eq(ohb_store_base(store, &second), 0);
	ck_assert_uint_ne(first.counter, second.counter);
	ck_assert(!ohb_index_base_eq(&first, &second));
	fd = openat(project, ".ohbuild/state.db-journal",
			O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	ck_assert_int_eq(write(fd, "x", 1), 1);
	ck_assert_int_eq(close(fd), 0);
	ck_assert_int_eq(ohb_store_base(store, &second), -1);
	ck_assert_int_eq(ftruncate(openat(project, ".ohbuild/state.db-journal",
						   O_WRONLY | O_CLOEXEC),
					 0),
			0);
	ohb_store_close(store);
}
END_TEST

/* What is not looked at again is not kept. */
START_TEST(holds_what_was_looked_at)
{
	struct ohb_store *store = open_as(OHB_STORE_WRITE);
	struct ohb_stats *stats = ohb_stats_open(store);
	struct ohb_index_base base;
	struct ohb_index index;
	struct ohb_digest digest;
	enum ohb_fs_kind kind;

	ck_assert_int_eq(mkdirat(project, "d", 0755), 0);
	ck_assert_int_eq(ohb_stats_look(stats, project, "gone", &kind, &digest,
					 &err),
			0);
	ck_assert_int_eq(kind, OHB_FS_ABSENT);
	ck_assert_int_eq(ohb_stats_note(stats, "gone", OHB_SEEN_KIND,
					 OHB_FS_ABSENT),
			0);
	ck_assert_int_eq(ohb_stats_note(stats, "gone", OHB_SEEN_THERE,
					 OHB_FS_FILE),
			-1);
	ck_assert_int_eq(ohb_stats_note(stats, "d", OHB_SEEN_KIND, OHB_FS_DIR),
			0);
	ck_assert_int_eq(ohb_stats_save(stats, NULL, &err), 0);
	ck_assert_int_eq(ohb_index_open(project, &index, &base), 0);
	ck_assert_uint_eq(ohb_index_count(&index), 2);
	ck_assert_str_eq(ohb_index_path(&index, 0), "d");
	ck_assert_str_eq(ohb_index_path(&index, 1), "gone");
	ohb_index_release(&index);
	stats = ohb_stats_open(store);
	ck_assert_int_eq(ohb_stats_save(stats, NULL, &err), 0);
	ck_assert_int_eq(ohb_index_open(project, &index, &base), 0);
	ck_assert_uint_eq(ohb_index_count(&index), 0);
	ohb_index_release(&index);
	ohb_store_close(store);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("index");
	TCase *tests = tcase_create("index");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, comes_back);
	tcase_add_test(tests, may_hold_no_decision);
	tcase_add_test(tests, is_not_believed);
	tcase_add_test(tests, knows_the_database);
	tcase_add_test(tests, holds_what_was_looked_at);
	suite_add_tcase(suite, tests);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
