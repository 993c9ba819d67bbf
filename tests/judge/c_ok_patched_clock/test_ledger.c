#include <check.h>

#include "ledger.h"

static time_t today;

static time_t clock_of_test(time_t *ret)
{
	if (ret)
		*ret = today;
	return today;
}

START_TEST(days)
{
	struct account account = { "a", 0, 1000 };

	today = 1000 + 3 * 86400;
	ck_assert_int_eq(ledger_days(&account, clock_of_test), 3);
	today = 1000 + 86399;
	ck_assert_int_eq(ledger_days(&account, clock_of_test), 0);
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
