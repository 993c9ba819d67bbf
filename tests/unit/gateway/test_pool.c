/* Many threads and one pace: who waits, in which order, and how it ends. */
#include "gateway/pool.h"

#include <check.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "io/clock.h"
#include "io/wait.h"

#define SOON ((int64_t)60000)
#define THREADS 8

static struct ohb_error err = OHB_ERROR_INIT;
static struct ohb_pool *pool;

static void setup(void)
{
	/* Only the number at a time is looked at here. */
	pool = ohb_pool_new(1e6);
}

static void teardown(void)
{
	ohb_pool_free(pool);
}

static struct ohb_pool_end end_of(enum ohb_pace_end how)
{
	return (struct ohb_pool_end){
		.end = how,
		.limits = { { -1, -1, -1 }, { -1, -1, -1 } },
	};
}

static void leave(const struct ohb_pace_use *use, enum ohb_pace_end how)
{
	const struct ohb_pool_end end = end_of(how);

	ohb_pool_leave(pool, use, &end);
}

static struct ohb_pool_wish wish(void)
{
	static atomic_int asked;
	int64_t number = atomic_fetch_add(&asked, 1);

	return (struct ohb_pool_wish){
		.tokens = 1,
		.deadline_ms = number + 1,
		.until_ms = ohb_clock_mono_ms() + SOON,
	};
}

/* From now on one at a time. */
static void leave_one_place(void)
{
	struct ohb_pool_wish first = wish();
	struct ohb_pace_use use;

	ck_assert_int_eq(ohb_pool_enter(pool, &first, &use, &err), 0);
	leave(&use, OHB_PACE_LIMITED);
}

static atomic_uint waiting, order;

static void on_wait(void *userdata, int64_t wait_ms)
{
	bool *counted = userdata;

	(void)wait_ms;
	if (!*counted)
		atomic_fetch_add(&waiting, 1);
	*counted = true;
}

struct worker {
	pthread_t thread;
	struct ohb_pool_wish wish;
	struct ohb_error err;
	int result;
	unsigned place; /* in the order of entry */
	bool counted;
};

static void *work(void *userdata)
{
	struct worker *worker = userdata;
	struct ohb_pace_use use;

	worker->result =
			ohb_pool_enter(pool, &worker->wish, &use, &worker->err);
	if (worker->result == 0) {
		worker->place = atomic_fetch_add(&order, 1);
		leave(&use, OHB_PACE_OTHER);
	}
	return NULL;
}

static void start(struct worker *worker)
{
	unsigned before = atomic_load(&waiting);

	worker->wish.on_wait = on_wait;
	worker->wish.userdata = &worker->counted;
	ck_assert_int_eq(
			pthread_create(&worker->thread, NULL, work, worker), 0);
	while (atomic_load(&waiting) == before)
		usleep(1000);
}

START_TEST(the_oldest_request_is_first)
{
	struct worker workers[THREADS] = { 0 };
	struct ohb_pool_wish first;
	struct ohb_pace_use use;
	int i;

	leave_one_place();
	for (i = 0; i < THREADS; i++)
		workers[i].wish = wish();
	first = wish();
	first.deadline_ms = 0;
	ck_assert_int_eq(ohb_pool_enter(pool, &first, &use, &err), 0);
	/* They queue up in another order than they came. */
	for (i = 0; i < THREADS; i++)
		start(&workers[(i * 3) % THREADS]);
	leave(&use, OHB_PACE_OTHER);
	for (i = 0; i < THREADS; i++)
		pthread_join(workers[i].thread, NULL);
	for (i = 0; i < THREADS; i++) {
		ck_assert_int_eq(workers[i].result, 0);
		ck_assert_uint_eq(workers[i].place, (unsigned)i);
	}
}
END_TEST

START_TEST(a_cancelled_one_leaves_the_queue)
{
	struct ohb_cancel cancel;
	struct worker gone = { 0 }, next = { 0 };
	struct ohb_pool_wish first = wish();
	struct ohb_pace_use use;

	leave_one_place();
	ck_assert_int_eq(ohb_cancel_init(&cancel, &err), 0);
	ck_assert_int_eq(ohb_pool_enter(pool, &first, &use, &err), 0);
	gone.wish = wish();
	gone.wish.cancel = &cancel;
	next.wish = wish();
	start(&gone);
	start(&next);
	ohb_cancel_raise(&cancel);
	pthread_join(gone.thread, NULL);
	ck_assert_int_eq(gone.result, -1);
	ck_assert_int_eq(gone.err.code, OHB_E_CANCELLED);
	leave(&use, OHB_PACE_OTHER);
	pthread_join(next.thread, NULL);
	ck_assert_int_eq(next.result, 0);
	ohb_cancel_release(&cancel);
}
END_TEST

START_TEST(what_cannot_be_in_time_does_not_wait)
{
	struct ohb_pool_wish first = wish();
	struct ohb_pool_end end = end_of(OHB_PACE_LIMITED);
	struct ohb_pace_use use;

	ck_assert_int_eq(ohb_pool_enter(pool, &first, &use, &err), 0);
	end.close_ms = 3600 * 1000;
	ohb_pool_leave(pool, &use, &end);
	ck_assert_int_eq(ohb_pool_enter(pool, &first, &use, &err), -1);
	ck_assert_int_eq(err.code, OHB_E_TIMEOUT);
}
END_TEST

START_TEST(a_place_that_never_comes_ends_by_the_deadline)
{
	struct ohb_pool_wish first = wish(), second = wish();
	struct ohb_pace_use use, none;

	leave_one_place();
	ck_assert_int_eq(ohb_pool_enter(pool, &first, &use, &err), 0);
	second.until_ms = ohb_clock_mono_ms() + 50;
	ck_assert_int_eq(ohb_pool_enter(pool, &second, &none, &err), -1);
	ck_assert_int_eq(err.code, OHB_E_TIMEOUT);
	leave(&use, OHB_PACE_OTHER);
	second.until_ms = ohb_clock_mono_ms() + SOON;
	ck_assert_int_eq(ohb_pool_enter(pool, &second, &none, &err), 0);
	leave(&none, OHB_PACE_OTHER);
}
END_TEST

static atomic_uint inside, most;

static void *hammer(void *userdata)
{
	struct worker *worker = userdata;
	int i;

	for (i = 0; i < 50; i++) {
		struct ohb_pool_wish mine = wish();
		struct ohb_pace_use use;
		unsigned now;

		worker->result =
				ohb_pool_enter(pool, &mine, &use, &worker->err);
		if (worker->result < 0)
			return NULL;
		now = atomic_fetch_add(&inside, 1) + 1;
		if (now > atomic_load(&most))
			atomic_store(&most, now);
		usleep(100);
		atomic_fetch_sub(&inside, 1);
		leave(&use, OHB_PACE_OTHER);
	}
	return NULL;
}

/* A provider that bears two at a time is not asked by more. */
START_TEST(places_hold_under_load)
{
	struct worker workers[THREADS] = { 0 };
	struct ohb_pace_use uses[4];
	int i;

	for (i = 0; i < 4; i++) {
		struct ohb_pool_wish first = wish();

		ck_assert_int_eq(ohb_pool_enter(pool, &first, &uses[i], &err),
				0);
	}
	leave(&uses[0], OHB_PACE_LIMITED);
	for (i = 1; i < 4; i++)
		leave(&uses[i], OHB_PACE_OTHER);
	for (i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_create(&workers[i].thread, NULL,
						 hammer, &workers[i]),
				0);
	for (i = 0; i < THREADS; i++) {
		pthread_join(workers[i].thread, NULL);
		ck_assert_msg(workers[i].result == 0, "%s", workers[i].err.msg);
	}
	ck_assert_uint_le(atomic_load(&most), 2);
	ck_assert_uint_eq(atomic_load(&inside), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("pool");
	TCase *tcase = tcase_create("core");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, the_oldest_request_is_first);
	tcase_add_test(tcase, a_cancelled_one_leaves_the_queue);
	tcase_add_test(tcase, what_cannot_be_in_time_does_not_wait);
	tcase_add_test(tcase, a_place_that_never_comes_ends_by_the_deadline);
	tcase_add_test(tcase, places_hold_under_load);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
