#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "io/clock.h"
#include "io/wait.h"

static struct ohb_error err = OHB_ERROR_INIT;

START_TEST(levels)
{
	struct ohb_cancel cancel;
	struct pollfd fd = { .events = POLLIN };

	ck_assert_int_eq(ohb_cancel_level(NULL), 0);
	ck_assert_int_eq(ohb_cancel_init(&cancel, &err), 0);
	ck_assert_int_eq(ohb_cancel_level(&cancel), 0);
	fd.fd = cancel.fd;
	ck_assert_int_eq(poll(&fd, 1, 0), 0);
	errno = ERANGE;
	ohb_cancel_raise(&cancel);
	ck_assert_int_eq(errno, ERANGE);
	ck_assert_int_eq(ohb_cancel_level(&cancel), 1);
	ck_assert_int_eq(poll(&fd, 1, 0), 1);
	ohb_cancel_raise(&cancel);
	ohb_cancel_raise(&cancel);
	ck_assert_int_eq(ohb_cancel_level(&cancel), 2);
	ck_assert_int_eq(poll(&fd, 1, 0), 1);
	ohb_cancel_release(&cancel);
	ohb_cancel_release(&cancel);
}
END_TEST

START_TEST(a_child_is_raised_with_its_parent_or_alone)
{
	struct ohb_cancel parent, child, other;
	struct pollfd fd = { .events = POLLIN };

	ck_assert_int_eq(ohb_cancel_init(&parent, &err), 0);
	ck_assert_int_eq(ohb_cancel_init_child(&child, &parent, &err), 0);
	ck_assert_int_eq(ohb_cancel_init_child(&other, &child, &err), 0);
	fd.fd = other.fd;
	ck_assert_int_eq(poll(&fd, 1, 0), 0);
	ck_assert_int_eq(ohb_cancel_level(&other), 0);
	ohb_cancel_raise(&child);
	ck_assert_int_eq(ohb_cancel_level(&parent), 0);
	ck_assert_int_eq(ohb_cancel_level(&child), 1);
	ck_assert_int_eq(ohb_cancel_level(&other), 1);
	ck_assert_int_eq(poll(&fd, 1, 0), 1);
	ck_assert_int_eq(ohb_wait_ms(&other, 100000, &err), -1);
	ohb_cancel_release(&other);
	ohb_cancel_release(&child);

	ck_assert_int_eq(ohb_cancel_init_child(&child, &parent, &err), 0);
	fd.fd = child.fd;
	ck_assert_int_eq(poll(&fd, 1, 0), 0);
	ohb_cancel_raise(&parent);
	ohb_cancel_raise(&parent);
	ck_assert_int_eq(ohb_cancel_level(&child), 2);
	ck_assert_int_eq(poll(&fd, 1, 0), 1);
	ohb_cancel_release(&child);
	/* one without a parent is a plain one */
	ck_assert_int_eq(ohb_cancel_init_child(&child, NULL, &err), 0);
	ck_assert_int_eq(ohb_cancel_level(&child), 0);
	ohb_cancel_raise(&child);
	ck_assert_int_eq(ohb_cancel_level(&child), 1);
	ohb_cancel_release(&child);
	ohb_cancel_release(&parent);
}
END_TEST

START_TEST(sleeps)
{
	const int64_t begin = ohb_clock_mono_ms();

	ck_assert_int_eq(ohb_wait_ms(NULL, 0, &err), 0);
	ck_assert_int_eq(ohb_wait_ms(NULL, -5, &err), 0);
	ck_assert_int_eq(ohb_wait_ms(NULL, 50, &err), 0);
	ck_assert_int_ge(ohb_clock_mono_ms() - begin, 50);
}
END_TEST

static void on_alarm(int number)
{
	(void)number;
}

/* A signal does not shorten a sleep. */
START_TEST(interrupted)
{
	const struct sigaction action = { .sa_handler = on_alarm };
	const int64_t begin = ohb_clock_mono_ms();

	sigaction(SIGALRM, &action, NULL);
	ualarm(20000, 20000);
	ck_assert_int_eq(ohb_wait_ms(NULL, 150, &err), 0);
	ck_assert_int_ge(ohb_clock_mono_ms() - begin, 150);
	ualarm(0, 0);
}
END_TEST

static void *raise_soon(void *cancel)
{
	usleep(50 * 1000);
	ohb_cancel_raise(cancel);
	return NULL;
}

START_TEST(cancelled)
{
	struct ohb_cancel cancel;
	pthread_t thread;
	int fds[2];

	ck_assert_int_eq(pipe2(fds, O_CLOEXEC), 0);
	ck_assert_int_eq(ohb_cancel_init(&cancel, &err), 0);
	pthread_create(&thread, NULL, raise_soon, &cancel);
	if (_i)
		ck_assert_int_eq(ohb_wait_fd(&cancel, fds[0], POLLIN, -1, &err),
				-1);
	else
		ck_assert_int_eq(ohb_wait_ms(&cancel, 100000, &err), -1);
	ck_assert_int_eq(err.code, OHB_E_CANCELLED);
	pthread_join(thread, NULL);
	/* what was cancelled stays so */
	ck_assert_int_eq(ohb_wait_ms(&cancel, 0, &err), -1);
	ohb_cancel_release(&cancel);
	close(fds[0]);
	close(fds[1]);
}
END_TEST

START_TEST(descriptors)
{
	int fds[2];

	ck_assert_int_eq(pipe2(fds, O_CLOEXEC), 0);
	ck_assert_int_eq(ohb_wait_fd(NULL, fds[1], POLLOUT, -1, &err), 1);
	ck_assert_int_eq(ohb_wait_fd(NULL, fds[0], POLLIN, 20, &err), 0);
	ck_assert_int_eq(write(fds[1], "x", 1), 1);
	ck_assert_int_eq(ohb_wait_fd(NULL, fds[0], POLLIN, 0, &err), 1);
	close(fds[1]);
	close(fds[0]);
}
END_TEST

START_TEST(end_of_stream)
{
	int fds[2];

	ck_assert_int_eq(pipe2(fds, O_CLOEXEC), 0);
	close(fds[1]);
	ck_assert_int_eq(ohb_wait_fd(NULL, fds[0], POLLIN, -1, &err), 1);
	close(fds[0]);
}
END_TEST

START_TEST(times)
{
	static const struct {
		int64_t ms;
		const char *text;
	} cases[] = {
		{ 0, "1970-01-01T00:00:00Z" },
		{ 999, "1970-01-01T00:00:00Z" },
		{ -1, "1969-12-31T23:59:59Z" },
		{ -1000, "1969-12-31T23:59:59Z" },
		{ 1795372801000, "2026-11-22T18:40:01Z" },
		{ 253402300799999, "9999-12-31T23:59:59Z" },
	};
	char text[OHB_TIME_TEXT];

	ck_assert_str_eq(ohb_clock_format(cases[_i].ms, text), cases[_i].text);
	ck_assert_int_gt(ohb_clock_wall_ms(), 1700000000000);
	(void)ohb_clock_format(INT64_MAX, text);
	ck_assert_uint_lt(strlen(text), OHB_TIME_TEXT);
}
END_TEST

START_TEST(randoms)
{
	unsigned char a[1000] = { 0 }, b[1000] = { 0 };

	ohb_random(a, sizeof(a));
	ohb_random(b, sizeof(b));
	ck_assert_int_ne(memcmp(a, b, sizeof(a)), 0);
	ck_assert_int_ne(memcmp(a + 992, "\0\0\0\0\0\0\0", 8), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("wait");
	TCase *tc = tcase_create("wait");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, levels);
	tcase_add_test(tc, a_child_is_raised_with_its_parent_or_alone);
	tcase_add_test(tc, sleeps);
	tcase_add_test(tc, interrupted);
	tcase_add_loop_test(tc, cancelled, 0, 2);
	tcase_add_test(tc, descriptors);
	tcase_add_test(tc, end_of_stream);
	tcase_add_loop_test(tc, times, 0, 6);
	tcase_add_test(tc, randoms);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
