#include <stdlib.h>
#include <string.h>

#include "store/db.h"

/* The paths are one blob, each with a NUL behind it. */
static int take_paths(struct ohb_sql *q, struct ohb_arena *arena,
		struct ohb_depfile_answer *ret)
{
	size_t len, n = 0, i;
	const char *bytes = ohb_sql_take_bytes(q, &len);
	const char *at = ohb_arena_strndup(arena, len ? bytes : "", len);
	const char **paths;

	if (len && at[len - 1] != '\0')
		return -1;
	for (i = 0; i < len; i++)
		n += at[i] == '\0';
	paths = ohb_arena_alloc(arena, n * sizeof(*paths));
	for (i = 0; i < n; i++) {
		paths[i] = at;
		at += strlen(at) + 1;
	}
	ret->paths = paths;
	ret->npaths = n;
	return 0;
}

int ohb_depfile_load(struct ohb_store *store, struct ohb_arena *arena,
		struct ohb_map *ret, struct ohb_error *err)
{
	ohb_hold held = ohb_store_hold(store);
	ohb_autosql q = OHB_SQL_INIT;
	int row;

	if (ohb_sql_prepare(&q, store,
			    "SELECT target, digest, paths FROM depfiles",
			    err) < 0)
		return -1;
	while ((row = ohb_sql_step(&q, err)) > 0) {
		struct ohb_depfile_answer *answer =
				ohb_arena_alloc(arena, sizeof(*answer));

		answer->target = ohb_sql_take_text(&q, arena);
		answer->digest = ohb_sql_take_digest(&q);
		if (take_paths(&q, arena, answer) < 0) {
			store->damaged = true;
			return ohb_fail(err, OHB_E_STATE,
					"use '%s': what a depfile command said "
					"is damaged",
					OHB_STORE_FILE);
		}
		ohb_map_add(ret, answer->target, answer);
	}
	return row;
}

int ohb_depfile_save(struct ohb_store *store,
		const struct ohb_depfile_answer *answers, size_t n,
		struct ohb_error *err)
{
	ohb_autotx tx = OHB_TX_INIT;
	ohb_autosql q = OHB_SQL_INIT;
	size_t i, k;

	if (!ohb_store_writes(store) || n == 0)
		return 0;
	if (ohb_tx_begin(&tx, store, err) < 0 ||
			ohb_sql_prepare(&q, store,
					"INSERT OR REPLACE INTO depfiles("
					"target, digest, paths) "
					"VALUES(?, ?, ?)",
					err) < 0)
		return -1;
	for (i = 0; i < n; i++) {
		ohb_autostr paths = OHB_STR_INIT;

		for (k = 0; k < answers[i].npaths; k++)
			ohb_str_add(&paths, answers[i].paths[k],
					strlen(answers[i].paths[k]) + 1);
		ohb_sql_bind_text(&q, answers[i].target);
		ohb_sql_bind_bytes(
				&q, answers[i].digest.bytes, OHB_DIGEST_SIZE);
		ohb_sql_bind_bytes(&q, ohb_str_cstr(&paths), paths.len);
		if (ohb_sql_run(&q, err) < 0)
			return -1;
	}
	ohb_sql_release(&q);
	return ohb_tx_commit(&tx, "depfile-save", err);
}
