#ifndef OHB_SANDBOX_OPENHANDS_H
#define OHB_SANDBOX_OPENHANDS_H

/*
 * Private to this floor: what an agent-server must be told about the place
 * it runs in.  Everything else about it is the agent floor's.
 */

#include <stddef.h>

#define OHB_OPENHANDS_PORT "8000"

struct ohb_openhands_path {
	const char *env, *folder; /* beside the project */
};

/* By default they depend on where the server was started. */
#define OHB_OPENHANDS_PATHS 3
static const struct ohb_openhands_path
		ohb_openhands_paths[OHB_OPENHANDS_PATHS] = {
			{ "OH_CONVERSATIONS_PATH", "conversations" },
			{ "OH_BASH_EVENTS_DIR", "bash_events" },
			{ "OH_WORKSPACE_PATH", "project" },
		};

#endif
