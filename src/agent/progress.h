#ifndef OHB_AGENT_PROGRESS_H
#define OHB_AGENT_PROGRESS_H

/*
 * What is known of a run while it goes on, and how it is ended: the same for
 * a server that is asked and for a command that is listened to.
 */

#include <stdbool.h>

#include "agent/agent.h"
#include "agent/event.h"

struct ohb_progress {
	const struct ohb_agent_options *options;
	struct ohb_outcome *outcome;
	char status[32]; /* as the server's: "running", "finished", … */
	int64_t started_ms, news_ms; /* on the monotonic clock */
	size_t calls; /* tools that are at work */
	bool failed; /* there was an error; then: */
	char kind[32]; /* its classification */
	struct ohb_str detail; /* its text */
};

/* The clocks start; options and outcome are borrowed. */
struct ohb_progress ohb_progress_begin(const struct ohb_agent_options *options,
		struct ohb_outcome *outcome);
void ohb_progress_release(struct ohb_progress *progress);

void ohb_progress_set_status(struct ohb_progress *progress, const char *status);
/* Of OHB_EVENT_ERROR. */
void ohb_progress_fail(struct ohb_progress *progress,
		const struct ohb_agent_event *event);
/* The agent's last words so far; NULL: none. */
void ohb_progress_say(struct ohb_progress *progress, const char *words);

/* A limit of the options that has passed: true, with class and reason. */
bool ohb_progress_is_late(const struct ohb_progress *progress,
		enum ohb_outcome_class *ret, char reason[128]);

/* Ends the run as class, for the reason given, of which one line is kept. */
void ohb_progress_conclude(struct ohb_progress *progress,
		enum ohb_outcome_class class, const char *reason);
/* Ends it as status and error say. */
void ohb_progress_end(struct ohb_progress *progress);

#endif
