#ifndef OHBUILD_EVENT_H
#define OHBUILD_EVENT_H

/*
 * What happens during a build, as it happens.  Every part emits these; after
 * redaction they reach the sinks (terminal, plain lines, NDJSON, ledger).
 * The same fields, by the same names, are in docs/events.md.
 */

#include <stddef.h>
#include <stdint.h>

#include "ohbuild/error.h"

enum ohb_event_type {
	OHB_EV_BUILD_STARTED, /* count = targets that will run */
	OHB_EV_TARGET_QUEUED, /* text = why it will run */
	OHB_EV_TARGET_STARTED,
	OHB_EV_STEP_STARTED, /* step = stage, baseline, sandbox, agent, judge:test … */
	OHB_EV_STEP_ENDED, /* ok; duration_ms; text = first line of a failure */
	OHB_EV_AGENT, /* text = what the agent does now, one line */
	OHB_EV_WAIT, /* for up to duration_ms; text = for what */
	OHB_EV_USAGE, /* one model request: tokens, cost, model */
	OHB_EV_ATTEMPT_ENDED, /* verdict = outcome class; text = reason */
	OHB_EV_TARGET_ENDED, /* ok; verdict = class; text = reason; totals */
	OHB_EV_WARNING, /* text */
	OHB_EV_BUILD_ENDED, /* ok; count = targets made; totals */
};

/* Strings are UTF-8, borrowed for the call of the sink, NULL when they do
 * not apply. */
struct ohb_event {
	enum ohb_event_type type;
	int64_t time_ms; /* since the epoch */
	const char *target; /* name of the target: its first test path */
	const char *step;
	const char *text;
	const char *model;
	const char *verdict;
	unsigned attempt; /* from 1; 0 when it does not apply */
	int ok;
	int64_t duration_ms;
	uint64_t tokens_in, tokens_out;
	double cost_usd; /* negative: unknown */
	size_t count;
};

/* Called from worker threads, one call at a time. */
typedef void ohb_event_fn(void *userdata, const struct ohb_event *event);

/* "build_started", …: the name in NDJSON. */
OHB_API const char *ohb_event_name(enum ohb_event_type type);

#endif
