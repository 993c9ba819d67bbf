#include "plan/plan.h"

#include "plan/planning.h"

/* What is selected, and what that needs, down to the last. */
static void find_wanted(struct ohb_planning *planning)
{
	const struct ohb_graph *graph = planning->graph;
	size_t i, j;

	for (i = graph->count; i-- > 0;) {
		size_t at = graph->order[i];
		const struct ohb_target *target = &graph->targets[at];

		if (planning->options->selected[at])
			planning->wanted[at] = true;
		for (j = 0; planning->wanted[at] && j < target->nneeds; j++)
			planning->wanted[target->needs[j]] = true;
	}
}

void ohb_plan_make(const struct ohb_graph *graph, const struct ohb_facts *facts,
		const struct ohb_plan_options *options, struct ohb_arena *arena,
		struct ohb_plan *ret)
{
	ohb_autofree struct ohb_step *all =
			ohb_alloc(graph->count * sizeof(*all));
	ohb_autofree bool *listed = ohb_alloc(graph->count * sizeof(*listed));
	ohb_autofree size_t *order = ohb_alloc(graph->count * sizeof(*order));
	struct ohb_planning planning = {
		.graph = graph,
		.facts = facts,
		.options = options,
		.arena = arena,
		.all = all,
		.wanted = listed,
	};
	struct ohb_plan plan = { .nsteps = 0 };
	struct ohb_step *steps;
	size_t i;

	find_wanted(&planning);
	for (i = 0; i < graph->count; i++) {
		size_t at = graph->order[i];

		if (!planning.wanted[at])
			continue;
		ohb_planning_judge(&planning, at);
		/* What is fresh and only needed is none of the steps. */
		listed[at] = options->selected[at] ||
				all[at].verdict != OHB_FRESH;
	}
	plan.nsteps = ohb_planning_order(&planning, listed, order);
	steps = ohb_arena_alloc(arena, plan.nsteps * sizeof(*steps));
	for (i = 0; i < plan.nsteps; i++) {
		steps[i] = all[order[i]];
		plan.counts[steps[i].verdict]++;
		plan.will_build += steps[i].will_build;
		plan.to_build += steps[i].will_build &&
				steps[i].verdict != OHB_EDITED;
	}
	plan.steps = steps;
	*ret = plan;
}
