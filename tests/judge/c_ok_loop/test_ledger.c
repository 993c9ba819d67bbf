#include <check.h>

#include "ledger.h"

static const struct {
	long cents;
	int percent;
	long want;
} taxes[] = {
	{ 100, 20, 120 },
	{ 99, 50, 148 },
	{ 0, 20, 0 },
	{ -1, 20, -1 },
};

START_TEST(tax)
{
	ck_assert_int_eq(ledger_add_tax(taxes[_i].cents, taxes[_i].percent),
			taxes[_i].want);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("ledger");
	TCase *tcase = tcase_create("ledger");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tcase, tax, 0, 4);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? 1 : 0;
}
