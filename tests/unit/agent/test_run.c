#include "agent/conversation.h"

#include "io/http.h"
#include "unit/agent/fake.h"

#define DIR "/workspace/project"

#define RUNNING                                      \
	"\"kind\":\"ConversationStateUpdateEvent\"," \
	"\"key\":\"execution_status\",\"value\":\"running\""
#define PROMPT "\"kind\":\"MessageEvent\",\"source\":\"user\""
#define WORDS(text)                                                       \
	"\"kind\":\"MessageEvent\",\"source\":\"agent\",\"llm_message\":" \
	"{\"content\":[{\"type\":\"text\",\"text\":\"" text "\"}]}"
#define RUNS(command)                                                     \
	"\"kind\":\"ActionEvent\",\"tool_name\":\"terminal\",\"action\":" \
	"{\"command\":\"" command "\"}"
#define FINISHES(text)                                                  \
	"\"kind\":\"ActionEvent\",\"tool_name\":\"finish\",\"action\":" \
	"{\"message\":\"" text "\"}"
#define KIND(more) "\"kind\":" more
#define RESULT "\"kind\":\"ObservationEvent\",\"observation\":{}"
#define FAILS(code, class, detail)                             \
	"\"kind\":\"ConversationErrorEvent\",\"code\":\"" code \
	"\",\"detail\":\"" detail                              \
	"\",\"classification\":{\"kind\":\"" class "\"}"

static struct ohb_error err;
static struct fake fake;
static struct ohb_str said;
static struct ohb_secret *key, *token;
static struct ohb_agent *agent;
static struct ohb_outcome outcome;

static void say(void *userdata, const char *line)
{
	ohb_str_addf(userdata, "%s\n", line);
}

static void setup(void)
{
	key = ohb_secret_new(FAKE_KEY, strlen(FAKE_KEY));
	token = ohb_secret_new("tok\"en", 6);
	agent = NULL;
	outcome = (struct ohb_outcome){ 0 };
	said = (struct ohb_str)OHB_STR_INIT;
}

static void teardown(void)
{
	ohb_agent_close(agent);
	fake_stop(&fake);
	ohb_outcome_release(&outcome);
	ohb_str_release(&said);
	ohb_secret_free(key);
	ohb_secret_free(token);
}

static struct ohb_agent_options options_now(void)
{
	return (struct ohb_agent_options){
		.session_key = key,
		.llm_url = "http://10.0.0.1:9/v1",
		.llm_token = token,
		.llm_timeout_ms = 700500,
		.max_iterations = 60,
		.health_timeout_ms = 1500,
		.timeout_ms = 30000,
		.idle_timeout_ms = 20000,
		.cancel = &fake.cancel,
		.say = say,
		.userdata = &said,
	};
}

static int open_with(const struct ohb_agent_options *options)
{
	const struct ohb_server server = {
		.url = fake.listener.url,
		.key = options->session_key,
		.request_timeout_ms = 2000,
		.patience_ms = 1200,
		.grace_ms = 900,
	};

	return ohb_agent_open_at(options, &server, DIR, &agent, &err);
}

static int open_now(const struct fake_script *script)
{
	struct ohb_agent_options options;

	fake_start(&fake, script);
	options = options_now();
	return open_with(&options);
}

/* The server that can not be used, and what a person is told. */
static const struct {
	struct fake_script script;
	enum ohb_code code;
	const char *message;
} refusals[] = {
	{ { .unhealthy = 1000 }, OHB_E_INFRA,
			"the agent-server was not healthy within 1 s: "
			"agent-server: /health: status 503" },
	{ { .create_status = 422,
			  .words = "{\"detail\":[{\"type\":\"missing\",\"msg\":"
				   "\"Field required\"}]}" },
			OHB_E_INFRA,
			"agent-server: /api/conversations: status 422: Field "
			"required" },
	{ { .create_status = 500,
			  .words = "{\"detail\":\"Internal Server Error\","
				   "\"exception\":\"KeyError\"}" },
			OHB_E_INFRA, "status 500: Internal Server Error: Key" },
	{ { .create_status = 502, .words = "<html>\nBad \033[1mGateway" },
			OHB_E_INFRA, "status 502: <html> Bad Gateway" },
};

START_TEST(a_server_can_refuse)
{
	ck_assert_int_eq(open_now(&refusals[_i].script), -1);
	ck_assert_int_eq(err.code, refusals[_i].code);
	ck_assert_ptr_nonnull(strstr(err.msg, refusals[_i].message));
	ck_assert_ptr_null(agent);
}
END_TEST

START_TEST(a_wrong_session_key_is_named)
{
	static const struct fake_script script = { .page = 100 };
	struct ohb_secret *wrong = ohb_secret_new("wrong", 5);
	struct ohb_agent_options options;

	fake_start(&fake, &script);
	options = options_now();
	options.session_key = wrong;
	options.health_timeout_ms = 100;
	ck_assert_int_eq(open_with(&options), -1);
	ck_assert_int_eq(err.code, OHB_E_INFRA);
	ck_assert_ptr_nonnull(strstr(err.msg, "session key"));
	ck_assert_ptr_null(strstr(err.msg, "wrong"));
	ohb_secret_free(wrong);
}
END_TEST

START_TEST(nobody_listens)
{
	static const struct fake_script script = { .page = 100 };
	struct ohb_agent_options options;

	fake_start(&fake, &script);
	options = options_now();
	options.health_timeout_ms = 400;
	(void)snprintf(fake.listener.url, sizeof(fake.listener.url),
			"http://127.0.0.1:1");
	ck_assert_int_eq(open_with(&options), -1);
	ck_assert_int_eq(err.code, OHB_E_INFRA);
	ck_assert_ptr_nonnull(strstr(err.msg, "not healthy"));
}
END_TEST

START_TEST(the_start_can_be_cancelled)
{
	static const struct fake_script script = { .unhealthy = 1000 };
	struct ohb_agent_options options;

	fake_start(&fake, &script);
	options = options_now();
	options.health_timeout_ms = 0;
	ohb_cancel_raise(&fake.cancel);
	ck_assert_int_eq(open_with(&options), -1);
	ck_assert_int_eq(err.code, OHB_E_CANCELLED);
}
END_TEST

START_TEST(a_slow_start_is_waited_for)
{
	static const struct fake_script script = { .unhealthy = 2 };

	ck_assert_msg(open_now(&script) == 0, "%s", err.msg);
	ck_assert_uint_eq(fake.health, 3);
}
END_TEST

START_TEST(a_strange_version_is_told)
{
	static const struct fake_script script = { .version = "2.0.0" };

	ck_assert_msg(open_now(&script) == 0, "%s", err.msg);
	ck_assert_ptr_nonnull(strstr(said.data, "warning: agent-server 2.0.0"));
}
END_TEST

START_TEST(a_version_that_is_too_old_ends_it)
{
	static const struct fake_script script = { .version = "1.0.0" };

	ck_assert_int_eq(open_now(&script), -1);
	ck_assert_int_eq(err.code, OHB_E_INFRA);
	ck_assert_ptr_nonnull(strstr(err.msg, "1.0.0 is too old"));
	ck_assert_uint_eq(fake.create.len, 0);
}
END_TEST

START_TEST(what_an_old_server_refuses_is_left_out)
{
	static const struct fake_script script = { .strict = true };
	ohb_autojson *json = NULL;

	ck_assert_msg(open_now(&script) == 0, "%s", err.msg);
	json = ohb_json_parse(fake.create.data, fake.create.len, &err);
	ck_assert_ptr_null(ohb_json_at(json, "agent.llm.api_mode"));
	ck_assert_ptr_null(ohb_json_at(json, "agent.condenser.llm.api_mode"));
	ck_assert_pstr_eq(ohb_json_text(json, "agent.llm.model"),
			"openai/ohbuild");
	ck_assert_ptr_nonnull(ohb_json_text(json, "conversation_id"));
}
END_TEST

START_TEST(an_old_server_is_paused)
{
	static const struct fake_script script = {
		.statuses = "running",
		.events = { RUNNING, PROMPT },
		.only_pauses = true,
	};
	struct ohb_agent_options options;

	fake_start(&fake, &script);
	options = options_now();
	options.timeout_ms = 500;
	ck_assert_msg(open_with(&options) == 0, "%s", err.msg);
	ck_assert_int_eq(ohb_agent_run(agent, "go", 2, &outcome, &err), 0);
	ck_assert_int_eq(outcome.class, OHB_RUN_TIMEOUT);
	ck_assert_uint_eq(fake.pauses, 1);
}
END_TEST

/* What the real server was seen to need, or to do wrong without. */
static const struct {
	const char *path, *text;
	int64_t number;
} settings[] = {
	{ "workspace.working_dir", DIR, 0 },
	{ "agent.llm.model", "openai/ohbuild", 0 },
	{ "agent.llm.api_key", "tok\"en", 0 },
	{ "agent.llm.base_url", "http://10.0.0.1:9/v1", 0 },
	{ "agent.llm.usage_id", "agent", 0 },
	{ "agent.llm.api_mode", "chat", 0 },
	{ "agent.llm.num_retries", NULL, 1 },
	{ "agent.llm.timeout", NULL, 701 },
	{ "agent.tools.0.name", "terminal", 0 },
	{ "agent.tools.1.name", "file_editor", 0 },
	{ "agent.tools.2.name", "task_tracker", 0 },
	{ "agent.condenser.kind", "LLMSummarizingCondenser", 0 },
	{ "agent.condenser.llm.usage_id", "condenser", 0 },
	{ "agent.condenser.max_size", NULL, 80 },
	{ "max_iterations", NULL, 60 },
};

START_TEST(the_conversation_is_as_it_should_be)
{
	static const struct fake_script script = { .page = 100 };
	ohb_autojson *json = NULL;
	size_t i;

	ck_assert_msg(open_now(&script) == 0, "%s", err.msg);
	json = ohb_json_parse(fake.create.data, fake.create.len, &err);
	ck_assert_ptr_nonnull(json);
	for (i = 0; i < OHB_ARRAY_LEN(settings); i++)
		if (settings[i].text)
			ck_assert_pstr_eq(ohb_json_text(json, settings[i].path),
					settings[i].text);
		else
			ck_assert_int_eq(ohb_json_int(json, settings[i].path,
							 -1),
					settings[i].number);
	ck_assert(json_is_false(ohb_json_at(json, "autotitle")));
	ck_assert_ptr_null(ohb_json_at(json, "initial_message"));
	ck_assert_ptr_null(ohb_json_at(json, "agent.agent_context"));
	ck_assert_uint_eq(strlen(ohb_json_text(json, "conversation_id")), 36);
	ck_assert_ptr_nonnull(strstr(((struct ohb_conversation *)agent)->path,
			ohb_json_text(json, "conversation_id")));
}
END_TEST

/* How a run can go, and what is made of it. */
static const struct way {
	const char *name;
	struct fake_script script;
	enum ohb_outcome_class class;
	const char *detail; /* part of it; NULL: empty */
	const char *message; /* the last words; NULL: none */
	const char *said; /* all of it; NULL: not looked at */
	unsigned runs, interrupts; /* requests for that */
} ways[] = {
	{
			.name = "finish, in pages of two",
			.script.page = 2,
			.script.statuses = "idle running running finished",
			.script.events = { PROMPT, RUNNING,
					FAKE_FROM(2) RUNS("make"),
					FAKE_FROM(2) RESULT,
					FAKE_FROM(3) FINISHES("all good") },
			.class = OHB_RUN_FINISHED,
			.message = "all good",
			.said = "runs: make\nfinishes: all good\n",
	},
	{
			.name = "words without a call",
			.script.statuses = "running finished",
			.script.events = { PROMPT, WORDS("done") },
			.class = OHB_RUN_FINISHED,
			.message = "done",
			.said = "says: done\n",
	},
	{
			.name = "the status comes before the words",
			.script.statuses = "running finished",
			.script.events = { RUNNING,
					FAKE_FROM(5) FINISHES("late") },
			.class = OHB_RUN_FINISHED,
			.message = "late",
	},
	{
			.name = "the status of the run before is not believed",
			.script.statuses = "error running finished",
			.script.events = { PROMPT,
					FAKE_FROM(3) FINISHES("new") },
			.class = OHB_RUN_FINISHED,
			.message = "new",
	},
	{
			.name = "nor the one that was read before this began",
			.script.statuses = "error running finished",
			.script.events = { PROMPT, RUNNING,
					FAKE_FROM(3) FINISHES("new") },
			.class = OHB_RUN_FINISHED,
			.message = "new",
	},
	{
			.name = "a result of the run before begins nothing",
			.script.statuses = "paused paused running finished",
			.script.events = { PROMPT, RESULT,
					FAKE_FROM(4) FINISHES("new") },
			.class = OHB_RUN_FINISHED,
			.message = "new",
	},
	{
			.name = "over before one looks",
			.script.statuses = "finished",
			.script.events = { PROMPT, RUNNING, FINISHES("quick") },
			.class = OHB_RUN_FINISHED,
			.message = "quick",
	},
	{
			.name = "stuck has no error",
			.script.statuses = "running stuck",
			.script.events = { PROMPT, RUNS("ls"), RESULT },
			.class = OHB_RUN_STUCK,
			.detail = "over and over",
	},
	{
			.name = "the error comes after the status",
			.script.statuses = "running error",
			.script.events = { RUNNING,
					FAKE_FROM(4) FAILS("LLMRateLimitError",
							"rate_limit",
							"insufficient_quota\\nno") },
			.class = OHB_RUN_QUOTA,
			.detail = "insufficient_quota no",
	},
	{
			.name = "iterations",
			.script.statuses = "running error",
			.script.events = { FAILS("MaxIterationsReached",
					"agent_action", "limit (2).") },
			.class = OHB_RUN_ITERATIONS,
			.detail = "limit (2).",
	},
	{
			.name = "an error without a reason",
			.script.statuses = "running error",
			.script.events = { RUNNING },
			.class = OHB_RUN_UNKNOWN,
			.detail = "without a reason",
	},
	{
			.name = "unknown kinds, and what is not an event",
			.script.statuses = "running finished",
			.script.events = { KIND("\"FutureEvent\""), KIND("7"),
					KIND("\"ActionEvent\",\"action\":[]"),
					KIND("\"ActionEvent\",\"tool_name\":"
					     "\"browse\""),
					FINISHES("ok") },
			.class = OHB_RUN_FINISHED,
			.message = "ok",
			.said = "calls a tool\ncalls browse\nfinishes: ok\n",
	},
	{
			.name = "an unknown status is work",
			.script.statuses = "pondering finished",
			.script.events = { PROMPT,
					FAKE_FROM(2) FINISHES("ok") },
			.class = OHB_RUN_FINISHED,
			.message = "ok",
	},
	{
			.name = "a permission nobody gives",
			.script.statuses = "waiting_for_confirmation",
			.script.events = { PROMPT },
			.class = OHB_RUN_UNKNOWN,
			.detail = "permission",
			.interrupts = 1,
	},
	{
			.name = "a lost wake-up is tried once",
			.script.statuses = "idle",
			.script.run_status = 409,
			.script.events = { PROMPT },
			.class = OHB_RUN_DIED,
			.detail = "does not run it",
			.runs = 1,
			.interrupts = 1,
	},
	{
			.name = "and may succeed",
			.script.statuses = "idle",
			.script.wakes = true,
			.script.events = { PROMPT,
					FAKE_FROM(6) FINISHES("woken") },
			.class = OHB_RUN_FINISHED,
			.message = "woken",
			.runs = 1,
	},
	{
			.name = "a lost message",
			.script.statuses = "idle",
			.script.loses_message = true,
			.class = OHB_RUN_DIED,
			.detail = "lost the message",
			.interrupts = 1,
	},
	{
			.name = "a message without an answer may have arrived",
			.script.statuses = "running finished",
			.script.hangs_message = true,
			.script.events = { PROMPT, FINISHES("ok") },
			.class = OHB_RUN_FINISHED,
			.message = "ok",
	},
	{
			.name = "the list of events hangs",
			.script.statuses = "running",
			.script.hangs_events = true,
			.class = OHB_RUN_DIED,
			.detail = "no good answer for 1 s",
	},
	{
			.name = "the list of events is no JSON",
			.script.statuses = "running",
			.script.breaks_json = true,
			.class = OHB_RUN_DIED,
			.detail = "no good answer",
	},
	{
			.name = "the list of events has no end",
			.script.statuses = "running finished",
			.script.endless_pages = true,
			.script.events = { FINISHES("ok") },
			.class = OHB_RUN_FINISHED,
			.message = "ok",
			.said = "finishes: ok\n",
	},
	{
			.name = "the server goes away",
			.script.statuses = "running",
			.script.dies = 2,
			.class = OHB_RUN_DIED,
			.detail = "no good answer",
	},
	{
			.name = "a page without measure",
			.script.statuses = "running",
			.script.flood_bytes = 65u << 20,
			.class = OHB_RUN_STUCK,
			.detail = "",
			.interrupts = 1,
	},
	{
			.name = "Ctrl-C",
			.script.statuses = "running",
			.script.cancels = 2,
			.script.events = { RUNS("sleep") },
			.class = OHB_RUN_INTERRUPTED,
			.detail = "interrupted",
			.interrupts = 1,
	},
	{
			.name = "someone else pauses",
			.script.statuses = "running paused",
			.script.events = { RUNS("sleep") },
			.class = OHB_RUN_INTERRUPTED,
			.detail = "someone else",
	},
};

START_TEST(a_run_ends)
{
	const struct way *way = &ways[_i];

	ck_assert_msg(open_now(&way->script) == 0, "%s", err.msg);
	ck_assert_int_eq(ohb_agent_run(agent, "go", 2, &outcome, &err), 0);
	ck_assert_msg(outcome.class == way->class, "%s: %s: %s", way->name,
			ohb_outcome_name(outcome.class), outcome.detail);
	ck_assert_msg(way->detail ? strstr(outcome.detail, way->detail) !=
							NULL :
				    !*outcome.detail,
			"%s: %s", way->name, outcome.detail);
	ck_assert_str_eq(ohb_str_cstr(&outcome.message),
			way->message ? way->message : "");
	if (way->said)
		ck_assert_str_eq(ohb_str_cstr(&said), way->said);
	ck_assert_uint_eq(fake.runs, way->runs);
	ck_assert_uint_eq(fake.interrupts, way->interrupts);
	ck_assert_uint_eq(fake.refused, 0);
}
END_TEST

START_TEST(a_huge_event_is_one_short_line)
{
	static const struct fake_script script = {
		.statuses = "running finished",
		.huge_bytes = 5u << 20,
		.events = { FINISHES("ok") },
	};

	ck_assert_msg(open_now(&script) == 0, "%s", err.msg);
	ck_assert_int_eq(ohb_agent_run(agent, "go", 2, &outcome, &err), 0);
	ck_assert_int_eq(outcome.class, OHB_RUN_FINISHED);
	ck_assert_uint_lt(said.len, 300);
	ck_assert(ohb_starts(said.data, "runs: xxx"));
}
END_TEST

/* A message may be refused; that is no end of a run. */
START_TEST(a_refused_message_is_an_error)
{
	static const struct fake_script script = {
		.message_status = 404,
		.words = "{\"detail\":\"Not Found\"}",
		.statuses = "idle",
	};

	ck_assert_msg(open_now(&script) == 0, "%s", err.msg);
	ck_assert_int_eq(ohb_agent_run(agent, "go", 2, &outcome, &err), -1);
	ck_assert_int_eq(err.code, OHB_E_INFRA);
	ck_assert_ptr_nonnull(strstr(err.msg, "404: Not Found"));
}
END_TEST

static const struct {
	const char *event, *next;
	int64_t llm_ms, idle_ms, timeout_ms;
	enum ohb_outcome_class class;
	const char *detail;
} clocks[] = {
	{ RUNS("sleep 9"), NULL, 60000, 500, 0, OHB_RUN_SILENT,
			"a command hangs" },
	{ PROMPT, NULL, 100, 500, 0, OHB_RUN_SILENT, "nothing new for 0 s" },
	/* The model has more time than a command. */
	{ RUNS("sleep 0"), RESULT, 60000, 500, 1500, OHB_RUN_TIMEOUT,
			"agent.timeout" },
	{ PROMPT, NULL, 60000, 500, 1500, OHB_RUN_TIMEOUT, "agent.timeout" },
	{ RUNS("sleep 9"), NULL, 60000, 0, 1500, OHB_RUN_TIMEOUT,
			"no end after 1 s" },
};

START_TEST(time_passes)
{
	const struct fake_script script = {
		.statuses = "running",
		.events = { RUNNING, clocks[_i].event, clocks[_i].next },
	};
	struct ohb_agent_options options;

	fake_start(&fake, &script);
	options = options_now();
	options.llm_timeout_ms = clocks[_i].llm_ms;
	options.idle_timeout_ms = clocks[_i].idle_ms;
	options.timeout_ms = clocks[_i].timeout_ms;
	ck_assert_msg(open_with(&options) == 0, "%s", err.msg);
	ck_assert_int_eq(ohb_agent_run(agent, "go", 2, &outcome, &err), 0);
	ck_assert_int_eq(outcome.class, clocks[_i].class);
	ck_assert_ptr_nonnull(strstr(outcome.detail, clocks[_i].detail));
	ck_assert_uint_eq(fake.interrupts, 1);
}
END_TEST

/* What was read is kept when the server is gone. */
START_TEST(the_trajectory_outlives_the_server)
{
	static const struct fake_script script = {
		.statuses = "running",
		.dies = 2,
		.events = { RUNS("make"), RESULT },
	};
	ohb_autostr text = OHB_STR_INIT;

	ck_assert_msg(open_now(&script) == 0, "%s", err.msg);
	ck_assert_int_eq(ohb_agent_run(agent, "go", 2, &outcome, &err), 0);
	ck_assert_int_eq(outcome.class, OHB_RUN_DIED);
	ck_assert_int_eq(ohb_agent_trajectory(agent, &text, &err), 0);
	ck_assert_str_eq(text.data,
			"{\"id\":\"e0\",\"kind\":\"ActionEvent\",\"tool_name\":"
			"\"terminal\",\"action\":{\"command\":\"make\"}}\n"
			"{\"id\":\"e1\",\"kind\":\"ObservationEvent\","
			"\"observation\":{}}\n");
}
END_TEST

static void add_tests(TCase *tcase)
{
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_set_timeout(tcase, 30);
	tcase_add_loop_test(tcase, a_server_can_refuse, 0,
			(int)OHB_ARRAY_LEN(refusals));
	tcase_add_test(tcase, a_wrong_session_key_is_named);
	tcase_add_test(tcase, nobody_listens);
	tcase_add_test(tcase, the_start_can_be_cancelled);
	tcase_add_test(tcase, a_slow_start_is_waited_for);
	tcase_add_test(tcase, a_strange_version_is_told);
	tcase_add_test(tcase, a_version_that_is_too_old_ends_it);
	tcase_add_test(tcase, what_an_old_server_refuses_is_left_out);
	tcase_add_test(tcase, an_old_server_is_paused);
	tcase_add_test(tcase, the_conversation_is_as_it_should_be);
	tcase_add_loop_test(tcase, a_run_ends, 0, (int)OHB_ARRAY_LEN(ways));
	tcase_add_test(tcase, a_huge_event_is_one_short_line);
	tcase_add_test(tcase, a_refused_message_is_an_error);
	tcase_add_loop_test(tcase, time_passes, 0, (int)OHB_ARRAY_LEN(clocks));
	tcase_add_test(tcase, the_trajectory_outlives_the_server);
}

int main(void)
{
	Suite *suite = suite_create("run");
	TCase *tcase = tcase_create("run");
	SRunner *runner = srunner_create(suite);
	int failed;

	add_tests(tcase);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
