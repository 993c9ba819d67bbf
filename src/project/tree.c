#include "project/tree.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/limits.h"

int ohb_tree_list(const struct ohb_tree *tree, struct ohb_arena *arena,
		struct ohb_files *ret, struct ohb_error *err)
{
	return ohb_files_list(tree->dirfd, arena, ret, err);
}

int ohb_tree_kind(const struct ohb_tree *tree, const char *path,
		enum ohb_fs_kind *ret, struct ohb_error *err)
{
	struct ohb_fs_info info;
	ohb_autoclose int fd = -1;

	if (ohb_fs_stat(tree->dirfd, path, &info, err) < 0)
		info.kind = OHB_FS_ABSENT;
	*ret = info.kind;
	if (info.kind != OHB_FS_FILE && info.kind != OHB_FS_LINK)
		return 0;
	fd = ohb_fs_open_beneath(tree->dirfd, path, O_PATH | O_NOFOLLOW, err);
	return fd < 0 ? -1 : 0;
}

int ohb_tree_folder(const struct ohb_tree *tree, const char *path,
		struct ohb_error *err)
{
	ohb_autoclose int fd = ohb_fs_open_beneath(
			tree->dirfd, path, O_PATH | O_DIRECTORY, err);

	return fd < 0 ? -1 : 0;
}

int ohb_tree_read(const struct ohb_tree *tree, const char *path, size_t max,
		struct ohb_str *out, struct ohb_error *err)
{
	return ohb_fs_read_beneath(tree->dirfd, path, max, out, err);
}

int ohb_tree_read_anywhere(const struct ohb_tree *tree, const char *path,
		size_t max, struct ohb_str *out, struct ohb_error *err)
{
	return ohb_fs_read(tree->dirfd, path, max, out, err);
}

int ohb_tree_bytes(const struct ohb_tree *tree, const char *path, size_t max,
		struct ohb_str *out, struct ohb_error *err)
{
	ohb_autoclose int fd = ohb_fs_open_beneath(
			tree->dirfd, path, O_PATH | O_NOFOLLOW, err);
	char target[OHB_MAX_PATH];
	ssize_t n;

	if (fd < 0)
		return -1;
	n = readlinkat(fd, "", target, sizeof(target));
	if (n < 0)
		return ohb_fs_read_beneath(tree->dirfd, path, max, out, err);
	ohb_str_add(out, target, (size_t)n);
	return 0;
}
