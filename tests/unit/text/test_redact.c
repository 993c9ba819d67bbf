#include "text/redact.h"

#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "base/memory.h"

static const char key[] = "sk-or-v1/+planted=KEY?0123456789";

static void expect(const char *text, const char *want)
{
	struct ohb_redact redact = OHB_REDACT_INIT;
	struct ohb_secret *secret = ohb_secret_new(key, strlen(key));
	struct ohb_str str = OHB_STR_INIT;

	ohb_redact_add(&redact, secret);
	ohb_str_adds(&str, text);
	ohb_redact_apply(&redact, &str);
	ck_assert_str_eq(ohb_str_cstr(&str), want);
	ohb_str_release(&str);
	ohb_redact_release(&redact);
	ohb_secret_free(secret);
}

START_TEST(plain)
{
	expect("", "");
	expect("nothing here", "nothing here");
	expect("a sk-or-v1/+planted=KEY?0123456789 b", "a *** b");
	expect("sk-or-v1/+planted=KEY?0123456789sk-or-v1/+planted=KEY?"
	       "0123456789",
			"******");
	expect("sk-or-v1%2F%2Bplanted%3DKEY%3F0123456789", "***");
	expect("sk-or-v1%2f%2bplanted%3dKEY%3f0123456789", "***");
}
END_TEST

/* Plain base64 of "<shift bytes><key>", to see that its heart is found. */
START_TEST(base64)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmn"
				     "opqrstuvwxyz0123456789+/";
	struct ohb_redact redact = OHB_REDACT_INIT;
	struct ohb_secret *secret = ohb_secret_new(key, strlen(key));
	struct ohb_str in = OHB_STR_INIT, out = OHB_STR_INIT;
	size_t i;

	ohb_redact_add(&redact, secret);
	ohb_str_add(&in, "xyz", (size_t)_i);
	ohb_str_adds(&in, key);
	while (in.len % 3)
		ohb_str_addc(&in, '!');
	for (i = 0; i < in.len; i += 3) {
		unsigned bits = (unsigned)(unsigned char)in.data[i] << 16 |
				(unsigned)(unsigned char)in.data[i + 1] << 8 |
				(unsigned)(unsigned char)in.data[i + 2];

		ohb_str_addc(&out, digits[bits >> 18 & 63]);
		ohb_str_addc(&out, digits[bits >> 12 & 63]);
		ohb_str_addc(&out, digits[bits >> 6 & 63]);
		ohb_str_addc(&out, digits[bits & 63]);
	}
	ck_assert_uint_eq(ohb_redact_apply(&redact, &out), 1);
	ck_assert_uint_le(out.len, 14);
	ohb_str_release(&in);
	ohb_str_release(&out);
	ohb_redact_release(&redact);
	ohb_secret_free(secret);
}
END_TEST

START_TEST(short_is_left)
{
	struct ohb_redact redact = OHB_REDACT_INIT;
	struct ohb_secret *secret = ohb_secret_new("the", 3);
	struct ohb_str str = OHB_STR_INIT;

	ohb_redact_add(&redact, secret);
	ohb_str_adds(&str, "the test");
	ck_assert_uint_eq(ohb_redact_apply(&redact, &str), 0);
	ohb_str_release(&str);
	ohb_redact_release(&redact);
	ohb_secret_free(secret);
}
END_TEST

/* At every place, alone and with one that is as short as can be. */
START_TEST(wherever_it_stands)
{
	static const char *const forms[] = { key, "Secret",
		"sk-or-v1%2F%2Bplanted%3DKEY%3F0123456789",
		"sk-or-v1\\/+planted=KEY?0123456789" };
	struct ohb_redact redact = OHB_REDACT_INIT;
	struct ohb_secret *secret = ohb_secret_new(key, strlen(key));
	struct ohb_secret *shortest = ohb_secret_new(forms[1], 6);
	ohb_autostr text = OHB_STR_INIT;
	size_t place, behind, i, at;

	ohb_redact_add(&redact, secret);
	if (_i)
		ohb_redact_add(&redact, shortest);
	for (i = 0; i < OHB_ARRAY_LEN(forms); i++) {
		for (place = 0; place < 600; place++) {
			/* What a form begins with is no form. */
			ohb_str_clear(&text);
			while (text.len < place / 20)
				ohb_str_addc(&text, key[text.len % 7]);
			behind = place % 20;
			ohb_str_adds(&text, forms[i]);
			while (behind--)
				ohb_str_addc(&text, '/');
			if (i == 1 && !_i) {
				ck_assert(!ohb_redact_find(&redact, text.data,
						text.len, &at));
				continue;
			}
			ck_assert(ohb_redact_find(
					&redact, text.data, text.len, &at));
			ck_assert_uint_eq(at, place / 20);
			ck_assert(!ohb_redact_find(&redact, text.data,
					at + strlen(forms[i]) - 1, &at));
		}
	}
	ohb_redact_release(&redact);
	ohb_secret_free(shortest);
	ohb_secret_free(secret);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("redact");
	TCase *tests = tcase_create("redact");
	SRunner *runner;
	int failed;

	tcase_add_test(tests, plain);
	tcase_add_loop_test(tests, base64, 0, 3);
	tcase_add_test(tests, short_is_left);
	tcase_add_loop_test(tests, wherever_it_stands, 0, 2);
	suite_add_tcase(suite, tests);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
