#include <check.h>

#include "ledger.h"

#define LABEL_IS(cents, want)                                      \
	do {                                                       \
		char text_[16];                                    \
		ck_assert_int_eq(ledger_label(cents, text_, 16), 0); \
		ck_assert_str_eq(text_, want);                     \
	} while (0)

START_TEST(small)
{
	LABEL_IS(5, "0.05");
}
END_TEST

START_TEST(negative)
{
	LABEL_IS(-1205, "-12.05");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("ledger");
	TCase *tcase = tcase_create("ledger");
	SRunner *runner;
	int failed;

	tcase_add_test(tcase, small);
	tcase_add_test(tcase, negative);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? 1 : 0;
}
