/* Cassettes: the format, and agents that are answered from one. */
#include "gateway/cassette.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "gateway/exchange.h"
#include "io/fs.h"
#include "provider.h"

#define HEADER                                            \
	"{\"ohbuild_cassette\":1,\"origin\":\"written\"," \
	"\"target\":\"tests/test_a.c\",\"model\":\"openai/example\"}\n"
#define REPLY "{\"status\":200,\"headers\":{},\"body\":" GOOD "}\n"
#define BUSY                                                             \
	"{\"status\":429,\"headers\":{\"Retry-After\":\"0\"},\"body\":{" \
	"\"error\":{\"message\":\"slow down\"}}}\n"

static const struct {
	const char *line, *words; /* words NULL: good */
} lines[] = {
	{ "{\"status\":200,\"headers\":{},\"body\":{}}", NULL },
	{ "{\"status\":500,\"body_text\":\"oops\"}", NULL },
	{ "{\"status\":500,\"body\":1,\"delay_ms\":5,\"digest\":\"x\"}", NULL },
	{ "{\"status\":200,\"headers\":{\"A\":\"b\"},\"body\":null}", NULL },
	{ "", "line 1" },
	{ "[]", "not a JSON object" },
	{ "{}", "status" },
	{ "{\"status\":\"200\",\"body\":{}}", "status" },
	{ "{\"status\":99,\"body\":{}}", "status" },
	{ "{\"status\":600,\"body\":{}}", "status" },
	{ "{\"status\":200}", "one of body and body_text" },
	{ "{\"status\":200,\"body\":{},\"body_text\":\"\"}", "one of" },
	{ "{\"status\":200,\"body_text\":{}}", "body_text is not" },
	{ "{\"status\":200,\"body\":{},\"delay\":1}", "unknown key 'delay'" },
	{ "{\"status\":200,\"body\":{},\"delay_ms\":-1}", "delay_ms" },
	{ "{\"status\":200,\"body\":{},\"delay_ms\":\"1\"}", "delay_ms" },
	{ "{\"status\":200,\"body\":{},\"delay_ms\":1e12}", "delay_ms" },
	{ "{\"status\":200,\"body\":{},\"headers\":[]}", "headers" },
	{ "{\"status\":200,\"body\":{},\"headers\":{\"A\":1}}", "header 'A'" },
	{ "{\"status\":200,\"body\":{},\"headers\":{\"A\":\"b\\r\\nC: d\"}}",
			"header 'A'" },
	{ "{\"status\":200,\"body\":{},\"headers\":{\"A:\":\"b\"}}",
			"header 'A:'" },
	{ HEADER, "unknown key" },
};

START_TEST(a_line_is_read)
{
	struct ohb_error err = OHB_ERROR_INIT;
	ohb_autohttp reply = OHB_HTTP_RESPONSE_INIT;
	int64_t delay_ms = -1;
	int result = ohb_cassette_parse_reply(lines[_i].line,
			strlen(lines[_i].line), &reply, &delay_ms, &err);

	if (lines[_i].words) {
		ck_assert_int_eq(result, -1);
		ck_assert_int_eq(err.code, OHB_E_CONFIG);
		ck_assert_msg(strstr(err.msg, lines[_i].words) != NULL,
				"%s: %s", lines[_i].line, err.msg);
		return;
	}
	ck_assert_msg(result == 0, "%s: %s", lines[_i].line, err.msg);
	ck_assert_int_ge(delay_ms, 0);
	ck_assert_uint_gt(reply.body.len, 0);
}
END_TEST

static const struct {
	const char *text, *words; /* words NULL: good */
} files[] = {
	{ HEADER, NULL },
	{ HEADER REPLY REPLY, NULL },
	{ "{\"ohbuild_cassette\":1,\"origin\":\"recorded\"}", NULL },
	{ "", "line 1: the file is empty" },
	{ "{\"ohbuild_cassette\":2,\"origin\":\"written\"}", "version 1" },
	{ "{\"ohbuild_cassette\":1,\"origin\":\"heard\"}", "origin" },
	{ "{\"ohbuild_cassette\":1,\"origin\":\"written\",\"target\":\"b\"}",
			"target 'b'" },
	{ "{\"ohbuild_cassette\":1,\"origin\":\"written\",\"x\":1}", "'x'" },
	{ REPLY, "line 1: unknown key" },
	{ HEADER REPLY "{\n", "line 3" },
	{ HEADER "\n" REPLY, "line 2" },
};

static char *dir;

static void make_dir(void)
{
	struct ohb_error err = OHB_ERROR_INIT;

	ck_assert_int_eq(ohb_fs_temp_dir(&dir, &err), 0);
}

static void remove_dir(void)
{
	struct ohb_error err = OHB_ERROR_INIT;

	ck_assert_int_eq(ohb_fs_remove_tree(AT_FDCWD, dir, &err), 0);
	free(dir);
}

static void write_cassette(const char *name, const char *text)
{
	ohb_autostr path = OHB_STR_INIT;
	ohb_autoclose int fd = -1;

	ohb_str_addf(&path, "%s/%s", dir, name);
	fd = open(path.data, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
}

START_TEST(a_file_is_checked)
{
	struct ohb_error err = OHB_ERROR_INIT;
	struct ohb_cassette cassette = { 0 };

	write_cassette("tests__test_a.c.jsonl", files[_i].text);
	if (ohb_cassette_load(dir, "tests/test_a.c", &cassette, &err) == 0) {
		ck_assert_ptr_null(files[_i].words);
		ohb_cassette_release(&cassette);
		return;
	}
	ck_assert_msg(files[_i].words && strstr(err.msg, files[_i].words), "%s",
			err.msg);
	ck_assert_int_eq(err.code, OHB_E_CONFIG);
	ck_assert_ptr_nonnull(strstr(err.msg, "tests__test_a.c.jsonl"));
}
END_TEST

struct fixture {
	struct ohb_gateway *gateway;
	struct ohb_gateway_model model;
};

static void set_up(struct fixture *fixture)
{
	const struct ohb_gateway_options options = {
		.address = "127.0.0.1",
		.replay = dir,
		.hold_ms = 20000,
		.retry_base_ms = 5,
	};
	struct ohb_error err = OHB_ERROR_INIT;

	/* Port 1: whoever asks it is refused. */
	fixture->model = (struct ohb_gateway_model){
		.id = "openai/example",
		.name = "example",
		.base_url = "http://127.0.0.1:1",
		.has_price = 1,
		.price_input = 2,
		.price_cached = 1,
		.price_output = 20,
	};
	ck_assert_msg(ohb_gateway_open(&options, &fixture->gateway, &err) == 0,
			"%s", err.msg);
}

static int try_grant(struct fixture *fixture, struct ohb_grant **ret,
		struct ohb_error *err)
{
	const struct ohb_grant_options options = {
		.target = "tests/test_a.c",
		.models = &fixture->model,
		.nmodels = 1,
	};

	return ohb_gateway_grant(fixture->gateway, &options, ret, err);
}

static struct ohb_grant *must_grant(struct fixture *fixture)
{
	struct ohb_error err = OHB_ERROR_INIT;
	struct ohb_grant *grant = NULL;

	ck_assert_msg(try_grant(fixture, &grant, &err) == 0, "%s", err.msg);
	return grant;
}

static void must_answer(struct fixture *fixture, struct ohb_grant *grant,
		int status, const char *contains)
{
	ohb_autohttp reply = OHB_HTTP_RESPONSE_INIT;

	ask(fixture->gateway, ohb_grant_token(grant), QUESTION, &reply);
	ck_assert_msg(reply.status == status, "%d: %s", reply.status,
			ohb_str_cstr(&reply.body));
	ck_assert_msg(strstr(reply.body.data, contains) != NULL, "%s",
			reply.body.data);
}

#define SAYS(text)                                                          \
	"{\"status\":200,\"body\":{\"choices\":[{\"message\":{\"content\":" \
	"\"" text "\"}}],\"usage\":{\"prompt_tokens\":1000,"                \
	"\"completion_tokens\":100,\"prompt_tokens_details\":{"             \
	"\"cached_tokens\":500}}}}\n"

START_TEST(replies_come_in_order)
{
	struct fixture fixture;
	struct ohb_grant *grant = NULL;
	struct ohb_usage usage;
	ohb_autostr words = OHB_STR_INIT;
	int run;

	write_cassette("tests__test_a.c.jsonl", HEADER SAYS("one") SAYS("two"));
	set_up(&fixture);
	/* A second run of the target begins again. */
	for (run = 0; run < 2; run++) {
		grant = must_grant(&fixture);
		must_answer(&fixture, grant, 200, "\"one\"");
		must_answer(&fixture, grant, 200, "\"two\"");
		ohb_grant_usage(grant, &usage);
		ck_assert_uint_eq(usage.requests, 2);
		ck_assert_uint_eq(usage.tokens_in, 2000);
		ck_assert_uint_eq(usage.tokens_cached, 1000);
		ck_assert_uint_eq(usage.tokens_out, 200);
		ck_assert_double_eq_tol(usage.cost_usd, 0.007, 1e-12);
		ck_assert_str_eq(ohb_grant_model(grant), "openai/example");
		if (run == 1)
			break;
		ohb_gateway_revoke(fixture.gateway, grant);
	}
	must_answer(&fixture, grant, 400, "has no reply number 3");
	ck_assert_int_eq(ohb_grant_failure(grant, &words),
			OHB_PROVIDER_REPLAY_END);
	ck_assert_ptr_nonnull(strstr(words.data, "tests__test_a.c.jsonl"));
	ohb_gateway_revoke(fixture.gateway, grant);
	ohb_gateway_close(fixture.gateway);
}
END_TEST

START_TEST(refusals_go_through_the_same_table)
{
	struct fixture fixture;
	struct ohb_grant *grant;
	ohb_autostr words = OHB_STR_INIT;

	write_cassette("tests__test_a.c.jsonl",
			HEADER BUSY
			"{\"status\":500,\"body_text\":\"oops\"}\n" SAYS(
					"now") "{\"status\":401,\"body\":{\"error\":{\"message\":"
					       "\"no key\"}},\"delay_ms\":1}\n" BUSY BUSY BUSY
							       BUSY SAYS("late"));
	set_up(&fixture);
	grant = must_grant(&fixture);
	must_answer(&fixture, grant, 200, "\"now\"");
	must_answer(&fixture, grant, 401, "no key");
	ck_assert_int_eq(ohb_grant_failure(grant, &words), OHB_PROVIDER_AUTH);
	must_answer(&fixture, grant, 400, "slow down");
	ohb_str_clear(&words);
	ck_assert_int_eq(ohb_grant_failure(grant, &words),
			OHB_PROVIDER_RATE_LIMIT);
	must_answer(&fixture, grant, 200, "\"late\"");
	ohb_str_clear(&words);
	ck_assert_int_eq(ohb_grant_failure(grant, &words), OHB_PROVIDER_OK);
	ck_assert_uint_eq(words.len, 0);
	ohb_gateway_revoke(fixture.gateway, grant);
	ohb_gateway_close(fixture.gateway);
}
END_TEST

START_TEST(a_missing_cassette_is_told_before_the_run)
{
	struct fixture fixture;
	struct ohb_error err = OHB_ERROR_INIT;
	struct ohb_grant *grant = NULL;

	set_up(&fixture);
	ck_assert_int_eq(try_grant(&fixture, &grant, &err), -1);
	ck_assert_int_eq(err.code, OHB_E_CONFIG);
	ck_assert_ptr_nonnull(strstr(err.msg, "tests/test_a.c"));
	ohb_gateway_close(fixture.gateway);
}
END_TEST

START_TEST(a_slow_reply_ends_with_the_grant)
{
	struct fixture fixture;
	struct ohb_grant *grant;
	struct asker asker = { .body = QUESTION };
	struct ohb_secret *token;

	write_cassette("tests__test_a.c.jsonl",
			HEADER "{\"status\":200,\"body\":" GOOD
			       ",\"delay_ms\":3600000}\n");
	set_up(&fixture);
	grant = must_grant(&fixture);
	token = ohb_secret_new(ohb_secret_reveal(ohb_grant_token(grant)),
			ohb_secret_len(ohb_grant_token(grant)));
	asker.gateway = fixture.gateway;
	asker.token = token;
	asker_start(&asker);
	for (;;) {
		bool taken;

		pthread_mutex_lock(&fixture.gateway->lock);
		taken = grant->replayed == 1;
		pthread_mutex_unlock(&fixture.gateway->lock);
		if (taken)
			break;
		(void)poll(NULL, 0, 5);
	}
	ohb_gateway_revoke(fixture.gateway, grant);
	asker_join(&asker);
	ck_assert_int_eq(asker.reply.status, 503);
	ohb_http_response_release(&asker.reply);
	ohb_secret_free(token);
	ohb_gateway_close(fixture.gateway);
}
END_TEST

/* What ships must be right. */
START_TEST(the_examples_cassettes_are_right)
{
	static const char *const shipped[][2] = {
		{ "c-check", "tests/test_ring.c" },
		{ "c-check", "tests/test_duration.c" },
		{ "python-pytest", "tests/test_money.py" },
		{ "python-pytest", "tests/test_terms.py" },
	};
	struct ohb_error err = OHB_ERROR_INIT;
	struct ohb_cassette cassette = { 0 };
	ohb_autostr path = OHB_STR_INIT;
	const char *root = getenv("OHBUILD_SOURCE_DIR");

	ck_assert_msg(root != NULL, "OHBUILD_SOURCE_DIR is not set");
	ohb_str_addf(&path, "%s/examples/%s/cassettes", root, shipped[_i][0]);
	ck_assert_msg(ohb_cassette_load(path.data, shipped[_i][1], &cassette,
				      &err) == 0,
			"%s", err.msg);
	ck_assert_uint_gt(cassette.count, 0);
	ohb_cassette_release(&cassette);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("cassette");
	TCase *tcase = tcase_create("cassette");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tcase, 60);
	tcase_add_checked_fixture(tcase, make_dir, remove_dir);
	tcase_add_loop_test(
			tcase, a_line_is_read, 0, (int)OHB_ARRAY_LEN(lines));
	tcase_add_loop_test(
			tcase, a_file_is_checked, 0, (int)OHB_ARRAY_LEN(files));
	tcase_add_test(tcase, replies_come_in_order);
	tcase_add_test(tcase, refusals_go_through_the_same_table);
	tcase_add_test(tcase, a_missing_cassette_is_told_before_the_run);
	tcase_add_test(tcase, a_slow_reply_ends_with_the_grant);
	tcase_add_loop_test(tcase, the_examples_cassettes_are_right, 0, 4);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
