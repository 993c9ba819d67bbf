#ifndef OHB_GATEWAY_ASKED_H
#define OHB_GATEWAY_ASKED_H

/*
 * What an agent asked, in the form that cassettes keep and compare: without
 * secrets and without what differs from run to run.  A JSON object; its list
 * of messages ("messages", or "input" of the responses dialect) grows from
 * request to request, so only what is new is kept.
 */

#include <jansson.h>

#include "base/digest.h"
#include "base/str.h"
#include "text/redact.h"

/* Where cassettes say that the agent's project lies, wherever it does. */
#define OHB_ASKED_DIR "/workspace/project"

/* What one conversation must not show, or has by another name. */
struct ohb_disguise {
	const struct ohb_redact *keys; /* of the providers; or NULL */
	struct ohb_redact own; /* of this conversation: its tokens */
	const char *dir; /* where its project lies; NULL: OHB_ASKED_DIR */
};

/* New reference. */
json_t *ohb_asked_of(json_t *request, const struct ohb_disguise *disguise);
struct ohb_digest ohb_asked_digest(const json_t *asked);

/* What `asked` has beyond `before` (NULL: nothing was).  New reference. */
json_t *ohb_asked_delta(json_t *before, json_t *asked);
/* The way back; NULL with OHB_E_CONFIG when it is no such delta. */
json_t *ohb_asked_apply(json_t *before, json_t *delta, struct ohb_error *err);

/* The first difference, for people, in up to three lines: where it is, what
 * was recorded, what is asked now. */
void ohb_asked_difference(json_t *recorded, json_t *asked, struct ohb_str *out);

/* A reply as it is kept (in), and as this conversation's agent gets it. */
void ohb_reply_disguise(
		const struct ohb_disguise *disguise, struct ohb_str *text);
void ohb_reply_restore(
		const struct ohb_disguise *disguise, struct ohb_str *text);

#endif
