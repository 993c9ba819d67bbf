#include <string.h>

#include "base/sha256.h"
#include "store/db.h"

int ohb_traffic_insert(struct ohb_store *store, int64_t attempt,
		const struct ohb_traffic *traffic, size_t n,
		struct ohb_error *err)
{
	ohb_autosql q = OHB_SQL_INIT;
	size_t i;

	if (ohb_sql_prepare(&q, store,
			    "INSERT INTO traffic(attempt, model, base_url, "
			    "key, requests, answers, latency_ms, tokens_in, "
			    "tokens_cached, tokens_out, cost_usd, answered_ms) "
			    "VALUES(nullif(?, 0), ?, ?, ?, ?, ?, ?, ?, ?, ?, "
			    "?, ?)",
			    err) < 0)
		return -1;
	for (i = 0; i < n; i++) {
		const struct ohb_traffic *row = &traffic[i];

		ohb_sql_bind_int(&q, attempt);
		ohb_sql_bind_text(&q, row->model);
		ohb_sql_bind_text(&q, row->base_url);
		ohb_sql_bind_digest(&q, &row->key);
		ohb_sql_bind_int(&q, (int64_t)row->requests);
		ohb_sql_bind_int(&q, (int64_t)row->answers);
		ohb_sql_bind_int(&q, row->latency_ms);
		ohb_sql_bind_int(&q, (int64_t)row->tokens_in);
		ohb_sql_bind_int(&q, (int64_t)row->tokens_cached);
		ohb_sql_bind_int(&q, (int64_t)row->tokens_out);
		ohb_sql_bind_cost(&q, row->cost_usd);
		ohb_sql_bind_int(&q, row->answered_ms);
		if (ohb_sql_run(&q, err) < 0)
			return -1;
	}
	return 0;
}

int ohb_traffic_add(struct ohb_store *store, const struct ohb_traffic *traffic,
		size_t n, struct ohb_error *err)
{
	ohb_autotx tx = OHB_TX_INIT;

	if (ohb_tx_begin(&tx, store, err) < 0 ||
			ohb_traffic_insert(store, 0, traffic, n, err) < 0)
		return -1;
	return ohb_tx_commit(&tx, "traffic-add", err);
}

int ohb_traffic_key(struct ohb_store *store, const char *key, size_t len,
		struct ohb_digest *ret, struct ohb_error *err)
{
	ohb_hold held = ohb_store_hold(store);
	ohb_autosql q = OHB_SQL_INIT;
	struct ohb_sha256 sha;
	const void *secret;
	size_t secret_len;
	int row;

	if (ohb_sql_prepare(&q, store, "SELECT bytes FROM secret", err) < 0)
		return -1;
	row = ohb_sql_step(&q, err);
	if (row < 0)
		return -1;
	if (row == 0)
		return ohb_fail(err, OHB_E_STATE,
				"use '%s': its secret is not there",
				OHB_STORE_FILE);
	secret = ohb_sql_take_bytes(&q, &secret_len);
	sha = ohb_sha256_keyed(secret, secret_len, key, len);
	memcpy(ret->bytes, sha.bytes, sizeof(ret->bytes));
	return 0;
}

int ohb_traffic_answered(struct ohb_store *store,
		const struct ohb_traffic *like, int64_t since_ms,
		struct ohb_error *err)
{
	ohb_hold held = ohb_store_hold(store);
	ohb_autosql q = OHB_SQL_INIT;

	if (ohb_sql_prepare(&q, store,
			    "SELECT 1 FROM traffic WHERE model = ? AND "
			    "base_url = ? AND key IS ? AND answered_ms >= ? "
			    "LIMIT 1",
			    err) < 0)
		return -1;
	ohb_sql_bind_text(&q, like->model);
	ohb_sql_bind_text(&q, like->base_url);
	ohb_sql_bind_digest(&q, &like->key);
	ohb_sql_bind_int(&q, since_ms > 0 ? since_ms : 1);
	return ohb_sql_step(&q, err);
}

/*
 * All that was asked in the latest attempts.  An attempt is the success or
 * failure of the model that answered last; what an earlier one of its models
 * was asked counts as traffic.
 */
static const char measure[] =
		"WITH numbered AS (SELECT t.*, "
		"  a.model IS t.model AND " OHB_TELLING " AS counts, "
		"  a.class, a.duration_ms, row_number() OVER ("
		"    PARTITION BY t.model ORDER BY t.id DESC) AS age "
		"  FROM traffic t LEFT JOIN attempts a ON a.id = t.attempt) "
		"SELECT model, total(counts), "
		"  total(counts AND class = 'ok'), "
		"  total(iif(counts, duration_ms, 0)), total(requests), "
		"  total(answers), total(latency_ms), total(tokens_in), "
		"  total(tokens_cached), total(tokens_out), "
		"  total(iif(counts, cost_usd, 0)), "
		"  total(counts AND cost_usd IS NOT NULL), "
		"  max(answered_ms) "
		"FROM numbered WHERE age <= ? GROUP BY model ORDER BY model";

static void take_measure(struct ohb_sql *q, struct ohb_arena *arena,
		struct ohb_measure *ret)
{
	ret->model = ohb_sql_take_text(q, arena);
	ret->attempts = (uint64_t)ohb_sql_take_int(q);
	ret->made = (uint64_t)ohb_sql_take_int(q);
	ret->duration_ms = ohb_sql_take_int(q);
	ret->requests = (uint64_t)ohb_sql_take_int(q);
	ret->answers = (uint64_t)ohb_sql_take_int(q);
	ret->latency_ms = ohb_sql_take_int(q);
	ret->tokens_in = (uint64_t)ohb_sql_take_int(q);
	ret->tokens_cached = (uint64_t)ohb_sql_take_int(q);
	ret->tokens_out = (uint64_t)ohb_sql_take_int(q);
	ret->cost_usd = ohb_sql_take_cost(q);
	ret->priced = (uint64_t)ohb_sql_take_int(q);
	ret->answered_ms = ohb_sql_take_int(q);
}

int ohb_measure_load(struct ohb_store *store, struct ohb_arena *arena,
		const struct ohb_measure **ret, size_t *ret_n,
		struct ohb_error *err)
{
	ohb_hold held = ohb_store_hold(store);
	ohb_autosql q = OHB_SQL_INIT;
	ohb_autofree struct ohb_measure *items = NULL;
	struct ohb_measure *copy = NULL;
	size_t n = 0, cap = 0;
	int row;

	*ret = NULL;
	*ret_n = 0;
	if (ohb_sql_prepare(&q, store, measure, err) < 0)
		return -1;
	ohb_sql_bind_int(&q, OHB_MEASURED_RUNS);
	while ((row = ohb_sql_step(&q, err)) > 0)
		take_measure(&q, arena,
				ohb_grow(&items, &cap, n++, sizeof(*items)));
	if (row < 0 || n == 0)
		return row;
	copy = ohb_arena_alloc(arena, n * sizeof(*copy));
	memcpy(copy, items, n * sizeof(*copy));
	*ret = copy;
	*ret_n = n;
	return 0;
}
