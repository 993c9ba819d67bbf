/* When a model is not asked for a while, who may try it, and what of that
 * outlives the program.  The time is the one given here. */
#include "gateway/breaker.h"

#include <check.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/memory.h"

#define PAUSE 15000
#define MODEL "openai/a"
#define URL "http://a/v1"

static struct ohb_error err = OHB_ERROR_INIT;
static struct ohb_breakers *breakers;
static struct ohb_breaker *breaker;
static int64_t now;
static struct ohb_str said, why;
static enum ohb_provider_failure failure;

static void say(void *userdata, const char *text)
{
	(void)userdata;
	ohb_str_adds(&said, text);
	ohb_str_addc(&said, '\n');
}

static void begin(struct ohb_store *store)
{
	const struct ohb_breaker_options options = {
		.store = store,
		.pause_ms = PAUSE,
		.say = say,
	};

	breakers = ohb_breakers_new(&options);
	breaker = ohb_breaker_of(breakers, MODEL, URL);
}

static void setup(void)
{
	now = 1764000000000;
	begin(NULL);
}

static void teardown(void)
{
	ohb_breakers_free(breakers);
	ohb_str_release(&said);
	ohb_str_release(&why);
}

static enum ohb_gate ask_at(int64_t at, int64_t *ret_wait)
{
	ohb_str_clear(&why);
	return ohb_breaker_ask(breaker, at, ret_wait, &failure, &why);
}

static void check_gate(enum ohb_gate want)
{
	int64_t wait;

	ck_assert_int_eq(ask_at(now, &wait), want);
}

static void tell(enum ohb_gate gate, enum ohb_provider_failure what)
{
	(void)ohb_breaker_tell(breaker, gate, what, "HTTP 500: oops", now);
}

static void fail_until_open(void)
{
	int i;

	for (i = 0; i < OHB_BREAKER_FAILURES; i++) {
		check_gate(OHB_GATE_OPEN);
		tell(OHB_GATE_OPEN, OHB_PROVIDER_SERVER);
	}
}

START_TEST(opens_after_outages_in_a_row)
{
	int64_t wait;

	ck_assert_ptr_eq(breaker, ohb_breaker_of(breakers, MODEL, URL));
	ck_assert_ptr_ne(breaker, ohb_breaker_of(breakers, MODEL, "http://b"));
	fail_until_open();
	ck_assert_int_eq(ask_at(now, &wait), OHB_GATE_WAIT);
	ck_assert_int_eq(wait, PAUSE);
	ck_assert_int_eq(failure, OHB_PROVIDER_SERVER);
	ck_assert_str_eq(ohb_str_cstr(&why), "HTTP 500: oops");
	ck_assert_str_eq(ohb_str_cstr(&said),
			"model 'openai/a' does not work (HTTP 500: oops): the "
			"next request to it in 15 s\n");
}
END_TEST

START_TEST(a_reply_in_between_keeps_it_closed)
{
	int i;

	for (i = 0; i < 3 * OHB_BREAKER_FAILURES; i++) {
		check_gate(OHB_GATE_OPEN);
		/* A refusal is a reply as well. */
		tell(OHB_GATE_OPEN,
				i % OHB_BREAKER_FAILURES ?
						OHB_PROVIDER_TIMEOUT :
						OHB_PROVIDER_RATE_LIMIT);
	}
	check_gate(OHB_GATE_OPEN);
}
END_TEST

START_TEST(outages_far_apart_keep_it_closed)
{
	int i;

	for (i = 0; i < 20; i++) {
		tell(OHB_GATE_OPEN, OHB_PROVIDER_CONNECTION);
		check_gate(OHB_GATE_OPEN);
		now += OHB_BREAKER_WINDOW_MS / (OHB_BREAKER_FAILURES - 1) + 1;
	}
}
END_TEST

START_TEST(exactly_one_may_try)
{
	int64_t wait;

	fail_until_open();
	now += PAUSE - 1;
	check_gate(OHB_GATE_WAIT);
	now++;
	check_gate(OHB_GATE_PROBE);
	check_gate(OHB_GATE_WAIT);
	/* it was not sent after all */
	ohb_breaker_spare(breaker, OHB_GATE_PROBE);
	check_gate(OHB_GATE_PROBE);
	/* one that was on its way before decides nothing */
	tell(OHB_GATE_OPEN, OHB_PROVIDER_SERVER);
	check_gate(OHB_GATE_WAIT);
	tell(OHB_GATE_PROBE, OHB_PROVIDER_SERVER);
	ck_assert_int_eq(ask_at(now, &wait), OHB_GATE_WAIT);
	ck_assert_int_eq(wait, 2 * PAUSE);
	now += wait;
	check_gate(OHB_GATE_PROBE);
	tell(OHB_GATE_PROBE, OHB_PROVIDER_OK);
	check_gate(OHB_GATE_OPEN);
	check_gate(OHB_GATE_OPEN);
}
END_TEST

START_TEST(waits_longer_each_time_but_not_for_ever)
{
	int64_t wait = 0;
	int i;

	fail_until_open();
	for (i = 0; i < 10; i++) {
		ck_assert_int_eq(ask_at(now, &wait), OHB_GATE_WAIT);
		now += wait;
		check_gate(OHB_GATE_PROBE);
		tell(OHB_GATE_PROBE, OHB_PROVIDER_TIMEOUT);
	}
	ck_assert_int_eq(ask_at(now, &wait), OHB_GATE_WAIT);
	ck_assert_int_eq(wait, OHB_BREAKER_LONGEST * PAUSE);
	/* a clock that is set back does not keep it shut */
	ck_assert_int_eq(ask_at(now - 1000000000, &wait), OHB_GATE_WAIT);
	ck_assert_int_eq(wait, OHB_BREAKER_LONGEST * PAUSE);
	ck_assert_int_eq(
			ask_at(now - 1000000000 + wait, &wait), OHB_GATE_PROBE);
}
END_TEST

START_TEST(a_wrong_key_is_out_and_said_once)
{
	ck_assert_int_eq(
			ohb_breaker_tell(breaker, OHB_GATE_OPEN,
					OHB_PROVIDER_AUTH, "HTTP 401: no", now),
			OHB_PROVIDER_AUTH);
	check_gate(OHB_GATE_OUT);
	ck_assert_int_eq(failure, OHB_PROVIDER_AUTH);
	ck_assert_str_eq(ohb_str_cstr(&why), "HTTP 401: no");
	ck_assert_uint_eq(said.len, 0);
	ohb_breaker_announce(breaker, "openai/b");
	ohb_breaker_announce(breaker, "openai/c");
	ck_assert_str_eq(ohb_str_cstr(&said),
			"model 'openai/a' is not asked again in this build, "
			"'openai/b' is (authentication: HTTP 401: no); correct "
			"it in openhands.yml\n");
	now += 1000000000;
	check_gate(OHB_GATE_OUT);
}
END_TEST

START_TEST(a_bad_request_blames_the_settings_until_there_was_an_answer)
{
	struct ohb_breaker *other = ohb_breaker_of(breakers, "openai/b", URL);

	tell(OHB_GATE_OPEN, OHB_PROVIDER_OK);
	ck_assert_int_eq(ohb_breaker_tell(breaker, OHB_GATE_OPEN,
					 OHB_PROVIDER_REQUEST, "x", now),
			OHB_PROVIDER_REQUEST);
	check_gate(OHB_GATE_OPEN);
	breaker = other;
	ck_assert_int_eq(ohb_breaker_tell(breaker, OHB_GATE_OPEN,
					 OHB_PROVIDER_REQUEST, "x", now),
			OHB_PROVIDER_CONFIG);
	check_gate(OHB_GATE_OUT);
}
END_TEST

static atomic_uint probes;

static void *ask_often(void *userdata)
{
	int i;

	(void)userdata;
	for (i = 0; i < 200; i++) {
		ohb_autostr text = OHB_STR_INIT;
		enum ohb_provider_failure ignored;
		int64_t wait;

		if (ohb_breaker_ask(breaker, now, &wait, &ignored, &text) ==
				OHB_GATE_PROBE)
			atomic_fetch_add(&probes, 1);
	}
	return NULL;
}

START_TEST(one_of_many_threads_may_try)
{
	pthread_t threads[8];
	size_t i;

	fail_until_open();
	now += PAUSE;
	for (i = 0; i < OHB_ARRAY_LEN(threads); i++)
		pthread_create(&threads[i], NULL, ask_often, NULL);
	for (i = 0; i < OHB_ARRAY_LEN(threads); i++)
		pthread_join(threads[i], NULL);
	ck_assert_uint_eq(atomic_load(&probes), 1);
}
END_TEST

static struct ohb_store *open_store(int dirfd, enum ohb_store_mode mode)
{
	const struct ohb_store_options options = {
		.mode = mode,
		.command = "test",
	};
	struct ohb_store *store = NULL;

	ck_assert_msg(ohb_store_open(dirfd, &options, &store, &err) == 0, "%s",
			err.msg);
	return store;
}

/* One process sees the provider fail and is killed while it tries again; the
 * next one knows, waits, and is the only one to try. */
START_TEST(outlives_the_program)
{
	char path[] = "/tmp/ohb-breaker-XXXXXX";
	struct ohb_store *store;
	int dirfd, status;
	int64_t wait;
	pid_t pid;

	ck_assert_ptr_nonnull(mkdtemp(path));
	dirfd = open(path, O_DIRECTORY | O_RDONLY | O_CLOEXEC);
	ohb_breakers_free(breakers);
	pid = fork();
	if (pid == 0) {
		begin(open_store(dirfd, OHB_STORE_WRITE));
		fail_until_open();
		now += PAUSE;
		check_gate(OHB_GATE_PROBE);
		(void)raise(SIGKILL);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFSIGNALED(status));

	store = open_store(dirfd, OHB_STORE_WRITE);
	begin(store);
	ck_assert_int_eq(ask_at(now, &wait), OHB_GATE_WAIT);
	ck_assert_int_eq(wait, PAUSE);
	ck_assert_str_eq(ohb_str_cstr(&why), "HTTP 500: oops");
	now += wait;
	check_gate(OHB_GATE_PROBE);
	check_gate(OHB_GATE_WAIT);
	tell(OHB_GATE_PROBE, OHB_PROVIDER_SERVER);
	ohb_breakers_free(breakers);
	/* how often it has opened is known, too */
	begin(store);
	ck_assert_int_eq(ask_at(now, &wait), OHB_GATE_WAIT);
	ck_assert_int_eq(wait, 2 * PAUSE);
	now += wait;
	check_gate(OHB_GATE_PROBE);
	tell(OHB_GATE_PROBE, OHB_PROVIDER_OK);
	ohb_breakers_free(breakers);
	begin(store);
	check_gate(OHB_GATE_OPEN);
	/* a wrong key is not kept: the next build may have another one */
	tell(OHB_GATE_OPEN, OHB_PROVIDER_AUTH);
	ohb_breakers_free(breakers);
	begin(store);
	check_gate(OHB_GATE_OPEN);
	ohb_store_close(store);
	ck_assert_int_eq(ohb_fs_remove_tree(AT_FDCWD, path, &err), 0);
	close(dirfd);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("breaker");
	TCase *tcase = tcase_create("core");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, opens_after_outages_in_a_row);
	tcase_add_test(tcase, a_reply_in_between_keeps_it_closed);
	tcase_add_test(tcase, outages_far_apart_keep_it_closed);
	tcase_add_test(tcase, exactly_one_may_try);
	tcase_add_test(tcase, waits_longer_each_time_but_not_for_ever);
	tcase_add_test(tcase, a_wrong_key_is_out_and_said_once);
	tcase_add_test(tcase,
			a_bad_request_blames_the_settings_until_there_was_an_answer);
	tcase_add_test(tcase, one_of_many_threads_may_try);
	tcase_add_test(tcase, outlives_the_program);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
