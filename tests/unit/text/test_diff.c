#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "text/diff.h"

static const struct {
	const char *old, *new;
	size_t max, more;
	const char *diff;
} cases[] = {
	{ "", "", 20, 0, "" },
	{ "a\nb\n", "a\nb\n", 20, 0, "" },
	{ "a\nb\nc\n", "a\nx\nc\n", 20, 0,
			"@@ -1,3 +1,3 @@\n a\n-b\n+x\n c\n" },
	{ "", "a\nb\n", 20, 0, "@@ -0,0 +1,2 @@\n+a\n+b\n" },
	{ "a\n", "", 20, 0, "@@ -1,1 +0,0 @@\n-a\n" },
	/* a newline at the end is a part of its line */
	{ "a", "a\n", 20, 0,
			"@@ -1,1 +1,1 @@\n-a\n\\ No newline at end of "
			"file\n+a\n" },
	/* two lines of context, and far changes apart */
	{ "1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\nx\n4\n5\n6\n7\n8\n9\ny\n", 20,
			0,
			"@@ -1,5 +1,5 @@\n 1\n 2\n-3\n+x\n 4\n 5\n"
			"@@ -8,2 +8,3 @@\n 8\n 9\n+y\n" },
	{ "1\n2\n3\n4\n5\n6\n", "x\n2\n3\n4\n5\ny\n", 20, 0,
			"@@ -1,6 +1,6 @@\n-1\n+x\n 2\n 3\n 4\n 5\n-6\n+y\n" },
	{ "a\nb\nc\na\nb\nb\na\n", "c\nb\na\nb\na\nc\n", 20, 0,
			"@@ -1,7 +1,6 @@\n-a\n-b\n c\n+b\n a\n b\n-b\n a\n"
			"+c\n" },
	/* no more than is wanted, and how much more there is */
	{ "", "1\n2\n3\n4\n", 3, 1, "@@ -0,0 +1,4 @@\n+1\n+2\n+3\n" },
	{ "a\n", "b\n", 0, 2, "" },
};

START_TEST(diffs)
{
	ohb_autostr out = OHB_STR_INIT;
	size_t more = 99;

	ck_assert(ohb_diff_add(&out, cases[_i].old, strlen(cases[_i].old),
			cases[_i].new, strlen(cases[_i].new), cases[_i].max,
			&more));
	ck_assert_str_eq(ohb_str_cstr(&out), cases[_i].diff);
	ck_assert_uint_eq(more, cases[_i].more);
}
END_TEST

/* Applies a whole diff; what comes out must be the new text. */
static void patch(const char *old, const char *diff, struct ohb_str *ret)
{
	size_t at = 1, first, line;
	const char *end;

	for (; *diff; diff = end + 1) {
		end = strchr(diff, '\n');
		if (*diff == '@') {
			first = strtoul(diff + 4, NULL, 10);
			first += strtoul(strchr(diff, ',') + 1, NULL, 10) == 0;
			for (; at < first; at++) {
				line = strcspn(old, "\n") + 1;
				ohb_str_add(ret, old, line);
				old += line;
			}
			continue;
		}
		line = (size_t)(end - diff);
		if (*diff != '+') {
			ck_assert_int_eq(strncmp(old, diff + 1, line), 0);
			old += line;
			at++;
		}
		if (*diff != '-')
			ohb_str_add(ret, diff + 1, line);
	}
	ohb_str_adds(ret, old);
}

/* Texts of few different lines, so that many are equal by chance. */
static void make_text(unsigned *seed, size_t lines, struct ohb_str *out)
{
	while (lines--) {
		*seed = *seed * 1103515245 + 12345;
		ohb_str_addf(out, "%u\n", *seed >> 16 & 3);
	}
}

START_TEST(a_diff_makes_the_new_of_the_old)
{
	unsigned seed = 1, round;

	for (round = 0; round < 300; round++) {
		ohb_autostr old = OHB_STR_INIT, new = OHB_STR_INIT;
		ohb_autostr diff = OHB_STR_INIT, made = OHB_STR_INIT;
		size_t more;

		make_text(&seed, round % 17, &old);
		make_text(&seed, round % 23, &new);
		/* from some round on there are too many edits to search */
		if (round > 295)
			make_text(&seed, 2000, round & 1 ? &old : &new);
		ck_assert(ohb_diff_add(&diff, ohb_str_cstr(&old), old.len,
				ohb_str_cstr(&new), new.len, 100000, &more));
		patch(ohb_str_cstr(&old), ohb_str_cstr(&diff), &made);
		ck_assert_str_eq(ohb_str_cstr(&made), ohb_str_cstr(&new));
		ck_assert_uint_eq(more, 0);
	}
}
END_TEST

START_TEST(what_is_not_compared)
{
	ohb_autofree char *large = ohb_alloc(OHB_DIFF_MAX_BYTES + 1);
	ohb_autostr out = OHB_STR_INIT;
	size_t more;

	ck_assert(!ohb_diff_is_text("a\0b", 3));
	ck_assert(ohb_diff_is_text("a\xff\n", 3));
	ck_assert(ohb_diff_is_text(NULL, 0));
	ck_assert(!ohb_diff_add(
			&out, large, OHB_DIFF_MAX_BYTES + 1, "", 0, 20, &more));
	memset(large, '\n', OHB_DIFF_MAX_LINES + 1);
	ck_assert(!ohb_diff_add(
			&out, "", 0, large, OHB_DIFF_MAX_LINES + 1, 20, &more));
	ck_assert_uint_eq(out.len, 0);
	ck_assert(ohb_diff_add(
			&out, "", 0, large, OHB_DIFF_MAX_LINES, 20, &more));
	ck_assert_uint_eq(more, OHB_DIFF_MAX_LINES - 20);
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("diff");
	Suite *suite = suite_create("diff");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tcase, 60);
	tcase_add_loop_test(tcase, diffs, 0, (int)OHB_ARRAY_LEN(cases));
	tcase_add_test(tcase, a_diff_makes_the_new_of_the_old);
	tcase_add_test(tcase, what_is_not_compared);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
