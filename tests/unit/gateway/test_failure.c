/* Words of real providers, and what they mean; when to ask again. */
#include "gateway/failure.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "gateway/retry.h"
#include "text/json.h"

#define OPENAI(text, type, code)                                \
	"{\"error\":{\"message\":\"" text "\",\"type\":\"" type \
	"\",\"code\":" code "}}"

static const struct {
	int status;
	enum ohb_provider_failure failure;
	const char *body;
} replies[] = {
	{ 200, OHB_PROVIDER_OK, "{\"choices\":[{}]}" },
	{ 200, OHB_PROVIDER_MALFORMED, "{\"choices\":{}}" },
	{ 200, OHB_PROVIDER_MALFORMED, "[]" },
	{ 200, OHB_PROVIDER_OK, "{\"error\":null,\"choices\":[{}]}" },
	/* Groq */
	{ 400, OHB_PROVIDER_MALFORMED,
			OPENAI("Failed to call a function",
					"invalid_request_error",
					"\"tool_use_failed\"") },
	{ 200, OHB_PROVIDER_MALFORMED, "" },
	{ 200, OHB_PROVIDER_RATE_LIMIT, OPENAI("busy", "x", "429") },
	{ 200, OHB_PROVIDER_SERVER, OPENAI("odd", "x", "\"what\"") },
	{ 200, OHB_PROVIDER_SERVER, OPENAI("odd", "x", "7") },

	{ 401, OHB_PROVIDER_AUTH,
			OPENAI("Incorrect API key", "invalid_request_error",
					"\"invalid_api_key\"") },
	{ 403, OHB_PROVIDER_AUTH,
			OPENAI("Country not supported", "x", "null") },
	/* Gemini */
	{ 400, OHB_PROVIDER_AUTH,
			"[{\"error\":{\"code\":400,\"message\":\"API key not valid. "
			"Please pass a valid API key.\",\"status\":"
			"\"INVALID_ARGUMENT\"}}]" },

	{ 429, OHB_PROVIDER_QUOTA,
			OPENAI("You exceeded your current quota, please check your plan "
			       "and billing details",
					"insufficient_quota",
					"\"insufficient_quota\"") },
	{ 429, OHB_PROVIDER_QUOTA,
			OPENAI("You exceeded your current quota", "x",
					"null") },
	{ 402, OHB_PROVIDER_QUOTA, OPENAI("Insufficient credits", "x", "402") },
	/* Anthropic */
	{ 400, OHB_PROVIDER_QUOTA,
			"{\"type\":\"error\",\"error\":{\"type\":"
			"\"invalid_request_error\",\"message\":\"Your credit balance is "
			"too low to access the Anthropic API.\"}}" },
	{ 403, OHB_PROVIDER_QUOTA,
			OPENAI("Key limit: out of credits", "x", "403") },
	{ 500, OHB_PROVIDER_QUOTA, OPENAI("x", "insufficient_quota", "null") },

	/* Speaks of billing, but is a limit per minute. */
	{ 429, OHB_PROVIDER_RATE_LIMIT,
			OPENAI("Rate limit reached for gpt on tokens per min. Please "
			       "try again in 20s. Add a payment method at "
			       "/account/billing",
					"tokens", "\"rate_limit_exceeded\"") },
	{ 429, OHB_PROVIDER_RATE_LIMIT,
			"[{\"error\":{\"message\":\"You exceeded your current quota. "
			"Please retry in 33.1s.\"}}]" },
	{ 429, OHB_PROVIDER_RATE_LIMIT, "" },
	{ 429, OHB_PROVIDER_CONTEXT,
			OPENAI("Request too large for gpt on tokens per min",
					"tokens", "\"rate_limit_exceeded\"") },

	{ 400, OHB_PROVIDER_CONTEXT,
			OPENAI("This model's maximum context length is 8192 tokens",
					"invalid_request_error",
					"\"context_length_exceeded\"") },
	{ 400, OHB_PROVIDER_CONTEXT,
			OPENAI("prompt is too long: 210000 tokens > 200000 maximum",
					"x", "null") },
	{ 400, OHB_PROVIDER_CONTEXT,
			OPENAI("the request exceeds the available context size",
					"exceed_context_size_error", "400") },
	{ 413, OHB_PROVIDER_CONTEXT, "" },

	{ 404, OHB_PROVIDER_CONFIG,
			OPENAI("The model does not exist", "x",
					"\"model_not_found\"") },
	{ 400, OHB_PROVIDER_REQUEST,
			OPENAI("max_tokens is too large: 100000", "x",
					"null") },
	{ 422, OHB_PROVIDER_REQUEST, "{\"detail\":\"no\"}" },
	{ 301, OHB_PROVIDER_CONFIG, "" },
	{ 404, OHB_PROVIDER_CONFIG, "<html>nothing here" },
	{ 400, OHB_PROVIDER_CONFIG,
			OPENAI("foo/bar is not a valid model ID", "x", "400") },
	{ 100, OHB_PROVIDER_REQUEST, "" },

	/* Azure, OpenRouter, DeepSeek, Alibaba */
	{ 400, OHB_PROVIDER_POLICY,
			OPENAI("The response was filtered due to the prompt "
			       "triggering content management policy",
					"x", "\"content_filter\"") },
	{ 403, OHB_PROVIDER_POLICY,
			OPENAI("Your chosen model requires moderation and your "
			       "input was flagged",
					"x", "403") },
	{ 400, OHB_PROVIDER_POLICY,
			OPENAI("Content Exists Risk", "invalid_request_error",
					"\"invalid_request_error\"") },
	{ 400, OHB_PROVIDER_POLICY,
			OPENAI("x", "data_inspection_failed",
					"\"data_inspection_failed\"") },

	{ 408, OHB_PROVIDER_TIMEOUT, "" },
	{ 500, OHB_PROVIDER_SERVER, "" },
	{ 503, OHB_PROVIDER_SERVER, "<html>" },
	{ 504, OHB_PROVIDER_TIMEOUT, "<html>Gateway Time-out" },
	{ 524, OHB_PROVIDER_TIMEOUT, "" },
	{ 529, OHB_PROVIDER_SERVER,
			OPENAI("Overloaded", "overloaded_error", "null") },
};

static enum ohb_provider_failure read_reply(int status, const char *text,
		const struct ohb_secret *key, struct ohb_str *words)
{
	struct ohb_error err = OHB_ERROR_INIT;
	ohb_autohttp reply = OHB_HTTP_RESPONSE_INIT;
	ohb_autojson *body = ohb_json_parse(text, strlen(text), &err);

	reply.status = status;
	ohb_str_adds(&reply.body, text);
	return ohb_failure_of(&reply, body, key, words);
}

START_TEST(a_reply_has_its_class)
{
	ohb_autostr words = OHB_STR_INIT;
	enum ohb_provider_failure failure = read_reply(
			replies[_i].status, replies[_i].body, NULL, &words);

	ck_assert_msg(failure == replies[_i].failure, "%d: %s", (int)failure,
			replies[_i].body);
	ck_assert_int_eq(words.len == 0, failure == OHB_PROVIDER_OK);
}
END_TEST

START_TEST(every_failure_has_its_row)
{
	enum ohb_provider_failure failure;

	for (failure = OHB_PROVIDER_OK; failure <= OHB_PROVIDER_REPLAY_END;
			failure++) {
		const struct ohb_failure_rule *rule = ohb_failure_rule(failure);

		ck_assert_ptr_nonnull(rule->name);
		if (failure == OHB_PROVIDER_OK)
			continue;
		ck_assert_ptr_nonnull(rule->code);
		/* Client libraries repeat 408, 409, 429 and 5xx. */
		ck_assert(rule->status >= 400 && rule->status <= 402);
		/* What is asked again here is not over for the build. */
		ck_assert(rule->cure != OHB_CURE_RETRY ||
				(!rule->ends_build &&
						rule->mark != OHB_MARK_OUT));
		ck_assert(rule->mark != OHB_MARK_OUT || rule->ends_build);
	}
}
END_TEST

static const struct {
	int status;
	const char *body, *words;
} texts[] = {
	{ 500, "", "HTTP 500" },
	{ 500, "{\"error\":\"plain\"}", "HTTP 500: plain" },
	{ 400, "{\"message\":\"m\"}", "HTTP 400: m" },
	{ 400, "{\"detail\":\"d\"}", "HTTP 400: d" },
	{ 400,
			"{\"error\":{\"message\":\"Provider returned error\","
			"\"metadata\":{\"raw\":\"the cause\"}}}",
			"HTTP 400: the cause" },
	{ 500, "a\nb\x1b[31mc", "HTTP 500: a bc" },
	{ 401, "key=secret-key, secret-key", "HTTP 401: key=***, ***" },
	{ 401, "{\"error\":{\"message\":\"secret\\u002dkey\"}}",
			"HTTP 401: ***" },
	{ 200, "hello", "HTTP 200, but no answer of a model: hello" },
};

START_TEST(words_are_for_people)
{
	struct ohb_secret *key = ohb_secret_new("secret-key", 10);
	ohb_autostr words = OHB_STR_INIT;

	(void)read_reply(texts[_i].status, texts[_i].body, key, &words);
	ck_assert_str_eq(words.data, texts[_i].words);
	ohb_secret_free(key);
}
END_TEST

START_TEST(words_are_bounded_and_never_half_a_key)
{
	struct ohb_secret *key = ohb_secret_new("secret-key", 10);
	size_t before;

	for (before = 480; before < 520; before++) {
		ohb_autostr text = OHB_STR_INIT, words = OHB_STR_INIT;

		while (text.len < before)
			ohb_str_addc(&text, 'x');
		ohb_str_adds(&text, "secret-key");
		(void)read_reply(500, text.data, key, &words);
		ck_assert_uint_le(words.len, 520);
		ck_assert_ptr_null(strstr(words.data, "s"));
	}
	ohb_secret_free(key);
}
END_TEST

START_TEST(a_placeholder_is_not_masked)
{
	struct ohb_secret *key = ohb_secret_new("x", 1);
	ohb_autostr text = OHB_STR_INIT;

	ohb_failure_mask(&text, key);
	ohb_str_adds(&text, "text");
	ohb_failure_mask(&text, key);
	ohb_failure_mask(&text, NULL);
	ck_assert_str_eq(text.data, "text");
	ohb_secret_free(key);
}
END_TEST

/* The client libraries repeat 408, 409, 429 and what is above 499. */
START_TEST(no_failure_is_answered_by_a_status_that_is_repeated)
{
	int status = ohb_failure_rule((enum ohb_provider_failure)_i)->status;

	ck_assert_int_ge(status, 400);
	ck_assert_int_lt(status, 500);
	ck_assert_int_ne(status, 408);
	ck_assert_int_ne(status, 409);
	ck_assert_int_ne(status, 429);
	ck_assert_ptr_nonnull(
			ohb_failure_rule((enum ohb_provider_failure)_i)->code);
}
END_TEST

/* 784111777 s is Sun, 06 Nov 1994 08:49:37 GMT. */
#define NOW_MS (784111777LL * 1000)

static const struct {
	const char *headers;
	int64_t ms;
} pauses[] = {
	{ "", -1 },
	{ "Retry-After: 2\r\n", 2000 },
	{ "retry-after: 0\r\n", 0 },
	{ "Retry-After: 1.5\r\n", 2000 },
	{ "Retry-After: soon\r\n", -1 },
	{ "Retry-After: -1\r\n", -1 },
	{ "Retry-After: 99999999999\r\n", -1 },
	{ "Retry-After-Ms: 120\r\nRetry-After: 9\r\n", 120 },
	{ "Retry-After-Ms: x\r\nRetry-After: 9\r\n", 9000 },
	{ "Retry-After: Sun, 06 Nov 1994 08:49:47 GMT\r\n", 10000 },
	{ "Retry-After: Sun, 06 Nov 1994 08:49:30 GMT\r\n", 0 },
	{ "Retry-After: Tue, 08 Nov 1994 08:49:37 GMT\r\n", 172800000 },
	{ "Retry-After: Sun, 06 Abc 1994 08:49:47 GMT\r\n", -1 },
	{ "Retry-After: Sun, 06 Nov 1994 08:49:4x GMT\r\n", -1 },
	{ "Retry-After: Sun, 06 Nov 1994 28:49:47 GMT\r\n", -1 },
	{ "Retry-After: Sun, 06 Nov 1994 08:49:47 CET\r\n", -1 },
};

START_TEST(retry_after_is_read)
{
	ohb_autohttp reply = OHB_HTTP_RESPONSE_INIT;

	ohb_str_adds(&reply.headers, "HTTP/1.1 429 X\r\n");
	ohb_str_adds(&reply.headers, pauses[_i].headers);
	ck_assert_int_eq(ohb_retry_asked_ms(&reply, NOW_MS), pauses[_i].ms);
}
END_TEST

START_TEST(back_off_grows_and_is_bounded)
{
	unsigned tries, i;

	for (tries = 0; tries < 100; tries++) {
		int64_t limit = tries < 5 ? 1000LL << tries : 30000;
		int64_t longest = 0;

		if (limit > 30000)
			limit = 30000;
		for (i = 0; i < 200; i++) {
			int64_t ms = ohb_retry_backoff_ms(tries, 1000);

			ck_assert_int_ge(ms, 0);
			ck_assert_int_le(ms, limit);
			if (ms > longest)
				longest = ms;
		}
		/* One in 2^200 would fail. */
		ck_assert_int_gt(longest, limit / 2);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("failure");
	TCase *tcase = tcase_create("failure");
	SRunner *runner;
	int failed;

	tcase_add_test(tcase, every_failure_has_its_row);
	tcase_add_loop_test(tcase, a_reply_has_its_class, 0,
			(int)OHB_ARRAY_LEN(replies));
	tcase_add_loop_test(tcase, words_are_for_people, 0,
			(int)OHB_ARRAY_LEN(texts));
	tcase_add_test(tcase, words_are_bounded_and_never_half_a_key);
	tcase_add_test(tcase, a_placeholder_is_not_masked);
	tcase_add_loop_test(tcase,
			no_failure_is_answered_by_a_status_that_is_repeated,
			OHB_PROVIDER_AUTH, OHB_PROVIDER_REPLAY_END + 1);
	tcase_add_loop_test(tcase, retry_after_is_read, 0,
			(int)OHB_ARRAY_LEN(pauses));
	tcase_add_test(tcase, back_off_grows_and_is_bounded);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
