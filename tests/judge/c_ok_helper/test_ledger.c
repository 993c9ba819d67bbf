#include <check.h>

#include "ledger.h"

static void check_split(long cents, int people)
{
	long shares[8], sum = 0;
	int i;

	ck_assert_int_eq(ledger_split(cents, people, shares), 0);
	for (i = 0; i < people; i++)
		sum += shares[i];
	ck_assert_int_eq(sum, cents);
	ck_assert_int_le(shares[0] - shares[people - 1], 1);
}

START_TEST(even)
{
	check_split(99, 3);
}
END_TEST

START_TEST(odd)
{
	check_split(100, 3);
}
END_TEST

START_TEST(one)
{
	check_split(5, 1);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("ledger");
	TCase *tcase = tcase_create("ledger");
	SRunner *runner;
	int failed;

	tcase_add_test(tcase, even);
	tcase_add_test(tcase, odd);
	tcase_add_test(tcase, one);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? 1 : 0;
}
