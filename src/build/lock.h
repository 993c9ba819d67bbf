#ifndef OHB_BUILD_LOCK_H
#define OHB_BUILD_LOCK_H

/* openhands.lock as a file. */

#include "build/name.h"
#include "store/lockfile.h"

struct ohb_lock_job {
	const struct ohb_tree *tree;
	const struct ohb_graph *graph;
	const struct ohb_config *config;
	struct ohb_store *store; /* open to write */
};

/*
 * Brings the lock up to date with the records of the graph's targets: a new
 * file in the place of the old one, when they differ.  Lines of which the
 * database knows no better stay; those of targets that are no more go.  To
 * be called by whoever saved a record, and at the end of every build: what
 * was left undone is done then.
 */
int ohb_lock_write(const struct ohb_lock_job *job,
		struct ohb_error *err) OHB_MUST_CHECK;

/* Appends the text of the file to out, and reads it. */
int ohb_lock_load(const struct ohb_tree *tree, const char *path,
		struct ohb_arena *arena, struct ohb_str *out,
		struct ohb_lock *ret, struct ohb_error *err) OHB_MUST_CHECK;
/* 1 when the lock of this digest is known to say what the database does. */
int ohb_lock_is_known(struct ohb_store *store, const char *path,
		const struct ohb_digest *digest,
		struct ohb_error *err) OHB_MUST_CHECK;
/* A record as the lock has it, in the arena of names: 1, or 0 when something
 * has no name any more. */
int ohb_lock_name(struct ohb_names *names, const struct ohb_target *target,
		const struct ohb_record *record, struct ohb_lock_record *ret);
/* The success that a record is, or that was before it; or NULL. */
const struct ohb_record *ohb_lock_good(const struct ohb_record *record);

#endif
