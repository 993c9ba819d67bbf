#ifndef OHB_AGENT_CONVERSATION_H
#define OHB_AGENT_CONVERSATION_H

/* The REST protocol of the agent-server: what conversation.c (its beginning
 * and end) and run.c (what happens in it) share about one conversation. */

#include "agent/protocol.h"
#include "agent/server.h"
#include "base/map.h"
#include "base/memory.h"

struct ohb_conversation {
	struct ohb_agent agent;
	struct ohb_agent_options options;
	struct ohb_server server;
	const char *dir;
	char path[96]; /* "/api/conversations/<uuid>" */
	bool running; /* as far as we know */

	/* Every event so far.  The list is read from `cursor` on, which comes
	 * again, and from its start when the server does not know it any
	 * more: hence `seen`. */
	struct ohb_arena arena;
	struct ohb_map seen;
	const char *cursor; /* NULL at the start */
	struct ohb_str trajectory;
};

/* ohb_agent_open with a server that need not be a sandbox's; its strings and
 * key are borrowed. */
int ohb_agent_open_at(const struct ohb_agent_options *options,
		const struct ohb_server *server, const char *dir,
		struct ohb_agent **ret, struct ohb_error *err) OHB_MUST_CHECK;

/* `run` of the protocol. */
int ohb_conversation_run(struct ohb_agent *base, const char *message,
		size_t len, struct ohb_outcome *ret,
		struct ohb_error *err) OHB_MUST_CHECK;

/* Called for every new event, once, in order. */
struct ohb_agent_event;
typedef void ohb_agent_event_fn(
		void *userdata, const struct ohb_agent_event *event);

/* Reads what is new; says what it means; fn may be NULL.  1: something was,
 * 0: nothing was, -1.  OHB_E_LIMIT above OHB_MAX_EVENTS. */
int ohb_agent_read_events(struct ohb_conversation *agent,
		struct ohb_cancel *cancel, ohb_agent_event_fn *fn,
		void *userdata, struct ohb_error *err) OHB_MUST_CHECK;
/* Tells the server to stop at once; waits at most wait_ms for it.  Deaf to
 * Ctrl-C: this is what it leads to. */
void ohb_agent_interrupt(struct ohb_conversation *agent, int64_t wait_ms);

#endif
