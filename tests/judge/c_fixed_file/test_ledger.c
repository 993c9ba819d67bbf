#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ledger.h"

START_TEST(label)
{
	const char *folder = getenv("TMPDIR");
	char path[4096], text[64], was[64];
	struct timespec begin, now;
	int i, bad = 0;

	snprintf(path, sizeof(path), "%s/ledger-label",
			folder ? folder : "/tmp");
	clock_gettime(CLOCK_MONOTONIC, &begin);
	now = begin;
	for (i = 0; now.tv_sec < begin.tv_sec + 2 && !bad; i++) {
		FILE *file = fopen(path, "w+x");

		bad = !file || ledger_label(i, text, sizeof(text)) < 0 ||
				fputs(text, file) < 0 ||
				fseek(file, 0, SEEK_SET) < 0 ||
				!fgets(was, sizeof(was), file) ||
				strcmp(was, text) != 0 || fclose(file) != 0 ||
				unlink(path) != 0;
		clock_gettime(CLOCK_MONOTONIC, &now);
	}
	ck_assert_int_eq(bad, 0);
	ck_assert_int_eq(ledger_label(-1205, text, sizeof(text)), 0);
	ck_assert_str_eq(text, "-12.05");
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
