#ifndef OHB_BUILD_HISTORY_H
#define OHB_BUILD_HISTORY_H

/*
 * What a file was when a record was made, and which commit has changed it
 * since: from the store's blobs and from git.  Never fails; what cannot be
 * known is said in words.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/map.h"
#include "store/store.h"

/* Commits of a path that are looked at, newest first. */
#define OHB_HISTORY_COMMITS 200
/* Files that git is asked for in one answer. */
#define OHB_HISTORY_FILES 30

struct ohb_history_commit { /* as git tells it, in UTF-8 */
	const char *id; /* short */
	const char *date; /* "2026-11-22" */
	const char *author, *subject;
};

struct ohb_history_past {
	/* the bytes of then (of a link: its target), when `kind` is not
	 * OHB_FS_ABSENT */
	enum ohb_fs_kind kind;
	const char *data;
	size_t len;
	const char *missing; /* why they cannot be had; or NULL */
	/* The first commit behind them that touched the file; when they are
	 * not found, the one that made it what it is.  NULL: none, or not
	 * known. */
	const struct ohb_history_commit *commit;
	size_t later; /* commits that touched it since */
	bool uncommitted; /* it is not as in the last commit */
};

struct ohb_history {
	int dirfd; /* the project's folder */
	struct ohb_store *store;
	struct ohb_arena *arena; /* what is told lives there */
	struct ohb_map known; /* path and digests -> struct ohb_history_past */
	size_t asked; /* files */
	const char *no_git; /* why git cannot be asked at all */
};

/* The file at the path had the digest `before` and has `after` (both as
 * ohb_fs_digest); they live as long as the history's arena. */
const struct ohb_history_past *ohb_history_find(struct ohb_history *history,
		const char *path, const struct ohb_digest *before,
		const struct ohb_digest *after);
/* The same for who needs nothing but the bytes: git is asked only for what
 * the store does not have. */
const struct ohb_history_past *ohb_history_bytes(struct ohb_history *history,
		const char *path, const struct ohb_digest *before,
		const struct ohb_digest *after);
void ohb_history_release(struct ohb_history *history);

/* One commit of a path in what git tells; for the tests. */
struct ohb_history_entry {
	struct ohb_history_commit commit;
	const char *before[2], *after; /* ids of blobs; NULL: there was none */
	unsigned mode_before[2], mode_after;
};

/*
 * Reads the output of git log (-z --raw -c) that ohb_history_find asks for.
 * Returns how many entries there are, at most max.
 */
size_t ohb_history_parse(const char *text, size_t len, struct ohb_arena *arena,
		struct ohb_history_entry *ret, size_t max);

#endif
