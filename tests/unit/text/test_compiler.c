/* What compilers say; whole outputs are in tests/digest. */
#include "text/compiler.h"

#include <stdlib.h>
#include <string.h>

#include <check.h>

static const struct {
	const char *text;
	const char *file; /* NULL: no error in it */
	unsigned line, column;
	const char *words, *source;
} cases[] = {
	{ "a.c:3:7: error: no\n    3 |   int x\n      |       ^\n", "a.c", 3, 7,
			"error: no", "int x" },
	{ "a.c:3:7: fatal error: no\n  int x\n      ^\n", "a.c", 3, 7,
			"fatal error: no", "int x" },
	{ "a.c:3: error: no\n", "a.c", 3, 0, "error: no", NULL },
	{ "a.c:3:7: runtime error: no\n", "a.c", 3, 7, "runtime error: no",
			NULL },
	{ "a.c:3:7: warning: no\n", NULL, 0, 0, NULL, NULL },
	{ "a.c:3:7: note: an error: no\n", NULL, 0, 0, NULL, NULL },
	{ "x y.c:3:7: error: no\n", NULL, 0, 0, NULL, NULL },
	{ ":3:7: error: no\n", NULL, 0, 0, NULL, NULL },
	{ "a.c:99999999999:7: error: no\n", NULL, 0, 0, NULL, NULL },
	{ "a.ts(3,7): error TS1: no\n", "a.ts", 3, 7, "error TS1: no", NULL },
	{ "a.ts:3:7 - error TS1: no\n", "a.ts", 3, 7, "error TS1: no", NULL },
	{ "error[E1]: no\n  --> a.rs:3:7\n   |\n3  |   let x\n   |   ^\n",
			"a.rs", 3, 7, "error[E1]: no", "let x" },
	{ "error: no\nmore\n", NULL, 0, 0, NULL, NULL },
	{ "./a.go:3:7: undefined: x\n", "./a.go", 3, 7, "undefined: x", NULL },
	{ "vet: a.go:3:7: no\n", "a.go", 3, 7, "no", NULL },
	{ "    a_test.go:3: got 1\n", NULL, 0, 0, NULL, NULL },
	{ "  File \"a.py\", line 3\n    x (\n      ^\nSyntaxError: no\n",
			"a.py", 3, 0, "SyntaxError: no", "x (" },
	/* of a traceback the last place, but not one of a library */
	{ "  File \"a.py\", line 3, in f\n    g()\n"
	  "  File \"/usr/b.py\", line 7, in g\n    h()\nValueError: no\n",
			"a.py", 3, 0, "ValueError: no", "g()" },
	{ "a.py:3: in <module>\n    g()\nE   ImportError: no\n", "a.py", 3, 0,
			"ImportError: no", "g()" },
	{ "  File \"a.py\", line 3\nand nothing else\n", NULL, 0, 0, NULL,
			NULL },
	{ "a.js:3\nx = ;\n    ^\n\nSyntaxError: no\n", "a.js", 3, 0,
			"SyntaxError: no", "x = ;" },
	{ "a.sh: 3: Syntax error: no\n", "a.sh", 3, 0, "Syntax error: no",
			NULL },
	{ "sh: 3: Syntax error: no\n", "sh", 3, 0, "Syntax error: no", NULL },
	{ "Makefile:3: *** no.  Stop.\n", "Makefile", 3, 0, "no.  Stop.",
			NULL },
	{ "make: *** [Makefile:3: all] Error 1\n", NULL, 0, 0, NULL, NULL },
	{ "/usr/bin/ld: /tmp/x.o: in function `f':\n"
	  "/p/a.c:3: undefined reference to `g'\n",
			"/p/a.c", 3, 0, "undefined reference to `g'", NULL },
	{ "SUMMARY: ASanSanitizer: use a.c:3:7 in f\n", "a.c", 3, 7,
			"ASanSanitizer: use a.c:3:7 in f", NULL },
	{ "thread 'f' (9) panicked at a.rs:3:7:\nno\n left: 1\n\nmore\n",
			"a.rs", 3, 7, "no\n left: 1", NULL },
	{ "", NULL, 0, 0, NULL, NULL },
};

START_TEST(reads_errors)
{
	struct ohb_arena arena = OHB_ARENA_INIT;
	struct ohb_compiler_error error;
	size_t n = ohb_compiler_errors(cases[_i].text, &arena, &error, 1);

	ck_assert_uint_eq(n, cases[_i].file != NULL);
	if (n) {
		ck_assert_str_eq(error.file, cases[_i].file);
		ck_assert_uint_eq(error.line, cases[_i].line);
		ck_assert_uint_eq(error.column, cases[_i].column);
		ck_assert_str_eq(error.text, cases[_i].words);
		ck_assert_pstr_eq(error.source, cases[_i].source);
	}
	ohb_arena_release(&arena);
}
END_TEST

START_TEST(counts_each_once)
{
	static const char text[] = "a.c:1:1: error: x\na.c:1:1: error: x\n"
				   "a.c:2:1: error: x\na.c:3:1: error: x\n";
	struct ohb_arena arena = OHB_ARENA_INIT;
	struct ohb_compiler_error errors[2];

	ck_assert_uint_eq(ohb_compiler_errors(text, &arena, errors, 2), 2);
	ck_assert_uint_eq(errors[1].line, 2);
	ohb_arena_release(&arena);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("compiler");
	TCase *tests = tcase_create("compiler");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(
			tests, reads_errors, 0, sizeof(cases) / sizeof(*cases));
	tcase_add_test(tests, counts_each_once);
	suite_add_tcase(suite, tests);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
