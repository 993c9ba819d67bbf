#ifndef OHB_AGENT_SERVER_H
#define OHB_AGENT_SERVER_H

/* The agent-server as a partner: one request, one answer, and whether it is
 * there at all. */

#include <stdint.h>

#include "base/cancel.h"
#include "base/secret.h"
#include "base/str.h"
#include "sandbox/sandbox.h"
#include "text/json.h"

struct ohb_server {
	const char *url;
	const struct ohb_secret *key;
	struct ohb_sandbox *sandbox; /* NULL: nobody knows its container */
	int64_t request_timeout_ms; /* of one request */
	int64_t patience_ms; /* without an answer, and it counts as gone */
	int64_t grace_ms; /* from a message to the run's start */
};

struct ohb_answer {
	int status;
	json_t *json;
};

#define OHB_ANSWER_INIT                   \
	{                                 \
		.status = 0, .json = NULL \
	}

void ohb_answer_release(struct ohb_answer *answer);
#define ohb_autoanswer \
	__attribute__((cleanup(ohb_answer_release))) struct ohb_answer

/* body NULL: GET, else POST (with "" for none).  Any status is success; a
 * 2xx answer that is not JSON is OHB_E_PROTOCOL.  cancel may be NULL. */
int ohb_server_ask(const struct ohb_server *server, const char *path,
		const struct ohb_str *body, struct ohb_cancel *cancel,
		struct ohb_answer *ret, struct ohb_error *err) OHB_MUST_CHECK;
/* Fails with OHB_E_INFRA in the server's own words, unless the status is
 * 2xx. */
int ohb_server_check(const struct ohb_answer *answer, const char *path,
		struct ohb_error *err) OHB_MUST_CHECK;

/* Waits until the server is healthy, watching its container meanwhile. */
int ohb_server_wait(const struct ohb_server *server, int64_t timeout_ms,
		struct ohb_cancel *cancel,
		struct ohb_error *err) OHB_MUST_CHECK;
/* Whether the container stopped; then why, with its last words, and whether
 * it ran out of memory.  A container
 * that can not be asked about counts as running. */
bool ohb_server_is_gone(const struct ohb_server *server, struct ohb_str *why,
		bool *ret_memory);

#endif
