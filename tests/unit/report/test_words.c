#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "report/words.h"

#define LONG "a reason that is far too long for a column of its own to be made"

/* A very long cell pushes its own row, and stands apart from the next. */
START_TEST(long_cells_stand_apart)
{
	struct ohb_table table = OHB_TABLE_INIT;
	struct ohb_str out = OHB_STR_INIT;

	ohb_table_row(&table, OHB_PLAIN);
	ohb_table_cell(&table, 0, "a");
	ohb_table_cell(&table, 1, LONG);
	ohb_table_cell(&table, 2, "unknown");
	ohb_table_add(&table, false, &out);
	ck_assert_str_eq(ohb_str_cstr(&out), "a  " LONG "  unknown\n");
	ohb_str_release(&out);
	ohb_table_release(&table);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("words");
	TCase *tests = tcase_create("words");
	SRunner *runner;
	int failed;

	tcase_add_test(tests, long_cells_stand_apart);
	suite_add_tcase(suite, tests);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
