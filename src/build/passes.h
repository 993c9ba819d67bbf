#ifndef OHB_BUILD_PASSES_H
#define OHB_BUILD_PASSES_H

/*
 * A plan is run in up to three passes, cheap ones first: targets whose change
 * is none that is executed need nothing at all; old tests that may hold need
 * a judge; only the rest needs agents, their keys, models and the gateway.
 */

#include "build/setup.h"
#include "build/workers.h"

struct ohb_passes {
	struct ohb_setup *setup; /* to be opened; the caller closes it */
	struct ohb_setup_options options; /* but the plan */
	struct ohb_workers_options workers; /* likewise */
	const struct ohb_plan *plan;
	struct ohb_arena *arena;
	struct ohb_build_result *result; /* what became of them is added */
};

int ohb_passes_run(struct ohb_passes *passes,
		struct ohb_error *err) OHB_MUST_CHECK;

#endif
