#include "unit/project/project.h"

static const struct {
	const char *words[3];
	const char *want; /* indices of the targets; NULL: an error */
	const char *message;
} cases[] = {
	{ { NULL }, "0123", NULL },
	{ { "tests/a.c" }, "0", NULL },
	{ { "./tests/a.c" }, "0", NULL },
	{ { "tests/a.h" }, "0", NULL },
	{ { "src/b.c" }, "1", NULL },
	{ { "core" }, "012", NULL },
	{ { "extra" }, "3", NULL },
	{ { "@fast" }, "012", NULL },
	{ { "@slow", "tests/a.c" }, "03", NULL },
	{ { "@*" }, "0123", NULL },
	{ { "@f*" }, "012", NULL },
	{ { "src/*" }, "012", NULL },
	{ { "**/*.py" }, "3", NULL },
	{ { "*" }, "0123", NULL }, /* the names of the modules */
	{ { "src/[x].c" }, "2", NULL }, /* word for word wins */
	{ { "src/[ab].c" }, "01", NULL },
	{ { "tests/{x}.c" }, "012", NULL },
	{ { "tests/aa.c" }, NULL, "did you mean 'tests/a.c'?" },
	{ { "@fats" }, NULL, "did you mean '@fast'?" },
	{ { "cor" }, NULL, "did you mean 'core'?" },
	{ { "@" }, NULL, "no target for '@'" },
	{ { "" }, NULL, "no target for ''" },
	{ { "[" }, NULL, "no target for '['" },
	{ { "nothing-like-this-at-all" }, NULL, "ohbuild list" },
	{ { "tests/a.c", "nix/**" }, NULL, "no target for 'nix/**'" },
};

START_TEST(test_select)
{
	static const char *const paths[] = { "src/a.c", "src/b.c", "src/[x].c",
		"lib/z.py" };
	char got[5] = "";
	bool selected[4];
	size_t nwords = 0, n = 0;
	int ret;

	add_files(paths, OHB_ARRAY_LEN(paths));
	add_rule(&(struct rule){ .name = "core",
			.source = { "src/{name}.c" },
			.test = { "tests/{name}.c", "tests/{name}.h" },
			.tags = { "unit", "fast" } });
	add_rule(&(struct rule){ .name = "extra",
			.source = { "lib/{name}.py" },
			.test = { "tests/z{name}.py" },
			.tags = { "slow" } });
	ck_assert_int_eq(make_graph(), 0);
	ck_assert_str_eq(project.graph.targets[0].name, "tests/[x].c");
	while (cases[_i].words[nwords])
		nwords++;
	ret = ohb_graph_select(&project.graph, cases[_i].words, nwords,
			selected, &project.err);
	if (!cases[_i].want) {
		ck_assert_int_eq(ret, -1);
		ck_assert_int_eq(project.err.code, OHB_E_USAGE);
		ck_assert_msg(strstr(project.err.msg, cases[_i].message) !=
						NULL,
				"%s", project.err.msg);
		return;
	}
	ck_assert_msg(ret == 0, "%s", project.err.msg);
	/* In the table 0 is a, 1 is b, 2 is [x], 3 is z. */
	for (size_t i = 0; i < 4; i++) {
		static const size_t place[] = { 1, 2, 0, 3 };

		if (selected[place[i]])
			got[n++] = (char)('0' + i);
	}
	ck_assert_str_eq(got, cases[_i].want);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("select");
	TCase *tc = tcase_create("all");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, test_select, 0, OHB_ARRAY_LEN(cases));
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
