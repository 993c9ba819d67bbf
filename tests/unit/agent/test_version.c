#include "agent/version.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "base/memory.h"

#define TABLE "/examples/agent-image/versions"

static const struct {
	const char *version;
	bool warns, fails;
} cases[] = {
	{ "1.43.1", false, false },
	{ "1.5.0", false, false }, /* the last number makes no difference */
	{ "1.7.4", false, false },
	{ "1.63.9", false, false },
	{ "1.64.0", true, false },
	{ "1.43-rc1", false, false },
	{ "2.43.0", true, false },
	{ "2.1", true, false },
	{ "unknown", true, false },
	{ "", true, false },
	{ "1", true, false },
	{ "1.", true, false },
	{ "99999999999999999999.1", true, false },
	{ NULL, true, false },
	{ "1.4.1", false, true },
	{ "1.0.0", false, true },
	{ "0.62.0", false, true },
};

START_TEST(a_version_is_judged)
{
	ohb_autostr warning = OHB_STR_INIT;
	struct ohb_error err = OHB_ERROR_INIT;
	int bad = ohb_version_check(cases[_i].version, &warning, &err);

	ck_assert_int_eq(bad, cases[_i].fails ? -1 : 0);
	ck_assert_int_eq(warning.len > 0, cases[_i].warns);
	if (cases[_i].warns)
		ck_assert_ptr_nonnull(strstr(
				warning.data, "was tested with 1.5.2 to 1."));
	if (cases[_i].warns && cases[_i].version)
		ck_assert_ptr_nonnull(strstr(warning.data, cases[_i].version));
	if (!cases[_i].fails || !cases[_i].version)
		return;
	ck_assert_int_eq(err.code, OHB_E_INFRA);
	ck_assert_ptr_nonnull(strstr(err.msg, cases[_i].version));
	ck_assert_ptr_nonnull(strstr(err.msg, "tested with 1.5.2 to 1."));
	ck_assert_ptr_nonnull(strstr(err.msg, "docs/images.md"));
}
END_TEST

/* What is called tested is what the tests build, and nothing else. */
START_TEST(the_tested_ones_have_images)
{
	const char *root = getenv("OHBUILD_SOURCE_DIR");
	ohb_autostr path = OHB_STR_INIT;
	char line[256], version[64];
	size_t images = 0, n = 0, i;
	FILE *file;

	while (ohb_version_tested(n))
		n++;
	ohb_str_addf(&path, "%s" TABLE, root ? root : ".");
	file = fopen(path.data, "re");
	ck_assert_msg(file != NULL, "no '%s'", path.data);
	while (fgets(line, sizeof(line), file)) {
		if (sscanf(line, "server %63s", version) != 1)
			continue;
		images++;
		for (i = 0; i < n; i++)
			if (strcmp(version, ohb_version_tested(i)) == 0)
				break;
		ck_assert_msg(i < n, "%s is not in version.c", version);
	}
	(void)fclose(file);
	ck_assert_uint_eq(images, n);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("version");
	TCase *tcase = tcase_create("version");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_loop_test(tcase, a_version_is_judged, 0,
			(int)OHB_ARRAY_LEN(cases));
	tcase_add_test(tcase, the_tested_ones_have_images);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
