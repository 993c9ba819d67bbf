#include "gateway/budget.h"

#include <check.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "io/clock.h"
#include "io/fs.h"
#include "io/wait.h"

#define USD ((int64_t)1000 * 1000 * 1000)
#define NONE               \
	{                  \
		-1, -1, -1 \
	}

static struct ohb_error err;
static char *path;
static int dir = -1;
static struct ohb_store *store;

static void open_store(void)
{
	const struct ohb_store_options options = { .mode = OHB_STORE_WRITE };

	ck_assert_msg(ohb_store_open(dir, &options, &store, &err) == 0, "%s",
			err.msg);
}

static void setup(void)
{
	err = (struct ohb_error)OHB_ERROR_INIT;
	ck_assert_int_eq(ohb_fs_temp_dir(&path, &err), 0);
	dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	open_store();
}

static void teardown(void)
{
	ohb_store_close(store);
	ohb_closep(&dir);
	ck_assert_int_eq(ohb_fs_remove_tree(AT_FDCWD, path, &err), 0);
	free(path);
}

static struct ohb_budget *open_budget(const struct ohb_budget_options *options)
{
	struct ohb_budget *budget = NULL;

	ck_assert_msg(ohb_budget_open(options, &budget, &err) == 0, "%s",
			err.msg);
	return budget;
}

static int64_t spent(struct ohb_budget *budget, enum ohb_budget_limit which)
{
	int64_t sums[OHB_NLIMITS];

	ohb_budget_sums(budget, NULL, sums);
	return sums[which];
}

static int reserve(struct ohb_purse *purse, int64_t nano,
		struct ohb_reservation *ret)
{
	ohb_autostr why = OHB_STR_INIT;
	int result = ohb_budget_reserve(purse, nano, NULL, ret, &why, &err);

	ck_assert_int_eq(result == OHB_REFUSED, why.len > 0);
	return result;
}

static int64_t clock_ms;

static int64_t told_ms(void)
{
	return clock_ms;
}

static int64_t day_of_store(int64_t day)
{
	int64_t nano = -1;

	ck_assert_int_eq(ohb_spend_day(store, day, &nano, &err), 0);
	return nano;
}

START_TEST(each_limit_refuses)
{
	struct ohb_budget_options options = { .usd = NONE, .run = "r" };
	struct ohb_reservation reservation;
	ohb_autostr ended = OHB_STR_INIT;
	struct ohb_budget *budget;
	struct ohb_purse *purse;

	options.usd[_i] = 1;
	budget = open_budget(&options);
	purse = ohb_purse_open(budget, "t");
	ck_assert_int_eq(reserve(purse, USD + 1, &reservation), OHB_REFUSED);
	ck_assert_int_eq(ohb_purse_ended(purse) == OHB_PURSE_EMPTY,
			_i == OHB_LIMIT_TARGET);
	ck_assert_int_eq(ohb_budget_ended(budget, &ended),
			_i != OHB_LIMIT_TARGET);
	ck_assert_int_eq(reserve(purse, USD, &reservation), OHB_RESERVED);
	ohb_budget_settle(&reservation, USD / 2, NULL);
	ck_assert_int_eq(
			reserve(purse, USD / 2 + 1, &reservation), OHB_REFUSED);
	ck_assert_int_eq(reserve(purse, USD / 2, &reservation), OHB_RESERVED);
	/* Nobody knows: all of it. */
	ohb_budget_settle(&reservation, -1, NULL);
	ck_assert_int_eq(reserve(purse, 1, &reservation), OHB_REFUSED);
	ck_assert_int_eq(reserve(purse, 0, &reservation), OHB_RESERVED);
	ohb_budget_settle(&reservation, 0, NULL);
	/* What has no price fits nowhere. */
	ck_assert_int_eq(reserve(purse, -1, &reservation), OHB_REFUSED);
	ck_assert_int_eq(ohb_purse_close(purse, &err), 0);
	ohb_budget_close(budget);
}
END_TEST

START_TEST(without_a_limit_all_is_allowed)
{
	const struct ohb_budget_options options = { .usd = NONE, .run = "r" };
	struct ohb_budget *budget = open_budget(&options);
	struct ohb_purse *purse = ohb_purse_open(budget, "t");
	struct ohb_reservation a, b;

	ck_assert_int_eq(reserve(purse, -1, &a), OHB_RESERVED);
	ck_assert_int_eq(reserve(purse, INT64_MAX, &b), OHB_RESERVED);
	ohb_budget_settle(&a, 5, NULL);
	ohb_budget_settle(&b, 0, NULL);
	ck_assert_int_eq(spent(budget, OHB_LIMIT_BUILD), 5);
	ck_assert_int_eq(ohb_purse_close(purse, &err), 0);
	ohb_budget_close(budget);
	/* Nobody pays: nothing is counted. */
	ck_assert_int_eq(reserve(NULL, 7, &a), OHB_RESERVED);
	ohb_budget_settle(&a, 7, NULL);
}
END_TEST

START_TEST(a_target_ends_alone)
{
	const struct ohb_budget_options options = { .usd = { 1, 10, -1 },
		.run = "r" };
	struct ohb_budget *budget = open_budget(&options);
	struct ohb_purse *a = ohb_purse_open(budget, "a");
	struct ohb_purse *b = ohb_purse_open(budget, "b");
	struct ohb_reservation reservation;
	ohb_autostr ended = OHB_STR_INIT;

	ck_assert_int_eq(reserve(a, USD, &reservation), OHB_RESERVED);
	ohb_budget_settle(&reservation, USD, NULL);
	ck_assert_int_eq(reserve(a, 1, &reservation), OHB_REFUSED);
	ck_assert(!ohb_budget_ended(budget, &ended));
	ck_assert_int_eq(reserve(b, USD, &reservation), OHB_RESERVED);
	ohb_budget_settle(&reservation, 0, NULL);
	ck_assert_int_eq(ohb_purse_ended(b), OHB_PURSE_OPEN);
	ck_assert_int_eq(ohb_purse_close(a, &err), 0);
	ck_assert_int_eq(ohb_purse_close(b, &err), 0);
	ohb_budget_close(budget);
}
END_TEST

START_TEST(says_how_to_go_on)
{
	const struct ohb_budget_options options = { .usd = { -1, 0.5, -1 },
		.run = "r" };
	struct ohb_budget *budget = open_budget(&options);
	struct ohb_purse *purse = ohb_purse_open(budget, "t");
	struct ohb_reservation reservation;
	ohb_autostr why = OHB_STR_INIT;

	ck_assert_int_eq(reserve(purse, USD * 2 / 5, &reservation), 0);
	ohb_budget_settle(&reservation, USD * 2 / 5, NULL);
	ck_assert_int_eq(ohb_budget_reserve(purse, USD / 5, NULL, &reservation,
					 &why, &err),
			OHB_REFUSED);
	ck_assert_str_eq(why.data,
			"the build's budget of $0.50: $0.40 is spent, and the "
			"next request may cost $0.20; to go on, run ohbuild "
			"again, which goes on with what is left, or raise "
			"'--budget' or 'limits.budget.build'");
	ck_assert_int_eq(ohb_purse_close(purse, &err), 0);
	ohb_budget_close(budget);
}
END_TEST

/* The row is there before the request goes out, and says at least as much. */
START_TEST(kept_before_it_is_spent)
{
	const struct ohb_budget_options options = {
		.usd = NONE, .store = store, .run = "r", .wall_ms = told_ms
	};
	const struct ohb_usage usage = { .requests = 1,
		.tokens_in = 10,
		.tokens_cached = 4,
		.tokens_out = 2 };
	struct ohb_reservation reservation;
	struct ohb_budget *budget;
	struct ohb_purse *purse;
	int i;

	clock_ms = 86400000LL * 100 + 5;
	budget = open_budget(&options);
	purse = ohb_purse_open(budget, "t");
	for (i = 0; i < 50; i++) {
		ck_assert_int_eq(reserve(purse, USD, &reservation), 0);
		ck_assert_int_ge(day_of_store(100),
				spent(budget, OHB_LIMIT_DAY));
		ohb_budget_settle(&reservation, USD / 10, &usage);
	}
	/* Not each time, and not far too much. */
	ck_assert_int_le(day_of_store(100), 10 * USD);
	ck_assert_int_eq(ohb_purse_close(purse, &err), 0);
	ck_assert_int_eq(day_of_store(100), 5 * USD);
	ohb_budget_close(budget);
}
END_TEST

START_TEST(the_day_survives)
{
	struct ohb_budget_options options = { .usd = { -1, -1, 3 },
		.store = store,
		.run = "a",
		.wall_ms = told_ms };
	const struct ohb_spend killed = { .run = "a",
		.target = "u",
		.day = 7,
		.open = true,
		.nano_usd = USD * 3 / 2 };
	struct ohb_reservation reservation, open;
	struct ohb_budget *budget;
	struct ohb_purse *purse;

	clock_ms = 86400000LL * 7;
	budget = open_budget(&options);
	purse = ohb_purse_open(budget, "t");
	ck_assert_int_eq(reserve(purse, USD, &reservation), OHB_RESERVED);
	ohb_budget_settle(&reservation, USD, NULL);
	ck_assert_int_eq(ohb_purse_close(purse, &err), 0);
	/* One is killed while it asks. */
	ck_assert_int_eq(ohb_spend_save(store, &killed, &err), 0);
	ohb_store_close(store);
	open_store();
	options.store = store;
	options.run = "b";
	ohb_budget_close(budget);
	budget = open_budget(&options);
	ck_assert_int_eq(spent(budget, OHB_LIMIT_DAY), USD * 5 / 2);
	purse = ohb_purse_open(budget, "t");
	ck_assert_int_eq(reserve(purse, USD + 1, &reservation), OHB_REFUSED);
	/* The next day is another one; what was asked before belongs to the
	 * one in which it was. */
	ck_assert_int_eq(reserve(purse, USD / 4, &open), OHB_RESERVED);
	clock_ms += 86400000LL;
	ck_assert_int_eq(reserve(purse, 3 * USD, &reservation), OHB_RESERVED);
	ohb_budget_settle(&open, USD / 4, NULL);
	ck_assert_int_eq(spent(budget, OHB_LIMIT_DAY), 3 * USD);
	ohb_budget_settle(&reservation, USD / 2, NULL);
	ck_assert_int_eq(spent(budget, OHB_LIMIT_DAY), USD / 2);
	ck_assert_int_eq(spent(budget, OHB_LIMIT_BUILD), USD * 3 / 4);
	ck_assert_int_eq(ohb_purse_close(purse, &err), 0);
	ck_assert_int_eq(day_of_store(8), USD / 2);
	ohb_budget_close(budget);
}
END_TEST

/* Many at once, each of whom has its own idea of what it costs. */
struct crowd {
	struct ohb_budget *budget;
	struct ohb_purse *purses[4];
	int64_t limits[OHB_NLIMITS];
	atomic_llong paid, refused;
	atomic_int number, bad;
};

static void *spend(void *userdata)
{
	struct crowd *crowd = userdata;
	const int number = atomic_fetch_add(&crowd->number, 1);
	struct ohb_purse *purse = crowd->purses[number % 4];
	unsigned seed = (unsigned)number, i, k;

	for (i = 0; i < 300; i++) {
		int64_t bound = 1 + rand_r(&seed) % (USD / 50);
		int64_t cost = rand_r(&seed) % (bound + 1);
		struct ohb_error e = OHB_ERROR_INIT;
		struct ohb_reservation reservation;
		ohb_autostr why = OHB_STR_INIT;
		int64_t sums[OHB_NLIMITS];

		if (ohb_budget_reserve(purse, bound, NULL, &reservation, &why,
				    &e) != OHB_RESERVED) {
			atomic_fetch_add(&crowd->refused, 1);
			continue;
		}
		ohb_budget_sums(crowd->budget, purse, sums);
		for (k = 0; k < OHB_NLIMITS; k++)
			if (sums[k] > crowd->limits[k])
				atomic_store(&crowd->bad, 1);
		/* One in ten was cut off. */
		cost = i % 10 ? cost : -1;
		ohb_budget_settle(&reservation, cost, NULL);
		atomic_fetch_add(&crowd->paid, cost < 0 ? bound : cost);
	}
	return NULL;
}

START_TEST(no_limit_is_passed)
{
	static const double limits[][OHB_NLIMITS] = {
		{ 1, 3, 2 },
		{ 0.5, 10, 10 },
		{ 10, 1, 10 },
		{ 10, 10, 1.5 },
	};
	struct ohb_budget_options options = { .store = store, .run = "r" };
	struct crowd crowd = { .budget = NULL };
	pthread_t threads[8];
	size_t i;

	memcpy(options.usd, limits[_i], sizeof(options.usd));
	crowd.budget = open_budget(&options);
	for (i = 0; i < OHB_NLIMITS; i++)
		crowd.limits[i] = ohb_nano_of_usd(limits[_i][i]);
	for (i = 0; i < 4; i++) {
		static const char *const names[] = { "a", "b", "c", "d" };

		crowd.purses[i] = ohb_purse_open(crowd.budget, names[i]);
	}
	for (i = 0; i < 8; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, spend,
						 &crowd),
				0);
	for (i = 0; i < 8; i++)
		(void)pthread_join(threads[i], NULL);
	ck_assert_int_eq(atomic_load(&crowd.bad), 0);
	ck_assert_int_gt(atomic_load(&crowd.refused), 0);
	ck_assert_int_eq(spent(crowd.budget, OHB_LIMIT_BUILD),
			atomic_load(&crowd.paid));
	for (i = 0; i < 4; i++)
		ck_assert_int_eq(ohb_purse_close(crowd.purses[i], &err), 0);
	ck_assert_int_eq(day_of_store(ohb_clock_wall_ms() / 86400000),
			atomic_load(&crowd.paid));
	ohb_budget_close(crowd.budget);
}
END_TEST

/* One that fits only when the other turns out cheaper waits for it. */
struct waiting {
	struct ohb_purse *purse;
	struct ohb_cancel *cancel;
	struct ohb_error err;
	int result;
};

static void *ask(void *userdata)
{
	struct waiting *waiting = userdata;
	struct ohb_reservation reservation;
	ohb_autostr why = OHB_STR_INIT;

	waiting->result = ohb_budget_reserve(waiting->purse, USD,
			waiting->cancel, &reservation, &why, &waiting->err);
	ohb_budget_settle(&reservation, USD / 10, NULL);
	return NULL;
}

START_TEST(waits_for_the_others)
{
	const struct ohb_budget_options options = { .usd = { -1, 1, -1 },
		.run = "r" };
	struct ohb_budget *budget = open_budget(&options);
	struct waiting waiting = { .err = OHB_ERROR_INIT };
	struct ohb_cancel cancel;
	struct ohb_reservation first;
	pthread_t thread;

	waiting.purse = ohb_purse_open(budget, "t");
	waiting.cancel = &cancel;
	ck_assert_int_eq(ohb_cancel_init(&cancel, &err), 0);
	ck_assert_int_eq(reserve(waiting.purse, USD / 2, &first), 0);
	ck_assert_int_eq(pthread_create(&thread, NULL, ask, &waiting), 0);
	ck_assert_int_eq(ohb_wait_ms(NULL, 20, &err), 0);
	if (_i == 0)
		ohb_budget_settle(&first, 0, NULL);
	else if (_i == 1)
		ohb_budget_settle(&first, USD / 2, NULL);
	else
		ohb_cancel_raise(&cancel);
	(void)pthread_join(thread, NULL);
	ck_assert_int_eq(waiting.result,
			_i == 0			? OHB_RESERVED :
					_i == 1 ? OHB_REFUSED :
						  -1);
	if (_i == 2) {
		ck_assert_int_eq(waiting.err.code, OHB_E_CANCELLED);
		ohb_budget_settle(&first, 0, NULL);
	}
	ck_assert_int_eq(ohb_purse_close(waiting.purse, &err), 0);
	ohb_cancel_release(&cancel);
	ohb_budget_close(budget);
}
END_TEST

START_TEST(money_is_rounded_up)
{
	ck_assert_int_eq(ohb_nano_of_usd(0), 0);
	ck_assert_int_eq(ohb_nano_of_usd(0.1), USD / 10);
	ck_assert_int_eq(ohb_nano_of_usd(0.3), USD / 10 * 3);
	ck_assert_int_eq(ohb_nano_of_usd(1.5e-9), 2);
	ck_assert_int_eq(ohb_nano_of_usd(1e-10), 1);
	ck_assert_int_lt(ohb_nano_of_usd(-0.5), 0);
	ck_assert_int_gt(ohb_nano_of_usd(1e300), 1000 * 1000 * USD);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("budget");
	TCase *tcase = tcase_create("budget");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_set_timeout(tcase, 60);
	tcase_add_loop_test(tcase, each_limit_refuses, 0, OHB_NLIMITS);
	tcase_add_test(tcase, without_a_limit_all_is_allowed);
	tcase_add_test(tcase, a_target_ends_alone);
	tcase_add_test(tcase, says_how_to_go_on);
	tcase_add_test(tcase, kept_before_it_is_spent);
	tcase_add_test(tcase, the_day_survives);
	tcase_add_loop_test(tcase, no_limit_is_passed, 0, 4);
	tcase_add_loop_test(tcase, waits_for_the_others, 0, 3);
	tcase_add_test(tcase, money_is_rounded_up);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
