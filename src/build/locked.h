#ifndef OHB_BUILD_LOCKED_H
#define OHB_BUILD_LOCKED_H

/*
 * openhands.lock beside the records.  A target is judged by the record whose
 * outputs are those on disk: when the database has no such record and the
 * lock has, the lock's is what counts, and a build makes it the database's.
 */

#include "build/name.h"
#include "store/lockfile.h"

/* As ohb_stats_look; whatever the lock decides is looked at by it. */
typedef int ohb_look_fn(void *userdata, const char *path,
		enum ohb_fs_kind *ret_kind, struct ohb_digest *ret,
		struct ohb_error *err);

struct ohb_locked {
	struct ohb_store *store;
	struct ohb_arena *arena;
	ohb_look_fn *look;
	void *userdata;
	struct ohb_lock lock; /* empty when it says nothing new */
	bool read; /* it may say something new */
	struct ohb_names names; /* when it does */
	struct ohb_record *taken; /* malloc'ed */
	size_t ntaken, cap;
};

/* Looks at the lock file; store, arena, look and userdata are set.  One that
 * cannot be read is OHB_E_CONFIG.  What is given must live as long. */
int ohb_locked_open(struct ohb_locked *locked, const struct ohb_tree *tree,
		const struct ohb_config *config,
		struct ohb_error *err) OHB_MUST_CHECK;
/*
 * For a target that is not fresh by the database's record (NULL: there is
 * none).  1: *ret, in digests of this machine, is what counts instead; 0; -1.
 */
int ohb_locked_find(struct ohb_locked *locked, const struct ohb_target *target,
		const struct ohb_parts *now, const struct ohb_record *own,
		const struct ohb_record **ret,
		struct ohb_error *err) OHB_MUST_CHECK;
/* Whether the lock says of the target what its record does. */
bool ohb_locked_says(struct ohb_locked *locked, const struct ohb_target *target,
		const struct ohb_record *record);
/* Makes what was found the database's, when it is open to write, as far as it
 * is made of what is here.  *ret_n: how many that were. */
int ohb_locked_take(struct ohb_locked *locked, size_t *ret_n,
		struct ohb_error *err) OHB_MUST_CHECK;
void ohb_locked_release(struct ohb_locked *locked);

#endif
