#ifndef OHB_PROJECT_STAGED_H
#define OHB_PROJECT_STAGED_H

/*
 * The files of a project as git's index holds them: what a commit would
 * take.  A content counts in the form that a checkout would write.  Files
 * that git ignores are in no commit: what is on disk counts for them.
 *
 * The index is that of the repository the folder is in; in a hook the one
 * that git made for this commit, when it belongs to that repository.
 */

#include "base/memory.h"
#include "io/fs.h"
#include "project/graph.h"

struct ohb_staged;

/* Runs git.  OHB_E_CONFIG: there is no repository, or a file of the project
 * is unmerged. */
int ohb_staged_open(int dirfd, struct ohb_staged **ret,
		struct ohb_error *err) OHB_MUST_CHECK;
void ohb_staged_close(struct ohb_staged *staged); /* NULL is allowed */

void ohb_staged_list(const struct ohb_staged *staged, struct ohb_arena *arena,
		struct ohb_files *ret);

/* 1: git ignores the file, and so the index says nothing of it; 0, -1. */
int ohb_staged_ignores(struct ohb_staged *staged, const char *path,
		struct ohb_error *err) OHB_MUST_CHECK;

/* Of a path that is not ignored. */
enum ohb_fs_kind ohb_staged_kind(
		const struct ohb_staged *staged, const char *path);
int ohb_staged_read(struct ohb_staged *staged, const char *path, size_t max,
		struct ohb_str *out, struct ohb_error *err) OHB_MUST_CHECK;
/* The same, but of a link its target. */
int ohb_staged_bytes(struct ohb_staged *staged, const char *path, size_t max,
		struct ohb_str *out, struct ohb_error *err) OHB_MUST_CHECK;

/*
 * Digests.  Whoever needs many says which ones first: the first look reads
 * all that are wanted and not known.
 */
void ohb_staged_want(struct ohb_staged *staged, const char *path);
/* As ohb_fs_digest of the file that a checkout would write; set for files
 * and links only. */
int ohb_staged_look(struct ohb_staged *staged, const char *path,
		enum ohb_fs_kind *ret_kind, struct ohb_digest *ret,
		struct ohb_error *err) OHB_MUST_CHECK;

/*
 * Whether the index holds the files on disk that a decision rests on, byte
 * for byte: then what was decided of the disk holds for the index, too.
 * `sight` says what the decision saw of a path.  False in any doubt, as when
 * git converts contents on their way to the disk.
 */
enum ohb_sight {
	OHB_SIGHT_NONE,
	OHB_SIGHT_LISTED, /* as one of the project's files, and no more */
	OHB_SIGHT_USED,
};
typedef enum ohb_sight ohb_sight_fn(void *userdata, const char *path);
bool ohb_staged_agrees(int dirfd, ohb_sight_fn *sight, void *userdata);

#endif
