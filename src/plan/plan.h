#ifndef OHB_PLAN_PLAN_H
#define OHB_PLAN_PLAN_H

/* Decides only: reads the graph and the facts, touches nothing. */

#include <stdbool.h>
#include <stddef.h>

#include "plan/facts.h"

enum ohb_verdict_kind {
	OHB_FRESH,
	OHB_NEVER_BUILT,
	OHB_STALE,
	OHB_MISSING,
	OHB_EDITED, /* a person's file */
	OHB_FAILED_BEFORE, /* with the same key */
	OHB_BLOCKED, /* what it needs failed before, or is blocked */
};

const char *ohb_verdict_name(enum ohb_verdict_kind kind); /* "never built" */

/* How a target that is to be built becomes fresh. */
enum ohb_way {
	OHB_WAY_AGENT, /* an agent makes it */
	OHB_WAY_JUDGE, /* what stands on disk is judged, and recorded */
	OHB_WAY_MERGE, /* an agent's version goes into what stands on disk */
	/* What stands on disk is judged, and recorded when it holds; if not,
	 * an agent makes it. */
	OHB_WAY_REVALIDATE,
};

const char *ohb_way_name(enum ohb_way way); /* "agent" */

struct ohb_step {
	size_t target; /* index in the graph */
	enum ohb_verdict_kind verdict;
	bool will_build;
	enum ohb_way way;
	const char *because; /* one line for people: "src/ring.c changed" */
	/* What the agent is told besides: the old test was judged already, and
	 * does not hold.  Of no plan yet. */
	const char *told;
	const struct ohb_change *changes; /* against the record */
	size_t nchanges;
	const size_t *waits_for; /* needed targets that will be built */
	size_t nwaits;
};

struct ohb_plan {
	const struct ohb_step *steps; /* in the order of building */
	size_t nsteps;
	size_t counts[OHB_BLOCKED + 1]; /* by verdict */
	size_t will_build;
	size_t to_build; /* of them, what is not edited */
};

struct ohb_plan_options {
	const bool *selected; /* graph->count of them */
	bool always; /* build what is fresh, too */
	bool retry_failed;
};

/*
 * Steps for the selected targets, and for what they need that is not fresh.
 * Order: what is needed first; then higher priority, then longer predicted
 * time (unknown: the median of the known), then name.
 */
void ohb_plan_make(const struct ohb_graph *graph, const struct ohb_facts *facts,
		const struct ohb_plan_options *options, struct ohb_arena *arena,
		struct ohb_plan *ret);

#endif
