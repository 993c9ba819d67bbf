#include "cli/options.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

#define MAX_WORDS 8

struct line {
	const char *argv[MAX_WORDS]; /* after the program's name */
	const char *text; /* of the options, or of the error */
};

/* The options that are not at their default, in a fixed order. */
static void describe(const struct ohb_options *o, struct ohb_str *out)
{
	const struct {
		bool set;
		const char *name;
	} flags[] = {
		{ o->help, " help" },
		{ o->version, " version" },
		{ o->keep_going, " keep-going" },
		{ o->always, " always" },
		{ o->retry_failed, " retry-failed" },
		{ o->no_wait, " no-wait" },
		{ o->dry_run, " dry-run" },
		{ o->question, " question" },
		{ o->staged, " staged" },
		{ o->silent, " silent" },
		{ o->verbose, " verbose" },
		{ o->no_color, " no-color" },
		{ o->json, " json" },
	};
	size_t i;

	ohb_str_adds(out, ohb_commands[o->command].name);
	for (i = 0; i < OHB_ARRAY_LEN(flags); i++)
		if (flags[i].set)
			ohb_str_adds(out, flags[i].name);
	if (o->file)
		ohb_str_addf(out, " file=%s", o->file);
	for (i = 0; i < o->ndirs; i++)
		ohb_str_addf(out, " dir=%s", o->dirs[i]);
	if (o->jobs)
		ohb_str_addf(out, " jobs=%u", o->jobs);
	if (o->progress)
		ohb_str_addf(out, " progress=%d", (int)o->progress);
	if (o->format)
		ohb_str_addf(out, " format=%d", (int)o->format);
	if (o->events)
		ohb_str_addf(out, " events=%s", o->events);
	if (o->affected)
		ohb_str_addf(out, " affected=%s", o->affected);
	if (o->replay)
		ohb_str_addf(out, " replay=%s", o->replay);
	if (o->replay_strict)
		ohb_str_adds(out, " replay-strict");
	if (o->record)
		ohb_str_addf(out, " record=%s", o->record);
	if (o->attempt)
		ohb_str_addf(out, " attempt=%u", o->attempt);
	for (i = 0; i < o->nwords; i++)
		ohb_str_addf(out, " [%s]", o->words[i]);
}

static int parse(const struct line *line, struct ohb_str *out,
		struct ohb_error *err)
{
	const char *argv[MAX_WORDS + 1] = { "ohbuild" };
	struct ohb_options options;
	int argc;

	for (argc = 1; argc <= MAX_WORDS && line->argv[argc - 1]; argc++)
		argv[argc] = line->argv[argc - 1];
	if (ohb_options_parse(argc, argv, &options, err))
		return -1;
	describe(&options, out);
	ohb_options_release(&options);
	return 0;
}

static const struct line good[] = {
	{ { NULL }, "build" },
	{ { "tests/a.c" }, "build [tests/a.c]" },
	{ { "build" }, "build" },
	{ { "status" }, "status" },
	{ { "status", "status" }, "status [status]" },
	{ { "a", "status" }, "build [a] [status]" },
	{ { "--", "check" }, "build [check]" },
	{ { "build", "check" }, "build [check]" },
	{ { "status", "--", "-k", "--" }, "status [-k] [--]" },
	{ { "-" }, "build [-]" },
	{ { "-j4" }, "build jobs=4" },
	{ { "-j", "4" }, "build jobs=4" },
	{ { "--jobs=4" }, "build jobs=4" },
	{ { "--jobs", "4", "x" }, "build jobs=4 [x]" },
	{ { "-kj4", "x" }, "build keep-going jobs=4 [x]" },
	{ { "-kj", "4", "x" }, "build keep-going jobs=4 [x]" },
	{ { "x", "-k", "y", "-B" }, "build keep-going always [x] [y]" },
	{ { "-C", "a", "status", "-Cb" }, "status dir=a dir=b" },
	{ { "-f", "x.yml", "list", "--json" }, "list json file=x.yml" },
	{ { "-n", "-q", "-s", "-v" }, "build dry-run question silent verbose" },
	{ { "--no-wait" }, "build no-wait" },
	{ { "--no-wait", "--wait" }, "build" },
	{ { "graph", "--format=dot" }, "graph format=2" },
	{ { "--progress=tty" }, "build progress=1" },
	{ { "--progress", "json" }, "build progress=3" },
	{ { "--progress=plain", "--progress=auto" }, "build" },
	{ { "--events=e", "--replay", "r", "--retry-failed" },
			"build retry-failed events=e replay=r" },
	{ { "--record=c", "--replay=r", "--replay-strict" },
			"build replay=r replay-strict record=c" },
	{ { "log", "x", "--attempt=2" }, "log attempt=2 [x]" },
	{ { "why", "--help" }, "why help" },
	{ { "show", "--version" }, "show version" },
	{ { "-h" }, "build help" },
	{ { "check", "-q", "--no-color" }, "check question no-color" },
	{ { "check", "--staged" }, "check staged" },
	{ { "--affected", "x" }, "build affected= [x]" },
	{ { "status", "--affected=main" }, "status affected=main" },
	{ { "-f", "--jobs" }, "build file=--jobs" },
	{ { "--file=a=b" }, "build file=a=b" },
};

START_TEST(words_are_understood)
{
	struct ohb_error err = OHB_ERROR_INIT;
	ohb_autostr out = OHB_STR_INIT;

	ck_assert_msg(parse(&good[_i], &out, &err) == 0, "%s", err.msg);
	ck_assert_str_eq(ohb_str_cstr(&out), good[_i].text);
}
END_TEST

static const struct line bad[] = {
	{ { "--jbos=4" }, "unknown option '--jbos': did you mean '--jobs'?" },
	{ { "--keep-goign" },
			"unknown option '--keep-goign': did you mean "
			"'--keep-going'?" },
	{ { "--xyzzy" }, "unknown option '--xyzzy': see 'ohbuild --help'" },
	{ { "--=4" }, "unknown option '--': see 'ohbuild --help'" },
	{ { "-kz" }, "unknown option '-z' in '-kz': see 'ohbuild --help'" },
	{ { "-j" }, "option '-j' needs a value: '-j N'" },
	{ { "--jobs" }, "option '--jobs' needs a value: '--jobs=N'" },
	{ { "--jobs=" }, "option '--jobs' needs a value: '--jobs=N'" },
	{ { "-f", "" }, "option '-f' needs a value: '-f FILE'" },
	{ { "--jobs=0" },
			"option '--jobs': '0' is not a number from 1 to 256" },
	{ { "-j-1" }, "option '--jobs': '-1' is not a number from 1 to 256" },
	{ { "-j257" },
			"option '--jobs': '257' is not a number from 1 to "
			"256" },
	{ { "-j4x" }, "option '--jobs': '4x' is not a number from 1 to 256" },
	{ { "-j99999999999999999999" },
			"option '--jobs': '99999999999999999999' is not a "
			"number from 1 to 256" },
	{ { "--always=yes" }, "option '--always' takes no value" },
	{ { "--progress=loud" },
			"option '--progress': 'loud' is none of "
			"auto, tty, plain, json" },
	{ { "status", "-k" },
			"'ohbuild status' has no option "
			"'--keep-going': see 'ohbuild status --help'" },
	{ { "-k", "status" },
			"'ohbuild status' has no option "
			"'--keep-going': see 'ohbuild status --help'" },
	{ { "--json" },
			"'ohbuild build' has no option '--json': see "
			"'ohbuild build --help'" },
	{ { "why" },
			"'ohbuild why' needs a target: 'ohbuild list' prints "
			"them" },
	{ { "show", "--json" },
			"'ohbuild show' needs a target: 'ohbuild "
			"list' prints them" },
	{ { "a", "" }, "a target has an empty name" },
};

START_TEST(mistakes_are_named)
{
	struct ohb_error err = OHB_ERROR_INIT;
	ohb_autostr out = OHB_STR_INIT;

	ck_assert_int_eq(parse(&bad[_i], &out, &err), -1);
	ck_assert_int_eq(err.code, OHB_E_USAGE);
	ck_assert_str_eq(err.msg, bad[_i].text);
}
END_TEST

START_TEST(options_have_one_name)
{
	const struct ohb_option *a, *b;
	size_t i, j;

	for (i = 0; (a = ohb_option_at(i)); i++) {
		ck_assert_uint_ne(a->commands, 0);
		for (j = i + 1; (b = ohb_option_at(j)); j++) {
			ck_assert_str_ne(a->name, b->name);
			ck_assert(!a->letter || a->letter != b->letter);
		}
	}
	ck_assert_uint_gt(i, 0);
}
END_TEST

START_TEST(help_has_its_options_in_80_columns)
{
	ohb_autostr help = OHB_STR_INIT;
	ohb_autostr word = OHB_STR_INIT;
	const struct ohb_option *option;
	const char *line;
	bool has;
	size_t i;

	ohb_options_help((enum ohb_command)_i, &help);
	for (i = 0; (option = ohb_option_at(i)); i++) {
		ohb_str_clear(&word);
		ohb_str_addf(&word, " --%s%s", option->name,
				!option->arg			    ? " " :
						*option->arg == '[' ? "[=" :
								      "=");
		has = option->commands & 1u << _i;
		ck_assert_msg(has == (strstr(help.data, word.data) != NULL),
				"%s", word.data);
	}
	for (line = help.data; *line; line += strcspn(line, "\n") + 1)
		ck_assert_uint_le(strcspn(line, "\n"), 80);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("options");
	TCase *tcase = tcase_create("options");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tcase, words_are_understood, 0,
			(int)OHB_ARRAY_LEN(good));
	tcase_add_loop_test(
			tcase, mistakes_are_named, 0, (int)OHB_ARRAY_LEN(bad));
	tcase_add_test(tcase, options_have_one_name);
	tcase_add_loop_test(tcase, help_has_its_options_in_80_columns, 0,
			OHB_NCOMMANDS);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
