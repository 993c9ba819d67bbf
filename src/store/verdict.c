#include "store/db.h"

int ohb_verdict_find(struct ohb_store *store, const struct ohb_digest *key,
		struct ohb_str *ret, struct ohb_error *err)
{
	ohb_hold held = ohb_store_hold(store);
	ohb_autosql q = OHB_SQL_INIT;
	const void *text;
	size_t len;
	int row;

	if (ohb_sql_prepare(&q, store,
			    "SELECT report FROM verdicts WHERE key = ?",
			    err) < 0)
		return -1;
	ohb_sql_bind_bytes(&q, key->bytes, OHB_DIGEST_SIZE);
	row = ohb_sql_step(&q, err);
	if (row > 0) {
		text = ohb_sql_take_bytes(&q, &len);
		ohb_str_add(ret, text ? text : "", len);
	}
	return row;
}

static int insert(struct ohb_store *store, const struct ohb_digest *key,
		const char *report, int64_t now_ms, struct ohb_error *err)
{
	ohb_autosql q = OHB_SQL_INIT;

	if (ohb_sql_prepare(&q, store,
			    "INSERT OR REPLACE INTO verdicts(key, judged_ms, "
			    "report) VALUES(?, ?, ?)",
			    err) < 0)
		return -1;
	ohb_sql_bind_bytes(&q, key->bytes, OHB_DIGEST_SIZE);
	ohb_sql_bind_int(&q, now_ms);
	ohb_sql_bind_text(&q, report);
	return ohb_sql_run(&q, err);
}

static int drop_old(struct ohb_store *store, struct ohb_error *err)
{
	ohb_autosql q = OHB_SQL_INIT;

	if (ohb_sql_prepare(&q, store,
			    "DELETE FROM verdicts WHERE judged_ms < (SELECT "
			    "judged_ms FROM verdicts ORDER BY judged_ms DESC "
			    "LIMIT 1 OFFSET ?)",
			    err) < 0)
		return -1;
	ohb_sql_bind_int(&q, OHB_VERDICTS - 1);
	return ohb_sql_run(&q, err);
}

int ohb_verdict_save(struct ohb_store *store, const struct ohb_digest *key,
		const char *report, int64_t now_ms, struct ohb_error *err)
{
	ohb_autotx tx = OHB_TX_INIT;

	if (!ohb_store_writes(store))
		return 0;
	if (ohb_tx_begin(&tx, store, err) < 0 ||
			insert(store, key, report, now_ms, err) < 0 ||
			drop_old(store, err) < 0)
		return -1;
	return ohb_tx_commit(&tx, "verdict-save", err);
}
