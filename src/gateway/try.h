#ifndef OHB_GATEWAY_TRY_H
#define OHB_GATEWAY_TRY_H

/*
 * One try at one provider: what is sent, and what became of it.  What may
 * stop or delay a request stands before it is sent (may_send in try.c), what
 * learns from its end stands after (learn); whether to try again is decided
 * in forward.c.
 */

#include "gateway/exchange.h"
#include "gateway/request.h"
#include "io/http.h"

struct ohb_try {
	struct ohb_grant *grant;
	const struct ohb_request *request;
	size_t index; /* of the grant's models */
	const struct ohb_gateway_model *model;
	int64_t deadline_ms; /* on the monotonic clock */

	struct ohb_str body; /* what is sent */

	/* What became of it. */
	struct ohb_error err; /* OHB_OK: a reply came */
	struct ohb_http_response reply; /* status 0: none came */
	json_t *answer; /* the reply's JSON; NULL: it is none */
	enum ohb_provider_failure failure;
	struct ohb_str words; /* the provider's, of a failure; without the key */
	struct ohb_usage usage; /* of an answer */
};

/* model: of the grant's.  The rest of *ret is set; released by the caller. */
void ohb_try_init(struct ohb_try *ret, struct ohb_grant *grant,
		const struct ohb_request *request, size_t model,
		int64_t deadline_ms);
void ohb_try_run(struct ohb_try *try);
void ohb_try_release(struct ohb_try *try);
#define ohb_autotry __attribute__((cleanup(ohb_try_release))) struct ohb_try

#endif
