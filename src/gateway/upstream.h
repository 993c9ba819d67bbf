#ifndef OHB_GATEWAY_UPSTREAM_H
#define OHB_GATEWAY_UPSTREAM_H

/*
 * A model at its address, as all agents of a build share it: its breaker and
 * its pool.  A try enters before it is sent and leaves with what came of it.
 * In a replay there is no model, and none of this.
 */

#include "gateway/breaker.h"
#include "gateway/pool.h"

struct ohb_gateway;
struct ohb_grant;
struct ohb_gateway_model;
struct ohb_try;

/* The rest of a try's way through here. */
struct ohb_upstream_pass {
	struct ohb_upstream *upstream; /* NULL: it has not entered */
	enum ohb_gate gate;
	struct ohb_pace_use use;
};

void ohb_upstreams_open(struct ohb_gateway *gateway);
void ohb_upstreams_close(struct ohb_gateway *gateway);

/*
 * Waits for the breaker and the pool: in vain, if another model of the grant
 * could answer sooner.  False: not to be sent; failure, words and skipped are
 * set, or err when it was cancelled.
 */
bool ohb_upstream_enter(struct ohb_try *try);
/* May correct the class of a failure: see ohb_breaker_tell. */
void ohb_upstream_leave(struct ohb_try *try);
/* It was not sent after all, or says nothing of the model.  Again: nothing. */
void ohb_upstream_spare(struct ohb_try *try);

/* Says once that the model is out of this build and the next one is asked. */
void ohb_upstream_announce(const struct ohb_try *try);

/* Whether that is too long to wait for this model: the request would be late,
 * or another model could answer sooner. */
bool ohb_upstream_gives_up(const struct ohb_try *try, int64_t wait_ms);

/* Before a request waits: if that is long, it is said. */
void ohb_upstream_say_wait(const struct ohb_grant *grant,
		const struct ohb_gateway_model *model, int64_t wait_ms,
		const char *why);

/* Appends what the model failed by last; nothing when it never did. */
void ohb_upstream_why(const struct ohb_grant *grant,
		const struct ohb_gateway_model *model, struct ohb_str *out);

/* How long a 429 asks to wait: by Retry-After, or else until what is used up
 * is full again; -1: it does not say. */
int64_t ohb_upstream_asked_ms(const struct ohb_http_response *reply);

#endif
