#ifndef OHB_PLAN_PLANNING_H
#define OHB_PLAN_PLANNING_H

/* A plan while it is made; private to plan.c, verdict.c and order.c. */

#include "plan/plan.h"

struct ohb_planning {
	const struct ohb_graph *graph;
	const struct ohb_facts *facts;
	const struct ohb_plan_options *options;
	struct ohb_arena *arena;
	struct ohb_step *all; /* of every target; those that are wanted count */
	bool *wanted; /* selected, or needed by one that is */
};

/* Fills the step of a target whose needs have theirs already. */
void ohb_planning_judge(struct ohb_planning *planning, size_t target);

/*
 * Writes the numbers of the targets that have `listed` set into ret, in the
 * order of building; returns how many.
 */
size_t ohb_planning_order(const struct ohb_planning *planning,
		const bool *listed, size_t *ret);

#endif
