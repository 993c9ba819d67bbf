#ifndef OHB_BUILD_SESSION_H
#define OHB_BUILD_SESSION_H

/*
 * One conversation with one agent about one target: its right to ask models,
 * its container, its server.  Everything is given back by close.
 */

#include <stdatomic.h>

#include "agent/agent.h"
#include "build/build.h"
#include "build/stage.h"

struct ohb_session {
	struct ohb_build *build;
	const struct ohb_target *target;
	atomic_uint attempt; /* of its events; set by the worker, read by
				the gateway's threads */
	struct ohb_purse *purse; /* pays for it; NULL: nothing is paid */
	char *name; /* of the container */
	struct ohb_gateway_model *models; /* in the order they are asked */
	struct ohb_digest *keys; /* theirs, as the ledger calls them */
	struct ohb_secret *key; /* of the agent-server */
	struct ohb_grant *grant;
	struct ohb_sandbox *sandbox;
	struct ohb_agent *agent;
};

/* attempt and purse are set already.  name is taken over, also on failure.  Close it in every case. */
int ohb_session_open(struct ohb_session *session, struct ohb_build *build,
		const struct ohb_target *target, const struct ohb_stage *stage,
		char *name, struct ohb_error *err) OHB_MUST_CHECK;
void ohb_session_close(struct ohb_session *session);

#endif
