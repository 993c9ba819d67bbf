/* Which faults are put into which code. */
#include "validate/steps.h"

#include <stdlib.h>
#include <string.h>

#include <check.h>

static const struct {
	const char *path, *text;
	const char *faults; /* "line:old>new;" in the order of the text */
} codes[] = {
	{ "a.c",
			"#include <x.h>\n"
			"enum e { A = 1 };\n"
			"char buf[16];\n"
			"/* a == b */\n"
			"int f(int a)\n"
			"{\n"
			"	log_it(\"x\", 1 + 1);\n"
			"	fprintf(stderr, \"%d\", a + 1);\n"
			"	assert(a == 1);\n"
			"	if (a <= 0x1f && g(\"s\"))\n"
			"		h();\n"
			"	for (i = 0; i < 07; i++)\n"
			"		a += 1;\n"
			"	return a;\n"
			"}\n",
			"10:(a <= 0x1f && g(\"s\"))>(!((a <= 0x1f && g(\"s\"))));"
			"10:<=><;10:0x1f>0x20;10:&&>||;10:\"s\">\"\";"
			"11:h();>;;12:0>1;12:<><=;13:+=>-=;13:1>2;14:a>0;" },
	{ "a.py",
			"import x\n"
			"from y import z\n"
			"'''text'''\n"
			"@d(1)\n"
			"def f(a: 'int') -> 1:\n"
			"    \"\"\"text\"\"\"\n"
			"    self.log.info('x' + 'y')\n"
			"    if a == 1 and not b:\n"
			"        g(f'{a}')\n"
			"    elif a >= 1.5:\n"
			"        raise ValueError('no', 3)\n"
			"    a -= 10\n"
			"    x = True\n"
			"    return b'x'\n"
			"if __name__ == '__main__':\n"
			"    f(1)\n",
			"8:a == 1 and not b>not (a == 1 and not b);8:==>!=;"
			"8:1>2;8:and>or;9:g(f'{a}')>pass;9:f'{a}'>f'';"
			"10:a >= 1.5>not (a >= 1.5);10:>=>>;10:1.5>2.5;"
			"12:-=>+=;12:10>11;13:True>False;14:b'x'>None;"
			"14:b'x'>b'';" },
	{ "a.js",
			"'use strict';\n"
			"import a from 'a';\n"
			"const b = require('b');\n"
			"function f(a) {\n"
			"  console.log('x' + 1);\n"
			"  if (a === 'x' || a !== `y`) g(1);\n"
			"  throw new Error('no');\n"
			"  return a++;\n"
			"}\n",
			"6:(a === 'x' || a !== `y`)>(!((a === 'x' || a !== `y`)));"
			"6:===>!==;6:'x'>'';6:||>&&;6:!==>===;6:`y`>``;"
			"6:g(1);>;;6:1>2;8:a++>null;8:++>--;" },
	{ "a.ts", "type A = 'x' | 'y';\nconst a: 1 = 2;\n", "2:2>3;" },
	{ "a.go",
			"package a\n"
			"import \"fmt\"\n"
			"func f(a int) int {\n"
			"	log.Println(\"x\", 1+1)\n"
			"	if a > 1 { a++ }\n"
			"	return a + 2\n"
			"}\n",
			"5:a > 1>(!(a > 1));5:>>>=;5:1>2;5:++>--;6:a + 2>0;"
			"6:+>-;6:2>3;" },
	{ "a.rs",
			"use a::b;\n"
			"fn f(a: i32) -> i32 {\n"
			"    info!(\"x\");\n"
			"    if a < 1 { return a; }\n"
			"    g(\"s\", true);\n"
			"    a - 1\n"
			"}\n"
			"#[cfg(test)]\n"
			"mod tests { fn t() { f(1); } }\n",
			"4:a < 1>(!(a < 1));4:<><=;4:1>2;4:a>0;"
			"5:g(\"s\", true);>;;5:\"s\">\"\";5:true>false;"
			"6:->+;6:1>2;" },
	{ "A.java",
			"package a;\n"
			"class A {\n"
			"  @X(1)\n"
			"  int f(int a) {\n"
			"    logger.info(\"x\" + 1);\n"
			"    if (a == 1) g(\"s\");\n"
			"    throw new E(\"no\");\n"
			"    return a;\n"
			"  }\n"
			"}\n",
			"6:(a == 1)>(!((a == 1)));6:==>!=;6:1>2;"
			"6:g(\"s\");>;;6:\"s\">\"\";8:a>0;8:a>null;" },
	{ "a.rb",
			"require 'a'\n"
			"def f(a)\n"
			"  logger.info('x')\n"
			"  return a + 1 if a == 'b'\n"
			"  raise 'no'\n"
			"end\n",
			"4:a + 1>nil;4:+>-;4:1>2;4:a == 'b'>(!(a == 'b'));"
			"4:==>!=;4:'b'>'';" },
	{ "a.sh",
			". ./lib\n"
			"set -e\n"
			"f() {\n"
			"	# \"a\"\n"
			"	[ \"$1\" -eq 1 ] && echo 'x'\n"
			"	return 3\n"
			"}\n",
			"5:\"$1\">\"\";5:-eq>-ne;5:&&>||;5:'x'>'';" },
	{ "a.cc",
			"int A::f() { static_assert(1 == 1); throw E(1); "
			"return x != 2; }\n",
			"1:x != 2>0;1:!=>==;1:2>3;" },
};

static int by_place(const void *a, const void *b)
{
	const struct ohb_mutant *left = a, *right = b;

	if (left->start != right->start)
		return left->start < right->start ? -1 : 1;
	if (left->end != right->end)
		return left->end < right->end ? -1 : 1;
	return strcmp(left->text, right->text);
}

static void find(const char *path, const char *text, const char *test,
		size_t max, struct ohb_arena *arena, struct ohb_str *ret)
{
	const char *const sources[] = { path }, *const outputs[] = { "test" };
	const struct ohb_module_config module = { .name = "m" };
	const struct ohb_target target = {
		.module = &module,
		.sources = sources,
		.nsources = 1,
		.outputs = outputs,
		.noutputs = 1,
	};
	const struct ohb_judge_spec spec = { .target = &target };
	struct ohb_trial trial = { .spec = &spec, .arena = arena };
	struct ohb_file file = {
		.path = path, .data = text, .len = strlen(text)
	};
	struct ohb_mutant *mutants;
	struct ohb_error err = OHB_ERROR_INIT;
	const char *why;
	size_t n, i;

	ohb_fileset_put(&trial.tree, &file);
	file = (struct ohb_file){
		.path = "test", .data = test, .len = strlen(test)
	};
	ohb_fileset_put(&trial.tree, &file);
	ck_assert_msg(ohb_mutants_find(&trial, max, &mutants, &n, &why, &err) ==
					0,
			"%s", err.msg);
	if (n == 0)
		ohb_str_adds(ret, why);
	qsort(mutants, n, sizeof(*mutants), by_place);
	for (i = 0; i < n; i++)
		ohb_str_addf(ret, "%u:%.*s>%s;", mutants[i].line,
				(int)(mutants[i].end - mutants[i].start),
				text + mutants[i].start, mutants[i].text);
	ohb_fileset_release(&trial.tree);
}

START_TEST(breaks_code)
{
	struct ohb_arena arena = OHB_ARENA_INIT;
	ohb_autostr got = OHB_STR_INIT;

	find(codes[_i].path, codes[_i].text, "", 1000, &arena, &got);
	ck_assert_str_eq(got.data, codes[_i].faults);
	ohb_arena_release(&arena);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("validate/mutate");
	TCase *tcase = tcase_create("mutate");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_loop_test(tcase, breaks_code, 0, OHB_ARRAY_LEN(codes));
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
