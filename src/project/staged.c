#include "project/entries.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/git.h"
#include "project/rules.h"

#define MODE_SUBMODULE 0160000

/* Of an empty file, or of one that is only intended (`git add -N`). */
static const char empty_sha1[] = "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391";
static const char empty_sha256[] = "473a0f4c3be8a93681a267e3b1e9a7dc"
				   "da1185436fe141f7749120a303721813";

/* --- what git says --- */

static int by_path(const void *a, const void *b)
{
	const struct ohb_entry *x = a, *y = b;

	return strcmp(x->path, y->path);
}

struct ohb_entry *ohb_entry_find(
		const struct ohb_staged *staged, const char *path)
{
	struct ohb_entry key = { .path = path };

	return staged->count ? bsearch(&key, staged->items, staged->count,
					       sizeof(key), by_path) :
			       NULL;
}

/* "<mode> <object> <stage>\t<path>"; cuts the record into strings. */
static int add_entry(
		struct ohb_staged *staged, char *record, struct ohb_error *err)
{
	char *object = strchr(record, ' ');
	char *stage = object ? strchr(object + 1, ' ') : NULL;
	struct ohb_entry *item;
	unsigned long mode;
	char *end;

	if (!stage || !stage[1] || stage[2] != '\t' || !stage[3])
		return ohb_fail(err, OHB_E_PROTOCOL,
				"git ls-files says '%s', which is no entry",
				record);
	mode = strtoul(record, &end, 8);
	if (mode == MODE_SUBMODULE || ohb_files_skip(stage + 3))
		return 0;
	if (stage[1] != '0')
		return ohb_fail(err, OHB_E_CONFIG,
				"'%s' is unmerged in git's index: settle the "
				"conflict, then type: git add '%s'",
				stage + 3, stage + 3);
	*stage = '\0';
	item = ohb_grow((void *)&staged->items, &staged->cap, staged->count,
			sizeof(*item));
	staged->count++;
	item->path = stage + 3;
	item->object = object + 1;
	item->mode = (mode_t)mode;
	return 0;
}

static int list_entries(struct ohb_staged *staged, struct ohb_error *err)
{
	char *at = staged->listing.data, *end;
	size_t i;

	for (end = at + staged->listing.len; at < end;) {
		size_t len = strlen(at) + 1;

		if (add_entry(staged, at, err) < 0)
			return -1;
		at += len;
	}
	/* They are in git's order, which is ours but for "../". */
	for (i = 1; i < staged->count; i++)
		if (by_path(&staged->items[i - 1], &staged->items[i]) > 0) {
			qsort(staged->items, staged->count,
					sizeof(*staged->items), by_path);
			break;
		}
	return 0;
}

static bool is_empty_object(const struct ohb_entry *item)
{
	return ohb_streq(item->object, empty_sha1) ||
			ohb_streq(item->object, empty_sha256);
}

/* What is only intended to be added is in no commit. */
static int drop_intended(struct ohb_staged *staged, struct ohb_error *err)
{
	static const char *const args[] = { "diff-files", "-z", "--name-only",
		"--diff-filter=A", "--ita-invisible-in-index", "--relative",
		"--ignore-submodules", NULL };
	ohb_autostr text = OHB_STR_INIT;
	const char *path = NULL;
	size_t i, kept = 0;

	for (i = 0; i < staged->count; i++)
		if (is_empty_object(&staged->items[i]))
			break;
	if (i == staged->count)
		return 0;
	if (ohb_repository_ask(&staged->repository, args, &text, err) < 0)
		return -1;
	while ((path = ohb_git_next(&text, path))) {
		struct ohb_entry *item = ohb_entry_find(staged, path);

		if (item && is_empty_object(item))
			item->wanted = true; /* for a moment: to be dropped */
	}
	for (i = 0; i < staged->count; i++)
		if (!staged->items[i].wanted)
			staged->items[kept++] = staged->items[i];
	staged->count = kept;
	return 0;
}

/* Where the file system cannot keep a mode, a checkout makes do. */
static void adapt_mode(const struct ohb_staged *staged, struct ohb_entry *item)
{
	const struct ohb_repository *repository = &staged->repository;
	struct ohb_error ignored;
	struct ohb_fs_info info;

	if (item->mode == OHB_ENTRY_LINK) {
		if (!repository->has_links)
			item->mode = 0100644;
		return;
	}
	if (repository->has_modes ||
			ohb_fs_stat(repository->dirfd, item->path, &info,
					&ignored) < 0 ||
			info.kind != OHB_FS_FILE)
		return;
	item->mode = info.mode & 0111 ? 0100755 : 0100644;
}

bool ohb_entry_is_attributes(const char *path)
{
	return ohb_streq(path, ".gitattributes") ||
			ohb_ends(path, "/.gitattributes");
}

static void find_conversions(struct ohb_staged *staged)
{
	size_t i;

	staged->converts = staged->repository.converts;
	for (i = 0; !staged->converts && i < staged->count; i++)
		staged->converts =
				ohb_entry_is_attributes(staged->items[i].path);
}

static int load(struct ohb_staged *staged, struct ohb_error *err)
{
	size_t i;

	if (ohb_repository_index(&staged->repository, &staged->listing, err) <
					0 ||
			list_entries(staged, err) < 0 ||
			drop_intended(staged, err) < 0)
		return -1;
	for (i = 0; i < staged->count; i++)
		adapt_mode(staged, &staged->items[i]);
	find_conversions(staged);
	return 0;
}

int ohb_staged_open(int dirfd, struct ohb_staged **ret, struct ohb_error *err)
{
	struct ohb_staged *staged = ohb_alloc(sizeof(*staged));

	staged->attributes_fd = -1;
	if (ohb_repository_open(&staged->repository, dirfd, &staged->arena,
			    err) < 0 ||
			load(staged, err) < 0) {
		ohb_staged_close(staged);
		return ohb_fail_context(err, "look at git's index");
	}
	staged->source.dirfd = dirfd;
	staged->source.env = staged->repository.env;
	*ret = staged;
	return 0;
}

void ohb_staged_close(struct ohb_staged *staged)
{
	struct ohb_error ignored;

	if (!staged)
		return;
	ohb_closep(&staged->attributes_fd);
	/* What cannot be removed lies among other temporary files. */
	if (staged->attributes &&
			ohb_fs_remove_tree(AT_FDCWD, staged->attributes,
					&ignored) == 0)
		staged->attributes[0] = '\0';
	free(staged->attributes);
	free(staged->items);
	ohb_str_release(&staged->listing);
	ohb_arena_release(&staged->arena);
	free(staged);
}

/* --- what is there --- */

void ohb_staged_list(const struct ohb_staged *staged, struct ohb_arena *arena,
		struct ohb_files *ret)
{
	size_t i;

	*ret = (struct ohb_files){ .git = true };
	ret->paths = ohb_arena_alloc(
			arena, staged->count * sizeof(*ret->paths));
	for (i = 0; i < staged->count; i++)
		if (!ohb_starts(staged->items[i].path, "../"))
			ret->paths[ret->count++] = staged->items[i].path;
}

static int list_ignored(struct ohb_staged *staged, struct ohb_error *err)
{
	static const char *const args[] = { "ls-files", "-z", "--others",
		"--ignored", "--exclude-standard", "--directory", NULL };
	struct ohb_str text = OHB_STR_INIT;
	struct ohb_files *files = &staged->ignored;
	const char *path = NULL;
	size_t count = 0;

	if (ohb_repository_ask(&staged->repository, args, &text, err) < 0) {
		ohb_str_release(&text);
		return -1;
	}
	while ((path = ohb_git_next(&text, path)))
		count++;
	files->paths = ohb_arena_alloc(
			&staged->arena, count * sizeof(*files->paths));
	while ((path = ohb_git_next(&text, path)))
		files->paths[files->count++] =
				ohb_arena_strdup(&staged->arena, path);
	ohb_str_release(&text);
	files->count = ohb_paths_sort(files->paths, files->count);
	staged->ignored_known = true;
	return 0;
}

static bool lists(const struct ohb_files *files, const char *path, size_t len)
{
	ohb_autofree char *key = ohb_strndup(path, len);

	return ohb_paths_have(files->paths, files->count, key);
}

int ohb_staged_ignores(struct ohb_staged *staged, const char *path,
		struct ohb_error *err)
{
	struct ohb_fs_info info;
	const char *slash = path;

	if (ohb_entry_find(staged, path))
		return 0;
	if (ohb_fs_stat(staged->repository.dirfd, path, &info, err) < 0)
		return -1;
	if (info.kind == OHB_FS_ABSENT || info.kind == OHB_FS_DIR)
		return 0;
	if (!staged->ignored_known && list_ignored(staged, err) < 0)
		return -1;
	while ((slash = strchr(slash, '/')) != NULL)
		if (lists(&staged->ignored, path, (size_t)(++slash - path)))
			return 1;
	return lists(&staged->ignored, path, strlen(path));
}

/* Whether files of the index lie in it. */
static bool is_folder(const struct ohb_staged *staged, const char *path)
{
	ohb_autostr inside = OHB_STR_INIT;
	size_t low = 0, high = staged->count;

	ohb_str_addf(&inside, "%s/", path);
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(staged->items[middle].path, inside.data) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low < staged->count &&
			ohb_starts(staged->items[low].path, inside.data);
}

enum ohb_fs_kind ohb_staged_kind(
		const struct ohb_staged *staged, const char *path)
{
	const struct ohb_entry *item = ohb_entry_find(staged, path);

	if (item)
		return item->mode == OHB_ENTRY_LINK ? OHB_FS_LINK : OHB_FS_FILE;
	return is_folder(staged, path) ? OHB_FS_DIR : OHB_FS_ABSENT;
}
