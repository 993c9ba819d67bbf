#ifndef OHB_GATEWAY_TRY_H
#define OHB_GATEWAY_TRY_H

/*
 * One try at one provider: what is sent, and what became of it.  What may
 * stop or delay a request stands before it is sent (may_send in try.c), what
 * learns from its end stands after (learn); whether to try again is decided
 * in forward.c.
 */

#include <stdbool.h>

#include "gateway/budget.h"
#include "gateway/exchange.h"
#include "gateway/request.h"
#include "gateway/stream.h"
#include "gateway/upstream.h"
#include "io/http.h"

struct ohb_try {
	struct ohb_grant *grant;
	const struct ohb_request *request;
	struct ohb_answer *answer_to; /* gets a streamed one piece by piece */
	const struct ohb_dialect *dialect;
	size_t index; /* of the grant's models */
	const struct ohb_gateway_model *model;
	int64_t deadline_ms; /* on the monotonic clock */

	struct ohb_str body; /* what is sent */
	struct ohb_stream stream; /* when it is asked to stream */

	struct ohb_upstream_pass pass;
	struct ohb_tokens tokens; /* of it, at most */
	struct ohb_reservation reservation; /* of its cost */
	bool sent;

	/* What became of it. */
	bool skipped; /* not sent, for what is known already */
	bool again; /* at once: what was wrong with it is known now */
	struct ohb_error err; /* OHB_OK: a reply came */
	struct ohb_http_response reply; /* status 0: none came; a stream as
						it came, also when it was cut */
	json_t *answer; /* the reply's JSON; NULL: it is none; of a stream an
			   object with its usage */
	enum ohb_provider_failure failure;
	struct ohb_str words; /* the provider's, of a failure; without the key */
	struct ohb_usage usage; /* of an answer, whole or cut */
	int64_t latency_ms; /* from the request to the end of the reply */
	struct ohb_str text; /* an answer as the agent gets it, beyond what has
				been passed on already */
};

/* model: of the grant's.  The rest of *ret is set; released by the caller. */
void ohb_try_init(struct ohb_try *ret, struct ohb_grant *grant,
		const struct ohb_request *request, size_t model,
		int64_t deadline_ms, struct ohb_answer *answer);
void ohb_try_run(struct ohb_try *try);
/* The agent has seen a part of it: no other try can take its place. */
bool ohb_try_spoke(const struct ohb_try *try);
void ohb_try_release(struct ohb_try *try);
#define ohb_autotry __attribute__((cleanup(ohb_try_release))) struct ohb_try

#endif
