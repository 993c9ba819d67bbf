#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/memory.h"
#include "text/diag.h"

static struct ohb_arena arena;
static struct ohb_diags diags;
static struct ohb_str out;

static void setup(void)
{
	ohb_diags_init(&diags, &arena);
}

static void teardown(void)
{
	ohb_diags_release(&diags);
	ohb_arena_release(&arena);
	ohb_str_release(&out);
}

static const struct {
	const char *file;
	struct ohb_pos pos;
	const char *shown; /* behind "f:L:C: error: text\n" */
} cases[] = {
	{ "one\ntwo: 3\n", { .line = 2, .column = 1, .length = 3 },
			"  two: 3\n"
			"  ^~~\n" },
	{ "two: 3", { .line = 1, .column = 6, .length = 0 },
			"  two: 3\n"
			"       ^\n" },
	/* No further than the line. */
	{ "two: 3\n", { .line = 1, .column = 6, .length = 50 },
			"  two: 3\n"
			"       ^\n" },
	{ "two\r\n", { .line = 1, .column = 4, .length = 1 },
			"  two\n"
			"     ^\n" },
	{ "x", { .line = 9, .column = 9, .length = 1 },
			"  \n"
			"  ^\n" },
	{ "\ta\tb", { .line = 1, .column = 4, .length = 1 },
			"          a       b\n"
			"                  ^\n" },
	/* Columns are counted in bytes and drawn in columns. */
	{ "\xe6\x97\xa5: x", { .line = 1, .column = 6, .length = 1 },
			"  \xe6\x97\xa5: x\n"
			"      ^\n" },
	{ "a\x1b[31mb", { .line = 1, .column = 7, .length = 1 },
			"  a\xef\xbf\xbd[31mb\n"
			"        ^\n" },
	{ "a\xff"
	  "b",
			{ .line = 1, .column = 3, .length = 1 },
			"  a\xef\xbf\xbd"
			"b\n"
			"    ^\n" },
	{ "k: sk-abcdefghijklmnopqrst1 x", { .line = 1, .column = 29 },
			"  k: ************************ x\n"
			"                              ^\n" },
};

START_TEST(test_line)
{
	const char *file = cases[_i].file;
	const char *shown;

	ohb_diags_add_file(&diags, "f", file, strlen(file));
	ck_assert_int_eq(
			ohb_diags_add(&diags, cases[_i].pos, NULL, "text"), -1);
	ohb_diags_format(&diags, &out);
	shown = strchr(ohb_str_cstr(&out), '\n') + 1;
	ck_assert_str_eq(shown, cases[_i].shown);
}
END_TEST

START_TEST(test_head)
{
	struct ohb_pos pos = { .file = 0 };

	ohb_diags_add(&diags, pos, NULL, "no file at all");
	ohb_diags_add_file(&diags, "a\nb.yml", "x: 1\n", 5);
	ohb_diags_add(&diags, pos, "try again", "no %s", "line");
	ohb_diags_format(&diags, &out);
	ck_assert_str_eq(ohb_str_cstr(&out),
			"a b.yml: error: no file at all\n"
			"a b.yml: error: no line\n"
			"  hint: try again\n");
}
END_TEST

START_TEST(test_no_file)
{
	ohb_diags_add(&diags, (struct ohb_pos){ .line = 3 }, NULL, "lost");
	ohb_diags_format(&diags, &out);
	ck_assert_str_eq(ohb_str_cstr(&out), "error: lost\n");
}
END_TEST

START_TEST(test_long_line)
{
	ohb_autofree char *file = ohb_alloc(5001);
	size_t i;

	for (i = 0; i < 5000; i++)
		file[i] = (char)('a' + i % 26);
	ohb_diags_add_file(&diags, "f", file, 5000);
	ohb_diags_add(&diags,
			(struct ohb_pos){ .line = 1,
					.column = 2601,
					.length = 3 },
			NULL, "text");
	ohb_diags_format(&diags, &out);
	ck_assert_str_eq(ohb_str_cstr(&out),
			"f:1:2601: error: text\n"
			"  \xe2\x80\xa6mnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz"
			"abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz"
			"abcdefgh\n"
			"                                           ^~~\n");
}
END_TEST

START_TEST(test_many)
{
	unsigned i;

	ohb_diags_add_file(&diags, "f", "x", 1);
	for (i = 0; i < OHB_MAX_DIAGNOSTICS + 7; i++)
		ohb_diags_add(&diags, (struct ohb_pos){ .file = 0 }, NULL,
				"no");
	ck_assert_uint_eq(diags.nitems, OHB_MAX_DIAGNOSTICS);
	ck_assert_uint_eq(diags.dropped, 7);
	ohb_diags_format(&diags, &out);
	ck_assert_ptr_nonnull(strstr(ohb_str_cstr(&out), "\nand 7 more\n"));
}
END_TEST

START_TEST(test_clean)
{
	ohb_diags_add(&diags, (struct ohb_pos){ .line = 0 }, "a\x1b[2Jhint\n",
			"value '%s'", "\x1b[31mx\ny sk-abcdefghijklmnopqrst1");
	ohb_diags_format(&diags, &out);
	ck_assert_str_eq(ohb_str_cstr(&out),
			"error: value 'x y ************************'\n"
			"  hint: ahint \n");
}
END_TEST

START_TEST(test_mask)
{
	const char file[] = "key: hunter2 # why\n";

	ohb_diags_add_file(&diags, "f", file, sizeof(file) - 1);
	ohb_diags_mask(&diags,
			(struct ohb_pos){
					.line = 1, .column = 6, .length = 7 });
	ohb_diags_mask(&diags,
			(struct ohb_pos){ .line = 7,
					.column = 600,
					.length = 7 });
	ohb_diags_add(&diags, (struct ohb_pos){ .line = 1, .column = 1 }, NULL,
			"text");
	ohb_diags_format(&diags, &out);
	ck_assert_str_eq(ohb_str_cstr(&out),
			"f:1:1: error: text\n"
			"  key: ******* # why\n"
			"  ^\n");
}
END_TEST

static const char *const words[] = { "models", "modules", "limits", "agent",
	"version", "key", "key_file", NULL };

static const struct {
	const char *word, *suggestion;
} suggestions[] = {
	{ "modles", "models" },
	{ "module", "modules" },
	{ "Models", "models" },
	{ "limit", "limits" },
	{ "agnet", "agent" },
	{ "verison", "version" },
	{ "key-file", "key_file" },
	{ "keys", "key" },
	{ "banana", NULL },
	{ "x", NULL },
	{ "", NULL },
	{ "mmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmm",
			NULL },
};

START_TEST(test_suggest)
{
	const char *got = ohb_suggest(suggestions[_i].word, words);

	ck_assert_pstr_eq(got, suggestions[_i].suggestion);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("diag");
	TCase *tcase = tcase_create("diag");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tcase);
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, test_line, 0, OHB_ARRAY_LEN(cases));
	tcase_add_test(tcase, test_head);
	tcase_add_test(tcase, test_no_file);
	tcase_add_test(tcase, test_long_line);
	tcase_add_test(tcase, test_many);
	tcase_add_test(tcase, test_clean);
	tcase_add_test(tcase, test_mask);
	tcase_add_loop_test(tcase, test_suggest, 0, OHB_ARRAY_LEN(suggestions));
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
