/* What builds have paid, also those that were killed. */
#include <math.h>

#include "unit/store/fixture.h"

#define USD ((int64_t)1000 * 1000 * 1000)

static int64_t day_sum(struct ohb_store *store, int64_t day)
{
	int64_t nano = -1;

	ck_assert_int_eq(ohb_spend_day(store, day, &nano, &err), 0);
	return nano;
}

static void save(struct ohb_store *store, const char *target, int64_t day,
		bool open, int64_t nano)
{
	const struct ohb_spend spend = { .run = "r",
		.target = target,
		.day = day,
		.open = open,
		.nano_usd = nano,
		.requests = 3,
		.tokens_in = 100,
		.tokens_cached = 10,
		.tokens_out = 7 };

	ck_assert_msg(ohb_spend_save(store, &spend, &err) == 0, "%s", err.msg);
}

START_TEST(summed_by_day)
{
	struct ohb_store *store = open_as(OHB_STORE_WRITE);

	ck_assert_int_eq(day_sum(store, 5), 0);
	save(store, "a", 5, true, 3 * USD);
	save(store, "a", 5, false, USD);
	save(store, "b", 5, false, USD);
	save(store, "b", 6, false, 7 * USD);
	ck_assert_int_eq(day_sum(store, 5), 2 * USD);
	ck_assert_int_eq(day_sum(store, 6), 7 * USD);
	ohb_store_close(store);
	store = open_as(OHB_STORE_READ);
	ck_assert_int_eq(day_sum(store, 5), 2 * USD);
	ohb_store_close(store);
}
END_TEST

static void begin(struct ohb_store *store, struct ohb_attempt *attempt,
		unsigned number)
{
	*attempt = (struct ohb_attempt){ .run = "r",
		.target = "t",
		.number = number,
		.owner = "1.1.1.1",
		.started_ms = 1 };
	ck_assert_int_eq(
			ohb_attempt_add(store, attempt, &attempt->id, &err), 0);
}

static struct ohb_attempt latest(struct ohb_store *store)
{
	struct ohb_attempts all;

	ck_assert_int_eq(
			ohb_attempt_load(store, "t", 1, &arena, &all, &err), 0);
	ck_assert_uint_eq(all.count, 1);
	return all.items[0];
}

/* The first attempt took 1 USD; the second was killed when the row said 4. */
static void killed(int64_t second, bool unknown)
{
	const struct ohb_spend spend = { .run = "r",
		.target = "t",
		.day = 9,
		.open = true,
		.nano_usd = second,
		.unknown = unknown,
		.tokens_in = 90,
		.tokens_out = 8 };
	struct ohb_store *store = open_as(OHB_STORE_WRITE);
	struct ohb_attempt attempt;

	begin(store, &attempt, 1);
	save(store, "t", 8, true, USD / 2);
	attempt.class = "agent";
	attempt.cost_usd = 1;
	attempt.tokens_in = 60;
	attempt.tokens_out = 10;
	ck_assert_int_eq(ohb_attempt_end(store, &attempt, &err), 0);
	begin(store, &attempt, 2);
	ck_assert_int_eq(ohb_spend_save(store, &spend, &err), 0);
	ohb_store_close(store);
}

START_TEST(what_a_killed_attempt_cost)
{
	static const enum ohb_store_mode modes[] = { OHB_STORE_READ,
		OHB_STORE_WRITE };
	static const enum ohb_attempt_state states[] = { OHB_ATTEMPT_OPEN,
		OHB_ATTEMPT_ABANDONED };
	struct ohb_store *store;
	struct ohb_attempt attempt;

	killed(7 * USD / 2, false);
	store = open_as(modes[_i]);
	attempt = latest(store);
	ck_assert_uint_eq(attempt.number, 2);
	ck_assert_int_eq(attempt.state, states[_i]);
	ck_assert_double_eq_tol(attempt.cost_usd, 3, 1e-9);
	ck_assert_uint_eq(attempt.tokens_in, 130);
	ck_assert_uint_eq(attempt.tokens_out, 5);
	ck_assert_int_eq(day_sum(store, 9), 7 * USD / 2);
	ohb_store_close(store);
	/* It stays so. */
	store = open_as(OHB_STORE_WRITE);
	ohb_store_close(store);
	store = open_as(OHB_STORE_READ);
	ck_assert_double_eq_tol(latest(store).cost_usd, 3, 1e-9);
	ohb_store_close(store);
}
END_TEST

START_TEST(unknown_stays_unknown)
{
	struct ohb_store *store;

	killed(USD, _i == 1);
	if (_i == 0)
		raw_sql("DELETE FROM spend");
	store = open_as(OHB_STORE_WRITE);
	ck_assert_double_lt(latest(store).cost_usd, 0);
	ohb_store_close(store);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("spend");

	tcase_add_test(tc, summed_by_day);
	tcase_add_loop_test(tc, what_a_killed_attempt_cost, 0, 2);
	tcase_add_loop_test(tc, unknown_stays_unknown, 0, 2);
	return run_suite(tc);
}
