#include <stdlib.h>
#include <string.h>

#include "store/db.h"

int ohb_breaker_load(struct ohb_store *store, struct ohb_arena *arena,
		const struct ohb_breaker_row **ret, size_t *ret_n,
		struct ohb_error *err)
{
	ohb_hold held = ohb_store_hold(store);
	ohb_autosql q = OHB_SQL_INIT;
	struct ohb_breaker_row *rows = NULL, *copy, *at;
	size_t n = 0, capacity = 0;
	int row;

	if (ohb_sql_prepare(&q, store,
			    "SELECT model, base_url, opened_ms, until_ms, "
			    "openings, reason FROM breakers "
			    "ORDER BY model, base_url",
			    err) < 0)
		return -1;
	while ((row = ohb_sql_step(&q, err)) > 0) {
		at = ohb_grow(&rows, &capacity, n++, sizeof(*at));
		at->model = ohb_sql_take_text(&q, arena);
		at->base_url = ohb_sql_take_text(&q, arena);
		at->opened_ms = ohb_sql_take_int(&q);
		at->until_ms = ohb_sql_take_int(&q);
		at->openings = (unsigned)ohb_sql_take_int(&q);
		at->reason = ohb_sql_take_text(&q, arena);
	}
	copy = n ? ohb_arena_alloc(arena, n * sizeof(*copy)) : NULL;
	if (n)
		memcpy(copy, rows, n * sizeof(*copy));
	free(rows);
	if (row < 0)
		return -1;
	*ret = copy;
	*ret_n = n;
	return 0;
}

int ohb_breaker_save(struct ohb_store *store, const struct ohb_breaker_row *row,
		struct ohb_error *err)
{
	ohb_autotx tx = OHB_TX_INIT;
	ohb_autosql q = OHB_SQL_INIT;

	if (!ohb_store_writes(store))
		return 0;
	if (ohb_tx_begin(&tx, store, err) < 0 ||
			ohb_sql_prepare(&q, store,
					"INSERT OR REPLACE INTO breakers("
					"model, base_url, opened_ms, until_ms, "
					"openings, reason) "
					"VALUES(?, ?, ?, ?, ?, ?)",
					err) < 0)
		return -1;
	ohb_sql_bind_text(&q, row->model);
	ohb_sql_bind_text(&q, row->base_url);
	ohb_sql_bind_int(&q, row->opened_ms);
	ohb_sql_bind_int(&q, row->until_ms);
	ohb_sql_bind_int(&q, row->openings);
	ohb_sql_bind_text(&q, row->reason);
	if (ohb_sql_run(&q, err) < 0)
		return -1;
	ohb_sql_release(&q);
	return ohb_tx_commit(&tx, "breaker-save", err);
}

int ohb_breaker_drop(struct ohb_store *store, const char *model,
		const char *base_url, struct ohb_error *err)
{
	ohb_autotx tx = OHB_TX_INIT;
	ohb_autosql q = OHB_SQL_INIT;

	if (!ohb_store_writes(store))
		return 0;
	if (ohb_tx_begin(&tx, store, err) < 0 ||
			ohb_sql_prepare(&q, store,
					"DELETE FROM breakers WHERE model = ? "
					"AND base_url = ?",
					err) < 0)
		return -1;
	ohb_sql_bind_text(&q, model);
	ohb_sql_bind_text(&q, base_url);
	if (ohb_sql_run(&q, err) < 0)
		return -1;
	ohb_sql_release(&q);
	return ohb_tx_commit(&tx, "breaker-drop", err);
}
