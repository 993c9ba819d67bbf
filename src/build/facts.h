#ifndef OHB_BUILD_FACTS_H
#define OHB_BUILD_FACTS_H

/* What a plan rests on, gathered from the disk and the store. */

#include "build/stage.h"
#include "plan/facts.h"
#include "project/tree.h"
#include "store/store.h"

/* Facts of every target of the graph, in the arena, by a new look of the store
 * (ohb_stats_of has it afterwards); of a partial graph without forecasts and
 * orphans.  Reads every source and input once; writes
 * nothing but, into a store that is open to write, what openhands.lock knows
 * better. */
int ohb_facts_gather(const struct ohb_tree *tree, const struct ohb_graph *graph,
		const struct ohb_config *config, struct ohb_store *store,
		struct ohb_arena *arena, struct ohb_facts *ret,
		struct ohb_error *err) OHB_MUST_CHECK;

/* Recorded under the present key, and its outputs are as recorded. */
bool ohb_facts_need_nothing(
		const struct ohb_target *target, const struct ohb_fact *fact);

/* The key parts of what was staged: the record must name the bytes that the
 * agent saw. */
struct ohb_parts ohb_facts_of_stage(const struct ohb_stage *stage,
		const struct ohb_target *target,
		const struct ohb_config *config, struct ohb_arena *arena);

#endif
