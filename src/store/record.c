#include <stdlib.h>
#include <string.h>

#include "base/failpoint.h"
#include "store/db.h"

/*
 * Parts and outputs of a key are one blob each, so that all records come by
 * one scan of one table: for each element the digest, for outputs the mode
 * in two bytes, the name and a NUL.
 */
#define MODE_SIZE 2

static void pack_mode(struct ohb_str *out, mode_t mode)
{
	ohb_str_addc(out, (char)(mode >> 8 & 0xff));
	ohb_str_addc(out, (char)(mode & 0xff));
}

static void pack_parts(struct ohb_str *out, const struct ohb_record *record)
{
	size_t i;

	for (i = 0; i < record->nparts; i++) {
		const struct ohb_part *part = &record->parts[i];

		ohb_str_add(out, part->digest.bytes, OHB_DIGEST_SIZE);
		ohb_str_add(out, part->name, strlen(part->name) + 1);
	}
}

static void pack_outputs(struct ohb_str *out, const struct ohb_record *record)
{
	size_t i;

	for (i = 0; i < record->noutputs; i++) {
		const struct ohb_record_output *output = &record->outputs[i];

		ohb_str_add(out, output->digest.bytes, OHB_DIGEST_SIZE);
		pack_mode(out, output->mode);
		ohb_str_add(out, output->path, strlen(output->path) + 1);
	}
}

/* A packed list: how many elements with `extra` bytes before each name, and
 * a copy of its bytes in the arena; -1 when it has not that form. */
static int unpack(struct ohb_sql *q, size_t extra, struct ohb_arena *arena,
		const unsigned char **ret, size_t *ret_n)
{
	const size_t front = OHB_DIGEST_SIZE + extra;
	size_t len, n = 0, at = 0;
	const void *bytes = ohb_sql_take_bytes(q, &len);
	const unsigned char *copy;

	copy = (const unsigned char *)ohb_arena_strndup(arena, bytes, len);
	while (at < len) {
		const unsigned char *end = NULL;

		if (len - at > front)
			end = memchr(copy + at + front, '\0', len - at - front);
		if (!end)
			return -1;
		at = (size_t)(end - copy) + 1;
		n++;
	}
	*ret = copy;
	*ret_n = n;
	return 0;
}

static int take_parts(struct ohb_sql *q, struct ohb_arena *arena,
		struct ohb_record *ret)
{
	const unsigned char *at;
	struct ohb_part *parts;
	size_t n, i;

	if (unpack(q, 0, arena, &at, &n) < 0)
		return -1;
	parts = n ? ohb_arena_alloc(arena, n * sizeof(*parts)) : NULL;
	for (i = 0; i < n; i++) {
		memcpy(parts[i].digest.bytes, at, OHB_DIGEST_SIZE);
		parts[i].name = (const char *)at + OHB_DIGEST_SIZE;
		at += OHB_DIGEST_SIZE + strlen(parts[i].name) + 1;
	}
	ret->parts = parts;
	ret->nparts = n;
	return 0;
}

static int take_outputs(struct ohb_sql *q, struct ohb_arena *arena,
		struct ohb_record *ret)
{
	const size_t front = OHB_DIGEST_SIZE + MODE_SIZE;
	const unsigned char *at;
	struct ohb_record_output *outputs;
	size_t n, i;

	if (unpack(q, MODE_SIZE, arena, &at, &n) < 0)
		return -1;
	outputs = n ? ohb_arena_alloc(arena, n * sizeof(*outputs)) : NULL;
	for (i = 0; i < n; i++) {
		memcpy(outputs[i].digest.bytes, at, OHB_DIGEST_SIZE);
		outputs[i].mode = (mode_t)(at[OHB_DIGEST_SIZE] << 8 |
				at[OHB_DIGEST_SIZE + 1]);
		outputs[i].path = (const char *)at + front;
		at += front + strlen(outputs[i].path) + 1;
	}
	ret->outputs = outputs;
	ret->noutputs = n;
	return 0;
}

#define COLUMNS                                                               \
	"target, status, key, parts, outputs, class, fingerprint, evidence, " \
	"model, image, cost_usd, tokens_in, tokens_out, started_ms, "         \
	"finished_ms, duration_ms, attempts, validation_key, settings"

int ohb_record_insert(struct ohb_store *store, const struct ohb_record *record,
		enum ohb_record_row row, struct ohb_error *err)
{
	ohb_autostr parts = OHB_STR_INIT;
	ohb_autostr outputs = OHB_STR_INIT;
	ohb_autosql q = OHB_SQL_INIT;

	pack_parts(&parts, record);
	if (row != OHB_ROW_FAILED)
		pack_outputs(&outputs, record);
	if (ohb_sql_prepare(&q, store,
			    "INSERT OR REPLACE INTO records(" COLUMNS ") VALUES"
			    "(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
			    err) < 0)
		return -1;
	ohb_sql_bind_text(&q, record->target);
	ohb_sql_bind_int(&q, row);
	ohb_sql_bind_bytes(&q, record->key.bytes, OHB_DIGEST_SIZE);
	ohb_sql_bind_bytes(&q, parts.data, parts.len);
	ohb_sql_bind_bytes(&q, outputs.data, outputs.len);
	ohb_sql_bind_text(&q, record->class);
	ohb_sql_bind_digest(&q, &record->fingerprint);
	ohb_sql_bind_text(&q, record->evidence);
	ohb_sql_bind_text(&q, record->model);
	ohb_sql_bind_text(&q, record->image);
	ohb_sql_bind_cost(&q, record->cost_usd);
	ohb_sql_bind_int(&q, (int64_t)record->tokens_in);
	ohb_sql_bind_int(&q, (int64_t)record->tokens_out);
	ohb_sql_bind_int(&q, record->started_ms);
	ohb_sql_bind_int(&q, record->finished_ms);
	ohb_sql_bind_int(&q, record->duration_ms);
	ohb_sql_bind_int(&q, record->attempts);
	ohb_sql_bind_digest(&q, &record->validation_key);
	ohb_sql_bind_digest(&q, &record->settings);
	return ohb_sql_run(&q, err);
}

static enum ohb_record_status status_of(int64_t row)
{
	return row == OHB_ROW_FAILED	       ? OHB_RECORD_FAILED :
			row == OHB_ROW_REFUSED ? OHB_RECORD_REFUSED :
						 OHB_RECORD_OK;
}

/* The row at hand; the pointers live in the arena. */
static int take_record(struct ohb_sql *q, struct ohb_arena *arena,
		struct ohb_record *ret, struct ohb_error *err)
{
	struct ohb_record record = { .target = ohb_sql_take_text(q, arena) };
	bool bad;

	record.status = status_of(ohb_sql_take_int(q));
	record.key = ohb_sql_take_digest(q);
	bad = take_parts(q, arena, &record) < 0 ||
			take_outputs(q, arena, &record) < 0;
	if (bad || !record.target) {
		q->store->damaged = true;
		return ohb_fail(err, OHB_E_STATE,
				"use '%s': the record of '%s' is damaged",
				OHB_STORE_FILE,
				record.target ? record.target : "?");
	}
	record.class = ohb_sql_take_text(q, arena);
	record.fingerprint = ohb_sql_take_digest(q);
	record.evidence = ohb_sql_take_text(q, arena);
	record.model = ohb_sql_take_text(q, arena);
	record.image = ohb_sql_take_text(q, arena);
	record.cost_usd = ohb_sql_take_cost(q);
	record.tokens_in = (uint64_t)ohb_sql_take_int(q);
	record.tokens_out = (uint64_t)ohb_sql_take_int(q);
	record.started_ms = ohb_sql_take_int(q);
	record.finished_ms = ohb_sql_take_int(q);
	record.duration_ms = ohb_sql_take_int(q);
	record.attempts = (unsigned)ohb_sql_take_int(q);
	record.validation_key = ohb_sql_take_digest(q);
	record.settings = ohb_sql_take_digest(q);
	*ret = record;
	return 0;
}

struct records { /* malloc'ed, until it is known how many */
	struct ohb_record *items;
	size_t count, cap;
};

/* A success comes before the failure that followed it. */
static void add_record(struct records *records, const struct ohb_record *record,
		struct ohb_arena *arena)
{
	struct ohb_record *last = records->count ?
			&records->items[records->count - 1] :
			NULL;
	struct ohb_record *good;

	if (!last || !ohb_streq(last->target, record->target)) {
		last = ohb_grow(&records->items, &records->cap, records->count,
				sizeof(*records->items));
		records->count++;
		*last = *record;
		return;
	}
	good = ohb_arena_alloc(arena, sizeof(*good));
	*good = *last;
	*last = *record;
	last->good = good;
	last->outputs = good->outputs;
	last->noutputs = good->noutputs;
}

/* All rows of a query, or those of the one target it asks for. */
static int load(struct ohb_store *store, const char *sql, const char *target,
		struct ohb_arena *arena, struct records *ret,
		struct ohb_error *err)
{
	ohb_autosql q = OHB_SQL_INIT;
	struct ohb_record record = { .target = NULL };
	int row;

	if (ohb_sql_prepare(&q, store, sql, err) < 0)
		return -1;
	if (target)
		ohb_sql_bind_text(&q, target);
	while ((row = ohb_sql_step(&q, err)) > 0) {
		if (take_record(&q, arena, &record, err) < 0)
			return -1;
		add_record(ret, &record, arena);
	}
	return row;
}

static int load_all(struct ohb_store *store, const char *sql,
		struct ohb_arena *arena, struct records *ret,
		struct ohb_error *err)
{
	struct records records = { .items = NULL };
	int bad = load(store, sql, NULL, arena, &records, err);

	*ret = records;
	ret->items = NULL;
	if (!bad && records.count) {
		ret->items = ohb_arena_alloc(
				arena, records.count * sizeof(*ret->items));
		memcpy(ret->items, records.items,
				records.count * sizeof(*ret->items));
	}
	free(records.items);
	return bad;
}

int ohb_record_load(struct ohb_store *store, struct ohb_arena *arena,
		const struct ohb_record **ret, size_t *ret_n,
		struct ohb_error *err)
{
	ohb_hold held = ohb_store_hold(store);
	struct records records;

	if (load_all(store,
			    "SELECT " COLUMNS " FROM records WHERE status < 2 "
			    "ORDER BY target, status",
			    arena, &records, err) < 0)
		return -1;
	*ret = records.items;
	*ret_n = records.count;
	return 0;
}

int ohb_record_load_rows(struct ohb_store *store, enum ohb_record_row row,
		struct ohb_arena *arena, const struct ohb_record **ret,
		size_t *ret_n, struct ohb_error *err)
{
	static const char *const queries[] = {
		[OHB_ROW_PENDING] = "SELECT " COLUMNS " FROM records WHERE "
				    "status = 2 ORDER BY target",
		[OHB_ROW_REFUSED] = "SELECT " COLUMNS " FROM records WHERE "
				    "status = 3 ORDER BY target",
		[OHB_ROW_FILES] = "SELECT " COLUMNS " FROM records WHERE "
				  "status = 4 ORDER BY target",
	};
	struct records records;

	if (load_all(store, queries[row], arena, &records, err) < 0)
		return -1;
	*ret = records.items;
	*ret_n = records.count;
	return 0;
}

int ohb_record_load_refused(struct ohb_store *store, struct ohb_arena *arena,
		const struct ohb_record **ret, size_t *ret_n,
		struct ohb_error *err)
{
	ohb_hold held = ohb_store_hold(store);

	return ohb_record_load_rows(
			store, OHB_ROW_REFUSED, arena, ret, ret_n, err);
}

int ohb_record_find(struct ohb_store *store, const char *target,
		struct ohb_arena *arena, struct ohb_record *ret,
		struct ohb_error *err)
{
	ohb_hold held = ohb_store_hold(store);
	struct records records = { .items = NULL };
	int found = load(store,
			"SELECT " COLUMNS " FROM records WHERE target = ? AND "
			"status < 2 ORDER BY status",
			target, arena, &records, err);

	if (found == 0 && records.count) {
		*ret = records.items[0];
		found = 1;
	}
	free(records.items);
	return found;
}

static int save(struct ohb_store *store, const struct ohb_record *record,
		struct ohb_error *err)
{
	static const enum ohb_record_row rows[] = {
		[OHB_RECORD_OK] = OHB_ROW_OK,
		[OHB_RECORD_FAILED] = OHB_ROW_FAILED,
		[OHB_RECORD_REFUSED] = OHB_ROW_REFUSED,
	};

	if (record->status == OHB_RECORD_OK &&
			ohb_sql_exec_target(store,
					"DELETE FROM records WHERE target = ? "
					"AND status IN (0, 1, 3)",
					record->target, err) < 0)
		return -1;
	return ohb_record_insert(store, record, rows[record->status], err);
}

int ohb_record_save_all(struct ohb_store *store,
		const struct ohb_record *records, size_t n,
		struct ohb_error *err)
{
	ohb_autotx tx = OHB_TX_INIT;
	size_t i;

	if (ohb_tx_begin(&tx, store, err) < 0)
		return -1;
	for (i = 0; i < n; i++)
		if (save(store, &records[i], err) < 0)
			return -1;
	return ohb_tx_commit(&tx, "record-save", err);
}

int ohb_record_save(struct ohb_store *store, const struct ohb_record *record,
		struct ohb_error *err)
{
	return ohb_record_save_all(store, record, 1, err);
}
