#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "io/process.h"
#include "store/db.h"

int ohb_attempt_add(struct ohb_store *store, const struct ohb_attempt *attempt,
		int64_t *ret_id, struct ohb_error *err)
{
	ohb_autotx tx = OHB_TX_INIT;
	ohb_autosql q = OHB_SQL_INIT;
	int64_t id;

	if (ohb_tx_begin(&tx, store, err) < 0 ||
			ohb_sql_prepare(&q, store,
					"INSERT INTO attempts(run, target, "
					"number, container, owner, started_ms) "
					"VALUES(?, ?, ?, ?, ?, ?)",
					err) < 0)
		return -1;
	ohb_sql_bind_text(&q, attempt->run);
	ohb_sql_bind_text(&q, attempt->target);
	ohb_sql_bind_int(&q, attempt->number);
	ohb_sql_bind_text(&q, attempt->container);
	ohb_sql_bind_text(&q, attempt->owner);
	ohb_sql_bind_int(&q, attempt->started_ms);
	if (ohb_sql_run(&q, err) < 0)
		return -1;
	id = sqlite3_last_insert_rowid(store->db);
	if (ohb_tx_commit(&tx, "attempt-add", err) < 0)
		return -1;
	*ret_id = id;
	return 0;
}

static int update_end(struct ohb_store *store,
		const struct ohb_attempt *attempt, struct ohb_error *err)
{
	ohb_autosql q = OHB_SQL_INIT;

	if (ohb_sql_prepare(&q, store,
			    "UPDATE attempts SET state = 1, class = ?, "
			    "reason = ?, fingerprint = ?, model = ?, "
			    "cost_usd = ?, tokens_in = ?, tokens_out = ?, "
			    "ended_ms = ?, duration_ms = ?, findings = ?, "
			    "trajectory = ?, prompt = ? "
			    "WHERE id = ? AND state = 0",
			    err) < 0)
		return -1;
	ohb_sql_bind_text(&q, attempt->class);
	ohb_sql_bind_text(&q, attempt->reason);
	ohb_sql_bind_digest(&q, &attempt->fingerprint);
	ohb_sql_bind_text(&q, attempt->model);
	ohb_sql_bind_cost(&q, attempt->cost_usd);
	ohb_sql_bind_int(&q, (int64_t)attempt->tokens_in);
	ohb_sql_bind_int(&q, (int64_t)attempt->tokens_out);
	ohb_sql_bind_int(&q, attempt->ended_ms);
	ohb_sql_bind_int(&q, attempt->duration_ms);
	ohb_sql_bind_text(&q, attempt->findings);
	ohb_sql_bind_digest(&q, &attempt->trajectory);
	ohb_sql_bind_digest(&q, &attempt->prompt);
	ohb_sql_bind_int(&q, attempt->id);
	return ohb_sql_run(&q, err);
}

static int insert_written(struct ohb_store *store,
		const struct ohb_attempt *attempt, struct ohb_error *err)
{
	ohb_autosql q = OHB_SQL_INIT;
	size_t i;

	if (ohb_sql_prepare(&q, store,
			    "INSERT INTO written(attempt, path, blob) "
			    "VALUES(?, ?, ?)",
			    err) < 0)
		return -1;
	for (i = 0; i < attempt->nwritten; i++) {
		ohb_sql_bind_int(&q, attempt->id);
		ohb_sql_bind_text(&q, attempt->written[i].path);
		ohb_sql_bind_digest(&q, &attempt->written[i].blob);
		if (ohb_sql_run(&q, err) < 0)
			return -1;
	}
	return 0;
}

int ohb_attempt_end(struct ohb_store *store, const struct ohb_attempt *attempt,
		struct ohb_error *err)
{
	ohb_autotx tx = OHB_TX_INIT;

	if (ohb_tx_begin(&tx, store, err) < 0 ||
			update_end(store, attempt, err) < 0)
		return -1;
	if (sqlite3_changes(store->db) != 1)
		return ohb_fail(err, OHB_E_MISSING,
				"no attempt %lld is open in the ledger",
				(long long)attempt->id);
	if (insert_written(store, attempt, err) < 0 ||
			ohb_traffic_insert(store, attempt->id, attempt->traffic,
					attempt->ntraffic, err) < 0)
		return -1;
	return ohb_tx_commit(&tx, "attempt-end", err);
}

static void take_attempt(struct ohb_sql *q, struct ohb_arena *arena,
		struct ohb_attempt *ret)
{
	ret->id = ohb_sql_take_int(q);
	ret->run = ohb_sql_take_text(q, arena);
	ret->target = ohb_sql_take_text(q, arena);
	ret->number = (unsigned)ohb_sql_take_int(q);
	ret->container = ohb_sql_take_text(q, arena);
	ret->owner = ohb_sql_take_text(q, arena);
	ret->started_ms = ohb_sql_take_int(q);
	ret->state = (enum ohb_attempt_state)ohb_sql_take_int(q);
	ret->class = ohb_sql_take_text(q, arena);
	ret->reason = ohb_sql_take_text(q, arena);
	ret->fingerprint = ohb_sql_take_digest(q);
	ret->model = ohb_sql_take_text(q, arena);
	ret->cost_usd = ohb_sql_take_cost(q);
	ret->tokens_in = (uint64_t)ohb_sql_take_int(q);
	ret->tokens_out = (uint64_t)ohb_sql_take_int(q);
	ret->ended_ms = ohb_sql_take_int(q);
	ret->duration_ms = ohb_sql_take_int(q);
	ret->findings = ohb_sql_take_text(q, arena);
	ret->trajectory = ohb_sql_take_digest(q);
	ret->prompt = ohb_sql_take_digest(q);
	/* A reader finds it open until the next writer comes. */
	if (ret->state == OHB_ATTEMPT_OPEN && ohb_owner_alive(ret->owner) == 0)
		ret->state = OHB_ATTEMPT_ABANDONED;
}

static int load_written(struct ohb_store *store, struct ohb_arena *arena,
		struct ohb_attempt *attempt, struct ohb_error *err)
{
	ohb_autosql q = OHB_SQL_INIT;
	ohb_autofree struct ohb_written *items = NULL;
	struct ohb_written *copy;
	size_t n = 0, cap = 0;
	int row;

	if (ohb_sql_prepare(&q, store,
			    "SELECT path, blob FROM written WHERE attempt = ? "
			    "ORDER BY path",
			    err) < 0)
		return -1;
	ohb_sql_bind_int(&q, attempt->id);
	while ((row = ohb_sql_step(&q, err)) > 0) {
		struct ohb_written *item =
				ohb_grow(&items, &cap, n++, sizeof(*items));

		item->path = ohb_sql_take_text(&q, arena);
		item->blob = ohb_sql_take_digest(&q);
	}
	if (row < 0 || n == 0)
		return row;
	copy = ohb_arena_alloc(arena, n * sizeof(*copy));
	memcpy(copy, items, n * sizeof(*copy));
	attempt->written = copy;
	attempt->nwritten = n;
	return 0;
}

int ohb_attempt_load(struct ohb_store *store, const char *target, size_t max,
		struct ohb_arena *arena, struct ohb_attempts *ret,
		struct ohb_error *err)
{
	ohb_hold held = ohb_store_hold(store);
	ohb_autosql q = OHB_SQL_INIT;
	ohb_autofree struct ohb_attempt *items = NULL;
	struct ohb_attempt *copy = NULL;
	size_t n = 0, cap = 0, i;
	int row;

	if (ohb_sql_prepare(&q, store,
			    "SELECT id, run, target, number, container, owner, "
			    "started_ms, state, class, reason, fingerprint, "
			    "model, CASE state WHEN 0 THEN " OHB_SPENT_USD
			    " ELSE cost_usd END, CASE state WHEN 0 THEN " OHB_SPENT_TOKENS("tokens_in") " ELSE tokens_in END, CASE state WHEN 0 THEN " OHB_SPENT_TOKENS(
					    "tokens_out") " ELSE tokens_out END, ended_ms, "
							  "duration_ms, findings, trajectory, prompt "
							  "FROM attempts AS a WHERE target = ? "
							  "ORDER BY id DESC LIMIT ?",
			    err) < 0)
		return -1;
	ohb_sql_bind_text(&q, target);
	ohb_sql_bind_int(&q, max ? (int64_t)max : -1);
	while ((row = ohb_sql_step(&q, err)) > 0) {
		take_attempt(&q, arena,
				ohb_grow(&items, &cap, n, sizeof(*items)));
		n++;
	}
	if (row < 0)
		return -1;
	for (i = 0; i < n; i++)
		if (load_written(store, arena, &items[i], err) < 0)
			return -1;
	if (n) {
		copy = ohb_arena_alloc(arena, n * sizeof(*copy));
		memcpy(copy, items, n * sizeof(*copy));
	}
	*ret = (struct ohb_attempts){ .items = copy, .count = n };
	return 0;
}

/* Runs while their attempts come in, newest first; malloc'ed. */
struct runs {
	struct ohb_run *items;
	size_t count, cap;
	const char *build; /* whose attempts these are: they come in one go */
	struct ohb_map open; /* target -> number of its run in it, plus one */
};

/* The run of this build and target; a price is known when that of each
 * attempt is. */
static void add_attempt(struct runs *runs, const char *build,
		const char *target, const struct ohb_run *attempt)
{
	struct ohb_run *run;
	uintptr_t at;

	if (!runs->build || !ohb_streq(runs->build, build)) {
		ohb_map_release(&runs->open);
		runs->open = (struct ohb_map)OHB_MAP_INIT;
		runs->build = build;
	}
	at = (uintptr_t)ohb_map_get(&runs->open, target);
	if (!at) {
		run = ohb_grow(&runs->items, &runs->cap, runs->count,
				sizeof(*run));
		*run = *attempt;
		runs->count++;
		(void)ohb_map_add(&runs->open, target,
				(void *)(uintptr_t)runs->count);
		return;
	}
	run = &runs->items[at - 1];
	run->duration_ms += attempt->duration_ms;
	run->cost_usd = run->cost_usd < 0 || attempt->cost_usd < 0 ?
			-1 :
			run->cost_usd + attempt->cost_usd;
	run->whole = run->whole || attempt->whole;
}

static int take_runs(struct ohb_sql *q, struct ohb_arena *arena,
		struct runs *runs, struct ohb_error *err)
{
	int row;

	while ((row = ohb_sql_step(q, err)) > 0) {
		const char *build = ohb_sql_take_text(q, arena);
		struct ohb_run run = { .target = ohb_sql_take_text(q, arena) };

		run.whole = ohb_sql_take_int(q) == 1;
		run.duration_ms = ohb_sql_take_int(q);
		run.cost_usd = ohb_sql_take_cost(q);
		add_attempt(runs, build, run.target, &run);
	}
	return row;
}

int ohb_run_load(struct ohb_store *store, const char *target, size_t max,
		struct ohb_arena *arena, struct ohb_runs *ret,
		struct ohb_error *err)
{
	static const char of_target[] =
			"SELECT run, target, number, duration_ms, cost_usd "
			"FROM attempts WHERE " OHB_TELLING " AND target = ?1 "
			"ORDER BY id DESC LIMIT ?2";
	static const char of_all[] =
			"SELECT run, target, number, duration_ms, cost_usd "
			"FROM attempts WHERE " OHB_TELLING " AND ?1 IS NULL "
			"ORDER BY id DESC LIMIT ?2";
	ohb_hold held = ohb_store_hold(store);
	ohb_autosql q = OHB_SQL_INIT;
	struct runs runs = { .items = NULL };
	struct ohb_run *copy = NULL;
	size_t n = 0, i;
	int result;

	if (ohb_sql_prepare(&q, store, target ? of_target : of_all, err) < 0)
		return -1;
	ohb_sql_bind_text(&q, target);
	ohb_sql_bind_int(&q, max ? (int64_t)max : -1);
	result = take_runs(&q, arena, &runs, err);
	if (result == 0 && runs.count)
		copy = ohb_arena_alloc(arena, runs.count * sizeof(*copy));
	for (i = 0; copy && i < runs.count; i++)
		if (runs.items[i].whole)
			copy[n++] = runs.items[i];
	if (result == 0)
		*ret = (struct ohb_runs){ .items = copy, .count = n };
	ohb_map_release(&runs.open);
	free(runs.items);
	return result;
}
