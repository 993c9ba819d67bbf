/* Who may ask, what goes on, and requests that are held. */
#include "provider.h"

#include <arpa/inet.h>

#include "base/limits.h"
#include "io/wait.h"

#define CONNECTIONS 32
#define OF_ONE_ADDRESS (CONNECTIONS / 4)
#define KEY "sk-live-0123456789abcdef"

struct fixture {
	struct provider provider;
	struct ohb_secret *key;
	struct ohb_gateway *gateway;
	struct ohb_grant *grant;
	struct ohb_gateway_model model;
	struct ohb_cancel cancel;
	atomic_uint calls;
	struct ohb_usage told;
};

static void on_usage(void *userdata, const struct ohb_usage *delta,
		const char *model)
{
	struct fixture *fixture = userdata;

	fixture->calls += ohb_streq(model, "openai/first");
	fixture->told = *delta;
}

static struct ohb_grant *grant(struct fixture *fixture)
{
	const struct ohb_grant_options options = {
		.target = "tests/test_a.c",
		.models = &fixture->model,
		.nmodels = 1,
		.on_usage = on_usage,
		.userdata = fixture,
	};
	struct ohb_error err = OHB_ERROR_INIT;
	struct ohb_grant *ret = NULL;

	ck_assert_msg(ohb_gateway_grant(fixture->gateway, &options, &ret,
				      &err) == 0,
			"%s", err.msg);
	return ret;
}

static void set_up(struct fixture *fixture, const struct scene *scenes,
		size_t nscenes)
{
	struct ohb_gateway_options options = {
		.address = "127.0.0.1",
		.hold_ms = 30000,
		.retry_base_ms = 5,
		.client_ms = 1000,
		.connections = CONNECTIONS,
		.cancel = &fixture->cancel,
	};
	struct ohb_error err = OHB_ERROR_INIT;

	memset(fixture, 0, sizeof(*fixture));
	provider_start(&fixture->provider, scenes, nscenes);
	fixture->key = ohb_secret_new(KEY, strlen(KEY));
	fixture->model = (struct ohb_gateway_model){
		.id = "openai/first",
		.name = "first-2026",
		.base_url = fixture->provider.url,
		.key = fixture->key,
		.max_output_tokens = 777,
		.has_price = 1,
		.price.usual.input = 1,
		.price.usual.cached = 0.1,
		.price.usual.output = 10,
	};
	ck_assert_int_eq(ohb_cancel_init(&fixture->cancel, &err), 0);
	ck_assert_msg(ohb_gateway_open(&options, &fixture->gateway, &err) == 0,
			"%s", err.msg);
	fixture->grant = grant(fixture);
}

static void tear_down(struct fixture *fixture)
{
	if (fixture->grant)
		ohb_gateway_revoke(fixture->gateway, fixture->grant);
	ohb_gateway_close(fixture->gateway);
	ohb_cancel_release(&fixture->cancel);
	provider_stop(&fixture->provider);
	ohb_secret_free(fixture->key);
}

static const struct scene good[] = { { 200, NULL, NULL, 0, WHOLE } };
static const struct scene silent[] = { { 0, NULL, NULL, 0, SILENT } };

static void must_answer(const struct fixture *fixture,
		const struct ohb_secret *token, const char *body, int status)
{
	ohb_autohttp reply = OHB_HTTP_RESPONSE_INIT;

	ask(fixture->gateway, token, body, &reply);
	ck_assert_msg(reply.status == status, "%d instead of %d: %s",
			reply.status, status, ohb_str_cstr(&reply.body));
}

START_TEST(a_request_goes_on_with_the_key_and_without_extras)
{
	static const char question[] =
			"{\"model\":\"ohbuild\",\"messages\":[{\"role\":\"user\""
			",\"content\":\"h\xc3\xa9llo\"}],\"tools\":[],"
			"\"temperature\":0.5,\"stream\":false,\"n\":100,"
			"\"models\":[\"expensive\"],\"web_search_options\":{},"
			"\"user\":\"me\",\"store\":true}";
	struct fixture fixture;
	const char *request, *body;
	struct ohb_usage usage;

	set_up(&fixture, good, 1);
	must_answer(&fixture, ohb_grant_token(fixture.grant), question, 200);
	request = fixture.provider.requests[0].data;
	ck_assert(ohb_starts(request, "POST /v1/chat/completions HTTP/1.1"));
	ck_assert_ptr_nonnull(strstr(request, "Authorization: Bearer " KEY));
	ck_assert_ptr_null(strstr(request,
			ohb_secret_reveal(ohb_grant_token(fixture.grant))));
	body = strstr(request, "\r\n\r\n") + 4;
	ck_assert_str_eq(body,
			"{\"messages\":[{\"role\":\"user\",\"content\":"
			"\"h\xc3\xa9llo\"}],\"tools\":[],\"temperature\":0.5,"
			"\"model\":\"first-2026\",\"max_tokens\":777}");
	ohb_grant_usage(fixture.grant, &usage);
	ck_assert_uint_eq(usage.requests, 1);
	ck_assert_uint_eq(usage.tokens_in, 100);
	ck_assert_uint_eq(usage.tokens_out, 10);
	ck_assert_double_eq_tol(usage.cost_usd, 200e-6, 1e-12);
	ck_assert_int_eq(usage.cost_unknown, 0);
	ck_assert_uint_eq(fixture.calls, 1);
	ck_assert_uint_eq(fixture.told.tokens_in, 100);
	tear_down(&fixture);
}
END_TEST

START_TEST(the_agents_own_cap_stays)
{
	static const char *const caps[] = { "\"max_tokens\":5",
		"\"max_completion_tokens\":6" };
	struct fixture fixture;
	size_t i;

	set_up(&fixture, good, 1);
	for (i = 0; i < OHB_ARRAY_LEN(caps); i++) {
		ohb_autostr question = OHB_STR_INIT;

		ohb_str_addf(&question, "{\"messages\":[],%s}", caps[i]);
		must_answer(&fixture, ohb_grant_token(fixture.grant),
				question.data, 200);
		ck_assert_ptr_nonnull(strstr(
				fixture.provider.requests[i].data, caps[i]));
		ck_assert_ptr_null(strstr(
				fixture.provider.requests[i].data, "777"));
	}
	tear_down(&fixture);
}
END_TEST

static const struct {
	const char *body, *words;
} bad_requests[] = {
	{ "{\"messages\":\"x\"}", "no messages" },
	{ "{\"model\":\"x\"}", "no messages" },
	{ "[]", "not an object" },
	{ "{\"messages\":", "byte 12" },
	{ "", "byte 0" },
};

START_TEST(a_bad_request_is_answered_here)
{
	struct fixture fixture;
	ohb_autohttp reply = OHB_HTTP_RESPONSE_INIT;
	ohb_autostr words = OHB_STR_INIT;

	set_up(&fixture, good, 1);
	ask(fixture.gateway, ohb_grant_token(fixture.grant),
			bad_requests[_i].body, &reply);
	ck_assert_int_eq(reply.status, 400);
	ck_assert_msg(strstr(reply.body.data, bad_requests[_i].words) != NULL,
			"%s", reply.body.data);
	ck_assert_int_eq(ohb_grant_failure(fixture.grant, &words),
			OHB_PROVIDER_CONFIG);
	ck_assert_uint_eq(fixture.provider.asked, 0);
	tear_down(&fixture);
}
END_TEST

static const struct {
	const char *path, *body;
	int with_token, status;
	const char *contains;
} paths[] = {
	{ "/models", NULL, 1, 200, "\"id\":\"ohbuild\"" },
	{ "/models", NULL, 0, 401, "\"invalid_api_key\"" },
	{ "/../health", NULL, 0, 404, "\"not_found\"" },
	{ "/chat/completions", NULL, 1, 405, "only POST here" },
	{ "/models", "{}", 1, 405, "only GET here" },
	{ "/embeddings", "{}", 1, 404, "\"not_found\"" },
	{ "/chat/completions", QUESTION, 0, 401, "\"message\"" },
	{ "/chat/completions/", QUESTION, 1, 404, "\"not_found\"" },
	{ "/responses", QUESTION, 1, 400, "no input" },
	{ "/responses", NULL, 1, 405, "only POST here" },
	{ "/responses", QUESTION, 0, 401, "\"message\"" },
};

START_TEST(a_path_has_its_answer)
{
	struct fixture fixture;
	ohb_autohttp reply = OHB_HTTP_RESPONSE_INIT;

	set_up(&fixture, good, 1);
	ask_path(fixture.gateway,
			paths[_i].with_token ? ohb_grant_token(fixture.grant) :
					       NULL,
			paths[_i].path, paths[_i].body, &reply);
	ck_assert_int_eq(reply.status, paths[_i].status);
	ck_assert_ptr_nonnull(strstr(reply.body.data, paths[_i].contains));
	ck_assert_uint_eq(fixture.provider.asked, 0);
	tear_down(&fixture);
}
END_TEST

START_TEST(health_is_open)
{
	struct fixture fixture;
	ohb_autohttp reply = OHB_HTTP_RESPONSE_INIT;
	ohb_autostr url = OHB_STR_INIT;
	struct ohb_error err = OHB_ERROR_INIT;
	struct ohb_http_request request = { .method = "GET" };

	set_up(&fixture, good, 1);
	ohb_str_adds(&url, ohb_gateway_url(fixture.gateway));
	ohb_str_cut(&url, url.len - strlen("/v1"));
	ohb_str_adds(&url, "/health");
	request.url = url.data;
	ck_assert_int_eq(ohb_http_do(&request, NULL, &reply, &err), 0);
	ck_assert_int_eq(reply.status, 200);
	tear_down(&fixture);
}
END_TEST

START_TEST(a_token_opens_its_own_grant_only)
{
	static const char *const wrong[] = { "x", "", KEY };
	struct fixture fixture;
	struct ohb_grant *other;
	struct ohb_secret *token;
	struct ohb_usage usage;
	size_t i;

	set_up(&fixture, good, 1);
	other = grant(&fixture);
	ck_assert_str_ne(ohb_secret_reveal(ohb_grant_token(other)),
			ohb_secret_reveal(ohb_grant_token(fixture.grant)));
	for (i = 0; i < OHB_ARRAY_LEN(wrong); i++) {
		token = ohb_secret_new(wrong[i], strlen(wrong[i]));
		must_answer(&fixture, token, QUESTION, 401);
		ohb_secret_free(token);
	}
	must_answer(&fixture, ohb_grant_token(other), QUESTION, 200);
	ohb_grant_usage(other, &usage);
	ck_assert_uint_eq(usage.requests, 1);
	ohb_grant_usage(fixture.grant, &usage);
	ck_assert_uint_eq(usage.requests, 0);

	token = ohb_secret_new(ohb_secret_reveal(ohb_grant_token(other)),
			ohb_secret_len(ohb_grant_token(other)));
	ohb_gateway_revoke(fixture.gateway, other);
	must_answer(&fixture, token, QUESTION, 401);
	must_answer(&fixture, ohb_grant_token(fixture.grant), QUESTION, 200);
	ohb_secret_free(token);
	tear_down(&fixture);
}
END_TEST

START_TEST(a_repeat_in_flight_is_not_paid_twice)
{
	static const struct scene slow[] = { { 200, NULL, NULL, 500, WHOLE } };
	struct fixture fixture;
	struct asker askers[3] = { 0 };
	struct ohb_usage usage;
	size_t i;

	set_up(&fixture, slow, 1);
	for (i = 0; i < OHB_ARRAY_LEN(askers); i++) {
		askers[i].gateway = fixture.gateway;
		askers[i].token = ohb_grant_token(fixture.grant);
		askers[i].body = QUESTION;
		asker_start(&askers[i]);
		wait_until_asked(&fixture.provider, 1);
	}
	for (i = 0; i < OHB_ARRAY_LEN(askers); i++) {
		asker_join(&askers[i]);
		ck_assert_int_eq(askers[i].reply.status, 200);
		ck_assert_str_eq(askers[i].reply.body.data, GOOD);
		ohb_http_response_release(&askers[i].reply);
	}
	ck_assert_uint_eq(fixture.provider.asked, 1);
	ohb_grant_usage(fixture.grant, &usage);
	ck_assert_uint_eq(usage.requests, 1);
	/* When it has landed, the same words are a new question. */
	must_answer(&fixture, ohb_grant_token(fixture.grant), QUESTION, 200);
	ck_assert_uint_eq(fixture.provider.asked, 2);
	tear_down(&fixture);
}
END_TEST

START_TEST(a_held_request_blocks_nobody)
{
	static const struct scene once_silent[] = {
		{ 0, NULL, NULL, 0, SILENT },
	};
	struct fixture fixture;
	struct asker asker = { .body = QUESTION };

	set_up(&fixture, once_silent, 1);
	asker.gateway = fixture.gateway;
	asker.token = ohb_grant_token(fixture.grant);
	asker_start(&asker);
	wait_until_asked(&fixture.provider, 1);
	{
		ohb_autohttp reply = OHB_HTTP_RESPONSE_INIT;

		ask_path(fixture.gateway, ohb_grant_token(fixture.grant),
				"/models", NULL, &reply);
		ck_assert_int_eq(reply.status, 200);
	}
	ohb_gateway_revoke(fixture.gateway, fixture.grant);
	fixture.grant = NULL;
	asker_join(&asker);
	ohb_http_response_release(&asker.reply);
	tear_down(&fixture);
}
END_TEST

/* What ends a request that the provider does not answer. */
enum end { REVOKE, CANCEL, CLOSE, REVOKE_IN_BACKOFF };

START_TEST(a_held_request_is_ended)
{
	static const struct scene busy[] = {
		{ 429, "", "Retry-After: 20\r\n", 0, WHOLE },
	};
	struct fixture fixture;
	struct asker asker = { .body = QUESTION };
	struct ohb_secret *token;

	set_up(&fixture, _i == REVOKE_IN_BACKOFF ? busy : silent, 1);
	/* The grant may be gone before the asker is. */
	token = ohb_secret_new(
			ohb_secret_reveal(ohb_grant_token(fixture.grant)),
			ohb_secret_len(ohb_grant_token(fixture.grant)));
	asker.gateway = fixture.gateway;
	asker.token = token;
	asker_start(&asker);
	wait_until_asked(&fixture.provider, 1);
	if (_i == CANCEL) {
		ohb_cancel_raise(&fixture.cancel);
		asker_join(&asker);
		ck_assert_int_eq(asker.reply.status, 503);
		/* So does one that comes later, and one of a new grant. */
		must_answer(&fixture, token, QUESTION, 503);
		ohb_gateway_revoke(fixture.gateway, fixture.grant);
		fixture.grant = grant(&fixture);
		must_answer(&fixture, ohb_grant_token(fixture.grant), QUESTION,
				503);
		ck_assert_uint_eq(fixture.provider.asked, 1);
	} else if (_i == CLOSE) {
		ohb_gateway_close(fixture.gateway);
		fixture.gateway = NULL;
		fixture.grant = NULL;
		asker_join(&asker);
	} else {
		ohb_gateway_revoke(fixture.gateway, fixture.grant);
		fixture.grant = NULL;
		asker_join(&asker);
		ck_assert_int_eq(asker.reply.status, 503);
	}
	ck_assert_uint_eq(fixture.provider.asked, 1);
	ohb_http_response_release(&asker.reply);
	ohb_secret_free(token);
	tear_down(&fixture);
}
END_TEST

START_TEST(holding_is_not_the_clients_silence)
{
	/* The limit for clients is 1 s here. */
	static const struct scene slow[] = { { 200, NULL, NULL, 2500, WHOLE } };
	struct fixture fixture;

	set_up(&fixture, slow, 1);
	must_answer(&fixture, ohb_grant_token(fixture.grant), QUESTION, 200);
	tear_down(&fixture);
}
END_TEST

/* A connection of which the gateway hears nothing more. */
static int dangling_from(const char *from, const struct ohb_gateway *gateway,
		const char *begin)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	const char *port = strrchr(ohb_gateway_url(gateway), ':') + 1;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_int_eq(inet_pton(AF_INET, from, &address.sin_addr), 1);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, sizeof(address)),
			0);
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	address.sin_port = htons((uint16_t)strtoul(port, NULL, 10));
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&address,
					 sizeof(address)),
			0);
	ck_assert_int_eq(send(fd, begin, strlen(begin), MSG_NOSIGNAL),
			(ssize_t)strlen(begin));
	return fd;
}

static int dangling(const struct ohb_gateway *gateway, const char *begin)
{
	return dangling_from("127.0.0.1", gateway, begin);
}

START_TEST(an_agent_that_went_away_harms_nobody)
{
	static const struct scene slow[] = {
		{ 200, NULL, NULL, 200, WHOLE },
		{ 200, NULL, NULL, 0, WHOLE },
	};
	struct fixture fixture;
	struct ohb_usage usage = { 0 };
	ohb_autostr request = OHB_STR_INIT;

	set_up(&fixture, slow, 2);
	ohb_str_addf(&request,
			"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\n"
			"Authorization: Bearer %s\r\nContent-Length: %zu"
			"\r\n\r\n%s",
			ohb_secret_reveal(ohb_grant_token(fixture.grant)),
			strlen(QUESTION), QUESTION);
	close(dangling(fixture.gateway, request.data));
	while (!usage.requests) {
		provider_wait(&fixture.provider, -1, 5);
		ohb_grant_usage(fixture.grant, &usage);
	}
	must_answer(&fixture, ohb_grant_token(fixture.grant), QUESTION, 200);
	tear_down(&fixture);
}
END_TEST

START_TEST(a_silent_client_is_let_go)
{
	struct fixture fixture;
	char byte;
	int fd;

	set_up(&fixture, good, 1);
	fd = dangling(fixture.gateway,
			"POST /v1/chat/completions HTTP/1.1\r\n");
	ck_assert_int_eq(recv(fd, &byte, 1, 0), 0);
	close(fd);
	must_answer(&fixture, ohb_grant_token(fixture.grant), QUESTION, 200);
	tear_down(&fixture);
}
END_TEST

/* A byte now and then is no silence, but has an end as well. */
START_TEST(a_dripping_client_is_let_go)
{
	struct fixture fixture;
	ohb_autostr begin = OHB_STR_INIT;
	unsigned sent = 0;
	char byte;
	int fd;

	set_up(&fixture, good, 1);
	ohb_str_addf(&begin,
			"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\n"
			"Authorization: Bearer %s\r\n"
			"Content-Length: 1000\r\n\r\n",
			ohb_secret_reveal(ohb_grant_token(fixture.grant)));
	fd = dangling(fixture.gateway, begin.data);
	while (send(fd, " ", 1, MSG_NOSIGNAL) == 1 &&
			recv(fd, &byte, 1, MSG_DONTWAIT) < 0) {
		ck_assert_uint_lt(++sent, 500);
		provider_wait(&fixture.provider, -1, 100);
	}
	ck_assert_uint_gt(sent, 1);
	close(fd);
	must_answer(&fixture, ohb_grant_token(fixture.grant), QUESTION, 200);
	ck_assert_uint_eq(atomic_load(&fixture.provider.asked), 1);
	tear_down(&fixture);
}
END_TEST

/* Whoever takes all that he can get is in nobody else's way. */
START_TEST(connections_are_bounded)
{
	struct fixture fixture;
	int fds[OF_ONE_ADDRESS + 1];
	ohb_autohttp reply = OHB_HTTP_RESPONSE_INIT;
	ohb_autostr request = OHB_STR_INIT;
	char byte;
	size_t i;

	set_up(&fixture, silent, 1);
	ohb_str_addf(&request,
			"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\n"
			"Authorization: Bearer %s\r\nContent-Length: %zu"
			"\r\n\r\n%s",
			ohb_secret_reveal(ohb_grant_token(fixture.grant)),
			strlen(QUESTION), QUESTION);
	for (i = 0; i <= OF_ONE_ADDRESS; i++)
		fds[i] = dangling_from(
				"127.0.0.2", fixture.gateway, request.data);
	/* All others are held for as long as the provider is silent. */
	ck_assert_int_le(recv(fds[OF_ONE_ADDRESS], &byte, 1, 0), 0);
	for (i = 0; i < OF_ONE_ADDRESS; i++)
		ck_assert_int_lt(recv(fds[i], &byte, 1, MSG_DONTWAIT), 0);
	ask_path(fixture.gateway, ohb_grant_token(fixture.grant), "/models",
			NULL, &reply);
	ck_assert_int_eq(reply.status, 200);
	for (i = 0; i <= OF_ONE_ADDRESS; i++)
		close(fds[i]);
	tear_down(&fixture);
}
END_TEST

START_TEST(headers_are_bounded)
{
	struct fixture fixture;
	ohb_autostr begin = OHB_STR_INIT;
	char line[13] = "";
	int fd;

	set_up(&fixture, good, 1);
	ohb_str_adds(&begin, "GET /health HTTP/1.1\r\nX: ");
	while (begin.len < OHB_MAX_HTTP_HEADERS)
		ohb_str_adds(&begin, "0123456789abcdef");
	fd = dangling(fixture.gateway, begin.data);
	ck_assert_int_eq(recv(fd, line, 12, MSG_WAITALL), 12);
	ck_assert_str_eq(line, "HTTP/1.1 431");
	close(fd);
	tear_down(&fixture);
}
END_TEST

START_TEST(bodies_are_bounded)
{
	struct fixture fixture;
	ohb_autofree char *body = ohb_alloc((size_t)OHB_MAX_JSON_BYTES + 2);

	set_up(&fixture, good, 1);
	memset(body, ' ', (size_t)OHB_MAX_JSON_BYTES + 1);
	must_answer(&fixture, ohb_grant_token(fixture.grant), body, 413);
	must_answer(&fixture, NULL, body, 401);
	tear_down(&fixture);
}
END_TEST

static const struct {
	const char *address;
	enum ohb_code code; /* OHB_OK: it opens */
	const char *url;
} addresses[] = {
	{ "127.0.0.1", OHB_OK, "http://127.0.0.1:" },
	{ "::1", OHB_OK, "http://[::1]:" },
	{ "localhost", OHB_E_CONFIG, NULL },
	{ "", OHB_E_CONFIG, NULL },
	{ "192.0.2.1", OHB_E_IO, NULL },
};

START_TEST(it_listens_at_its_address)
{
	const struct ohb_gateway_options options = {
		.address = addresses[_i].address,
	};
	struct ohb_error err = OHB_ERROR_INIT;
	struct ohb_gateway *gateway = NULL;

	if (ohb_gateway_open(&options, &gateway, &err) < 0) {
		ck_assert_msg(err.code == addresses[_i].code, "%s", err.msg);
		return;
	}
	ck_assert_int_eq(addresses[_i].code, OHB_OK);
	ck_assert(ohb_starts(ohb_gateway_url(gateway), addresses[_i].url));
	ck_assert(ohb_ends(ohb_gateway_url(gateway), "/v1"));
	ck_assert_int_eq(ohb_gateway_hold_ms(gateway), 600000);
	ohb_gateway_close(gateway);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("server");
	TCase *tcase = tcase_create("server");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase,
			a_request_goes_on_with_the_key_and_without_extras);
	tcase_add_test(tcase, the_agents_own_cap_stays);
	tcase_add_loop_test(tcase, a_bad_request_is_answered_here, 0,
			(int)OHB_ARRAY_LEN(bad_requests));
	tcase_add_loop_test(tcase, a_path_has_its_answer, 0,
			(int)OHB_ARRAY_LEN(paths));
	tcase_add_test(tcase, health_is_open);
	tcase_add_test(tcase, a_token_opens_its_own_grant_only);
	tcase_add_test(tcase, a_repeat_in_flight_is_not_paid_twice);
	tcase_add_test(tcase, a_held_request_blocks_nobody);
	tcase_add_loop_test(tcase, a_held_request_is_ended, REVOKE,
			REVOKE_IN_BACKOFF + 1);
	tcase_add_test(tcase, holding_is_not_the_clients_silence);
	tcase_add_test(tcase, an_agent_that_went_away_harms_nobody);
	tcase_add_test(tcase, a_silent_client_is_let_go);
	tcase_add_test(tcase, a_dripping_client_is_let_go);
	tcase_add_test(tcase, connections_are_bounded);
	tcase_add_test(tcase, headers_are_bounded);
	tcase_add_test(tcase, bodies_are_bounded);
	tcase_add_loop_test(tcase, it_listens_at_its_address, 0,
			(int)OHB_ARRAY_LEN(addresses));
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
