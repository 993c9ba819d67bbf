#ifndef OHB_GATEWAY_POOL_H
#define OHB_GATEWAY_POOL_H

/*
 * The pace of one model, shared by all workers.  Who must wait does so in a
 * queue: the oldest request first, whatever its size, and one that comes
 * back after a failure has the place of its age.  All calls may come from
 * any thread.
 */

#include "base/cancel.h"
#include "gateway/pace.h"
#include "ohbuild/error.h"

struct ohb_pool;

/* floor: as ohb_pace_init. */
struct ohb_pool *ohb_pool_new(double floor);
void ohb_pool_free(struct ohb_pool *pool); /* nobody is in it; NULL allowed */

struct ohb_pool_wish {
	uint64_t tokens; /* about as many will be used */
	int64_t deadline_ms; /* of the held request, monotonic: the sooner it
				is, the older is the request */
	int64_t until_ms; /* waits no longer */
	struct ohb_cancel *cancel;
	/* Before it waits, with how long at most; or NULL. */
	void (*on_wait)(void *userdata, int64_t wait_ms);
	void *userdata;
};

/* Waits until the request may be sent; who gets in must leave.  OHB_E_TIMEOUT
 * as soon as that cannot be in time; OHB_E_CANCELLED. */
int ohb_pool_enter(struct ohb_pool *pool, const struct ohb_pool_wish *wish,
		struct ohb_pace_use *ret, struct ohb_error *err) OHB_MUST_CHECK;

struct ohb_pool_end {
	enum ohb_pace_end end;
	uint64_t tokens; /* really used; 0: not known */
	struct ohb_limits limits; /* of the reply */
	int64_t close_ms; /* a 429 asks for so much rest; 0: for none */
};

void ohb_pool_leave(struct ohb_pool *pool, const struct ohb_pace_use *use,
		const struct ohb_pool_end *end);

#endif
