/* Pointers of git-lfs. */
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "base/memory.h"
#include "base/str.h"
#include "project/lfs.h"

#define VERSION "version https://git-lfs.github.com/spec/v1\n"
#define SHA "b5bb9d8014a0f9b1d61e21e796d78dccdf1352f23cd32812f4850b878ae4944c"

static bool parse(const char *text, struct ohb_lfs_pointer *ret)
{
	size_t len = strlen(text);
	ohb_autofree char *exact = ohb_alloc(len ? len : 1);

	/* Without a NUL behind it, as it comes from git. */
	/* NOLINTNEXTLINE(bugprone-not-null-terminated-result) */
	memcpy(exact, text, len);
	return ohb_lfs_parse(exact, len, ret);
}

START_TEST(test_pointer)
{
	struct ohb_lfs_pointer pointer;
	char hex[OHB_SHA256_HEX];

	ck_assert(parse(VERSION "oid sha256:" SHA "\nsize 12345\n", &pointer));
	ck_assert_str_eq(ohb_sha256_hex(&pointer.sha, hex), SHA);
	ck_assert_uint_eq(pointer.size, 12345);
	ck_assert(parse(VERSION "ext-0-a sha256:" SHA "\next-1-b x\n"
				"oid sha256:" SHA "\nsize 0\n",
			&pointer));
	ck_assert_uint_eq(pointer.size, 0);
}
END_TEST

START_TEST(test_others)
{
	static const char *const texts[] = {
		"",
		"version https://git-lfs.",
		VERSION,
		"oid sha256:" SHA "\nsize 1\n",
		VERSION "size 1\noid sha256:" SHA "\n",
		VERSION "oid sha256:" SHA "\n",
		VERSION "oid sha256:" SHA "\nsize 1",
		VERSION "oid sha256:" SHA "\nsize -1\n",
		VERSION "oid sha256:" SHA "\nsize 99999999999999999999\n",
		VERSION "oid sha256:" SHA "00\nsize 1\n",
		VERSION "oid sha1:" SHA "\nsize 1\n",
		VERSION "oid sha256:\nsize 1\n",
		VERSION "ext-0-a\n",
	};
	struct ohb_lfs_pointer pointer;
	ohb_autostr longer = OHB_STR_INIT;
	size_t i;

	for (i = 0; i < OHB_ARRAY_LEN(texts); i++)
		ck_assert_msg(!parse(texts[i], &pointer), "%s", texts[i]);
	ohb_str_adds(&longer, VERSION "oid sha256:" SHA "\nsize 1\n");
	for (i = 0; i < 1024; i++)
		ohb_str_addc(&longer, '\n');
	ck_assert(!parse(longer.data, &pointer));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("lfs");
	TCase *tcase = tcase_create("all");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tcase);
	tcase_add_test(tcase, test_pointer);
	tcase_add_test(tcase, test_others);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
