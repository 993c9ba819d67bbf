#include "build/past.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "io/clock.h"
#include "io/fs.h"

static int by_path(const void *a, const void *b)
{
	const struct ohb_past_file *x = a, *y = b;

	return strcmp(x->path, y->path);
}

static bool same_mode(mode_t a, mode_t b)
{
	return !a || !b || !(a & 0111) == !(b & 0111);
}

static bool same_files(const struct ohb_past_version *a,
		const struct ohb_past_version *b)
{
	size_t i;

	if (a->nfiles != b->nfiles)
		return false;
	for (i = 0; i < a->nfiles; i++)
		if (strcmp(a->files[i].path, b->files[i].path) != 0 ||
				!ohb_digest_eq(&a->files[i].blob,
						&b->files[i].blob) ||
				!same_mode(a->files[i].mode, b->files[i].mode))
			return false;
	return true;
}

struct list {
	struct ohb_past_version *items; /* malloc'ed */
	size_t count, cap;
};

/* One that is there already is not added. */
static void add(struct list *list, const struct ohb_past_version *version)
{
	struct ohb_past_version *item;
	size_t i;

	for (i = 0; i < list->count; i++)
		if (same_files(&list->items[i], version))
			return;
	item = ohb_grow(&list->items, &list->cap, list->count, sizeof(*item));
	*item = *version;
	list->count++;
}

/* Rows of one moment and one hand are one version. */
static bool goes_with(const struct ohb_version *rows, size_t n,
		const struct ohb_version *row)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (rows[i].written_ms != row->written_ms ||
				rows[i].origin != row->origin ||
				strcmp(rows[i].path, row->path) == 0)
			return false;
	return true;
}

static int add_kept(struct ohb_store *store, const char *target,
		struct ohb_arena *arena, struct list *list,
		struct ohb_error *err)
{
	const struct ohb_version *rows = NULL;
	size_t n = 0, i, k;

	if (ohb_version_load(store, target, arena, &rows, &n, err) < 0)
		return -1;
	for (i = 0; i < n; i = k) {
		struct ohb_past_version version = {
			.origin = rows[i].origin,
			.written_ms = rows[i].written_ms,
		};
		struct ohb_past_file *files;

		for (k = i; k < n && goes_with(&rows[i], k - i, &rows[k]); k++)
			continue;
		files = ohb_arena_alloc(arena, (k - i) * sizeof(*files));
		for (; version.nfiles < k - i; version.nfiles++)
			files[version.nfiles] = (struct ohb_past_file){
				.path = rows[i + version.nfiles].path,
				.blob = rows[i + version.nfiles].blob,
				.mode = rows[i + version.nfiles].mode,
			};
		qsort(files, version.nfiles, sizeof(*files), by_path);
		version.files = files;
		add(list, &version);
	}
	return 0;
}

/* What attempts wrote and what became of it. */
static int add_written(struct ohb_store *store, const char *target,
		struct ohb_arena *arena, struct list *list,
		struct ohb_error *err)
{
	struct ohb_attempts attempts;
	size_t i, k;

	if (ohb_attempt_load(store, target, 0, arena, &attempts, err) < 0)
		return -1;
	for (i = 0; i < attempts.count; i++) {
		const struct ohb_attempt *attempt = &attempts.items[i];
		struct ohb_past_file *files = ohb_arena_alloc(
				arena, attempt->nwritten * sizeof(*files));
		struct ohb_past_version version = {
			.files = files,
			.nfiles = attempt->nwritten,
			.origin = OHB_BY_AGENT,
			.written_ms = attempt->ended_ms,
			.refused = attempt->class ? attempt->class : "?",
		};

		for (k = 0; k < attempt->nwritten; k++)
			files[k] = (struct ohb_past_file){
				.path = attempt->written[k].path,
				.blob = attempt->written[k].blob,
			};
		if (version.nfiles)
			add(list, &version);
	}
	return 0;
}

/* Newest first; those of one moment stay as they are. */
static void sort(struct list *list)
{
	struct ohb_past_version moved;
	size_t i, k;

	for (i = 1; i < list->count; i++) {
		moved = list->items[i];
		for (k = i; k &&
				list->items[k - 1].written_ms <
						moved.written_ms;
				k--)
			list->items[k] = list->items[k - 1];
		list->items[k] = moved;
	}
}

/* What stands on disk, as a version; a file that is none or too large is
 * like no version. */
static int look_at_disk(int dirfd, const struct ohb_target *target,
		struct ohb_arena *arena, struct ohb_past_version *ret,
		struct ohb_error *err)
{
	struct ohb_past_file *files = ohb_arena_alloc(
			arena, target->noutputs * sizeof(*files));
	size_t i;

	*ret = (struct ohb_past_version){ .files = files };
	for (i = 0; i < target->noutputs; i++) {
		struct ohb_past_file *file = &files[ret->nfiles];
		ohb_autostr bytes = OHB_STR_INIT;
		struct ohb_fs_info info;

		if (ohb_fs_stat(dirfd, target->outputs[i], &info, err) < 0)
			return -1;
		if (info.kind == OHB_FS_ABSENT)
			continue;
		file->path = target->outputs[i];
		file->mode = info.mode & 0111 ? 0755 : 0644;
		ret->nfiles++;
		if (info.kind != OHB_FS_FILE || info.size > OHB_MAX_INPUT_FILE)
			continue;
		if (ohb_fs_read_beneath(dirfd, file->path, OHB_MAX_INPUT_FILE,
				    &bytes, err) < 0)
			return -1;
		file->blob = ohb_digest_of(ohb_str_cstr(&bytes), bytes.len);
	}
	qsort(files, ret->nfiles, sizeof(*files), by_path);
	return 0;
}

static int load(struct ohb_store *store, const char *target,
		struct ohb_arena *arena, struct list *list,
		struct ohb_error *err)
{
	if (add_kept(store, target, arena, list, err) < 0 ||
			add_written(store, target, arena, list, err) < 0)
		return -1;
	sort(list);
	return 0;
}

int ohb_past_load(struct ohb_store *store, int dirfd,
		const struct ohb_target *target, struct ohb_arena *arena,
		struct ohb_past *ret, struct ohb_error *err)
{
	struct list list = { .items = NULL };
	struct ohb_past_version disk, *copy;
	unsigned number = 0;
	size_t i;
	int result = look_at_disk(dirfd, target, arena, &disk, err);

	if (result == 0)
		result = load(store, target->name, arena, &list, err);
	for (i = 0; i < list.count; i++)
		if (!same_files(&list.items[i], &disk))
			list.items[i].number = ++number;
	copy = ohb_arena_alloc(arena, list.count * sizeof(*copy));
	if (list.count)
		memcpy(copy, list.items, list.count * sizeof(*copy));
	free(list.items);
	if (result == 0)
		*ret = (struct ohb_past){ .items = copy, .count = list.count };
	return result;
}

static int is_kept(struct ohb_store *store, const char *target,
		const struct ohb_fileset *set, struct ohb_arena *arena,
		struct ohb_error *err)
{
	struct ohb_past_file *files =
			ohb_arena_alloc(arena, set->count * sizeof(*files));
	const struct ohb_past_version version = { .files = files,
		.nfiles = set->count };
	struct list list = { .items = NULL };
	bool kept = false;
	size_t i;
	int result;

	for (i = 0; i < set->count; i++)
		files[i] = (struct ohb_past_file){
			.path = set->files[i].path,
			.blob = ohb_digest_of(
					set->files[i].data, set->files[i].len),
			.mode = set->files[i].mode,
		};
	qsort(files, set->count, sizeof(*files), by_path);
	result = add_kept(store, target, arena, &list, err);
	for (i = 0; i < list.count && !kept; i++)
		kept = same_files(&list.items[i], &version);
	free(list.items);
	return result < 0 ? -1 : kept;
}

int ohb_past_rows(struct ohb_store *store, const struct ohb_standing *standing,
		struct ohb_arena *arena, const struct ohb_version **ret,
		size_t *ret_n, struct ohb_error *err)
{
	const struct ohb_fileset *files = standing->files;
	struct ohb_version *rows =
			ohb_arena_alloc(arena, files->count * sizeof(*rows));
	int64_t now = ohb_clock_wall_ms();
	int kept = is_kept(store, standing->target, files, arena, err);
	size_t i, n = 0;

	if (kept < 0)
		return -1;
	for (i = 0; !kept && i < files->count; i++) {
		const struct ohb_file *file = &files->files[i];

		if (!file->data)
			continue;
		rows[n] = (struct ohb_version){
			.target = standing->target,
			.path = file->path,
			.mode = file->mode & 0111 ? 0755 : 0644,
			.origin = standing->origin,
			.written_ms = now,
		};
		if (ohb_blob_add(store, file->data, file->len, &rows[n].blob,
				    err) < 0)
			return -1;
		n++;
	}
	*ret = rows;
	*ret_n = n;
	return 0;
}

int ohb_past_keep(struct ohb_store *store, const struct ohb_standing *standing,
		struct ohb_error *err)
{
	struct ohb_arena arena = OHB_ARENA_INIT;
	const struct ohb_version *rows = NULL;
	size_t n = 0;
	int result = ohb_past_rows(store, standing, &arena, &rows, &n, err);

	if (result == 0 && n)
		result = ohb_version_add(store, rows, n, err);
	ohb_arena_release(&arena);
	return result;
}

int ohb_past_files(struct ohb_store *store,
		const struct ohb_past_version *version, struct ohb_arena *arena,
		struct ohb_fileset *ret, struct ohb_error *err)
{
	size_t i;

	for (i = 0; i < version->nfiles; i++) {
		const struct ohb_past_file *from = &version->files[i];
		ohb_autostr bytes = OHB_STR_INIT;
		struct ohb_file file = { .path = from->path,
			.kind = OHB_TAR_FILE,
			.mode = from->mode ? from->mode : 0644 };
		int found = ohb_blob_find(store, &from->blob, &bytes, err);

		if (found < 0)
			return -1;
		if (!found)
			return ohb_fail(err, OHB_E_STATE,
					"the bytes of '%s' are no longer in "
					"'.ohbuild/state.db'",
					from->path);
		file.data = ohb_arena_strndup(
				arena, ohb_str_cstr(&bytes), bytes.len);
		file.len = bytes.len;
		file.digest = ohb_fs_digest_of(
				OHB_FS_FILE, file.mode, file.data, file.len);
		ohb_fileset_put(ret, &file);
	}
	return 0;
}
