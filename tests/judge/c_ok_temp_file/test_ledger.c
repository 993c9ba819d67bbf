#include <check.h>
#include <stdio.h>
#include <unistd.h>

#include "ledger.h"

START_TEST(label)
{
	FILE *file = tmpfile();
	char text[64], was[64];

	ck_assert_ptr_nonnull(file);
	ck_assert_int_eq(ledger_label(-1205, text, sizeof(text)), 0);
	fputs(text, file);
	rewind(file);
	ck_assert_ptr_nonnull(fgets(was, sizeof(was), file));
	fclose(file);
	ck_assert_str_eq(was, "-12.05");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("ledger");
	TCase *tcase = tcase_create("ledger");
	SRunner *runner;
	int failed;

	tcase_add_test(tcase, label);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? 1 : 0;
}
