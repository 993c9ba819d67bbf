#ifndef OHB_STORE_DB_H
#define OHB_STORE_DB_H

/* Private to this floor: the store's connection, and SQLite with our errors.
 * Values are bound, and columns taken, one after the other. */

#include <pthread.h>

#include <sqlite3.h>

#include "store/store.h"

#define OHB_STORE_DIR ".ohbuild"
#define OHB_STORE_FILE ".ohbuild/state.db"
/* in it */
#define OHB_STORE_DB "state.db"
#define OHB_INDEX_FILE "index"

struct ohb_store {
	pthread_mutex_t mutex; /* held by every call while it uses db */
	sqlite3 *db;
	int dirfd; /* of OHB_STORE_DIR; -1: there is none */
	int lock_fd; /* -1: not ours to write */
	bool damaged; /* seen to be, since it was opened */
	struct ohb_stats *stats; /* begun last, or NULL */
};

/* Fails with what SQLite says of its latest call on the store. */
int ohb_sql_fail(struct ohb_store *store, struct ohb_error *err);
/* Runs statements that give no rows. */
int ohb_sql_exec(struct ohb_store *store, const char *sql,
		struct ohb_error *err) OHB_MUST_CHECK;

struct ohb_sql {
	struct ohb_store *store;
	sqlite3_stmt *stmt;
	int bound, taken;
};

#define OHB_SQL_INIT                        \
	{                                   \
		.store = NULL, .stmt = NULL \
	}

int ohb_sql_prepare(struct ohb_sql *q, struct ohb_store *store, const char *sql,
		struct ohb_error *err) OHB_MUST_CHECK;
void ohb_sql_release(struct ohb_sql *q);
#define ohb_autosql __attribute__((cleanup(ohb_sql_release))) struct ohb_sql

/* What is bound must live until the last step. */
void ohb_sql_bind_text(struct ohb_sql *q, const char *text); /* or NULL */
void ohb_sql_bind_bytes(struct ohb_sql *q, const void *data, size_t len);
void ohb_sql_bind_int(struct ohb_sql *q, int64_t value);
void ohb_sql_bind_cost(struct ohb_sql *q, double usd); /* negative: NULL */
/* Zero: NULL. */
void ohb_sql_bind_digest(struct ohb_sql *q, const struct ohb_digest *digest);

/* 1 with a row, 0 at the end, -1. */
int ohb_sql_step(struct ohb_sql *q, struct ohb_error *err) OHB_MUST_CHECK;
/* To the end, then ready for new values. */
int ohb_sql_run(struct ohb_sql *q, struct ohb_error *err) OHB_MUST_CHECK;

/* Of the row at hand, the next column. */
char *ohb_sql_take_text(struct ohb_sql *q, struct ohb_arena *arena);
const void *ohb_sql_take_bytes(struct ohb_sql *q, size_t *ret_len);
int64_t ohb_sql_take_int(struct ohb_sql *q);
double ohb_sql_take_cost(struct ohb_sql *q);
struct ohb_digest ohb_sql_take_digest(struct ohb_sql *q);

/* Scope of one call that reads: `ohb_hold held = ohb_store_hold(store)`. */
struct ohb_store *ohb_store_hold(struct ohb_store *store);
void ohb_store_let_go(struct ohb_store **store);
#define ohb_hold \
	__attribute__((cleanup(ohb_store_let_go), unused)) struct ohb_store *

/*
 * A transaction, which also holds the store; one that is not committed is
 * rolled back when its scope ends.
 */
struct ohb_tx {
	struct ohb_store *store;
	bool open;
};

#define OHB_TX_INIT                          \
	{                                    \
		.store = NULL, .open = false \
	}

int ohb_tx_begin(struct ohb_tx *tx, struct ohb_store *store,
		struct ohb_error *err) OHB_MUST_CHECK;
/* Comes by the failpoints "<point>" before and "<point>-done" after. */
int ohb_tx_commit(struct ohb_tx *tx, const char *point,
		struct ohb_error *err) OHB_MUST_CHECK;
void ohb_tx_release(struct ohb_tx *tx);
#define ohb_autotx __attribute__((cleanup(ohb_tx_release))) struct ohb_tx

/* What an attempt that is not ended has cost at most, and its tokens at least:
 * what its build spent on the target, less the attempts before it.  NULL when that is not known. */
#define OHB_SPENT_USD                                                        \
	"(SELECT CASE WHEN max(s.unknown) THEN NULL ELSE max(0, "            \
	"sum(s.nano_usd) / 1e9 - (SELECT total(b.cost_usd) FROM attempts b " \
	"WHERE b.run = a.run AND b.target = a.target AND b.state = 1)) END " \
	"FROM spend s WHERE s.run = a.run AND s.target = a.target)"
#define OHB_SPENT_TOKENS(name)                                        \
	"(SELECT max(0, sum(s." name ") - (SELECT CAST(total(b." name \
	") AS INTEGER) FROM attempts b WHERE b.run = a.run AND "      \
	"b.target = a.target AND b.state = 1)) FROM spend s "         \
	"WHERE s.run = a.run AND s.target = a.target)"

/* Without a transaction of their own. */
int ohb_version_insert(struct ohb_store *store,
		const struct ohb_version *versions, size_t n,
		struct ohb_error *err) OHB_MUST_CHECK;

/* attempt: its row; 0: none. */
int ohb_traffic_insert(struct ohb_store *store, int64_t attempt,
		const struct ohb_traffic *traffic, size_t n,
		struct ohb_error *err) OHB_MUST_CHECK;

/* Ends that say something of what a run takes: not those that were cut short,
 * nor what was judged without an agent. */
#define OHB_TELLING                                                          \
	"state = 1 AND coalesce(class, '') NOT IN ('interrupted', 'infra', " \
	"'config', 'changed', 'conflict') AND number > 0"

/* How records stand in the table beside each other. */
enum ohb_record_row {
	OHB_ROW_OK,
	OHB_ROW_FAILED,
	OHB_ROW_PENDING, /* of a commit: will be the target's */
	OHB_ROW_REFUSED,
	OHB_ROW_FILES, /* of a commit that changes no record */
};

int ohb_record_insert(struct ohb_store *store, const struct ohb_record *record,
		enum ohb_record_row row, struct ohb_error *err) OHB_MUST_CHECK;
/* All of one kind (not the first two), sorted by target; the caller holds the store. */
int ohb_record_load_rows(struct ohb_store *store, enum ohb_record_row row,
		struct ohb_arena *arena, const struct ohb_record **ret,
		size_t *ret_n, struct ohb_error *err) OHB_MUST_CHECK;
/* One statement with the target as its only value. */
int ohb_sql_exec_target(struct ohb_store *store, const char *sql,
		const char *target, struct ohb_error *err) OHB_MUST_CHECK;

#endif
