#include "store/db.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/failpoint.h"

/* What SQLite's result codes mean to us; all others are OHB_E_STATE. */
static const struct {
	int code;
	enum ohb_code means;
	const char *cure;
} known[] = {
	{ SQLITE_CORRUPT, OHB_E_STATE,
			"; the next build puts it aside and begins anew" },
	{ SQLITE_NOTADB, OHB_E_STATE,
			"; the next build puts it aside and begins anew" },
	{ SQLITE_BUSY, OHB_E_BUSY, "; another program keeps it locked" },
	{ SQLITE_FULL, OHB_E_IO, "; make room and run again" },
	{ SQLITE_IOERR, OHB_E_IO, "" },
	{ SQLITE_CANTOPEN, OHB_E_IO, "" },
	{ SQLITE_READONLY, OHB_E_IO, "" },
	{ SQLITE_PERM, OHB_E_IO, "" },
};

int ohb_sql_fail(struct ohb_store *store, struct ohb_error *err)
{
	const int code = sqlite3_errcode(store->db) & 0xff;
	enum ohb_code means = OHB_E_STATE;
	const char *cure = "";
	size_t i;

	for (i = 0; i < OHB_ARRAY_LEN(known); i++) {
		if (known[i].code == code) {
			means = known[i].means;
			cure = known[i].cure;
		}
	}
	if (code == SQLITE_NOMEM)
		abort();
	if (code == SQLITE_CORRUPT || code == SQLITE_NOTADB)
		store->damaged = true;
	return ohb_fail(err, means, "use '%s': %s%s", OHB_STORE_FILE,
			sqlite3_errmsg(store->db), cure);
}

int ohb_sql_exec(
		struct ohb_store *store, const char *sql, struct ohb_error *err)
{
	if (sqlite3_exec(store->db, sql, NULL, NULL, NULL) != SQLITE_OK)
		return ohb_sql_fail(store, err);
	return 0;
}

int ohb_sql_prepare(struct ohb_sql *q, struct ohb_store *store, const char *sql,
		struct ohb_error *err)
{
	*q = (struct ohb_sql){ .store = store };
	if (sqlite3_prepare_v2(store->db, sql, -1, &q->stmt, NULL) != SQLITE_OK)
		return ohb_sql_fail(store, err);
	return 0;
}

void ohb_sql_release(struct ohb_sql *q)
{
	(void)sqlite3_finalize(q->stmt);
	q->stmt = NULL;
}

/* A value that cannot be bound is NULL then, which the schema refuses
 * wherever it matters. */
void ohb_sql_bind_text(struct ohb_sql *q, const char *text)
{
	(void)sqlite3_bind_text(q->stmt, ++q->bound, text, -1, SQLITE_STATIC);
}

void ohb_sql_bind_bytes(struct ohb_sql *q, const void *data, size_t len)
{
	/* A NULL pointer would be NULL, not the empty blob. */
	(void)sqlite3_bind_blob64(q->stmt, ++q->bound, data ? data : "", len,
			SQLITE_STATIC);
}

void ohb_sql_bind_int(struct ohb_sql *q, int64_t value)
{
	(void)sqlite3_bind_int64(q->stmt, ++q->bound, value);
}

void ohb_sql_bind_cost(struct ohb_sql *q, double usd)
{
	q->bound++;
	if (usd >= 0)
		(void)sqlite3_bind_double(q->stmt, q->bound, usd);
	else
		(void)sqlite3_bind_null(q->stmt, q->bound);
}

void ohb_sql_bind_digest(struct ohb_sql *q, const struct ohb_digest *digest)
{
	q->bound++;
	if (ohb_digest_is_zero(digest))
		(void)sqlite3_bind_null(q->stmt, q->bound);
	else
		(void)sqlite3_bind_blob(q->stmt, q->bound, digest->bytes,
				sizeof(digest->bytes), SQLITE_STATIC);
}

int ohb_sql_step(struct ohb_sql *q, struct ohb_error *err)
{
	q->taken = 0;
	switch (sqlite3_step(q->stmt)) {
	case SQLITE_ROW:
		return 1;
	case SQLITE_DONE:
		return 0;
	default:
		return ohb_sql_fail(q->store, err);
	}
}

int ohb_sql_run(struct ohb_sql *q, struct ohb_error *err)
{
	int ret;

	while ((ret = ohb_sql_step(q, err)) > 0)
		;
	(void)sqlite3_reset(q->stmt);
	q->bound = 0;
	return ret;
}

int ohb_sql_exec_target(struct ohb_store *store, const char *sql,
		const char *target, struct ohb_error *err)
{
	ohb_autosql q = OHB_SQL_INIT;

	if (ohb_sql_prepare(&q, store, sql, err) < 0)
		return -1;
	ohb_sql_bind_text(&q, target);
	return ohb_sql_run(&q, err);
}

char *ohb_sql_take_text(struct ohb_sql *q, struct ohb_arena *arena)
{
	const int column = q->taken++;
	const void *text = sqlite3_column_text(q->stmt, column);
	const int len = sqlite3_column_bytes(q->stmt, column);

	return text ? ohb_arena_strndup(arena, text, (size_t)len) : NULL;
}

const void *ohb_sql_take_bytes(struct ohb_sql *q, size_t *ret_len)
{
	const int column = q->taken++;
	const void *data = sqlite3_column_blob(q->stmt, column);

	*ret_len = (size_t)sqlite3_column_bytes(q->stmt, column);
	return data ? data : "";
}

int64_t ohb_sql_take_int(struct ohb_sql *q)
{
	return sqlite3_column_int64(q->stmt, q->taken++);
}

double ohb_sql_take_cost(struct ohb_sql *q)
{
	const int column = q->taken++;

	if (sqlite3_column_type(q->stmt, column) == SQLITE_NULL)
		return -1;
	return sqlite3_column_double(q->stmt, column);
}

struct ohb_digest ohb_sql_take_digest(struct ohb_sql *q)
{
	struct ohb_digest ret = { .bytes = { 0 } };
	size_t len;
	const void *bytes = ohb_sql_take_bytes(q, &len);

	if (len == sizeof(ret.bytes))
		memcpy(ret.bytes, bytes, len);
	return ret;
}

struct ohb_store *ohb_store_hold(struct ohb_store *store)
{
	(void)pthread_mutex_lock(&store->mutex);
	return store;
}

void ohb_store_let_go(struct ohb_store **store)
{
	(void)pthread_mutex_unlock(&(*store)->mutex);
}

int ohb_tx_begin(struct ohb_tx *tx, struct ohb_store *store,
		struct ohb_error *err)
{
	tx->store = ohb_store_hold(store);
	if (ohb_sql_exec(store, "BEGIN IMMEDIATE", err) < 0)
		return -1;
	tx->open = true;
	return 0;
}

int ohb_tx_commit(struct ohb_tx *tx, const char *point, struct ohb_error *err)
{
	char after[64];

	(void)snprintf(after, sizeof(after), "%s-done", point);
	ohb_failpoint(point);
	if (ohb_sql_exec(tx->store, "COMMIT", err) < 0)
		return -1;
	tx->open = false;
	ohb_failpoint(after);
	return 0;
}

void ohb_tx_release(struct ohb_tx *tx)
{
	if (!tx->store)
		return;
	/* SQLite may have rolled back by itself: that is no error. */
	if (tx->open)
		(void)sqlite3_exec(tx->store->db, "ROLLBACK", NULL, NULL, NULL);
	ohb_store_let_go(&tx->store);
	tx->store = NULL;
}
