#include "text/keyshape.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "base/memory.h"
#include "base/str.h"

/* In two pieces: no scanner of secrets is to stumble over this file. */
static const char *const real[] = {
	"AKIA"
	"Q3EGRH7ZT5LWXKCV",
	"aws_key = 'ASIA"
	"Y34FZKBOKMUTVV7A'",
	"ghp_"
	"x8Kq2LmZ7vR4tYw9BnC1dF6gH3jP5sA0uEiO",
	"gho_"
	"16C7e42F292c6912E7710c838347Ae178B4a",
	"github_pat_"
	"11ABCDEFG0x8Kq2LmZ7vR4_tYw9BnC1dF6gH3jP5sA0uEiO7x",
	"glpat-"
	"x8Kq2LmZ7vR4tYw9BnC1",
	"sk-"
	"x8Kq2LmZ7vR4tYw9BnC1T3BlbkFJdF6gH3jP5sA0uEiO7x8K",
	"sk-proj-"
	"x8Kq2LmZ7vR4tYw9BnC1-dF6gH3jP5sA0uEiO7x8Kq2LmZ",
	"sk-ant-api03-"
	"x8Kq2LmZ7vR4tYw9BnC1dF6gH3jP5sA0uEiO7x8Kq2LmZ-AA",
	"sk-or-v1-"
	"7f3a9c1e5b2d8f604a7c9e1b3d5f7082a4c6e8f01b3d5f792",
	"sk_live_"
	"x8Kq2LmZ7vR4tYw9BnC1dF6g",
	"hf_"
	"xKqLmZvRtYwBnCdFgHjPsAuEiOxKqLmZvR",
	"AIza"
	"SyD8Kq2LmZ7vR4tYw9BnC1dF6gH3jP5sA0u",
	"xoxb-"
	"263594206564-2343594206574-FGqddMF8t08v8N7Oq4i57vs1",
	"npm_"
	"x8Kq2LmZ7vR4tYw9BnC1dF6gH3jP5sA0uEiO",
	"eyJhbGciOi"
	"JIUzI1NiJ9.eyJpc3MiOiJzdXBhYmFzZSJ9."
	"dQw4w9WgXcQ_x8Kq2LmZ7vR4tYw9",
	"-----BEGIN RSA "
	"PRIVATE KEY-----\n"
	"MIIEpAIBAAKCAQEA3Tz2mr7SZiAMfQyuvBjM9Oi8xK2LmZ7vR4tYw9BnC1dF6gH3",
	"key = \"-----BEGIN "
	"PRIVATE KEY-----\\n"
	"MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj",
};

static bool is_secret(const char *data, size_t len)
{
	size_t at = 0, found;

	for (; ohb_keyshape_find(data, len, &at, &found); at += found)
		if (ohb_keyshape_is_real(data, len, at, found))
			return true;
	return false;
}

START_TEST(a_secret_is_found)
{
	ck_assert_msg(is_secret(real[_i], strlen(real[_i])), "%s", real[_i]);
}
END_TEST

/* Names, placeholders, sequences, and code about keys. */
static const char *const others[] = {
	"sk-your-key-here-000000000000",
	"sk-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
	"sk-test-0123456789abcdefghijklmnopqrstuvwx",
	"sk-estimator-doc-link-and-more2",
	"gsk_transform_to_2d_components(self, out)",
	"gsk_gl_render_job_visit_rounded_rect2_node()",
	"npm_package_dependencies_foo_bar_2_baz_qux",
	"hf_transfer_upload_large_file_part2_of_many",
	"r8_register_allocation_for_spilled_value_17",
	"AKIA"
	"IOSFODNN7EXAMPLE",
	"AKIA1234567890123456",
	"ASIA_PACIFIC_REGION_NAMES_V2",
	"ghp_000000000000000000000000000000000000",
	"ghp_123456789012345678901234567890123456",
	"-----BEGIN RSA "
	"PRIVATE KEY-----",
	"if (strstr(line, \"-----BEGIN "
	"PRIVATE KEY-----\")) return 1;\n"
	"/* the rest of the function, with words only */",
	"eyJhbGciOi"
	"JIUzI1NiIsInR5cCI6IkpXVCJ9."
	"eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIn0."
	"SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c",
	"eyJhbGciOi"
	"JIUzI1NiJ9",
	"sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
	"6ba7b810-9dad-11d1-80b4-00c04fd430c8",
	"\"integrity\": \"sha512-z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/"
	"SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg==\"",
	"h1:DLJCy1n/vrD4HPjOvYcT8aYQXpPIzoRZONaYwyycI+I=",
	"data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAA"
	"DUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
	"task-4f9d2b7c1e8a4f9d2b7c1e8a, risk-4f9d2b7c1e8a4f9d2b7c1e8a",
};

START_TEST(a_near_miss_is_none)
{
	ck_assert_msg(!is_secret(others[_i], strlen(others[_i])), "%s",
			others[_i]);
}
END_TEST

static void read_all(FILE *file, struct ohb_str *out)
{
	char chunk[4096];
	size_t n;

	while ((n = fread(chunk, 1, sizeof(chunk), file)) > 0)
		ohb_str_add(out, chunk, n);
}

static size_t look_into(const char *folder)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;
	size_t looked = 0;

	ck_assert_msg(dir != NULL, "%s", folder);
	while ((entry = readdir(dir))) {
		ohb_autostr path = OHB_STR_INIT, text = OHB_STR_INIT;
		FILE *file;

		if (entry->d_name[0] == '.' ||
				ohb_streq(entry->d_name, "build"))
			continue;
		ohb_str_addf(&path, "%s/%s", folder, entry->d_name);
		if (entry->d_type == DT_DIR) {
			looked += look_into(path.data);
			continue;
		}
		file = entry->d_type == DT_REG ? fopen(path.data, "re") : NULL;
		if (!file)
			continue;
		read_all(file, &text);
		(void)fclose(file);
		ck_assert_msg(!is_secret(ohb_str_cstr(&text), text.len), "%s",
				path.data);
		looked++;
	}
	(void)closedir(dir);
	return looked;
}

START_TEST(nothing_of_this_repository_is_one)
{
	const char *root = getenv("OHBUILD_SOURCE_DIR");

	ck_assert_msg(root != NULL, "OHBUILD_SOURCE_DIR is not set");
	ck_assert_uint_gt(look_into(root), 500);
}
END_TEST

START_TEST(a_mask_hides_all_of_it)
{
	char text[] = "a sk-"
		      "x8Kq2LmZ7vR4tYw9BnC1dF6gH3 b";

	ohb_keyshape_mask(text, strlen(text));
	ck_assert_str_eq(text, "a ***************************** b");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("keyshape");
	TCase *tests = tcase_create("keyshape");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tests, 60);
	tcase_add_loop_test(
			tests, a_secret_is_found, 0, (int)OHB_ARRAY_LEN(real));
	tcase_add_loop_test(tests, a_near_miss_is_none, 0,
			(int)OHB_ARRAY_LEN(others));
	tcase_add_test(tests, nothing_of_this_repository_is_one);
	tcase_add_test(tests, a_mask_hides_all_of_it);
	suite_add_tcase(suite, tests);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
