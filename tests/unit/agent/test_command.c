/* Commands in the sandbox, with scripts in their place that do what the real
 * ones did, and worse. */
#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/agent.h"
#include "agent/command.h"
#include "base/memory.h"
#include "io/clock.h"
#include "io/fs.h"
#include "io/wait.h"
#include "sandbox/sandbox.h"
#include "text/json.h"

static char *folder;
static struct ohb_cancel cancel;
static struct ohb_engine *engine;
static struct ohb_sandbox *sandbox;
static struct ohb_agent *agent;
static struct ohb_secret *token;
static struct ohb_outcome outcome;
static struct ohb_error err;
static struct ohb_str said;

static void on_warning(void *userdata, const char *text)
{
	(void)userdata;
	(void)text;
}

static void say(void *userdata, const char *line)
{
	(void)userdata;
	ohb_str_addf(&said, "%s\n", line);
}

static void setup(void)
{
	static const struct ohb_sandbox_spec spec = {
		.role = OHB_ROLE_COMMAND,
		.name = "n1",
	};
	const struct ohb_engine_options options = {
		.kind = OHB_ENGINE_PROCESS,
		.run = "r1",
		.cancel = &cancel,
		.on_warning = on_warning,
	};
	ohb_autostr path = OHB_STR_INIT;

	err = (struct ohb_error)OHB_ERROR_INIT;
	outcome = (struct ohb_outcome){ .class = OHB_RUN_UNKNOWN };
	ck_assert_int_eq(ohb_fs_temp_dir(&folder, &err), 0);
	ck_assert_int_eq(setenv("TMPDIR", folder, 1), 0);
	ohb_str_addf(&path, "%s:/usr/bin:/bin", folder);
	ck_assert_int_eq(setenv("PATH", path.data, 1), 0);
	ck_assert_int_eq(ohb_cancel_init(&cancel, &err), 0);
	token = ohb_secret_new("the-token", 9);
	ck_assert_msg(ohb_engine_open(&options, &engine, &err) == 0, "%s",
			err.msg);
	ck_assert_msg(ohb_sandbox_open(engine, &spec, &sandbox, &err) == 0,
			"%s", err.msg);
}

static void teardown(void)
{
	ohb_outcome_release(&outcome);
	ohb_agent_close(agent);
	ohb_sandbox_close(sandbox);
	ohb_engine_close(engine);
	ohb_secret_free(token);
	ohb_cancel_release(&cancel);
	ohb_str_release(&said);
	ck_assert_int_eq(ohb_fs_remove_tree(AT_FDCWD, folder, &err), 0);
	free(folder);
}

/* A program of that name on PATH. */
static void program(const char *name, const char *script)
{
	ohb_autostr path = OHB_STR_INIT;
	FILE *file;

	ohb_str_addf(&path, "%s/%s", folder, name);
	file = fopen(path.data, "we");
	ck_assert_ptr_nonnull(file);
	ck_assert_int_ge(fprintf(file, "#!/bin/sh\n%s", script), 0);
	ck_assert_int_eq(fclose(file), 0);
	ck_assert_int_eq(chmod(path.data, 0755), 0);
}

static struct ohb_agent_options options_of(enum ohb_agent_protocol protocol)
{
	return (struct ohb_agent_options){
		.protocol = protocol,
		.sandbox = sandbox,
		.llm_url = "http://10.0.0.1:9/v1",
		.llm_token = token,
		.llm_timeout_ms = 700500,
		.max_iterations = 3,
		.timeout_ms = 30000,
		.idle_timeout_ms = 20000,
		.cancel = &cancel,
		.say = say,
	};
}

static void open_agent(const struct ohb_agent_options *options)
{
	ck_assert_msg(ohb_agent_open(options, &agent, &err) == 0, "%s",
			err.msg);
}

static void run(const char *message)
{
	ohb_outcome_release(&outcome);
	ck_assert_msg(ohb_agent_run(agent, message, strlen(message), &outcome,
				      &err) == 0,
			"%s", err.msg);
}

static void expect_outcome(enum ohb_outcome_class class, const char *detail)
{
	ck_assert_msg(outcome.class == class, "%s: %s",
			ohb_outcome_name(outcome.class), outcome.detail);
	ck_assert_msg(strstr(outcome.detail, detail) != NULL, "%s",
			outcome.detail);
}

/* What a file of the sandbox says, from the project on. */
static void read_file(const char *path, struct ohb_str *out)
{
	ohb_autostr full = OHB_STR_INIT;

	ohb_str_clear(out);
	ohb_str_addf(&full, "%s/%s", ohb_sandbox_dir(sandbox), path);
	ck_assert_msg(ohb_fs_read(AT_FDCWD, full.data, 1u << 20, out, &err) ==
					0,
			"%s", err.msg);
}

/* Begins each script of the command line program: STATUS makes its record. */
#define RECORD                                                           \
	"id=$(echo \"$4\" | tr -d -)\n"                                  \
	"d=$OPENHANDS_PERSISTENCE_DIR/conversations/$id\n"               \
	"mkdir -p \"$d\"\n"                                              \
	"ends() { printf '{\"execution_status\": \"%s\", \"last\": %s,"  \
	"\"stats\": {\"usage_to_metrics\": {\"agent\": "                 \
	"{\"accumulated_cost\": %s}, \"condenser\": "                    \
	"{\"accumulated_cost\": 0.0}}}}' \"$1\" $$ \"${2:-0}\" "         \
	">\"$d/base_state.json\"; }\n"                                   \
	"acts() { printf '{\"kind\": \"ActionEvent\", \"id\": \"a%s\", " \
	"\"llm_response_id\": \"r%s\", \"tool_name\": \"terminal\", "    \
	"\"action\": {\"command\": \"make\"}}\\n' $1 $1; }\n"

#define ERROR_EVENT(code, detail)                                      \
	"echo '{\"kind\": \"ConversationErrorEvent\", \"id\": \"e\", " \
	"\"code\": \"" code "\", \"detail\": \"" detail "\"}'\n"

static const struct {
	const char *script;
	enum ohb_outcome_class class;
	const char *detail, *words;
} ends[] = {
	{ RECORD "echo 'Agent is working {'\n"
		 "printf '\\033[1m{\"kind\": 1\\n{\"a\":\\n{}\\n'\n"
		 "acts 1; ends finished\n"
		 "printf '{\"kind\": \"ActionEvent\", \"id\": \"f\","
		 "\"tool_name\": \"finish\", \"action\": "
		 "{\"message\": \"done\"}}'; sleep 0.2; echo\n",
			OHB_RUN_FINISHED, "", "done" },
	/* Its status says nothing, neither way. */
	{ RECORD "ends finished; exit 9\n", OHB_RUN_FINISHED, "", "" },
	{ RECORD "ends error\n" ERROR_EVENT(
			  "AuthenticationError", "Incorrect API key provided"),
			OHB_RUN_AUTH, "Incorrect API key", "" },
	{ RECORD "ends stuck\n", OHB_RUN_STUCK, "the same over and over", "" },
	{ "echo 'no such option' >&2; exit 2\n", OHB_RUN_DIED,
			"'openhands' ended with status 2; it said last: no "
			"such option",
			"" },
	{ RECORD "ends running; acts 1; kill -9 $$\n", OHB_RUN_DIED,
			"ended with status 137", "" },
	/* It was killed before it wrote what its events tell. */
	{ RECORD "ends running\n" ERROR_EVENT(
			  "AuthenticationError", "Incorrect API key provided"),
			OHB_RUN_AUTH, "Incorrect API key", "" },
	{ RECORD "for i in 1 2 3 4 5; do acts $i; done; "
		 "sleep 600\n",
			OHB_RUN_ITERATIONS, "no end after 3 steps", "" },
	{ RECORD "for i in 1 1 2 2 2 3 3; do acts $i; done; "
		 "ends finished; sleep 1\n",
			OHB_RUN_FINISHED, "", "" },
};

START_TEST(a_run_ends)
{
	const struct ohb_agent_options options = options_of(OHB_AGENT_CLI);

	program("openhands", ends[_i].script);
	open_agent(&options);
	run("write a test");
	expect_outcome(ends[_i].class, ends[_i].detail);
	ck_assert_str_eq(ohb_str_cstr(&outcome.message), ends[_i].words);
}
END_TEST

START_TEST(its_events_are_told_and_kept)
{
	const struct ohb_agent_options options = options_of(OHB_AGENT_CLI);
	ohb_autostr events = OHB_STR_INIT;

	program("openhands", ends[0].script);
	open_agent(&options);
	run("write a test");
	ck_assert_str_eq(ohb_str_cstr(&said), "runs: make\nfinishes: done\n");
	ck_assert_int_eq(ohb_agent_trajectory(agent, &events, &err), 0);
	ck_assert_ptr_nonnull(strstr(events.data,
			"{\"kind\":\"ActionEvent\",\"id\":\"a1\""));
	ck_assert_ptr_null(strstr(events.data, "working"));
}
END_TEST

START_TEST(the_next_run_goes_on)
{
	const struct ohb_agent_options options = options_of(OHB_AGENT_CLI);
	ohb_autostr text = OHB_STR_INIT;
	struct ohb_error ignored;
	ohb_autojson *settings = NULL;
	char *second;

	program("openhands",
			RECORD "echo \"$*\" >>args; ends finished\n"
			       "cp $OPENHANDS_PERSISTENCE_DIR/"
			       "agent_settings.json settings\n");
	open_agent(&options);
	run("the task");
	run("what was wrong");
	read_file("args", &text);
	ck_assert(ohb_starts(text.data, "--headless --json --resume "));
	ck_assert_ptr_nonnull(strstr(text.data, " --task=the task\n"));
	second = strchr(text.data, '\n') + 1;
	ck_assert_int_eq(memcmp(text.data, second, 60), 0);
	ck_assert_str_eq(second + 63, " --task=what was wrong\n");
	read_file("settings", &text);
	settings = ohb_json_parse(text.data, text.len, &ignored);
	ck_assert_str_eq(ohb_json_text(settings, "llm.api_key"), "the-token");
	ck_assert_int_eq(ohb_json_int(settings, "llm.num_retries", -1), 1);
	ck_assert_int_eq(ohb_json_int(settings, "llm.timeout", -1), 701);
	ck_assert_str_eq(ohb_json_text(settings, "condenser.llm.usage_id"),
			"condenser");
}
END_TEST

/* What is in the record is of the whole conversation. */
START_TEST(its_record_is_of_this_run)
{
	const struct ohb_agent_options options = options_of(OHB_AGENT_CLI);

	program("openhands", RECORD "ends finished 0.25\n");
	open_agent(&options);
	run("the task");
	ck_assert_double_eq(outcome.cost_usd, 0.25);
	program("openhands", RECORD "ends stuck 1\n");
	run("what was wrong");
	expect_outcome(OHB_RUN_STUCK, "");
	ck_assert_double_eq(outcome.cost_usd, 0.75);
	program("openhands", "exit 3\n");
	run("what was wrong");
	expect_outcome(OHB_RUN_DIED, "ended with status 3");
	ck_assert_double_eq(outcome.cost_usd, 0);
}
END_TEST

static const struct {
	const char *text, *status;
	double cost_usd;
} records[] = {
	{ "", "", 0 },
	{ "[]", "", 0 },
	{ "{\"execution_status\": 1}", "", 0 },
	{ "{\"execution_status\": \"idle\", \"stats\": {}}", "idle", 0 },
	{ "{\"stats\": {\"usage_to_metrics\": {\"a\": "
	  "{\"accumulated_cost\": 0.5}, \"b\": {\"accumulated_cost\": 2}, "
	  "\"c\": {\"accumulated_cost\": -1}, \"d\": {\"accumulated_cost\": "
	  "\"3\"}, \"e\": 4}}}",
			"", 2.5 },
	{ "{\"stats\": {\"usage_to_metrics\": {\"a\": "
	  "{\"accumulated_cost\": 1e308}, \"b\": {\"accumulated_cost\": "
	  "1e308}}}}",
			"", 0 },
};

START_TEST(a_record_is_read)
{
	const char *text = records[_i].text;
	struct ohb_command_record record =
			ohb_command_record(text, strlen(text));

	ck_assert_str_eq(record.status, records[_i].status);
	ck_assert_double_eq(record.cost_usd, records[_i].cost_usd);
}
END_TEST

/* One that openhands 1.16.0 left. */
START_TEST(a_real_record_is_read)
{
	struct ohb_command_record record;
	ohb_autostr path = OHB_STR_INIT, text = OHB_STR_INIT;

	ohb_str_addf(&path, "%s/tests/fuzz/corpus/record/finished",
			getenv("OHBUILD_SOURCE_DIR"));
	ck_assert_int_eq(
			ohb_fs_read(AT_FDCWD, path.data, 1u << 20, &text, &err),
			0);
	record = ohb_command_record(text.data, text.len);
	ck_assert_str_eq(record.status, "finished");
	ck_assert_double_eq(record.cost_usd, 0.005);
}
END_TEST

START_TEST(a_long_message_comes_as_a_file)
{
	const struct ohb_agent_options options = options_of(OHB_AGENT_CLI);
	ohb_autostr text = OHB_STR_INIT, message = OHB_STR_INIT;

	program("openhands",
			RECORD
			"wc -c <\"${5#--file=}\" >size; ends finished\n");
	open_agent(&options);
	while (message.len < 200000)
		ohb_str_adds(&message, "0123456789");
	run(message.data);
	expect_outcome(OHB_RUN_FINISHED, "");
	read_file("size", &text);
	ck_assert_str_eq(text.data, "200000\n");
}
END_TEST

/* Also what has left its process group; the sandbox lives on. */
static void expect_gone(void)
{
	ohb_autostr text = OHB_STR_INIT;
	ohb_autostr path = OHB_STR_INIT;
	int tries = 0;

	read_file("pid", &text);
	ohb_str_addf(&path, "/proc/%.*s", (int)strcspn(text.data, "\n"),
			text.data);
	while (access(path.data, F_OK) == 0 && ++tries < 100)
		ck_assert_int_eq(ohb_wait_ms(NULL, 50, &err), 0);
	ck_assert_int_lt(tries, 100);
	program("openhands", RECORD "ends finished\n");
	run("go on");
	expect_outcome(OHB_RUN_FINISHED, "");
}

START_TEST(a_command_that_hangs)
{
	struct ohb_agent_options options = options_of(OHB_AGENT_CLI);

	options.idle_timeout_ms = 1000;
	program("openhands",
			RECORD "acts 1; trap '' TERM\n"
			       "setsid sh -c 'echo $$ >pid; exec sleep "
			       "600' & wait\n");
	open_agent(&options);
	run("write a test");
	expect_outcome(OHB_RUN_SILENT,
			"nothing new for 1 s "
			"('agent.idle_timeout'): a command");
	expect_gone();
}
END_TEST

START_TEST(a_run_without_end)
{
	struct ohb_agent_options options = options_of(OHB_AGENT_CLI);

	options.timeout_ms = 1000;
	program("openhands", RECORD "echo $$ >pid; exec sleep 600\n");
	open_agent(&options);
	run("write a test");
	expect_outcome(OHB_RUN_TIMEOUT, "no end after 1 s ('agent.timeout')");
	expect_gone();
}
END_TEST

static void cancel_say(void *userdata, const char *line)
{
	(void)line;
	ohb_cancel_raise(userdata);
}

START_TEST(a_run_is_interrupted)
{
	struct ohb_agent_options options = options_of(OHB_AGENT_CLI);
	ohb_autostr events = OHB_STR_INIT;

	options.say = cancel_say;
	options.userdata = &cancel;
	program("openhands", RECORD "acts 1; exec sleep 600\n");
	open_agent(&options);
	run("write a test");
	expect_outcome(OHB_RUN_INTERRUPTED, "interrupted");
	ck_assert_int_eq(ohb_agent_trajectory(agent, &events, &err), 0);
	ck_assert_uint_gt(events.len, 0);
}
END_TEST

START_TEST(there_is_no_program)
{
	const struct ohb_agent_options options = options_of(OHB_AGENT_CLI);

	ck_assert_int_eq(ohb_agent_open(&options, &agent, &err), -1);
	ck_assert_int_eq(err.code, OHB_E_INFRA);
	ck_assert_ptr_nonnull(strstr(err.msg, "there is no 'openhands'"));
}
END_TEST

/* 0.x: its events are files; $5 is the message's file. */
#define OLD                                                                    \
	"[ \"$1\" = -m ] || exit 0\n"                                          \
	"d=$FILE_STORE_PATH/sessions/x/events; mkdir -p \"$d\"; n=0\n"         \
	"event() { printf %s \"$1\" >\"$d/$n.json\"; n=$((n + 1)); }\n"        \
	"state() { event '{\"id\": 1, \"source\": \"environment\", "           \
	"\"observation\": \"agent_state_changed\", \"content\": \"\", "        \
	"\"extras\": {\"agent_state\": \"'\"$1\"'\", \"reason\": \"'\"$2\"'\"" \
	"}}'; }\n"                                                             \
	"state running\n"

static const struct {
	const char *script;
	enum ohb_outcome_class class;
	const char *detail, *words;
} old_ends[] = {
	{ OLD "event '{\"id\": 3, \"source\": \"agent\", \"action\": "
	      "\"finish\", \"args\": {\"final_thought\": \"done\"}}'\n"
	      "state finished\n",
			OHB_RUN_FINISHED, "", "done" },
	{ OLD "state error STATUS\\$ERROR_LLM_AUTHENTICATION\n", OHB_RUN_AUTH,
			"STATUS$ERROR_LLM_AUTHENTICATION", "" },
	{ OLD "state error 'RuntimeError: Agent reached maximum iteration. "
	      "Current iteration: 3, max iteration: 3'\n",
			OHB_RUN_ITERATIONS, "maximum iteration", "" },
	/* It would wait for a person. */
	{ OLD "event '{\"id\": 3, \"source\": \"agent\", \"action\": "
	      "\"message\", \"args\": {\"content\": \"what now?\"}}'\n"
	      "state awaiting_user_input; sleep 600\n",
			OHB_RUN_FINISHED, "", "what now?" },
	{ OLD "state rate_limited; sleep 600\n", OHB_RUN_RATE_LIMIT, "", "" },
	/* Half of an event is none. */
	{ OLD "printf '{\"id\": 3, \"observation\": \"agent_state_changed\"' "
	      ">$d/1.json; echo Traceback; exit 1\n",
			OHB_RUN_DIED,
			"'openhands.core.main' ended with status 1; it said "
			"last: Traceback",
			"" },
};

START_TEST(an_old_run_ends)
{
	const struct ohb_agent_options options = options_of(OHB_AGENT_HEADLESS);

	program("python", old_ends[_i].script);
	open_agent(&options);
	run("write a test");
	expect_outcome(old_ends[_i].class, old_ends[_i].detail);
	ck_assert_str_eq(ohb_str_cstr(&outcome.message), old_ends[_i].words);
}
END_TEST

START_TEST(the_next_old_run_is_told_all)
{
	const struct ohb_agent_options options = options_of(OHB_AGENT_HEADLESS);
	ohb_autostr text = OHB_STR_INIT;

	program("python",
			OLD "cat \"$4\" >>told; echo >>told\n"
			    "echo \"$5 $6 $7 $WORKSPACE_BASE\" >>args\n"
			    "state finished\n");
	open_agent(&options);
	run("the task");
	run("what was wrong");
	read_file("told", &text);
	ck_assert_str_eq(text.data, "the task\nthe task\n\nwhat was wrong\n");
	read_file("args", &text);
	ck_assert(ohb_starts(text.data, "-i 3 --no-auto-continue /"));
}
END_TEST

static void add_tests(TCase *tcase)
{
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_set_timeout(tcase, 60);
	tcase_add_loop_test(tcase, a_run_ends, 0, (int)OHB_ARRAY_LEN(ends));
	tcase_add_test(tcase, its_events_are_told_and_kept);
	tcase_add_test(tcase, the_next_run_goes_on);
	tcase_add_test(tcase, its_record_is_of_this_run);
	tcase_add_loop_test(tcase, a_record_is_read, 0,
			(int)OHB_ARRAY_LEN(records));
	tcase_add_test(tcase, a_real_record_is_read);
	tcase_add_test(tcase, a_long_message_comes_as_a_file);
	tcase_add_test(tcase, a_command_that_hangs);
	tcase_add_test(tcase, a_run_without_end);
	tcase_add_test(tcase, a_run_is_interrupted);
	tcase_add_test(tcase, there_is_no_program);
	tcase_add_loop_test(tcase, an_old_run_ends, 0,
			(int)OHB_ARRAY_LEN(old_ends));
	tcase_add_test(tcase, the_next_old_run_is_told_all);
}

int main(void)
{
	Suite *suite = suite_create("command");
	TCase *tcase = tcase_create("command");
	SRunner *runner = srunner_create(suite);
	int failed;

	add_tests(tcase);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
