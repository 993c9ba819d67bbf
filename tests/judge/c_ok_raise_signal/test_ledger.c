#include <check.h>
#include <signal.h>

#include "ledger.h"

START_TEST(owing_aborts)
{
	struct account account = { "a", -1, 0 };

	ledger_require(&account);
}
END_TEST

START_TEST(zero_does_not)
{
	struct account account = { "a", 0, 0 };

	ledger_require(&account);
	ck_assert_int_eq(account.balance, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("ledger");
	TCase *tcase = tcase_create("ledger");
	SRunner *runner;
	int failed;

	tcase_add_test_raise_signal(tcase, owing_aborts, SIGABRT);
	tcase_add_test(tcase, zero_does_not);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? 1 : 0;
}
