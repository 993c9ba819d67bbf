#include "text/members.h"

#include <check.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/memory.h"
#include "base/str.h"

static void list(void *userdata, const struct ohb_json_member *member)
{
	ohb_str_addf(userdata, "%.*s=%.*s;", (int)member->name_len,
			member->name, (int)member->value_len, member->value);
}

static const struct {
	const char *in, *out; /* out NULL: refused */
} texts[] = {
	{ "{}", "" },
	{ " { } ", "" },
	{ "{\"a\":1}", "a=1;" },
	{ "\n{ \"a\" :\t[ 1 , {\"b\":2} ] , \"c\" : \"x\\\"y\" }\r\n",
			"a=[ 1 , {\"b\":2} ];c=\"x\\\"y\";" },
	{ "{\"a\":1,\"a\":true}", "a=1;a=true;" },
	{ "{\"\\u0061\":null}", "\\u0061=null;" },
	{ "{\"a\":-0.5e+3,\"b\":0,\"c\":1E9}", "a=-0.5e+3;b=0;c=1E9;" },
	{ "{\"\xc3\xa9\":\"\\ud83d\\ude00\"}", "\xc3\xa9=\"\\ud83d\\ude00\";" },
	{ "{\"a\":[[],{},[{}]]}", "a=[[],{},[{}]];" },
	{ "", NULL },
	{ " ", NULL },
	{ "[1]", NULL },
	{ "{", NULL },
	{ "{\"a\"}", NULL },
	{ "{\"a\":}", NULL },
	{ "{\"a\":1,}", NULL },
	{ "{,\"a\":1}", NULL },
	{ "{a:1}", NULL },
	{ "{\"a\":1}{", NULL },
	{ "{\"a\":1]", NULL },
	{ "{\"a\":01}", NULL },
	{ "{\"a\":1.}", NULL },
	{ "{\"a\":.5}", NULL },
	{ "{\"a\":+1}", NULL },
	{ "{\"a\":1e}", NULL },
	{ "{\"a\":tru}", NULL },
	{ "{\"a\":nul", NULL },
	{ "{\"a\":\"x", NULL },
	{ "{\"a\":\"\n\"}", NULL },
	{ "{\"a\":\"\xff\"}", NULL },
	{ "{\"a\":\"\\x\"}", NULL },
	{ "{\"a\":\"\\u12g4\"}", NULL },
	{ "{\"a\":\"\\ud83d\"}", NULL },
	{ "{\"a\":\"\\ude00\"}", NULL },
	{ "{\"a\":\"\\ud83d\\u0041\"}", NULL },
	{ "{\"a\":\"\\", NULL },
};

START_TEST(the_members_are_told)
{
	struct ohb_error err = OHB_ERROR_INIT;
	ohb_autostr out = OHB_STR_INIT;
	/* To its exact end, for the sanitizer. */
	size_t len = strlen(texts[_i].in);
	ohb_autofree char *exact = len ? ohb_alloc(len) : NULL;
	int result;

	if (exact)
		memcpy(exact, texts[_i].in, len);
	result = ohb_json_members(
			exact ? exact : texts[_i].in, len, list, &out, &err);
	if (!texts[_i].out) {
		ck_assert_int_lt(result, 0);
		ck_assert_int_eq(err.code, OHB_E_SYNTAX);
		ck_assert_ptr_nonnull(strstr(err.msg, "byte "));
		return;
	}
	ck_assert_msg(result == 0, "%s", err.msg);
	ck_assert_str_eq(ohb_str_cstr(&out), texts[_i].out);
}
END_TEST

START_TEST(a_name_is_compared_as_written)
{
	const struct ohb_json_member member = { .name = "model:",
		.name_len = 5 };

	ck_assert(ohb_json_member_is(&member, "model"));
	ck_assert(!ohb_json_member_is(&member, "mode"));
	ck_assert(!ohb_json_member_is(&member, "models"));
	ck_assert(!ohb_json_member_is(&member, "modem"));
}
END_TEST

static int nested(unsigned depth, struct ohb_error *err)
{
	ohb_autostr text = OHB_STR_INIT, out = OHB_STR_INIT;
	unsigned i;

	ohb_str_adds(&text, "{\"a\":");
	for (i = 1; i < depth; i++)
		ohb_str_addc(&text, '[');
	for (i = 1; i < depth; i++)
		ohb_str_addc(&text, ']');
	ohb_str_addc(&text, '}');
	return ohb_json_members(text.data, text.len, list, &out, err);
}

START_TEST(depth_has_a_limit)
{
	struct ohb_error err = OHB_ERROR_INIT;

	ck_assert_int_eq(nested(OHB_MAX_JSON_DEPTH, &err), 0);
	ck_assert_int_eq(nested(OHB_MAX_JSON_DEPTH + 1, &err), -1);
	ck_assert_int_eq(err.code, OHB_E_LIMIT);
}
END_TEST

/* Every byte at every place, with others of its kind before and behind. */
START_TEST(plain_bytes_are_counted)
{
	char text[20];
	size_t len, at;
	int c;

	for (c = 0; c < 0x100; c++) {
		for (len = 1; len < sizeof(text); len++) {
			bool plain = c >= ' ' && c < 0x80 && c != '"' &&
					c != '\\';

			for (at = 0; at < len; at++) {
				memset(text, at % 2 ? ' ' : 0x7f, at);
				memset(text + at, c, len - at);
				ck_assert_uint_eq(ohb_json_plain(text, len),
						plain ? len : at);
			}
		}
	}
	ck_assert_uint_eq(ohb_json_plain(text, 0), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("members");
	TCase *tcase = tcase_create("members");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_loop_test(
			tcase, the_members_are_told, 0, OHB_ARRAY_LEN(texts));
	tcase_add_test(tcase, a_name_is_compared_as_written);
	tcase_add_test(tcase, depth_has_a_limit);
	tcase_add_test(tcase, plain_bytes_are_counted);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
