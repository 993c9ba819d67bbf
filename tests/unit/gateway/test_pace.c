/* How fast a model may be asked: no clock but the one given here. */
#include "gateway/pace.h"

#include <check.h>
#include <stdlib.h>

#include "base/memory.h"

#define FLOOR 6

static struct ohb_pace pace;
static int64_t now;

static void setup(void)
{
	ohb_pace_init(&pace, FLOOR);
	now = 5000000;
}

static struct ohb_limits nothing_heard(void)
{
	return (struct ohb_limits){
		.requests = { -1, -1, -1 },
		.tokens = { -1, -1, -1 },
	};
}

/* Asks n times at once, and all end so. */
static void burst(unsigned n, uint64_t tokens, enum ohb_pace_end end)
{
	struct ohb_pace_use uses[64];
	unsigned i;

	ck_assert_uint_le(n, OHB_ARRAY_LEN(uses));
	for (i = 0; i < n; i++)
		uses[i] = ohb_pace_take(&pace, tokens, now);
	for (i = 0; i < n; i++)
		ohb_pace_give(&pace, &uses[i], end, 0, now);
}

/* How many get in within a minute when each ends at once and well. */
static unsigned in_a_minute(uint64_t tokens)
{
	int64_t end = now + 60000, wait;
	unsigned n = 0;

	while (now < end) {
		wait = ohb_pace_wait_ms(&pace, tokens, now);
		ck_assert_int_ge(wait, 0);
		if (wait == 0) {
			burst(1, tokens, OHB_PACE_OTHER);
			n++;
		}
		now += wait;
		ck_assert_uint_lt(n, 100000);
		if (n == 99999)
			break;
	}
	return n;
}

START_TEST(nothing_is_limited_before_a_refusal)
{
	burst(60, 1000000, OHB_PACE_OK);
	ck_assert_int_eq(ohb_pace_wait_ms(&pace, 1000000, now), 0);
	burst(3, 10, OHB_PACE_OTHER);
	ck_assert_int_eq(ohb_pace_wait_ms(&pace, 1000000, now), 0);
}
END_TEST

START_TEST(a_refusal_halves_requests_a_minute)
{
	unsigned n;

	burst(40, 1, OHB_PACE_LIMITED);
	/* nothing at once, then evenly */
	ck_assert_int_eq(ohb_pace_wait_ms(&pace, 1, now), 3001);
	n = in_a_minute(1);
	ck_assert_uint_ge(n, 19);
	ck_assert_uint_le(n, 20);
	/* after a rest a sixth of a minute's more */
	now += 120000;
	n = in_a_minute(1);
	ck_assert_uint_ge(n, 22);
	ck_assert_uint_le(n, 23);
}
END_TEST

START_TEST(those_on_their_way_together_are_refused_once)
{
	struct ohb_pace_use early = ohb_pace_take(&pace, 1, now);

	burst(40, 1, OHB_PACE_LIMITED);
	ck_assert_double_eq(pace.requests.limit, 20.5);
	ohb_pace_give(&pace, &early, OHB_PACE_LIMITED, 0, now);
	ck_assert_double_eq(pace.requests.limit, 20.5);
	/* one that began afterwards counts again */
	burst(1, 1, OHB_PACE_LIMITED);
	ck_assert_double_lt(pace.requests.limit, 11);
}
END_TEST

START_TEST(there_is_always_some_room)
{
	unsigned i;

	for (i = 0; i < 10; i++)
		burst(1, 40000, OHB_PACE_LIMITED);
	ck_assert_double_eq(pace.requests.limit, FLOOR);
	now += 120000;
	ck_assert_uint_le(in_a_minute(40000), FLOOR + 1);
	/* one that is larger than the limit goes alone */
	now += 120000;
	ck_assert_int_eq(ohb_pace_wait_ms(&pace, 1000000, now), 0);
}
END_TEST

START_TEST(success_gives_it_back)
{
	double before;
	unsigned i, n = 0;

	burst(40, 100, OHB_PACE_LIMITED);
	before = pace.requests.limit;
	for (i = 0; i < 20; i++) {
		now += 60000;
		burst(10, 100, OHB_PACE_OK);
		ck_assert_double_gt(pace.requests.limit, before);
		before = pace.requests.limit;
	}
	ck_assert_double_gt(before, 39.9);
	/* and at last there is no limit any more */
	while ((pace.requests.limit > 0 || pace.places > 0) && n++ < 10000)
		burst(60, 100, OHB_PACE_OK);
	ck_assert_double_eq(pace.requests.limit, 0);
	ck_assert_double_eq(pace.tokens.limit, 0);
	ck_assert_double_eq(pace.places, 0);
}
END_TEST

START_TEST(places_shrink_and_grow)
{
	struct ohb_pace_use uses[8];
	unsigned i;

	for (i = 0; i < 8; i++)
		uses[i] = ohb_pace_take(&pace, 1, now);
	ohb_pace_give(&pace, &uses[0], OHB_PACE_LIMITED, 0, now);
	ck_assert_double_eq(pace.places, 4);
	/* seven are inside: no clock opens a place */
	now += 600000;
	ck_assert_int_eq(ohb_pace_wait_ms(&pace, 1, now), -1);
	for (i = 1; i < 5; i++)
		ohb_pace_give(&pace, &uses[i], OHB_PACE_OTHER, 0, now);
	ck_assert_int_eq(ohb_pace_wait_ms(&pace, 1, now), 0);
	uses[1] = ohb_pace_take(&pace, 1, now);
	now += 60000;
	ck_assert_int_eq(ohb_pace_wait_ms(&pace, 1, now), -1);
	ohb_pace_give(&pace, &uses[1], OHB_PACE_OK, 0, now);
	ohb_pace_give(&pace, &uses[5], OHB_PACE_OK, 0, now);
	ohb_pace_give(&pace, &uses[6], OHB_PACE_OK, 0, now);
	ohb_pace_give(&pace, &uses[7], OHB_PACE_OK, 0, now);
	ck_assert_double_gt(pace.places, 4.8);
	/* never none at all */
	for (i = 0; i < 9; i++)
		burst(1, 1, OHB_PACE_LIMITED);
	ck_assert_double_eq(pace.places, 1);
}
END_TEST

START_TEST(tokens_are_counted_as_they_were_used)
{
	struct ohb_pace_use use = ohb_pace_take(&pace, 1000, now);

	ohb_pace_give(&pace, &use, OHB_PACE_OTHER, 400, now);
	ck_assert_double_eq(pace.tokens.now, 400);
	use = ohb_pace_take(&pace, 100, now);
	ohb_pace_give(&pace, &use, OHB_PACE_OTHER, 0, now);
	ck_assert_double_eq(pace.tokens.now, 500);
	use = ohb_pace_take(&pace, 100, now);
	ohb_pace_give(&pace, &use, OHB_PACE_OTHER, 1100, now);
	ck_assert_double_eq(pace.tokens.now, 1600);
}
END_TEST

START_TEST(a_refusal_may_ask_for_rest)
{
	ohb_pace_close(&pace, 20000, now);
	ck_assert_int_eq(ohb_pace_wait_ms(&pace, 1, now), 20000);
	/* a shorter one does not open it sooner */
	ohb_pace_close(&pace, 5, now);
	now += 19999;
	ck_assert_int_eq(ohb_pace_wait_ms(&pace, 1, now), 1);
	now++;
	ck_assert_int_eq(ohb_pace_wait_ms(&pace, 1, now), 0);
}
END_TEST

START_TEST(what_is_left_is_not_exceeded)
{
	struct ohb_limits heard = nothing_heard();

	heard.requests = (struct ohb_limit){ -1, 2, 30000 };
	ohb_pace_hear(&pace, &heard, now);
	burst(2, 1, OHB_PACE_OTHER);
	ck_assert_int_eq(ohb_pace_wait_ms(&pace, 1, now), 30000);
	now += 30000;
	ck_assert_int_eq(ohb_pace_wait_ms(&pace, 1, now), 0);
	/* with a total it flows in: 60 in a minute are one in a second */
	heard.requests = (struct ohb_limit){ 60, 0, 60000 };
	ohb_pace_hear(&pace, &heard, now);
	ck_assert_int_eq(ohb_pace_wait_ms(&pace, 1, now), 1001);
	now += 1001;
	ck_assert_int_eq(ohb_pace_wait_ms(&pace, 1, now), 0);
	/* the same for tokens */
	heard = nothing_heard();
	heard.tokens = (struct ohb_limit){ 60000, 1000, 59000 };
	ohb_pace_hear(&pace, &heard, now);
	ck_assert_int_eq(ohb_pace_wait_ms(&pace, 900, now), 0);
	ck_assert_int_eq(ohb_pace_wait_ms(&pace, 3000, now), 2001);
	/* what does not say when is no help, and what is far off not believed
	 * for long */
	heard = nothing_heard();
	heard.requests = (struct ohb_limit){ -1, 0, -1 };
	ohb_pace_init(&pace, FLOOR);
	ohb_pace_hear(&pace, &heard, now);
	ck_assert_int_eq(ohb_pace_wait_ms(&pace, 1, now), 0);
	heard.requests = (struct ohb_limit){ 1000, 0, 36000000 };
	ohb_pace_hear(&pace, &heard, now);
	ck_assert_int_eq(ohb_pace_wait_ms(&pace, 1, now), 36001);
	heard.requests = (struct ohb_limit){ 10, 0, 36000000 };
	ohb_pace_hear(&pace, &heard, now);
	ck_assert_int_eq(ohb_pace_wait_ms(&pace, 1, now), OHB_PACE_BELIEF_MS);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("pace");
	TCase *tcase = tcase_create("core");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tcase, setup, NULL);
	tcase_add_test(tcase, nothing_is_limited_before_a_refusal);
	tcase_add_test(tcase, a_refusal_halves_requests_a_minute);
	tcase_add_test(tcase, those_on_their_way_together_are_refused_once);
	tcase_add_test(tcase, there_is_always_some_room);
	tcase_add_test(tcase, success_gives_it_back);
	tcase_add_test(tcase, places_shrink_and_grow);
	tcase_add_test(tcase, tokens_are_counted_as_they_were_used);
	tcase_add_test(tcase, a_refusal_may_ask_for_rest);
	tcase_add_test(tcase, what_is_left_is_not_exceeded);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
