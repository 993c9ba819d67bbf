#ifndef OHB_GATEWAY_REQUEST_H
#define OHB_GATEWAY_REQUEST_H

/* What an agent asks, and what of it goes on to a provider. */

#include <jansson.h>
#include <stdbool.h>

#include "base/str.h"
#include "gateway/gateway.h"

struct ohb_request {
	const struct ohb_str *text; /* as the agent wrote it; borrowed */
	json_t *passed; /* what may go on, without the model */
	bool capped; /* the agent says how long the answer may be */
};

int ohb_request_read(const struct ohb_str *text, struct ohb_request *ret,
		struct ohb_error *err) OHB_MUST_CHECK;
void ohb_request_release(struct ohb_request *request);

enum ohb_cap {
	OHB_CAP, /* max_tokens */
	OHB_CAP_NEWER, /* max_completion_tokens */
};

/* Appends the body for this model.  Unless the agent gives one, it has a cap
 * of the answer's length: without it some models reserve their whole context
 * for it. */
void ohb_request_write(const struct ohb_request *request,
		const struct ohb_gateway_model *model, enum ohb_cap cap,
		struct ohb_str *out);

#endif
