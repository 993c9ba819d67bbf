/* What depfile commands said, as it is kept. */
#include "unit/store/fixture.h"

static const struct ohb_depfile_answer *load(
		struct ohb_store *store, const char *target)
{
	struct ohb_map all = OHB_MAP_INIT;
	const struct ohb_depfile_answer *answer;

	ck_assert_int_eq(ohb_depfile_load(store, &arena, &all, &err), 0);
	answer = ohb_map_get(&all, target);
	ohb_map_release(&all);
	return answer;
}

START_TEST(kept_and_replaced)
{
	static const char *const paths[] = { "a b", "\377\n", "c" };
	struct ohb_depfile_answer answers[] = {
		{ .target = "t", .paths = paths, .npaths = 3 },
		{ .target = "u" },
	};
	struct ohb_store *store = open_as(OHB_STORE_WRITE);
	const struct ohb_depfile_answer *got;

	answers[0].digest = ohb_digest_of("1", 1);
	ck_assert_int_eq(ohb_depfile_save(store, answers, 2, &err), 0);
	answers[1].digest = ohb_digest_of("2", 1);
	ck_assert_int_eq(ohb_depfile_save(store, &answers[1], 1, &err), 0);
	ohb_store_close(store);
	store = open_as(OHB_STORE_READ);
	got = load(store, "t");
	ck_assert_ptr_nonnull(got);
	ck_assert_uint_eq(got->npaths, 3);
	ck_assert_str_eq(got->paths[0], "a b");
	ck_assert_str_eq(got->paths[1], "\377\n");
	ck_assert_str_eq(got->paths[2], "c");
	ck_assert(ohb_digest_eq(&got->digest, &answers[0].digest));
	got = load(store, "u");
	ck_assert_ptr_nonnull(got);
	ck_assert_uint_eq(got->npaths, 0);
	ck_assert(ohb_digest_eq(&got->digest, &answers[1].digest));
	ck_assert_ptr_null(load(store, "v"));
	/* a reader keeps nothing */
	answers[0].target = "v";
	ck_assert_int_eq(ohb_depfile_save(store, answers, 1, &err), 0);
	ck_assert_ptr_null(load(store, "v"));
	ohb_store_close(store);
}
END_TEST

START_TEST(damaged)
{
	struct ohb_map all = OHB_MAP_INIT;
	struct ohb_store *store = open_as(OHB_STORE_WRITE);

	ohb_store_close(store);
	raw_sql("INSERT INTO depfiles VALUES('t', zeroblob(16), x'6162')");
	store = open_as(OHB_STORE_READ);
	ck_assert_int_eq(ohb_depfile_load(store, &arena, &all, &err), -1);
	ck_assert_int_eq(err.code, OHB_E_STATE);
	ohb_map_release(&all);
	ohb_store_close(store);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("depfile");
	TCase *tests = tcase_create("depfile");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, kept_and_replaced);
	tcase_add_test(tests, damaged);
	suite_add_tcase(suite, tests);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
