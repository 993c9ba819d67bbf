#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/failpoint.h"
#include "base/map.h"
#include "io/bulk.h"
#include "store/db.h"
#include "store/index.h"

#define MILLISECOND_NS ((int64_t)1000000)

struct entry {
	struct ohb_index_file file;
	bool looked; /* else it is the next look that looks */
	bool learnt; /* now: it had to be read, and has rested */
};

struct ohb_stats {
	struct ohb_store *store;
	struct ohb_arena arena;
	struct ohb_index old; /* what the last build left */
	struct ohb_map entries; /* path -> struct entry, of this time */
	bool keeps; /* the store writes, and "now" is known */
	struct ohb_fs_info now; /* of a file written just before we began */
};

/* The file system's own idea of now; without it nothing is kept. */
static void look_at_now(struct ohb_stats *stats)
{
	static const char name[] = "now";
	struct ohb_error ignored = OHB_ERROR_INIT;
	const struct ohb_store *store = stats->store;
	ohb_autoclose int fd = -1;

	/* What a machine says of a file that is another's may be seconds old. */
	if (store->lock_fd < 0 || store->dirfd < 0 ||
			ohb_fs_remote(store->dirfd))
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

struct ohb_stats *ohb_stats_open(struct ohb_store *store)
{
	struct ohb_stats *stats = ohb_alloc(sizeof(*stats));

	ohb_stats_free(store->stats);
	store->stats = stats;
	stats->store = store;
	if (store->dirfd < 0 || ohb_index_load(&stats->old, store->dirfd) < 0)
		stats->old = (struct ohb_index)OHB_INDEX_INIT;
	look_at_now(stats);
	return stats;
}

struct ohb_stats *ohb_stats_of(struct ohb_store *store)
{
	return store->stats;
}

/* What the last build knew of the path; false when it did not see it. */
static bool find_old(const struct ohb_stats *stats, const char *path,
		struct ohb_index_file *ret)
{
	size_t at;

	if (!ohb_index_find(&stats->old, path, &at))
		return false;
	ohb_index_file(&stats->old, at, ret);
	return true;
}

/*
 * Whether every later change must bear a later time than the file has now.
 * A change in the tick in which it was read would not: git calls such a file
 * racy.  Nor would one where only seconds or milliseconds are kept, once the
 * clock is set back and the same time comes twice.
 */
static bool has_rested(
		const struct ohb_stats *stats, const struct ohb_fs_info *info)
{
	const struct ohb_fs_info *now = &stats->now;
	int64_t last = info->mtime_ns > info->ctime_ns ? info->mtime_ns :
							 info->ctime_ns;

	return stats->keeps && info->dev == now->dev &&
			now->mtime_ns % MILLISECOND_NS != 0 &&
			last < now->mtime_ns;
}

/* Fills in the content of what file->info says.  For several threads. */
static int read_content(const struct ohb_stats *stats, int dirfd,
		struct entry *entry, struct ohb_error *err)
{
	struct ohb_index_file *file = &entry->file, old;
	struct ohb_fs_info after;

	file->seen = OHB_SEEN_CONTENT;
	if (file->info.kind != OHB_FS_FILE && file->info.kind != OHB_FS_LINK)
		return 0;
	if (find_old(stats, file->path, &old) && old.rested &&
			ohb_fs_same(&old.info, &file->info)) {
		file->digest = old.digest;
		file->rested = true;
		return 0;
	}
	if (ohb_fs_digest(dirfd, file->path, &file->digest, err) < 0)
		return -1;
	if (!has_rested(stats, &file->info))
		return 0;
	if (ohb_fs_stat(dirfd, file->path, &after, err) < 0)
		return -1;
	file->rested = ohb_fs_same(&file->info, &after);
	return 0;
}

/* The entry of a path, which is made when it is new. */
static struct entry *entry_of(struct ohb_stats *stats, const char *path)
{
	struct entry *entry = ohb_map_get(&stats->entries, path);

	if (entry)
		return entry;
	entry = ohb_arena_alloc(&stats->arena, sizeof(*entry));
	entry->file.path = ohb_arena_strdup(&stats->arena, path);
	return ohb_map_add(&stats->entries, entry->file.path, entry);
}

int ohb_stats_look(struct ohb_stats *stats, int dirfd, const char *path,
		enum ohb_fs_kind *ret_kind, struct ohb_digest *ret,
		struct ohb_error *err)
{
	struct entry *entry = entry_of(stats, path);
	struct ohb_index_file *file = &entry->file;

	if (!entry->looked &&
			(ohb_fs_stat(dirfd, path, &file->info, err) < 0 ||
					read_content(stats, dirfd, entry, err) <
							0))
		return -1;
	entry->looked = true;
	*ret_kind = file->info.kind;
	if (file->info.kind == OHB_FS_FILE || file->info.kind == OHB_FS_LINK)
		*ret = file->digest;
	return 0;
}

bool ohb_stats_rested(
		const struct ohb_stats *stats, int dirfd, const char *path)
{
	struct ohb_error ignored = OHB_ERROR_INIT;
	struct ohb_fs_info info;

	return stats->keeps && ohb_fs_stat(dirfd, path, &info, &ignored) == 0 &&
			(info.kind == OHB_FS_ABSENT ||
					has_rested(stats, &info));
}

struct preparing {
	const struct ohb_stats *stats;
	int dirfd;
	struct entry **entries;
	size_t count, cap;
};

/* What fails here fails again, with its words, when it is looked at. */
static void prepare_range(void *userdata, size_t from, size_t to)
{
	const struct preparing *all = userdata;
	struct ohb_folders folders;
	size_t i;

	ohb_folders_init(&folders, all->dirfd);
	for (i = from; i < to; i++) {
		struct ohb_index_file *file = &all->entries[i]->file;

		all->entries[i]->looked = ohb_folders_stat(&folders, file->path,
							  &file->info) == 0 &&
				read_content(all->stats, all->dirfd,
						all->entries[i],
						&folders.err) == 0;
	}
	ohb_folders_release(&folders);
}

void ohb_stats_prepare(struct ohb_stats *stats, int dirfd,
		const char *const *paths, size_t n)
{
	struct preparing all = { .stats = stats, .dirfd = dirfd };
	size_t i;

	all.entries = ohb_alloc(n * sizeof(struct entry *));
	for (i = 0; i < n; i++) {
		size_t known = stats->entries.count;
		struct entry *entry = entry_of(stats, paths[i]);

		if (stats->entries.count > known)
			all.entries[all.count++] = entry;
	}
	ohb_bulk_run(all.count, prepare_range, &all);
	free(all.entries);
}

int ohb_stats_note(struct ohb_stats *stats, const char *path,
		enum ohb_seen seen, enum ohb_fs_kind kind)
{
	struct entry *entry = entry_of(stats, path);
	struct ohb_index_file *file = &entry->file;
	const bool there = kind != OHB_FS_ABSENT && kind != OHB_FS_DIR;

	file->listed |= seen == OHB_SEEN_THERE;
	if (entry->looked && seen == OHB_SEEN_KIND)
		return file->info.kind == kind ? 0 : -1;
	if (entry->looked)
		return (file->info.kind != OHB_FS_ABSENT &&
				       file->info.kind != OHB_FS_DIR) == there ?
				0 :
				-1;
	file->info = (struct ohb_fs_info){ .kind = kind };
	file->seen = seen;
	entry->looked = true;
	return 0;
}

void ohb_stats_own(struct ohb_stats *stats, const char *path, uint32_t owner,
		bool output)
{
	struct ohb_index_file *file = &entry_of(stats, path)->file;

	file->owner = file->owner == OHB_OWNER_NONE ? owner : OHB_OWNER_MANY;
	file->output |= output;
}

static int by_path(const void *a, const void *b)
{
	const struct ohb_index_file *const *x = a, *const *y = b;

	return strcmp((*x)->path, (*y)->path);
}

struct listing {
	const struct ohb_index_file **items;
	size_t count;
};

static int list_entry(void *userdata, const char *path, void *value)
{
	struct listing *listing = userdata;
	const struct entry *entry = value;

	(void)path;
	if (entry->looked)
		listing->items[listing->count++] = &entry->file;
	return 0;
}

static void encode(const struct ohb_stats *stats,
		const struct ohb_picture *picture, struct ohb_str *out)
{
	struct ohb_index_writer writer = OHB_INDEX_WRITER_INIT;
	struct listing listing = {
		.items = ohb_alloc(stats->entries.count *
				sizeof(struct ohb_index_file *)),
	};
	size_t i;

	(void)ohb_map_each(&stats->entries, list_entry, &listing);
	qsort(listing.items, listing.count, sizeof(struct ohb_index_file *),
			by_path);
	for (i = 0; i < listing.count; i++)
		ohb_index_add(&writer, listing.items[i]);
	free(listing.items);
	ohb_index_end(&writer, picture, out);
}

int ohb_stats_save(struct ohb_stats *stats, const struct ohb_picture *picture,
		struct ohb_error *err)
{
	const struct ohb_str *old = &stats->old.bytes;
	ohb_autostr bytes = OHB_STR_INIT;
	ohb_autofree char *temp = NULL;

	if (!stats->keeps)
		return 0;
	encode(stats, picture, &bytes);
	if (stats->old.head && old->len == bytes.len &&
			memcmp(old->data, bytes.data, old->len) == 0)
		return 0;
	if (ohb_fs_write_temp(stats->store->dirfd, OHB_INDEX_FILE, bytes.data,
			    bytes.len, 0644, &temp, err) < 0)
		return -1;
	ohb_failpoint("index-written");
	return ohb_fs_rename(stats->store->dirfd, temp, OHB_INDEX_FILE, err);
}

static int count_learnt(void *userdata, const char *path, void *value)
{
	const struct entry *entry = value;
	size_t *count = userdata;

	(void)path;
	*count += entry->learnt;
	return 0;
}

size_t ohb_stats_learnt(const struct ohb_stats *stats)
{
	size_t count = 0;

	(void)ohb_map_each(&stats->entries, count_learnt, &count);
	return count;
}

void ohb_stats_free(struct ohb_stats *stats)
{
	if (!stats)
		return;
	stats->store->stats = NULL;
	ohb_index_release(&stats->old);
	ohb_map_release(&stats->entries);
	ohb_arena_release(&stats->arena);
	free(stats);
}
