/* What providers say of their limits, in each of their dialects. */
#include "gateway/limits.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

#define NOW 1764000000000LL /* 2025-11-24T16:00:00Z */

static const struct {
	const char *text;
	int64_t ms;
} resets[] = {
	{ "1s", 1000 },
	{ "6m0s", 360000 },
	{ "20ms", 20 },
	{ "0s", 0 },
	{ "1h2m3.5s", 3723500 },
	{ "1d", 86400000 },
	/* Groq */
	{ "2m59.56s", 179560 },
	{ "7.66s", 7660 },
	{ "577.0001ms", 578 },
	/* seconds */
	{ "1", 1000 },
	{ "59.7", 59700 },
	{ "0", 0 },
	{ "1.0001", 1001 },
	/* since the epoch: milliseconds, seconds */
	{ "1764000005000", 5000 },
	{ "1764000005", 5000 },
	{ "1763999999000", 0 },
	/* Anthropic */
	{ "2025-11-24T16:00:07Z", 7000 },
	{ "2025-11-24T16:00:07.25Z", 7000 },
	{ "2025-11-24T18:00:07+02:00", 7000 },
	{ "2025-11-24T15:30:07-00:30", 7000 },
	{ "2025-11-24T15:59:00Z", 0 },
	/* nothing that one could go by */
	{ "", -1 },
	{ "soon", -1 },
	{ "-1", -1 },
	{ "1x", -1 },
	{ "1s2", 3000 },
	{ ".5s", -1 },
	{ "9999999999999999999999", -1 },
	{ "99999999h", -1 },
	{ "2025-11-24T16:00:07", -1 },
	{ "2025-13-24T16:00:07Z", -1 },
	{ "2025-11-24T25:00:07Z", -1 },
	{ "2025-11-24T16:00:07+2:00", -1 },
	{ "2099-11-24T16:00:07Z", -1 },
	{ "99999999999999", -1 },
};

START_TEST(a_reset_is_understood)
{
	const char *text = resets[_i].text;

	ck_assert_msg(ohb_limits_parse_reset(text, strlen(text), NOW) ==
					resets[_i].ms,
			"%s: %lld", text,
			(long long)ohb_limits_parse_reset(
					text, strlen(text), NOW));
}
END_TEST

static const struct {
	const char *headers;
	struct ohb_limit requests, tokens;
} dialects[] = {
	{ "x-ratelimit-limit-requests: 60\r\n"
	  "x-ratelimit-limit-tokens: 150000\r\n"
	  "x-ratelimit-remaining-requests: 59\r\n"
	  "x-ratelimit-remaining-tokens: 149984\r\n"
	  "x-ratelimit-reset-requests: 1s\r\n"
	  "x-ratelimit-reset-tokens: 6m0s\r\n",
			{ 60, 59, 1000 }, { 150000, 149984, 360000 } },
	{ "X-RateLimit-Limit: 20\r\nX-RateLimit-Remaining: 0\r\n"
	  "X-RateLimit-Reset: 1764000030000\r\n",
			{ 20, 0, 30000 }, { -1, -1, -1 } },
	{ "anthropic-ratelimit-requests-limit: 50\r\n"
	  "anthropic-ratelimit-requests-remaining: 49\r\n"
	  "anthropic-ratelimit-requests-reset: 2025-11-24T16:00:01Z\r\n"
	  "anthropic-ratelimit-tokens-limit: 40000\r\n"
	  "anthropic-ratelimit-tokens-remaining: 0\r\n"
	  "anthropic-ratelimit-tokens-reset: 2025-11-24T16:01:00Z\r\n",
			{ 50, 49, 1000 }, { 40000, 0, 60000 } },
	{ "anthropic-ratelimit-input-tokens-remaining: 7\r\n", { -1, -1, -1 },
			{ -1, 7, -1 } },
	{ "RateLimit-Limit: 10\r\nRateLimit-Remaining: 3\r\n"
	  "RateLimit-Reset: 12\r\n",
			{ 10, 3, 12000 }, { -1, -1, -1 } },
	{ "x-ratelimit-remaining-requests: many\r\n", { -1, -1, -1 },
			{ -1, -1, -1 } },
	{ "content-type: application/json\r\n", { -1, -1, -1 },
			{ -1, -1, -1 } },
};

static void check_limit(
		const struct ohb_limit *got, const struct ohb_limit *want)
{
	ck_assert_int_eq(got->total, want->total);
	ck_assert_int_eq(got->left, want->left);
	ck_assert_int_eq(got->reset_ms, want->reset_ms);
}

START_TEST(a_dialect_is_read)
{
	ohb_autohttp reply = OHB_HTTP_RESPONSE_INIT;
	struct ohb_limits limits;

	ohb_str_adds(&reply.headers, "HTTP/1.1 200 OK\r\n");
	ohb_str_adds(&reply.headers, dialects[_i].headers);
	limits = ohb_limits_read(&reply, NOW);
	check_limit(&limits.requests, &dialects[_i].requests);
	check_limit(&limits.tokens, &dialects[_i].tokens);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("limits");
	TCase *tcase = tcase_create("core");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(
			tcase, a_reset_is_understood, 0, OHB_ARRAY_LEN(resets));
	tcase_add_loop_test(
			tcase, a_dialect_is_read, 0, OHB_ARRAY_LEN(dialects));
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
