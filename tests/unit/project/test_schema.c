#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/fs.h"
#include "project/keys.h"

/* The source tree, from the environment that ctest gives. */
static int source_dir(void)
{
	const char *name = getenv("OHBUILD_SOURCE_DIR");
	int fd = open(name ? name : ".", O_PATH | O_DIRECTORY | O_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	return fd;
}

static void read_source(const char *name, struct ohb_str *out)
{
	struct ohb_error err = OHB_ERROR_INIT;
	ohb_autoclose int dir = source_dir();

	ck_assert_msg(ohb_fs_read(dir, name, 1u << 20, out, &err) == 0, "%s",
			err.msg);
}

START_TEST(test_file_is_current)
{
	ohb_autostr file = OHB_STR_INIT;
	ohb_autostr made = OHB_STR_INIT;

	read_source("schema/openhands.schema.json", &file);
	ohb_config_schema(&made);
	ck_assert_msg(strcmp(ohb_str_cstr(&file), ohb_str_cstr(&made)) == 0,
			"schema/openhands.schema.json is old; make it anew: "
			"test_project_schema --print > "
			"schema/openhands.schema.json");
}
END_TEST

/* Each key, default and value as the manual writes it. */
static void check_manual(const char *manual, const struct ohb_keys *keys,
		const struct ohb_key *key)
{
	ohb_autostr head = OHB_STR_INIT;
	const struct ohb_choice *choice = key->choices;

	ohb_str_addf(&head,
			key->flags & OHB_KEY_LATER ? "\n.Cm %s" : "\n.It Cm %s",
			key->name);
	ck_assert_msg(strstr(manual, ohb_str_cstr(&head)) != NULL,
			"the manual says nothing of '%s' in %s", key->name,
			keys->what);
	for (; choice && choice->name; choice++) {
		ohb_str_clear(&head);
		ohb_str_addf(&head, "Cm %s", choice->name);
		ck_assert_msg(strstr(manual, ohb_str_cstr(&head)) != NULL,
				"the manual says nothing of '%s: %s'",
				key->name, choice->name);
	}
	if (!key->fallback)
		return;
	ohb_str_clear(&head);
	ohb_str_addf(&head, "The default is\n.Cm %s", key->fallback);
	ck_assert_msg(strstr(manual, ohb_str_cstr(&head)) != NULL,
			"the manual does not say that '%s' is by default '%s'",
			key->name, key->fallback);
}

START_TEST(test_manual_has_all)
{
	ohb_autostr manual = OHB_STR_INIT;
	size_t i, j;

	read_source("docs/man/openhands.yml.5", &manual);
	for (i = 0; ohb_all_keys[i]; i++)
		for (j = 0; j < ohb_all_keys[i]->count; j++)
			check_manual(manual.data, ohb_all_keys[i],
					&ohb_all_keys[i]->keys[j]);
}
END_TEST

/* A default the reader would refuse ends the program; see that none does. */
START_TEST(test_table)
{
	size_t i, j;

	for (i = 0; ohb_all_keys[i]; i++)
		for (j = 0; j < ohb_all_keys[i]->count; j++) {
			const struct ohb_key *key = &ohb_all_keys[i]->keys[j];

			if (key->flags & OHB_KEY_LATER)
				ck_assert_ptr_null(key->about);
			else
				ck_assert_ptr_nonnull(key->about);
			ck_assert_int_eq(key->choices != NULL,
					key->kind == OHB_KEY_CHOICE ||
							key->kind == OHB_KEY_FLAGS);
		}
}
END_TEST

static int print(void)
{
	ohb_autostr made = OHB_STR_INIT;

	ohb_config_schema(&made);
	return fputs(ohb_str_cstr(&made), stdout) < 0 ? EXIT_FAILURE :
							EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	Suite *suite = suite_create("schema");
	TCase *tcase = tcase_create("schema");
	SRunner *runner;
	int failed;

	if (argc > 1 && strcmp(argv[1], "--print") == 0)
		return print();
	suite_add_tcase(suite, tcase);
	tcase_add_test(tcase, test_file_is_current);
	tcase_add_test(tcase, test_manual_has_all);
	tcase_add_test(tcase, test_table);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
