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

/* What stands behind a line that begins with head, up to the next one that
 * begins with one of the ends. */
static char *part(const char *text, const char *head, const char *const *ends)
{
	const char *begin = strstr(text, head), *end, *next;

	ck_assert_msg(begin != NULL, "the manual lacks '%s'", head + 1);
	begin++;
	end = begin + strlen(begin);
	for (; *ends; ends++) {
		next = strstr(begin, *ends);
		if (next && next < end)
			end = next;
	}
	return ohb_strndup(begin, (size_t)(end - begin + 1));
}

static const char *const sections[] = { "\n.Ss ", "\n.Sh ", NULL };
static const char *const items[] = { "\n.It ", "\n.El", NULL };

/* The section about one kind of mapping. */
static char *find_section(const char *manual, const struct ohb_keys *keys)
{
	ohb_autostr head = OHB_STR_INIT;
	const char *c;

	ohb_str_adds(&head, "\n.Ss Keys of ");
	for (c = keys->what; *c; c++)
		if (*c != '\'')
			ohb_str_addc(&head, *c);
	ohb_str_addc(&head, '\n');
	return part(manual, head.data, sections);
}

static void expect(const char *text, const char *key, const char *before,
		const char *word)
{
	ohb_autostr line = OHB_STR_INIT;

	ohb_str_addf(&line, "%s%s", before, word);
	ck_assert_msg(strstr(text, line.data) != NULL,
			"the manual lacks '%s' at '%s'", line.data + 1, key);
}

/* Each key, default and value as the manual writes it. */
static void check_manual(const char *section, const struct ohb_key *key)
{
	const struct ohb_choice *choice = key->choices;
	ohb_autofree char *item = NULL;
	ohb_autostr head = OHB_STR_INIT;

	ohb_str_addf(&head, "\n.It Cm %s Ar ", key->name);
	item = part(section, head.data, items);
	for (; choice && choice->name; choice++)
		expect(item, key->name, "\n.Cm ", choice->name);
	if (key->fallback)
		expect(item, key->name, "\nThe default is\n.Cm ",
				key->fallback);
}

START_TEST(test_manual_has_all)
{
	ohb_autostr manual = OHB_STR_INIT;
	size_t i, j;

	read_source("docs/man/openhands.yml.5", &manual);
	for (i = 0; ohb_all_keys[i]; i++) {
		ohb_autofree char *section =
				find_section(manual.data, ohb_all_keys[i]);

		for (j = 0; j < ohb_all_keys[i]->count; j++)
			check_manual(section, &ohb_all_keys[i]->keys[j]);
	}
}
END_TEST

/* Each rule of guard, its level and its words stand in docs/VALIDATION.md and
 * in the manual. */
START_TEST(test_rules_are_told)
{
	static const char *const words[] = {
		[OHB_GUARD_OFF] = "off",
		[OHB_GUARD_WARN] = "warn",
		[OHB_GUARD_ERROR] = "error",
	};
#define RULE(rule, id, level, about, text) { (id), OHB_GUARD_##level, (about) },
	static const struct {
		const char *id;
		enum ohb_guard_level level;
		const char *about;
	} rules[] = { OHB_GUARD_RULES(RULE) };
#undef RULE
	ohb_autostr text = OHB_STR_INIT, manual = OHB_STR_INIT;
	size_t i;

	read_source("docs/VALIDATION.md", &text);
	read_source("docs/man/openhands.yml.5", &manual);
	for (i = 0; i < OHB_ARRAY_LEN(rules); i++) {
		ohb_autostr row = OHB_STR_INIT, item = OHB_STR_INIT;
		size_t len;

		ohb_str_addf(&row, "\n| `%s` | %s | %s", rules[i].id,
				words[rules[i].level], rules[i].about);
		len = row.len - (row.data[row.len - 1] == '.');
		ohb_str_cut(&row, len);
		ck_assert_msg(strstr(text.data, row.data) != NULL,
				"docs/VALIDATION.md lacks '%s'", row.data + 1);
		ohb_str_addf(&item,
				".It Cm %s Ar choice\n%s\n"
				"Without this key\n.Cm %s ;",
				rules[i].id, rules[i].about,
				words[rules[i].level]);
		ck_assert_msg(strstr(manual.data, item.data) != NULL,
				"the manual lacks '%s'", item.data);
	}
}
END_TEST

/* A default the reader would refuse ends the program; see that none does. */
START_TEST(test_table)
{
	size_t i, j;

	for (i = 0; ohb_all_keys[i]; i++)
		for (j = 0; j < ohb_all_keys[i]->count; j++) {
			const struct ohb_key *key = &ohb_all_keys[i]->keys[j];

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
	tcase_add_test(tcase, test_rules_are_told);
	tcase_add_test(tcase, test_table);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
