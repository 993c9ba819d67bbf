/* Every way a provider fails, and what the agent and the record see of it. */
#include "provider.h"

#define KEY "sk-live-0123456789abcdef"
#define ERROR(text, code)                                                      \
	"{\"error\":{\"message\":\"" text "\",\"type\":\"t\",\"code\":\"" code \
	"\"}}"

static const struct {
	const char *name;
	struct scene scenes[2];
	size_t nscenes;
	int status; /* to the agent */
	enum ohb_provider_failure failure;
	unsigned asked;
	const char *words;
} faults[] = {
	{ "wrong key",
			{ { 401, ERROR("Incorrect API key", "invalid_api_key"),
					NULL, 0, WHOLE } },
			1, 401, OHB_PROVIDER_AUTH, 1, "Incorrect API key" },
	{ "unknown model",
			{ { 404, ERROR("No such model", "model_not_found"),
					NULL, 0, WHOLE } },
			1, 400, OHB_PROVIDER_CONFIG, 1, "No such model" },
	{ "busy, then good",
			{ { 429, ERROR("slow down", "x"), "Retry-After: 1\r\n",
					  0, WHOLE },
					{ 200, NULL, NULL, 0, WHOLE } },
			2, 200, OHB_PROVIDER_OK, 2, "" },
	{ "busy for ever", { { 429, ERROR("slow down", "x"), NULL, 0, WHOLE } },
			1, 400, OHB_PROVIDER_RATE_LIMIT, 4, "slow down" },
	{ "busy for longer than we hold",
			{ { 429, ERROR("slow down", "x"),
					"Retry-After: 3600\r\n", 0, WHOLE } },
			1, 400, OHB_PROVIDER_RATE_LIMIT, 1, "slow down" },
	{ "no money",
			{ { 429,
					ERROR("You exceeded your current quota",
							"insufficient_quota"),
					NULL, 0, WHOLE } },
			1, 402, OHB_PROVIDER_QUOTA, 1, "exceeded" },
	{ "broken for ever", { { 500, "oops", NULL, 0, WHOLE } }, 1, 400,
			OHB_PROVIDER_SERVER, 4, "HTTP 500: oops" },
	{ "broken, then good",
			{ { 503, "", NULL, 0, WHOLE },
					{ 200, NULL, NULL, 0, WHOLE } },
			2, 200, OHB_PROVIDER_OK, 2, "" },
	{ "silence", { { 0, NULL, NULL, 0, SILENT } }, 1, 400,
			OHB_PROVIDER_TIMEOUT, 4, "" },
	{ "silence, then good",
			{ { 0, NULL, NULL, 0, SILENT },
					{ 200, NULL, NULL, 0, WHOLE } },
			2, 200, OHB_PROVIDER_OK, 2, "" },
	{ "cut for ever", { { 200, NULL, NULL, 0, CUT } }, 1, 400,
			OHB_PROVIDER_CONNECTION, 4, "" },
	{ "cut, then good",
			{ { 200, NULL, NULL, 0, CUT },
					{ 200, NULL, NULL, 0, WHOLE } },
			2, 200, OHB_PROVIDER_OK, 2, "" },
	{ "not JSON", { { 200, "<html>hello</html>", NULL, 0, WHOLE } }, 1, 400,
			OHB_PROVIDER_MALFORMED, 4, "no answer of a model" },
	{ "no choices",
			{ { 200, "{\"choices\":[]}", NULL, 0, WHOLE },
					{ 200, NULL, NULL, 0, WHOLE } },
			2, 200, OHB_PROVIDER_OK, 2, "" },
	{ "a refusal in a good reply",
			{ { 200,
					"{\"error\":{\"message\":\"pay\",\"code\":402}"
					"}",
					NULL, 0, WHOLE } },
			1, 402, OHB_PROVIDER_QUOTA, 1, "HTTP 402: pay" },
	{ "context window",
			{ { 400,
					ERROR("This model's maximum context length is "
					      "10",
							"context_length_exceeded"),
					NULL, 0, WHOLE } },
			1, 400, OHB_PROVIDER_CONTEXT, 1, "maximum context" },
	{ "elsewhere", { { 302, "", "Location: /x\r\n", 0, WHOLE } }, 1, 400,
			OHB_PROVIDER_CONFIG, 1, "redirection" },
	{ "key in the error",
			{ { 401, ERROR("bad key " KEY "!", "x"), NULL, 0,
					WHOLE } },
			1, 401, OHB_PROVIDER_AUTH, 1, "bad key ***!" },
	{ "key in a context error",
			{ { 400, ERROR("bad " KEY, "context_length_exceeded"),
					NULL, 0, WHOLE } },
			1, 400, OHB_PROVIDER_CONTEXT, 1, "bad ***" },
};

struct fixture {
	struct ohb_str warnings;
	struct ohb_secret *key;
	struct ohb_gateway *gateway;
	struct ohb_grant *grant;
	struct ohb_gateway_model models[2];
};

static void on_warning(void *userdata, const char *text)
{
	struct fixture *fixture = userdata;

	ohb_str_adds(&fixture->warnings, text);
	ohb_str_addc(&fixture->warnings, '\n');
}

/* Asks each provider as one model, in order. */
static void set_up(struct fixture *fixture, const char *const *urls, size_t n)
{
	static const char *const ids[] = { "openai/first", "openai/second" };
	const struct ohb_gateway_options options = {
		.address = "127.0.0.1",
		.hold_ms = 20000,
		.retry_base_ms = 5,
		.silence_ms = 1000,
		.on_warning = on_warning,
		.userdata = fixture,
	};
	struct ohb_grant_options grant = {
		.target = "tests/test_a.c",
		.models = fixture->models,
		.nmodels = n,
	};
	struct ohb_error err = OHB_ERROR_INIT;
	size_t i;

	fixture->warnings = (struct ohb_str)OHB_STR_INIT;
	fixture->key = ohb_secret_new(KEY, strlen(KEY));
	for (i = 0; i < n; i++)
		fixture->models[i] = (struct ohb_gateway_model){
			.id = ids[i],
			.name = ids[i] + strlen("openai/"),
			.base_url = urls[i],
			.key = fixture->key,
			.max_output_tokens = 777,
			.has_price = 1,
			.price.usual.input = 1,
			.price.usual.cached = 0.1,
			.price.usual.output = 10,
		};
	ck_assert_msg(ohb_gateway_open(&options, &fixture->gateway, &err) == 0,
			"%s", err.msg);
	ck_assert_msg(ohb_gateway_grant(fixture->gateway, &grant,
				      &fixture->grant, &err) == 0,
			"%s", err.msg);
}

static void set_up_one(struct fixture *fixture, struct provider *provider)
{
	const char *const urls[] = { provider->url };

	set_up(fixture, urls, 1);
}

static void tear_down(struct fixture *fixture)
{
	ohb_gateway_revoke(fixture->gateway, fixture->grant);
	ohb_gateway_close(fixture->gateway);
	ohb_secret_free(fixture->key);
	ohb_str_release(&fixture->warnings);
}

static void check_headers(const struct ohb_http_response *reply)
{
	ohb_autostr text = OHB_STR_INIT;

	if (reply->status == 200) {
		ck_assert_int_eq(
				ohb_http_header(reply, "x-should-retry", &text),
				0);
		return;
	}
	ck_assert_int_eq(ohb_http_header(reply, "x-should-retry", &text), 1);
	ck_assert_str_eq(text.data, "false");
}

START_TEST(a_fault_is_handled)
{
	struct provider provider;
	struct fixture fixture;
	struct ohb_usage usage;
	ohb_autohttp reply = OHB_HTTP_RESPONSE_INIT;
	ohb_autostr words = OHB_STR_INIT;
	bool good = faults[_i].status == 200;

	provider_start(&provider, faults[_i].scenes, faults[_i].nscenes);
	set_up_one(&fixture, &provider);
	ask(fixture.gateway, ohb_grant_token(fixture.grant), QUESTION, &reply);
	ck_assert_msg(reply.status == faults[_i].status, "%s: %d %s",
			faults[_i].name, reply.status,
			ohb_str_cstr(&reply.body));
	check_headers(&reply);
	ck_assert_int_eq(ohb_grant_failure(fixture.grant, &words),
			faults[_i].failure);
	ck_assert_msg(strstr(ohb_str_cstr(&words), faults[_i].words) != NULL,
			"%s: %s", faults[_i].name, ohb_str_cstr(&words));
	ck_assert_uint_eq(provider.asked, faults[_i].asked);
	ohb_grant_usage(fixture.grant, &usage);
	ck_assert_uint_eq(usage.requests, good);
	if (good) {
		ck_assert_str_eq(ohb_str_cstr(&reply.body), GOOD);
		ck_assert_str_eq(
				ohb_grant_model(fixture.grant), "openai/first");
	} else {
		ck_assert(ohb_starts(words.data, "openai/first: "));
		ck_assert_ptr_null(ohb_grant_model(fixture.grant));
	}
	ck_assert_ptr_null(strstr(ohb_str_cstr(&words), KEY));
	ck_assert_ptr_null(strstr(ohb_str_cstr(&reply.body), KEY));
	tear_down(&fixture);
	provider_stop(&provider);
}
END_TEST

START_TEST(retry_after_is_waited_for)
{
	static const struct scene scenes[] = {
		{ 429, "", "Retry-After: 1\r\n", 0, WHOLE },
		{ 200, NULL, NULL, 0, WHOLE },
	};
	struct provider provider;
	struct fixture fixture;
	ohb_autohttp reply = OHB_HTTP_RESPONSE_INIT;

	provider_start(&provider, scenes, 2);
	set_up_one(&fixture, &provider);
	ask(fixture.gateway, ohb_grant_token(fixture.grant), QUESTION, &reply);
	ck_assert_int_eq(reply.status, 200);
	ck_assert_uint_eq(provider.asked, 2);
	/* Not earlier; how much later is the machine's business. */
	ck_assert_int_ge(provider.times_ms[1] - provider.times_ms[0], 990);
	tear_down(&fixture);
	provider_stop(&provider);
}
END_TEST

START_TEST(nobody_listens)
{
	/* Port 1 of the loopback: refused. */
	const char *const urls[] = { "http://127.0.0.1:1/v1" };
	struct fixture fixture;
	ohb_autohttp reply = OHB_HTTP_RESPONSE_INIT;
	ohb_autostr words = OHB_STR_INIT;

	set_up(&fixture, urls, 1);
	ask(fixture.gateway, ohb_grant_token(fixture.grant), QUESTION, &reply);
	ck_assert_int_eq(reply.status, 400);
	check_headers(&reply);
	ck_assert_int_eq(ohb_grant_failure(fixture.grant, &words),
			OHB_PROVIDER_CONNECTION);
	ck_assert(ohb_starts(words.data, "openai/first: "));
	tear_down(&fixture);
}
END_TEST

/* What the first model says, and how often it is asked before the second. */
static const struct {
	struct scene scene;
	unsigned asked;
} first_models[] = {
	{ { 401, "", NULL, 0, WHOLE }, 1 },
	{ { 402, "", NULL, 0, WHOLE }, 1 },
	{ { 404, "", NULL, 0, WHOLE }, 1 },
	{ { 429, "", NULL, 0, WHOLE }, 4 },
	{ { 429, "", "Retry-After: 3600\r\n", 0, WHOLE }, 1 },
	{ { 500, "", NULL, 0, WHOLE }, 4 },
	{ { 0, NULL, NULL, 0, SILENT }, 1 },
};

START_TEST(the_next_model_is_asked)
{
	static const struct scene good = { 200, NULL, NULL, 0, WHOLE };
	struct provider first, second;
	struct fixture fixture;
	ohb_autohttp reply = OHB_HTTP_RESPONSE_INIT;
	ohb_autostr words = OHB_STR_INIT;

	provider_start(&first, &first_models[_i].scene, 1);
	provider_start(&second, &good, 1);
	{
		const char *const urls[] = { first.url, second.url };

		set_up(&fixture, urls, 2);
	}
	ask(fixture.gateway, ohb_grant_token(fixture.grant), QUESTION, &reply);
	ck_assert_int_eq(reply.status, 200);
	ck_assert_uint_eq(first.asked, first_models[_i].asked);
	ck_assert_uint_eq(second.asked, 1);
	ck_assert_str_eq(ohb_grant_model(fixture.grant), "openai/second");
	ck_assert_int_eq(ohb_grant_failure(fixture.grant, &words),
			OHB_PROVIDER_OK);
	ck_assert_uint_eq(words.len, 0);
	ck_assert_ptr_nonnull(strstr(
			second.requests[0].data, "\"model\":\"second\""));
	tear_down(&fixture);
	provider_stop(&first);
	provider_stop(&second);
}
END_TEST

START_TEST(every_model_that_failed_is_told)
{
	static const struct scene scenes[] = {
		{ 402, "", NULL, 0, WHOLE },
		{ 401, "", NULL, 0, WHOLE },
	};
	struct provider first, second;
	struct fixture fixture;
	ohb_autohttp reply = OHB_HTTP_RESPONSE_INIT;
	ohb_autostr words = OHB_STR_INIT;

	provider_start(&first, &scenes[0], 1);
	provider_start(&second, &scenes[1], 1);
	{
		const char *const urls[] = { first.url, second.url };

		set_up(&fixture, urls, 2);
	}
	ask(fixture.gateway, ohb_grant_token(fixture.grant), QUESTION, &reply);
	ck_assert_int_eq(reply.status, 401);
	ck_assert_int_eq(ohb_grant_failure(fixture.grant, &words),
			OHB_PROVIDER_AUTH);
	ck_assert_str_eq(words.data,
			"openai/first: HTTP 402; openai/second: HTTP 401");
	tear_down(&fixture);
	provider_stop(&first);
	provider_stop(&second);
}
END_TEST

START_TEST(the_newer_name_of_the_cap_is_learned)
{
	static const struct scene scenes[] = {
		{ 400,
				ERROR("Unsupported parameter: 'max_tokens'. Use "
				      "'max_completion_tokens' instead.",
						"unsupported_parameter"),
				NULL, 0, WHOLE },
		{ 200, NULL, NULL, 0, WHOLE },
	};
	struct provider provider;
	struct fixture fixture;
	int i;

	provider_start(&provider, scenes, 2);
	set_up_one(&fixture, &provider);
	for (i = 0; i < 2; i++) {
		ohb_autohttp reply = OHB_HTTP_RESPONSE_INIT;

		ask(fixture.gateway, ohb_grant_token(fixture.grant), QUESTION,
				&reply);
		ck_assert_int_eq(reply.status, 200);
	}
	ck_assert_uint_eq(provider.asked, 3);
	ck_assert_ptr_nonnull(strstr(
			provider.requests[0].data, "\"max_tokens\":777"));
	for (i = 1; i < 3; i++) {
		ck_assert_ptr_nonnull(strstr(provider.requests[i].data,
				"\"max_completion_tokens\":777"));
		ck_assert_ptr_null(strstr(
				provider.requests[i].data, "\"max_tokens\""));
	}
	tear_down(&fixture);
	provider_stop(&provider);
}
END_TEST

/* A body of its own for each: the same words would be a repeat. */
static int ask_nth(const struct fixture *fixture, int number)
{
	ohb_autohttp reply = OHB_HTTP_RESPONSE_INIT;
	ohb_autostr body = OHB_STR_INIT;

	ohb_str_addf(&body,
			"{\"messages\":[{\"role\":\"user\",\"content\":"
			"\"%d\"}]}",
			number);
	ask(fixture->gateway, ohb_grant_token(fixture->grant), body.data,
			&reply);
	return reply.status;
}

static void set_up_two(struct fixture *fixture, struct provider *first,
		struct provider *second)
{
	const char *const urls[] = { first->url, second->url };

	set_up(fixture, urls, 2);
}

START_TEST(a_wrong_key_is_tried_and_said_once)
{
	static const struct scene bad = { 401, ERROR("no", "x"), NULL, 0,
		WHOLE };
	static const struct scene good = { 200, NULL, NULL, 0, WHOLE };
	struct provider first, second;
	struct fixture fixture;
	int i;

	provider_start(&first, &bad, 1);
	provider_start(&second, &good, 1);
	set_up_two(&fixture, &first, &second);
	for (i = 0; i < 4; i++)
		ck_assert_int_eq(ask_nth(&fixture, i), 200);
	ck_assert_uint_eq(first.asked, 1);
	ck_assert_uint_eq(second.asked, 4);
	ck_assert_str_eq(ohb_str_cstr(&fixture.warnings),
			"model 'openai/first' is not asked again in this "
			"build, 'openai/second' is (authentication: HTTP 401: "
			"no); correct it in openhands.yml\n");
	tear_down(&fixture);
	provider_stop(&first);
	provider_stop(&second);
}
END_TEST

START_TEST(a_refused_model_fails_every_request_at_once)
{
	static const struct scene bad = { 402, ERROR("pay", "x"), NULL, 0,
		WHOLE };
	struct provider provider;
	struct fixture fixture;
	ohb_autostr words = OHB_STR_INIT;
	int i;

	provider_start(&provider, &bad, 1);
	set_up_one(&fixture, &provider);
	for (i = 0; i < 3; i++)
		ck_assert_int_eq(ask_nth(&fixture, i), 402);
	ck_assert_uint_eq(provider.asked, 1);
	ck_assert_int_eq(ohb_grant_failure(fixture.grant, &words),
			OHB_PROVIDER_QUOTA);
	ck_assert_str_eq(words.data, "openai/first: HTTP 402: pay");
	ck_assert_uint_eq(fixture.warnings.len, 0);
	tear_down(&fixture);
	provider_stop(&provider);
}
END_TEST

/* Two are up: the one that is down is left alone, but for one request a
 * period. */
START_TEST(an_outage_goes_to_the_next_model)
{
	static const struct scene down = { 503, "", NULL, 0, WHOLE };
	static const struct scene good = { 200, NULL, NULL, 0, WHOLE };
	struct provider first, second;
	struct fixture fixture;
	int i;

	provider_start(&first, &down, 1);
	provider_start(&second, &good, 1);
	set_up_two(&fixture, &first, &second);
	for (i = 0; i < 20; i++)
		ck_assert_int_eq(ask_nth(&fixture, i), 200);
	ck_assert_uint_eq(second.asked, 20);
	/* Each of the 20 would have asked it 4 times. */
	ck_assert_uint_ge(first.asked, 5);
	ck_assert_uint_le(first.asked, 40);
	ck_assert_ptr_nonnull(strstr(ohb_str_cstr(&fixture.warnings),
			"model 'openai/first' does not work (HTTP 503)"));
	tear_down(&fixture);
	provider_stop(&first);
	provider_stop(&second);
}
END_TEST

/* The only model is down for longer than the tries of a request: the next
 * request waits for it. */
START_TEST(the_only_model_is_waited_for)
{
	struct scene scenes[8];
	struct provider provider;
	struct fixture fixture;
	size_t i;

	for (i = 0; i < 7; i++)
		scenes[i] = (struct scene){ 500, "oops", NULL, 0, WHOLE };
	scenes[7] = (struct scene){ 200, NULL, NULL, 0, WHOLE };
	provider_start(&provider, scenes, 8);
	set_up_one(&fixture, &provider);
	ck_assert_int_eq(ask_nth(&fixture, 1), 400);
	/* One more opens the breaker, and two that try it fail. */
	ck_assert_int_eq(ask_nth(&fixture, 2), 200);
	ck_assert_uint_eq(provider.asked, 8);
	/* 75 ms, twice that, and twice that again. */
	ck_assert_int_ge(provider.times_ms[5] - provider.times_ms[4], 70);
	ck_assert_int_ge(provider.times_ms[6] - provider.times_ms[5], 145);
	ck_assert_int_ge(provider.times_ms[7] - provider.times_ms[6], 295);
	tear_down(&fixture);
	provider_stop(&provider);
}
END_TEST

/* What one agent was told holds for all. */
START_TEST(retry_after_is_for_everybody)
{
	static const struct scene scenes[] = {
		{ 429, ERROR("slow down", "x"), "Retry-After: 1\r\n", 0,
				WHOLE },
		{ 200, NULL, NULL, 0, WHOLE },
	};
	struct provider provider;
	struct fixture fixture;
	struct asker asker = { .body = QUESTION };

	provider_start(&provider, scenes, 2);
	set_up_one(&fixture, &provider);
	asker.gateway = fixture.gateway;
	asker.token = ohb_grant_token(fixture.grant);
	asker_start(&asker);
	wait_until_asked(&provider, 1);
	/* Its reply must have been read. */
	provider_wait(&provider, -1, 300);
	ck_assert_int_eq(ask_nth(&fixture, 1), 200);
	asker_join(&asker);
	ck_assert_int_eq(asker.reply.status, 200);
	ohb_http_response_release(&asker.reply);
	ck_assert_uint_eq(provider.asked, 3);
	ck_assert_int_ge(provider.times_ms[1] - provider.times_ms[0], 1000);
	ck_assert_int_ge(provider.times_ms[2] - provider.times_ms[0], 1000);
	tear_down(&fixture);
	provider_stop(&provider);
}
END_TEST

START_TEST(a_bad_request_is_its_own_fault_once_there_was_an_answer)
{
	static const struct scene scenes[] = {
		{ 200, NULL, NULL, 0, WHOLE },
		{ 400, ERROR("messages.3: bad", "x"), NULL, 0, WHOLE },
		{ 200, NULL, NULL, 0, WHOLE },
	};
	struct provider provider;
	struct fixture fixture;
	ohb_autostr words = OHB_STR_INIT;

	provider_start(&provider, scenes, 3);
	set_up_one(&fixture, &provider);
	ck_assert_int_eq(ask_nth(&fixture, 1), 200);
	ck_assert_int_eq(ask_nth(&fixture, 2), 400);
	ck_assert_int_eq(ohb_grant_failure(fixture.grant, &words),
			OHB_PROVIDER_REQUEST);
	ck_assert_int_eq(ask_nth(&fixture, 3), 200);
	tear_down(&fixture);
	provider_stop(&provider);
}
END_TEST

/* The next model may have a wrong key: the first one can come back. */
START_TEST(an_outage_is_not_made_a_wrong_key)
{
	static const struct scene down = { 500, "", NULL, 0, WHOLE };
	static const struct scene bad = { 401, "", NULL, 0, WHOLE };
	struct provider first, second;
	struct fixture fixture;
	ohb_autostr words = OHB_STR_INIT;

	provider_start(&first, &down, 1);
	provider_start(&second, &bad, 1);
	set_up_two(&fixture, &first, &second);
	ck_assert_int_eq(ask_nth(&fixture, 1), 400);
	ck_assert_int_eq(ohb_grant_failure(fixture.grant, &words),
			OHB_PROVIDER_SERVER);
	ck_assert_str_eq(words.data,
			"openai/first: HTTP 500; openai/second: HTTP 401");
	tear_down(&fixture);
	provider_stop(&first);
	provider_stop(&second);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("fault");
	TCase *tcase = tcase_create("fault");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tcase, 60);
	tcase_add_loop_test(tcase, a_fault_is_handled, 0,
			(int)OHB_ARRAY_LEN(faults));
	tcase_add_test(tcase, retry_after_is_waited_for);
	tcase_add_test(tcase, nobody_listens);
	tcase_add_loop_test(tcase, the_next_model_is_asked, 0,
			(int)OHB_ARRAY_LEN(first_models));
	tcase_add_test(tcase, every_model_that_failed_is_told);
	tcase_add_test(tcase, the_newer_name_of_the_cap_is_learned);
	tcase_add_test(tcase, a_wrong_key_is_tried_and_said_once);
	tcase_add_test(tcase, a_refused_model_fails_every_request_at_once);
	tcase_add_test(tcase, an_outage_goes_to_the_next_model);
	tcase_add_test(tcase, the_only_model_is_waited_for);
	tcase_add_test(tcase, retry_after_is_for_everybody);
	tcase_add_test(tcase,
			a_bad_request_is_its_own_fault_once_there_was_an_answer);
	tcase_add_test(tcase, an_outage_is_not_made_a_wrong_key);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
