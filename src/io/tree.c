/* Whole trees of files: walking and removing them. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/memory.h"
#include "io/clock.h"
#include "io/fs.h"

struct name {
	char *text;
	unsigned char type; /* DT_* */
};

struct names {
	struct name *items;
	size_t count, cap;
};

static void names_release(struct names *names)
{
	size_t i;

	for (i = 0; i < names->count; i++)
		free(names->items[i].text);
	free(names->items);
	*names = (struct names){ .items = NULL };
}

#define autonames __attribute__((cleanup(names_release))) struct names

static int by_bytes(const void *a, const void *b)
{
	const struct name *x = a, *y = b;

	return strcmp(x->text, y->text);
}

static bool is_dots(const char *name)
{
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

static void closedirp(DIR **dir)
{
	if (*dir)
		(void)closedir(*dir);
}

/* All names in the folder, sorted; takes fd; -1 with errno. */
static int names_load(int fd, struct names *ret)
{
	__attribute__((cleanup(closedirp))) DIR *dir = fdopendir(fd);
	struct dirent *entry;
	struct name *name;

	if (!dir) {
		ohb_closep(&fd);
		return -1;
	}
	for (;;) {
		errno = 0;
		entry = readdir(dir);
		if (!entry)
			break;
		if (is_dots(entry->d_name))
			continue;
		name = ohb_grow(&ret->items, &ret->cap, ret->count,
				sizeof(*ret->items));
		name->text = ohb_strdup(entry->d_name);
		name->type = entry->d_type;
		ret->count++;
	}
	if (errno)
		return -1;
	if (ret->count)
		qsort(ret->items, ret->count, sizeof(*ret->items), by_bytes);
	return 0;
}

struct walk {
	int dirfd;
	const char *const *skip;
	ohb_fs_walk_fn *fn;
	void *userdata;
	struct ohb_str path;
};

static bool skipped(const struct walk *walk, const char *name)
{
	size_t i;

	for (i = 0; walk->skip && walk->skip[i]; i++)
		if (strcmp(walk->skip[i], name) == 0)
			return true;
	return false;
}

/* The kind of the entry at walk->path; costs a look only where the file
 * system does not tell in its folders. */
static int kind_here(const struct walk *walk, unsigned char type,
		enum ohb_fs_kind *ret, struct ohb_error *err)
{
	static const struct {
		unsigned char type;
		enum ohb_fs_kind kind;
	} known[] = {
		{ DT_REG, OHB_FS_FILE },
		{ DT_DIR, OHB_FS_DIR },
		{ DT_LNK, OHB_FS_LINK },
	};
	struct ohb_fs_info info;
	size_t i;

	for (i = 0; i < OHB_ARRAY_LEN(known); i++) {
		if (known[i].type == type) {
			*ret = known[i].kind;
			return 0;
		}
	}
	if (ohb_fs_stat(walk->dirfd, walk->path.data, &info, err) < 0)
		return -1;
	*ret = info.kind;
	return 0;
}

static int walk_folder(struct walk *walk, struct ohb_error *err);

static int walk_entry(struct walk *walk, const struct name *name,
		struct ohb_error *err)
{
	enum ohb_fs_kind kind = OHB_FS_ABSENT;

	if (walk->path.len >= OHB_MAX_PATH)
		return ohb_fail(err, OHB_E_LIMIT,
				"walk: a path is %d bytes or longer: '%.80s…'",
				OHB_MAX_PATH, walk->path.data);
	if (kind_here(walk, name->type, &kind, err) < 0)
		return -1;
	if (kind == OHB_FS_ABSENT)
		return 0; /* gone meanwhile */
	if (kind != OHB_FS_DIR)
		return walk->fn(walk->userdata, walk->path.data, kind, err);
	return skipped(walk, name->text) ? 0 : walk_folder(walk, err);
}

/* No descriptor stays open while folders below are walked. */
static int walk_folder(struct walk *walk, struct ohb_error *err)
{
	const size_t len = walk->path.len;
	const char *here = len ? walk->path.data : ".";
	autonames names = { .items = NULL };
	size_t i;
	int fd = ohb_fs_open_beneath(walk->dirfd, here,
			O_RDONLY | O_DIRECTORY | O_NOFOLLOW, err);

	if (fd < 0)
		return err->code == OHB_E_MISSING && len ? 0 : -1;
	if (names_load(fd, &names) < 0)
		return ohb_fail_errno(err, errno, "read folder '%s'", here);
	for (i = 0; i < names.count; i++) {
		if (len)
			ohb_str_addc(&walk->path, '/');
		ohb_str_adds(&walk->path, names.items[i].text);
		if (walk_entry(walk, &names.items[i], err) < 0)
			return -1;
		ohb_str_cut(&walk->path, len);
	}
	return 0;
}

int ohb_fs_walk(int dirfd, const char *const *skip, ohb_fs_walk_fn *fn,
		void *userdata, struct ohb_error *err)
{
	struct walk walk = {
		.dirfd = dirfd,
		.skip = skip,
		.fn = fn,
		.userdata = userdata,
		.path = OHB_STR_INIT,
	};
	int ret = walk_folder(&walk, err);

	ohb_str_release(&walk.path);
	return ret;
}

int ohb_fs_list(int dirfd, const char *path, ohb_fs_walk_fn *fn, void *userdata,
		struct ohb_error *err)
{
	ohb_autoclose int folder =
			openat(dirfd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct walk walk = { .dirfd = folder, .path = OHB_STR_INIT };
	autonames names = { .items = NULL };
	enum ohb_fs_kind kind;
	int ret = 0;
	size_t i;

	if (folder < 0 || names_load(dup(folder), &names) < 0)
		return ohb_fail_errno(err, errno, "list '%s'", path);
	for (i = 0; i < names.count && ret == 0; i++) {
		ohb_str_clear(&walk.path);
		ohb_str_adds(&walk.path, names.items[i].text);
		ret = kind_here(&walk, names.items[i].type, &kind, err);
		if (ret == 0)
			ret = fn(userdata, walk.path.data, kind, err);
	}
	ohb_str_release(&walk.path);
	return ret;
}

/*
 * Removing.  A stranger may have made a tree deeper than our stack and our
 * table of descriptors: what lies deeper than this is first moved up into
 * the top folder, which is emptied again until nothing is left.
 */
#define REMOVE_DEPTH 32

static int open_to_empty(int dirfd, const char *name)
{
	const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	struct stat st;
	int fd = openat(dirfd, name, flags);

	if (fd < 0 && errno == EACCES &&
			fchmodat(dirfd, name, 0700, AT_SYMLINK_NOFOLLOW) == 0)
		fd = openat(dirfd, name, flags);
	/* Tools make folders read-only: Go's module cache, for one. */
	if (fd >= 0 && fstat(fd, &st) == 0 && (st.st_mode & 0700) != 0700)
		(void)fchmod(fd, 0700);
	return fd;
}

static int move_up(int topfd, int dirfd, const char *name)
{
	char fresh[32];
	uint64_t random;

	ohb_random(&random, sizeof(random));
	(void)snprintf(fresh, sizeof(fresh), "ohb-%016llx",
			(unsigned long long)random);
	/* Its ".." changes, which needs a folder that can be written to. */
	if (fchmodat(dirfd, name, 0700, AT_SYMLINK_NOFOLLOW) < 0)
		return -1;
	return renameat(dirfd, name, topfd, fresh);
}

static int remove_entry(int topfd, int dirfd, const char *name, int depth);

static int empty_folder(int topfd, int fd, int depth)
{
	autonames names = { .items = NULL };
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	size_t i;

	if (copy < 0 || lseek(copy, 0, SEEK_SET) < 0 ||
			names_load(copy, &names) < 0)
		return -1;
	for (i = 0; i < names.count; i++)
		if (remove_entry(topfd, fd, names.items[i].text, depth) < 0)
			return -1;
	/* 1: there may be more, moved up from below. */
	return names.count > 0;
}

static int remove_entry(int topfd, int dirfd, const char *name, int depth)
{
	ohb_autoclose int fd = -1;

	if (unlinkat(dirfd, name, 0) == 0 || errno == ENOENT)
		return 0;
	if (errno != EISDIR)
		return -1;
	if (unlinkat(dirfd, name, AT_REMOVEDIR) == 0)
		return 0;
	if (depth >= REMOVE_DEPTH)
		return move_up(topfd, dirfd, name);
	fd = open_to_empty(dirfd, name);
	if (fd < 0 || empty_folder(topfd, fd, depth + 1) < 0)
		return -1;
	return unlinkat(dirfd, name, AT_REMOVEDIR);
}

int ohb_fs_remove_tree(int dirfd, const char *path, struct ohb_error *err)
{
	ohb_autoclose int top = -1;
	int more = 1;

	if (unlinkat(dirfd, path, 0) == 0 || errno == ENOENT)
		return 0;
	if (errno != EISDIR)
		return ohb_fail_errno(err, errno, "remove '%s'", path);
	top = open_to_empty(dirfd, path);
	while (top >= 0 && more > 0)
		more = empty_folder(top, top, 0);
	if (top < 0 || more < 0 || unlinkat(dirfd, path, AT_REMOVEDIR) < 0)
		return ohb_fail_errno(err, errno, "remove '%s'", path);
	return 0;
}
