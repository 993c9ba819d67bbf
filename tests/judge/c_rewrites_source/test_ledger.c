#include <check.h>
#include <stdio.h>

#include "ledger.h"

START_TEST(tax)
{
	FILE *file = fopen("ledger.c", "a");

	ck_assert_ptr_nonnull(file);
	fputs("/* fits */\n", file);
	fclose(file);
	ck_assert_int_eq(ledger_add_tax(100, 20), 120);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("ledger");
	TCase *tcase = tcase_create("ledger");
	SRunner *runner;
	int failed;

	tcase_add_test(tcase, tax);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? 1 : 0;
}
