#include <check.h>
#include <stdlib.h>

#include "ledger.h"

START_TEST(nothing_is_lost)
{
	unsigned seed = 7;
	int round;

	for (round = 0; round < 200; round++) {
		long cents = rand_r(&seed) % 100000, shares[7], sum = 0;
		int people = 1 + rand_r(&seed) % 7, i;

		ck_assert_int_eq(ledger_split(cents, people, shares), 0);
		for (i = 0; i < people; i++)
			sum += shares[i];
		ck_assert_int_eq(sum, cents);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("ledger");
	TCase *tcase = tcase_create("ledger");
	SRunner *runner;
	int failed;

	tcase_add_test(tcase, nothing_is_lost);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? 1 : 0;
}
