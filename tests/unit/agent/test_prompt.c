#include "agent/prompt.h"

#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "base/limits.h"
#include "base/memory.h"
#include "text/utf8.h"

static const char *const sources[] = { "src/ring.c" };
static const char *const outputs[] = { "tests/test_ring.c" };
static const char *const inputs[] = { "src/ring.h", "docs/a \"b\"\n.md" };
static const char *const commands[] = {
	"make -s build/test_ring",
	"CK_XML_LOG_FILE_NAME={report} \\\n\tbuild/test_ring",
};

static struct ohb_str text;
static struct ohb_error err;

static struct ohb_prompt plain(void)
{
	return (struct ohb_prompt){
		.dir = "/workspace/project",
		.sources = sources,
		.nsources = 1,
		.outputs = outputs,
		.noutputs = 1,
	};
}

static void make(const struct ohb_prompt *prompt)
{
	ohb_str_clear(&text);
	ck_assert_msg(ohb_prompt_make(prompt, &text, &err) == 0, "%s", err.msg);
}

static void teardown(void)
{
	ohb_str_release(&text);
}

static void assert_has(const char *part)
{
	ck_assert_msg(strstr(text.data, part) != NULL, "no '%s' in:\n%s", part,
			text.data);
}

START_TEST(it_says_what_the_judge_relies_on)
{
	struct ohb_prompt prompt = plain();

	prompt.inputs = inputs;
	prompt.ninputs = 2;
	prompt.commands = commands;
	prompt.ncommands = 2;
	make(&prompt);
	assert_has("`/workspace/project`");
	assert_has("\nSUSPECTED-BUG: file:line");
	assert_has("\nBLOCKED: what");
	assert_has("Write a thorough unit test");
	assert_has("Under test:\n- src/ring.c\n\nTo write:\n"
		   "- tests/test_ring.c\n\nBelong to it, to be read:\n"
		   "- src/ring.h\n- \"docs/a \\\"b\\\"\\n.md\"\n");
	assert_has("\n\n    make -s build/test_ring\n"
		   "    CK_XML_LOG_FILE_NAME={report} \\\n"
		   "    \tbuild/test_ring\n");
	ck_assert_ptr_null(strstr(text.data, "exists already. It"));
}
END_TEST

/* So that a provider's cache serves every target and attempt. */
START_TEST(what_all_targets_share_comes_first)
{
	static const char *const other[] = { "src/duration.c" };
	ohb_autostr first = OHB_STR_INIT;
	struct ohb_prompt prompt = plain();
	size_t shared;

	make(&prompt);
	ohb_str_adds(&first, text.data);
	prompt.task = "Look at wrap-around.";
	prompt.sources = other;
	prompt.outputs = other;
	prompt.exists = 1;
	make(&prompt);
	shared = (size_t)(strstr(first.data, "# Task") - first.data);
	ck_assert_uint_gt(shared, 2000);
	ck_assert_int_eq(memcmp(first.data, text.data, shared), 0);
	ck_assert_uint_lt(first.len, 6000);
}
END_TEST

START_TEST(the_users_task_stands_as_it_is)
{
	struct ohb_prompt prompt = plain();

	prompt.task = "Use {source} and {{name}}, $(rm) `id` \"\\\n";
	prompt.exists = 1;
	make(&prompt);
	assert_has("# Task\n\nUse {source} and {{name}}, $(rm) `id` \"\\\n\n");
	assert_has("exists already. It was made for");
	ck_assert_ptr_null(strstr(text.data, "thorough"));
}
END_TEST

START_TEST(without_commands_there_is_no_heading)
{
	struct ohb_prompt prompt = plain();

	make(&prompt);
	ck_assert_ptr_null(strstr(text.data, "# Commands"));
	ck_assert(ohb_ends(text.data, "- tests/test_ring.c\n\n"));
}
END_TEST

/* Every byte that a file system allows, alone in a name. */
START_TEST(any_name_is_one_line_of_text)
{
	char name[] = "x/?.c";
	const char *names[] = { name };
	struct ohb_prompt prompt = plain();
	size_t lines = 0;
	size_t i;

	prompt.sources = names;
	name[2] = (char)_i;
	make(&prompt);
	ck_assert(ohb_utf8_valid(text.data, text.len));
	for (i = 0; i < text.len; i++)
		lines += text.data[i] == '\n';
	name[2] = 'a';
	make(&prompt);
	for (i = 0; i < text.len; i++)
		lines -= text.data[i] == '\n';
	ck_assert_uint_eq(lines, 0);
}
END_TEST

START_TEST(names_are_told_apart)
{
	static const struct {
		const char *name, *line;
	} cases[] = {
		{ "a b.c", "\n- a b.c\n" },
		{ "n\xc3\xa4h.c", "\n- n\xc3\xa4h.c\n" },
		{ "n\xe4h.c", "\n- \"n\\344h.c\"\n" },
		{ "\\n", "\n- \"\\\\n\"\n" },
		{ " a", "\n- \" a\"\n" },
		{ "\x1b[2J", "\n- \"\\033[2J\"\n" },
		{ "`{task}`", "\n- `{task}`\n" },
	};
	size_t i;

	for (i = 0; i < OHB_ARRAY_LEN(cases); i++) {
		struct ohb_prompt prompt = plain();

		prompt.sources = &cases[i].name;
		make(&prompt);
		assert_has(cases[i].line);
	}
}
END_TEST

START_TEST(it_is_bounded)
{
	struct ohb_prompt prompt = plain();
	char *task = ohb_alloc(OHB_MAX_PROMPT + 1);

	memset(task, 'x', OHB_MAX_PROMPT);
	prompt.task = task;
	ohb_str_clear(&text);
	ohb_str_adds(&text, "before");
	ck_assert_int_eq(ohb_prompt_make(&prompt, &text, &err), -1);
	ck_assert_int_eq(err.code, OHB_E_LIMIT);
	ck_assert_str_eq(text.data, "before");
	free(task);
}
END_TEST

typedef int find_fn(const char *data, size_t len, struct ohb_str *out);

static const struct {
	const char *text;
	find_fn *find;
	const char *reason; /* NULL: none is found */
} words[] = {
	{ "BLOCKED: no compiler", ohb_prompt_find_blocked, "no compiler" },
	{ "Sorry.\n\n- **BLOCKED:** no `make` here.\nBye",
			ohb_prompt_find_blocked, "no `make` here." },
	{ "**BLOCKED**: x**", ohb_prompt_find_blocked, "x" },
	{ "### `BLOCKED:` x", ohb_prompt_find_blocked, "x" },
	{ "> BLOCKED:\n\nthe reason below\nmore", ohb_prompt_find_blocked,
			"the reason below" },
	{ "BLOCKED:", ohb_prompt_find_blocked, "(no reason given)" },
	{ "BLOCKED:\001\002*", ohb_prompt_find_blocked, "(no reason given)" },
	{ "BLOCKED: a\033[31mb\tc", ohb_prompt_find_blocked, "ab c" },
	{ "I was not BLOCKED: fine", ohb_prompt_find_blocked, NULL },
	{ "BLOCKED", ohb_prompt_find_blocked, NULL },
	{ "BLOCKEDNESS: x", ohb_prompt_find_blocked, NULL },
	{ "blocked: x", ohb_prompt_find_blocked, NULL },
	{ "BLOCKED: none", ohb_prompt_find_blocked, NULL },
	{ "BLOCKED: *None.*", ohb_prompt_find_blocked, NULL },
	{ "BLOCKED: N/A\nBLOCKED: yes", ohb_prompt_find_blocked, "yes" },
	{ "BLOCKED: nothing is installed", ohb_prompt_find_blocked,
			"nothing is installed" },
	{ "", ohb_prompt_find_blocked, NULL },
	{ "SUSPECTED-BUG: src/a.c:7 off by one\nBLOCKED: x",
			ohb_prompt_find_bug, "src/a.c:7 off by one" },
	{ "1 test.\n* SUSPECTED-BUG: b.c:1 x\n* SUSPECTED-BUG: c.c:2 y",
			ohb_prompt_find_bug, "b.c:1 x" },
	{ "SUSPECTED-BUG: none", ohb_prompt_find_bug, NULL },
	{ "SUSPECTED_BUG: x", ohb_prompt_find_bug, NULL },
};

START_TEST(last_words_are_found)
{
	int found = words[_i].find(
			words[_i].text, strlen(words[_i].text), &text);

	ck_assert_int_eq(found, words[_i].reason != NULL);
	ck_assert_str_eq(ohb_str_cstr(&text),
			words[_i].reason ? words[_i].reason : "");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("prompt");
	TCase *tcase = tcase_create("prompt");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tcase, NULL, teardown);
	tcase_add_test(tcase, it_says_what_the_judge_relies_on);
	tcase_add_test(tcase, what_all_targets_share_comes_first);
	tcase_add_test(tcase, the_users_task_stands_as_it_is);
	tcase_add_test(tcase, without_commands_there_is_no_heading);
	tcase_add_loop_test(tcase, any_name_is_one_line_of_text, 1, 256);
	tcase_add_test(tcase, names_are_told_apart);
	tcase_add_test(tcase, it_is_bounded);
	tcase_add_loop_test(tcase, last_words_are_found, 0,
			(int)OHB_ARRAY_LEN(words));
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
