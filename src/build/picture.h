#ifndef OHB_BUILD_PICTURE_H
#define OHB_BUILD_PICTURE_H

/*
 * The decision of the last build about all targets, kept in .ohbuild/index
 * with everything it rests on: what configuration, rules and facts looked at
 * on disk, the list of files, the state of the database.  As long as nothing
 * of that has changed, the decision stands, and a file is only looked at.
 */

#include "ohbuild/ohbuild.h"
#include "plan/plan.h"
#include "project/tree.h"
#include "store/store.h"

/* A decision about all targets, without options, and what it was made from. */
struct ohb_decision {
	const char *file; /* openhands.yml */
	const struct ohb_tree *tree; /* with its notes */
	const struct ohb_files *files;
	const char *lock; /* or NULL */
	const struct ohb_graph *graph;
	const struct ohb_plan *plan;
	struct ohb_store *store; /* open to write; its stats are what the
				    facts looked at */
	/* The database when it was made; NULL: unknown. */
	const struct ohb_index_base *base;
};

/* Keeps it, or at least what files were looked at: what a later glance could
 * not be sure of is not kept. */
int ohb_picture_keep(const struct ohb_decision *decision,
		struct ohb_error *err) OHB_MUST_CHECK;

/* Only what was looked at, for a decision that will not stand long. */
int ohb_picture_keep_stats(
		struct ohb_store *store, struct ohb_error *err) OHB_MUST_CHECK;

#define OHB_AMEND_MOST 64 /* with more changed, everything is judged anew */

/* What was kept; empty until a glance. */
struct ohb_glance_kept {
	struct ohb_arena arena;
	struct ohb_index index;
	struct ohb_picture picture;
	size_t reread; /* files whose times no longer vouch for them */
	size_t changed[OHB_AMEND_MOST]; /* of them, those with new content */
	size_t nchanged;
	/* What takes the place of what the picture says. */
	struct ohb_amended {
		size_t at;
		struct ohb_index_target target;
	} amended[OHB_AMEND_MOST];
	size_t namended;
};

/* dirfd: the project's folder.  True when the decision stands, but perhaps for
 * what rests on the `changed` files.  Writes nothing.  Release in either
 * case. */
bool ohb_picture_glance(
		int dirfd, const char *file, struct ohb_glance_kept *ret);
/* Whether a decision that stands does so for git's index, too. */
bool ohb_picture_is_staged(int dirfd, const struct ohb_glance_kept *kept);
/* Judges anew what rests on them.  False when that may be more than a few
 * targets without ties to others: then everything must be. */
bool ohb_picture_amend(int dirfd, struct ohb_glance_kept *kept);
/* Target number i as it is decided now. */
void ohb_picture_target(const struct ohb_glance_kept *kept, size_t i,
		struct ohb_index_target *ret);
struct ohb_summary ohb_picture_summary(const struct ohb_glance_kept *glance);
/* Those that are not fresh. */
void ohb_picture_tell(const struct ohb_glance_kept *glance, ohb_state_fn *fn,
		void *userdata);
void ohb_glance_release(struct ohb_glance_kept *glance);

#endif
