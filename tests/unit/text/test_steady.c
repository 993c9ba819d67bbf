#include "text/steady.h"

#include <stdlib.h>

#include <check.h>

#include "base/memory.h"

static const struct {
	const char *text, *want; /* want NULL: the same */
} cases[] = {
	{ "", NULL },
	{ "nothing of the kind: 12, v1.2.3, a:b, x=5", NULL },
	{ "src/a.c:12:34: error: 3 tests, 100%", NULL },
	{ "0x12, 0xdeadbeefcafe", "0x12, <address>" },
	{ "<object object at 0x7fa820d081f0>", "<object object at <address>>" },
	{ "6ba7b810-9dad-11d1-80b4-00c04fd430c8", "<uuid>" },
	{ "6ba7b810-9dad-11d1-80b4-00c04fd430c", NULL },
	{ "on 2026-11-23", "on <time>" },
	{ "2026-11-23T01:45:10.123Z x", "<time> x" },
	{ "2026-11-23 01:45:10 +0100 x", "<time> x" },
	{ "v2026-11-23", NULL },
	{ "12:34:56,789 INFO", "<time> INFO" },
	{ "at 12:34", "at <time>" },
	{ "-rw-r--r-- 1 u u 12 Nov 23 01:45 a",
			"-rw-r--r-- 1 u u 12 <time> a" },
	{ "-rw-r--r-- 1 u u 12 Nov  3  2025 a",
			"-rw-r--r-- 1 u u 12 <time> a" },
	{ "Mon Nov 23 01:45:10 UTC 2026", "<time>" },
	{ "Date: Mon, 23 Nov 2026 01:45:10 GMT", "Date: <time>" },
	{ "May 1 apples, Mon ami, Sun 7", NULL },
	{ "real\t0m0.102s\nuser\t0m0.002s", "real\t<time>\nuser\t<time>" },
	{ "3 passed in 0.12s", "3 passed in <time>" },
	{ "(3 ms) 1.5 seconds 10\xc2\xb5s", "(<time>) <time> <time>" },
	{ "5 sets, 3 sheep, s3", NULL },
	{ "[1] 93\n[2]+   94 Running", "<job>\n<job> Running" },
	{ "a[1] 93", NULL },
	{ "\"pid\": \"93\", pid 12, PID: 4",
			"\"pid\": \"<number>\", pid <number>, PID: <number>" },
	{ "rapid 12", NULL },
	{ "<testcase time=\"0.012\"/>", "<testcase time=\"<number>\"/>" },
	{ "/tmp/tmpab12cd34/x /tmp/ccAb12Cd.o /tmp/tmp.Ab12Cd34Ef",
			"/tmp/<name>/x /tmp/<name>.o /tmp/<name>" },
	{ "/tmp/x /tmp/cc", NULL },
	{ "/tmp/openhands-agent-server-7/x", "/tmp/<name>/x" },
	{ "TMUX=/tmp/tmux-10001/openhands,424,0\nTMUX_PANE=%1",
			"TMUX=<name>\nTMUX_PANE=%1" },
};

START_TEST(what_differs_is_a_word)
{
	ohb_autostr once = OHB_STR_INIT, twice = OHB_STR_INIT;
	const char *text = cases[_i].text;

	ohb_steady_add(&once, text, strlen(text));
	ck_assert_str_eq(ohb_str_cstr(&once),
			cases[_i].want ? cases[_i].want : text);
	ohb_steady_add(&twice, ohb_str_cstr(&once), once.len);
	ck_assert_str_eq(ohb_str_cstr(&once), ohb_str_cstr(&twice));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("steady");
	TCase *tests = tcase_create("steady");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tests, what_differs_is_a_word, 0,
			(int)OHB_ARRAY_LEN(cases));
	suite_add_tcase(suite, tests);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
