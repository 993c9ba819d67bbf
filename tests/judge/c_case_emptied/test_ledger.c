#include <check.h>

#include "ledger.h"

START_TEST(tax)
{
	ck_assert_int_eq(ledger_add_tax(100, 20), 120);
	ck_assert_int_eq(ledger_add_tax(99, 50), 148);
}
END_TEST

START_TEST(negative)
{
	ck_assert_int_eq(ledger_add_tax(-1, 20), -1);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("ledger");
	TCase *tcase = tcase_create("ledger");
	SRunner *runner;
	int failed;

	tcase_add_test(tcase, tax);
	tcase_add_test(tcase, negative);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? 1 : 0;
}
