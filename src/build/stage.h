#ifndef OHB_BUILD_STAGE_H
#define OHB_BUILD_STAGE_H

/*
 * What one target starts from, read once: agent and judge get these bytes,
 * whatever happens to the tree meanwhile; and what came back.
 */

#include "base/memory.h"
#include "io/fileset.h"
#include "project/graph.h"
#include "sandbox/sandbox.h"

struct ohb_stage {
	struct ohb_arena arena;
	struct ohb_fileset inputs; /* all but the target's own outputs */
	struct ohb_fileset previous; /* the own outputs, as they are on disk */
};

/* Both need ohb_stage_release, also after a failure. */
int ohb_stage_load(struct ohb_stage *stage, int dirfd,
		const struct ohb_target *target,
		struct ohb_error *err) OHB_MUST_CHECK;
void ohb_stage_release(struct ohb_stage *stage);

/* The own outputs as they are on disk; one that is there and no file is
 * OHB_E_EXISTS. */
int ohb_stage_outputs(int dirfd, const struct ohb_target *target,
		struct ohb_arena *arena, struct ohb_fileset *ret,
		struct ohb_error *err) OHB_MUST_CHECK;

/* Looks at the disk again.  1: all is as it was staged; 0: not, and ret_path
 * is the first file that differs; -1 failed. */
int ohb_stage_inputs_unchanged(const struct ohb_stage *stage, int dirfd,
		const struct ohb_target *target, const char **ret_path,
		struct ohb_error *err) OHB_MUST_CHECK;
int ohb_stage_outputs_unchanged(const struct ohb_stage *stage, int dirfd,
		const struct ohb_target *target, const char **ret_path,
		struct ohb_error *err) OHB_MUST_CHECK;

/* Puts everything into an agent's sandbox, with the folders of the outputs:
 * the agent's editor does not make folders. */
int ohb_stage_put(const struct ohb_stage *stage,
		const struct ohb_target *target, struct ohb_sandbox *sandbox,
		struct ohb_error *err) OHB_MUST_CHECK;

/*
 * Takes the declared outputs out of an agent's sandbox, as they are (the
 * judge's scope step says what is wrong with them); they live as long as the
 * stage.  Files that were written elsewhere become strays, names without
 * bytes, which are not taken; none are known when the workspace grew too
 * large to look at.
 */
int ohb_stage_collect(struct ohb_stage *stage, const struct ohb_target *target,
		struct ohb_sandbox *sandbox, struct ohb_fileset *ret_outputs,
		struct ohb_fileset *ret_strays,
		struct ohb_error *err) OHB_MUST_CHECK;

#endif
