#include "agent/conversation.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/event.h"
#include "agent/version.h"
#include "base/limits.h"
#include "io/clock.h"
#include "io/http.h"
#include "io/wait.h"

#define HEALTH_TIMEOUT_MS 120000
#define REQUEST_TIMEOUT_MS 20000
#define PATIENCE_MS 60000
#define CLOSE_WAIT_MS 1000
#define INTERRUPT_POLL_MS 100
#define CONVERSATIONS "/api/conversations"
#define PAGE_EVENTS 100u /* the most that a server gives */
#define PAGES_AT_ONCE 64u

static int check_version(
		const struct ohb_conversation *agent, struct ohb_error *err)
{
	ohb_autoanswer answer = OHB_ANSWER_INIT;
	ohb_autostr line = OHB_STR_INIT;
	struct ohb_error ignored;

	/* A server that does not tell may be one that works. */
	if (ohb_server_ask(&agent->server, "/server_info", NULL,
			    agent->options.cancel, &answer, &ignored) < 0)
		return 0;
	if (ohb_version_check(ohb_json_text(answer.json, "version"), &line,
			    err) < 0)
		return -1;
	if (line.len)
		agent->options.say(agent->options.userdata, line.data);
	return 0;
}

/*
 * No `agent_context`: no skills, so nothing is looked for on the network.
 * No `initial_message`: it would start the run at once.  No title, which
 * would be another request to the model.
 */
static json_t *conversation_json(const struct ohb_conversation *agent)
{
	const struct ohb_agent_options *options = &agent->options;

	return json_pack("{s:s, s:{s:s}, s:{s:o, s:[{s:s}, {s:s}, {s:s}],"
			 " s:{s:s, s:o, s:i, s:i}}, s:I, s:b}",
			"conversation_id", strrchr(agent->path, '/') + 1,
			"workspace", "working_dir", agent->dir, "agent", "llm",
			ohb_agent_llm_json(options, "agent"), "tools", "name",
			"terminal", "name", "file_editor", "name",
			"task_tracker", "condenser", "kind",
			"LLMSummarizingCondenser", "llm",
			ohb_agent_llm_json(options, "condenser"), "max_size",
			OHB_CONDENSER_MAX_SIZE, "keep_first",
			OHB_CONDENSER_KEEP_FIRST, "max_iterations",
			(json_int_t)options->max_iterations, "autotitle", 0);
}

static int ask_conversation(struct ohb_conversation *agent, const json_t *json,
		struct ohb_answer *ret, struct ohb_error *err)
{
	ohb_autostr body = OHB_STR_INIT;
	int failed;

	ohb_json_add(&body, json);
	failed = ohb_server_ask(&agent->server, CONVERSATIONS, &body,
			agent->options.cancel, ret, err);
	ohb_wipe(body.data, body.len);
	return failed;
}

static int make_conversation(
		struct ohb_conversation *agent, struct ohb_error *err)
{
	ohb_autojson *json = conversation_json(agent);
	ohb_autoanswer answer = OHB_ANSWER_INIT;

	if (!json)
		return ohb_fail(err, OHB_E_CONFIG,
				"the sandbox's folder or the model's address "
				"is not UTF-8");
	if (ask_conversation(agent, json, &answer, err) < 0)
		return -1;
	if (answer.status == 422) {
		ohb_answer_release(&answer);
		ohb_version_simplify(json);
		if (ask_conversation(agent, json, &answer, err) < 0)
			return -1;
	}
	return ohb_server_check(&answer, CONVERSATIONS, err);
}

static int begin(struct ohb_conversation *agent, struct ohb_error *err)
{
	int64_t timeout_ms = agent->options.health_timeout_ms;
	ohb_autostr why = OHB_STR_INIT;
	bool memory;

	if (!timeout_ms)
		timeout_ms = HEALTH_TIMEOUT_MS;
	if (ohb_server_wait(&agent->server, timeout_ms, agent->options.cancel,
			    err) < 0)
		return -1;
	if (check_version(agent, err) < 0)
		return -1;
	if (make_conversation(agent, err) == 0)
		return 0;
	if (err->code == OHB_E_CANCELLED || err->code == OHB_E_CONFIG)
		return -1;
	if (ohb_server_is_gone(&agent->server, &why, &memory))
		return ohb_fail(err, OHB_E_INFRA, "%s", why.data);
	err->code = OHB_E_INFRA;
	return -1;
}

static void close_conversation(struct ohb_agent *base)
{
	struct ohb_conversation *agent = (struct ohb_conversation *)base;

	if (agent->running && ohb_cancel_level(agent->options.cancel) < 2)
		ohb_agent_interrupt(agent, CLOSE_WAIT_MS);
	ohb_map_release(&agent->seen);
	ohb_arena_release(&agent->arena);
	ohb_str_release(&agent->trajectory);
	free(agent);
}

static int trajectory(struct ohb_agent *base, struct ohb_str *out,
		struct ohb_error *err)
{
	struct ohb_conversation *agent = (struct ohb_conversation *)base;

	/* The server may be gone; what was read before still counts. */
	if (ohb_agent_read_events(agent, agent->options.cancel, NULL, NULL,
			    err) < 0 &&
			err->code == OHB_E_CANCELLED && !agent->trajectory.len)
		return -1;
	ohb_str_add(out, ohb_str_cstr(&agent->trajectory),
			agent->trajectory.len);
	return 0;
}

int ohb_agent_open_at(const struct ohb_agent_options *options,
		const struct ohb_server *server, const char *dir,
		struct ohb_agent **ret, struct ohb_error *err)
{
	struct ohb_conversation *agent = ohb_alloc(sizeof(*agent));
	char id[OHB_AGENT_ID];

	agent->agent.ops = &ohb_agent_server;
	agent->options = *options;
	agent->server = *server;
	agent->dir = dir;
	ohb_agent_make_id(id);
	(void)snprintf(agent->path, sizeof(agent->path),
			"/api/conversations/%s", id);
	if (begin(agent, err) < 0) {
		close_conversation(&agent->agent);
		return -1;
	}
	*ret = &agent->agent;
	return 0;
}

static int open_conversation(const struct ohb_agent_options *options,
		struct ohb_agent **ret, struct ohb_error *err)
{
	int64_t patience_ms = options->patience_ms ? options->patience_ms :
						     PATIENCE_MS;
	const struct ohb_server server = {
		.url = ohb_sandbox_url(options->sandbox),
		.key = options->session_key,
		.sandbox = options->sandbox,
		.request_timeout_ms = patience_ms < REQUEST_TIMEOUT_MS ?
				patience_ms :
				REQUEST_TIMEOUT_MS,
		.patience_ms = patience_ms,
		.grace_ms = patience_ms / 4,
	};

	return ohb_agent_open_at(options, &server,
			ohb_sandbox_dir(options->sandbox), ret, err);
}

static void keep_event(
		struct ohb_conversation *agent, const char *id, json_t *json)
{
	char *key = ohb_arena_strdup(&agent->arena, id);
	size_t before = agent->trajectory.len;

	(void)ohb_map_add(&agent->seen, key, key);
	agent->cursor = key;
	ohb_json_add(&agent->trajectory, json);
	ohb_str_addc(&agent->trajectory, '\n');
	if (agent->trajectory.len > OHB_MAX_TRAJECTORY)
		ohb_str_cut(&agent->trajectory, before);
}

/* One page; returns how many of its events are new, or -1. */
static int read_page(struct ohb_conversation *agent, json_t *page,
		ohb_agent_event_fn *fn, void *userdata, struct ohb_error *err)
{
	struct ohb_agent_event event;
	ohb_autostr line = OHB_STR_INIT;
	json_t *item;
	size_t i;
	int fresh = 0;

	json_array_foreach(ohb_json_at(page, "items"), i, item)
	{
		ohb_str_clear(&line);
		ohb_agent_event_read(item, agent->dir, &event, &line);
		if (!event.id || ohb_map_get(&agent->seen, event.id))
			continue;
		if (agent->seen.count >= OHB_MAX_EVENTS)
			return ohb_fail(err, OHB_E_LIMIT,
					"the conversation has more than %u "
					"events",
					OHB_MAX_EVENTS);
		keep_event(agent, event.id, item);
		fresh++;
		if (line.len)
			agent->options.say(agent->options.userdata, line.data);
		if (fn)
			fn(userdata, &event);
	}
	return fresh;
}

static int ask_page(struct ohb_conversation *agent, const char *cursor,
		struct ohb_cancel *cancel, struct ohb_answer *ret,
		struct ohb_error *err)
{
	ohb_autostr path = OHB_STR_INIT;

	ohb_str_addf(&path, "%s/events/search?limit=%u&sort_order=TIMESTAMP",
			agent->path, PAGE_EVENTS);
	if (cursor) {
		ohb_str_adds(&path, "&page_id=");
		ohb_http_escape(&path, cursor, strlen(cursor));
	}
	if (ohb_server_ask(&agent->server, path.data, NULL, cancel, ret, err) <
			0)
		return -1;
	return ohb_server_check(ret, "events", err);
}

int ohb_agent_read_events(struct ohb_conversation *agent,
		struct ohb_cancel *cancel, ohb_agent_event_fn *fn,
		void *userdata, struct ohb_error *err)
{
	ohb_autofree char *next =
			agent->cursor ? ohb_strdup(agent->cursor) : NULL;
	/* Enough to go through all that is known once more; a list that never
	 * ends is left to the next call and the clocks between. */
	size_t pages = PAGES_AT_ONCE + agent->seen.count / PAGE_EVENTS;
	int any = 0;

	do {
		ohb_autoanswer answer = OHB_ANSWER_INIT;
		const char *name;
		int fresh;

		if (ask_page(agent, next, cancel, &answer, err) < 0)
			return -1;
		fresh = read_page(agent, answer.json, fn, userdata, err);
		if (fresh < 0)
			return -1;
		any |= fresh > 0;
		name = ohb_json_text(answer.json, "next_page_id");
		free(next);
		next = name ? ohb_strdup(name) : NULL;
	} while (next && --pages);
	return any;
}

/* Older servers can only pause, which lets a command come to its end. */
static int ask_to_stop(struct ohb_conversation *agent,
		const struct ohb_server *server, struct ohb_error *err)
{
	static const char *const ways[] = { "interrupt", "pause" };
	const struct ohb_str none = OHB_STR_INIT;
	size_t i;

	for (i = 0; i < OHB_ARRAY_LEN(ways); i++) {
		ohb_autoanswer answer = OHB_ANSWER_INIT;
		ohb_autostr path = OHB_STR_INIT;

		ohb_str_addf(&path, "%s/%s", agent->path, ways[i]);
		if (ohb_server_ask(server, path.data, &none, NULL, &answer,
				    err) < 0)
			return -1;
		if (answer.status != 404 && answer.status != 405)
			break;
	}
	agent->running = false;
	return 0;
}

void ohb_agent_interrupt(struct ohb_conversation *agent, int64_t wait_ms)
{
	int64_t end = ohb_clock_mono_ms() + wait_ms;
	struct ohb_server hasty = agent->server;
	struct ohb_error ignored;

	hasty.request_timeout_ms = wait_ms;
	do {
		ohb_autoanswer answer = OHB_ANSWER_INIT;
		const char *status;

		if (agent->running && ask_to_stop(agent, &hasty, &ignored) < 0)
			return;
		if (ohb_server_ask(&hasty, agent->path, NULL, NULL, &answer,
				    &ignored) < 0)
			return;
		status = ohb_json_text(answer.json, "execution_status");
		if (!ohb_streq(status, "running"))
			return;
	} while (ohb_clock_mono_ms() < end &&
			ohb_wait_ms(NULL, INTERRUPT_POLL_MS, &ignored) == 0);
}

const struct ohb_agent_ops ohb_agent_server = {
	.open = open_conversation,
	.run = ohb_conversation_run,
	.trajectory = trajectory,
	.close = close_conversation,
};
