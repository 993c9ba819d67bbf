#include <check.h>

#include "ledger.h"

static const struct {
	long cents;
	const char *text;
} labels[] = {
	{ 0, "0.00" },
	{ 5, "0.05" },
	{ 100, "1.00" },
	{ -1205, "-12.05" },
};

START_TEST(label)
{
	size_t i;

	for (i = 0; i < sizeof(labels) / sizeof(labels[0]); i++) {
		char text[16];

		ck_assert_int_eq(ledger_label(labels[i].cents, text, 16), 0);
		ck_assert_str_eq(text, labels[i].text);
	}
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
