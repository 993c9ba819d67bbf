#ifndef OHB_BUILD_COMMIT_H
#define OHB_BUILD_COMMIT_H

/*
 * Outputs and record change together or not at all, also under kill -9:
 * temporary files, fsync, journal, rename, fsync of the folder, record.
 */

#include "build/stage.h"
#include "store/store.h"

/* record->outputs is filled in here.  The outputs were judged. */
int ohb_commit_outputs(int dirfd, struct ohb_store *store,
		const struct ohb_stage *stage,
		const struct ohb_fileset *outputs, struct ohb_record *record,
		struct ohb_arena *arena, struct ohb_error *err) OHB_MUST_CHECK;

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
