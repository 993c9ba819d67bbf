#ifndef OHB_GATEWAY_RETRY_H
#define OHB_GATEWAY_RETRY_H

/* How long to wait before a provider is asked again. */

#include <stdint.h>

#include "io/http.h"

/* What the reply asks for by Retry-After (seconds or a date, compared with
 * wall_ms) or Retry-After-Ms; -1: it does not say. */
int64_t ohb_retry_asked_ms(
		const struct ohb_http_response *reply, int64_t wall_ms);

/* "Sun, 06 Nov 1994 08:49:37 GMT", the one form that is still written, as
 * milliseconds since the epoch; -1: it is none. */
int64_t ohb_retry_date_ms(const char *text);

/* Exponential with full jitter: anything up to base_ms doubled `tries`
 * times, at most 30 times base_ms. */
int64_t ohb_retry_backoff_ms(unsigned tries, int64_t base_ms);

#endif
