#include "io/fileset.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "io/fs.h"

/* Where path is, or belongs: the first element that is not before it. */
static size_t place(const struct ohb_fileset *set, const char *path)
{
	size_t low = 0, high = set->count;

	/* What comes in order, as nearly everything does, goes to the end. */
	if (high && strcmp(set->files[high - 1].path, path) < 0)
		return high;
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(set->files[middle].path, path) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool is_at(const struct ohb_fileset *set, size_t at, const char *path)
{
	return at < set->count && strcmp(set->files[at].path, path) == 0;
}

void ohb_fileset_put(struct ohb_fileset *set, const struct ohb_file *file)
{
	size_t at = place(set, file->path);

	if (!is_at(set, at, file->path)) {
		(void)ohb_grow(&set->files, &set->cap, set->count,
				sizeof(*set->files));
		memmove(set->files + at + 1, set->files + at,
				(set->count - at) * sizeof(*set->files));
		set->count++;
	}
	set->files[at] = *file;
}

const struct ohb_file *ohb_fileset_find(
		const struct ohb_fileset *set, const char *path)
{
	size_t at = place(set, path);

	return is_at(set, at, path) ? &set->files[at] : NULL;
}

/* As ohb_fs_digest, from bytes that were read already. */
static void seal(struct ohb_file *file)
{
	const char *kind = file->kind == OHB_TAR_FILE ? "large" : "other";
	struct ohb_framed framed;

	if (file->kind == OHB_TAR_LINK || file->data) {
		bool link = file->kind == OHB_TAR_LINK;

		file->digest = ohb_fs_digest_of(
				link ? OHB_FS_LINK : OHB_FS_FILE, file->mode,
				link ? file->target : file->data,
				link ? strlen(file->target) : file->len);
		return;
	}
	/* Not kept: its size is all we know of it. */
	ohb_framed_init(&framed);
	ohb_framed_add(&framed, "kind", kind, strlen(kind));
	ohb_framed_add(&framed, "bytes", &file->len, sizeof(file->len));
	file->digest = ohb_framed_end(&framed);
}

/* All that is said of it: a program or not, and what makes it dangerous. */
static mode_t mode_of(mode_t mode)
{
	return (mode & 0111 ? 0755 : 0644) | (mode & (S_ISUID | S_ISGID));
}

/* Reads exactly what fstat promised; anything else is a change. */
static int read_file(int fd, const struct stat *st, struct ohb_file *file,
		struct ohb_arena *arena, struct ohb_error *err)
{
	char *data;
	ssize_t n;

	if ((uint64_t)st->st_size > OHB_MAX_INPUT_FILE)
		return ohb_fail(err, OHB_E_LIMIT,
				"read '%s': larger than %u bytes", file->path,
				OHB_MAX_INPUT_FILE);
	data = ohb_arena_alloc(arena, (size_t)st->st_size + 1);
	while ((n = read(fd, data + file->len,
				(size_t)st->st_size + 1 - file->len)) > 0)
		file->len += (size_t)n;
	if (n < 0)
		return ohb_fail_errno(err, errno, "read '%s'", file->path);
	if (file->len != (size_t)st->st_size)
		return ohb_fail(err, OHB_E_CHANGED,
				"'%s' changed while it was read", file->path);
	file->kind = OHB_TAR_FILE;
	file->mode = mode_of(st->st_mode);
	file->data = data;
	return 0;
}

static int read_link(int fd, struct ohb_file *file, struct ohb_arena *arena,
		struct ohb_error *err)
{
	char target[OHB_MAX_PATH];
	ssize_t n = readlinkat(fd, "", target, sizeof(target));

	if (n < 0)
		return ohb_fail_errno(err, errno, "read link '%s'", file->path);
	if ((size_t)n == sizeof(target))
		return ohb_fail(err, OHB_E_LIMIT,
				"read link '%s': longer than %zu bytes",
				file->path, sizeof(target) - 1);
	file->kind = OHB_TAR_LINK;
	file->mode = 0777;
	file->target = ohb_arena_strndup(arena, target, (size_t)n);
	return 0;
}

static int load(int dirfd, struct ohb_file *file, struct ohb_arena *arena,
		struct ohb_error *err)
{
	ohb_autoclose int name = -1, fd = -1;
	struct stat st;

	/* The name first: a device or a fifo must not be opened. */
	name = ohb_fs_open_beneath(dirfd, file->path, O_PATH | O_NOFOLLOW, err);
	if (name < 0)
		return -1;
	if (fstat(name, &st) < 0)
		return ohb_fail_errno(err, errno, "stat '%s'", file->path);
	if (S_ISLNK(st.st_mode))
		return read_link(name, file, arena, err);
	if (!S_ISREG(st.st_mode))
		return ohb_fail(err, OHB_E_IO,
				"read '%s': neither a file nor a link",
				file->path);
	fd = ohb_fs_open_beneath(dirfd, file->path,
			O_RDONLY | O_NOFOLLOW | O_NONBLOCK, err);
	if (fd < 0)
		return -1;
	if (fstat(fd, &st) < 0)
		return ohb_fail_errno(err, errno, "stat '%s'", file->path);
	return read_file(fd, &st, file, arena, err);
}

int ohb_fileset_load(struct ohb_fileset *set, int dirfd,
		const char *const *paths, size_t npaths,
		struct ohb_arena *arena, struct ohb_error *err)
{
	uint64_t total = 0;
	size_t i;

	for (i = 0; i < npaths; i++) {
		struct ohb_file file = { .path = ohb_arena_strdup(
							 arena, paths[i]) };

		if (load(dirfd, &file, arena, err) < 0) {
			if (err->code == OHB_E_MISSING)
				err->code = OHB_E_CHANGED;
			return -1;
		}
		total += file.len;
		if (total > OHB_MAX_WORKSPACE)
			return ohb_fail(err, OHB_E_LIMIT,
					"the workspace is larger than %llu "
					"bytes: name less in 'workspace'",
					OHB_MAX_WORKSPACE);
		seal(&file);
		ohb_fileset_put(set, &file);
	}
	return 0;
}

struct tar_load {
	struct ohb_fileset *set;
	struct ohb_arena *arena;
	const char *strip;
};

static int add_entry(void *userdata, const struct ohb_tar_entry *entry,
		struct ohb_error *err)
{
	const struct tar_load *load = userdata;
	size_t strip = strlen(load->strip);
	struct ohb_file file = { .kind = entry->kind, .len = entry->len };

	if (entry->kind == OHB_TAR_DIR)
		return 0;
	if (!ohb_starts(entry->path, load->strip) || !entry->path[strip])
		return ohb_fail(err, OHB_E_PROTOCOL,
				"the archive has '%s', which is not in '%s'",
				entry->path, load->strip);
	file.path = ohb_arena_strdup(load->arena, entry->path + strip);
	file.mode = mode_of(entry->mode);
	if (entry->kind == OHB_TAR_LINK)
		file.target = ohb_arena_strdup(load->arena, entry->target);
	if (entry->kind == OHB_TAR_FILE && entry->data)
		file.data = ohb_arena_strndup(
				load->arena, entry->data, entry->len);
	seal(&file);
	ohb_fileset_put(load->set, &file);
	return 0;
}

/* The header's signature; an object for one call would say no more. */
/* NOLINTNEXTLINE(readability-function-size) */
int ohb_fileset_load_tar(struct ohb_fileset *set, const void *tar, size_t len,
		const char *strip, size_t max_file, struct ohb_arena *arena,
		struct ohb_error *err)
{
	struct tar_load load = { .set = set, .arena = arena, .strip = strip };

	return ohb_tar_each(tar, len, max_file, add_entry, &load, err);
}

/* The folders of path, but for those it shares with the path before it:
 * in byte order, paths with a common beginning stand together. */
static int add_parents(struct ohb_tar_writer *writer, const char *path,
		const char *before, struct ohb_error *err)
{
	const char *slash = strchr(path, '/');
	ohb_autofree char *parent = NULL;

	for (; slash; slash = strchr(slash + 1, '/')) {
		size_t len = (size_t)(slash - path);
		struct ohb_tar_entry entry = { .kind = OHB_TAR_DIR,
			.mode = 0755 };

		if (strncmp(path, before, len + 1) == 0)
			continue;
		free(parent);
		parent = ohb_strndup(path, len);
		entry.path = parent;
		if (ohb_tar_add(writer, &entry, err) < 0)
			return -1;
	}
	return 0;
}

static int add_files(struct ohb_tar_writer *writer,
		const struct ohb_fileset *set, struct ohb_error *err)
{
	const char *before = "";
	size_t i;

	for (i = 0; i < set->count; i++) {
		const struct ohb_file *file = &set->files[i];
		const struct ohb_tar_entry entry = {
			.path = file->path,
			.kind = file->kind,
			.mode = file->mode,
			.data = file->data,
			.len = file->len,
			.target = file->target,
		};

		if (file->kind == OHB_TAR_OTHER ||
				(file->kind == OHB_TAR_FILE && !file->data))
			return ohb_fail(err, OHB_E_LIMIT,
					"'%s' has no bytes to be packed",
					file->path);
		if (add_parents(writer, file->path, before, err) < 0 ||
				ohb_tar_add(writer, &entry, err) < 0)
			return -1;
		before = file->path;
	}
	return 0;
}

int ohb_fileset_tar(const struct ohb_fileset *set, unsigned uid, unsigned gid,
		struct ohb_str *out, struct ohb_error *err)
{
	struct ohb_tar_writer *writer = ohb_tar_writer_new(uid, gid);

	if (add_files(writer, set, err) < 0) {
		ohb_tar_writer_free(writer);
		return -1;
	}
	return ohb_tar_end(writer, out, err);
}

static int write_file(int folder, const char *base, const struct ohb_file *file,
		struct ohb_error *err)
{
	ohb_autoclose int fd = openat(folder, base,
			O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
			file->mode & 0777);
	size_t done = 0;
	ssize_t n = 0;

	for (; fd >= 0 && n >= 0 && done < file->len; done += (size_t)n)
		n = TEMP_FAILURE_RETRY(
				write(fd, file->data + done, file->len - done));
	if (fd < 0 || n < 0)
		return ohb_fail_errno(err, errno, "write '%s'", file->path);
	return 0;
}

static int write_one(
		int dirfd, const struct ohb_file *file, struct ohb_error *err)
{
	const char *slash = strrchr(file->path, '/');
	const char *base = slash ? slash + 1 : file->path;
	ohb_autofree char *above = slash ?
			ohb_strndup(file->path, (size_t)(slash - file->path)) :
			ohb_strdup(".");
	ohb_autoclose int folder = -1;

	if (slash && ohb_fs_mkdirs(dirfd, above, err) < 0)
		return -1;
	folder = ohb_fs_open_beneath(dirfd, above, O_RDONLY | O_DIRECTORY, err);
	if (folder < 0 || ohb_fs_unlink(folder, base, err) < 0)
		return -1;
	if (file->kind == OHB_TAR_FILE && file->data)
		return write_file(folder, base, file, err);
	if (file->kind != OHB_TAR_LINK)
		return ohb_fail(err, OHB_E_LIMIT,
				"'%s' has no bytes to be written", file->path);
	if (symlinkat(file->target, folder, base) < 0)
		return ohb_fail_errno(err, errno, "link '%s'", file->path);
	return 0;
}

int ohb_fileset_write(
		const struct ohb_fileset *set, int dirfd, struct ohb_error *err)
{
	size_t i;

	for (i = 0; i < set->count; i++)
		if (write_one(dirfd, &set->files[i], err) < 0)
			return -1;
	return 0;
}

void ohb_fileset_release(struct ohb_fileset *set)
{
	free(set->files);
	*set = (struct ohb_fileset)OHB_FILESET_INIT;
}
