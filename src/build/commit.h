#ifndef OHB_BUILD_COMMIT_H
#define OHB_BUILD_COMMIT_H

/*
 * Outputs and record change together or not at all, also under kill -9:
 * temporary files, fsync, journal, rename, fsync of the folder, record.
 */

#include "base/memory.h"
#include "io/fileset.h"
#include "project/graph.h"
#include "store/store.h"

struct ohb_change_set {
	const char *target;
	/* What stands at the paths, as it was read: kept as a version first,
	 * a person's when there is none like it. */
	const struct ohb_fileset *previous;
	const struct ohb_fileset *outputs; /* what is to stand there */
	/* Of what was judged: will be the target's, with its outputs filled
	 * in here.  NULL: an earlier version comes back, no record changes. */
	struct ohb_record *record;
};

/* OHB_E_EXISTS when somebody wrote there since. */
int ohb_commit_outputs(int dirfd, struct ohb_store *store,
		const struct ohb_change_set *change, struct ohb_arena *arena,
		struct ohb_error *err) OHB_MUST_CHECK;

/*
 * Mends what a killed ohbuild left: a commit that was begun is finished when
 * its files are still there, taken back otherwise.  say is called with a
 * line for each.
 */
int ohb_commit_recover(int dirfd, struct ohb_store *store,
		void (*say)(void *userdata, const char *text), void *userdata,
		struct ohb_error *err) OHB_MUST_CHECK;

/* Removes temporary files of outputs that were never put in place. */
int ohb_commit_sweep(int dirfd, const struct ohb_graph *graph,
		struct ohb_error *err) OHB_MUST_CHECK;

#endif
