#include <check.h>
#include <string.h>

#include "ledger.h"

START_TEST(labels)
{
	static const char want[] = "0.00 0.05 0.99 1.00 -0.05 -12.05 ";
	static const long cents[] = { 0, 5, 99, 100, -5, -1205 };
	char all[128] = "";
	size_t i;

	for (i = 0; i < 6; i++) {
		char text[16];

		ck_assert_int_eq(ledger_label(cents[i], text, 16), 0);
		strcat(strcat(all, text), " ");
	}
	ck_assert_str_eq(all, want);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("ledger");
	TCase *tcase = tcase_create("ledger");
	SRunner *runner;
	int failed;

	tcase_add_test(tcase, labels);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? 1 : 0;
}
