#include "gateway/price.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
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
	/* At xAI and Gemini it is beside it. */
	{ "{\"prompt_tokens\":32,\"completion_tokens\":9,"
	  "\"total_tokens\":141,"
	  "\"completion_tokens_details\":{\"reasoning_tokens\":100}}",
			1, 32, 0, 109, 0.001154 },
	{ "{\"prompt_tokens\":32,\"completion_tokens\":9,"
	  "\"completion_tokens_details\":{\"reasoning_tokens\":100}}",
			1, 32, 0, 109, 0.001154 },
	{ "{\"prompt_tokens\":10,\"completion_tokens\":20,"
	  "\"total_tokens\":30}",
			1, 10, 0, 20, 0.00022 },
	/* Images are in the prompt already. */
	{ "{\"prompt_tokens\":1000,\"completion_tokens\":0,"
	  "\"prompt_tokens_details\":{\"image_tokens\":900,"
	  "\"text_tokens\":100}}",
			1, 1000, 0, 0, 0.002 },
	/* Writing into a cache costs 2.5, for an hour 4. */
	{ "{\"prompt_tokens\":100,\"completion_tokens\":0,"
	  "\"prompt_tokens_details\":{\"cached_tokens\":40,"
	  "\"cache_write_tokens\":50}}",
			1, 100, 40, 0, 0.000165 },
	/* OpenAI's names with Anthropic's numbers. */
	{ "{\"prompt_tokens\":10,\"completion_tokens\":0,"
	  "\"cache_read_input_tokens\":40,"
	  "\"cache_creation_input_tokens\":50}",
			1, 100, 40, 0, 0.000165 },
	/* Anthropic. */
	{ "{\"input_tokens\":10,\"output_tokens\":7,"
	  "\"cache_read_input_tokens\":40,"
	  "\"cache_creation_input_tokens\":50}",
			1, 100, 40, 7, 0.000235 },
	{ "{\"input_tokens\":10,\"output_tokens\":0,"
	  "\"cache_read_input_tokens\":40,"
	  "\"cache_creation_input_tokens\":50,\"cache_creation\":{"
	  "\"ephemeral_5m_input_tokens\":20,"
	  "\"ephemeral_1h_input_tokens\":30}}",
			1, 100, 40, 0, 0.00021 },
	/* The Responses API. */
	{ "{\"input_tokens\":100,\"output_tokens\":50,\"total_tokens\":150,"
	  "\"input_tokens_details\":{\"cached_tokens\":40},"
	  "\"output_tokens_details\":{\"reasoning_tokens\":45}}",
			1, 100, 40, 50, 0.00064 },
	/* More tokens than the price is for: 4, 1, 20. */
	{ "{\"prompt_tokens\":3000000,\"completion_tokens\":100000,"
	  "\"prompt_tokens_details\":{\"cached_tokens\":1000000}}",
			1, 3000000, 1000000, 100000, 11 },
	/* Who reports a cost. */
	{ "{\"prompt_tokens\":10,\"completion_tokens\":1,"
	  "\"cost\":{\"total_cost\":0.5}}",
			1, 10, 0, 1, 0.5 },
	{ "{\"prompt_tokens\":10,\"completion_tokens\":1,"
	  "\"estimated_cost\":0.5}",
			1, 10, 0, 1, 0.5 },
	{ "{\"prompt_tokens\":10,\"completion_tokens\":1,"
	  "\"cost_in_usd_ticks\":232856000}",
			1, 10, 0, 1, 0.0232856 },
	{ "{\"prompt_tokens\":10,\"completion_tokens\":1,\"cost\":0.01,"
	  "\"is_byok\":true,"
	  "\"cost_details\":{\"upstream_inference_cost\":0.2}}",
			1, 10, 0, 1, 0.21 },
	{ "{\"prompt_tokens\":10,\"completion_tokens\":1,\"cost\":0.01,"
	  "\"is_byok\":false,"
	  "\"cost_details\":{\"upstream_inference_cost\":0.2}}",
			1, 10, 0, 1, 0.01 },
	{ "{\"prompt_tokens\":10,\"completion_tokens\":1,\"cost\":1e300}", 0,
			10, 0, 1, -1 },
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
		.price.usual.input = 2,
		.price.usual.cached = 0.5,
		.price.usual.output = 10,
		.price.usual.written = 2.5,
		.price.above = 2000000,
		.price.long_prompt = { 4, 1, 5, 20 },
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

START_TEST(a_header_tells_the_cost)
{
	static const struct {
		const char *value;
		double cost; /* below 0: unknown */
	} rows[] = { { "0.0125", 0.0125 }, { "0.0", -1 }, { "None", -1 },
		{ "1e9", -1 }, { "-1", -1 }, { "", -1 } };
	struct ohb_http_response reply = OHB_HTTP_RESPONSE_INIT;
	struct ohb_usage usage = { .cost_unknown = 1 };

	ohb_str_addf(&reply.headers, "x-litellm-response-cost: %s\r\n",
			rows[_i].value);
	ohb_usage_reported(&usage, &reply);
	ck_assert_int_eq(usage.cost_unknown, rows[_i].cost < 0);
	ck_assert_double_eq_tol(usage.cost_usd, fmax(rows[_i].cost, 0), 1e-12);
	/* What the body says goes before it. */
	usage = (struct ohb_usage){ .cost_usd = 3, .cost_reported = 1 };
	ohb_usage_reported(&usage, &reply);
	ck_assert_double_eq(usage.cost_usd, 3);
	ohb_http_response_release(&reply);
}
END_TEST

START_TEST(the_table_is_found)
{
	struct ohb_price price;
	char date[11];

	ck_assert_int_eq(ohb_price_find("openai/gpt-4o-mini", &price), 1);
	ck_assert_double_eq(price.usual.input, 0.15);
	ck_assert_double_eq(price.usual.cached, 0.075);
	ck_assert_double_eq(price.usual.output, 0.6);
	ck_assert_uint_eq(price.above, 0);
	ck_assert_int_eq(ohb_price_find("anthropic/claude-sonnet-4-5", &price),
			1);
	ck_assert_double_eq(price.usual.written, 3.75);
	ck_assert_int_eq(ohb_price_find("gemini/gemini-2.5-pro", &price), 1);
	ck_assert_uint_eq(price.above, 200000);
	ck_assert_double_eq(price.long_prompt.input, 2.5);
	ck_assert_double_eq(price.long_prompt.output, 15);
	ck_assert_int_eq(ohb_price_find("openai/gpt-4o-min", &price), 0);
	ck_assert_int_eq(ohb_price_find("local/qwen", &price), 0);
	ck_assert_int_eq(ohb_price_find("#", &price), 0);
	ck_assert_int_eq(ohb_price_find("", &price), 0);
	ck_assert_uint_eq(strlen(ohb_price_date(date)), 10);
	ck_assert_int_eq(date[4], '-');
}
END_TEST

/* Every line has the form that the code reads. */
START_TEST(the_table_is_whole)
{
	extern const char ohb_price_table[];
	const char *line = ohb_price_table, *end;
	char before[128] = "", id[128];
	struct ohb_price price;
	size_t rows = 0;

	for (; *line; line = end + 1) {
		char *at;
		int count = 0;

		end = strchr(line, '\n');
		ck_assert_ptr_nonnull(end);
		if (*line == '#')
			continue;
		(void)snprintf(id, sizeof(id), "%.*s", (int)strcspn(line, " "),
				line);
		at = (char *)(uintptr_t)line + strcspn(line, " ");
		for (; *at == ' '; count++)
			ck_assert_double_ge(strtod(at, &at), 0);
		ck_assert_msg(at == end && (count == 4 || count == 9), "%.60s",
				line);
		ck_assert_msg(strcmp(before, id) < 0, "order: %s", id);
		ck_assert_int_eq(ohb_price_find(id, &price), 1);
		ck_assert_double_gt(price.usual.input, 0);
		ck_assert_double_gt(price.usual.output, 0);
		ck_assert_double_le(price.usual.cached, price.usual.input);
		ck_assert_double_lt(price.usual.output, 1000);
		if (count == 9)
			ck_assert_double_ge(price.long_prompt.output,
					price.usual.output);
		(void)snprintf(before, sizeof(before), "%s", id);
		rows++;
	}
	ck_assert_uint_gt(rows, 300);
}
END_TEST

/* No answer within the bound costs more than the bound. */
START_TEST(a_bound_holds)
{
	const struct ohb_gateway_model model = {
		.has_price = 1,
		.price = { .usual = { 3, 0.3, 3.75, 15 },
				.above = 1000,
				.long_prompt = { 6, 0.6, 7.5, 22.5 } },
	};
	struct ohb_error err = OHB_ERROR_INIT;
	unsigned seed = 7, i;

	for (i = 0; i < 20000; i++) {
		const unsigned in = (unsigned)rand_r(&seed) % 2000;
		const unsigned read = in ? (unsigned)rand_r(&seed) % in : 0;
		const unsigned left = in - read;
		const unsigned made = left ? (unsigned)rand_r(&seed) % left : 0;
		const unsigned hour = made ? (unsigned)rand_r(&seed) % made : 0;
		const unsigned out = 1 + (unsigned)rand_r(&seed) % 500;
		const struct ohb_tokens tokens = {
			.bound = in + (unsigned)rand_r(&seed) % 100,
			.max_output = out,
			.hour = hour > 0,
		};
		ohb_autostr text = OHB_STR_INIT;
		ohb_autojson *answer = NULL;
		struct ohb_usage usage;

		ohb_str_addf(&text,
				"{\"usage\":{\"input_tokens\":%u,"
				"\"cache_read_input_tokens\":%u,"
				"\"cache_creation_input_tokens\":%u,"
				"\"cache_creation\":{"
				"\"ephemeral_1h_input_tokens\":%u},"
				"\"output_tokens\":%u}}",
				left - made, read, made, hour, out);
		answer = ohb_json_parse(text.data, text.len, &err);
		usage = ohb_usage_of(answer, &model);
		ck_assert_uint_eq(usage.tokens_in, in);
		ck_assert_double_ge(ohb_price_bound(&model, &tokens) + 1e-15,
				usage.cost_usd);
	}
}
END_TEST

START_TEST(what_cannot_be_bounded)
{
	struct ohb_gateway_model model = { .has_price = 1,
		.price.usual = { 1, 1, 1, 1 } };
	struct ohb_tokens tokens = { .bound = 1, .max_output = 1 };

	ck_assert_double_gt(ohb_price_bound(&model, &tokens), 0);
	tokens.max_output = 0;
	ck_assert_double_lt(ohb_price_bound(&model, &tokens), 0);
	tokens.max_output = 1;
	tokens.unbounded = true;
	ck_assert_double_lt(ohb_price_bound(&model, &tokens), 0);
	tokens.unbounded = false;
	model.has_price = 0;
	ck_assert_double_lt(ohb_price_bound(&model, &tokens), 0);
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
	tcase_add_loop_test(tcase, a_header_tells_the_cost, 0, 6);
	tcase_add_test(tcase, the_table_is_found);
	tcase_add_test(tcase, the_table_is_whole);
	tcase_add_test(tcase, a_bound_holds);
	tcase_add_test(tcase, what_cannot_be_bounded);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
