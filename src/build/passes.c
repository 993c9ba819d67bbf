#include "build/passes.h"

#include <stdlib.h>

#include "build/chance.h"

/* A copy that can be written to. */
static struct ohb_step *copy_steps(const struct ohb_passes *passes)
{
	const struct ohb_plan *plan = passes->plan;
	struct ohb_step *steps = ohb_arena_alloc(
			passes->arena, plan->nsteps * sizeof(*steps));
	size_t i;

	for (i = 0; i < plan->nsteps; i++)
		steps[i] = plan->steps[i];
	return steps;
}

static struct ohb_plan plan_of(
		const struct ohb_passes *passes, const struct ohb_step *steps)
{
	struct ohb_plan plan = *passes->plan;
	size_t i;

	plan.steps = steps;
	plan.will_build = 0;
	for (i = 0; i < plan.nsteps; i++)
		plan.will_build += steps[i].will_build;
	return plan;
}

static void set_fresh(struct ohb_step *step)
{
	step->will_build = false;
	step->verdict = OHB_FRESH;
}

static size_t take_layout(
		const struct ohb_passes *passes, struct ohb_step *steps)
{
	struct ohb_build *build = &passes->setup->build;
	size_t i, chances = 0;

	build->redact = &passes->setup->redact;
	for (i = 0; i < passes->plan->nsteps; i++) {
		struct ohb_step *step = &steps[i];

		/* What it waits for may change it. */
		if (!step->will_build || step->nwaits ||
				step->way != OHB_WAY_REVALIDATE)
			continue;
		if (ohb_chance_layout(build,
				    &build->graph->targets[step->target],
				    &passes->workers.facts->items[step->target],
				    step)) {
			set_fresh(step);
			passes->result->revalidated++;
		} else {
			chances++;
		}
	}
	return chances;
}

/* Those that can be judged now, and no others. */
static struct ohb_plan chances_of(const struct ohb_passes *passes,
		const struct ohb_step *steps, enum ohb_way way)
{
	struct ohb_step *some = copy_steps(passes);
	size_t i;

	for (i = 0; i < passes->plan->nsteps; i++) {
		some[i].will_build = steps[i].will_build && !steps[i].nwaits &&
				steps[i].way == OHB_WAY_REVALIDATE;
		some[i].way = way;
	}
	return plan_of(passes, some);
}

static void take_outlooks(const struct ohb_passes *passes,
		struct ohb_step *steps, struct ohb_outlook *outlooks)
{
	size_t i;

	for (i = 0; i < passes->plan->nsteps; i++) {
		struct ohb_outlook *outlook = &outlooks[steps[i].target];

		if (outlook->made)
			set_fresh(&steps[i]);
		if (!outlook->told)
			continue;
		steps[i].way = OHB_WAY_AGENT;
		steps[i].told = ohb_arena_strdup(passes->arena, outlook->told);
		free(outlook->told);
	}
}

/* Without -k a failure ends the build; what is to be asked again would fail
 * in the same way. */
static bool is_over(const struct ohb_passes *passes,
		const struct ohb_build_result *result)
{
	return ohb_cancel_level(passes->setup->build.cancel) ||
			(result->failed && !passes->workers.keep_going);
}

/* 1: the build is over. */
static int judge_chances(const struct ohb_passes *passes,
		struct ohb_step *steps, struct ohb_error *err)
{
	const struct ohb_plan plan =
			chances_of(passes, steps, OHB_WAY_REVALIDATE);
	/* No engine is needed but for a judge. */
	const struct ohb_plan needs = chances_of(passes, steps, OHB_WAY_JUDGE);
	struct ohb_setup setup = *passes->setup;
	struct ohb_setup_options options = passes->options;
	struct ohb_workers_options workers = passes->workers;
	struct ohb_build_result *result = passes->result, before = *result;
	ohb_autofree struct ohb_outlook *outlooks =
			ohb_alloc(setup.build.graph->count * sizeof(*outlooks));
	int status;

	options.plan = &needs;
	workers.plan = &plan;
	workers.outlooks = outlooks;
	setup.build.judges_only = true;
	status = ohb_setup_open(&setup, &options, err);
	if (status == 0)
		ohb_workers_run(&setup.build, &workers, result);
	ohb_setup_close(&setup);
	if (status < 0)
		return -1;
	take_outlooks(passes, steps, outlooks);
	if (is_over(passes, result))
		return 1;
	/* What went wrong otherwise is done once more, with the rest. */
	before.revalidated = result->revalidated;
	*result = before;
	return 0;
}

int ohb_passes_run(struct ohb_passes *passes, struct ohb_error *err)
{
	struct ohb_step *steps = copy_steps(passes);
	struct ohb_build_result *result = passes->result, before = *result;
	struct ohb_plan plan;
	int over = 0;

	if (take_layout(passes, steps))
		over = judge_chances(passes, steps, err);
	if (over < 0)
		return -1;
	plan = plan_of(passes, steps);
	if (over)
		result->not_run = before.not_run + plan.will_build -
				(result->failed - before.failed);
	if (over || plan.will_build == 0)
		return 0;
	passes->options.plan = passes->workers.plan = &plan;
	if (ohb_setup_open(passes->setup, &passes->options, err) < 0)
		return -1;
	result->cost_usd = passes->setup->cost_usd;
	ohb_workers_run(&passes->setup->build, &passes->workers, result);
	return 0;
}
