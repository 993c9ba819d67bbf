#include <stdlib.h>
#include <string.h>

#include "store/db.h"

bool ohb_content_eq(const struct ohb_content *a, const struct ohb_content *b)
{
	return a->mode == b->mode && ohb_sha256_eq(&a->sha, &b->sha);
}

struct ohb_name ohb_name_of(enum ohb_fs_kind kind, mode_t mode,
		const void *data, size_t len)
{
	struct ohb_name name = {
		.digest = ohb_fs_digest_of(kind, mode, data, len),
		.content = { .mode = OHB_CONTENT_FILE,
				.sha = ohb_sha256_of(data, len) },
	};

	if (kind == OHB_FS_LINK)
		name.content.mode = OHB_CONTENT_LINK;
	else if (mode & 0111)
		name.content.mode = OHB_CONTENT_PROGRAM;
	return name;
}

static int take_bytes(struct ohb_sql *q, unsigned char *ret, size_t size)
{
	size_t len;
	const void *bytes = ohb_sql_take_bytes(q, &len);

	if (len != size)
		return -1;
	memcpy(ret, bytes, size);
	return 0;
}

static int take_name(
		struct ohb_sql *q, struct ohb_name *ret, struct ohb_error *err)
{
	int bad = take_bytes(q, ret->digest.bytes, OHB_DIGEST_SIZE);

	ret->content.mode = (unsigned)ohb_sql_take_int(q);
	if (bad || take_bytes(q, ret->content.sha.bytes, OHB_SHA256_SIZE) < 0) {
		q->store->damaged = true;
		return ohb_fail(err, OHB_E_STATE,
				"use '%s': a name of a content is damaged",
				OHB_STORE_FILE);
	}
	return 0;
}

static int load(struct ohb_store *store, struct ohb_name **ret, size_t *ret_n,
		struct ohb_error *err)
{
	ohb_autosql q = OHB_SQL_INIT;
	size_t cap = 0;
	int row;

	if (ohb_sql_prepare(&q, store,
			    "SELECT digest, mode, sha256 FROM names "
			    "ORDER BY digest",
			    err) < 0)
		return -1;
	while ((row = ohb_sql_step(&q, err)) > 0) {
		struct ohb_name *name =
				ohb_grow(ret, &cap, *ret_n, sizeof(*name));

		if (take_name(&q, name, err) < 0)
			return -1;
		(*ret_n)++;
	}
	return row;
}

int ohb_name_load(struct ohb_store *store, struct ohb_arena *arena,
		const struct ohb_name **ret, size_t *ret_n,
		struct ohb_error *err)
{
	ohb_hold held = ohb_store_hold(store);
	ohb_autofree struct ohb_name *names = NULL;
	struct ohb_name *copy = NULL;
	size_t n = 0;

	if (load(store, &names, &n, err) < 0)
		return -1;
	if (n) {
		copy = ohb_arena_alloc(arena, n * sizeof(*copy));
		memcpy(copy, names, n * sizeof(*copy));
	}
	*ret = copy;
	*ret_n = n;
	return 0;
}

int ohb_name_save(struct ohb_store *store, const struct ohb_name *names,
		size_t n, struct ohb_error *err)
{
	ohb_autotx tx = OHB_TX_INIT;
	ohb_autosql q = OHB_SQL_INIT;
	size_t i;

	if (!ohb_store_writes(store) || n == 0)
		return 0;
	if (ohb_tx_begin(&tx, store, err) < 0 ||
			ohb_sql_prepare(&q, store,
					"INSERT OR REPLACE INTO names(digest, "
					"mode, sha256) VALUES(?, ?, ?)",
					err) < 0)
		return -1;
	for (i = 0; i < n; i++) {
		ohb_sql_bind_bytes(&q, names[i].digest.bytes, OHB_DIGEST_SIZE);
		ohb_sql_bind_int(&q, names[i].content.mode);
		ohb_sql_bind_bytes(&q, names[i].content.sha.bytes,
				OHB_SHA256_SIZE);
		if (ohb_sql_run(&q, err) < 0)
			return -1;
	}
	ohb_sql_release(&q);
	return ohb_tx_commit(&tx, "name-save", err);
}
