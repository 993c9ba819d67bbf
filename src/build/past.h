#ifndef OHB_BUILD_PAST_H
#define OHB_BUILD_PAST_H

/*
 * The versions of a target: what stood in its outputs together, and what
 * attempts wrote for them, taken or not.
 */

#include "io/fileset.h"
#include "project/graph.h"
#include "store/store.h"

struct ohb_past_file {
	const char *path;
	struct ohb_digest blob;
	mode_t mode; /* 0: not known */
};

struct ohb_past_version {
	const struct ohb_past_file *files; /* sorted by path */
	size_t nfiles;
	enum ohb_origin origin;
	int64_t written_ms;
	const char *refused; /* how its attempt ended; NULL: it was taken */
	unsigned number; /* n of "@n": 1 is the newest that is not on disk;
			    0: it is on disk now */
};

struct ohb_past {
	const struct ohb_past_version *items; /* newest first */
	size_t count;
};

/* All in the arena. */
int ohb_past_load(struct ohb_store *store, int dirfd,
		const struct ohb_target *target, struct ohb_arena *arena,
		struct ohb_past *ret, struct ohb_error *err) OHB_MUST_CHECK;

struct ohb_standing {
	const char *target;
	const struct ohb_fileset *files;
	enum ohb_origin origin;
};

/*
 * The rows that keep these files as a version, their bytes in the blobs; none
 * when there is such a version already.
 */
int ohb_past_rows(struct ohb_store *store, const struct ohb_standing *standing,
		struct ohb_arena *arena, const struct ohb_version **ret,
		size_t *ret_n, struct ohb_error *err) OHB_MUST_CHECK;
/* The same, and writes them down. */
int ohb_past_keep(struct ohb_store *store, const struct ohb_standing *standing,
		struct ohb_error *err) OHB_MUST_CHECK;

/* The files of a version, as ohb_fs_digest names them; a mode that is not
 * known is 0644. */
int ohb_past_files(struct ohb_store *store,
		const struct ohb_past_version *version, struct ohb_arena *arena,
		struct ohb_fileset *ret, struct ohb_error *err) OHB_MUST_CHECK;

#endif
