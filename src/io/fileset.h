#ifndef OHB_IO_FILESET_H
#define OHB_IO_FILESET_H

/*
 * Files by content: what is given to a sandbox and what is compared with it
 * afterwards.  Read once, before the run, so that agent and judge see the
 * same bytes whatever happens to the tree meanwhile.
 */

#include <stddef.h>

#include "base/digest.h"
#include "base/memory.h"
#include "io/tar.h"

struct ohb_file {
	const char *path;
	enum ohb_tar_kind kind;
	mode_t mode; /* 0644 or 0755 for files; with the set-user-id and
			set-group-id bits they have */
	const char *data; /* NULL: was above the limit, not kept */
	size_t len;
	const char *target; /* of a link */
	struct ohb_digest digest; /* as ohb_fs_digest */
};

struct ohb_fileset {
	struct ohb_file *files; /* sorted by path once sealed */
	size_t count, cap; /* the array is malloc'ed, bytes in the arena */
};

#define OHB_FILESET_INIT                            \
	{                                           \
		.files = NULL, .count = 0, .cap = 0 \
	}

/* Adds the files beneath dirfd; one that vanished is OHB_E_CHANGED, all
 * together above OHB_MAX_WORKSPACE OHB_E_LIMIT. */
int ohb_fileset_load(struct ohb_fileset *set, int dirfd,
		const char *const *paths, size_t npaths,
		struct ohb_arena *arena, struct ohb_error *err) OHB_MUST_CHECK;
/* Adds the entries of an archive (directories left out) with `strip`
 * ("project/") taken off the front of their paths. */
int ohb_fileset_load_tar(struct ohb_fileset *set, const void *tar, size_t len,
		const char *strip, size_t max_file, struct ohb_arena *arena,
		struct ohb_error *err) OHB_MUST_CHECK;
/* Adds or replaces one; the file's pointers are borrowed. */
void ohb_fileset_put(struct ohb_fileset *set, const struct ohb_file *file);
const struct ohb_file *ohb_fileset_find(
		const struct ohb_fileset *set, const char *path);
/* The archive, parents of every file made first. */
int ohb_fileset_tar(const struct ohb_fileset *set, unsigned uid, unsigned gid,
		struct ohb_str *out, struct ohb_error *err) OHB_MUST_CHECK;
/* Writes them beneath dirfd, in place of what is there, parents made first;
 * not synced: for places that live no longer than we do. */
int ohb_fileset_write(const struct ohb_fileset *set, int dirfd,
		struct ohb_error *err) OHB_MUST_CHECK;
void ohb_fileset_release(struct ohb_fileset *set);

#endif
