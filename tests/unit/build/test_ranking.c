#include <check.h>
#include <stdlib.h>

#include "base/memory.h"
#include "base/str.h"
#include "build/ranking.h"

static const struct ohb_model_config configs[] = {
	{ .id = "a" },
	{ .id = "b" },
	{ .id = "c" },
	{ .id = "d" },
};
static const struct ohb_model_config *const models[] = { &configs[0],
	&configs[1], &configs[2], &configs[3] };

static struct ohb_measure done(const char *model, uint64_t made,
		uint64_t attempts, double usd, int64_t seconds)
{
	return (struct ohb_measure){
		.model = model,
		.made = made,
		.attempts = attempts,
		.priced = usd < 0 ? 0 : attempts,
		.cost_usd = usd < 0 ? 0 : usd * (double)attempts,
		.duration_ms = seconds * 1000 * (int64_t)attempts,
	};
}

static void must_order(enum ohb_order order, const struct ohb_measure *measures,
		size_t n, const char *expected)
{
	const struct ohb_module_config module = { .order = order };
	const struct ohb_target target = {
		.module = &module,
		.models = models,
		.nmodels = OHB_ARRAY_LEN(models),
	};
	const struct ohb_model_config *ret[OHB_ARRAY_LEN(models)];
	ohb_autostr got = OHB_STR_INIT;
	size_t i;

	ohb_ranking_order(measures, n, &target, ret);
	for (i = 0; i < OHB_ARRAY_LEN(models); i++)
		ohb_str_adds(&got, ret[i]->id);
	ck_assert_str_eq(got.data, expected);
}

START_TEST(the_better_one_comes_first)
{
	const struct ohb_measure all[] = {
		done("a", 2, 10, 0.1, 10),
		done("b", 9, 10, 0.9, 90),
		done("c", 5, 10, 0.1, 10),
		done("d", 10, 10, 0.9, 90),
	};

	must_order(OHB_ORDER_MEASURED, all, 4, "dbca");
	must_order(OHB_ORDER_WRITTEN, all, 4, "abcd");
	must_order(OHB_ORDER_MEASURED, NULL, 0, "abcd");
}
END_TEST

START_TEST(of_equals_the_cheaper_then_the_quicker_one)
{
	const struct ohb_measure all[] = {
		done("a", 8, 10, 0.5, 10),
		done("b", 8, 10, 0.1, 90),
		done("c", 8, 10, 0.1, 30),
		done("d", 8, 10, 0.1, 90),
	};
	struct ohb_measure unknown[4];

	must_order(OHB_ORDER_MEASURED, all, 4, "cbda");
	/* A price that is not known is compared with none. */
	memcpy(unknown, all, sizeof(all));
	unknown[1] = done("b", 8, 10, -1, 90);
	must_order(OHB_ORDER_MEASURED, unknown, 4, "acbd");
}
END_TEST

START_TEST(a_tenth_is_no_reason_and_money_is_by_the_test)
{
	const struct ohb_measure all[] = {
		/* rates 0.66 and 0.60: the second costs less, but not for
		 * each test that it makes */
		done("a", 65, 100, 0.100, 10),
		done("b", 60, 100, 0.095, 10),
	};

	must_order(OHB_ORDER_MEASURED, all, 2, "abcd");
}
END_TEST

START_TEST(who_has_few_attempts_stays)
{
	const struct ohb_measure all[] = {
		done("a", 0, 10, 0.1, 10),
		done("b", 4, 4, 0.1, 10),
		done("d", 5, 5, 0.1, 10),
		done("gone", 9, 9, 0.1, 10),
	};

	must_order(OHB_ORDER_MEASURED, all, 4, "dbca");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("ranking");
	TCase *tests = tcase_create("ranking");
	SRunner *runner;
	int failed;

	tcase_add_test(tests, the_better_one_comes_first);
	tcase_add_test(tests, of_equals_the_cheaper_then_the_quicker_one);
	tcase_add_test(tests, a_tenth_is_no_reason_and_money_is_by_the_test);
	tcase_add_test(tests, who_has_few_attempts_stays);
	suite_add_tcase(suite, tests);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
