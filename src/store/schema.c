#include "store/schema.h"

#include <fcntl.h>
#include <stdio.h>

#include "base/failpoint.h"
#include "io/fs.h"

/*
 * records: at most four rows a target, by status (enum ohb_record_row);
 * parts and outputs are packed, see record.c.  renames: the journal; a
 * target that has some has a pending record as well.  Digests are blobs of
 * 16 bytes, unknown costs NULL.
 */
static const char version_1[] =
		"CREATE TABLE meta(name TEXT PRIMARY KEY NOT NULL,"
		"  value TEXT NOT NULL) STRICT;"
		"CREATE TABLE blobs(digest BLOB PRIMARY KEY NOT NULL,"
		"  data BLOB NOT NULL) STRICT;"
		"CREATE TABLE records(target TEXT NOT NULL,"
		"  status INTEGER NOT NULL, key BLOB NOT NULL,"
		"  parts BLOB NOT NULL, outputs BLOB NOT NULL,"
		"  class TEXT, fingerprint BLOB, evidence TEXT,"
		"  model TEXT, image TEXT, cost_usd REAL,"
		"  tokens_in INTEGER NOT NULL, tokens_out INTEGER NOT NULL,"
		"  started_ms INTEGER NOT NULL, finished_ms INTEGER NOT NULL,"
		"  duration_ms INTEGER NOT NULL, attempts INTEGER NOT NULL,"
		"  validation_key BLOB, PRIMARY KEY(target, status)"
		") STRICT, WITHOUT ROWID;"
		"CREATE TABLE versions(id INTEGER PRIMARY KEY,"
		"  target TEXT NOT NULL, path TEXT NOT NULL,"
		"  blob BLOB NOT NULL REFERENCES blobs(digest),"
		"  mode INTEGER NOT NULL, origin TEXT NOT NULL"
		"    CHECK(origin IN ('agent', 'person')),"
		"  written_ms INTEGER NOT NULL) STRICT;"
		"CREATE INDEX versions_target ON versions(target, id);"
		"CREATE TABLE renames(target TEXT NOT NULL,"
		"  path TEXT NOT NULL, temp TEXT NOT NULL,"
		"  digest BLOB NOT NULL, mode INTEGER NOT NULL,"
		"  had_old INTEGER NOT NULL, old_digest BLOB,"
		"  old_blob BLOB REFERENCES blobs(digest),"
		"  PRIMARY KEY(target, path)) STRICT, WITHOUT ROWID;"
		"CREATE TABLE attempts(id INTEGER PRIMARY KEY,"
		"  run TEXT NOT NULL, target TEXT NOT NULL,"
		"  number INTEGER NOT NULL, container TEXT,"
		"  owner TEXT NOT NULL, started_ms INTEGER NOT NULL,"
		"  state INTEGER NOT NULL DEFAULT 0,"
		"  class TEXT, reason TEXT, fingerprint BLOB, model TEXT,"
		"  cost_usd REAL, tokens_in INTEGER, tokens_out INTEGER,"
		"  ended_ms INTEGER, duration_ms INTEGER, findings TEXT,"
		"  trajectory BLOB REFERENCES blobs(digest),"
		"  prompt BLOB REFERENCES blobs(digest)) STRICT;"
		"CREATE INDEX attempts_target ON attempts(target, id);"
		"CREATE INDEX attempts_open ON attempts(id) WHERE state = 0;";

/* written: what an attempt wrote, whether it was taken or not.  stats: the
 * stat cache; its paths are bytes. */
static const char version_2[] =
		"CREATE TABLE written("
		"  attempt INTEGER NOT NULL REFERENCES attempts(id),"
		"  path TEXT NOT NULL,"
		"  blob BLOB NOT NULL REFERENCES blobs(digest),"
		"  PRIMARY KEY(attempt, path)) STRICT, WITHOUT ROWID;"
		"CREATE TABLE stats(path BLOB PRIMARY KEY NOT NULL,"
		"  dev INTEGER NOT NULL, ino INTEGER NOT NULL,"
		"  size INTEGER NOT NULL, mode INTEGER NOT NULL,"
		"  mtime_ns INTEGER NOT NULL, ctime_ns INTEGER NOT NULL,"
		"  digest BLOB NOT NULL) STRICT, WITHOUT ROWID;";

/* names: digests of this machine, and what everybody calls that content.
 * What is known of a lock ("lock:<path>") holds until a record changes. */
static const char version_3[] =
		"CREATE TABLE names(digest BLOB PRIMARY KEY NOT NULL,"
		"  mode INTEGER NOT NULL, sha256 BLOB NOT NULL)"
		"  STRICT, WITHOUT ROWID;"
		"CREATE TRIGGER records_added AFTER INSERT ON records BEGIN"
		"  DELETE FROM meta WHERE name GLOB 'lock:*'; END;"
		"CREATE TRIGGER records_changed AFTER UPDATE ON records BEGIN"
		"  DELETE FROM meta WHERE name GLOB 'lock:*'; END;"
		"CREATE TRIGGER records_removed AFTER DELETE ON records BEGIN"
		"  DELETE FROM meta WHERE name GLOB 'lock:*'; END;";

/* The stat cache lies beside the database: see index.h. */
static const char version_4[] = "DROP TABLE stats;";

/* depfiles: the inputs that a command found, and the digest of the command
 * and of all that it rests on. */
static const char version_5[] =
		"CREATE TABLE depfiles(target TEXT PRIMARY KEY NOT NULL,"
		"  digest BLOB NOT NULL, paths BLOB NOT NULL)"
		"  STRICT, WITHOUT ROWID;";

/* breakers: the models that are not asked for a while. */
static const char version_6[] =
		"CREATE TABLE breakers(model TEXT NOT NULL,"
		"  base_url TEXT NOT NULL, opened_ms INTEGER NOT NULL,"
		"  until_ms INTEGER NOT NULL, openings INTEGER NOT NULL,"
		"  reason TEXT NOT NULL, PRIMARY KEY(model, base_url)"
		") STRICT, WITHOUT ROWID;";
/* spend: see store.h. */
static const char version_7[] =
		"CREATE TABLE spend(run TEXT NOT NULL, target TEXT NOT NULL,"
		"  day INTEGER NOT NULL, open INTEGER NOT NULL,"
		"  nano_usd INTEGER NOT NULL, unknown INTEGER NOT NULL,"
		"  requests INTEGER NOT NULL, tokens_in INTEGER NOT NULL,"
		"  tokens_cached INTEGER NOT NULL,"
		"  tokens_out INTEGER NOT NULL,"
		"  PRIMARY KEY(run, target, day)) STRICT, WITHOUT ROWID;"
		"CREATE INDEX spend_day ON spend(day);"
		"CREATE INDEX spend_open ON spend(open) WHERE open = 1;";

/* traffic: requests to a model, summed up for each attempt; for none when a
 * model was only tried.  secret: the key of `key`, which is a digest. */
static const char version_8[] =
		"CREATE TABLE traffic(id INTEGER PRIMARY KEY,"
		"  attempt INTEGER REFERENCES attempts(id),"
		"  model TEXT NOT NULL, base_url TEXT NOT NULL,"
		"  key BLOB, requests INTEGER NOT NULL,"
		"  answers INTEGER NOT NULL, latency_ms INTEGER NOT NULL,"
		"  tokens_in INTEGER NOT NULL,"
		"  tokens_cached INTEGER NOT NULL,"
		"  tokens_out INTEGER NOT NULL, cost_usd REAL,"
		"  answered_ms INTEGER NOT NULL) STRICT;"
		"CREATE INDEX traffic_model ON traffic(model, id);"
		"CREATE TABLE secret(id INTEGER PRIMARY KEY CHECK(id = 1),"
		"  bytes BLOB NOT NULL) STRICT;"
		"INSERT INTO secret VALUES(1, randomblob(32));";

/* settings: of the judge, when the record was made.  verdicts: see store.h. */
static const char version_9[] =
		"ALTER TABLE records ADD COLUMN settings BLOB;"
		"CREATE TABLE verdicts(key BLOB PRIMARY KEY NOT NULL,"
		"  judged_ms INTEGER NOT NULL, report TEXT NOT NULL"
		") STRICT, WITHOUT ROWID;";

const struct ohb_migration ohb_migrations[] = {
	{ .sql = version_1 },
	{ .sql = version_2 },
	{ .sql = version_3 },
	{ .sql = version_4 },
	{ .sql = version_5 },
	{ .sql = version_6 },
	{ .sql = version_7 },
	{ .sql = version_8 },
	{ .sql = version_9 },
};
const size_t ohb_nmigrations = OHB_ARRAY_LEN(ohb_migrations);

static int read_number(struct ohb_store *store, const char *sql, int64_t *ret,
		struct ohb_error *err)
{
	ohb_autosql q = OHB_SQL_INIT;
	int row;

	if (ohb_sql_prepare(&q, store, sql, err) < 0)
		return -1;
	row = ohb_sql_step(&q, err);
	if (row > 0)
		*ret = ohb_sql_take_int(&q);
	return row < 0 ? -1 : 0;
}

int ohb_schema_version(
		struct ohb_store *store, size_t *ret, struct ohb_error *err)
{
	int64_t tables = 0, application = 0, version = 0;

	if (read_number(store, "SELECT count(*) FROM sqlite_schema", &tables,
			    err) < 0 ||
			read_number(store, "PRAGMA application_id",
					&application, err) < 0 ||
			read_number(store, "PRAGMA user_version", &version,
					err) < 0)
		return -1;
	if (tables == 0) {
		*ret = 0;
		return 0;
	}
	if (application != OHB_APPLICATION_ID || version < 1) {
		store->damaged = true;
		return ohb_fail(err, OHB_E_STATE,
				"use '%s': not a database of ohbuild",
				OHB_STORE_FILE);
	}
	*ret = (size_t)version;
	return 0;
}

static int copy_old(
		struct ohb_store *store, size_t version, struct ohb_error *err)
{
	const char *file = sqlite3_db_filename(store->db, "main");
	ohb_autosql q = OHB_SQL_INIT;
	ohb_autostr copy = OHB_STR_INIT;

	if (version == 0 || !file || !*file)
		return 0;
	ohb_str_addf(&copy, "%s.v%zu", file, version);
	if (ohb_fs_remove_tree(AT_FDCWD, copy.data, err) < 0 ||
			ohb_sql_prepare(&q, store, "VACUUM INTO ?", err) < 0)
		return -1;
	ohb_sql_bind_text(&q, copy.data);
	if (ohb_sql_run(&q, err) < 0)
		return ohb_fail_context(err, "copy it to '%s.v%zu'",
				OHB_STORE_FILE, version);
	return 0;
}

int ohb_schema_migrate(struct ohb_store *store,
		const struct ohb_migration *migrations, size_t n,
		struct ohb_error *err)
{
	ohb_autotx tx = OHB_TX_INIT;
	char sql[96];
	size_t version = 0;

	if (ohb_schema_version(store, &version, err) < 0)
		return -1;
	if (version > n)
		return ohb_fail(err, OHB_E_STATE,
				"use '%s': written by a newer ohbuild (schema "
				"%zu, this one knows %zu); run that version, or "
				"move the file away",
				OHB_STORE_FILE, version, n);
	if (version == n)
		return 0;
	if (copy_old(store, version, err) < 0)
		return -1;
	ohb_failpoint("migrate-copied");
	if (ohb_tx_begin(&tx, store, err) < 0)
		return -1;
	for (; version < n; version++)
		if (ohb_sql_exec(store, migrations[version].sql, err) < 0)
			return -1;
	(void)snprintf(sql, sizeof(sql),
			"PRAGMA application_id = %d; PRAGMA user_version = %zu",
			OHB_APPLICATION_ID, n);
	if (ohb_sql_exec(store, sql, err) < 0)
		return -1;
	return ohb_tx_commit(&tx, "migrate", err);
}

int ohb_schema_check(struct ohb_store *store, struct ohb_error *err)
{
	if (ohb_sql_exec(store,
			    "SELECT 1 FROM meta, blobs, records, versions, "
			    "renames, attempts, written, names, depfiles, "
			    "breakers, spend, traffic, secret, verdicts "
			    "LIMIT 0",
			    err) < 0) {
		store->damaged = true;
		return -1;
	}
	return 0;
}
