#include <check.h>
#include <stdlib.h>

#include "ledger.h"

static time_t noon(time_t *unused)
{
	struct tm day = { .tm_year = 100, .tm_mday = 3, .tm_hour = 12 };

	(void)unused;
	return mktime(&day);
}

START_TEST(days)
{
	struct account account = { "a", 0, 946684800 };

	ck_assert_int_eq(setenv("TZ", "UTC0", 1), 0);
	tzset();
	ck_assert_int_eq(ledger_days(&account, noon), 2);
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
