#include "store/db.h"

int ohb_spend_save(struct ohb_store *store, const struct ohb_spend *spend,
		struct ohb_error *err)
{
	ohb_autotx tx = OHB_TX_INIT;
	ohb_autosql q = OHB_SQL_INIT;

	if (ohb_tx_begin(&tx, store, err) < 0 ||
			ohb_sql_prepare(&q, store,
					"INSERT OR REPLACE INTO spend(run, "
					"target, day, open, nano_usd, unknown, "
					"requests, tokens_in, tokens_cached, "
					"tokens_out) VALUES(?, ?, ?, ?, ?, ?, "
					"?, ?, ?, ?)",
					err) < 0)
		return -1;
	ohb_sql_bind_text(&q, spend->run);
	ohb_sql_bind_text(&q, spend->target);
	ohb_sql_bind_int(&q, spend->day);
	ohb_sql_bind_int(&q, spend->open);
	ohb_sql_bind_int(&q, spend->nano_usd);
	ohb_sql_bind_int(&q, spend->unknown);
	ohb_sql_bind_int(&q, (int64_t)spend->requests);
	ohb_sql_bind_int(&q, (int64_t)spend->tokens_in);
	ohb_sql_bind_int(&q, (int64_t)spend->tokens_cached);
	ohb_sql_bind_int(&q, (int64_t)spend->tokens_out);
	if (ohb_sql_run(&q, err) < 0)
		return -1;
	return ohb_tx_commit(&tx, "spend-save", err);
}

int ohb_spend_day(struct ohb_store *store, int64_t day, int64_t *ret_nano_usd,
		struct ohb_error *err)
{
	ohb_hold held = ohb_store_hold(store);
	ohb_autosql q = OHB_SQL_INIT;

	if (ohb_sql_prepare(&q, store,
			    "SELECT coalesce(sum(nano_usd), 0) FROM spend "
			    "WHERE day = ?",
			    err) < 0)
		return -1;
	ohb_sql_bind_int(&q, day);
	if (ohb_sql_step(&q, err) <= 0)
		return -1;
	*ret_nano_usd = ohb_sql_take_int(&q);
	return 0;
}
