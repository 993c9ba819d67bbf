/* Two versions of code that differ in nothing that is executed, or do. */
#include "syntax/layout.h"

#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "base/memory.h"

static const struct {
	const char *path, *old, *now;
	bool same;
} cases[] = {
	{ "a.c", "int a;\n", "int a;\n", true },
	{ "a.c", "int f(void){return 1;}", "int f( void )\n{\n\treturn 1;\n}\n",
			true },
	{ "a.c", "int a; /* x */\n", "// y\n\nint a;\n", true },
	{ "a.c", "int a = 1;\n", "int a = 2;\n", false },
	{ "a.c", "char *a = \"a b\";\n", "char *a = \"a  b\";\n", false },
	{ "a.c", "char *a = \"/* x */\";\n", "char *a = \"/* y */\";\n",
			false },
	{ "a.c", "char *a = \" \";\n", "char *a = \"  \";\n", false },
	{ "a.c", "#define A 1\nint a;\n", "#define A 1\n\n\nint a;\n", true },
	{ "a.c", "#define A 1\n", "#define A 2\n", false },
	{ "a.c", "#define F(x) x\n", "#define F (x) x\n", false },
	{ "a.c", "int f(void){return S(a+b);}\n",
			"int f(void){return S(a + b);}\n", false },
	{ "a.c", "int f(void){return s(a+b);}\n",
			"int f(void){return s(a + b);}\n", true },
	{ "a.c", "int a = b + +c;\n", "int a = b ++c;\n", false },
	{ "a.c", "int a = __LINE__;\n", "\nint a = __LINE__;\n", false },
	{ "a.c", "int a = __LINE__; int b;\n",
			"int a = __LINE__; int b; // x\n", true },
	{ "a.c", "#define A __LINE__\nint a;\n",
			"#define A __LINE__\nint  a;\n", false },
	{ "a.c", "int a;\n", "int a; /* NOLINT */\n", false },
	{ "a.c", "int a;\n", "int a; int b;\n", false },
	{ "a.c", "int a(;\n", "int a( ;\n", false },
	{ "a.c", "", "/* nothing */\n", true },
	{ "a.cc", "auto a = R\"(x  y)\";\n", "auto a = R\"(x y)\";\n", false },
	{ "a.cc", "class A { int a; };\n", "class A\n{\n\tint a; // x\n};\n",
			true },
	{ "a.py", "def f(a):\n    return a\n",
			"# x\ndef f( a ):\n\n\n        return a  # y\n", true },
	{ "a.py", "if a:\n    b()\n    c()\n", "if a:\n    b()\nc()\n", false },
	{ "a.py", "if a:\n    b()\nc()\n", "if a:\n    b()\n\n# x\nc()\n",
			true },
	{ "a.py", "def f():\n    \"\"\"x\"\"\"\n",
			"def f():\n    \"\"\"y\"\"\"\n", false },
	{ "a.py", "a = f'{b}  c'\n", "a = f'{b} c'\n", false },
	{ "a.py", "a = 'x'\n", "a = \"x\"\n", false },
	{ "a.py", "a = (1,\n  2)\n", "a = (1, 2)\n", true },
	{ "a.py", "a = (1)\n", "a = (1,)\n", false },
	{ "a.py", "a = 1\n", "# -*- coding: latin-1 -*-\na = 1\n", false },
	{ "a.py", "a = 1\n", "a = 1  # pragma: no cover\n", false },
	{ "a.py", "w(stacklevel=2)\n", "w( stacklevel=2)\n", false },
	{ "a.js", "function f() { return 1 }\n",
			"// x\nfunction f()\n{\n  return 1\n}\n", true },
	{ "a.js", "function f() { return 1 }\n", "function f() { return\n1 }\n",
			false },
	{ "a.js", "a = `x ${b} y`\n", "a = `x ${b}  y`\n", false },
	{ "a.js", "a = /x y/\n", "a = /x  y/\n", false },
	{ "a.js", "a\n;(b)\n", "a(b)\n", false },
	{ "a.js", "f(e.stack)\n", "f( e.stack)\n", false },
	{ "a.js", "a()\n", "/* @jest-environment node */\na()\n", false },
	{ "a.ts", "let a: number = 1\n", "let a : number = 1 // x\n", true },
	{ "a.ts", "let a: number = 1\n", "let a: string = 1\n", false },
	{ "a.tsx", "let a = <b>x y</b>\n", "let a = <b>x  y</b>\n", false },
	{ "a.go", "package a\n\nfunc f() int { return 1 }\n",
			"// Package a.\npackage a\n\nfunc f() int {\n\treturn 1\n}\n",
			true },
	{ "a.go", "package a\n", "//go:build linux\n\npackage a\n", false },
	{ "a.go", "package a\n\nimport \"C\"\n", "package  a\n\nimport \"C\"\n",
			false },
	{ "a.go", "package a\n\nvar a = `x y`\n",
			"package a\n\nvar a = `x  y`\n", false },
	{ "a.rs", "fn f() -> u8 { 1 }\n", "// x\nfn f() -> u8 {\n    1\n}\n",
			true },
	{ "a.rs", "fn f() {}\n", "/// x\nfn f() {}\n", false },
	{ "a.rs", "fn f() -> u32 { line!() }\n",
			"\nfn f() -> u32 { line!() }\n", false },
	{ "a.rs", "fn f() { 1; }\n", "fn f() { 1 }\n", false },
	{ "A.java", "class A { int a; }\n", "/** x */\nclass A {\n  int a; }\n",
			true },
	{ "A.java", "class A { int a = 1; }\n", "class A { int a = 2; }\n",
			false },
	{ "a.rb", "def f\n  1\nend\n", "# x\ndef f\n    1\n\nend\n", true },
	{ "a.rb", "a = %w[x y]\n", "a = %w[x  y z]\n", false },
	{ "a.rb", "a = <<X\n  b\nX\n", "a = <<X\n   b\nX\n", false },
	{ "a.rb", "a\n", "# frozen_string_literal: true\na\n", false },
	{ "a.sh", "f() { echo a; }\n", "# x\nf() {  echo  a; }\n", true },
	{ "a.sh", "echo 'a b'\n", "echo 'a  b'\n", false },
	{ "a.sh", "echo a b\n", "echo ab\n", false },
	{ "a.sh", "echo a # b\n", "echo a\n", true },
	{ "a.sh", "cat <<X\na b\nX\n", "cat <<X\na  b\nX\n", false },
	{ "a.sh", "echo $LINENO\n", "\necho $LINENO\n", false },
	/* not to be known */
	{ "a.xyz", "a\n", "a\n", false },
	{ "Makefile", "a\n", "a\n", false },
};

static void holds(const char *path, const char *a, const char *b, bool same)
{
	ck_assert_msg(ohb_layout_same(path, a, strlen(a), b, strlen(b)) == same,
			"%s: '%s' and '%s'", path, a, b);
}

/* Either way round. */
START_TEST(tells_layout)
{
	holds(cases[_i].path, cases[_i].old, cases[_i].now, cases[_i].same);
	holds(cases[_i].path, cases[_i].now, cases[_i].old, cases[_i].same);
}
END_TEST

/* NULL: cannot be. */
static const struct {
	const char *path, *data, *wide;
} wides[] = {
	{ "a.c", "int f(int a) { return a + 1; } /* a  b */\n",
			"int  f(int  a)  {  return  a  +  1;  }  /* a  b */\n\n" },
	{ "a.c", "\tchar *a = \"x y\" ;\n  int b;",
			"\tchar  *a  =  \"x y\"  ;\n  int  b;\n" },
	{ "a.c", "#include <a.h>\n  int a;\n#define A b c\n",
			"#include  <a.h>\n  int  a;\n#define  A  b c\n\n" },
	{ "a.c", "int f(void) { return S(a + b); }\n",
			"int  f(void)  {  return  S(a + b);  }\n\n" },
	{ "a.c", "int a\n", NULL },
	{ "a.py", "def f(a):\n    if a < 0:\n        return a + 1  # no, no\n",
			"def  f(a):\n    if  a  <  0:\n"
			"        return  a  +  1   # no, no\n\n" },
	{ "a.py", "a = \"\"\"b\n c  d\"\"\"\n",
			"a  =  \"\"\"b\n c  d\"\"\"\n\n" },
	{ "a.py", "f = inspect.getsource(g)\n", NULL },
	{ "a.js", "const a = `x ${b + c} y` + /a b/;\n",
			"const  a  =  `x ${b + c} y`  +  /a b/;\n\n" },
	{ "a.jsx", "const a = <p><b>x</b> <i>y z</i></p>;\n",
			"const  a  =  <p><b>x</b> <i>y z</i></p>;\n\n" },
	{ "a.sh", "f() {\n\techo a \"b c\" 'd e' f\\ g\n}\n",
			"f()  {\n\techo  a  \"b c\"  'd e'  f\\ g\n}\n\n" },
	{ "a.sh", "cat <<X\na b\nX\n", "cat  <<X\na b\nX\n\n" },
	{ "a.go", "package a\n\nvar b = c + d\n",
			"package  a\n\nvar  b  =  c  +  d\n\n" },
	{ "a.rb", "def a\n  %w[b c]\n  d (e)\nend\n",
			"def  a\n  %w[b c]\n  d  (e)\nend\n\n" },
	{ "a.rs", "fn a() -> u8 { b!(c d) }\n",
			"fn  a()  ->  u8  {  b!(c  d)  }\n\n" },
	{ "a.none", "a b\n", NULL },
};

START_TEST(widens_blanks)
{
	const char *data = wides[_i].data, *wide = wides[_i].wide;
	ohb_autostr out = OHB_STR_INIT;

	ck_assert_int_eq(ohb_layout_widen(wides[_i].path, data, strlen(data),
					 &out),
			wide != NULL);
	if (wide)
		ck_assert_str_eq(ohb_str_cstr(&out), wide);
}
END_TEST

/* Deep nesting needs no stack. */
START_TEST(deep)
{
	enum { DEPTH = 20000 };
	ohb_autofree char *text = ohb_alloc(2 * DEPTH + 16);

	memset(text, '(', DEPTH);
	text[DEPTH] = '1';
	memset(text + DEPTH + 1, ')', DEPTH);
	(void)ohb_layout_same("a.py", text, 2 * DEPTH + 1, text, 2 * DEPTH + 1);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("layout");
	TCase *tests = tcase_create("layout");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tests, tells_layout, 0, (int)OHB_ARRAY_LEN(cases));
	tcase_add_loop_test(tests, widens_blanks, 0, (int)OHB_ARRAY_LEN(wides));
	tcase_add_test(tests, deep);
	suite_add_tcase(suite, tests);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
