#include "text/depfile.h"

#include <stdlib.h>
#include <string.h>

#include <check.h>

/* What real tools print, each for a few small files of odd names. */
static const char gcc_mm[] = /* gcc 12.2 -MM -MG -Iinc 'src/my ring.c' */
		"my\\ ring.o: src/my\\ ring.c inc/ring.h inc/odd\\ \\#1.h "
		"inc/cash$$.h gen.h\n";
static const char gcc_md_mp[] = /* gcc 12.2 -MD -MP -c src/c.c */
		"c.o: src/c.c /usr/include/stdc-predef.h src/../inc/ring.h \\\n"
		" src/../inc/co:lon.h\n"
		"/usr/include/stdc-predef.h:\n"
		"src/../inc/ring.h:\n"
		"src/../inc/co:lon.h:\n";
static const char clang_mm[] = /* clang 14.0 -MM -MG -MP, as gcc_mm */
		"my\\ ring.o: src/my\\ ring.c inc/ring.h inc/odd\\ \\#1.h "
		"inc/cash$$.h gen.h\n\n"
		"inc/ring.h:\n\ninc/odd\\ \\#1.h:\n\ninc/cash$$.h:\n\n"
		"gen.h:\n";
static const char rustc[] = /* rustc 1.95 --emit=dep-info=/dev/stdout */
		"/dev/stdout: src/main.rs src/ring.rs src/odd\\ name.rs "
		"src/../data.txt\n\n"
		"src/main.rs:\nsrc/ring.rs:\nsrc/odd\\ name.rs:\n"
		"src/../data.txt:\n\n# env-dep:OHB_X\n";
static const char rustc_stdout[] = /* rustc 1.95 --emit=dep-info -o - */
		"src/main.rs:\nsrc/ring.rs:\nsrc/odd\\ name.rs:\n"
		"src/../data.txt:\n\n# env-dep:OHB_X\n";
static const char tsc[] = /* tsc 5.9 --listFilesOnly src/a.ts */
		"/p/node_modules/typescript/lib/lib.d.ts\n"
		"/p/src/b.ts\nsrc/a.ts\n";

static const struct {
	const char *text;
	enum ohb_depfile_form form;
	const char *want; /* with '\n' between; NULL: an error */
} cases[] = {
	{ gcc_mm, OHB_DEPFILE_RULES,
			"src/my ring.c\ninc/ring.h\ninc/odd #1.h\ninc/cash$.h\n"
			"gen.h" },
	{ gcc_md_mp, OHB_DEPFILE_RULES,
			"src/c.c\n/usr/include/stdc-predef.h\n"
			"src/../inc/ring.h\nsrc/../inc/co:lon.h" },
	{ clang_mm, OHB_DEPFILE_RULES,
			"src/my ring.c\ninc/ring.h\ninc/odd #1.h\ninc/cash$.h\n"
			"gen.h" },
	{ rustc, OHB_DEPFILE_RULES,
			"src/main.rs\nsrc/ring.rs\nsrc/odd name.rs\n"
			"src/../data.txt" },
	{ rustc_stdout, OHB_DEPFILE_RULES,
			"src/main.rs\nsrc/ring.rs\nsrc/odd name.rs\n"
			"src/../data.txt" },
	{ tsc, OHB_DEPFILE_LINES,
			"/p/node_modules/typescript/lib/lib.d.ts\n"
			"/p/src/b.ts\nsrc/a.ts" },

	/* which form */
	{ "", OHB_DEPFILE_LINES, "" },
	{ "\n \n\t\n", OHB_DEPFILE_LINES, "" },
	{ "a:b", OHB_DEPFILE_LINES, "a:b" },
	{ "a:", OHB_DEPFILE_RULES, "a" },
	{ "a.o:\\\n b.c", OHB_DEPFILE_RULES, "b.c" },
	{ "\n# by hand: x\n\na : b\n", OHB_DEPFILE_RULES, "b" },
	{ "#a\n#b\n", OHB_DEPFILE_LINES, "#a\n#b" },
	{ "a b.h\nc: d\n", OHB_DEPFILE_LINES, "a b.h\nc: d" },
	{ "C:/x/y.h\nC:\\z.h\n", OHB_DEPFILE_LINES, "C:/x/y.h\nC:\\z.h" },

	/* rules */
	{ "a b : c\nd: e f", OHB_DEPFILE_RULES, "c\ne\nf" },
	{ "a:: b", OHB_DEPFILE_RULES, "b" },
	{ "a: b | c || d", OHB_DEPFILE_RULES, "b\nc\n||\nd" },
	{ "a: b \\\r\n c\r\nb:\r\n", OHB_DEPFILE_RULES, "b\nc" },
	{ "C:\\t\\a.o: C:\\src\\a.c c:/inc/b.h \\\n d:\\e\\ f.h",
			OHB_DEPFILE_RULES,
			"C:\\src\\a.c\nc:/inc/b.h\nd:\\e f.h" },
	{ "a\\: b: c\\:d e\\: f", OHB_DEPFILE_RULES, "c:d\ne:\nf" },
	{ "a: b\\\\ c", OHB_DEPFILE_RULES, "b\\\nc" },
	{ "a: b\\\\\\ c", OHB_DEPFILE_RULES, "b\\ c" },
	{ "a: b\\\tc", OHB_DEPFILE_RULES, "b\tc" },
	{ "a: \\\\#b", OHB_DEPFILE_RULES, "\\#b" },
	{ "a: b\\\\\nc: d", OHB_DEPFILE_RULES, NULL },
	{ "a: b\\", OHB_DEPFILE_RULES, "b\\" },
	{ "a: b$c $$$$ $", OHB_DEPFILE_RULES, "b$c\n$$\n$" },
	{ "a: b#c d\ne: f # g", OHB_DEPFILE_RULES, "b\nf" },
	{ "a: \377\200.h", OHB_DEPFILE_RULES, "\377\200.h" },

	/* what cannot be read */
	{ "a: b\nc d\n", OHB_DEPFILE_RULES, NULL },
	{ "a: b\nCXX_IMPORTS += x\n", OHB_DEPFILE_RULES, NULL },
	{ "a: b: c", OHB_DEPFILE_RULES, NULL },
	{ "a: b : c", OHB_DEPFILE_RULES, NULL },
};

START_TEST(test_parse)
{
	struct ohb_arena arena = OHB_ARENA_INIT;
	struct ohb_error err = OHB_ERROR_INIT;
	struct ohb_depfile got;
	ohb_autostr files = OHB_STR_INIT;
	/* Without a NUL behind it: the text is as long as it is said to be. */
	size_t len = strlen(cases[_i].text);
	char *text = memcpy(malloc(len + 1), cases[_i].text, len + 1);
	int ret;

	text = realloc(text, len ? len : 1);
	ret = ohb_depfile_parse(text, len, &arena, &got, &err);
	free(text);
	if (!cases[_i].want) {
		ck_assert_int_eq(ret, -1);
		ck_assert_int_eq(err.code, OHB_E_SYNTAX);
		ck_assert(ohb_starts(err.msg, "line "));
		ohb_arena_release(&arena);
		return;
	}
	ck_assert_msg(ret == 0, "%s", err.msg);
	ck_assert_int_eq(got.form, cases[_i].form);
	for (size_t i = 0; i < got.count; i++) {
		ohb_str_adds(&files, i ? "\n" : "");
		ohb_str_adds(&files, got.files[i]);
	}
	ck_assert_str_eq(ohb_str_cstr(&files), cases[_i].want);
	ohb_arena_release(&arena);
}
END_TEST

START_TEST(test_bounds)
{
	struct ohb_arena arena = OHB_ARENA_INIT;
	struct ohb_error err = OHB_ERROR_INIT;
	struct ohb_depfile got;
	static const char begin[] = { 'a', ':', ' ', 'b', '\n', '\n', 'c', ':',
		' ' };
	char text[5000];

	ck_assert_int_eq(ohb_depfile_parse("a\0b", 3, &arena, &got, &err), -1);
	ck_assert_str_eq(err.msg, "byte 2 is NUL: print one file a line");
	memset(text, 'x', sizeof(text));
	memcpy(text, begin, sizeof(begin));
	ck_assert_int_eq(ohb_depfile_parse(text, sizeof(text), &arena, &got,
					 &err),
			-1);
	ck_assert_str_eq(err.msg, "line 3: a name longer than 4096 bytes");
	ohb_arena_release(&arena);
}
END_TEST

static const struct {
	const char *root, *path, *want;
} places[] = {
	{ "/p", "a.h", "/p/a.h" },
	{ "/p", "./a//b/../c.h", "/p/a/c.h" },
	{ "/p", "src/../../p/a.h", "/p/a.h" },
	{ "/p", "../../../..", "/" },
	{ "/p", "../q/a.h", "/q/a.h" },
	{ "/p", "/usr/include/../lib/x", "/usr/lib/x" },
	{ "/p", "/../x", "/x" },
	{ "/p", ".", "/p" },
	{ "/", "a", "/a" },
};

START_TEST(test_resolve)
{
	ohb_autostr out = OHB_STR_INIT;

	ohb_depfile_resolve(places[_i].root, places[_i].path, &out);
	ck_assert_str_eq(ohb_str_cstr(&out), places[_i].want);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("depfile");
	TCase *tests = tcase_create("depfile");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(
			tests, test_parse, 0, sizeof(cases) / sizeof(cases[0]));
	tcase_add_test(tests, test_bounds);
	tcase_add_loop_test(tests, test_resolve, 0,
			sizeof(places) / sizeof(places[0]));
	suite_add_tcase(suite, tests);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
