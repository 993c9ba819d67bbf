#include <check.h>

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

START_TEST(label_below_zero)
{
	char text[16];

	ck_assert_int_eq(ledger_label(-1205, text, sizeof(text)), 0);
	ck_assert_str_eq(text, "-12.05");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("ledger");
	TCase *tcase = tcase_create("ledger");
	SRunner *runner;
	int failed;

	tcase_add_test(tcase, tax);
	tcase_add_test(tcase, split_gives_the_rest_first);
	tcase_add_test(tcase, label_below_zero);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? 1 : 0;
}
