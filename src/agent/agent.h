#ifndef OHB_AGENT_AGENT_H
#define OHB_AGENT_AGENT_H

/*
 * OpenHands, by one of three protocols.  One conversation per target; a
 * message starts a run, and the next message repairs in the same conversation,
 * with its history (but for `headless`, which has none).
 */

#include <stddef.h>
#include <stdint.h>

#include "base/cancel.h"
#include "base/secret.h"
#include "base/str.h"
#include "ohbuild/error.h"
#include "sandbox/sandbox.h"

/* How a run ended: data, not an error. */
enum ohb_outcome_class {
	OHB_RUN_FINISHED, /* says nothing about what was written */
	OHB_RUN_STUCK, /* the same over and over */
	OHB_RUN_ITERATIONS, /* max_iterations */
	OHB_RUN_TIMEOUT, /* our limit for one attempt */
	OHB_RUN_SILENT, /* our limit without a new event */
	OHB_RUN_CONTEXT, /* the conversation is too long or broken: a new one */
	OHB_RUN_AUTH,
	OHB_RUN_QUOTA,
	OHB_RUN_CONFIG, /* unknown model, bad request, bad tool */
	OHB_RUN_POLICY, /* the provider does not take what was sent */
	OHB_RUN_BUDGET, /* no money is left for another request */
	OHB_RUN_REPLAY_END, /* the cassette has no further reply */
	OHB_RUN_RATE_LIMIT,
	OHB_RUN_TRANSIENT, /* provider not there, 5xx, time-outs */
	OHB_RUN_DIED, /* the container or its server is gone */
	OHB_RUN_MEMORY, /* the container, as it ran out of memory */
	OHB_RUN_NO_ANSWER, /* our limit, and no model had answered */
	OHB_RUN_INTERRUPTED, /* Ctrl-C */
	OHB_RUN_UNKNOWN,
};

/* What the build does about it; one table in outcome.c. */
enum ohb_outcome_action {
	OHB_ACT_JUDGE, /* look at what was written */
	OHB_ACT_RETRY_LATER, /* infrastructure: back off, costs no attempt */
	OHB_ACT_END_TARGET,
	OHB_ACT_END_BUILD, /* the same would happen to every target */
};

struct ohb_outcome {
	enum ohb_outcome_class class;
	char code[96]; /* of the server, or "" */
	char detail[512]; /* one clean line for people */
	struct ohb_str message; /* the agent's last words to us */
	double cost_usd; /* of this run, as the agent counts; 0: it does not
			    know */
};

const char *ohb_outcome_name(enum ohb_outcome_class class);
enum ohb_outcome_action ohb_outcome_action(enum ohb_outcome_class class);
/* What a user can do about it: a clause to follow the detail; TARGET in it
 * stands for the target's name. */
const char *ohb_outcome_cure(enum ohb_outcome_class class);

/*
 * Classifies an end: status ("finished", "error", "stuck", "paused"), code
 * and detail of the last ConversationErrorEvent and its classification kind
 * (each NULL when absent).  Reads the text where the kind is known to be
 * wrong (a quota that comes as a rate limit).
 */
enum ohb_outcome_class ohb_outcome_classify(const char *status,
		const char *code, const char *kind, const char *detail);

/* Where the project of `headless` must not lie is /workspace: OpenHands 0.x
 * takes that for another name of the project's folder. */
#define OHB_HEADLESS_WORKSPACE "/ohbuild"

/* What the agent does now, in one clean line ("runs: make -s check", "writes
 * tests/test_ring.c"), from one event of the server. */
typedef void ohb_agent_say_fn(void *userdata, const char *line);

enum ohb_agent_protocol {
	OHB_AGENT_SERVER, /* REST calls of the agent-server */
	OHB_AGENT_CLI, /* `openhands --headless --json`, a process a run */
	OHB_AGENT_HEADLESS, /* openhands.core.main of 0.x, the same */
};

struct ohb_agent_options {
	enum ohb_agent_protocol protocol;
	struct ohb_sandbox *sandbox; /* agent role, open */
	const struct ohb_secret *session_key; /* SESSION_API_KEY of a server */
	const char *llm_url;
	const struct ohb_secret *llm_token;
	int64_t llm_timeout_ms; /* of the agent; above the gateway's hold */
	unsigned max_iterations;
	int64_t health_timeout_ms; /* 0: 120 s */
	int64_t timeout_ms; /* one run */
	int64_t idle_timeout_ms; /* no new event; counts only while the
				      model is not being waited for */
	int64_t patience_ms; /* without a good answer of the server, and it
				  counts as gone; 0: 60 s */
	struct ohb_cancel *cancel;
	ohb_agent_say_fn *say; /* on the caller's thread; not NULL */
	void *userdata;
};

struct ohb_agent;

/* Server: waits until it is healthy and makes the conversation. Errors are
 * OHB_E_INFRA with the container's last log lines, or OHB_E_CANCELLED. */
int ohb_agent_open(const struct ohb_agent_options *options,
		struct ohb_agent **ret, struct ohb_error *err) OHB_MUST_CHECK;
/* Sends the message and follows the run to its end.  0 with ret filled
 * whatever the end was, Ctrl-C too; -1 only when the server would not take
 * the message (OHB_E_INFRA). */
int ohb_agent_run(struct ohb_agent *agent, const char *message, size_t len,
		struct ohb_outcome *ret, struct ohb_error *err) OHB_MUST_CHECK;
void ohb_outcome_release(struct ohb_outcome *outcome);
/* Every event so far as NDJSON, one a line, as the server gave them; also
 * when the server is gone. */
int ohb_agent_trajectory(struct ohb_agent *agent, struct ohb_str *out,
		struct ohb_error *err) OHB_MUST_CHECK;
/* Interrupts a run that is still going, which takes at most 2 s, unless
 * Ctrl-C came twice.  NULL allowed. */
void ohb_agent_close(struct ohb_agent *agent);

#endif
