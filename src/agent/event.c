#include "agent/event.h"

#include <string.h>

#include "base/memory.h"
#include "text/json.h"
#include "text/utf8.h"

#define LINE_MAX_BYTES 160u
/* No id is near this: a UUID has 36. */
#define ID_MAX_BYTES 128u

/* Appends "verb text" as one clean line of bounded length. */
static void add_line(struct ohb_str *line, const char *verb, const char *text)
{
	size_t len;

	ohb_str_adds(line, verb);
	if (!text)
		return;
	text += strspn(text, " \t\r\n");
	len = strlen(text);
	while (len && strchr(" \t\r\n", text[len - 1]))
		len--;
	ohb_utf8_line(line, text, len, LINE_MAX_BYTES);
}

static const char *within(const char *path, const char *dir)
{
	size_t len = strlen(dir);

	if (!path || strncmp(path, dir, len) != 0 || path[len] != '/')
		return path;
	return path[len + 1] ? path + len + 1 : ".";
}

/* "cd <dir> && make" says no more than "make". */
static const char *command_within(const char *command, const char *dir)
{
	static const char joint[] = " && ";
	size_t len = strlen(dir);

	if (!command || !ohb_starts(command, "cd ") ||
			strncmp(command + 3, dir, len) != 0 ||
			!ohb_starts(command + 3 + len, joint))
		return command;
	return command + 3 + len + strlen(joint);
}

static void say_terminal(json_t *action, const char *dir, struct ohb_str *line)
{
	const char *command = ohb_json_text(action, "command");

	if (json_is_true(ohb_json_at(action, "is_input")))
		add_line(line, "types: ", command);
	else if (command && *command)
		add_line(line, "runs: ", command_within(command, dir));
	else
		add_line(line, "waits for its command", NULL);
}

static void say_editor(json_t *action, const char *dir, struct ohb_str *line)
{
	static const struct {
		const char *command, *verb;
	} verbs[] = {
		{ "view", "views " },
		{ "create", "writes " },
		{ "str_replace", "edits " },
		{ "insert", "edits " },
		{ "undo_edit", "takes back its edit of " },
	};
	const char *command = ohb_json_text(action, "command");
	const char *path = within(ohb_json_text(action, "path"), dir);
	size_t i;

	for (i = 0; i < OHB_ARRAY_LEN(verbs); i++)
		if (ohb_streq(command, verbs[i].command)) {
			add_line(line, verbs[i].verb, path ? path : "a file");
			return;
		}
}

static void say_thought(json_t *action, const char *dir, struct ohb_str *line)
{
	(void)dir;
	add_line(line, "thinks: ", ohb_json_text(action, "thought"));
}

static void say_plan(json_t *action, const char *dir, struct ohb_str *line)
{
	json_t *task;
	size_t i;

	(void)dir;
	json_array_foreach(ohb_json_at(action, "task_list"), i, task)
	{
		const char *status = ohb_json_text(task, "status");

		if (!ohb_streq(status, "done")) {
			add_line(line, "plans: ", ohb_json_text(task, "title"));
			return;
		}
	}
	add_line(line, "looks at its plan", NULL);
}

static void say_end(json_t *action, const char *dir, struct ohb_str *line)
{
	(void)dir;
	add_line(line, "finishes: ", ohb_json_text(action, "message"));
}

typedef void say_fn(json_t *action, const char *dir, struct ohb_str *line);

static const struct {
	const char *tool;
	say_fn *say;
} tools[] = {
	{ "terminal", say_terminal },
	{ "file_editor", say_editor },
	{ "think", say_thought },
	{ "task_tracker", say_plan },
	{ "finish", say_end },
};

static void read_action(json_t *json, const char *dir,
		struct ohb_agent_event *ret, struct ohb_str *line)
{
	const char *tool = ohb_json_text(json, "tool_name");
	json_t *action = ohb_json_at(json, "action");
	size_t i;

	ret->kind = OHB_EVENT_ACTION;
	if (ohb_streq(tool, "finish"))
		ret->text = ohb_json_text(action, "message");
	for (i = 0; i < OHB_ARRAY_LEN(tools); i++)
		if (json_is_object(action) && ohb_streq(tool, tools[i].tool)) {
			tools[i].say(action, dir, line);
			return;
		}
	/* A tool that is not there, or arguments that could not be read. */
	add_line(line, "calls ", tool ? tool : "a tool");
}

static void read_result(json_t *json, const char *dir,
		struct ohb_agent_event *ret, struct ohb_str *line)
{
	(void)dir;
	ret->kind = OHB_EVENT_RESULT;
	if (json_is_true(ohb_json_at(json, "observation.is_error")))
		add_line(line, "gets an error: ",
				ohb_json_text(json,
						"observation.content.0.text"));
}

static void read_refusal(json_t *json, const char *dir,
		struct ohb_agent_event *ret, struct ohb_str *line)
{
	(void)dir;
	ret->kind = OHB_EVENT_RESULT;
	add_line(line, "gets an error: ", ohb_json_text(json, "error"));
}

static void read_message(json_t *json, const char *dir,
		struct ohb_agent_event *ret, struct ohb_str *line)
{
	const char *source = ohb_json_text(json, "source");

	(void)dir;
	if (ohb_streq(source, "user"))
		ret->kind = OHB_EVENT_PROMPT;
	if (!ohb_streq(source, "agent"))
		return;
	ret->kind = OHB_EVENT_WORDS;
	ret->text = ohb_json_text(json, "llm_message.content.0.text");
	if (ret->text)
		add_line(line, "says: ", ret->text);
}

static void read_update(json_t *json, const char *dir,
		struct ohb_agent_event *ret, struct ohb_str *line)
{
	(void)dir;
	(void)line;
	if (!ohb_streq(ohb_json_text(json, "key"), "execution_status"))
		return;
	ret->kind = OHB_EVENT_STATUS;
	ret->text = ohb_json_text(json, "value");
}

static void read_error(json_t *json, const char *dir,
		struct ohb_agent_event *ret, struct ohb_str *line)
{
	(void)dir;
	(void)line;
	ret->kind = OHB_EVENT_ERROR;
	ret->code = ohb_json_text(json, "code");
	ret->class = ohb_json_text(json, "classification.kind");
	ret->text = ohb_json_text(json, "detail");
}

static void read_condensation(json_t *json, const char *dir,
		struct ohb_agent_event *ret, struct ohb_str *line)
{
	(void)json;
	(void)dir;
	(void)ret;
	add_line(line, "shortens its history", NULL);
}

typedef void read_fn(json_t *json, const char *dir, struct ohb_agent_event *ret,
		struct ohb_str *line);

static const struct {
	const char *kind;
	read_fn *read;
} kinds[] = {
	{ "ActionEvent", read_action },
	{ "ObservationEvent", read_result },
	{ "AgentErrorEvent", read_refusal },
	{ "UserRejectObservation", read_refusal },
	{ "MessageEvent", read_message },
	{ "ConversationStateUpdateEvent", read_update },
	{ "ConversationErrorEvent", read_error },
	{ "Condensation", read_condensation },
};

/*
 * OpenHands 0.x: {"action": …, "args": …} and {"observation": …, "content": …,
 * "extras": …}.
 */

static void say_old(json_t *json, const char *verb, const char *words,
		struct ohb_str *line)
{
	const char *text = ohb_json_text(json, words);

	if (text && *text)
		add_line(line, verb, text);
}

static void say_path(json_t *args, const char *verb, const char *dir,
		struct ohb_str *line)
{
	const char *path = within(ohb_json_text(args, "path"), dir);

	add_line(line, verb, path ? path : "a file");
}

static void say_old_edit(json_t *args, const char *dir, struct ohb_str *line)
{
	if (ohb_json_text(args, "command"))
		say_editor(args, dir, line);
	else
		say_path(args, "edits ", dir, line);
}

static void say_old_write(json_t *args, const char *dir, struct ohb_str *line)
{
	say_path(args, "edits ", dir, line);
}

static void say_old_read(json_t *args, const char *dir, struct ohb_str *line)
{
	say_path(args, "views ", dir, line);
}

static const struct {
	const char *name;
	void (*say)(json_t *args, const char *dir, struct ohb_str *line);
} old_actions[] = {
	{ "run", say_terminal },
	{ "edit", say_old_edit },
	{ "write", say_old_write },
	{ "read", say_old_read },
	{ "think", say_thought },
};

static void read_old_action(json_t *json, const char *dir,
		struct ohb_agent_event *ret, struct ohb_str *line)
{
	const char *name = ohb_json_text(json, "action");
	const char *tool =
			ohb_json_text(json, "tool_call_metadata.function_name");
	json_t *args = ohb_json_at(json, "args");
	size_t i;

	if (!ohb_streq(ohb_json_text(json, "source"), "agent")) {
		if (ohb_streq(name, "message"))
			ret->kind = OHB_EVENT_PROMPT;
		return;
	}
	if (ohb_streq(name, "message")) {
		ret->kind = OHB_EVENT_WORDS;
		ret->text = ohb_json_text(args, "content");
		say_old(args, "says: ", "content", line);
		return;
	}
	if (ohb_streq(name, "system") || ohb_streq(name, "null"))
		return;
	ret->kind = OHB_EVENT_ACTION;
	if (ohb_streq(name, "finish")) {
		ret->text = ohb_json_text(args, "final_thought");
		add_line(line, "finishes: ", ret->text);
		return;
	}
	for (i = 0; i < OHB_ARRAY_LEN(old_actions); i++)
		if (ohb_streq(name, old_actions[i].name)) {
			old_actions[i].say(args, dir, line);
			return;
		}
	add_line(line, "calls ", tool ? tool : name);
}

static void read_old_result(json_t *json, const char *dir,
		struct ohb_agent_event *ret, struct ohb_str *line)
{
	const char *name = ohb_json_text(json, "observation");
	const char *content = ohb_json_text(json, "content");

	(void)dir;
	if (ohb_streq(name, "agent_state_changed")) {
		ret->kind = OHB_EVENT_STATUS;
		ret->text = ohb_json_text(json, "extras.agent_state");
		if (!ohb_streq(ret->text, "error"))
			return;
		ret->kind = OHB_EVENT_ERROR;
		ret->text = ohb_json_text(json, "extras.reason");
		return;
	}
	if (ohb_streq(name, "recall") || ohb_streq(name, "null"))
		return;
	ret->kind = OHB_EVENT_RESULT;
	if (content &&
			(ohb_streq(name, "error") ||
					ohb_starts(content, "ERROR:")))
		add_line(line, "gets an error: ", content);
}

bool ohb_agent_event_is(json_t *json)
{
	return ohb_json_text(json, "kind") || ohb_json_text(json, "action") ||
			ohb_json_text(json, "observation");
}

void ohb_agent_event_read(json_t *json, const char *dir,
		struct ohb_agent_event *ret, struct ohb_str *line)
{
	const char *kind = ohb_json_text(json, "kind");
	size_t i;

	*ret = (struct ohb_agent_event){ .kind = OHB_EVENT_OTHER };
	ret->id = ohb_json_text(json, "id");
	if (ret->id && (!*ret->id || strlen(ret->id) > ID_MAX_BYTES))
		ret->id = NULL;
	for (i = 0; i < OHB_ARRAY_LEN(kinds); i++)
		if (ohb_streq(kind, kinds[i].kind)) {
			kinds[i].read(json, dir, ret, line);
			return;
		}
	if (!kind && ohb_json_text(json, "action"))
		read_old_action(json, dir, ret, line);
	else if (!kind && ohb_json_text(json, "observation"))
		read_old_result(json, dir, ret, line);
}
