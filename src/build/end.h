#ifndef OHB_BUILD_END_H
#define OHB_BUILD_END_H

/* How a target's run ends, and what follows from it: one table. */

#include <stdbool.h>

#include "agent/agent.h"
#include "gateway/gateway.h"
#include "ohbuild/error.h"

enum ohb_end_class {
	OHB_END_OK,
	OHB_END_BUG, /* ok, but the agent suspects a bug in the source */
	OHB_END_AGENT, /* every attempt was refused by the judge */
	OHB_END_SAME, /* refused twice for the same reason */
	OHB_END_BLOCKED, /* the agent says that it cannot be done */
	OHB_END_BEFORE, /* failed with this key in an earlier build */
	OHB_END_CONFIG, /* what openhands.yml says cannot work */
	OHB_END_BUDGET, /* no money is left for it */
	OHB_END_INFRA, /* engine, image, provider, disk */
	OHB_END_CHANGED, /* an input changed while the agent worked */
	OHB_END_CONFLICT, /* a person wrote the test meanwhile */
	OHB_END_ADOPTED, /* judged good as it stood on disk */
	OHB_END_REVALIDATED, /* the old test holds: no agent was asked */
	OHB_END_OUTDATED, /* it does not: an agent is to be asked */
	OHB_END_EDITED, /* a person's file, which the judge refused */
	OHB_END_MERGE, /* a person's file and an agent's do not go together */
	OHB_END_INTERRUPTED,
	OHB_END_ENDED, /* cut short: what ended another ended the build */
};

/* Of OHB_END_MERGE: its records say that an agent was asked. */
#define OHB_END_MERGE_NAME "merge"

struct ohb_end_row {
	const char *name; /* in records, events and output */
	bool made; /* the target is fresh now */
	bool remember; /* the same key is not tried again */
	bool refuses; /* … with the same files of a person */
	bool cut_short; /* not run to its end: has not failed */
	bool undecided; /* goes on with an agent, in the same build */
	bool end_build; /* every other target would end so, too */
	bool go_on; /* though it failed, others are begun without -k */
	bool infrastructure, configuration, budget; /* for the exit status */
};

const struct ohb_end_row *ohb_end_row(enum ohb_end_class class);

/* What a failure of ours means for the target. */
enum ohb_end_class ohb_end_of_error(const struct ohb_error *err);
/* What became of the agent's run when no model would answer it. */
enum ohb_outcome_class ohb_end_outcome(enum ohb_provider_failure failure);
/* What an agent's end means, when it ends the target. */
enum ohb_end_class ohb_end_of_outcome(enum ohb_outcome_class class);

#endif
