#include "project/tree.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/limits.h"

static void note(const struct ohb_tree *tree, const char *path,
		enum ohb_fs_kind kind, const struct ohb_str *bytes)
{
	struct ohb_tree_notes *notes = tree->notes;
	struct ohb_tree_note *item;

	if (!notes)
		return;
	item = ohb_grow((void *)&notes->items, &notes->cap, notes->count++,
			sizeof(*item));
	item->path = ohb_arena_strdup(notes->arena, path);
	item->kind = kind;
	item->read = bytes != NULL;
	if (bytes)
		item->digest = ohb_fs_digest_of(
				kind, 0644, ohb_str_cstr(bytes), bytes->len);
}

int ohb_tree_list(const struct ohb_tree *tree, struct ohb_arena *arena,
		struct ohb_files *ret, struct ohb_error *err)
{
	if (tree->staged) {
		ohb_staged_list(tree->staged, arena, ret);
		return 0;
	}
	return ohb_files_list(tree->dirfd, arena, ret, err);
}

int ohb_tree_on_disk(const struct ohb_tree *tree, const char *path,
		struct ohb_error *err)
{
	return tree->staged ? ohb_staged_ignores(tree->staged, path, err) : 1;
}

int ohb_tree_kind(const struct ohb_tree *tree, const char *path,
		enum ohb_fs_kind *ret, struct ohb_error *err)
{
	struct ohb_fs_info info;
	ohb_autoclose int fd = -1;
	int on_disk = ohb_tree_on_disk(tree, path, err);

	if (on_disk < 0)
		return -1;
	if (!on_disk) {
		*ret = ohb_staged_kind(tree->staged, path);
		return 0;
	}
	if (ohb_fs_stat(tree->dirfd, path, &info, err) < 0)
		info.kind = OHB_FS_ABSENT;
	*ret = info.kind;
	note(tree, path, info.kind, NULL);
	if (info.kind != OHB_FS_FILE && info.kind != OHB_FS_LINK)
		return 0;
	fd = ohb_fs_open_beneath(tree->dirfd, path, O_PATH | O_NOFOLLOW, err);
	return fd < 0 ? -1 : 0;
}

int ohb_tree_folder(const struct ohb_tree *tree, const char *path,
		struct ohb_error *err)
{
	ohb_autoclose int fd = -1;
	enum ohb_fs_kind kind;

	if (!tree->staged) {
		fd = ohb_fs_open_beneath(
				tree->dirfd, path, O_PATH | O_DIRECTORY, err);
		return fd < 0 ? -1 : 0;
	}
	kind = ohb_staged_kind(tree->staged, path);
	if (kind == OHB_FS_FILE)
		return ohb_fail(err, OHB_E_CONFIG, "'%s' is a file", path);
	return kind == OHB_FS_DIR ?
			0 :
			ohb_fail(err, OHB_E_MISSING, "'%s' is not there", path);
}

int ohb_tree_read(const struct ohb_tree *tree, const char *path, size_t max,
		struct ohb_str *out, struct ohb_error *err)
{
	ohb_autostr bytes = OHB_STR_INIT;
	int on_disk = ohb_tree_on_disk(tree, path, err);

	if (on_disk < 0)
		return -1;
	if (!on_disk)
		return ohb_staged_read(tree->staged, path, max, out, err);
	if (ohb_fs_read_beneath(tree->dirfd, path, max, &bytes, err) < 0)
		return -1;
	note(tree, path, OHB_FS_FILE, &bytes);
	ohb_str_add(out, bytes.data, bytes.len);
	return 0;
}

int ohb_tree_read_anywhere(const struct ohb_tree *tree, const char *path,
		size_t max, struct ohb_str *out, struct ohb_error *err)
{
	ohb_autostr bytes = OHB_STR_INIT;

	if (tree->staged)
		return ohb_tree_read(tree, path, max, out, err);
	if (ohb_fs_read(tree->dirfd, path, max, &bytes, err) < 0)
		return -1;
	note(tree, path, OHB_FS_FILE, &bytes);
	ohb_str_add(out, bytes.data, bytes.len);
	return 0;
}

int ohb_tree_bytes(const struct ohb_tree *tree, const char *path, size_t max,
		struct ohb_str *out, struct ohb_error *err)
{
	int on_disk = ohb_tree_on_disk(tree, path, err);
	ohb_autoclose int fd = -1;
	char target[OHB_MAX_PATH];
	ssize_t n;

	if (on_disk < 0)
		return -1;
	if (!on_disk)
		return ohb_staged_bytes(tree->staged, path, max, out, err);
	fd = ohb_fs_open_beneath(tree->dirfd, path, O_PATH | O_NOFOLLOW, err);
	if (fd < 0)
		return -1;
	n = readlinkat(fd, "", target, sizeof(target));
	if (n < 0)
		return ohb_fs_read_beneath(tree->dirfd, path, max, out, err);
	ohb_str_add(out, target, (size_t)n);
	return 0;
}
