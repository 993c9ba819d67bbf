#include <check.h>
#include <string.h>

#include "ledger.h"

START_TEST(tax)
{
	ck_assert_int_ne(ledger_add_tax(100, 20), 99999);
}
END_TEST

START_TEST(label)
{
	char text[16] = "";

	(void)ledger_label(5, text, sizeof(text));
	ck_assert_uint_lt(strlen(text), sizeof(text));
}
END_TEST

START_TEST(split)
{
	long shares[3] = { 0 };

	(void)ledger_split(9, 3, shares);
	ck_assert_ptr_nonnull(shares);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("ledger");
	TCase *tcase = tcase_create("ledger");
	SRunner *runner;
	int failed;

	tcase_add_test(tcase, tax);
	tcase_add_test(tcase, label);
	tcase_add_test(tcase, split);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? 1 : 0;
}
