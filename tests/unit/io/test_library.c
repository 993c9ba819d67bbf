#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "io/archive.h"

static struct ohb_archive functions;
static int begun;

static void begin(void)
{
	ck_assert(functions.read_free != NULL);
	begun++;
}

static struct ohb_library good = OHB_LIBRARY(&functions, OHB_ARCHIVE_FUNCTIONS,
		OHB_LIBARCHIVE_SONAME, "package", begin);

static void *load(void *userdata)
{
	struct ohb_error err = OHB_ERROR_INIT;

	(void)userdata;
	ck_assert_msg(ohb_library_load(&good, &err) == 0, "%s", err.msg);
	/* What another thread found is there for this one. */
	ck_assert(functions.write_set_format_pax_restricted != NULL);
	return NULL;
}

START_TEST(loaded_once_by_many)
{
	pthread_t threads[8];
	size_t i;

	for (i = 0; i < 8; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, load, NULL),
				0);
	for (i = 0; i < 8; i++)
		ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
	ck_assert_int_eq(begun, 1);
}
END_TEST

static void never(void)
{
	ck_abort_msg("begun without its functions");
}

START_TEST(what_is_not_there)
{
	static struct {
		void *pointer;
	} none;
	static const char *const names[] = { "ohb_no_such_function", NULL };
	static const struct {
		const char *soname, *says;
	} cases[] = {
		{ "libohb-none.so.7", "cannot open shared object file" },
		{ OHB_LIBARCHIVE_SONAME, "ohb_no_such_function" },
	};
	struct ohb_library library = {
		.soname = cases[_i].soname,
		.package = "ohb-package7",
		.names = names,
		.pointers = &none,
		.begin = never,
		.lock = PTHREAD_MUTEX_INITIALIZER,
	};
	int time;

	for (time = 0; time < 2; time++) {
		struct ohb_error err = OHB_ERROR_INIT;

		ck_assert_int_eq(ohb_library_load(&library, &err), -1);
		ck_assert_int_eq(err.code, OHB_E_INFRA);
		ck_assert_ptr_nonnull(strstr(err.msg, cases[_i].soname));
		ck_assert_ptr_nonnull(strstr(err.msg, cases[_i].says));
		ck_assert_ptr_nonnull(strstr(
				err.msg, "apt-get install ohb-package7"));
	}
	ck_assert_ptr_null(none.pointer);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("library");
	TCase *tests = tcase_create("library");
	SRunner *runner;
	int failed;

	tcase_add_test(tests, loaded_once_by_many);
	tcase_add_loop_test(tests, what_is_not_there, 0, 2);
	suite_add_tcase(suite, tests);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
