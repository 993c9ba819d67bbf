#ifndef OHB_GATEWAY_DIALECT_H
#define OHB_GATEWAY_DIALECT_H

/*
 * How each provider is spoken to.  The first part of a model's id chooses,
 * "mistral" of "mistral/devstral"; who is not in the table speaks as OpenAI
 * does.
 */

#include <jansson.h>

#include "gateway/gateway.h"
#include "gateway/request.h"

enum ohb_wire {
	OHB_WIRE_OPENAI, /* what the agent asks goes on as it stands */
	OHB_WIRE_MISTRAL, /* the same, but nothing it does not know */
	OHB_WIRE_ANTHROPIC, /* /messages */
};

struct ohb_dialect {
	const char *provider; /* NULL: all others */
	enum ohb_wire wire;
	bool no_responses; /* it has no /responses */
	bool no_stream_options; /* says the usage unasked, or refuses this */
};

const struct ohb_dialect *ohb_dialect_of(const char *model_id);

/* What a provider teaches by refusing it.  A set has bit 1 << lesson. */
enum ohb_lesson {
	OHB_LESSON_NEWER_CAP, /* max_completion_tokens, not max_tokens */
	OHB_LESSON_NO_STREAM_OPTIONS,
	OHB_LESSONS,
};

/* The models of a grant that can: bits of a long. */
#define OHB_TEACHERS (8 * sizeof(unsigned long))

/* Whether this request can be asked of it; else OHB_E_CONFIG. */
int ohb_dialect_check(const struct ohb_dialect *dialect,
		const struct ohb_request *request,
		const struct ohb_gateway_model *model,
		struct ohb_error *err) OHB_MUST_CHECK;

/* Behind the base URL: "/chat/completions". */
const char *ohb_dialect_path(const struct ohb_dialect *dialect,
		const struct ohb_request *request);

/*
 * Appends the body for this model.  Unless the agent gives one, it has a cap
 * of the answer's length: without it some models reserve their whole context
 * for it.  lessons: a set.
 */
int ohb_dialect_write(const struct ohb_dialect *dialect,
		const struct ohb_request *request,
		const struct ohb_gateway_model *model, unsigned lessons,
		struct ohb_str *out, struct ohb_error *err) OHB_MUST_CHECK;

/* Its answer as the agent's dialect has it; other things as they are.  NULL
 * for NULL.  New reference. */
json_t *ohb_dialect_read(const struct ohb_dialect *dialect, json_t *reply);

/* Whether the provider is asked to answer piece by piece. */
bool ohb_dialect_streams(const struct ohb_dialect *dialect,
		const struct ohb_request *request);

#endif
