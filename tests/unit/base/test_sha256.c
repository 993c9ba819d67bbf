#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/sha256.h"

/* FIPS 180-4 */
static const struct {
	const char *text, *hex;
} vectors[] = {
	{ "",
			"e3b0c44298fc1c149afbf4c8996fb924"
			"27ae41e4649b934ca495991b7852b855" },
	{ "abc",
			"ba7816bf8f01cfea414140de5dae2223"
			"b00361a396177a9cb410ff61f20015ad" },
	{ "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
			"248d6a61d20638b8e5c026930c3e6039"
			"a33ce45964ff2167f6ecedd419db06c1" },
};

START_TEST(known_texts)
{
	const struct ohb_sha256 sha = ohb_sha256_of(
			vectors[_i].text, strlen(vectors[_i].text));
	struct ohb_sha256 back;
	char hex[OHB_SHA256_HEX];

	ck_assert_str_eq(ohb_sha256_hex(&sha, hex), vectors[_i].hex);
	ck_assert_int_eq(ohb_sha256_parse(hex, 64, &back), 0);
	ck_assert(ohb_sha256_eq(&sha, &back));
	back.bytes[31] ^= 1;
	ck_assert(!ohb_sha256_eq(&sha, &back));
	ck_assert_int_eq(ohb_sha256_parse(hex, 63, &back), -1);
	hex[5] = 'F';
	ck_assert_int_eq(ohb_sha256_parse(hex, 64, &back), -1);
	hex[5] = '\0';
	ck_assert_int_eq(ohb_sha256_parse(hex, 64, &back), -1);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("sha256");
	Suite *suite = suite_create("sha256");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tc, known_texts, 0, OHB_ARRAY_LEN(vectors));
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
