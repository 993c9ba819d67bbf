#ifndef OHB_GATEWAY_MISTRAL_H
#define OHB_GATEWAY_MISTRAL_H

/*
 * Mistral's API is OpenAI's, but refuses what it does not know: members of a
 * request or a message, other names, and ids of tool calls that are not nine
 * letters or digits, as those of another model before it.
 */

#include "gateway/gateway.h"
#include "gateway/request.h"

int ohb_mistral_write(const struct ohb_request *request,
		const struct ohb_gateway_model *model, struct ohb_str *out,
		struct ohb_error *err) OHB_MUST_CHECK;

#endif
