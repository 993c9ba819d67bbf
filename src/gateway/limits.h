#ifndef OHB_GATEWAY_LIMITS_H
#define OHB_GATEWAY_LIMITS_H

/*
 * What a provider says of its limits in the headers of a reply: how much is
 * left, and when it is full again.
 */

#include <stddef.h>
#include <stdint.h>

#include "io/http.h"

struct ohb_limit {
	int64_t total, left; /* -1: it does not say */
	int64_t reset_ms; /* from now; -1: it does not say */
};

struct ohb_limits {
	struct ohb_limit requests, tokens;
};

/*
 * Reads the dialects of OpenAI and Groq (x-ratelimit-reset-requests: 6m0s),
 * OpenRouter (x-ratelimit-reset: milliseconds since the epoch), Together and
 * the draft of the IETF (ratelimit-reset: seconds) and Anthropic
 * (anthropic-ratelimit-tokens-reset: a date of RFC 3339).  Dates are compared
 * with wall_ms.
 */
struct ohb_limits ohb_limits_read(
		const struct ohb_http_response *reply, int64_t wall_ms);

/* Milliseconds from now until what a reset header says; -1: not understood. */
int64_t ohb_limits_parse_reset(const char *text, size_t len, int64_t wall_ms);

#endif
