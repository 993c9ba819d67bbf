#include <check.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/memory.h"
#include "io/clock.h"
#include "io/fs.h"
#include "io/process.h"
#include "io/wait.h"

static struct ohb_error err = OHB_ERROR_INIT;

#define SH(script)                         \
	(const char *const[])              \
	{                                  \
		"sh", "-c", (script), NULL \
	}

/* What ended the orphan whose id the text is: it is our child now. */
static int signal_of(const char *text, bool lives)
{
	pid_t pid = (pid_t)strtol(text, NULL, 10);
	int status = 0;

	if (lives) {
		ck_assert_int_eq(waitpid(pid, &status, WNOHANG), 0);
		kill(pid, SIGTERM);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return WTERMSIG(status);
}

START_TEST(outcomes)
{
	static const struct {
		const char *script;
		int status;
		const char *out, *err;
	} cases[] = {
		{ "echo one; echo two >&2", 0, "one\n", "two\n" },
		{ "exit 7", 7, "", "" },
		{ "kill -9 $$", 137, "", "" },
		{ "kill -TERM $$", 143, "", "" },
		{ "cat", 0, "", "" },
		{ "printf 'a\\0b' | od -An -c | tr -d ' '", 0, "a\\0b\n", "" },
		/* what stays behind neither holds us nor survives */
		{ "sleep 100 & echo $!", 0, NULL, "" },
		/* nor does who left the group; but it lives */
		{ "p=$(setsid -f sh -c 'echo $$; exec sleep 100 >/dev/null'); "
		  "echo $p",
				0, NULL, "" },
	};
	const struct ohb_process_spec spec = { .argv = SH(cases[_i].script) };
	struct ohb_process_result result;

	prctl(PR_SET_CHILD_SUBREAPER, 1);
	ck_assert_msg(ohb_process_run(&spec, NULL, &result, &err) == 0, "%s",
			err.msg);
	ck_assert_int_eq(result.status, cases[_i].status);
	ck_assert(!result.timed_out);
	if (cases[_i].out)
		ck_assert_str_eq(ohb_str_cstr(&result.out), cases[_i].out);
	else
		ck_assert_int_eq(signal_of(result.out.data, _i == 7),
				_i == 7 ? SIGTERM : SIGKILL);
	ck_assert_str_eq(ohb_str_cstr(&result.err), cases[_i].err);
	ohb_process_result_release(&result);
	prctl(PR_SET_CHILD_SUBREAPER, 0);
}
END_TEST

START_TEST(surroundings)
{
	static const char *const env[] = { "PATH=/usr/bin:/bin", "X=y z",
		NULL };
	ohb_autoclose int leak = open("/dev/null", O_RDONLY | O_CLOEXEC);
	char script[128];
	const struct ohb_process_spec spec = {
		.argv = SH(script),
		.env = env,
		.dir = "/usr",
		.input = "in\n",
		.input_len = 3,
	};
	struct ohb_process_result result;

	(void)snprintf(script, sizeof(script),
			"pwd; echo \"$X$HOME\"; cat; test -e /proc/$$/fd/%d",
			leak);
	ck_assert_int_eq(ohb_process_run(&spec, NULL, &result, &err), 0);
	ck_assert_str_eq(result.out.data, "/usr\ny z\nin\n");
	ck_assert_int_eq(result.status, 1);
	ohb_process_result_release(&result);
}
END_TEST

START_TEST(signals_are_default)
{
	const struct ohb_process_spec spec = {
		.argv = SH("sed -n 's/^Sig[BI][lg].:\t*//p' /proc/self/status"),
	};
	/* 32 and 33 are the C library's own. */
	const unsigned long long ours = ~(3ULL << 31);
	struct ohb_process_result result;
	sigset_t all;
	char *end;

	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGINT, SIG_IGN);
	sigemptyset(&all);
	sigaddset(&all, SIGTERM);
	sigprocmask(SIG_BLOCK, &all, NULL);
	ck_assert_int_eq(ohb_process_run(&spec, NULL, &result, &err), 0);
	ck_assert_uint_eq(result.out.len, 2 * 17);
	ck_assert_uint_eq(strtoull(result.out.data, &end, 16) & ours, 0);
	ck_assert_uint_eq(strtoull(end, NULL, 16) & ours, 0);
	ohb_process_result_release(&result);
}
END_TEST

START_TEST(big_input)
{
	const size_t size = (size_t)3 << 20;
	ohb_autofree char *data = ohb_alloc(size);
	const struct ohb_process_spec spec = {
		.argv = SH("wc -c"),
		.input = data,
		.input_len = size,
	};
	struct ohb_process_result result;

	ck_assert_int_eq(ohb_process_run(&spec, NULL, &result, &err), 0);
	ck_assert_str_eq(result.out.data, "3145728\n");
	ohb_process_result_release(&result);
}
END_TEST

START_TEST(cannot_start)
{
	static const struct {
		const char *argv0, *dir, *says;
	} cases[] = {
		{ "ohb-no-such-program", NULL, "start 'ohb-no-such-program':" },
		{ "/etc/passwd", NULL, "Permission denied" },
		{ "/nowhere/x", NULL, "No such file" },
		{ "true", "/nowhere", "start 'true' in '/nowhere':" },
	};
	const char *const argv[] = { cases[_i].argv0, NULL };
	const struct ohb_process_spec spec = {
		.argv = argv,
		.dir = cases[_i].dir,
	};
	struct ohb_process_result result;
	struct ohb_child child;

	ck_assert_int_eq(ohb_process_run(&spec, NULL, &result, &err), -1);
	ck_assert_int_eq(err.code, OHB_E_MISSING);
	ck_assert_ptr_nonnull(strstr(err.msg, cases[_i].says));
	ck_assert_int_eq(ohb_child_start(&spec, -1, &child, &err), -1);
	ck_assert_int_eq(err.code, OHB_E_MISSING);
	ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
}
END_TEST

START_TEST(time_limit)
{
	static const char *const scripts[] = {
		"echo before; sleep 100",
		"trap '' TERM; echo before; while :; do sleep 100; done",
		"echo before; exec yes >&2",
		"echo before; exec >&- 2>&-; sleep 100",
	};
	const struct ohb_process_spec spec = {
		.argv = SH(scripts[_i]),
		.timeout_ms = 200,
		.max_output = 4096,
	};
	struct ohb_process_result result;

	ck_assert_int_eq(ohb_process_run(&spec, NULL, &result, &err), 0);
	ck_assert(result.timed_out);
	ck_assert_int_ge(result.status, 128);
	ck_assert_str_eq(result.out.data, "before\n");
	ck_assert_int_ge(result.duration_ms, 200);
	ohb_process_result_release(&result);
	ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
}
END_TEST

static bool no_longer(void *unused)
{
	(void)unused;
	return false;
}

START_TEST(tick_ends)
{
	const struct ohb_process_spec spec = {
		.argv = SH("echo before; sleep 100"),
		.on_tick = no_longer,
	};
	struct ohb_process_result result;

	ck_assert_int_eq(ohb_process_run(&spec, NULL, &result, &err), 0);
	ck_assert(result.timed_out);
	ck_assert_str_eq(result.out.data, "before\n");
	ohb_process_result_release(&result);
}
END_TEST

static void *raise_soon(void *cancel)
{
	usleep(100 * 1000);
	ohb_cancel_raise(cancel);
	return NULL;
}

START_TEST(cancelled)
{
	const struct ohb_process_spec spec = { .argv = SH("sleep 100") };
	struct ohb_process_result result;
	struct ohb_cancel cancel;
	pthread_t thread;

	ck_assert_int_eq(ohb_cancel_init(&cancel, &err), 0);
	pthread_create(&thread, NULL, raise_soon, &cancel);
	ck_assert_int_eq(ohb_process_run(&spec, &cancel, &result, &err), -1);
	ck_assert_int_eq(err.code, OHB_E_CANCELLED);
	ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
	pthread_join(thread, NULL);
	ck_assert_int_eq(ohb_process_run(&spec, &cancel, &result, &err), -1);
	ohb_cancel_release(&cancel);
}
END_TEST

static void collect(void *userdata, int stream, const char *data, size_t len)
{
	struct ohb_str *streams = userdata;

	ohb_str_add(&streams[stream - 1], data, len);
}

START_TEST(streams_and_bounds)
{
	struct ohb_str streams[2] = { OHB_STR_INIT, OHB_STR_INIT };
	const struct ohb_process_spec spec = {
		.argv = SH("seq 1 20000; echo e >&2"),
		.max_output = 100,
		.on_output = collect,
		.userdata = streams,
	};
	struct ohb_process_result result;

	ck_assert_int_eq(ohb_process_run(&spec, NULL, &result, &err), 0);
	ck_assert_uint_eq(streams[0].len, 108894);
	ck_assert_str_eq(streams[1].data, "e\n");
	ck_assert(ohb_starts(result.out.data, "1\n2\n3\n"));
	ck_assert_ptr_nonnull(strstr(
			result.out.data, "\n[… 108794 bytes left out …]\n"));
	ck_assert(ohb_ends(result.out.data, "19999\n20000\n"));
	ohb_process_result_release(&result);
	ohb_str_release(&streams[0]);
	ohb_str_release(&streams[1]);
}
END_TEST

START_TEST(tails)
{
	static const struct {
		size_t max;
		const char *in, *out;
	} cases[] = {
		{ 10, "", "" },
		{ 10, "abcde", "abcde" },
		{ 10, "abcdefghij", "abcdefghij" },
		{ 10, "abcdefghijk", "abcde\n[… 1 bytes left out …]\nghijk" },
		{ 3, "abcdefgh", "a\n[… 5 bytes left out …]\ngh" },
		{ 1, "abc", "[… 2 bytes left out …]\nc" },
		{ 4, "a\nbcde", "a\n[… 2 bytes left out …]\nde" },
	};
	const size_t len = strlen(cases[_i].in);
	ohb_autostr out = OHB_STR_INIT;
	struct ohb_tail tail;
	size_t piece, at, n;

	/* In pieces of every size: the same result. */
	for (piece = 1; piece <= len + 1; piece++) {
		ohb_str_clear(&out);
		ohb_tail_init(&tail, cases[_i].max);
		for (at = 0; at < len; at += n) {
			n = len - at < piece ? len - at : piece;
			ohb_tail_add(&tail, cases[_i].in + at, n);
		}
		ohb_tail_end(&tail, &out);
		ck_assert_str_eq(ohb_str_cstr(&out), cases[_i].out);
	}
}
END_TEST

START_TEST(child_lives)
{
	static const char *const scripts[] = { "echo up; sleep 100",
		"trap '' TERM; echo up; while :; do sleep 1; done" };
	const struct ohb_process_spec spec = { .argv = SH(scripts[_i]) };
	struct ohb_child child = { .pid = 0 };
	int fds[2];
	char text[3];
	pid_t pid;

	ck_assert_int_eq(pipe2(fds, O_CLOEXEC), 0);
	ck_assert(!ohb_child_alive(&child));
	ohb_child_stop(&child, 10);
	ck_assert_int_eq(ohb_child_start(&spec, fds[1], &child, &err), 0);
	ck_assert_int_eq(read(fds[0], text, 3), 3);
	ck_assert(ohb_child_alive(&child));
	pid = child.pid;
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	ohb_child_stop(&child, 100);
	ck_assert(!ohb_child_alive(&child));
	/* Who was left in the group is dead too, and ours to reap. */
	while (waitpid(-pid, NULL, 0) > 0)
		;
	ck_assert_int_eq(kill(-pid, 0), -1);
	prctl(PR_SET_CHILD_SUBREAPER, 0);
	close(fds[0]);
	close(fds[1]);
}
END_TEST

START_TEST(child_ends)
{
	const struct ohb_process_spec spec = { .argv = SH("exit 0") };
	struct ohb_child child;

	ck_assert_int_eq(ohb_child_start(&spec, -1, &child, &err), 0);
	while (ohb_child_alive(&child))
		usleep(1000);
	ohb_child_stop(&child, 1000);
	ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
}
END_TEST

START_TEST(owner_texts)
{
	static const struct {
		const char *text;
		int alive;
	} cases[] = {
		{ "", -1 },
		{ "1", -1 },
		{ "1.2", -1 },
		{ "1.2.3", -1 },
		{ "x.2.boot.place", -1 },
		{ "1.x.boot.place", -1 },
		{ "0.1.boot.place", -1 },
		{ "99999999999.1.boot.place", -1 },
		{ "1.2.boot.another-place", 1 },
	};

	ck_assert_int_eq(ohb_owner_alive(cases[_i].text), cases[_i].alive);
}
END_TEST

START_TEST(owner_life)
{
	char text[OHB_OWNER_TEXT] = "", other[OHB_OWNER_TEXT + 16];
	const char *rest;
	int fds[2], status;
	pid_t pid;

	ck_assert_int_eq(pipe2(fds, O_CLOEXEC), 0);
	pid = fork();
	if (pid == 0) {
		ohb_owner_self(text);
		(void)!write(fds[1], text, sizeof(text));
		pause();
		_exit(0);
	}
	ck_assert_int_eq(read(fds[0], text, sizeof(text)), sizeof(text));
	ck_assert_int_eq(ohb_owner_alive(text), 1);
	/* the same pid, started at another time */
	rest = strchr(strchr(text, '.') + 1, '.');
	(void)snprintf(other, sizeof(other), "%d.1%s", (int)pid, rest);
	ck_assert_int_eq(ohb_owner_alive(other), 0);
	/* another boot of this machine */
	(void)snprintf(other, sizeof(other), "%.*s.0000%s", (int)(rest - text),
			text, strrchr(text, '.'));
	ck_assert_int_eq(ohb_owner_alive(other), 0);
	kill(pid, SIGKILL);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(ohb_owner_alive(text), 0);
	close(fds[0]);
	close(fds[1]);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("process");
	TCase *tc = tcase_create("process");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, outcomes, 0, 8);
	tcase_add_test(tc, surroundings);
	tcase_add_test(tc, signals_are_default);
	tcase_add_test(tc, big_input);
	tcase_add_loop_test(tc, cannot_start, 0, 4);
	tcase_add_loop_test(tc, time_limit, 0, 4);
	tcase_add_test(tc, tick_ends);
	tcase_add_test(tc, cancelled);
	tcase_add_test(tc, streams_and_bounds);
	tcase_add_loop_test(tc, tails, 0, 7);
	tcase_add_loop_test(tc, child_lives, 0, 2);
	tcase_add_test(tc, child_ends);
	tcase_add_loop_test(tc, owner_texts, 0, 9);
	tcase_add_test(tc, owner_life);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
