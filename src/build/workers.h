#ifndef OHB_BUILD_WORKERS_H
#define OHB_BUILD_WORKERS_H

/* The workers of a build: each carries one target at a time. */

#include "build/attempt.h"
#include "ohbuild/ohbuild.h"
#include "plan/plan.h"

struct ohb_workers_options {
	const struct ohb_plan *plan;
	const struct ohb_facts *facts;
	unsigned jobs;
	bool keep_going; /* others go on after a failure */
	/* By target: what is undecided gets what an agent is told of it, to be
	 * freed; what was made, `made`.  NULL: nothing can be undecided. */
	struct ohb_outlook {
		char *told;
		bool made;
	} * outlooks;
};

/* Runs what the plan says and adds to ret what became of it. */
void ohb_workers_run(struct ohb_build *build,
		const struct ohb_workers_options *options,
		struct ohb_build_result *ret);

#endif
