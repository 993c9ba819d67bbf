#ifndef OHB_BUILD_BRIEF_H
#define OHB_BUILD_BRIEF_H

#include "base/memory.h"
#include "project/graph.h"

/* The first message to the agent, word for word: `show` prints the same.
 * exists says whether an older version of an output is there. */
int ohb_brief_make(const struct ohb_target *target,
		const struct ohb_config *config, int exists,
		struct ohb_arena *arena, struct ohb_str *out,
		struct ohb_error *err) OHB_MUST_CHECK;

#endif
