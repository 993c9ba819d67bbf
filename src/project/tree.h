#ifndef OHB_PROJECT_TREE_H
#define OHB_PROJECT_TREE_H

/*
 * The files of a project as they are looked at: what is on disk, or what
 * git's index holds.  Whatever configuration, rules and facts rest on comes
 * through here.  Paths are relative to the project's folder.
 */

#include "io/fs.h"
#include "project/graph.h"
#include "project/staged.h"

/* What somebody asked about a path, and was told. */
struct ohb_tree_note {
	const char *path;
	enum ohb_fs_kind kind;
	bool read; /* the bytes, too */
	struct ohb_digest digest; /* as ohb_fs_digest of a plain file of them */
};

struct ohb_tree_notes {
	struct ohb_arena *arena;
	struct ohb_tree_note *items;
	size_t count, cap;
};

struct ohb_tree {
	int dirfd; /* the project's folder */
	struct ohb_staged *staged; /* NULL: what is on disk counts */
	struct ohb_tree_notes *notes; /* get longer; NULL: nobody needs them */
};

/* The project's files; see struct ohb_files. */
int ohb_tree_list(const struct ohb_tree *tree, struct ohb_arena *arena,
		struct ohb_files *ret, struct ohb_error *err) OHB_MUST_CHECK;

/* What a name stands for; OHB_FS_ABSENT is no error, a way that leads out of
 * the project through a link is. */
int ohb_tree_kind(const struct ohb_tree *tree, const char *path,
		enum ohb_fs_kind *ret, struct ohb_error *err) OHB_MUST_CHECK;

/* 0 when the path is a folder, OHB_E_MISSING when it may become one. */
int ohb_tree_folder(const struct ohb_tree *tree, const char *path,
		struct ohb_error *err) OHB_MUST_CHECK;

/* Appends the bytes of a file to out.  OHB_E_LIMIT above max; OHB_E_MISSING.
 * `anywhere`: on disk the path may also lead out of the project. */
int ohb_tree_read(const struct ohb_tree *tree, const char *path, size_t max,
		struct ohb_str *out, struct ohb_error *err) OHB_MUST_CHECK;
int ohb_tree_read_anywhere(const struct ohb_tree *tree, const char *path,
		size_t max, struct ohb_str *out,
		struct ohb_error *err) OHB_MUST_CHECK;

/* Appends what ohb_fs_digest takes the digest of: the bytes of a file, or of
 * a link its target. */
int ohb_tree_bytes(const struct ohb_tree *tree, const char *path, size_t max,
		struct ohb_str *out, struct ohb_error *err) OHB_MUST_CHECK;

/* 1: the digest of a path is that of what is on disk; 0: of what is staged,
 * by ohb_staged_look; -1. */
int ohb_tree_on_disk(const struct ohb_tree *tree, const char *path,
		struct ohb_error *err) OHB_MUST_CHECK;

#endif
