/* The manual and the completions know the options of the table, and no
 * others. */

#include <check.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "cli/options.h"

/* How a document writes a long option, a letter and a command; %s is it. */
static const struct {
	const char *path, *name, *letter, *command;
} documents[] = {
	{ "docs/man/ohbuild.1", "Fl Fl %s", "Fl %s", "It Cm %s" },
	{ "completions/bash/ohbuild", "--%s", "-%s", "%s" },
	{ "completions/zsh/_ohbuild", "--%s", "-%s", "%s" },
	{ "completions/fish/ohbuild.fish", "-l %s", "-s %s", "%s" },
};

static void read_document(const char *path, struct ohb_str *ret)
{
	const char *root = getenv("OHBUILD_SOURCE_DIR");
	ohb_autostr full = OHB_STR_INIT;
	char chunk[4096];
	FILE *file;
	size_t n;

	ck_assert_ptr_nonnull(root);
	ohb_str_addf(&full, "%s/%s", root, path);
	file = fopen(full.data, "r");
	ck_assert_msg(file != NULL, "%s", full.data);
	while ((n = fread(chunk, 1, sizeof(chunk), file)) > 0)
		ohb_str_add(ret, chunk, n);
	(void)fclose(file);
}

static bool in_name(char c)
{
	return isalnum((unsigned char)c) || c == '-';
}

/* The pattern with the word in it, not as a part of a longer word. */
static bool mentions(const char *text, const char *pattern, const char *word)
{
	size_t before = strcspn(pattern, "%");
	ohb_autostr needle = OHB_STR_INIT;
	const char *at;

	ohb_str_add(&needle, pattern, before);
	ohb_str_adds(&needle, word);
	for (at = text; (at = strstr(at, needle.data)); at++)
		if (!in_name(at[needle.len]) &&
				(at == text || !in_name(at[-1])))
			return true;
	return false;
}

START_TEST(every_option_is_there)
{
	ohb_autostr text = OHB_STR_INIT;
	const struct ohb_option *option;
	size_t i;

	read_document(documents[_i].path, &text);
	for (i = 0; (option = ohb_option_at(i)); i++) {
		ck_assert_msg(mentions(text.data, documents[_i].name,
					      option->name),
				"%s: --%s", documents[_i].path, option->name);
		ck_assert_msg(!option->letter ||
						mentions(text.data,
								documents[_i].letter,
								(char[]){ option->letter,
										0 }),
				"%s: -%c", documents[_i].path, option->letter);
	}
	for (i = 0; i < OHB_NCOMMANDS; i++)
		ck_assert_msg(mentions(text.data, documents[_i].command,
					      ohb_commands[i].name),
				"%s: %s", documents[_i].path,
				ohb_commands[i].name);
}
END_TEST

static bool is_option(const char *name, size_t len)
{
	const struct ohb_option *option;
	size_t i;

	for (i = 0; (option = ohb_option_at(i)); i++)
		if (strlen(option->name) == len &&
				memcmp(option->name, name, len) == 0)
			return true;
	return false;
}

START_TEST(no_other_option_is_there)
{
	size_t prefix = strcspn(documents[_i].name, "%"), len;
	ohb_autostr text = OHB_STR_INIT;
	ohb_autofree char *needle = ohb_strndup(documents[_i].name, prefix);
	const char *at;
	size_t found = 0;

	read_document(documents[_i].path, &text);
	ck_assert_ptr_nonnull(text.data);
	for (at = text.data; (at = strstr(at, needle)); at += prefix) {
		for (len = 0; in_name(at[prefix + len]);)
			len++;
		if (at != text.data && in_name(at[-1]))
			continue;
		if (!len || !isalpha((unsigned char)at[prefix]))
			continue;
		found++;
		ck_assert_msg(is_option(at + prefix, len), "%s: --%.*s",
				documents[_i].path, (int)len, at + prefix);
	}
	ck_assert_uint_gt(found, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("documents");
	TCase *tcase = tcase_create("documents");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tcase, every_option_is_there, 0,
			(int)OHB_ARRAY_LEN(documents));
	tcase_add_loop_test(tcase, no_other_option_is_there, 0,
			(int)OHB_ARRAY_LEN(documents));
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
