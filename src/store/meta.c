#include "store/db.h"

int ohb_meta_find(struct ohb_store *store, const char *name,
		struct ohb_str *out, struct ohb_error *err)
{
	ohb_hold held = ohb_store_hold(store);
	ohb_autosql q = OHB_SQL_INIT;
	const void *text;
	size_t len;
	int row;

	if (ohb_sql_prepare(&q, store, "SELECT value FROM meta WHERE name = ?",
			    err) < 0)
		return -1;
	ohb_sql_bind_text(&q, name);
	row = ohb_sql_step(&q, err);
	if (row <= 0)
		return row;
	text = ohb_sql_take_bytes(&q, &len);
	ohb_str_add(out, text, len);
	return 1;
}

int ohb_meta_save(struct ohb_store *store, const char *name, const char *text,
		struct ohb_error *err)
{
	ohb_autotx tx = OHB_TX_INIT;
	ohb_autosql q = OHB_SQL_INIT;

	if (ohb_tx_begin(&tx, store, err) < 0 ||
			ohb_sql_prepare(&q, store,
					"INSERT OR REPLACE INTO meta(name, "
					"value) VALUES(?, ?)",
					err) < 0)
		return -1;
	ohb_sql_bind_text(&q, name);
	ohb_sql_bind_text(&q, text);
	if (ohb_sql_run(&q, err) < 0)
		return -1;
	return ohb_tx_commit(&tx, "meta-save", err);
}
