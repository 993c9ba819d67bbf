#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "text/keyshape.h"
#include "text/utf8.h"

static const struct {
	const char *text;
	size_t len; /* of the first sequence; 0: not valid */
} sequences[] = {
	{ "a", 1 },
	{ "\xc3\xa4", 2 },
	{ "\xe2\x82\xac", 3 },
	{ "\xf0\x9f\x98\x80", 4 },
	{ "\xf4\x8f\xbf\xbf", 4 },
	{ "\xc0\x80", 0 }, /* overlong */
	{ "\xe0\x80\xaf", 0 }, /* overlong */
	{ "\xf0\x80\x80\x80", 0 }, /* overlong */
	{ "\xed\xa0\x80", 0 }, /* surrogate */
	{ "\xf4\x90\x80\x80", 0 }, /* above U+10FFFF */
	{ "\xf8\x88\x80\x80", 0 },
	{ "\x80", 0 },
	{ "\xe2\x82", 0 }, /* cut off */
	{ "\xe2\x41\x41", 0 },
	{ "\xff", 0 },
	{ "", 0 },
};

START_TEST(test_next)
{
	const char *text = sequences[_i].text;

	ck_assert_uint_eq(ohb_utf8_next(text, strlen(text)), sequences[_i].len);
	ck_assert_int_eq(ohb_utf8_valid(text, strlen(text)),
			sequences[_i].len == strlen(text));
}
END_TEST

static const struct {
	const char *dirty, *clean;
} cleanings[] = {
	{ "plain\ttext\n", "plain\ttext\n" },
	{ "\x1b[1;31mred\x1b[0m", "red" },
	{ "\x1b]0;title\x07rest", "rest" },
	{ "\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "link" },
	{ "\x1bP1$r\x1b\\x", "x" },
	{ "\x1b(Bx\x1b=y\x1b", "xy" },
	{ "\xc2\x9b"
	  "31mred",
			"red" },
	{ "\xc2\x9dtitle\xc2\x9c"
	  "x",
			"x" },
	/* A terminator that never comes costs one line. */
	{ "\x1b]0;open\nnext", "\nnext" },
	{ "a\r\nb\r\n", "a\nb\n" },
	{ "10%\r20%\r", "10%\n20%\n" },
	{ "a\bb\ac\x7f", "abc" },
	{ "a\xff\xfe"
	  "b\xc3",
			"a\xef\xbf\xbd\xef\xbf\xbd"
			"b\xef\xbf\xbd" },
	{ "gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f" },
	{ "", "" },
};

START_TEST(test_clean)
{
	const char *dirty = cleanings[_i].dirty;
	ohb_autostr out = OHB_STR_INIT;

	ohb_utf8_clean(&out, dirty, strlen(dirty));
	ck_assert_str_eq(ohb_str_cstr(&out), cleanings[_i].clean);
}
END_TEST

START_TEST(test_clean_nul)
{
	ohb_autostr out = OHB_STR_INIT;

	ohb_utf8_clean(&out, "a\0b", 3);
	ck_assert_str_eq(ohb_str_cstr(&out), "ab");
}
END_TEST

static const struct {
	const char *text;
	size_t max;
	const char *line;
} lines[] = {
	{ "one\ntwo\tthree", 100, "one two three" },
	{ "12345678", 8, "12345678" },
	{ "123456789", 8, "12345\xe2\x80\xa6" },
	/* Never cut inside of a character. */
	{ "1234\xc3\xa4\xc3\xa4", 8, "1234\xc3\xa4\xc3\xa4" },
	{ "1234\xc3\xa4\xc3\xa4z", 8, "1234\xe2\x80\xa6" },
	{ "abcdef", 3, "\xe2\x80\xa6" },
	{ "abcdef", 2, "" },
	{ "\x1b[1mabc", 3, "abc" },
};

START_TEST(test_line)
{
	const char *text = lines[_i].text;
	ohb_autostr out = OHB_STR_INIT;

	ohb_utf8_line(&out, text, strlen(text), lines[_i].max);
	ck_assert_str_eq(ohb_str_cstr(&out), lines[_i].line);
}
END_TEST

static const struct {
	const char *text;
	size_t width, columns, fit;
} widths[] = {
	{ "abc", 3, 2, 2 },
	{ "\xe6\x97\xa5\xe6\x9c\xac", 4, 3, 3 }, /* two wide ones */
	{ "e\xcc\x81x", 2, 1, 3 }, /* e, acute, x */
	{ "\xf0\x9f\x98\x80!", 3, 1, 0 }, /* emoji */
	{ "\xff\xff", 2, 1, 1 }, /* not UTF-8 */
	{ "\xe2\x80\x8bz", 1, 0, 3 }, /* zero width space */
	{ "\xea\xb0\x80", 2, 2, 3 }, /* Hangul */
	{ "\xef\xbc\xa1", 2, 9, 3 }, /* fullwidth A */
	{ "", 0, 5, 0 },
};

START_TEST(test_width)
{
	const char *text = widths[_i].text;
	size_t len = strlen(text);

	ck_assert_uint_eq(ohb_utf8_width(text, len), widths[_i].width);
	ck_assert_uint_eq(ohb_utf8_fit(text, len, widths[_i].columns),
			widths[_i].fit);
}
END_TEST

static const struct {
	const char *text, *masked;
} keys[] = {
	{ "key: sk-abcdefghijklmnopqrst1", "key: ************************" },
	{ "'ghp_0123456789abcdefghij0123456789'",
			"'**********************************'" },
	{ "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9ab.eyJzdWIi.sig_1",
			"*****************************************************" },
	{ "-----BEGIN RSA PRIVATE KEY-----\nabc",
			"*******************************\nabc" },
	/* Words that only look alike. */
	{ "sk-learn-is-a-long-word-without-digits",
			"sk-learn-is-a-long-word-without-digits" },
	{ "task-sk-abcdefghijklmnopqrst1", "task-sk-abcdefghijklmnopqrst1" },
	{ "sk-short1", "sk-short1" },
	{ "OPENROUTER_API_KEY", "OPENROUTER_API_KEY" },
	{ "-----BEGIN CERTIFICATE-----", "-----BEGIN CERTIFICATE-----" },
	{ "AKIA0123456789ABCDEF AKIA0123456789ABCDEF",
			"******************** ********************" },
};

START_TEST(test_keyshape)
{
	ohb_autofree char *text = ohb_strdup(keys[_i].text);

	ohb_keyshape_mask(text, strlen(text));
	ck_assert_str_eq(text, keys[_i].masked);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("utf8");
	TCase *tcase = tcase_create("utf8");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tcase);
	tcase_add_loop_test(tcase, test_next, 0, OHB_ARRAY_LEN(sequences));
	tcase_add_loop_test(tcase, test_clean, 0, OHB_ARRAY_LEN(cleanings));
	tcase_add_test(tcase, test_clean_nul);
	tcase_add_loop_test(tcase, test_line, 0, OHB_ARRAY_LEN(lines));
	tcase_add_loop_test(tcase, test_width, 0, OHB_ARRAY_LEN(widths));
	tcase_add_loop_test(tcase, test_keyshape, 0, OHB_ARRAY_LEN(keys));
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
