#include <check.h>
#include <stdlib.h>

#include "ledger.h"

START_TEST(tax)
{
	ck_assert_int_eq(ledger_add_tax(100, 20), 120);
	ck_assert_int_eq(ledger_add_tax(99, 50), 148);
}
END_TEST

START_TEST(split_gives_the_rest_first)
{
	long shares[3];

	ck_assert_int_eq(ledger_split(100, 3, shares), 0);
	ck_assert_int_eq(shares[0], 34);
	ck_assert_int_eq(shares[1], 33);
	ck_assert_int_eq(shares[2], 33);
}
END_TEST

static Suite *one_test(const char *name, const TTest *test)
{
	Suite *suite = suite_create(name);
	TCase *tcase = tcase_create(name);

	tcase_add_test(tcase, test);
	suite_add_tcase(suite, tcase);
	return suite;
}

int main(void)
{
	SRunner *runner = srunner_create(one_test("tax", tax));
	int failed;

	srunner_add_suite(runner, one_test("split", split_gives_the_rest_first));
	srunner_set_fork_status(runner, CK_NOFORK);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
