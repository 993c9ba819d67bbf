#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/map.h"
#include "store/db.h"

/* A file system that keeps whole seconds only, or every second one, shows it
 * by the time it gives our own file. */
#define COARSE_NS ((int64_t)2000000000)
#define SECOND_NS ((int64_t)1000000000)

struct entry {
	struct ohb_fs_info info;
	struct ohb_digest digest;
	bool fresh; /* learnt now: to be kept */
};

struct ohb_stats {
	struct ohb_store *store;
	struct ohb_arena arena;
	struct ohb_map entries; /* path -> struct entry */
	size_t learnt;
	bool keeps; /* the store writes, and "now" is known */
	struct ohb_fs_info now; /* of a file written just before we began */
};

static int load(struct ohb_stats *stats, struct ohb_error *err)
{
	struct ohb_store *store = stats->store;
	ohb_hold held = ohb_store_hold(store);
	ohb_autosql q = OHB_SQL_INIT;
	int row;

	if (!store->db)
		return 0;
	if (ohb_sql_prepare(&q, store,
			    "SELECT path, dev, ino, size, mode, mtime_ns, "
			    "ctime_ns, digest FROM stats",
			    err) < 0)
		return -1;
	while ((row = ohb_sql_step(&q, err)) > 0) {
		struct entry *entry =
				ohb_arena_alloc(&stats->arena, sizeof(*entry));
		size_t len;
		const void *path = ohb_sql_take_bytes(&q, &len);
		const char *name = ohb_arena_strndup(&stats->arena, path, len);

		entry->info.dev = (uint64_t)ohb_sql_take_int(&q);
		entry->info.ino = (uint64_t)ohb_sql_take_int(&q);
		entry->info.size = (uint64_t)ohb_sql_take_int(&q);
		entry->info.mode = (mode_t)ohb_sql_take_int(&q);
		entry->info.mtime_ns = ohb_sql_take_int(&q);
		entry->info.ctime_ns = ohb_sql_take_int(&q);
		entry->digest = ohb_sql_take_digest(&q);
		ohb_map_add(&stats->entries, name, entry);
	}
	return row;
}

/* The file system's own idea of now; without it nothing is kept. */
static void look_at_now(struct ohb_stats *stats)
{
	static const char name[] = "now";
	struct ohb_error ignored = OHB_ERROR_INIT;
	const struct ohb_store *store = stats->store;
	ohb_autoclose int fd = -1;

	if (store->lock_fd < 0 || store->dirfd < 0)
		return;
	fd = openat(store->dirfd, name,
			O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW,
			0666);
	/* Truncating what is empty may leave the times as they are. */
	if (fd < 0 || write(fd, "\n", 1) != 1 ||
			ohb_fs_stat(store->dirfd, name, &stats->now, &ignored) <
					0)
		return;
	stats->keeps = true;
}

int ohb_stats_open(struct ohb_store *store, struct ohb_stats **ret,
		struct ohb_error *err)
{
	struct ohb_stats *stats = ohb_alloc(sizeof(*stats));

	stats->store = store;
	if (load(stats, err) < 0) {
		ohb_stats_free(stats);
		return ohb_fail_context(err, "load the stat cache");
	}
	look_at_now(stats);
	*ret = stats;
	return 0;
}

static bool same(const struct ohb_fs_info *a, const struct ohb_fs_info *b)
{
	return a->dev == b->dev && a->ino == b->ino && a->size == b->size &&
			a->mode == b->mode && a->mtime_ns == b->mtime_ns &&
			a->ctime_ns == b->ctime_ns;
}

/*
 * Whether every later change must bear a later time than the file has now.
 * A change in the tick in which it was read would not: git calls such a file
 * racy.
 */
static bool has_rested(
		const struct ohb_stats *stats, const struct ohb_fs_info *info)
{
	const struct ohb_fs_info *now = &stats->now;
	int64_t last = info->mtime_ns > info->ctime_ns ? info->mtime_ns :
							 info->ctime_ns;
	bool coarse = now->mtime_ns % SECOND_NS == 0 ||
			info->ctime_ns % SECOND_NS == 0;

	return info->dev == now->dev &&
			last < now->mtime_ns - (coarse ? COARSE_NS : 0);
}

static void learn(struct ohb_stats *stats, const char *path,
		const struct ohb_fs_info *info, const struct ohb_digest *digest)
{
	struct entry *entry = ohb_map_get(&stats->entries, path);

	if (!entry) {
		entry = ohb_arena_alloc(&stats->arena, sizeof(*entry));
		ohb_map_add(&stats->entries,
				ohb_arena_strdup(&stats->arena, path), entry);
	}
	*entry = (struct entry){
		.info = *info,
		.digest = *digest,
		.fresh = true,
	};
	stats->learnt++;
}

int ohb_stats_look(struct ohb_stats *stats, int dirfd, const char *path,
		enum ohb_fs_kind *ret_kind, struct ohb_digest *ret,
		struct ohb_error *err)
{
	const struct entry *entry = ohb_map_get(&stats->entries, path);
	struct ohb_fs_info before, after;

	if (ohb_fs_stat(dirfd, path, &before, err) < 0)
		return -1;
	*ret_kind = before.kind;
	if (before.kind != OHB_FS_FILE && before.kind != OHB_FS_LINK)
		return 0;
	if (entry && same(&entry->info, &before)) {
		*ret = entry->digest;
		return 0;
	}
	if (ohb_fs_digest(dirfd, path, ret, err) < 0)
		return -1;
	if (!stats->keeps || !has_rested(stats, &before))
		return 0;
	if (ohb_fs_stat(dirfd, path, &after, err) < 0)
		return -1;
	if (same(&before, &after) && before.kind == after.kind)
		learn(stats, path, &before, ret);
	return 0;
}

struct saving {
	struct ohb_sql q;
	struct ohb_error *err;
};

static int save_one(void *userdata, const char *path, void *value)
{
	struct saving *saving = userdata;
	const struct entry *entry = value;
	const struct ohb_fs_info *info = &entry->info;

	if (!entry->fresh)
		return 0;
	ohb_sql_bind_bytes(&saving->q, path, strlen(path));
	ohb_sql_bind_int(&saving->q, (int64_t)info->dev);
	ohb_sql_bind_int(&saving->q, (int64_t)info->ino);
	ohb_sql_bind_int(&saving->q, (int64_t)info->size);
	ohb_sql_bind_int(&saving->q, (int64_t)info->mode);
	ohb_sql_bind_int(&saving->q, info->mtime_ns);
	ohb_sql_bind_int(&saving->q, info->ctime_ns);
	ohb_sql_bind_bytes(&saving->q, entry->digest.bytes,
			sizeof(entry->digest.bytes));
	return ohb_sql_run(&saving->q, saving->err);
}

int ohb_stats_save(struct ohb_stats *stats, struct ohb_error *err)
{
	ohb_autotx tx = OHB_TX_INIT;
	struct saving saving = { .q = OHB_SQL_INIT, .err = err };
	int result;

	if (!stats->keeps || stats->learnt == 0)
		return 0;
	if (ohb_tx_begin(&tx, stats->store, err) < 0 ||
			ohb_sql_prepare(&saving.q, stats->store,
					"INSERT OR REPLACE INTO stats(path, "
					"dev, ino, size, mode, mtime_ns, "
					"ctime_ns, digest) "
					"VALUES(?, ?, ?, ?, ?, ?, ?, ?)",
					err) < 0)
		return -1;
	result = ohb_map_each(&stats->entries, save_one, &saving);
	ohb_sql_release(&saving.q);
	if (result < 0)
		return -1;
	stats->learnt = 0;
	return ohb_tx_commit(&tx, "stats-save", err);
}

size_t ohb_stats_learnt(const struct ohb_stats *stats)
{
	return stats->learnt;
}

void ohb_stats_free(struct ohb_stats *stats)
{
	if (!stats)
		return;
	ohb_map_release(&stats->entries);
	ohb_arena_release(&stats->arena);
	free(stats);
}
