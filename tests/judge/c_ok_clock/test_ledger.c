#include <check.h>

#include "ledger.h"

START_TEST(days)
{
	struct account account = { "a", 0, time(NULL) - 3 * 86400 };

	ck_assert_int_eq(ledger_days(&account, time), 3);
	account.opened += 86400;
	ck_assert_int_eq(ledger_days(&account, time), 2);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("ledger");
	TCase *tcase = tcase_create("ledger");
	SRunner *runner;
	int failed;

	tcase_add_test(tcase, days);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? 1 : 0;
}
