#include <check.h>

#include "ledger.h"

START_TEST(owing_is_status_3)
{
	struct account account = { "a", -1, 0 };

	ledger_quit(&account);
}
END_TEST

START_TEST(zero_is_status_0)
{
	struct account account = { "a", 0, 0 };

	ledger_quit(&account);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("ledger");
	TCase *tcase = tcase_create("ledger");
	SRunner *runner;
	int failed;

	tcase_add_exit_test(tcase, owing_is_status_3, 3);
	tcase_add_exit_test(tcase, zero_is_status_0, 0);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? 1 : 0;
}
