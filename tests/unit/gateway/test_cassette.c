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

#define SECOND "{\"ohbuild_cassette\":2,\"origin\":\"recorded\"}\n"
#define ASKED(keep, more)                                                      \
	"{\"request\":{\"keep\":" keep ",\"messages\":[" more "]},\"status\":" \
	"200,\"body\":1}\n"

static const struct {
	const char *line, *words; /* words NULL: good */
	int version;
} lines[] = {
	{ "{\"status\":200,\"headers\":{},\"body\":{}}", NULL, 1 },
	{ "{\"status\":500,\"body_text\":\"oops\"}", NULL, 1 },
	{ "{\"status\":500,\"body\":1,\"delay_ms\":5,\"digest\":\"x\"}", NULL,
			1 },
	{ "{\"status\":200,\"headers\":{\"A\":\"b\"},\"body\":null}", NULL, 1 },
	{ "", "line 1", 1 },
	{ "[]", "not a JSON object", 1 },
	{ "{}", "status", 1 },
	{ "{\"status\":\"200\",\"body\":{}}", "status", 1 },
	{ "{\"status\":99,\"body\":{}}", "status", 1 },
	{ "{\"status\":600,\"body\":{}}", "status", 1 },
	{ "{\"status\":200}", "one of body and body_text", 1 },
	{ "{\"status\":200,\"body\":{},\"body_text\":\"\"}", "one of", 1 },
	{ "{\"status\":200,\"body_text\":{}}", "body_text is not", 1 },
	{ "{\"status\":200,\"body\":{},\"delay\":1}", "unknown key 'delay'",
			1 },
	{ "{\"status\":200,\"body\":{},\"delay_ms\":-1}", "delay_ms", 1 },
	{ "{\"status\":200,\"body\":{},\"delay_ms\":\"1\"}", "delay_ms", 1 },
	{ "{\"status\":200,\"body\":{},\"delay_ms\":1e12}", "delay_ms", 1 },
	{ "{\"status\":200,\"body\":{},\"headers\":[]}", "headers", 1 },
	{ "{\"status\":200,\"body\":{},\"headers\":{\"A\":1}}", "header 'A'",
			1 },
	{ "{\"status\":200,\"body\":{},\"headers\":{\"A\":\"b\\r\\nC: d\"}}",
			"header 'A'", 1 },
	{ "{\"status\":200,\"body\":{},\"headers\":{\"A:\":\"b\"}}",
			"header 'A:'", 1 },
	{ HEADER, "unknown key", 1 },
	{ "{\"status\":200,\"body\":{},\"model\":\"m\"}", "key 'model'", 1 },
	{ "{\"status\":200,\"body\":{},\"model\":\"m\",\"usage\":{}}", NULL,
			2 },
	{ "{\"failure\":\"timeout\",\"words\":\"silent\"}", NULL, 2 },
	{ "{\"failure\":\"timeout\"}", "no words", 2 },
	{ "{\"failure\":\"x\",\"words\":\"y\"}", "none that is known", 2 },
	{ "{\"failure\":\"cut\",\"words\":\"y\",\"status\":200}", "one of", 2 },
	{ "{\"status\":200,\"body\":{},\"conversation\":0}", "conversation",
			2 },
	{ "{\"status\":200,\"body\":{},\"conversation\":\"2\"}", "conversation",
			2 },
};

START_TEST(a_line_is_read)
{
	struct ohb_error err = OHB_ERROR_INIT;
	ohb_autoline line = OHB_CASSETTE_LINE_INIT;
	int result = ohb_cassette_parse_line(lines[_i].version, lines[_i].line,
			strlen(lines[_i].line), &line, &err);

	if (lines[_i].words) {
		ck_assert_int_eq(result, -1);
		ck_assert_int_eq(err.code, OHB_E_CONFIG);
		ck_assert_msg(strstr(err.msg, lines[_i].words) != NULL,
				"%s: %s", lines[_i].line, err.msg);
		return;
	}
	ck_assert_msg(result == 0, "%s: %s", lines[_i].line, err.msg);
	ck_assert_int_ge(line.delay_ms, 0);
	ck_assert(line.reply.body.len > 0 || line.failure != OHB_OK);
}
END_TEST

static const struct {
	const char *text, *words; /* words NULL: good */
} files[] = {
	{ HEADER, NULL },
	{ HEADER REPLY REPLY, NULL },
	{ "{\"ohbuild_cassette\":1,\"origin\":\"recorded\"}", NULL },
	{ "", "line 1: the file is empty" },
	{ "{\"ohbuild_cassette\":3,\"origin\":\"written\"}", "version 1 to 2" },
	{ SECOND ASKED("0", "1") ASKED("1", "2") ASKED("2", ""), NULL },
	{ SECOND ASKED("0", "1") ASKED("2", "2"), "line 3: request.keep" },
	{ SECOND "{\"conversation\":2,\"status\":200,\"body\":1}\n" ASKED(
			  "0", ""),
			"line 3: conversation 1 stands behind 2" },
	{ SECOND ASKED("0",
			  "1") "{\"conversation\":2,\"status\":200,\"body\":1,"
			       "\"request\":{\"keep\":1,\"messages\":[]}}",
			"line 3: request.keep" },
	{ SECOND "{\"status\":200,\"body\":1,\"request\":[]}",
			"request is not" },
	{ SECOND "{\"status\":200,\"body\":1,\"request\":{\"keep\":0}}",
			"request.messages" },
	{ SECOND "{\"status\":200,\"body\":1,\"request\":{\"keep\":0,"
		 "\"messages\":[],\"x\":1}}",
			"unknown key 'request.x'" },
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
	if (ohb_cassette_load(dir, "tests/test_a.c", false, &cassette, &err) ==
			0) {
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
		.price.usual.input = 2,
		.price.usual.cached = 1,
		.price.usual.output = 20,
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
		taken = grant->active == 1;
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

static void read_cassette(struct ohb_str *out)
{
	struct ohb_error err = OHB_ERROR_INIT;
	ohb_autostr path = OHB_STR_INIT;

	ohb_str_addf(&path, "%s/tests__test_a.c.jsonl", dir);
	ck_assert_msg(ohb_fs_read(AT_FDCWD, path.data, 1 << 20, out, &err) == 0,
			"%s", err.msg);
}

static void on_warning(void *userdata, const char *text)
{
	ohb_str_addf(userdata, "%s\n", text);
}

#define KEY "sk-provider-planted-0123456789"
#define MESSAGE(role, text) "{\"role\":\"" role "\",\"content\":\"" text "\"}"
#define ASK(more)                                                       \
	"{\"model\":\"ohbuild\",\"stop\":\"x\",\"messages\":[" MESSAGE( \
			"user", "write it") more "]}"

/* Two conversations about one target; what a tool said bears the token, the
 * place and a time. */
struct taping {
	struct ohb_gateway *gateway;
	struct ohb_gateway_model models[2];
	struct ohb_redact redact;
	struct ohb_secret *key;
	struct ohb_str warnings;
	const char *tool; /* what it printed */
	const char *place;
	struct ohb_str answers;
};

static void taping_open(struct taping *taping, const char *url,
		const char *record, const char *replay, int strict)
{
	const struct ohb_gateway_options options = {
		.address = "127.0.0.1",
		.record = record,
		.replay = replay,
		.strict = strict,
		.hold_ms = 60000,
		.retry_base_ms = replay ? 100000 : 1,
		.redact = &taping->redact,
		.on_warning = on_warning,
		.userdata = &taping->warnings,
	};
	struct ohb_error err = OHB_ERROR_INIT;

	*taping = (struct taping){ .tool = "took 3 ms", .place = "/tmp/box" };
	taping->key = ohb_secret_new(KEY, strlen(KEY));
	if (!replay)
		ohb_redact_add(&taping->redact, taping->key);
	taping->models[0] = (struct ohb_gateway_model){ .id = "openai/first",
		.name = "first",
		.base_url = "http://127.0.0.1:1" };
	taping->models[1] = (struct ohb_gateway_model){ .id = "openai/second",
		.name = "second",
		.base_url = url,
		.key = taping->key,
		.has_price = 1,
		.price.usual.input = 1,
		.price.usual.output = 2 };
	ck_assert_msg(ohb_gateway_open(&options, &taping->gateway, &err) == 0,
			"%s", err.msg);
}

static void taping_close(struct taping *taping)
{
	ohb_gateway_close(taping->gateway);
	ohb_redact_release(&taping->redact);
	ohb_secret_free(taping->key);
	ohb_str_release(&taping->answers);
	ohb_str_release(&taping->warnings);
}

static void converse(struct taping *taping, const char *more)
{
	const struct ohb_grant_options options = {
		.target = "tests/test_a.c",
		.models = taping->models,
		.nmodels = 2,
	};
	struct ohb_error err = OHB_ERROR_INIT;
	struct ohb_grant *grant = NULL;
	ohb_autostr body = OHB_STR_INIT;
	int turn;

	ck_assert_msg(ohb_gateway_grant(taping->gateway, &options, &grant,
				      &err) == 0,
			"%s", err.msg);
	ohb_grant_disguise(grant, taping->place,
			(const struct ohb_secret *const[]){ taping->key }, 0);
	for (turn = 0; turn < 2; turn++) {
		ohb_autohttp reply = OHB_HTTP_RESPONSE_INIT;

		ohb_str_clear(&body);
		if (turn == 0)
			ohb_str_adds(&body, ASK(""));
		else
			ohb_str_addf(&body,
					ASK("," MESSAGE("tool",
							"%s/a %s %s") "%s"),
					taping->place, taping->tool,
					ohb_secret_reveal(
							ohb_grant_token(grant)),
					more);
		ask(taping->gateway, ohb_grant_token(grant), body.data, &reply);
		ohb_str_addf(&taping->answers, "%d %s\n", reply.status,
				ohb_str_cstr(&reply.body));
	}
	ohb_gateway_revoke(taping->gateway, grant);
}

/* Refused, busy, broken in the middle, an echo of the key; then answers. */
static const struct scene heard[] = {
	{ .status = 429,
			.body = "{\"error\":{\"message\":\"wait, " KEY "\"}}",
			.headers = "Retry-After: 0\r\n" },
	{ .status = 200, .manner = CUT },
	{ .status = 200,
			.body = "{\"choices\":[{\"message\":{\"content\":"
				"\"/tmp/box/b\"}}]}" },
	{ .status = 200 },
	{ .status = 401, .body = "{\"error\":{\"message\":\"no " KEY "\"}}" },
};

START_TEST(what_is_recorded_is_replayed)
{
	struct provider provider;
	struct taping live, again;
	ohb_autostr first = OHB_STR_INIT, second = OHB_STR_INIT;
	int64_t begun;

	provider_start(&provider, heard, OHB_ARRAY_LEN(heard));
	taping_open(&live, provider.url, dir, NULL, 0);
	converse(&live, "");
	converse(&live, "");
	provider_stop(&provider);
	read_cassette(&first);
	ck_assert_ptr_null(strstr(first.data, KEY));
	ck_assert_ptr_null(strstr(first.data, "/tmp/box"));
	ck_assert_ptr_null(strstr(first.data, "3 ms"));
	ck_assert_ptr_nonnull(strstr(first.data, "/workspace/project/b"));
	ck_assert_ptr_nonnull(strstr(first.data, "\"failure\":\"connect\""));
	ck_assert_ptr_nonnull(strstr(first.data, "\"failure\":\"cut\""));
	ck_assert_ptr_nonnull(strstr(first.data, "\"conversation\":2"));
	ck_assert_ptr_nonnull(strstr(first.data, "\"cost_usd\":0.00012"));
	ck_assert_ptr_nonnull(strstr(live.answers.data, "/tmp/box/b"));
	ck_assert_ptr_null(strstr(live.answers.data, KEY));

	/* Elsewhere, at another speed, without a provider; and once more. */
	begun = ohb_clock_mono_ms();
	taping_open(&again, "http://127.0.0.1:1", dir, dir, 1);
	again.tool = "took 44 ms";
	converse(&again, "");
	converse(&again, "");
	ck_assert_str_eq(live.answers.data, again.answers.data);
	read_cassette(&second);
	ck_assert_str_eq(first.data, second.data);
	ck_assert_uint_eq(again.warnings.len, 0);
	/* Not one pause of 100 s and more was kept. */
	ck_assert_int_lt(ohb_clock_mono_ms() - begun, 50000);
	taping_close(&live);
	taping_close(&again);
}
END_TEST

static const struct {
	const char *tool, *more, *where, *now;
} others[] = {
	{ "failed", "", "messages[1].content",
			"now: /workspace/project/a fai" },
	{ "took 3 ms", "," MESSAGE("user", "go on"), "messages[2]", "now: {" },
	{ "took 3 ms", "],\"stop\":\"y\",\"x\":[1", "stop", "now: y" },
};

START_TEST(another_request_is_shown)
{
	struct provider provider;
	struct taping live, again;

	provider_start(&provider, heard + 3, 1);
	taping_open(&live, provider.url, dir, NULL, 0);
	converse(&live, "");
	provider_stop(&provider);
	taping_close(&live);
	taping_open(&again, "http://127.0.0.1:1", NULL, dir, 1);
	again.tool = others[_i].tool;
	converse(&again, others[_i].more);
	ck_assert_msg(strstr(again.answers.data, "400 ") != NULL, "%s",
			again.answers.data);
	ck_assert_msg(strstr(again.warnings.data, "in line 7 of") != NULL &&
					strstr(again.warnings.data,
							others[_i].where) &&
					strstr(again.warnings.data,
							"\nrecorded: ") &&
					strstr(again.warnings.data,
							others[_i].now),
			"%s", again.warnings.data);
	taping_close(&again);
	/* Who is not strict takes what comes. */
	taping_open(&again, "http://127.0.0.1:1", NULL, dir, 0);
	again.tool = others[_i].tool;
	converse(&again, others[_i].more);
	ck_assert_ptr_null(strstr(again.answers.data, "400 "));
	taping_close(&again);
}
END_TEST

START_TEST(strict_needs_digests)
{
	struct ohb_error err = OHB_ERROR_INIT;
	struct ohb_cassette cassette = { 0 };

	write_cassette("tests__test_a.c.jsonl", HEADER REPLY);
	ck_assert_int_eq(ohb_cassette_load(dir, "tests/test_a.c", true,
					 &cassette, &err),
			-1);
	ck_assert_ptr_nonnull(strstr(err.msg, "no digest"));
}
END_TEST

/* A written one gets digests by being replayed, and stays a written one. */
START_TEST(a_written_one_is_completed)
{
	struct taping again;
	ohb_autostr text = OHB_STR_INIT;

	write_cassette("tests__test_a.c.jsonl", HEADER REPLY REPLY);
	taping_open(&again, "http://127.0.0.1:1", dir, dir, 0);
	converse(&again, "");
	taping_close(&again);
	read_cassette(&text);
	ck_assert(ohb_starts(text.data,
			"{\"ohbuild_cassette\":2,\"origin\":\"written\","
			"\"target\":\"tests/test_a.c\","
			"\"model\":\"openai/example\"}\n{\"request\":"));
	taping_open(&again, "http://127.0.0.1:1", NULL, dir, 1);
	converse(&again, "");
	ck_assert_ptr_null(strstr(again.answers.data, "400 "));
	taping_close(&again);
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
	ck_assert_msg(ohb_cassette_load(path.data, shipped[_i][1], false,
				      &cassette, &err) == 0,
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
	tcase_add_test(tcase, what_is_recorded_is_replayed);
	tcase_add_loop_test(tcase, another_request_is_shown, 0,
			(int)OHB_ARRAY_LEN(others));
	tcase_add_test(tcase, strict_needs_digests);
	tcase_add_test(tcase, a_written_one_is_completed);
	tcase_add_loop_test(tcase, the_examples_cassettes_are_right, 0, 4);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
