#include <stdlib.h>
#include <string.h>

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
	if (insert_written(store, attempt, err) < 0)
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
			    "model, cost_usd, tokens_in, tokens_out, ended_ms, "
			    "duration_ms, findings, trajectory, prompt "
			    "FROM attempts WHERE target = ? "
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

/* The latest runs that a prediction rests on: of a target, of all. */
#define RUNS_OF_TARGET 20
#define RUNS_OF_ALL 200

struct samples {
	double values[RUNS_OF_ALL];
	size_t count;
};

static int by_value(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* -1 when there are none. */
static double median(struct samples *samples)
{
	const size_t n = samples->count;

	if (n == 0)
		return -1;
	qsort(samples->values, n, sizeof(samples->values[0]), by_value);
	return (samples->values[(n - 1) / 2] + samples->values[n / 2]) / 2;
}

static int load_samples(struct ohb_sql *q, struct samples *ret_durations,
		struct samples *ret_costs, struct ohb_error *err)
{
	double cost;
	int row;

	while ((row = ohb_sql_step(q, err)) > 0) {
		ret_durations->values[ret_durations->count++] =
				(double)ohb_sql_take_int(q);
		cost = ohb_sql_take_cost(q);
		if (cost >= 0)
			ret_costs->values[ret_costs->count++] = cost;
	}
	return row;
}

/* What was cut short says nothing of what a run takes. */
#define TELLING                                                                        \
	"state = 1 AND coalesce(class, '') NOT IN ('interrupted', 'infra', 'config', " \
	"'changed', 'conflict')"

int ohb_attempt_predict(struct ohb_store *store, const char *target,
		struct ohb_prediction *ret, struct ohb_error *err)
{
	/* The cost of a run is known when that of each attempt is. */
	static const char of_target[] =
			"SELECT sum(duration_ms), CASE WHEN count(cost_usd) = "
			"count(*) THEN sum(cost_usd) END FROM attempts WHERE " TELLING
			" AND target = ?1 GROUP BY run "
			"ORDER BY max(id) DESC LIMIT ?2";
	static const char of_all[] =
			"SELECT sum(duration_ms), CASE WHEN count(cost_usd) = "
			"count(*) THEN sum(cost_usd) END FROM attempts WHERE " TELLING
			" AND ?1 IS NULL GROUP BY run, target "
			"ORDER BY max(id) DESC LIMIT ?2";
	ohb_hold held = ohb_store_hold(store);
	ohb_autosql q = OHB_SQL_INIT;
	struct samples durations = { .count = 0 };
	struct samples costs = { .count = 0 };

	if (ohb_sql_prepare(&q, store, target ? of_target : of_all, err) < 0)
		return -1;
	ohb_sql_bind_text(&q, target);
	ohb_sql_bind_int(&q, target ? RUNS_OF_TARGET : RUNS_OF_ALL);
	if (load_samples(&q, &durations, &costs, err) < 0)
		return -1;
	*ret = (struct ohb_prediction){
		.duration_ms = (int64_t)median(&durations),
		.cost_usd = median(&costs),
		.runs = durations.count,
	};
	return 0;
}
