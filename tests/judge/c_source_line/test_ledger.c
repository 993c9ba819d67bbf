#include <check.h>
#include <stdio.h>
#include <string.h>

#include "ledger.h"

START_TEST(tax)
{
	FILE *source = fopen("ledger.c", "r");
	char line[200];
	int found = 0;

	ck_assert_ptr_nonnull(source);
	while (fgets(line, sizeof(line), source))
		found |= strstr(line, "cents + cents * percent / 100") != NULL;
	fclose(source);
	ck_assert(found);
	ck_assert_int_eq(ledger_add_tax(100, 20), 120);
	ck_assert_int_eq(ledger_add_tax(99, 50), 148);
	ck_assert_int_eq(ledger_add_tax(-1, 50), -1);
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
