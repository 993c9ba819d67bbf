#ifndef OHB_AGENT_PROTOCOL_H
#define OHB_AGENT_PROTOCOL_H

/* The seam between agent.h and the ways to speak to OpenHands: one table of
 * four functions each, as agent.h describes them. */

#include <jansson.h>

#include "agent/agent.h"

struct ohb_agent_ops {
	int (*open)(const struct ohb_agent_options *options,
			struct ohb_agent **ret, struct ohb_error *err);
	int (*run)(struct ohb_agent *agent, const char *message, size_t len,
			struct ohb_outcome *ret, struct ohb_error *err);
	int (*trajectory)(struct ohb_agent *agent, struct ohb_str *out,
			struct ohb_error *err);
	void (*close)(struct ohb_agent *agent); /* never NULL */
};

/* The first member of each protocol's own struct. */
struct ohb_agent {
	const struct ohb_agent_ops *ops;
};

extern const struct ohb_agent_ops ohb_agent_server; /* conversation.c */
extern const struct ohb_agent_ops ohb_agent_command; /* command.c */

#define OHB_AGENT_ID 37
/* A random UUID (version 4): a repeated request can not make two. */
void ohb_agent_make_id(char id[OHB_AGENT_ID]);

/* A condenser only works, and asks a model, once a history has grown to
 * `max_size` events: the limit of a long run, not of a usual one. */
#define OHB_CONDENSER_MAX_SIZE 80
#define OHB_CONDENSER_KEEP_FIRST 2

/* The model as the SDK wants it: the gateway, under a usage id. */
json_t *ohb_agent_llm_json(
		const struct ohb_agent_options *options, const char *usage);

#endif
