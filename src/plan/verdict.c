/* What is to do with one target, and why. */
#include <string.h>

#include "plan/planning.h"

const char *ohb_verdict_name(enum ohb_verdict_kind kind)
{
	static const char *const names[] = {
		[OHB_FRESH] = "fresh",
		[OHB_NEVER_BUILT] = "never built",
		[OHB_STALE] = "stale",
		[OHB_MISSING] = "missing",
		[OHB_EDITED] = "edited",
		[OHB_FAILED_BEFORE] = "failed before",
		[OHB_BLOCKED] = "blocked",
	};

	return names[kind];
}

const char *ohb_way_name(enum ohb_way way)
{
	static const char *const names[] = {
		[OHB_WAY_AGENT] = "agent",
		[OHB_WAY_JUDGE] = "judge",
		[OHB_WAY_MERGE] = "merge",
		[OHB_WAY_REVALIDATE] = "revalidate",
	};

	return names[way];
}

/* The output in this state, or NULL. */
static const char *output_in(const struct ohb_target *target,
		const struct ohb_fact *fact, enum ohb_output_state state)
{
	size_t i;

	for (i = 0; i < target->noutputs; i++)
		if (fact->outputs[i] == state)
			return target->outputs[i];
	return NULL;
}

#define SHOWN 2 /* changes that are named */

/* "src/a.c changed", "the prompt was added" */
static void add_change(struct ohb_str *out, const struct ohb_change *change)
{
	static const char *const verbs[] = {
		[OHB_PART_CHANGED] = "changed",
		[OHB_PART_ADDED] = "was added",
		[OHB_PART_REMOVED] = "was removed",
	};
	const char *path = strchr(change->part, ':');

	if (out->len)
		ohb_str_adds(out, ", ");
	ohb_str_addf(out, "%s%s %s", path ? "" : "the ",
			path ? path + 1 : change->part, verbs[change->kind]);
}

static bool is_source(const struct ohb_change *change)
{
	return ohb_starts(change->part, "source:");
}

/* Sources first: they are what people changed. */
static const char *tell_changes(
		const struct ohb_step *step, struct ohb_arena *arena)
{
	ohb_autostr text = OHB_STR_INIT;
	size_t i, shown = 0;

	if (step->nchanges == 0)
		return "its key was made in another way";
	for (i = 0; i < step->nchanges && shown < SHOWN; i++)
		if (is_source(&step->changes[i]) && ++shown)
			add_change(&text, &step->changes[i]);
	for (i = 0; i < step->nchanges && shown < SHOWN; i++)
		if (!is_source(&step->changes[i]) && ++shown)
			add_change(&text, &step->changes[i]);
	if (step->nchanges > shown)
		ohb_str_addf(&text, " and %zu more", step->nchanges - shown);
	return ohb_arena_strdup(arena, ohb_str_cstr(&text));
}

static void set(struct ohb_step *step, enum ohb_verdict_kind verdict,
		const char *because)
{
	step->verdict = verdict;
	step->because = because ? because : "nothing has changed since";
	step->will_build = verdict == OHB_NEVER_BUILT || verdict == OHB_STALE ||
			verdict == OHB_MISSING || verdict == OHB_EDITED;
}

static bool is_same(const struct ohb_fact *fact)
{
	return fact->has_record &&
			ohb_digest_eq(&fact->key, &fact->recorded_key);
}

/* A merge needs what was last written and a reason to write anew; once an
 * agent was asked for it, a person has the word. */
static enum ohb_way way_of(const struct ohb_target *target,
		const struct ohb_fact *fact, bool foreign)
{
	bool tried = fact->merge_tried && fact->edit != OHB_EDIT_UNMERGED;

	switch (target->module->edited) {
	case OHB_EDITED_KEEP:
		break;
	case OHB_EDITED_MERGE:
		if (!foreign && !tried && (!is_same(fact) || fact->failed))
			return OHB_WAY_MERGE;
		break;
	case OHB_EDITED_OVERWRITE:
		return OHB_WAY_AGENT;
	}
	return OHB_WAY_JUDGE;
}

/* The old test may still hold; a failure has left none. */
static void judge_stale(struct ohb_step *step, const struct ohb_target *target,
		const struct ohb_fact *fact, struct ohb_arena *arena)
{
	set(step, OHB_STALE, tell_changes(step, arena));
	if (!fact->failed &&
			ohb_key_sources_only(step->changes, step->nchanges) &&
			target->module->on_change == OHB_ON_CHANGE_REVALIDATE)
		step->way = OHB_WAY_REVALIDATE;
}

/* A file that is a person's: `because` says so. */
static void judge_edited(struct ohb_step *step, const struct ohb_fact *fact,
		enum ohb_way way, const char *because)
{
	const enum ohb_edit_past known = way == OHB_WAY_JUDGE ?
			OHB_EDIT_REFUSED :
			OHB_EDIT_UNMERGED;

	set(step, OHB_EDITED, because);
	if (way != OHB_WAY_AGENT && fact->edit == known)
		set(step, OHB_FAILED_BEFORE, fact->edit_evidence);
	else if (way != OHB_WAY_JUDGE && fact->failed && is_same(fact))
		set(step, OHB_FAILED_BEFORE, fact->evidence);
	step->way = way;
}

/* What lies under the edit is told, too: the build would not tell it. */
static const char *tell_edit(const struct ohb_step *step,
		const struct ohb_fact *fact, const char *edited,
		struct ohb_arena *arena)
{
	bool more = !is_same(fact) && step->nchanges;

	return ohb_arena_printf(arena, "%s was changed by hand%s%s", edited,
			more ? ", and " : "",
			more ? tell_changes(step, arena) : "");
}

/* Another threshold says nothing of what the test was made of. */
static void judge_resettled(struct ohb_step *step)
{
	set(step, OHB_STALE, "validate changed");
	step->way = OHB_WAY_REVALIDATE;
}

/* What the target's own facts say. */
static void judge_alone(struct ohb_planning *planning, struct ohb_step *step)
{
	const struct ohb_target *target =
			&planning->graph->targets[step->target];
	const struct ohb_fact *fact = &planning->facts->items[step->target];
	const char *foreign = output_in(target, fact, OHB_OUTPUT_UNKNOWN);
	const char *edited = output_in(target, fact, OHB_OUTPUT_DIFFERENT);
	const char *absent = output_in(target, fact, OHB_OUTPUT_ABSENT);
	struct ohb_arena *arena = planning->arena;

	if (foreign || edited)
		judge_edited(step, fact, way_of(target, fact, foreign != NULL),
				foreign ? ohb_arena_printf(arena,
							  "%s exists, but ohbuild did "
							  "not write it",
							  foreign) :
					  tell_edit(step, fact, edited, arena));
	else if (!fact->has_record)
		set(step, OHB_NEVER_BUILT, "there is no record of it");
	else if (fact->failed && is_same(fact))
		set(step, OHB_FAILED_BEFORE, fact->evidence);
	else if (absent && !fact->failed)
		set(step, OHB_MISSING,
				ohb_arena_printf(arena, "%s is not there",
						absent));
	else if (!is_same(fact))
		judge_stale(step, target, fact, arena);
	else if (fact->resettled)
		judge_resettled(step);
	else if (fact->unlocked)
		set(step, OHB_STALE,
				"the lock file in git's index does not say so");
	else
		set(step, OHB_FRESH, "nothing has changed");
}

/* What the user asked for beyond that. */
static void apply_options(struct ohb_planning *planning, struct ohb_step *step)
{
	const struct ohb_plan_options *options = planning->options;

	if (step->verdict == OHB_FAILED_BEFORE)
		step->will_build = options->always || options->retry_failed;
	if (step->verdict == OHB_FRESH && options->always &&
			options->selected[step->target])
		set(step, OHB_STALE, "everything is to be built");
	if (step->way == OHB_WAY_REVALIDATE && options->always &&
			options->selected[step->target])
		step->way = OHB_WAY_AGENT;
}

/* The needed target that stands in the way, or NULL. */
static const struct ohb_step *blocker_of(
		const struct ohb_planning *planning, size_t at)
{
	const struct ohb_target *target = &planning->graph->targets[at];
	size_t i;

	for (i = 0; i < target->nneeds; i++) {
		const struct ohb_step *need = &planning->all[target->needs[i]];

		if (!need->will_build &&
				(need->verdict == OHB_FAILED_BEFORE ||
						need->verdict == OHB_BLOCKED))
			return need;
	}
	return NULL;
}

static void find_waits(struct ohb_planning *planning, struct ohb_step *step)
{
	const struct ohb_target *target =
			&planning->graph->targets[step->target];
	size_t *waits = ohb_arena_alloc(
			planning->arena, target->nneeds * sizeof(*waits));
	size_t i;

	for (i = 0; i < target->nneeds; i++)
		if (planning->all[target->needs[i]].will_build)
			waits[step->nwaits++] = target->needs[i];
	step->waits_for = waits;
}

/* A need that will be made anew may change what the target is made of; one
 * that is only judged does not. */
static bool may_change(const struct ohb_planning *planning,
		const struct ohb_step *step)
{
	size_t i;

	for (i = 0; i < step->nwaits; i++)
		if (planning->all[step->waits_for[i]].way != OHB_WAY_JUDGE)
			return true;
	return false;
}

static void judge_needs(struct ohb_planning *planning, struct ohb_step *step)
{
	const struct ohb_target *targets = planning->graph->targets;
	const struct ohb_step *blocker = blocker_of(planning, step->target);
	bool resting = (step->verdict == OHB_FRESH ||
				       step->verdict == OHB_FAILED_BEFORE) &&
			!step->will_build;

	if (blocker) {
		set(step, OHB_BLOCKED,
				ohb_arena_printf(planning->arena,
						"it needs %s, which %s",
						targets[blocker->target].name,
						blocker->verdict == OHB_BLOCKED ?
								"is blocked" :
								"failed "
								"before"));
		return;
	}
	find_waits(planning, step);
	if (!resting || step->nwaits == 0)
		return;
	if (may_change(planning, step) && step->way == OHB_WAY_AGENT)
		set(step, OHB_STALE,
				ohb_arena_printf(planning->arena,
						"waits for %s",
						targets[step->waits_for[0]]
								.name));
	else
		step->nwaits = 0;
}

void ohb_planning_judge(struct ohb_planning *planning, size_t target)
{
	const struct ohb_fact *fact = &planning->facts->items[target];
	struct ohb_step *step = &planning->all[target];

	step->target = target;
	if (fact->has_record)
		step->changes = ohb_key_compare(&fact->recorded, &fact->parts,
				planning->arena, &step->nchanges);
	judge_alone(planning, step);
	apply_options(planning, step);
	judge_needs(planning, step);
}
