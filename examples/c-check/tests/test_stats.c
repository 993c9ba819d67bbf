#include <check.h>
#include <stdlib.h>

#include "stats.h"

static uint64_t slots[8];
static struct ring ring;

static void setup(void)
{
	ring_init(&ring, slots, 8);
}

static void fill(size_t n, const uint64_t *samples)
{
	for (size_t i = 0; i < n; i++)
		ring_push(&ring, samples[i], NULL);
}

START_TEST(empty_ring_says_nothing)
{
	uint64_t a, b;

	ck_assert(!stats_range(&ring, &a, &b));
	ck_assert(!stats_mean(&ring, &a));
	ck_assert(!stats_percentile(&ring, 50, &a));
}
END_TEST

START_TEST(range_finds_both_ends)
{
	uint64_t min, max;

	fill(4, (uint64_t[]){ 7, 3, 9, 5 });
	ck_assert(stats_range(&ring, &min, &max));
	ck_assert_uint_eq(min, 3);
	ck_assert_uint_eq(max, 9);
}
END_TEST

START_TEST(mean_rounds_down_and_does_not_overflow)
{
	uint64_t mean;

	fill(2, (uint64_t[]){ 1, 2 });
	ck_assert(stats_mean(&ring, &mean));
	ck_assert_uint_eq(mean, 1);
	ring_clear(&ring);
	fill(3, (uint64_t[]){ UINT64_MAX, UINT64_MAX, UINT64_MAX });
	ck_assert(stats_mean(&ring, &mean));
	ck_assert_uint_eq(mean, UINT64_MAX);
}
END_TEST

START_TEST(percentile_is_the_nearest_rank)
{
	static const struct {
		unsigned percent;
		uint64_t sample;
	} cases[] = { { 1, 15 }, { 30, 20 }, { 40, 20 }, { 50, 35 },
		{ 100, 50 } };
	uint64_t sample;

	fill(5, (uint64_t[]){ 50, 20, 15, 40, 35 });
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		ck_assert(stats_percentile(&ring, cases[i].percent, &sample));
		ck_assert_uint_eq(sample, cases[i].sample);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("stats");
	TCase *tcase = tcase_create("stats");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tcase, setup, NULL);
	tcase_add_test(tcase, empty_ring_says_nothing);
	tcase_add_test(tcase, range_finds_both_ends);
	tcase_add_test(tcase, mean_rounds_down_and_does_not_overflow);
	tcase_add_test(tcase, percentile_is_the_nearest_rank);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
