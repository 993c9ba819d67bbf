#include <check.h>
#include <string.h>
#include <unistd.h>

#include "ledger.h"

START_TEST(tax)
{
	ck_assert_int_eq(ledger_add_tax(100, 20), 120);
	ck_assert_int_eq(ledger_add_tax(99, 50), 148);
}
END_TEST

START_TEST(label_in_project)
{
	char dir[4096], text[16];

	ck_assert_ptr_nonnull(getcwd(dir, sizeof(dir)));
	*strrchr(dir, '/') = '\0';
	ck_assert_str_eq(strrchr(dir, '/'), "/project");
	ck_assert_int_eq(ledger_label(5, text, sizeof(text)), 0);
	ck_assert_str_eq(text, "0.05");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("ledger");
	TCase *tcase = tcase_create("ledger");
	SRunner *runner;
	int failed;

	tcase_add_test(tcase, tax);
	tcase_add_test(tcase, label_in_project);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? 1 : 0;
}
