#include "agent/event.h"

#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "base/memory.h"
#include "text/json.h"

#define DIR "/workspace/project"
#define CALL(tool, action)                                             \
	"{\"id\":\"i\",\"kind\":\"ActionEvent\",\"tool_name\":\"" tool \
	"\",\"action\":{" action "}}"
#define TERMINAL(more) CALL("terminal", "\"command\":\"" more)
#define EDITOR(command, path) \
	CALL("file_editor", "\"command\":\"" command "\",\"path\":\"" path "\"")

static const struct {
	const char *json;
	enum ohb_event_kind kind;
	const char *text, *line;
} cases[] = {
	{ TERMINAL("make -s check\""), OHB_EVENT_ACTION, NULL,
			"runs: make -s check" },
	{ TERMINAL("cd /workspace/project && make\""), OHB_EVENT_ACTION, NULL,
			"runs: make" },
	{ TERMINAL("cd /workspace/projects && make\""), OHB_EVENT_ACTION, NULL,
			"runs: cd /workspace/projects && make" },
	{ TERMINAL("cd /workspace/project\""), OHB_EVENT_ACTION, NULL,
			"runs: cd /workspace/project" },
	{ TERMINAL("\\n echo a\\n\\u001b[31mecho\\tb\\n\""), OHB_EVENT_ACTION,
			NULL, "runs: echo a echo b" },
	{ TERMINAL("y\",\"is_input\":true"), OHB_EVENT_ACTION, NULL,
			"types: y" },
	{ TERMINAL("\""), OHB_EVENT_ACTION, NULL, "waits for its command" },
	{ EDITOR("view", DIR "/src/ring.c"), OHB_EVENT_ACTION, NULL,
			"views src/ring.c" },
	{ EDITOR("view", DIR "/"), OHB_EVENT_ACTION, NULL, "views ." },
	{ EDITOR("view", DIR "s/a"), OHB_EVENT_ACTION, NULL,
			"views /workspace/projects/a" },
	{ EDITOR("create", DIR "/tests/test_ring.c"), OHB_EVENT_ACTION, NULL,
			"writes tests/test_ring.c" },
	{ EDITOR("str_replace", "/etc/passwd"), OHB_EVENT_ACTION, NULL,
			"edits /etc/passwd" },
	{ EDITOR("insert", DIR "/a"), OHB_EVENT_ACTION, NULL, "edits a" },
	{ EDITOR("undo_edit", DIR "/a"), OHB_EVENT_ACTION, NULL,
			"takes back its edit of a" },
	{ EDITOR("burn", DIR "/a"), OHB_EVENT_ACTION, NULL, "" },
	{ CALL("file_editor", "\"command\":\"view\""), OHB_EVENT_ACTION, NULL,
			"views a file" },
	{ CALL("think", "\"thought\":\"so\\nwhat\""), OHB_EVENT_ACTION, NULL,
			"thinks: so what" },
	{ CALL("task_tracker",
			  "\"task_list\":[{\"title\":\"a\",\"status\":"
			  "\"done\"},{\"title\":\"b\",\"status\":\"todo\"}"
			  "]"),
			OHB_EVENT_ACTION, NULL, "plans: b" },
	{ CALL("task_tracker", "\"command\":\"view\""), OHB_EVENT_ACTION, NULL,
			"looks at its plan" },
	{ CALL("finish", "\"message\":\"BLOCKED: x\\ny\""), OHB_EVENT_ACTION,
			"BLOCKED: x\ny", "finishes: BLOCKED: x y" },
	{ CALL("browser", ""), OHB_EVENT_ACTION, NULL, "calls browser" },
	/* A tool that is not there has no action. */
	{ "{\"id\":\"i\",\"kind\":\"ActionEvent\",\"tool_name\":\"finish\"}",
			OHB_EVENT_ACTION, NULL, "calls finish" },
	{ "{\"id\":\"i\",\"kind\":\"ObservationEvent\",\"observation\":"
	  "{\"is_error\":false,\"content\":[{\"text\":\"fine\"}]}}",
			OHB_EVENT_RESULT, NULL, "" },
	{ "{\"id\":\"i\",\"kind\":\"ObservationEvent\",\"observation\":"
	  "{\"is_error\":true,\"content\":[{\"text\":\"No such file\"}]}}",
			OHB_EVENT_RESULT, NULL, "gets an error: No such file" },
	{ "{\"id\":\"i\",\"kind\":\"AgentErrorEvent\",\"error\":\"Tool 'x' not "
	  "found\"}",
			OHB_EVENT_RESULT, NULL,
			"gets an error: Tool 'x' not found" },
	{ "{\"id\":\"i\",\"kind\":\"MessageEvent\",\"source\":\"user\","
	  "\"llm_message\":{\"content\":[{\"text\":\"do\"}]}}",
			OHB_EVENT_PROMPT, NULL, "" },
	{ "{\"id\":\"i\",\"kind\":\"MessageEvent\",\"source\":\"agent\","
	  "\"llm_message\":{\"content\":[{\"text\":\"done\"}]}}",
			OHB_EVENT_WORDS, "done", "says: done" },
	{ "{\"id\":\"i\",\"kind\":\"MessageEvent\",\"source\":\"agent\"}",
			OHB_EVENT_WORDS, NULL, "" },
	{ "{\"id\":\"i\",\"kind\":\"ConversationStateUpdateEvent\",\"key\":"
	  "\"execution_status\",\"value\":\"running\"}",
			OHB_EVENT_STATUS, "running", "" },
	{ "{\"id\":\"i\",\"kind\":\"ConversationStateUpdateEvent\",\"key\":"
	  "\"stats\",\"value\":{}}",
			OHB_EVENT_OTHER, NULL, "" },
	{ "{\"id\":\"i\",\"kind\":\"ConversationErrorEvent\",\"detail\":\"d\"}",
			OHB_EVENT_ERROR, "d", "" },
	{ "{\"id\":\"i\",\"kind\":\"Condensation\"}", OHB_EVENT_OTHER, NULL,
			"shortens its history" },
	{ "{\"id\":\"i\",\"kind\":\"FutureEvent\"}", OHB_EVENT_OTHER, NULL,
			"" },
	{ "{\"id\":\"i\",\"kind\":[]}", OHB_EVENT_OTHER, NULL, "" },
};

START_TEST(an_event_is_read)
{
	struct ohb_error err;
	struct ohb_agent_event event;
	ohb_autostr line = OHB_STR_INIT;
	ohb_autojson *json = ohb_json_parse(
			cases[_i].json, strlen(cases[_i].json), &err);

	ck_assert_msg(json != NULL, "%s: %s", cases[_i].json, err.msg);
	ohb_agent_event_read(json, DIR, &event, &line);
	ck_assert_int_eq(event.kind, cases[_i].kind);
	ck_assert_str_eq(event.id, "i");
	ck_assert_pstr_eq(event.text, cases[_i].text);
	ck_assert_str_eq(ohb_str_cstr(&line), cases[_i].line);
}
END_TEST

static const char *const nobodies[] = { "[]", "7", "{}", "{\"id\":7}",
	"{\"id\":\"\"}", "{\"kind\":\"ActionEvent\"}" };

/* OpenHands 0.x; its ids are numbers. */
#define OLD(more) "{\"id\":7,\"source\":\"agent\"," more "}"
#define ARGS(action, args) OLD("\"action\":\"" action "\",\"args\":{" args "}")
#define SEEN(name, content) \
	OLD("\"observation\":\"" name "\",\"content\":\"" content "\"")
#define STATE(state, reason)                                      \
	OLD("\"observation\":\"agent_state_changed\",\"extras\":" \
	    "{\"agent_state\":\"" state "\",\"reason\":\"" reason "\"}")

static const struct {
	const char *json;
	enum ohb_event_kind kind;
	const char *text, *line;
} old[] = {
	{ ARGS("run", "\"command\":\"make\""), OHB_EVENT_ACTION, NULL,
			"runs: make" },
	{ ARGS("edit", "\"command\":\"create\",\"path\":\"" DIR "/a\""),
			OHB_EVENT_ACTION, NULL, "writes a" },
	{ ARGS("edit", "\"path\":\"" DIR "/a\""), OHB_EVENT_ACTION, NULL,
			"edits a" },
	{ ARGS("write", ""), OHB_EVENT_ACTION, NULL, "edits a file" },
	{ ARGS("read", "\"path\":\"" DIR "/a\""), OHB_EVENT_ACTION, NULL,
			"views a" },
	{ ARGS("think", "\"thought\":\"so\""), OHB_EVENT_ACTION, NULL,
			"thinks: so" },
	{ ARGS("finish", "\"final_thought\":\"done\""), OHB_EVENT_ACTION,
			"done", "finishes: done" },
	{ ARGS("browse", ""), OHB_EVENT_ACTION, NULL, "calls browse" },
	{ ARGS("message", "\"content\":\"what now?\""), OHB_EVENT_WORDS,
			"what now?", "says: what now?" },
	{ ARGS("system", "\"content\":\"You are\""), OHB_EVENT_OTHER, NULL,
			"" },
	{ "{\"id\":1,\"source\":\"user\",\"action\":\"message\"}",
			OHB_EVENT_PROMPT, NULL, "" },
	{ "{\"id\":1,\"source\":\"user\",\"action\":\"recall\"}",
			OHB_EVENT_OTHER, NULL, "" },
	{ SEEN("run", "fine"), OHB_EVENT_RESULT, NULL, "" },
	{ SEEN("edit", "ERROR:\\nno such file"), OHB_EVENT_RESULT, NULL,
			"gets an error: ERROR: no such file" },
	{ SEEN("error", "no such tool"), OHB_EVENT_RESULT, NULL,
			"gets an error: no such tool" },
	{ SEEN("recall", "context"), OHB_EVENT_OTHER, NULL, "" },
	{ STATE("finished", ""), OHB_EVENT_STATUS, "finished", "" },
	{ STATE("error", "STATUS$ERROR_LLM_AUTHENTICATION"), OHB_EVENT_ERROR,
			"STATUS$ERROR_LLM_AUTHENTICATION", "" },
	{ "{\"observation\":\"agent_state_changed\"}", OHB_EVENT_STATUS, NULL,
			"" },
};

START_TEST(an_old_event_is_read)
{
	struct ohb_error err;
	struct ohb_agent_event event;
	ohb_autostr line = OHB_STR_INIT;
	ohb_autojson *json = ohb_json_parse(
			old[_i].json, strlen(old[_i].json), &err);

	ck_assert_msg(json != NULL, "%s: %s", old[_i].json, err.msg);
	ck_assert(ohb_agent_event_is(json));
	ohb_agent_event_read(json, DIR, &event, &line);
	ck_assert_int_eq(event.kind, old[_i].kind);
	ck_assert_pstr_eq(event.text, old[_i].text);
	ck_assert_str_eq(ohb_str_cstr(&line), old[_i].line);
}
END_TEST

START_TEST(an_event_has_an_id)
{
	struct ohb_error err;
	struct ohb_agent_event event;
	ohb_autostr line = OHB_STR_INIT;
	ohb_autojson *json = ohb_json_parse(
			nobodies[_i], strlen(nobodies[_i]), &err);

	ohb_agent_event_read(json, DIR, &event, &line);
	ck_assert_ptr_null(event.id);
}
END_TEST

START_TEST(an_error_has_its_class)
{
	static const char text[] =
			"{\"id\":\"i\",\"kind\":\"ConversationErrorEvent\","
			"\"code\":\"C\",\"classification\":{\"kind\":\"K\"}}";
	struct ohb_error err;
	struct ohb_agent_event event;
	ohb_autostr line = OHB_STR_INIT;
	ohb_autojson *json = ohb_json_parse(text, strlen(text), &err);

	ohb_agent_event_read(json, DIR, &event, &line);
	ck_assert_str_eq(event.code, "C");
	ck_assert_str_eq(event.class, "K");
	ck_assert_ptr_null(event.text);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("event");
	TCase *tcase = tcase_create("event");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_loop_test(
			tcase, an_event_is_read, 0, (int)OHB_ARRAY_LEN(cases));
	tcase_add_loop_test(tcase, an_old_event_is_read, 0,
			(int)OHB_ARRAY_LEN(old));
	tcase_add_loop_test(tcase, an_event_has_an_id, 0,
			(int)OHB_ARRAY_LEN(nobodies));
	tcase_add_test(tcase, an_error_has_its_class);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
