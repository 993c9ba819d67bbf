#include <check.h>
#include <stdlib.h>

#include "ledger.h"

static struct account *account;

static void setup(void)
{
	account = calloc(1, sizeof(*account));
	account->balance = 100;
}

static void teardown(void)
{
	free(account);
}

START_TEST(withdraw)
{
	ck_assert_int_eq(ledger_withdraw(account, 30), 70);
	ck_assert_int_eq(account->balance, 70);
}
END_TEST

START_TEST(overdrawn)
{
	ck_assert_int_eq(ledger_withdraw(account, 101), -1);
	ck_assert_int_eq(account->balance, 100);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("ledger");
	TCase *tcase = tcase_create("ledger");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, withdraw);
	tcase_add_test(tcase, overdrawn);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? 1 : 0;
}
