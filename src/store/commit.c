#include <stdlib.h>
#include <string.h>

#include "store/db.h"

static int insert_renames(struct ohb_store *store,
		const struct ohb_commit *commit, struct ohb_error *err)
{
	ohb_autosql q = OHB_SQL_INIT;
	size_t i;

	if (ohb_sql_prepare(&q, store,
			    "INSERT INTO renames(target, path, temp, digest, "
			    "mode, had_old, old_digest, old_blob) "
			    "VALUES(?, ?, ?, ?, ?, ?, ?, ?)",
			    err) < 0)
		return -1;
	for (i = 0; i < commit->nrenames; i++) {
		const struct ohb_rename *rename = &commit->renames[i];

		ohb_sql_bind_text(&q, commit->record.target);
		ohb_sql_bind_text(&q, rename->path);
		ohb_sql_bind_text(&q, rename->temp);
		ohb_sql_bind_digest(&q, &rename->digest);
		ohb_sql_bind_int(&q, rename->mode);
		ohb_sql_bind_int(&q, rename->had_old);
		ohb_sql_bind_digest(&q, &rename->old_digest);
		ohb_sql_bind_digest(&q, &rename->old_blob);
		if (ohb_sql_run(&q, err) < 0)
			return -1;
	}
	return 0;
}

/* 1 when a commit of the target was begun, 0, -1. */
static int is_begun(struct ohb_store *store, const char *target,
		struct ohb_error *err)
{
	ohb_autosql q = OHB_SQL_INIT;

	if (ohb_sql_prepare(&q, store,
			    "SELECT 1 FROM records WHERE target = ? AND "
			    "status IN (2, 4)",
			    err) < 0)
		return -1;
	ohb_sql_bind_text(&q, target);
	return ohb_sql_step(&q, err);
}

int ohb_commit_begin(struct ohb_store *store, const struct ohb_commit *commit,
		struct ohb_error *err)
{
	const char *target = commit->record.target;
	ohb_autotx tx = OHB_TX_INIT;
	int begun;

	if (ohb_tx_begin(&tx, store, err) < 0)
		return -1;
	begun = is_begun(store, target, err);
	if (begun < 0)
		return -1;
	if (begun)
		return ohb_fail(err, OHB_E_EXISTS,
				"a commit of '%s' is under way already",
				target);
	if (ohb_record_insert(store, &commit->record,
			    commit->files_only ? OHB_ROW_FILES :
						 OHB_ROW_PENDING,
			    err) < 0 ||
			insert_renames(store, commit, err) < 0 ||
			ohb_version_insert(store, commit->versions,
					commit->nversions, err) < 0)
		return -1;
	return ohb_tx_commit(&tx, "commit-begin", err);
}

/* Runs the statements, each with the target, in one transaction. */
static int finish(struct ohb_store *store, const char *target,
		const char *const *statements, const char *point,
		struct ohb_error *err)
{
	ohb_autotx tx = OHB_TX_INIT;
	int begun;

	if (ohb_tx_begin(&tx, store, err) < 0)
		return -1;
	begun = is_begun(store, target, err);
	if (begun < 0)
		return -1;
	if (!begun)
		return ohb_fail(err, OHB_E_MISSING,
				"no commit of '%s' is under way", target);
	for (; *statements; statements++)
		if (ohb_sql_exec_target(store, *statements, target, err) < 0)
			return -1;
	return ohb_tx_commit(&tx, point, err);
}

int ohb_commit_end(struct ohb_store *store, const char *target,
		struct ohb_error *err)
{
	static const char *const statements[] = {
		"DELETE FROM records WHERE target = ?1 AND (status = 4 OR "
		"status IN (0, 1, 3) AND EXISTS(SELECT 1 FROM records "
		"WHERE target = ?1 AND status = 2))",
		"UPDATE records SET status = 0 WHERE target = ? AND status = 2",
		"DELETE FROM renames WHERE target = ?",
		NULL,
	};

	return finish(store, target, statements, "commit-end", err);
}

int ohb_commit_drop(struct ohb_store *store, const char *target,
		struct ohb_error *err)
{
	static const char *const statements[] = {
		"DELETE FROM records WHERE target = ? AND status IN (2, 4)",
		"DELETE FROM renames WHERE target = ?",
		NULL,
	};

	return finish(store, target, statements, "commit-drop", err);
}

static void take_rename(struct ohb_sql *q, struct ohb_arena *arena,
		struct ohb_rename *ret)
{
	ret->path = ohb_sql_take_text(q, arena);
	ret->temp = ohb_sql_take_text(q, arena);
	ret->digest = ohb_sql_take_digest(q);
	ret->mode = (mode_t)ohb_sql_take_int(q);
	ret->had_old = ohb_sql_take_int(q) != 0;
	ret->old_digest = ohb_sql_take_digest(q);
	ret->old_blob = ohb_sql_take_digest(q);
}

static int load_renames(struct ohb_store *store, struct ohb_arena *arena,
		struct ohb_commit *commit, struct ohb_error *err)
{
	ohb_autosql q = OHB_SQL_INIT;
	ohb_autofree struct ohb_rename *items = NULL;
	struct ohb_rename *copy;
	size_t cap = 0;
	int row;

	if (ohb_sql_prepare(&q, store,
			    "SELECT path, temp, digest, mode, had_old, "
			    "old_digest, old_blob FROM renames WHERE "
			    "target = ? ORDER BY path",
			    err) < 0)
		return -1;
	ohb_sql_bind_text(&q, commit->record.target);
	while ((row = ohb_sql_step(&q, err)) > 0) {
		take_rename(&q, arena,
				ohb_grow(&items, &cap, commit->nrenames,
						sizeof(*items)));
		commit->nrenames++;
	}
	if (row < 0 || !items)
		return row;
	copy = ohb_arena_alloc(arena, commit->nrenames * sizeof(*copy));
	memcpy(copy, items, commit->nrenames * sizeof(*copy));
	commit->renames = copy;
	return 0;
}

static int load_commits(struct ohb_store *store, enum ohb_record_row row,
		struct ohb_arena *arena, struct ohb_commit **ret, size_t *ret_n,
		struct ohb_error *err)
{
	const struct ohb_record *records;
	struct ohb_commit *commit;
	size_t n, cap = *ret_n, i;

	if (ohb_record_load_rows(store, row, arena, &records, &n, err) < 0)
		return -1;
	for (i = 0; i < n; i++) {
		commit = ohb_grow(ret, &cap, *ret_n, sizeof(*commit));
		*commit = (struct ohb_commit){
			.record = records[i],
			.files_only = row == OHB_ROW_FILES,
		};
		(*ret_n)++;
		if (load_renames(store, arena, commit, err) < 0)
			return -1;
	}
	return 0;
}

int ohb_commit_load(struct ohb_store *store, struct ohb_arena *arena,
		const struct ohb_commit **ret, size_t *ret_n,
		struct ohb_error *err)
{
	ohb_hold held = ohb_store_hold(store);
	ohb_autofree struct ohb_commit *items = NULL;
	struct ohb_commit *commits = NULL;
	size_t n = 0;

	if (load_commits(store, OHB_ROW_PENDING, arena, &items, &n, err) < 0 ||
			load_commits(store, OHB_ROW_FILES, arena, &items, &n,
					err) < 0)
		return -1;
	if (n) {
		commits = ohb_arena_alloc(arena, n * sizeof(*commits));
		memcpy(commits, items, n * sizeof(*commits));
	}
	*ret = commits;
	*ret_n = n;
	return 0;
}
