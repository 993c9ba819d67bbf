/* Verdicts, as they are remembered. */
#include "unit/store/fixture.h"

static int find(struct ohb_store *store, const char *key, struct ohb_str *ret)
{
	const struct ohb_digest digest = ohb_digest_of(key, strlen(key));

	ohb_str_clear(ret);
	return ohb_verdict_find(store, &digest, ret, &err);
}

static void save(struct ohb_store *store, const char *key, const char *report,
		int64_t now_ms)
{
	const struct ohb_digest digest = ohb_digest_of(key, strlen(key));

	ck_assert_int_eq(ohb_verdict_save(store, &digest, report, now_ms, &err),
			0);
}

START_TEST(kept_and_replaced)
{
	struct ohb_store *store = open_as(OHB_STORE_WRITE);
	ohb_autostr text = OHB_STR_INIT;

	ck_assert_int_eq(find(store, "a", &text), 0);
	save(store, "a", "{}", 1);
	save(store, "b", "[]", 2);
	save(store, "a", "{\"x\":\"\n\"}", 3);
	ohb_store_close(store);
	store = open_as(OHB_STORE_READ);
	ck_assert_int_eq(find(store, "a", &text), 1);
	ck_assert_str_eq(ohb_str_cstr(&text), "{\"x\":\"\n\"}");
	ck_assert_int_eq(find(store, "b", &text), 1);
	/* a reader keeps nothing */
	save(store, "c", "{}", 4);
	ck_assert_int_eq(find(store, "c", &text), 0);
	ohb_store_close(store);
}
END_TEST

START_TEST(the_oldest_go)
{
	struct ohb_store *store = open_as(OHB_STORE_WRITE);
	ohb_autostr text = OHB_STR_INIT;
	struct ohb_digest digest;

	ohb_store_close(store);
	raw_sql("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 "
		"FROM n WHERE i < 4096) INSERT INTO verdicts SELECT "
		"CAST(printf('%016d', i) AS BLOB), i, '{}' FROM n");
	store = open_as(OHB_STORE_WRITE);
	save(store, "new", "{}", 5000);
	ohb_store_close(store);
	store = open_as(OHB_STORE_READ);
	ck_assert_int_eq(find(store, "new", &text), 1);
	memcpy(digest.bytes, "0000000000000001", sizeof(digest.bytes));
	ck_assert_int_eq(ohb_verdict_find(store, &digest, &text, &err), 0);
	memcpy(digest.bytes, "0000000000000002", sizeof(digest.bytes));
	ck_assert_int_eq(ohb_verdict_find(store, &digest, &text, &err), 1);
	ohb_store_close(store);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("verdict");
	TCase *tests = tcase_create("verdict");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, kept_and_replaced);
	tcase_add_test(tests, the_oldest_go);
	suite_add_tcase(suite, tests);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
