#ifndef OHB_GATEWAY_FLIGHT_H
#define OHB_GATEWAY_FLIGHT_H

/*
 * One request on its way and all who wait for its answer: an agent's library
 * repeats a request when it has lost patience, and the repeat is not paid
 * again.  It outlives its grant while somebody reads its answer.
 */

#include <sys/types.h>

#include "gateway/exchange.h"
#include "gateway/request.h"

/*
 * The flight of this request: one that is under way, or a new one.  Takes
 * what is in text.  Returns when it has landed, or when the first piece of a
 * streamed answer is there.  The grant is entered.
 */
struct ohb_flight *ohb_flight_take(struct ohb_grant *grant, enum ohb_api api,
		struct ohb_str *text);
void ohb_flight_leave(struct ohb_flight *flight);

/* The answer; its body grows while it is streamed: then only ohb_flight_read
 * looks at it. */
const struct ohb_answer *ohb_flight_answer(const struct ohb_flight *flight);

/* What there is of the body from `at`, at most max bytes; waits for it.  0:
 * that was all, -1: it ends in the middle. */
ssize_t ohb_flight_read(
		struct ohb_flight *flight, size_t at, char *ret, size_t max);

#endif
