#include <check.h>
#include <stdio.h>
#include <string.h>

#include "ledger.h"

static char text[8192];

static void read_source(void)
{
	FILE *file = fopen("ledger.c", "r");

	ck_assert_ptr_nonnull(file);
	text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
	fclose(file);
}

START_TEST(tax)
{
	read_source();
	ck_assert_ptr_nonnull(strstr(text, "cents + cents * percent / 100"));
	ck_assert_ptr_nonnull(strstr(text, "if (cents < 0)"));
}
END_TEST

START_TEST(withdraw)
{
	read_source();
	ck_assert_ptr_nonnull(strstr(text, "account->balance -= cents;"));
	ck_assert_ptr_nonnull(strstr(text, "if (cents > account->balance)"));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("ledger");
	TCase *tcase = tcase_create("ledger");
	SRunner *runner;
	int failed;

	tcase_add_test(tcase, tax);
	tcase_add_test(tcase, withdraw);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? 1 : 0;
}
