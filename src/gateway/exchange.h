#ifndef OHB_GATEWAY_EXCHANGE_H
#define OHB_GATEWAY_EXCHANGE_H

/*
 * The inside of the gateway: what server (HTTP), grant (who may ask, what it
 * cost, repeats) and forward (one request, held until it is answered) share.
 * The gateway's lock guards the list of grants and everything in a grant
 * that says so; it is never held while something waits for a provider.
 */

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "gateway/asked.h"
#include "gateway/cassette.h"
#include "gateway/dialect.h"
#include "gateway/gateway.h"
#include "gateway/tokens.h"

#define OHB_GATEWAY_HOLD_MS ((int64_t)10 * 60 * 1000)
#define OHB_GATEWAY_REQUEST_MS ((int64_t)10 * 60 * 1000)
/* An answer comes in one piece: a model that thinks is silent for minutes. */
#define OHB_GATEWAY_SILENCE_MS ((int64_t)5 * 60 * 1000)
#define OHB_GATEWAY_CLIENT_MS ((int64_t)30 * 1000)
#define OHB_GATEWAY_RETRY_MS ((int64_t)1000)
#define OHB_GATEWAY_TRIES 4 /* of one model in one held request */
#define OHB_GATEWAY_CONNECTIONS 1024

/*
 * What the agent gets.  A streamed answer grows while others read it: then
 * the gateway's lock guards it until its flight has landed.
 */
struct ohb_answer {
	struct ohb_gateway *gateway;
	int status;
	struct ohb_str body;
	bool streamed; /* body is a stream of events */
	bool broken; /* which ends in the middle */
};

struct ohb_grant {
	struct ohb_grant *next;
	struct ohb_gateway *gateway;
	struct ohb_grant_options options;
	struct ohb_secret *token;
	struct ohb_cancel cancel; /* revoke, close, or the build's end */
	struct ohb_tape *tape; /* of its target: NULL without cassettes */
	struct ohb_disguise disguise; /* set before the agent asks */
	char *dir; /* in it */
	/* Bit i: model i has taught it, see forward.c. */
	atomic_ulong lessons[OHB_LESSONS];
	struct ohb_tokens_known *known; /* by model; guarded by the lock */

	/* Guarded by the lock. */
	unsigned active; /* requests inside */
	struct ohb_flight *flights;
	struct ohb_usage usage;
	struct ohb_tally *tally; /* of each model */
	enum ohb_provider_failure failure;
	struct ohb_str words;
	const char *model;
};

struct ohb_gateway {
	struct ohb_gateway_options options; /* defaults filled in */
	char *replay, *record, *url;
	struct MHD_Daemon *daemon;
	pthread_mutex_t lock;
	pthread_cond_t changed; /* a flight landed, a grant has none left */
	struct ohb_grant *grants;
	struct ohb_tape *tapes;
	struct ohb_breakers *breakers;
	struct ohb_upstream *upstreams; /* guarded by the lock */
	struct ohb_cancel closing; /* ends the watcher */
	pthread_t watcher;
	int has_watcher;
};

/* The grant whose token this is, entered; NULL: nobody's.  Takes as long for
 * a wrong token as for a right one. */
struct ohb_grant *ohb_grant_enter(
		struct ohb_gateway *gateway, const char *token);
void ohb_grant_leave(struct ohb_grant *grant);

/* The same once more, for a thread that goes on when the caller leaves. */
void ohb_grant_stay(struct ohb_grant *grant);

/* A request was sent to a model; usage->requests is 1 when it answered. */
void ohb_grant_sent(struct ohb_grant *grant, size_t model, int64_t latency_ms,
		const struct ohb_usage *usage);

/* What became of a request, for the record.  What was spent without an answer
 * is told alone. */
void ohb_grant_spent(struct ohb_grant *grant, const char *model,
		const struct ohb_usage *delta);
void ohb_grant_succeeded(struct ohb_grant *grant, const char *model,
		const struct ohb_usage *delta);
void ohb_grant_failed(struct ohb_grant *grant,
		enum ohb_provider_failure failure, const char *words);

/* Ends every held request; the lock is not held. */
void ohb_grants_cancel(struct ohb_gateway *gateway);

/* Asks the grant's models until one answers or none will. */
void ohb_forward(struct ohb_grant *grant, const struct ohb_request *request,
		struct ohb_answer *ret);
/* The agent's request cannot go on: err says why. */
void ohb_forward_refused(struct ohb_grant *grant, struct ohb_error *err,
		struct ohb_answer *ret);

/* The next piece of a streamed answer. */
void ohb_answer_add(struct ohb_answer *answer, const char *data, size_t len);
/* An error in OpenAI's form. */
void ohb_answer_error(struct ohb_answer *ret, int status, const char *code,
		const char *text);

#endif
