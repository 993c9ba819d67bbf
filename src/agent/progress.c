#include "agent/progress.h"

#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "io/clock.h"
#include "text/utf8.h"

/* The agent's client repeats a request twice that was not answered in time. */
#define MODEL_REQUESTS 3

struct ohb_progress ohb_progress_begin(const struct ohb_agent_options *options,
		struct ohb_outcome *outcome)
{
	int64_t now = ohb_clock_mono_ms();

	return (struct ohb_progress){
		.options = options,
		.outcome = outcome,
		.started_ms = now,
		.news_ms = now,
		.detail = OHB_STR_INIT,
	};
}

void ohb_progress_release(struct ohb_progress *progress)
{
	ohb_str_release(&progress->detail);
}

static void copy_text(char *to, size_t size, const char *from)
{
	(void)snprintf(to, size, "%s", from ? from : "");
}

void ohb_progress_set_status(struct ohb_progress *progress, const char *status)
{
	copy_text(progress->status, sizeof(progress->status), status);
}

void ohb_progress_fail(struct ohb_progress *progress,
		const struct ohb_agent_event *event)
{
	struct ohb_outcome *outcome = progress->outcome;

	progress->failed = true;
	copy_text(outcome->code, sizeof(outcome->code), event->code);
	copy_text(progress->kind, sizeof(progress->kind), event->class);
	ohb_str_clear(&progress->detail);
	ohb_str_adds(&progress->detail, event->text ? event->text : "");
}

void ohb_progress_say(struct ohb_progress *progress, const char *words)
{
	if (!words)
		return;
	ohb_str_clear(&progress->outcome->message);
	ohb_str_adds(&progress->outcome->message, words);
}

bool ohb_progress_is_late(const struct ohb_progress *progress,
		enum ohb_outcome_class *ret, char reason[128])
{
	const struct ohb_agent_options *options = progress->options;
	int64_t now = ohb_clock_mono_ms();
	int64_t silence_ms = options->idle_timeout_ms;

	if (options->timeout_ms &&
			now - progress->started_ms > options->timeout_ms) {
		(void)snprintf(reason, 128,
				"no end after %lld s ('agent.timeout')",
				(long long)(options->timeout_ms / 1000));
		*ret = OHB_RUN_TIMEOUT;
		return true;
	}
	if (!silence_ms)
		return false;
	/* Without a tool at work it is the model that is waited for: that has
	 * limits of its own, which come first. */
	if (!progress->calls)
		silence_ms += MODEL_REQUESTS * options->llm_timeout_ms;
	if (now - progress->news_ms <= silence_ms)
		return false;
	(void)snprintf(reason, 128,
			"nothing new for %lld s ('agent.idle_timeout')%s",
			(long long)(silence_ms / 1000),
			progress->calls ? ": a command hangs" : "");
	*ret = OHB_RUN_SILENT;
	return true;
}

void ohb_progress_conclude(struct ohb_progress *progress,
		enum ohb_outcome_class class, const char *reason)
{
	struct ohb_outcome *outcome = progress->outcome;
	ohb_autostr line = OHB_STR_INIT;

	outcome->class = class;
	ohb_utf8_line(&line, reason, strlen(reason),
			sizeof(outcome->detail) - 1);
	copy_text(outcome->detail, sizeof(outcome->detail),
			ohb_str_cstr(&line));
}

void ohb_progress_end(struct ohb_progress *progress)
{
	static const char *const reasons[] = {
		[OHB_RUN_FINISHED] = "",
		[OHB_RUN_STUCK] = "the agent did the same over and over",
		[OHB_RUN_INTERRUPTED] = "the run was paused by someone else",
		[OHB_RUN_UNKNOWN] = "the run ended without a reason",
	};
	const bool failed = progress->failed;
	const char *detail = failed ? ohb_str_cstr(&progress->detail) : NULL;
	enum ohb_outcome_class class = ohb_outcome_classify(progress->status,
			failed ? progress->outcome->code : NULL,
			failed ? progress->kind : NULL, detail);
	const char *reason = "";

	if (detail && class != OHB_RUN_FINISHED)
		reason = detail;
	if (!*reason && class < OHB_ARRAY_LEN(reasons) && reasons[class])
		reason = reasons[class];
	ohb_progress_conclude(progress, class, reason);
}
