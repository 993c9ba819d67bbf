#ifndef OHB_GATEWAY_ANTHROPIC_H
#define OHB_GATEWAY_ANTHROPIC_H

/*
 * Anthropic's own API, for agents that speak chat completions.  Not
 * translated: what it has no words for (seed, penalties, logit_bias, a
 * response_format), which is left out; and sound, files and addresses of
 * images other than https, which are refused.
 */

#include <jansson.h>

#include "gateway/gateway.h"
#include "gateway/request.h"

/* Appends the body of a request to /messages. */
int ohb_anthropic_write(const struct ohb_request *request,
		const struct ohb_gateway_model *model, struct ohb_str *out,
		struct ohb_error *err) OHB_MUST_CHECK;

/* A message as a chat completion; anything else as it is.  New reference. */
json_t *ohb_anthropic_read(json_t *reply);

#endif
