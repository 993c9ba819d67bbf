#ifndef OHB_BUILD_DEPFILE_H
#define OHB_BUILD_DEPFILE_H

/*
 * Inputs that tools know: what the command of `depfile` prints.
 *
 * An answer is kept with the digest of all that it rests on: the command, and
 * path and content of the target's sources, of its other inputs and of every
 * file of the project that was printed.  As long as that is the same, the
 * command is not run again.  A folder stands for the files inside of it, as
 * in `inputs`.
 */

#include "base/cancel.h"
#include "project/graph.h"
#include "project/tree.h"
#include "store/store.h"

struct ohb_depfiles {
	const struct ohb_tree *tree;
	const char *root; /* its path, absolute, without links */
	const struct ohb_config *config;
	const struct ohb_files *files;
	struct ohb_store *store; /* answers are kept if it writes */
	struct ohb_cancel *cancel;
	struct ohb_arena *arena; /* the project's */
	struct ohb_diags *diags;
};

/*
 * Gives the targets of the graph what the commands say.  -1 with diagnostics
 * (OHB_E_CONFIG) when a command failed or printed nonsense: the first target
 * of each module is told.
 */
int ohb_depfiles_read(const struct ohb_depfiles *depfiles,
		struct ohb_graph *graph, struct ohb_error *err) OHB_MUST_CHECK;

#endif
