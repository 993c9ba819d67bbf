#ifndef OHB_BUILD_CHANCE_H
#define OHB_BUILD_CHANCE_H

/* Old tests get the first chance: what stands on disk, where nothing but
 * sources changed, or the settings of the judge. */

#include "build/work.h"

/*
 * Of a step that is to be revalidated.  When what changed in the sources is
 * not executed (comments, layout), or the old test passes the judge, the
 * record becomes one of the present key and the target has ended.  Else
 * work->feedback is what an agent has to know, and the next thing is to ask
 * one.
 */
int ohb_chance_take(
		struct ohb_work *work, struct ohb_error *err) OHB_MUST_CHECK;

/* Of a step that goes to an agent: work->changed, as far as it is known. */
void ohb_chance_changed(struct ohb_work *work);

/* Of what stands on disk and is judged: the same, but none where all that
 * changed is layout. */
void ohb_chance_standing(struct ohb_work *work);

/* Why a test that passed, judged with work->changed, proves nothing of what
 * changed, or NULL; in the arena. */
const char *ohb_chance_unproven(struct ohb_work *work);

/* The part of it that needs neither engine nor model, all by itself: true
 * when the target is fresh now.  What fails is left to a build. */
bool ohb_chance_layout(struct ohb_build *build, const struct ohb_target *target,
		const struct ohb_fact *fact, const struct ohb_step *step);

#endif
