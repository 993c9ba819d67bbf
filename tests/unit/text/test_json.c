#include "text/json.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/memory.h"

static const struct {
	const char *in, *out; /* out NULL: refused */
} texts[] = {
	{ "{}", "{}" },
	{ " [1, 2.5, true, null, \"x\"] ", "[1,2.5,true,null,\"x\"]" },
	{ "\"alone\"", "\"alone\"" },
	{ "{\"b\":1,\"a\":2}", "{\"b\":1,\"a\":2}" },
	{ "{\"a\":1,\"a\":2}", "{\"a\":2}" },
	{ "\"a\\u0000b\"",
			"\"a\xef\xbf\xbd"
			"b\"" },
	{ "\"a\\\\u0000b\"", "\"a\\\\u0000b\"" },
	{ "{\"\\u0000\":1}", "{\"\xef\xbf\xbd\":1}" },
	{ "\"\\ud83d\\ude00\"", "\"\xf0\x9f\x98\x80\"" },
	{ "", NULL },
	{ "  ", NULL },
	{ "{\"a\":}", NULL },
	{ "[1] 2", NULL },
	{ "[1", NULL },
	{ "\"\\ud83d\"", NULL },
	{ "\"\xff\"", NULL },
	{ "[99999999999999999999]", NULL },
	{ "[1e999]", NULL },
	{ "\\u0000", NULL },
};

START_TEST(a_text_is_read_and_written)
{
	struct ohb_error err = OHB_ERROR_INIT;
	ohb_autojson *json = ohb_json_parse(
			texts[_i].in, strlen(texts[_i].in), &err);
	ohb_autostr out = OHB_STR_INIT;

	if (!texts[_i].out) {
		ck_assert_ptr_null(json);
		ck_assert_int_eq(err.code, OHB_E_SYNTAX);
		ck_assert_ptr_nonnull(strstr(err.msg, "line "));
		return;
	}
	ck_assert_msg(json != NULL, "%s", err.msg);
	ohb_json_add(&out, json);
	ck_assert_str_eq(out.data, texts[_i].out);
}
END_TEST

START_TEST(an_error_has_its_place)
{
	static const char text[] = "{\n\"a\": 1,\n\"b\" 2}";
	struct ohb_error err = OHB_ERROR_INIT;

	ck_assert_ptr_null(ohb_json_parse(text, strlen(text), &err));
	ck_assert_ptr_nonnull(strstr(err.msg, "line 3"));
}
END_TEST

static json_t *nested(size_t depth, struct ohb_error *err)
{
	ohb_autostr text = OHB_STR_INIT;
	size_t i;

	for (i = 0; i < depth; i++)
		ohb_str_addc(&text, '[');
	ohb_str_adds(&text, "\"[[[[\"");
	for (i = 0; i < depth; i++)
		ohb_str_addc(&text, ']');
	return ohb_json_parse(text.data, text.len, err);
}

START_TEST(depth_is_bounded)
{
	struct ohb_error err = OHB_ERROR_INIT;
	ohb_autojson *json = nested(OHB_MAX_JSON_DEPTH, &err);

	ck_assert_msg(json != NULL, "%s", err.msg);
	ck_assert_ptr_null(nested(OHB_MAX_JSON_DEPTH + 1, &err));
	ck_assert_int_eq(err.code, OHB_E_LIMIT);
}
END_TEST

START_TEST(size_is_bounded)
{
	struct ohb_error err = OHB_ERROR_INIT;
	ohb_autofree char *text = ohb_alloc(OHB_MAX_JSON_BYTES + 1);

	memset(text, ' ', OHB_MAX_JSON_BYTES + 1);
	text[0] = '1';
	ck_assert_ptr_null(ohb_json_parse(text, OHB_MAX_JSON_BYTES + 1, &err));
	ck_assert_int_eq(err.code, OHB_E_LIMIT);
}
END_TEST

START_TEST(paths_are_walked)
{
	static const char text[] = "{\"a\":{\"b\":[{\"c\":\"x\"},7]},\"n\":3.0,"
				   "\"f\":0.5,\"big\":1e300,\"s\":\"5\"}";
	struct ohb_error err = OHB_ERROR_INIT;
	ohb_autojson *json = ohb_json_parse(text, strlen(text), &err);

	ck_assert_ptr_nonnull(json);
	ck_assert_str_eq(ohb_json_text(json, "a.b.0.c"), "x");
	ck_assert_int_eq(ohb_json_int(json, "a.b.1", -1), 7);
	ck_assert_int_eq(ohb_json_int(json, "n", -1), 3);
	ck_assert_int_eq(ohb_json_int(json, "f", -1), -1);
	ck_assert_int_eq(ohb_json_int(json, "big", -1), -1);
	ck_assert_int_eq(ohb_json_int(json, "s", -1), -1);
	ck_assert_double_eq(ohb_json_number(json, "f", -1), 0.5);
	ck_assert_double_eq(ohb_json_number(json, "a.b.1", -1), 7);
	ck_assert_double_eq(ohb_json_number(json, "s", -1), -1);
	ck_assert_ptr_eq(ohb_json_at(json, ""), json);
	ck_assert_ptr_null(ohb_json_at(json, "a.b.2"));
	ck_assert_ptr_null(ohb_json_at(json, "a.b.x"));
	ck_assert_ptr_null(ohb_json_at(json, "a.b.99999999999999999999"));
	ck_assert_ptr_null(ohb_json_at(json, "a.b.0.c.d"));
	ck_assert_ptr_null(ohb_json_at(NULL, "a"));
	ck_assert_ptr_null(ohb_json_text(json, "a"));
}
END_TEST

START_TEST(any_bytes_have_a_form)
{
	static const char bytes[] = "a\0b\xff\xc3\xa9\xed\xa0\x80";
	ohb_autojson *json = ohb_json_bytes(bytes, sizeof(bytes) - 1);
	ohb_autojson *none = ohb_json_bytes(NULL, 0);

	ck_assert_str_eq(json_string_value(json),
			"a\xef\xbf\xbd"
			"b\xef\xbf\xbd\xc3\xa9"
			"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
	ck_assert_str_eq(json_string_value(none), "");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("json");
	TCase *tcase = tcase_create("json");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tcase, a_text_is_read_and_written, 0,
			(int)OHB_ARRAY_LEN(texts));
	tcase_add_test(tcase, an_error_has_its_place);
	tcase_add_test(tcase, depth_is_bounded);
	tcase_add_test(tcase, size_is_bounded);
	tcase_add_test(tcase, paths_are_walked);
	tcase_add_test(tcase, any_bytes_have_a_form);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
