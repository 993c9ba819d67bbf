#include "agent/conversation.h"

#include <stdio.h>
#include <string.h>

#include "agent/event.h"
#include "io/clock.h"
#include "io/wait.h"
#include "text/utf8.h"

#define POLL_FIRST_MS 300
#define POLL_LAST_MS 2000
#define SETTLE_MS 2000
#define SETTLE_POLL_MS 100
#define STOP_WAIT_MS 5000
#define CANCEL_WAIT_MS 1000
/* The agent's client repeats a request twice that was not answered in time. */
#define MODEL_REQUESTS 3

/* One message and what came of it. */
struct run {
	struct ohb_conversation *agent;
	struct ohb_cancel *cancel;
	struct ohb_outcome *outcome;
	char status[32];
	int64_t started_ms, answered_ms, news_ms;
	int64_t resting_ms; /* since when the server does not work on it */
	size_t calls; /* tools that are at work */
	bool arrived; /* our message is in the list of events */
	bool begun; /* this run, not the one before */
	bool timely; /* the status was read after that was known */
	bool woken;
	bool failed;
	char kind[32]; /* of the error: classification */
	struct ohb_str detail;
};

static void copy_text(char *to, size_t size, const char *from)
{
	(void)snprintf(to, size, "%s", from ? from : "");
}

static void take_event(void *userdata, const struct ohb_agent_event *event)
{
	struct run *run = userdata;
	struct ohb_str *words = &run->outcome->message;

	switch (event->kind) {
	case OHB_EVENT_ACTION:
		run->calls++;
		break;
	case OHB_EVENT_RESULT:
		if (!run->calls)
			return; /* of the run before */
		run->calls--;
		break;
	case OHB_EVENT_PROMPT:
		run->arrived = true;
		return;
	case OHB_EVENT_STATUS:
		run->begun |= ohb_streq(event->text, "running");
		return;
	case OHB_EVENT_ERROR:
		run->failed = true;
		copy_text(run->outcome->code, sizeof(run->outcome->code),
				event->code);
		copy_text(run->kind, sizeof(run->kind), event->class);
		ohb_str_clear(&run->detail);
		ohb_str_adds(&run->detail, event->text ? event->text : "");
		break;
	case OHB_EVENT_WORDS:
		break;
	case OHB_EVENT_OTHER:
		return;
	}
	run->begun = true;
	if (event->text && event->kind != OHB_EVENT_ERROR) {
		ohb_str_clear(words);
		ohb_str_adds(words, event->text);
	}
}

/* Ends the run as class, for the reason given. */
static void conclude(struct run *run, enum ohb_outcome_class class,
		const char *reason)
{
	struct ohb_outcome *outcome = run->outcome;
	ohb_autostr line = OHB_STR_INIT;

	outcome->class = class;
	ohb_utf8_line(&line, reason, strlen(reason),
			sizeof(outcome->detail) - 1);
	copy_text(outcome->detail, sizeof(outcome->detail),
			ohb_str_cstr(&line));
}

/* The same for one that the server still works on. */
static void stop(struct run *run, enum ohb_outcome_class class,
		const char *reason)
{
	int64_t wait_ms = class == OHB_RUN_INTERRUPTED ? CANCEL_WAIT_MS :
							 STOP_WAIT_MS;
	struct ohb_error ignored;

	conclude(run, class, reason);
	if (ohb_cancel_level(run->cancel) > 1)
		return;
	ohb_agent_interrupt(run->agent, wait_ms);
	if (class != OHB_RUN_INTERRUPTED)
		(void)!ohb_agent_read_events(run->agent, run->cancel,
				take_event, run, &ignored);
}

/* Reads status and events; 1: there was news, 0: none, -1. */
static int look(struct run *run, struct ohb_error *err)
{
	struct ohb_conversation *agent = run->agent;
	ohb_autoanswer answer = OHB_ANSWER_INIT;
	int news;

	run->timely = run->begun;
	if (ohb_server_ask(&agent->server, agent->path, NULL, run->cancel,
			    &answer, err) < 0 ||
			ohb_server_check(&answer, agent->path, err) < 0)
		return -1;
	copy_text(run->status, sizeof(run->status),
			ohb_json_text(answer.json, "execution_status"));
	news = ohb_agent_read_events(agent, run->cancel, take_event, run, err);
	if (news < 0)
		return -1;
	run->answered_ms = ohb_clock_mono_ms();
	if (news)
		run->news_ms = run->answered_ms;
	return news;
}

/* The status may be there before the event that explains it. */
static void settle(struct run *run)
{
	bool ok = ohb_streq(run->status, "finished");
	bool explained = !ok && !ohb_streq(run->status, "error");
	int64_t end = ohb_clock_mono_ms() + SETTLE_MS;
	struct ohb_error ignored;

	while (!explained && ohb_clock_mono_ms() < end) {
		explained = ok ? run->outcome->message.len > 0 : run->failed;
		if (explained ||
				ohb_wait_ms(run->cancel, SETTLE_POLL_MS,
						&ignored) < 0)
			return;
		(void)!ohb_agent_read_events(run->agent, run->cancel,
				take_event, run, &ignored);
	}
}

static void end_by_status(struct run *run)
{
	static const char *const reasons[] = {
		[OHB_RUN_FINISHED] = "",
		[OHB_RUN_STUCK] = "the agent did the same over and over",
		[OHB_RUN_INTERRUPTED] = "the run was paused by someone else",
		[OHB_RUN_UNKNOWN] = "the run ended without a reason",
	};
	struct ohb_outcome *outcome = run->outcome;
	const char *reason;

	run->agent->running = false;
	settle(run);
	outcome->class = ohb_outcome_classify(run->status,
			run->failed ? outcome->code : NULL,
			run->failed ? run->kind : NULL,
			run->failed ? run->detail.data : NULL);
	reason = run->failed && outcome->class != OHB_RUN_FINISHED ?
			ohb_str_cstr(&run->detail) :
			"";
	if (!*reason && outcome->class < OHB_ARRAY_LEN(reasons) &&
			reasons[outcome->class])
		reason = reasons[outcome->class];
	conclude(run, outcome->class, reason);
}

/*
 * A message starts its run, but that can get lost: then the conversation
 * stays `idle`.  One request to run is worth a try.  It is never sent while
 * there is work, as the server then answers only when that is done.
 */
static bool wake(struct run *run)
{
	struct ohb_conversation *agent = run->agent;
	const struct ohb_str none = OHB_STR_INIT;
	ohb_autoanswer answer = OHB_ANSWER_INIT;
	ohb_autostr path = OHB_STR_INIT;
	struct ohb_error ignored;

	if (run->woken || !run->arrived)
		return false;
	run->woken = true;
	run->resting_ms = ohb_clock_mono_ms();
	ohb_str_addf(&path, "%s/run", agent->path);
	(void)!ohb_server_ask(&agent->server, path.data, &none, run->cancel,
			&answer, &ignored);
	return true;
}

/*
 * The outcome by what the server answered, if it is one.  Just after a
 * message the status may be that of the run before: an end is believed when
 * this run was known to have begun, or after a time of grace.
 */
static bool is_over(struct run *run)
{
	static const char *const ends[] = { "finished", "error", "stuck",
		"paused" };
	int64_t now = ohb_clock_mono_ms();
	bool resting = ohb_streq(run->status, "idle");
	bool ended = false;
	size_t i;

	for (i = 0; i < OHB_ARRAY_LEN(ends); i++)
		ended |= ohb_streq(run->status, ends[i]);
	if (ohb_streq(run->status, "waiting_for_confirmation")) {
		stop(run, OHB_RUN_UNKNOWN, "the agent waits for a permission");
		return true;
	}
	if (!resting && !ended) {
		run->resting_ms = now;
		return false;
	}
	if (ended && run->timely) {
		end_by_status(run);
		return true;
	}
	if (now - run->resting_ms < run->agent->server.grace_ms || wake(run))
		return false;
	if (ended && run->arrived)
		end_by_status(run);
	else
		stop(run, OHB_RUN_DIED,
				run->arrived ? "the agent-server has the "
					       "message and does not run it" :
					       "the agent-server lost the "
					       "message");
	return true;
}

/* No answer, or a wrong one: is it for good? */
static bool is_lost(struct run *run, const struct ohb_error *err)
{
	int64_t patience_ms = run->agent->server.patience_ms;
	ohb_autostr why = OHB_STR_INIT;
	bool memory;

	if (err->code == OHB_E_CANCELLED) {
		stop(run, OHB_RUN_INTERRUPTED, "interrupted");
		return true;
	}
	if (err->code == OHB_E_LIMIT) {
		stop(run, OHB_RUN_STUCK, err->msg);
		return true;
	}
	if (ohb_server_is_gone(&run->agent->server, &why, &memory)) {
		run->agent->running = false;
		conclude(run, memory ? OHB_RUN_MEMORY : OHB_RUN_DIED, why.data);
		return true;
	}
	if (ohb_clock_mono_ms() - run->answered_ms < patience_ms)
		return false;
	ohb_str_addf(&why, "no good answer for %lld s: %s",
			(long long)(patience_ms / 1000), err->msg);
	run->agent->running = false;
	conclude(run, OHB_RUN_DIED, why.data);
	return true;
}

static bool is_late(struct run *run)
{
	const struct ohb_agent_options *options = &run->agent->options;
	int64_t now = ohb_clock_mono_ms();
	int64_t silence_ms = options->idle_timeout_ms;
	char reason[128];

	if (options->timeout_ms &&
			now - run->started_ms > options->timeout_ms) {
		(void)snprintf(reason, sizeof(reason),
				"no end after %lld s ('agent.timeout')",
				(long long)(options->timeout_ms / 1000));
		stop(run, OHB_RUN_TIMEOUT, reason);
		return true;
	}
	if (!silence_ms)
		return false;
	/* Without a tool at work it is the model that is waited for: that has
	 * limits of its own, which come first. */
	if (!run->calls)
		silence_ms += MODEL_REQUESTS * options->llm_timeout_ms;
	if (now - run->news_ms <= silence_ms)
		return false;
	(void)snprintf(reason, sizeof(reason),
			"nothing new for %lld s ('agent.idle_timeout')%s",
			(long long)(silence_ms / 1000),
			run->calls ? ": a command hangs" : "");
	stop(run, OHB_RUN_SILENT, reason);
	return true;
}

static void follow(struct run *run)
{
	struct ohb_error err = OHB_ERROR_INIT;
	int64_t pause_ms = POLL_FIRST_MS;

	for (;;) {
		int news = look(run, &err);

		if (news < 0 ? is_lost(run, &err) : is_over(run))
			return;
		if (is_late(run))
			return;
		pause_ms = news > 0 ? POLL_FIRST_MS : pause_ms * 3 / 2;
		if (pause_ms > POLL_LAST_MS)
			pause_ms = POLL_LAST_MS;
		if (ohb_wait_ms(run->cancel, pause_ms, &err) < 0 &&
				is_lost(run, &err))
			return;
	}
}

/* -1 when the server refuses the message.  Without any answer it may have
 * taken it or not: following the run will tell. */
static int send_message(struct run *run, const char *message, size_t len,
		struct ohb_error *err)
{
	struct ohb_conversation *agent = run->agent;
	ohb_autojson *json = json_pack("{s:s, s:[{s:s, s:o}], s:b}", "role",
			"user", "content", "type", "text", "text",
			ohb_json_bytes(message, len), "run", 1);
	ohb_autoanswer answer = OHB_ANSWER_INIT;
	ohb_autostr path = OHB_STR_INIT;
	ohb_autostr body = OHB_STR_INIT;

	ohb_str_addf(&path, "%s/events", agent->path);
	ohb_json_add(&body, json);
	agent->running = true;
	if (ohb_server_ask(&agent->server, path.data, &body, run->cancel,
			    &answer, err) < 0)
		return 0;
	return ohb_server_check(&answer, "message", err);
}

int ohb_conversation_run(struct ohb_agent *base, const char *message,
		size_t len, struct ohb_outcome *ret, struct ohb_error *err)
{
	struct ohb_conversation *agent = (struct ohb_conversation *)base;
	struct ohb_outcome outcome = { .class = OHB_RUN_UNKNOWN };
	struct run run = {
		.agent = agent,
		.cancel = agent->options.cancel,
		.outcome = &outcome,
		.detail = OHB_STR_INIT,
	};
	struct ohb_error ignored;

	/* What is still to be told of the run before is not of this one. */
	(void)!ohb_agent_read_events(agent, run.cancel, NULL, NULL, &ignored);
	run.started_ms = ohb_clock_mono_ms();
	run.answered_ms = run.news_ms = run.resting_ms = run.started_ms;
	if (send_message(&run, message, len, err) < 0) {
		agent->running = false;
		return -1;
	}
	follow(&run);
	ohb_str_release(&run.detail);
	*ret = outcome;
	return 0;
}
