#ifndef OHB_BUILD_ADOPT_H
#define OHB_BUILD_ADOPT_H

/* Files on disk become what is recorded, whoever wrote them. */

#include "build/build.h"
#include "plan/plan.h"

struct ohb_adoption {
	const struct ohb_build *build; /* store, emitter, graph, dirfd */
	const struct ohb_facts *facts;
	const bool *selected;
};

/*
 * Of a plan that which can be adopted: the selected targets that are not
 * fresh and whose files are all there, each to be judged as it stands.  fn is
 * called with each of the others, and what it has not.
 */
void ohb_adopt_plan(const struct ohb_adoption *adoption,
		struct ohb_arena *arena, struct ohb_plan *plan,
		void (*fn)(void *userdata, const char *target,
				const char *absent),
		void *userdata);

/* Records what is to be built of such a plan, unjudged; *ret_n of them. */
int ohb_adopt_take(const struct ohb_adoption *adoption,
		const struct ohb_plan *plan, size_t *ret_n,
		struct ohb_error *err) OHB_MUST_CHECK;

#endif
