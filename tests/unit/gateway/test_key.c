#include <check.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "gateway/gateway.h"
#include "io/fs.h"

/* What the source holds; key NULL: refused. */
static const struct {
	const char *text, *key, *words;
} cases[] = {
	{ "sk-abc", "sk-abc", NULL },
	{ "sk-abc\n", "sk-abc", NULL },
	{ "  sk-abc \r\n\n", "sk-abc", NULL },
	{ "", NULL, "empty" },
	{ " \n", NULL, "empty" },
	{ "sk-SECRET\nsk-OTHER\n", NULL, "one line" },
	{ "sk SECRET", NULL, "one line" },
	{ "sk-SECRET\x01", NULL, "one line" },
	{ "sk-SECRET\xc3\xa9", NULL, "one line" },
};

static char *dir;

static void make_dir(void)
{
	struct ohb_error err = OHB_ERROR_INIT;

	ck_assert_int_eq(ohb_fs_temp_dir(&dir, &err), 0);
}

static void remove_dir(void)
{
	struct ohb_error err = OHB_ERROR_INIT;

	ck_assert_int_eq(ohb_fs_remove_tree(AT_FDCWD, dir, &err), 0);
	free(dir);
}

static void check_key(const char *env, const char *file,
		const char *const *command, int i)
{
	struct ohb_error err = OHB_ERROR_INIT;
	struct ohb_secret *key = NULL;
	int result = ohb_key_load(env, file, command, NULL, &key, &err);
	const char *source = env ? env : file ? file : command[0];

	if (cases[i].key) {
		ck_assert_msg(result == 0, "%s", err.msg);
		ck_assert_str_eq(ohb_secret_reveal(key), cases[i].key);
		ohb_secret_free(key);
		return;
	}
	ck_assert_int_eq(result, -1);
	ck_assert_int_eq(err.code, OHB_E_CONFIG);
	ck_assert_msg(strstr(err.msg, cases[i].words) != NULL, "%s", err.msg);
	ck_assert_msg(strstr(err.msg, source) != NULL, "%s", err.msg);
	ck_assert_ptr_null(strstr(err.msg, "SECRET"));
	ck_assert_ptr_null(key);
}

START_TEST(from_each_source)
{
	ohb_autostr path = OHB_STR_INIT;
	const char *command[] = { "cat", NULL, NULL };
	int fd;

	ohb_str_addf(&path, "%s/key", dir);
	fd = open(path.data, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, cases[_i].text, strlen(cases[_i].text)),
			(ssize_t)strlen(cases[_i].text));
	close(fd);
	command[1] = path.data;
	ck_assert_int_eq(setenv("OHB_TEST_KEY", cases[_i].text, 1), 0);
	check_key("OHB_TEST_KEY", NULL, NULL, _i);
	check_key(NULL, path.data, NULL, _i);
	check_key(NULL, NULL, command, _i);
}
END_TEST

START_TEST(an_absent_source_is_named)
{
	static const char *const fails[] = { "false", NULL };
	static const char *const absent[] = { "/nonexistent/program", NULL };
	static const struct {
		const char *env, *file;
		const char *const *command;
		const char *words;
	} sources[] = {
		{ "OHB_TEST_ABSENT", NULL, NULL, "'OHB_TEST_ABSENT' is not" },
		{ NULL, "/nonexistent/key", NULL, "'/nonexistent/key'" },
		{ NULL, NULL, fails, "'false': exit status 1" },
		{ NULL, NULL, absent, "'/nonexistent/program'" },
	};
	struct ohb_error err;
	struct ohb_secret *key = NULL;
	size_t i;

	for (i = 0; i < OHB_ARRAY_LEN(sources); i++) {
		err = (struct ohb_error)OHB_ERROR_INIT;
		ck_assert_int_eq(ohb_key_load(sources[i].env, sources[i].file,
						 sources[i].command, NULL, &key,
						 &err),
				-1);
		ck_assert_int_eq(err.code, OHB_E_CONFIG);
		ck_assert_msg(strstr(err.msg, sources[i].words) != NULL, "%s",
				err.msg);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("key");
	TCase *tcase = tcase_create("key");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tcase, make_dir, remove_dir);
	tcase_add_loop_test(
			tcase, from_each_source, 0, (int)OHB_ARRAY_LEN(cases));
	tcase_add_test(tcase, an_absent_source_is_named);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
