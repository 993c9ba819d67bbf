#ifndef OHB_BUILD_ATTEMPT_H
#define OHB_BUILD_ATTEMPT_H

/* One target, from stage to record. */

#include "build/build.h"
#include "build/end.h"
#include "plan/plan.h"

struct ohb_target_end {
	enum ohb_end_class class;
	bool end_build; /* every other target would end the same way */
	char reason[1024];
	unsigned attempts;
	struct ohb_usage usage;
	int64_t duration_ms;
	char *told; /* of what is undecided: for ohb_step.told; to be freed */
};

/* Never fails: how it ended is in ret.  What it holds is given back.  A step
 * that is only there because of what it waited for ends at once when that
 * changed nothing. */
void ohb_attempt_run(struct ohb_build *build, const struct ohb_target *target,
		const struct ohb_fact *fact, const struct ohb_step *step,
		struct ohb_target_end *ret);

#endif
