#ifndef OHB_BUILD_MERGE_H
#define OHB_BUILD_MERGE_H

/*
 * A person's files and an agent's become one set, by `git merge-file`; the
 * base is what both started from.
 */

#include "base/memory.h"
#include "io/fileset.h"
#include "store/store.h"

/*
 * The files that the target's record names, from the versions: 1; 0 when
 * there is no such record or their bytes are not known here; -1.
 */
int ohb_merge_base(struct ohb_store *store, const char *target,
		struct ohb_arena *arena, struct ohb_fileset *ret,
		struct ohb_error *err) OHB_MUST_CHECK;

struct ohb_merge {
	const struct ohb_fileset *base, *ours, *theirs;
};

/*
 * 1: ret has every file of theirs, with what ours changed; 0: both changed
 * the same lines of *ret_path, nothing is in ret; -1.  A file that ours has
 * not is taken from theirs.
 */
int ohb_merge_files(const struct ohb_merge *merge, struct ohb_arena *arena,
		struct ohb_fileset *ret, const char **ret_path,
		struct ohb_error *err) OHB_MUST_CHECK;

#endif
