/*
 * The agent floor against the real agent-server in a real container, and a
 * model that is a script.  Fails where no engine answers or the image is not
 * there (examples/agent-image/build.sh makes it).
 */
#include "agent/agent.h"
#include "agent/conversation.h"

#include "io/clock.h"
#include "io/http.h"
#include "io/tar.h"
#include "io/wait.h"
#include "listener.h"

#define DIR "/workspace/project/"
#define SESSION "integration-session"
#define TOKEN "integration-token"

/* What the model says: a tool and its arguments, or only words. */
struct turn {
	const char *tool; /* NULL: words */
	const char *text; /* the arguments, JSON; or the words */
};

static char image[128];
static struct ohb_cancel cancel;
static struct ohb_engine *engine;
static struct ohb_sandbox *sandbox;
static struct ohb_secret *session, *token;
static struct listener model;
static struct ohb_error err;
static struct ohb_agent *agent;
static struct ohb_outcome outcome;
static struct ohb_str said;

/* The model's script; its last turn is repeated. */
static const struct turn *turns;
static size_t nturns;
static atomic_uint asked, condensed, strangers;
static int model_status; /* 0: 200 */

static void add_turn(struct ohb_str *out, const struct turn *turn)
{
	ohb_autojson *json = turn->tool ?
			json_pack("{s:s, s:n, s:[{s:s, s:s, s:{s:s, s:s}}]}",
					"role", "assistant", "content",
					"tool_calls", "id", "call", "type",
					"function", "function", "name",
					turn->tool, "arguments", turn->text) :
			json_pack("{s:s, s:s}", "role", "assistant", "content",
					turn->text);

	ohb_str_addf(out,
			"{\"id\":\"r\",\"object\":\"chat.completion\","
			"\"created\":1,\"model\":\"m\",\"choices\":[{"
			"\"index\":0,\"finish_reason\":\"%s\",\"message\":",
			turn->tool ? "tool_calls" : "stop");
	ohb_json_add(out, json);
	ohb_str_adds(out,
			"}],\"usage\":{\"prompt_tokens\":100,"
			"\"completion_tokens\":10,\"total_tokens\":110}}");
}

static void serve_model(void *userdata, int fd, const char *path,
		const char *head, const char *body)
{
	static const struct turn summary = { NULL, "Things were echoed." };
	ohb_autostr out = OHB_STR_INIT;
	size_t at;

	(void)userdata;
	if (!ohb_streq(path, "/v1/chat/completions") ||
			!strcasestr(head, "Authorization: Bearer " TOKEN))
		atomic_fetch_add(&strangers, 1);
	if (model_status) {
		listener_say(fd, model_status,
				"{\"error\":{\"message\":\"You exceeded your "
				"current quota\",\"code\":"
				"\"insufficient_quota\"}}");
		return;
	}
	if (!strstr(body, "\"tools\":")) {
		atomic_fetch_add(&condensed, 1);
		add_turn(&out, &summary);
	} else {
		at = atomic_fetch_add(&asked, 1);
		add_turn(&out, &turns[at < nturns ? at : nturns - 1]);
	}
	listener_answer(fd, 200, &out);
}

static void on_warning(void *userdata, const char *text)
{
	(void)userdata;
	(void)fprintf(stderr, "warning: %s\n", text);
}

static void open_sandbox(const char *name)
{
	static const char *const env[] = { "SESSION_API_KEY=" SESSION, NULL };
	const struct ohb_sandbox_spec spec = {
		.role = OHB_ROLE_AGENT,
		.image = image,
		.name = name,
		.target = "tests/test_agent_docker.c",
		.env = env,
		.memory_bytes = (uint64_t)2 << 30,
		.cpus = 2,
	};

	ck_assert_msg(ohb_sandbox_open(engine, &spec, &sandbox, &err) == 0,
			"%s", err.msg);
}

static void begin(void)
{
	static char id[64];
	char name[96];
	ohb_autostr address = OHB_STR_INIT;
	const struct ohb_engine_options options = {
		.kind = OHB_ENGINE_DOCKER,
		.run = id,
		.cancel = &cancel,
		.on_warning = on_warning,
	};
	const char *asked_for = getenv("OHBUILD_AGENT_IMAGE");

	(void)snprintf(image, sizeof(image), "%s",
			asked_for ? asked_for : "ohbuild-agent:latest");
	(void)snprintf(id, sizeof(id), "agent-%d", (int)getpid());
	ck_assert_int_eq(ohb_cancel_init(&cancel, &err), 0);
	ck_assert_msg(ohb_engine_open(&options, &engine, &err) == 0, "%s",
			err.msg);
	ck_assert_msg(ohb_engine_image(engine, image, OHB_IMAGE_PULL_NEVER,
				      NULL, &err) == 0,
			"%s", err.msg);
	ck_assert_msg(ohb_engine_host_address(engine, &address, &err) == 0,
			"%s", err.msg);
	listener_start(&model, address.data, serve_model, NULL);
	session = ohb_secret_new(SESSION, strlen(SESSION));
	token = ohb_secret_new(TOKEN, strlen(TOKEN));
	(void)snprintf(name, sizeof(name), "ohb-%s", id);
	open_sandbox(name);
}

static void end(void)
{
	ohb_sandbox_close(sandbox);
	listener_stop(&model);
	ohb_engine_close(engine);
	ohb_secret_free(session);
	ohb_secret_free(token);
	ohb_cancel_release(&cancel);
}

static void setup(void)
{
	atomic_store(&asked, 0);
	atomic_store(&condensed, 0);
	atomic_store(&strangers, 0);
	model_status = 0;
	agent = NULL;
	outcome = (struct ohb_outcome){ 0 };
}

static void teardown(void)
{
	ohb_agent_close(agent);
	ohb_outcome_release(&outcome);
	ohb_str_release(&said);
}

static void say(void *userdata, const char *line)
{
	(void)userdata;
	ohb_str_addf(&said, "%s\n", line);
}

static struct ohb_agent_options options_now(void)
{
	static char url[128];

	(void)snprintf(url, sizeof(url), "%s/v1", model.url);
	return (struct ohb_agent_options){
		.sandbox = sandbox,
		.session_key = session,
		.llm_url = url,
		.llm_token = token,
		.llm_timeout_ms = 30000,
		.max_iterations = 100,
		.timeout_ms = 120000,
		.idle_timeout_ms = 60000,
		.cancel = &cancel,
		.say = say,
	};
}

static void open_agent(const struct ohb_agent_options *options)
{
	ck_assert_msg(ohb_agent_open(options, &agent, &err) == 0, "%s",
			err.msg);
}

static void run(const char *message, const struct turn *script, size_t n)
{
	turns = script;
	nturns = n;
	atomic_store(&asked, 0);
	ohb_outcome_release(&outcome);
	ck_assert_msg(ohb_agent_run(agent, message, strlen(message), &outcome,
				      &err) == 0,
			"%s", err.msg);
}

static void assert_class(enum ohb_outcome_class class)
{
	ck_assert_msg(outcome.class == class, "%s (%s): %s\n%s",
			ohb_outcome_name(outcome.class), outcome.code,
			outcome.detail, ohb_str_cstr(&said));
}

static int take_file(void *userdata, const struct ohb_tar_entry *entry,
		struct ohb_error *ignored)
{
	(void)ignored;
	if (entry->data)
		ohb_str_add(userdata, entry->data, entry->len);
	return 0;
}

static void assert_file(const char *path, const char *text)
{
	ohb_autostr tar = OHB_STR_INIT;
	ohb_autostr data = OHB_STR_INIT;

	ck_assert_msg(ohb_sandbox_get(sandbox, path, 1 << 20, &tar, &err) == 0,
			"%s", err.msg);
	ck_assert_int_eq(ohb_tar_each(tar.data, tar.len, 1 << 20, take_file,
					 &data, &err),
			0);
	ck_assert_str_eq(ohb_str_cstr(&data), text);
}

/* Writes, finishes; then the same conversation repairs. */
START_TEST(a_file_is_written_and_repaired)
{
	static const struct turn first[] = {
		{ "file_editor",
				"{\"command\":\"create\",\"path\":\"" DIR
				"hello.txt\",\"file_text\":\"helo\\n\"}" },
		{ "terminal",
				"{\"command\":\"cd /workspace/project && "
				"cat hello.txt\"}" },
		{ "finish", "{\"message\":\"written\"}" },
	};
	static const struct turn second[] = {
		{ "file_editor",
				"{\"command\":\"str_replace\",\"path\":\"" DIR
				"hello.txt\",\"old_str\":\"helo\","
				"\"new_str\":\"hello\"}" },
		{ NULL, "BLOCKED: nothing at all" },
	};
	struct ohb_agent_options options = options_now();
	ohb_autostr events = OHB_STR_INIT;

	open_agent(&options);
	run("write", first, 3);
	assert_class(OHB_RUN_FINISHED);
	ck_assert_str_eq(ohb_str_cstr(&outcome.message), "written");
	ck_assert_str_eq(outcome.detail, "");
	assert_file("hello.txt", "helo\n");
	run("repair", second, 2);
	assert_class(OHB_RUN_FINISHED);
	ck_assert_str_eq(ohb_str_cstr(&outcome.message),
			"BLOCKED: nothing at all");
	assert_file("hello.txt", "hello\n");
	ck_assert_str_eq(ohb_str_cstr(&said),
			"writes hello.txt\nruns: cat hello.txt\n"
			"finishes: written\nedits hello.txt\n"
			"says: BLOCKED: nothing at all\n");
	ck_assert_uint_eq(atomic_load(&strangers), 0);
	ck_assert_uint_eq(atomic_load(&condensed), 0);
	ck_assert_int_eq(ohb_agent_trajectory(agent, &events, &err), 0);
	ck_assert_ptr_nonnull(strstr(events.data, "\"SystemPromptEvent\""));
	ck_assert_ptr_nonnull(strstr(events.data, "\"text\":\"repair\""));
	ck_assert_ptr_null(strstr(events.data, TOKEN));
}
END_TEST

START_TEST(a_loop_is_stuck)
{
	static const struct turn script[] = {
		{ "terminal", "{\"command\":\"echo x\"}" },
	};
	struct ohb_agent_options options = options_now();

	open_agent(&options);
	run("go", script, 1);
	assert_class(OHB_RUN_STUCK);
	ck_assert_str_eq(outcome.code, "");
}
END_TEST

/* And then goes on, when asked again. */
START_TEST(iterations_end_a_run_but_not_the_conversation)
{
	static const struct turn script[] = {
		{ "terminal", "{\"command\":\"echo 1\"}" },
		{ "terminal", "{\"command\":\"echo 2\"}" },
		{ "terminal", "{\"command\":\"echo 3\"}" },
	};
	static const struct turn end_now[] = { { NULL, "well" } };
	struct ohb_agent_options options = options_now();

	options.max_iterations = 2;
	open_agent(&options);
	run("go", script, 3);
	assert_class(OHB_RUN_ITERATIONS);
	ck_assert_str_eq(outcome.code, "MaxIterationsReached");
	run("end", end_now, 1);
	assert_class(OHB_RUN_FINISHED);
	ck_assert_str_eq(ohb_str_cstr(&outcome.message), "well");
}
END_TEST

/* The limit of a condenser is reached, which asks the model once more. */
START_TEST(a_long_history_is_condensed)
{
	static char commands[50][32];
	static struct turn script[51];
	struct ohb_agent_options options = options_now();
	size_t i;

	for (i = 0; i < 50; i++) {
		(void)snprintf(commands[i], sizeof(commands[i]),
				"{\"thought\":\"%zu\"}", i);
		script[i] = (struct turn){ "think", commands[i] };
	}
	script[50] = (struct turn){ "finish", "{\"message\":\"long\"}" };
	open_agent(&options);
	run("go", script, 51);
	assert_class(OHB_RUN_FINISHED);
	ck_assert_uint_ge(atomic_load(&condensed), 1);
	ck_assert_ptr_nonnull(strstr(said.data, "shortens its history\n"));
}
END_TEST

static const struct turn sleeps[] = {
	{ "terminal", "{\"command\":\"sleep 200\",\"timeout\":240}" },
};

/* Then the next message is worked on. */
START_TEST(a_hanging_command_is_interrupted)
{
	static const struct turn end_now[] = { { NULL, "awake" } };
	struct ohb_agent_options options = options_now();

	options.idle_timeout_ms = 1500;
	open_agent(&options);
	run("go", sleeps, 1);
	assert_class(OHB_RUN_SILENT);
	ck_assert_ptr_nonnull(strstr(outcome.detail, "a command hangs"));
	run("end", end_now, 1);
	assert_class(OHB_RUN_FINISHED);
}
END_TEST

START_TEST(a_run_has_its_time)
{
	struct ohb_agent_options options = options_now();

	options.timeout_ms = 2000;
	open_agent(&options);
	run("go", sleeps, 1);
	assert_class(OHB_RUN_TIMEOUT);
}
END_TEST

static struct ohb_cancel other;

static void say_and_cancel(void *userdata, const char *line)
{
	say(userdata, line);
	if (ohb_starts(line, "runs: sleep"))
		ohb_cancel_raise(&other);
}

START_TEST(ctrl_c_while_a_command_runs)
{
	struct ohb_agent_options options = options_now();

	ck_assert_int_eq(ohb_cancel_init(&other, &err), 0);
	options.cancel = &other;
	options.say = say_and_cancel;
	open_agent(&options);
	run("go", sleeps, 1);
	assert_class(OHB_RUN_INTERRUPTED);
	ohb_agent_close(agent);
	agent = NULL;
	ohb_cancel_release(&other);
}
END_TEST

/* The message of a provider whose account is empty, through both libraries
 * of the agent. */
START_TEST(an_empty_account_is_a_quota)
{
	struct ohb_agent_options options = options_now();

	model_status = 429;
	open_agent(&options);
	run("go", sleeps, 1);
	assert_class(OHB_RUN_QUOTA);
	ck_assert_str_eq(outcome.code, "LLMRateLimitError");
}
END_TEST

START_TEST(a_wrong_session_key_is_refused)
{
	struct ohb_secret *wrong = ohb_secret_new("no", 2);
	struct ohb_agent_options options = options_now();

	options.session_key = wrong;
	ck_assert_int_eq(ohb_agent_open(&options, &agent, &err), -1);
	ck_assert_int_eq(err.code, OHB_E_INFRA);
	ck_assert_ptr_nonnull(strstr(err.msg, "session key"));
	ohb_secret_free(wrong);
}
END_TEST

/* tini ends with the server, and so does the container. */
static void say_and_kill(void *userdata, const char *line)
{
	static const char *const argv[] = { "sh", "-c",
		"kill -9 $(pgrep -f agent_server)", NULL };
	const struct ohb_exec_spec spec = { .argv = argv, .timeout_ms = 9000 };
	struct ohb_exec_result result;
	struct ohb_error ignored;

	say(userdata, line);
	if (ohb_starts(line, "runs: sleep") &&
			ohb_sandbox_exec(sandbox, &spec, &result, &ignored) ==
					0)
		ohb_exec_result_release(&result);
}

/* The last test: the sandbox is of no use any more. */
START_TEST(a_killed_server_is_noticed)
{
	struct ohb_agent_options options = options_now();
	ohb_autostr events = OHB_STR_INIT;

	options.say = say_and_kill;
	open_agent(&options);
	run("go", sleeps, 1);
	assert_class(OHB_RUN_DIED);
	ck_assert_ptr_nonnull(strstr(outcome.detail, "ended with status 137"));
	ck_assert_ptr_null(strstr(outcome.detail, "HTTP/1.1"));
	ck_assert_int_eq(ohb_agent_trajectory(agent, &events, &err), 0);
	ck_assert_ptr_nonnull(strstr(events.data, "sleep 200"));
	ck_assert_int_eq(ohb_agent_open(&options, &agent, &err), -1);
	ck_assert_int_eq(err.code, OHB_E_INFRA);
	ck_assert_ptr_nonnull(strstr(err.msg, "did not start"));
}
END_TEST

static void add_tests(TCase *tcase)
{
	tcase_add_unchecked_fixture(tcase, begin, end);
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, a_file_is_written_and_repaired);
	tcase_add_test(tcase, a_loop_is_stuck);
	tcase_add_test(tcase, iterations_end_a_run_but_not_the_conversation);
	tcase_add_test(tcase, a_long_history_is_condensed);
	tcase_add_test(tcase, a_hanging_command_is_interrupted);
	tcase_add_test(tcase, a_run_has_its_time);
	tcase_add_test(tcase, ctrl_c_while_a_command_runs);
	tcase_add_test(tcase, an_empty_account_is_a_quota);
	tcase_add_test(tcase, a_wrong_session_key_is_refused);
	tcase_add_test(tcase, a_killed_server_is_noticed);
}

int main(void)
{
	Suite *suite = suite_create("agent");
	TCase *tcase = tcase_create("agent");
	SRunner *runner = srunner_create(suite);
	int failed;

	add_tests(tcase);
	suite_add_tcase(suite, tcase);
	/* One container for all: the tests share this process. */
	srunner_set_fork_status(runner, CK_NOFORK);
	srunner_run_all(runner, CK_VERBOSE);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
