#ifndef OHB_GATEWAY_FAILURE_H
#define OHB_GATEWAY_FAILURE_H

/* What a provider's reply means, and what is done about it. */

#include <jansson.h>

#include "base/secret.h"
#include "gateway/gateway.h"
#include "io/http.h"

enum ohb_cure {
	OHB_CURE_RETRY, /* ask the same model again, later */
	OHB_CURE_NEXT, /* asking it again cannot help: the next model */
	OHB_CURE_END, /* the agent has to know */
};

struct ohb_failure_rule {
	const char *code; /* for the agent: error.code */
	int status; /* one that client libraries do not repeat */
	enum ohb_cure cure;
};

const struct ohb_failure_rule *ohb_failure_rule(
		enum ohb_provider_failure failure);

/*
 * Reads a reply; body is its JSON, NULL when it is none.  OHB_PROVIDER_OK is
 * an answer with choices.  Else the provider's words are appended to words:
 * one line for people, bounded, without control characters and the key.
 */
enum ohb_provider_failure ohb_failure_of(const struct ohb_http_response *reply,
		json_t *body, const struct ohb_secret *key,
		struct ohb_str *words);

/* Puts "***" for each occurrence of the key (NULL: none). */
void ohb_failure_mask(struct ohb_str *text, const struct ohb_secret *key);

#endif
