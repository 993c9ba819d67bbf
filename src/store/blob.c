/* Blobs, and the versions that point to them. */
#include <string.h>

#include "base/failpoint.h"
#include "store/db.h"

int ohb_blob_add(struct ohb_store *store, const void *data, size_t len,
		struct ohb_digest *ret, struct ohb_error *err)
{
	const struct ohb_digest digest = ohb_digest_of(data, len);
	ohb_autotx tx = OHB_TX_INIT;
	ohb_autosql q = OHB_SQL_INIT;

	if (ohb_tx_begin(&tx, store, err) < 0 ||
			ohb_sql_prepare(&q, store,
					"INSERT OR IGNORE INTO "
					"blobs(digest, data) VALUES(?, ?)",
					err) < 0)
		return -1;
	ohb_sql_bind_digest(&q, &digest);
	ohb_sql_bind_bytes(&q, data, len);
	if (ohb_sql_run(&q, err) < 0 || ohb_tx_commit(&tx, "blob-add", err) < 0)
		return -1;
	*ret = digest;
	return 0;
}

int ohb_blob_find(struct ohb_store *store, const struct ohb_digest *digest,
		struct ohb_str *out, struct ohb_error *err)
{
	ohb_hold held = ohb_store_hold(store);
	ohb_autosql q = OHB_SQL_INIT;
	const void *data;
	size_t len;
	int row;

	if (ohb_sql_prepare(&q, store,
			    "SELECT data FROM blobs WHERE digest = ?", err) < 0)
		return -1;
	ohb_sql_bind_digest(&q, digest);
	row = ohb_sql_step(&q, err);
	if (row <= 0)
		return row;
	data = ohb_sql_take_bytes(&q, &len);
	ohb_str_add(out, data, len);
	return 1;
}

static const char *const origins[] = {
	[OHB_BY_AGENT] = "agent",
	[OHB_BY_PERSON] = "person",
};

int ohb_version_insert(struct ohb_store *store,
		const struct ohb_version *versions, size_t n,
		struct ohb_error *err)
{
	ohb_autosql q = OHB_SQL_INIT;
	size_t i;

	if (ohb_sql_prepare(&q, store,
			    "INSERT INTO versions(target, path, blob, mode, "
			    "origin, written_ms) VALUES(?, ?, ?, ?, ?, ?)",
			    err) < 0)
		return -1;
	for (i = 0; i < n; i++) {
		ohb_sql_bind_text(&q, versions[i].target);
		ohb_sql_bind_text(&q, versions[i].path);
		ohb_sql_bind_digest(&q, &versions[i].blob);
		ohb_sql_bind_int(&q, versions[i].mode);
		ohb_sql_bind_text(&q, origins[versions[i].origin]);
		ohb_sql_bind_int(&q, versions[i].written_ms);
		if (ohb_sql_run(&q, err) < 0)
			return -1;
	}
	return 0;
}

int ohb_version_add(struct ohb_store *store, const struct ohb_version *versions,
		size_t n, struct ohb_error *err)
{
	ohb_autotx tx = OHB_TX_INIT;

	if (ohb_tx_begin(&tx, store, err) < 0 ||
			ohb_version_insert(store, versions, n, err) < 0)
		return -1;
	return ohb_tx_commit(&tx, "version-add", err);
}

static void take_version(struct ohb_sql *q, struct ohb_arena *arena,
		struct ohb_version *ret)
{
	ret->target = ohb_sql_take_text(q, arena);
	ret->path = ohb_sql_take_text(q, arena);
	ret->blob = ohb_sql_take_digest(q);
	ret->mode = (mode_t)ohb_sql_take_int(q);
	ret->origin = ohb_streq(ohb_sql_take_text(q, arena), "person") ?
			OHB_BY_PERSON :
			OHB_BY_AGENT;
	ret->written_ms = ohb_sql_take_int(q);
}

int ohb_version_load(struct ohb_store *store, const char *target,
		struct ohb_arena *arena, const struct ohb_version **ret,
		size_t *ret_n, struct ohb_error *err)
{
	ohb_hold held = ohb_store_hold(store);
	ohb_autosql q = OHB_SQL_INIT;
	ohb_autofree struct ohb_version *items = NULL;
	struct ohb_version *copy = NULL;
	size_t n = 0, cap = 0;
	int row;

	if (ohb_sql_prepare(&q, store,
			    "SELECT target, path, blob, mode, origin, "
			    "written_ms FROM versions WHERE target = ? "
			    "ORDER BY id DESC",
			    err) < 0)
		return -1;
	ohb_sql_bind_text(&q, target);
	while ((row = ohb_sql_step(&q, err)) > 0) {
		take_version(&q, arena,
				ohb_grow(&items, &cap, n, sizeof(*items)));
		n++;
	}
	if (row < 0)
		return -1;
	if (n) {
		copy = ohb_arena_alloc(arena, n * sizeof(*copy));
		memcpy(copy, items, n * sizeof(*copy));
	}
	*ret = copy;
	*ret_n = n;
	return 0;
}
