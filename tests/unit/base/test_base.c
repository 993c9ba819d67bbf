#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/failpoint.h"
#include "base/map.h"
#include "base/memory.h"
#include "base/secret.h"
#include "base/str.h"

START_TEST(errors)
{
	struct ohb_error err = OHB_ERROR_INIT;
	char big[4096];

	ck_assert_int_eq(ohb_fail(&err, OHB_E_LIMIT, "%s %d", "x", 3), -1);
	ck_assert_int_eq(err.code, OHB_E_LIMIT);
	ck_assert_str_eq(err.msg, "x 3");
	ck_assert_int_eq(ohb_fail_context(&err, "read '%s'", "y"), -1);
	ck_assert_int_eq(err.code, OHB_E_LIMIT);
	ck_assert_str_eq(err.msg, "read 'y': x 3");
	ck_assert_int_eq(ohb_fail_errno(&err, ENOENT, "open '%s'", "z"), -1);
	ck_assert_int_eq(err.code, OHB_E_MISSING);
	ck_assert_str_eq(err.msg, "open 'z': No such file or directory");
	ohb_fail_errno(&err, EACCES, "open");
	ck_assert_int_eq(err.code, OHB_E_IO);
	/* what does not fit is cut, never written past the end */
	memset(big, 'b', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	ohb_fail(&err, OHB_E_IO, "%s", big);
	ck_assert_uint_eq(strlen(err.msg), sizeof(err.msg) - 1);
	ohb_fail_context(&err, "%s", big);
	ohb_fail_errno(&err, EACCES, "%s", big);
	ck_assert_uint_eq(strlen(err.msg), sizeof(err.msg) - 1);
}
END_TEST

START_TEST(str_grows)
{
	ohb_autostr str = OHB_STR_INIT;
	char *taken;
	int i;

	ck_assert_str_eq(ohb_str_cstr(&str), "");
	ohb_str_add(&str, NULL, 0);
	ck_assert_ptr_nonnull(str.data);
	ohb_str_adds(&str, "ab");
	ohb_str_addc(&str, '\0');
	ohb_str_addf(&str, "%d-%s", 7, "x");
	ck_assert_uint_eq(str.len, 6);
	ck_assert_int_eq(memcmp(str.data, "ab\0007-x", 7), 0);
	ohb_str_cut(&str, 99);
	ck_assert_uint_eq(str.len, 6);
	ohb_str_cut(&str, 2);
	ck_assert_str_eq(str.data, "ab");
	ohb_str_clear(&str);
	ck_assert_str_eq(str.data, "");
	for (i = 0; i < 10000; i++)
		ohb_str_addf(&str, "%d,", i % 10);
	ck_assert_uint_eq(str.len, 20000);
	ck_assert_uint_eq(strlen(str.data), 20000);
	taken = ohb_str_take(&str);
	ck_assert_ptr_null(str.data);
	ck_assert_uint_eq(str.len, 0);
	free(taken);
	taken = ohb_str_take(&str);
	ck_assert_str_eq(taken, "");
	free(taken);
}
END_TEST

START_TEST(compares)
{
	static const struct {
		const char *a, *b;
		bool eq, starts, ends;
	} cases[] = {
		{ "", "", true, true, true },
		{ "abc", "", false, true, true },
		{ "abc", "ab", false, true, false },
		{ "abc", "bc", false, false, true },
		{ "abc", "abc", true, true, true },
		{ "ab", "abc", false, false, false },
	};

	ck_assert_int_eq(ohb_streq(cases[_i].a, cases[_i].b), cases[_i].eq);
	ck_assert_int_eq(
			ohb_starts(cases[_i].a, cases[_i].b), cases[_i].starts);
	ck_assert_int_eq(ohb_ends(cases[_i].a, cases[_i].b), cases[_i].ends);
	ck_assert(ohb_streq(NULL, NULL));
	ck_assert(!ohb_streq(NULL, cases[_i].a));
	ck_assert(!ohb_streq(cases[_i].a, NULL));
}
END_TEST

START_TEST(integers)
{
	static const struct {
		const char *text;
		unsigned long long max;
		int ret;
		unsigned long long value;
	} cases[] = {
		{ "0", 10, 0, 0 },
		{ "10", 10, 0, 10 },
		{ "007", 10, 0, 7 },
		{ "18446744073709551615", -1ULL, 0, -1ULL },
		{ "18446744073709551616", -1ULL, -1, 0 },
		{ "99999999999999999999999", -1ULL, -1, 0 },
		{ "11", 10, -1, 0 },
		{ "", 10, -1, 0 },
		{ "-1", 10, -1, 0 },
		{ "+1", 10, -1, 0 },
		{ " 1", 10, -1, 0 },
		{ "1 ", 10, -1, 0 },
		{ "0x1", 10, -1, 0 },
		{ "1.0", 10, -1, 0 },
	};
	unsigned long long value = 42;

	ck_assert_int_eq(ohb_parse_u64(cases[_i].text, strlen(cases[_i].text),
					 cases[_i].max, &value),
			cases[_i].ret);
	ck_assert_uint_eq(value, cases[_i].ret ? 42 : cases[_i].value);
}
END_TEST

START_TEST(arenas)
{
	struct ohb_arena arena = OHB_ARENA_INIT;
	char *big;
	size_t i, j;

	for (i = 1; i < 3000; i++) {
		unsigned char *p = ohb_arena_alloc(&arena, i);

		ck_assert_uint_eq((uintptr_t)p % _Alignof(max_align_t), 0);
		for (j = 0; j < i && p[j] == 0; j++)
			;
		ck_assert_uint_eq(j, i);
		memset(p, 0xff, i);
	}
	big = ohb_arena_alloc(&arena, (size_t)1 << 20);
	big[(1 << 20) - 1] = 'x';
	ck_assert_str_eq(ohb_arena_strdup(&arena, "abc"), "abc");
	ck_assert_str_eq(ohb_arena_strndup(&arena, "abc", 2), "ab");
	ck_assert_str_eq(ohb_arena_strndup(&arena, NULL, 0), "");
	ck_assert_str_eq(ohb_arena_printf(&arena, "%d-%s", 1, "x"), "1-x");
	ck_assert_ptr_nonnull(ohb_arena_alloc(&arena, 0));
	ohb_arena_release(&arena);
	ck_assert_ptr_null(arena.head);
	ohb_arena_release(&arena);
}
END_TEST

START_TEST(arrays)
{
	ohb_autofree int *items = NULL;
	size_t count = 0, cap = 0;
	int i, *item;

	for (i = 0; i < 1000; i++) {
		item = ohb_grow(&items, &cap, count, sizeof(*items));
		ck_assert_int_eq(*item, 0);
		*item = i + 1;
		count++;
	}
	for (i = 0; i < 1000; i++)
		ck_assert_int_eq(items[i], i + 1);
}
END_TEST

/* Too much to count ends the process; it is never a small allocation. */
START_TEST(no_overflow)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		free(ohb_realloc(NULL, (size_t)-1 / 2, 4));
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}
END_TEST

START_TEST(maps)
{
	struct ohb_map map = OHB_MAP_INIT;
	struct ohb_arena arena = OHB_ARENA_INIT;
	static int values[2000];
	int other, i;

	ck_assert_ptr_null(ohb_map_get(&map, "a"));
	for (i = 0; i < 2000; i++)
		ck_assert_ptr_eq(ohb_map_add(&map,
						 ohb_arena_printf(&arena,
								 "key %d", i),
						 &values[i]),
				&values[i]);
	ck_assert_uint_eq(map.count, 2000);
	/* the first one stays */
	ck_assert_ptr_eq(ohb_map_add(&map, "key 7", &other), &values[7]);
	ck_assert_uint_eq(map.count, 2000);
	for (i = 0; i < 2000; i++)
		ck_assert_ptr_eq(ohb_map_get(&map,
						 ohb_arena_printf(&arena,
								 "key %d", i)),
				&values[i]);
	ck_assert_ptr_null(ohb_map_get(&map, "key 2000"));
	ck_assert_ptr_null(ohb_map_get(&map, ""));
	ohb_map_release(&map);
	ck_assert_ptr_null(ohb_map_get(&map, "key 1"));
	ohb_arena_release(&arena);
}
END_TEST

START_TEST(digests)
{
	static const struct {
		const char *data, *hex;
	} cases[] = {
		/* XXH3-128 of xxhsum -H2: must never change */
		{ "", "99aa06d3014798d86001c324468d497f" },
		{ "abc", "06b05ab6733a618578af5f94892f3950" },
	};
	struct ohb_digest digest =
			ohb_digest_of(cases[_i].data, strlen(cases[_i].data));
	struct ohb_digest back;
	char hex[OHB_DIGEST_HEX];

	ck_assert_str_eq(ohb_digest_hex(&digest, hex), cases[_i].hex);
	ck_assert_int_eq(ohb_digest_parse(hex, &back), 0);
	ck_assert(ohb_digest_eq(&digest, &back));
	back.bytes[15] ^= 1;
	ck_assert(!ohb_digest_eq(&digest, &back));
}
END_TEST

START_TEST(digest_refuses)
{
	static const char *const texts[] = {
		"",
		"99aa06d3014798d86001c324468d497",
		"99aa06d3014798d86001c324468d497ff",
		"99AA06D3014798D86001C324468D497F",
		"99aa06d3014798d86001c324468d497g",
		"99aa06d3014798d8 001c324468d497f",
	};
	struct ohb_digest digest = { .bytes = { 7 } };

	ck_assert_int_eq(ohb_digest_parse(texts[_i], &digest), -1);
	ck_assert_uint_eq(digest.bytes[0], 7);
}
END_TEST

static struct ohb_digest framed(const char *const *fields)
{
	struct ohb_framed f;

	ohb_framed_init(&f);
	for (; *fields; fields += 2)
		ohb_framed_add(&f, fields[0], fields[1], strlen(fields[1]));
	return ohb_framed_end(&f);
}

START_TEST(frames)
{
	static const char *const lists[][7] = {
		{ NULL },
		{ "a", "bc", NULL },
		{ "ab", "c", NULL },
		{ "a", "b", "c", "", NULL },
		{ "a", "", "b", "c", NULL },
		{ "a", "b", "c", "", "d", "", NULL },
	};
	struct ohb_digest a, b;
	size_t i, j;

	for (i = 0; i < OHB_ARRAY_LEN(lists); i++) {
		for (j = 0; j < OHB_ARRAY_LEN(lists); j++) {
			a = framed(lists[i]);
			b = framed(lists[j]);
			ck_assert_int_eq(ohb_digest_eq(&a, &b), i == j);
		}
	}
}
END_TEST

START_TEST(secrets)
{
	static const struct {
		const char *guess;
		size_t len;
		bool right;
	} cases[] = {
		{ "sk-1234", 7, true },
		{ "sk-1235", 7, false },
		{ "sk-123", 6, false },
		{ "sk-1234x", 8, false },
		{ "", 0, false },
		{ "sk-1234sk-1234", 14, false },
	};
	struct ohb_secret *secret = ohb_secret_new("sk-1234", 7);
	struct ohb_secret *none = ohb_secret_new("", 0);
	char copy[4] = "key";

	ck_assert_int_eq(ohb_secret_matches(secret, cases[_i].guess,
					 cases[_i].len),
			cases[_i].right);
	ck_assert(!ohb_secret_matches(none, cases[_i].guess, cases[_i].len));
	ck_assert_str_eq(ohb_secret_reveal(secret), "sk-1234");
	ck_assert_uint_eq(ohb_secret_len(secret), 7);
	ohb_secret_free(secret);
	ohb_secret_free(none);
	ohb_secret_free(NULL);
	ohb_wipe(copy, sizeof(copy));
	ck_assert_int_eq(memcmp(copy, "\0\0\0", 4), 0);
}
END_TEST

START_TEST(failpoints)
{
	static const struct {
		const char *value;
		int calls; /* survived of the point "here" */
	} cases[] = {
		{ "here", 0 },
		{ "here:1", 0 },
		{ "here:3", 2 },
		{ "there", 5 },
		{ "her", 5 },
		{ "here-not", 5 },
		{ "here:x", 5 },
		{ "", 5 },
		{ NULL, 5 },
	};
	int expected = cases[_i].calls;
	int status, fds[2];
	char calls[8];
	ssize_t n;
	pid_t pid;

#ifndef OHB_FAILPOINTS
	expected = 5;
#endif
	ck_assert_int_eq(pipe2(fds, O_CLOEXEC), 0);
	pid = fork();
	if (pid == 0) {
		if (cases[_i].value)
			setenv("OHBUILD_FAILPOINT", cases[_i].value, 1);
		for (n = 0; n < 5; n++) {
			ohb_failpoint("other");
			ohb_failpoint("here");
			(void)!write(fds[1], "x", 1);
		}
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	close(fds[1]);
	n = read(fds[0], calls, sizeof(calls));
	close(fds[0]);
	ck_assert_int_eq(n, expected);
	ck_assert_int_eq(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL,
			expected < 5);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("base");
	TCase *tc = tcase_create("base");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, errors);
	tcase_add_test(tc, str_grows);
	tcase_add_loop_test(tc, compares, 0, 6);
	tcase_add_loop_test(tc, integers, 0, 14);
	tcase_add_test(tc, arenas);
	tcase_add_test(tc, arrays);
	tcase_add_test(tc, no_overflow);
	tcase_add_test(tc, maps);
	tcase_add_loop_test(tc, digests, 0, 2);
	tcase_add_loop_test(tc, digest_refuses, 0, 6);
	tcase_add_test(tc, frames);
	tcase_add_loop_test(tc, secrets, 0, 6);
	tcase_add_loop_test(tc, failpoints, 0, 9);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
