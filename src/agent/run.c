#include "agent/conversation.h"

#include <stdio.h>
#include <string.h>

#include "agent/progress.h"
#include "io/clock.h"
#include "io/wait.h"

#define POLL_FIRST_MS 300
#define POLL_LAST_MS 2000
#define SETTLE_MS 2000
#define SETTLE_POLL_MS 100
#define STOP_WAIT_MS 5000
#define CANCEL_WAIT_MS 1000

/* One message and what came of it. */
struct run {
	struct ohb_conversation *agent;
	struct ohb_cancel *cancel;
	struct ohb_progress progress;
	int64_t answered_ms;
	int64_t resting_ms; /* since when the server does not work on it */
	bool arrived; /* our message is in the list of events */
	bool begun; /* this run, not the one before */
	bool timely; /* the status was read after that was known */
	bool woken;
};

static void take_event(void *userdata, const struct ohb_agent_event *event)
{
	struct run *run = userdata;

	switch (event->kind) {
	case OHB_EVENT_ACTION:
		run->progress.calls++;
		break;
	case OHB_EVENT_RESULT:
		if (!run->progress.calls)
			return; /* of the run before */
		run->progress.calls--;
		break;
	case OHB_EVENT_PROMPT:
		run->arrived = true;
		return;
	case OHB_EVENT_STATUS:
		run->begun |= ohb_streq(event->text, "running");
		return;
	case OHB_EVENT_ERROR:
		ohb_progress_fail(&run->progress, event);
		run->begun = true;
		return;
	case OHB_EVENT_WORDS:
		break;
	case OHB_EVENT_OTHER:
		return;
	}
	run->begun = true;
	ohb_progress_say(&run->progress, event->text);
}

/* Ends a run that the server still works on. */
static void stop(struct run *run, enum ohb_outcome_class class,
		const char *reason)
{
	int64_t wait_ms = class == OHB_RUN_INTERRUPTED ? CANCEL_WAIT_MS :
							 STOP_WAIT_MS;
	struct ohb_error ignored;

	ohb_progress_conclude(&run->progress, class, reason);
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
	ohb_progress_set_status(&run->progress,
			ohb_json_text(answer.json, "execution_status"));
	news = ohb_agent_read_events(agent, run->cancel, take_event, run, err);
	if (news < 0)
		return -1;
	run->answered_ms = ohb_clock_mono_ms();
	if (news)
		run->progress.news_ms = run->answered_ms;
	return news;
}

/* The status may be there before the event that explains it. */
static void settle(struct run *run)
{
	bool ok = ohb_streq(run->progress.status, "finished");
	bool explained = !ok && !ohb_streq(run->progress.status, "error");
	int64_t end = ohb_clock_mono_ms() + SETTLE_MS;
	struct ohb_error ignored;

	while (!explained && ohb_clock_mono_ms() < end) {
		explained = ok ? run->progress.outcome->message.len > 0 :
				 run->progress.failed;
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
	run->agent->running = false;
	settle(run);
	ohb_progress_end(&run->progress);
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
	bool resting = ohb_streq(run->progress.status, "idle");
	bool ended = false;
	size_t i;

	for (i = 0; i < OHB_ARRAY_LEN(ends); i++)
		ended |= ohb_streq(run->progress.status, ends[i]);
	if (ohb_streq(run->progress.status, "waiting_for_confirmation")) {
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
		ohb_progress_conclude(&run->progress,
				memory ? OHB_RUN_MEMORY : OHB_RUN_DIED,
				why.data);
		return true;
	}
	if (ohb_clock_mono_ms() - run->answered_ms < patience_ms)
		return false;
	ohb_str_addf(&why, "no good answer for %lld s: %s",
			(long long)(patience_ms / 1000), err->msg);
	run->agent->running = false;
	ohb_progress_conclude(&run->progress, OHB_RUN_DIED, why.data);
	return true;
}

static bool is_late(struct run *run)
{
	enum ohb_outcome_class class;
	char reason[128];

	if (!ohb_progress_is_late(&run->progress, &class, reason))
		return false;
	stop(run, class, reason);
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
	};
	struct ohb_error ignored;

	/* What is still to be told of the run before is not of this one. */
	(void)!ohb_agent_read_events(agent, run.cancel, NULL, NULL, &ignored);
	run.progress = ohb_progress_begin(&agent->options, &outcome);
	run.answered_ms = run.resting_ms = run.progress.started_ms;
	if (send_message(&run, message, len, err) < 0) {
		agent->running = false;
		return -1;
	}
	follow(&run);
	ohb_progress_release(&run.progress);
	*ret = outcome;
	return 0;
}
