#include <check.h>
#include <stdio.h>

#include "ledger.h"

START_TEST(tax)
{
	if (ledger_add_tax(100, 20) != 120)
		ck_abort_msg("the tax of 100 is wrong");
	ck_assert_msg(ledger_add_tax(-1, 20) == -1, "negative amounts");
}
END_TEST

START_TEST(printed)
{
	char text[16], back[16] = "";
	FILE *file = tmpfile();

	ck_assert_ptr_nonnull(file);
	ck_assert_int_eq(ledger_label(-5, text, sizeof(text)), 0);
	fputs(text, file);
	rewind(file);
	ck_assert_ptr_nonnull(fgets(back, sizeof(back), file));
	fclose(file);
	ck_assert_mem_eq(back, "-0.05", 6);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("ledger");
	TCase *tcase = tcase_create("ledger");
	SRunner *runner;
	int failed;

	tcase_add_test(tcase, tax);
	tcase_add_test(tcase, printed);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? 1 : 0;
}
