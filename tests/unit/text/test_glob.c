#include "text/glob.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <check.h>

static struct ohb_arena arena;
static struct ohb_error err;

static void setup(void)
{
	arena = (struct ohb_arena)OHB_ARENA_INIT;
}

static void teardown(void)
{
	ohb_arena_release(&arena);
}

static struct ohb_glob *compiled(const char *pattern)
{
	size_t at;
	struct ohb_glob *glob = ohb_glob_compile(&arena, pattern, &at, &err);

	ck_assert_msg(glob != NULL, "'%s': %s", pattern, err.msg);
	return glob;
}

static const struct {
	const char *pattern, *path;
	bool matches;
} match_cases[] = {
	{ "a.c", "a.c", true },
	{ "a.c", "a.cc", false },
	{ "a.c", "xa.c", false },
	{ "*", "a", true },
	{ "*", ".hidden", true },
	{ "*", "a/b", false },
	{ "src/*.c", "src/a.c", true },
	{ "src/*.c", "src/.c", true },
	{ "src/*.c", "src/x/a.c", false },
	{ "?.c", "a.c", true },
	{ "?.c", ".c", false },
	{ "a?b", "a/b", false },
	{ "**", "a", true },
	{ "**", "a/b/c", true },
	{ "src/**", "src/a", true },
	{ "src/**", "src/a/b", true },
	{ "src/**", "src", false },
	{ "src/**", "src/", false },
	{ "src/**", "srcs/a", false },
	{ "**/a", "a", true },
	{ "**/a", "x/y/a", true },
	{ "**/a", "xa", false },
	{ "a/**/b", "a/b", true },
	{ "a/**/b", "a/x/b", true },
	{ "a/**/b", "a/x/y/b", true },
	{ "a/**/b", "ab", false },
	{ "a/**/b", "a/xb", false },
	{ "**/**/a", "x/a", true },
	{ "**/x/**/*.c", "p/x/q/r/a.c", true },
	{ "**/x/**/*.c", "p/xx/q/r/a.c", false },
	{ "[abc]", "b", true },
	{ "[abc]", "d", false },
	{ "[a-c]x", "cx", true },
	{ "[!a-c]", "d", true },
	{ "[!a-c]", "a", false },
	{ "[^a]", "b", true },
	{ "[!a]", "/", false },
	{ "x[!a]y", "x/y", false },
	{ "x[+-9]y", "x/y", false },
	{ "[]]", "]", true },
	{ "[]a]", "a", true },
	{ "[!]]", "]", false },
	{ "[a-]", "-", true },
	{ "[\\]]", "]", true },
	{ "[\\a-\\c]", "b", true },
	{ "[\x80-\xff]", "\xc3", true },
	{ "\\*", "*", true },
	{ "\\*", "a", false },
	{ "\\{a}", "{a}", true },
	{ "a\\/b", "a/b", true },
	{ "a}", "a}", true },
	{ "{a}.c", "x.c", true },
	{ "{a}.c", ".c", false },
	{ "{a}.c", "x/y.c", false },
	{ "{a}/{a}.c", "x/x.c", true },
	{ "{a}/{a}.c", "x/y.c", false },
	{ "{a}-{a}", "x-x-x", false },
	{ "{a}-{a}", "x-x-x-x", true },
	{ "{a}-{a}", "x-y-x-y", true },
	{ "x{a}-{a}y", "xab-aby", true },
	{ "{a}/*{a}*", "ab/zzabzz", true },
	{ "{a}/*{a}*", "ab/zzazbz", false },
	{ "**/{a}/**/{a}.c", "p/q/r/s/q.c", true },
	{ "{d:**}/a", "a", true },
	{ "{d:**}/a", "x/y/a", true },
	{ "src/{d:**}", "src/x/y", true },
	{ "src/{d:**}", "src", false },
	{ "a/{d:**}/b/{d:**}/c", "a/b/c", true },
	{ "a/{d:**}/b/{d:**}/c", "a/x/b/x/c", true },
	{ "a/{d:**}/b/{d:**}/c", "a/x/y/b/x/y/c", true },
	{ "a/{d:**}/b/{d:**}/c", "a/x/b/y/c", false },
	{ "a/{d:**}/b/{d:**}/c", "a/x/b/xc", false },
	{ "a/{d:**}/b/{d:**}", "a/x/b/x", true },
	{ "a/{d:**}/b/{d:**}", "a/b/", true },
	{ "a\nb*", "a\nbc", true },
};

START_TEST(test_match)
{
	const char *pattern = match_cases[_i].pattern;
	const char *path = match_cases[_i].path;

	ck_assert_msg(ohb_glob_match(compiled(pattern), path, NULL, NULL) ==
					match_cases[_i].matches,
			"'%s' on '%s'", pattern, path);
}
END_TEST

static const struct {
	const char *pattern, *path;
	const char *values[4]; /* in the order of the names */
} capture_cases[] = {
	{ "src/{name}.c", "src/a.b.c", { "a.b" } },
	{ "{a}_{b}.c", "x_y_z.c", { "x_y", "z" } },
	{ "src/{dir:**}/{name}.py", "src/a.py", { "", "a" } },
	{ "src/{dir:**}/{name}.py", "src/p/q/a.py", { "p/q", "a" } },
	{ "src/{dir:**}", "src/p/q.c", { "p/q.c" } },
	{ "{p:**}/x/{q:**}/a", "1/x/2/x/3/a", { "1/x/2", "3" } },
	{ "**/{a}/*/{b}", "1/2/3/4", { "2", "4" } },
	{ "{a}{b}", "xyz", { "xy", "z" } },
	{ "{a}/{b}-{a}", "x/y-z-x", { "x", "y-z" } },
	{ "*{a}", "xyz", { "z" } },
};

START_TEST(test_captures)
{
	struct ohb_glob *glob = compiled(capture_cases[_i].pattern);
	struct ohb_captures captures;
	const char *const *names;
	size_t i;

	ck_assert(ohb_glob_has_captures(glob));
	ck_assert(ohb_glob_match(
			glob, capture_cases[_i].path, &arena, &captures));
	ck_assert_uint_eq(ohb_glob_names(glob, &names), captures.count);
	for (i = 0; i < captures.count; i++) {
		ck_assert_str_eq(captures.items[i].name, names[i]);
		ck_assert_str_eq(captures.items[i].value,
				capture_cases[_i].values[i]);
	}
	ck_assert_ptr_null(capture_cases[_i].values[i]);
}
END_TEST

static const struct {
	const char *pattern;
	size_t at;
	const char *why;
} bad_cases[] = {
	{ "", 0, "empty" },
	{ "a**", 1, "whole segment" },
	{ "**a", 0, "whole segment" },
	{ "src/**.c", 4, "whole segment" },
	{ "a/***", 2, "more than two" },
	{ "[abc", 0, "without ']'" },
	{ "x[", 1, "without ']'" },
	{ "x[]", 1, "without ']'" },
	{ "x[a-", 1, "without ']'" },
	{ "[z-a]", 0, "goes down" },
	{ "abc\\", 3, "at the end" },
	{ "src/", 3, "names a" },
	{ "src/{}", 4, "capture is" },
	{ "{Name}", 0, "capture is" },
	{ "{9}", 0, "capture is" },
	{ "{a,b}", 0, "capture is" },
	{ "{a", 0, "capture is" },
	{ "{a:*}", 0, "capture is" },
	{ "{a:**", 0, "capture is" },
	{ "x{a:**}", 1, "whole segment" },
	{ "{a:**}x", 0, "whole segment" },
	{ "{a:**}/{a}", 7, "same way" },
	{ "{a}/{a:**}/x", 4, "same way" },
	{ "{a}{b}/{a}{b}", 10, "only one capture" },
	{ "*{a}/{a}", 0, "the only wildcard" },
	{ "{a}.{b}/{a}", 0, "the only wildcard" },

	{ "{a}{b}{c}{d}{e}{f}{g}{h}{i}{j}{k}{l}{m}{n}{o}{p}{q}", 49,
			"too many captures" },
};

START_TEST(test_bad)
{
	size_t at = 999;

	ck_assert_ptr_null(ohb_glob_compile(
			&arena, bad_cases[_i].pattern, &at, &err));
	ck_assert_int_eq(err.code, OHB_E_SYNTAX);
	ck_assert_uint_eq(at, bad_cases[_i].at);
	if (strstr(bad_cases[_i].why, "names a") == NULL)
		ck_assert_msg(strstr(err.msg, bad_cases[_i].why) != NULL, "%s",
				err.msg);
}
END_TEST

START_TEST(test_too_large)
{
	char pattern[6000];
	size_t at;

	memset(pattern, 'a', sizeof(pattern));
	pattern[sizeof(pattern) - 1] = '\0';
	ck_assert_ptr_null(ohb_glob_compile(&arena, pattern, &at, &err));
	pattern[4096] = '\0';
	ck_assert(ohb_glob_match(compiled(pattern), pattern, NULL, NULL));
	for (size_t i = 0; i < 2 * OHB_GLOB_WILDCARDS; i++)
		pattern[i] = i % 2 ? 'a' : '*';
	pattern[(size_t)2 * OHB_GLOB_WILDCARDS] = '\0';
	compiled(pattern);
	pattern[(size_t)2 * OHB_GLOB_WILDCARDS] = '*';
	pattern[2 * OHB_GLOB_WILDCARDS + 1] = '\0';
	ck_assert_ptr_null(ohb_glob_compile(&arena, pattern, &at, &err));
	ck_assert_uint_eq(at, 2 * OHB_GLOB_WILDCARDS);
}
END_TEST

START_TEST(test_literal_and_prefix)
{
	static const struct {
		const char *pattern, *prefix;
		bool literal;
	} cases[] = {
		{ "src/a.c", "src/a.c", true },
		{ "src/\\*.c", "src/*.c", true },
		{ "src/*.c", "src/", false },
		{ "src/a{n}", "src/a", false },
		{ "src/**/x", "src/", false },
		{ "**/x", "", false },
		{ "[a]", "", false },
		{ "a?", "a", false },
	};

	for (size_t i = 0; i < OHB_ARRAY_LEN(cases); i++) {
		struct ohb_glob *glob = compiled(cases[i].pattern);

		ck_assert_str_eq(ohb_glob_prefix(glob), cases[i].prefix);
		ck_assert(ohb_glob_is_literal(glob) == cases[i].literal);
	}
	ck_assert(!ohb_glob_has_captures(compiled("*")));
}
END_TEST

/* A matcher without memory takes more than 10^13 steps for these. */
START_TEST(test_bounded)
{
	static const struct {
		const char *pattern;
		size_t max_steps;
	} cases[] = {
		{ "*a*a*a*a*a*a*a*a*b", 1200000 },
		{ "{a}a{b}a{c}a{d}a{e}a{f}a{g}ab", 1200000 },
		{ "**/a/**/a/**/a/**/a/**/a/**/b", 1200000 },
		{ "{x:**}/{y:**}/{z:**}/{u:**}/{v:**}/{w:**}/b", 1200000 },
		{ "{a}/**/*{a}*{a}*b", 1200000 },
	};
	static const struct {
		const char *unit;
		size_t count;
	} paths[] = { { "a", 250 }, { "a/", 125 } };
	char path[300];

	for (size_t i = 0; i < OHB_ARRAY_LEN(cases) * 2; i++) {
		struct ohb_glob *glob = compiled(cases[i / 2].pattern);
		struct ohb_captures captures;

		path[0] = '\0';
		for (size_t j = 0; j < paths[i % 2].count; j++)
			memcpy(path + j * strlen(paths[i % 2].unit),
					paths[i % 2].unit,
					strlen(paths[i % 2].unit) + 1);
		ck_assert(!ohb_glob_match(glob, path, &arena, &captures));
		ck_assert_uint_gt(captures.steps, 0);
		ck_assert_msg(captures.steps <= cases[i / 2].max_steps,
				"'%s': %zu steps", cases[i / 2].pattern,
				captures.steps);
	}
}
END_TEST

/* Long paths leave the table on the stack. */
START_TEST(test_long_path)
{
	char path[5000];
	struct ohb_captures captures;

	snprintf(path, sizeof(path), "src/%04990d.c", 0);
	ck_assert(ohb_glob_match(
			compiled("src/{n}.c"), path, &arena, &captures));
	ck_assert_uint_eq(strlen(captures.items[0].value), 4990);
	ck_assert(!ohb_glob_match(
			compiled("*/*0*0*.h"), path, &arena, &captures));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("glob");
	TCase *tc = tcase_create("all");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, test_match, 0, OHB_ARRAY_LEN(match_cases));
	tcase_add_loop_test(tc, test_captures, 0, OHB_ARRAY_LEN(capture_cases));
	tcase_add_loop_test(tc, test_bad, 0, OHB_ARRAY_LEN(bad_cases));
	tcase_add_test(tc, test_too_large);
	tcase_add_test(tc, test_literal_and_prefix);
	tcase_add_test(tc, test_bounded);
	tcase_add_test(tc, test_long_path);
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
