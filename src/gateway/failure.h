#ifndef OHB_GATEWAY_FAILURE_H
#define OHB_GATEWAY_FAILURE_H

/* What a provider's reply means, and what is done about it. */

#include <stdbool.h>

#include <jansson.h>

#include "base/secret.h"
#include "gateway/gateway.h"
#include "io/http.h"

enum ohb_cure {
	OHB_CURE_RETRY, /* ask the same model again, later */
	OHB_CURE_NEXT, /* asking it again cannot help: the next model */
	OHB_CURE_END, /* the agent has to know */
};

/* What a failure says about the model, beyond this request. */
enum ohb_mark {
	OHB_MARK_NONE,
	OHB_MARK_OUTAGE, /* counts towards its breaker */
	OHB_MARK_OUT, /* not asked again in this build */
};

struct ohb_failure_rule {
	const char *name; /* for people */
	const char *code; /* for the agent: error.code */
	int status; /* one that client libraries do not repeat */
	enum ohb_cure cure;
	bool ends_build; /* when no model is left: else only the target */
	enum ohb_mark mark;
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

/* The same when there was no reply. */
enum ohb_provider_failure ohb_failure_of_error(const struct ohb_error *err);

/* Puts "***" for each occurrence of the key (NULL: none). */
void ohb_failure_mask(struct ohb_str *text, const struct ohb_secret *key);

#endif
