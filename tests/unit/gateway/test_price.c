#include "gateway/price.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "text/json.h"

/* Per million: 2 in, 0.5 cached, 10 out. */
static const struct {
	const char *usage;
	int has_price;
	uint64_t in, cached, out;
	double cost; /* below 0: unknown */
} cases[] = {
	{ "{\"prompt_tokens\":1000000,\"completion_tokens\":100000}", 1,
			1000000, 0, 100000, 3 },
	{ "{\"prompt_tokens\":1000000,\"completion_tokens\":0,"
	  "\"prompt_tokens_details\":{\"cached_tokens\":400000}}",
			1, 1000000, 400000, 0, 1.4 },
	/* Reasoning is in the completion already. */
	{ "{\"prompt_tokens\":0,\"completion_tokens\":100,"
	  "\"completion_tokens_details\":{\"reasoning_tokens\":90}}",
			1, 0, 0, 100, 0.001 },
	{ "{\"prompt_tokens\":100,\"completion_tokens\":0,"
	  "\"prompt_cache_hit_tokens\":100}",
			1, 100, 100, 0, 0.00005 },
	{ "{\"prompt_tokens\":100,\"completion_tokens\":0,"
	  "\"cache_read_input_tokens\":50}",
			1, 100, 50, 0, 0.000125 },
	/* More from the cache than there was. */
	{ "{\"prompt_tokens\":100,\"completion_tokens\":0,"
	  "\"prompt_tokens_details\":{\"cached_tokens\":900}}",
			1, 100, 100, 0, 0.00005 },
	{ "{\"prompt_tokens\":100,\"completion_tokens\":0,"
	  "\"prompt_tokens_details\":{\"cached_tokens\":-5}}",
			1, 100, 0, 0, 0.0002 },
	{ "{\"prompt_tokens\":10,\"completion_tokens\":1,\"cost\":0.25}", 1, 10,
			0, 1, 0.25 },
	{ "{\"prompt_tokens\":10,\"completion_tokens\":1,\"cost\":0}", 0, 10, 0,
			1, 0 },
	{ "{\"prompt_tokens\":10,\"completion_tokens\":1,\"cost\":-1}", 0, 10,
			0, 1, -1 },
	{ "{\"prompt_tokens\":10,\"completion_tokens\":1}", 0, 10, 0, 1, -1 },
	{ "{\"prompt_tokens\":10}", 1, 0, 0, 0, -1 },
	{ "{\"prompt_tokens\":-10,\"completion_tokens\":1}", 1, 0, 0, 0, -1 },
	{ "{\"prompt_tokens\":9e18,\"completion_tokens\":1}", 1, 0, 0, 0, -1 },
	{ "{\"prompt_tokens\":\"10\",\"completion_tokens\":1}", 1, 0, 0, 0,
			-1 },
	{ "null", 1, 0, 0, 0, -1 },
};

START_TEST(an_answer_has_its_price)
{
	struct ohb_gateway_model model = {
		.has_price = cases[_i].has_price,
		.price_input = 2,
		.price_cached = 0.5,
		.price_output = 10,
	};
	struct ohb_error err = OHB_ERROR_INIT;
	ohb_autostr text = OHB_STR_INIT;
	ohb_autojson *answer = NULL;
	struct ohb_usage usage;

	ohb_str_addf(&text, "{\"usage\":%s}", cases[_i].usage);
	answer = ohb_json_parse(text.data, text.len, &err);
	ck_assert_msg(answer != NULL, "%s", err.msg);
	usage = ohb_usage_of(answer, &model);
	ck_assert_uint_eq(usage.requests, 1);
	ck_assert_uint_eq(usage.tokens_in, cases[_i].in);
	ck_assert_uint_eq(usage.tokens_cached, cases[_i].cached);
	ck_assert_uint_eq(usage.tokens_out, cases[_i].out);
	ck_assert_int_eq(usage.cost_unknown, cases[_i].cost < 0);
	ck_assert_double_eq_tol(usage.cost_usd, fmax(cases[_i].cost, 0), 1e-12);
}
END_TEST

START_TEST(one_unknown_makes_the_sum_unknown)
{
	const struct ohb_usage known = { .requests = 1,
		.tokens_in = 5,
		.tokens_cached = 2,
		.tokens_out = 3,
		.cost_usd = 0.5 };
	const struct ohb_usage unknown = { .requests = 1, .cost_unknown = 1 };
	struct ohb_usage sum = { 0 };

	ohb_usage_add(&sum, &known);
	ck_assert_int_eq(sum.cost_unknown, 0);
	ohb_usage_add(&sum, &unknown);
	ohb_usage_add(&sum, &known);
	ck_assert_uint_eq(sum.requests, 3);
	ck_assert_uint_eq(sum.tokens_in, 10);
	ck_assert_uint_eq(sum.tokens_cached, 4);
	ck_assert_uint_eq(sum.tokens_out, 6);
	ck_assert_double_eq(sum.cost_usd, 1);
	ck_assert_int_eq(sum.cost_unknown, 1);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("price");
	TCase *tcase = tcase_create("price");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tcase, an_answer_has_its_price, 0,
			(int)OHB_ARRAY_LEN(cases));
	tcase_add_test(tcase, one_unknown_makes_the_sum_unknown);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
