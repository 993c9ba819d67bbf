#include "text/template.h"

#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "base/memory.h"

static const struct ohb_var vars[] = {
	{ "name", "calc" },
	{ "dir", "" },
	{ "source", "src/calc.c" },
	{ "a.b2", "dotted" },
	{ "brace", "{name}" },
};

static const struct {
	const char *text;
	enum ohb_template_mode mode;
	const char *want; /* NULL: an error */
	size_t at;
} cases[] = {
	{ "", OHB_TEMPLATE_STRICT, "", 0 },
	{ "plain", OHB_TEMPLATE_STRICT, "plain", 0 },
	{ "test_{name}.c", OHB_TEMPLATE_STRICT, "test_calc.c", 0 },
	{ "{name}{name}", OHB_TEMPLATE_STRICT, "calccalc", 0 },
	{ "x{dir}y", OHB_TEMPLATE_STRICT, "xy", 0 },
	{ "{a.b2}", OHB_TEMPLATE_STRICT, "dotted", 0 },
	{ "{brace}", OHB_TEMPLATE_STRICT, "{name}", 0 },
	{ "{{name}}", OHB_TEMPLATE_STRICT, "{name}", 0 },
	{ "{{{name}}}", OHB_TEMPLATE_STRICT, "{calc}", 0 },
	{ "{", OHB_TEMPLATE_STRICT, "{", 0 },
	{ "}", OHB_TEMPLATE_STRICT, "}", 0 },
	{ "{name", OHB_TEMPLATE_STRICT, "{name", 0 },
	{ "{}", OHB_TEMPLATE_STRICT, "{}", 0 },
	{ "${HOME}", OHB_TEMPLATE_STRICT, "${HOME}", 0 },
	{ "awk '{ print }'", OHB_TEMPLATE_STRICT, "awk '{ print }'", 0 },
	{ "a {nme} b", OHB_TEMPLATE_STRICT, NULL, 2 },
	{ "a {nme} b", OHB_TEMPLATE_LENIENT, "a {nme} b", 0 },
	{ "{nam}", OHB_TEMPLATE_STRICT, NULL, 0 },
	{ "{names}", OHB_TEMPLATE_STRICT, NULL, 0 },
	{ "{9}", OHB_TEMPLATE_STRICT, "{9}", 0 },
	{ "{.a}", OHB_TEMPLATE_STRICT, "{.a}", 0 },
};

START_TEST(test_expand)
{
	struct ohb_error err = OHB_ERROR_INIT;
	ohb_autostr out = OHB_STR_INIT;
	size_t at = 0;
	int ret = ohb_template_expand(cases[_i].text, strlen(cases[_i].text),
			vars, OHB_ARRAY_LEN(vars), cases[_i].mode, &out, &at,
			&err);

	ck_assert_uint_eq(at, cases[_i].at);
	if (cases[_i].want) {
		ck_assert_int_eq(ret, 0);
		ck_assert_str_eq(ohb_str_cstr(&out), cases[_i].want);
		return;
	}
	ck_assert_int_eq(ret, -1);
	ck_assert_int_eq(err.code, OHB_E_SYNTAX);
}
END_TEST

START_TEST(test_all_bytes)
{
	struct ohb_error err = OHB_ERROR_INIT;
	ohb_autostr out = OHB_STR_INIT;
	char text[256];

	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = (char)i;
	ck_assert_int_eq(ohb_template_expand(text, sizeof(text), vars, 1,
					 OHB_TEMPLATE_STRICT, &out, NULL, &err),
			0);
	ck_assert_uint_eq(out.len, sizeof(text));
	ck_assert_mem_eq(out.data, text, sizeof(text));
}
END_TEST

static const struct {
	const char *text, *want;
} quote_cases[] = {
	{ "", "''" },
	{ "src/a-b_c.2.c", "src/a-b_c.2.c" },
	{ "a b", "'a b'" },
	{ "it's", "'it'\\''s'" },
	{ "$(rm -rf)", "'$(rm -rf)'" },
	{ "`x`", "'`x`'" },
	{ "a\nb", "'a\nb'" },
	{ "~", "'~'" },
	{ "a=b", "'a=b'" },
	{ "*", "'*'" },
	{ "\xff", "'\xff'" },
};

START_TEST(test_quote)
{
	ohb_autostr out = OHB_STR_INIT;

	ohb_shell_quote(&out, quote_cases[_i].text);
	ck_assert_str_eq(ohb_str_cstr(&out), quote_cases[_i].want);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("template");
	TCase *tc = tcase_create("all");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_loop_test(tc, test_expand, 0, OHB_ARRAY_LEN(cases));
	tcase_add_test(tc, test_all_bytes);
	tcase_add_loop_test(tc, test_quote, 0, OHB_ARRAY_LEN(quote_cases));
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
