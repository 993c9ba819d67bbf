#ifndef OHB_GATEWAY_REQUEST_H
#define OHB_GATEWAY_REQUEST_H

/* What an agent asks, and what of it goes on to a provider. */

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

/* The two ways to ask a model. */
enum ohb_api {
	OHB_API_CHAT, /* /chat/completions */
	OHB_API_RESPONSES, /* /responses */
};

#define OHB_REQUEST_NAMES 48

/* One member that goes on, as it stands in the text. */
struct ohb_passed {
	const char *name; /* NULL: behind the last one */
	const char *value;
	size_t len;
};

struct ohb_request {
	enum ohb_api api;
	const struct ohb_str *text; /* as the agent wrote it; borrowed */
	struct ohb_passed passed[OHB_REQUEST_NAMES + 1];
	bool capped; /* the agent says how long the answer may be */
	bool streamed; /* it wants the answer piece by piece */
	bool wants_usage; /* and a last piece that says what it used */
};

int ohb_request_read(enum ohb_api api, const struct ohb_str *text,
		struct ohb_request *ret, struct ohb_error *err) OHB_MUST_CHECK;

/* All that goes on, for who has to change it.  New reference, or NULL. */
json_t *ohb_request_json(
		const struct ohb_request *request, struct ohb_error *err);

#endif
