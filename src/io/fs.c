#include "io/fs.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/memory.h"
#include "io/clock.h"

void ohb_closep(int *fd)
{
	int saved = errno;

	if (*fd >= 0)
		(void)close(*fd);
	*fd = -1;
	errno = saved;
}

static int read_all(int fd, const char *path, size_t max, struct ohb_str *out,
		struct ohb_error *err)
{
	const size_t start = out->len;
	char chunk[16 * 1024];
	ssize_t n;

	while ((n = TEMP_FAILURE_RETRY(read(fd, chunk, sizeof(chunk)))) > 0) {
		if ((size_t)n > max - (out->len - start))
			return ohb_fail(err, OHB_E_LIMIT,
					"read '%s': larger than %zu bytes",
					path, max);
		ohb_str_add(out, chunk, (size_t)n);
	}
	if (n < 0)
		return ohb_fail_errno(err, errno, "read '%s'", path);
	return 0;
}

int ohb_fs_read(int dirfd, const char *path, size_t max, struct ohb_str *out,
		struct ohb_error *err)
{
	ohb_autoclose int fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return ohb_fail_errno(err, errno, "open '%s'", path);
	return read_all(fd, path, max, out, err);
}

int ohb_fs_read_end(int dirfd, const char *path, size_t max,
		struct ohb_str *out, struct ohb_error *err)
{
	ohb_autoclose int fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC);
	ohb_autofree char *bytes = ohb_alloc(max);
	struct stat st;
	off_t from;
	ssize_t n;

	if (fd < 0 || fstat(fd, &st) < 0)
		return ohb_fail_errno(err, errno, "open '%s'", path);
	from = (uint64_t)st.st_size > max ? st.st_size - (off_t)max : 0;
	n = TEMP_FAILURE_RETRY(pread(fd, bytes, max, from));
	if (n < 0)
		return ohb_fail_errno(err, errno, "read '%s'", path);
	ohb_str_add(out, bytes, (size_t)n);
	return 0;
}

/* openat that never leaves dirfd; -1 with errno. */
static int open_beneath(int dirfd, const char *path, int flags)
{
	const struct open_how how = {
		.flags = (unsigned)(flags | O_CLOEXEC),
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS,
	};
	int tries;
	long fd = -1;

	/* EAGAIN: a folder above was renamed meanwhile, and the kernel cannot
	 * tell whether ".." would have left. */
	for (tries = 0; tries < 100; tries++) {
		fd = syscall(SYS_openat2, dirfd, path, &how, sizeof(how));
		if (fd >= 0 || (errno != EAGAIN && errno != EINTR))
			break;
	}
	return (int)fd;
}

static int fail_beneath(struct ohb_error *err, const char *path)
{
	if (errno == EXDEV)
		return ohb_fail(err, OHB_E_IO,
				"open '%s': leads out of its folder", path);
	return ohb_fail_errno(err, errno, "open '%s'", path);
}

int ohb_fs_open_beneath(
		int dirfd, const char *path, int flags, struct ohb_error *err)
{
	int fd = open_beneath(dirfd, path, flags);

	return fd < 0 ? fail_beneath(err, path) : fd;
}

int ohb_fs_read_beneath(int dirfd, const char *path, size_t max,
		struct ohb_str *out, struct ohb_error *err)
{
	ohb_autoclose int fd = ohb_fs_open_beneath(
			dirfd, path, O_RDONLY | O_NONBLOCK, err);

	if (fd < 0)
		return -1;
	return read_all(fd, path, max, out, err);
}

static enum ohb_fs_kind kind_of(mode_t mode)
{
	if (S_ISREG(mode))
		return OHB_FS_FILE;
	if (S_ISDIR(mode))
		return OHB_FS_DIR;
	return S_ISLNK(mode) ? OHB_FS_LINK : OHB_FS_OTHER;
}

static int64_t nanoseconds(const struct timespec *time)
{
	return (int64_t)time->tv_sec * 1000000000 + time->tv_nsec;
}

int ohb_fs_stat(int dirfd, const char *path, struct ohb_fs_info *ret,
		struct ohb_error *err)
{
	struct stat st;

	if (fstatat(dirfd, path, &st, AT_SYMLINK_NOFOLLOW) < 0) {
		if (errno != ENOENT && errno != ENOTDIR)
			return ohb_fail_errno(err, errno, "look at '%s'", path);
		*ret = (struct ohb_fs_info){ .kind = OHB_FS_ABSENT };
		return 0;
	}
	*ret = (struct ohb_fs_info){
		.kind = kind_of(st.st_mode),
		.size = (uint64_t)st.st_size,
		.mode = st.st_mode & 07777,
		.dev = st.st_dev,
		.ino = st.st_ino,
		.mtime_ns = nanoseconds(&st.st_mtim),
		.ctime_ns = nanoseconds(&st.st_ctim),
	};
	return 0;
}

bool ohb_fs_same(const struct ohb_fs_info *a, const struct ohb_fs_info *b)
{
	return a->kind == b->kind && a->dev == b->dev && a->ino == b->ino &&
			a->size == b->size && a->mode == b->mode &&
			a->mtime_ns == b->mtime_ns &&
			a->ctime_ns == b->ctime_ns;
}

static const char *kind_name(enum ohb_fs_kind kind, mode_t mode)
{
	if (kind == OHB_FS_LINK)
		return "link";
	return mode & 0111 ? "program" : "file";
}

struct ohb_digest ohb_fs_digest_of(enum ohb_fs_kind kind, mode_t mode,
		const void *data, size_t len)
{
	const char *name = kind_name(kind, mode);
	struct ohb_framed framed;

	ohb_framed_init(&framed);
	ohb_framed_add(&framed, "kind", name, strlen(name));
	ohb_framed_add(&framed, "bytes", data, len);
	return ohb_framed_end(&framed);
}

/* As ohb_framed_add lays a field out. */
static void add_frame(struct ohb_str *out, const char *tag, const void *data,
		size_t len)
{
	const size_t lengths[] = { strlen(tag), len };
	size_t i, byte;

	for (i = 0; i < OHB_ARRAY_LEN(lengths); i++) {
		for (byte = 0; byte < 8; byte++)
			ohb_str_addc(out, (char)(lengths[i] >> (8 * byte)));
		ohb_str_add(out, i ? data : tag, lengths[i]);
	}
}

void ohb_fs_frame(struct ohb_str *out, enum ohb_fs_kind kind, mode_t mode,
		const void *data, size_t len)
{
	const char *name = kind_name(kind, mode);

	add_frame(out, "kind", name, strlen(name));
	add_frame(out, "bytes", data, len);
}

bool ohb_fs_unframe(const char *bytes, size_t len, enum ohb_fs_kind *ret_kind,
		const char **ret_data, size_t *ret_len)
{
	static const struct {
		enum ohb_fs_kind kind;
		mode_t mode;
	} kinds[] = { { OHB_FS_FILE, 0 }, { OHB_FS_FILE, 0111 },
		{ OHB_FS_LINK, 0 } };
	size_t i;

	for (i = 0; i < OHB_ARRAY_LEN(kinds); i++) {
		ohb_autostr frame = OHB_STR_INIT;
		size_t front;

		ohb_fs_frame(&frame, kinds[i].kind, kinds[i].mode, NULL, 0);
		front = frame.len;
		if (len < front)
			continue;
		ohb_str_clear(&frame);
		ohb_fs_frame(&frame, kinds[i].kind, kinds[i].mode,
				bytes + front, len - front);
		if (memcmp(frame.data, bytes, front) != 0)
			continue;
		*ret_kind = kinds[i].kind;
		*ret_data = bytes + front;
		*ret_len = len - front;
		return true;
	}
	return false;
}

static int digest_link(int dirfd, const char *path, struct ohb_digest *ret,
		struct ohb_error *err)
{
	ohb_autoclose int fd = open_beneath(dirfd, path, O_PATH | O_NOFOLLOW);
	char target[PATH_MAX];
	ssize_t n;

	if (fd < 0)
		return fail_beneath(err, path);
	n = readlinkat(fd, "", target, sizeof(target));
	if (n < 0)
		return ohb_fail_errno(err, errno, "read link '%s'", path);
	*ret = ohb_fs_digest_of(OHB_FS_LINK, 0, target, (size_t)n);
	return 0;
}

/* A file of about this size in one call, where read_all needs three. */
static int read_file(int fd, const char *path, size_t size, struct ohb_str *out,
		struct ohb_error *err)
{
	size_t room = size < OHB_MAX_INPUT_FILE ? size + 1 : 0;
	ssize_t n;

	if (!room)
		return read_all(fd, path, OHB_MAX_INPUT_FILE, out, err);
	out->data = ohb_realloc(NULL, room + 1, 1);
	out->cap = room + 1;
	n = TEMP_FAILURE_RETRY(read(fd, out->data, room));
	if (n < 0)
		return ohb_fail_errno(err, errno, "read '%s'", path);
	out->len = (size_t)n;
	out->data[out->len] = '\0';
	/* The byte more is the end's: whatever came else is read on. */
	if (out->len == size)
		return 0;
	return read_all(fd, path, OHB_MAX_INPUT_FILE - out->len, out, err);
}

int ohb_fs_digest(int dirfd, const char *path, struct ohb_digest *ret,
		struct ohb_error *err)
{
	/* O_NONBLOCK: a fifo must not hold us. */
	ohb_autoclose int fd = open_beneath(dirfd, path,
			O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	ohb_autostr bytes = OHB_STR_INIT;
	struct stat st;

	if (fd < 0 && errno == ELOOP)
		return digest_link(dirfd, path, ret, err);
	if (fd < 0)
		return fail_beneath(err, path);
	if (fstat(fd, &st) < 0)
		return ohb_fail_errno(err, errno, "look at '%s'", path);
	if (!S_ISREG(st.st_mode))
		return ohb_fail(err, OHB_E_IO, "read '%s': %s", path,
				S_ISDIR(st.st_mode) ? "is a directory" :
						      "is not a regular file");
	if (read_file(fd, path, (size_t)st.st_size, &bytes, err) < 0)
		return -1;
	*ret = ohb_fs_digest_of(OHB_FS_FILE, st.st_mode, bytes.data, bytes.len);
	return 0;
}

/* Length of the folder's part of path, 0 when there is none. */
static size_t folder_len(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? (size_t)(slash - path) : 0;
}

static const char *base_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static int open_folder_of(int dirfd, const char *path)
{
	ohb_autofree char *folder = ohb_strndup(path, folder_len(path));

	if (path[0] == '/') {
		errno = EXDEV;
		return -1;
	}
	return open_beneath(
			dirfd, *folder ? folder : ".", O_RDONLY | O_DIRECTORY);
}

int ohb_fs_mkdirs(int dirfd, const char *path, struct ohb_error *err)
{
	ohb_autofree char *prefix = ohb_strdup(path);
	size_t len = 0;

	errno = EXDEV;
	if (path[0] == '/')
		return fail_beneath(err, path);
	while (prefix[len]) {
		ohb_autoclose int above = -1;
		ohb_autoclose int made = -1;

		len += strcspn(prefix + len, "/");
		prefix[len] = '\0';
		above = open_folder_of(dirfd, prefix);
		if (above < 0)
			return fail_beneath(err, prefix);
		if (mkdirat(above, base_of(prefix), 0777) < 0 &&
				errno != EEXIST)
			return ohb_fail_errno(
					err, errno, "make folder '%s'", prefix);
		made = open_beneath(dirfd, prefix, O_PATH | O_DIRECTORY);
		if (made < 0)
			return fail_beneath(err, prefix);
		while (path[len] == '/')
			prefix[len++] = '/';
	}
	return 0;
}

static int write_all(int fd, const char *data, size_t len)
{
	ssize_t n;

	while (len > 0) {
		n = TEMP_FAILURE_RETRY(write(fd, data, len));
		if (n < 0)
			return -1;
		data += n;
		len -= (size_t)n;
	}
	return 0;
}

static void temp_name(const char *base, char name[NAME_MAX + 1])
{
	/* "." base ".ohb-" and 16 digits; a long base is cut to fit. */
	const int room = NAME_MAX - 1 - 5 - 16;
	uint64_t random;

	ohb_random(&random, sizeof(random));
	(void)snprintf(name, NAME_MAX + 1, ".%.*s.ohb-%016llx", room, base,
			(unsigned long long)random);
}

bool ohb_fs_is_temp(const char *path, const char **ret_base, size_t *ret_len)
{
	static const char mark[] = ".ohb-";
	const size_t tail = sizeof(mark) - 1 + 16;
	const char *base = base_of(path);
	const size_t len = strlen(base);

	if (*base != '.' || len < 1 + 1 + tail ||
			!ohb_starts(base + len - tail, mark) ||
			strspn(base + len - 16, "0123456789abcdef") != 16)
		return false;
	*ret_base = base + 1;
	*ret_len = len - 1 - tail;
	return true;
}

/* The header's signature; an object for one call would say no more. */
/* NOLINTNEXTLINE(readability-function-size) */
int ohb_fs_write_temp(int dirfd, const char *path, const void *data, size_t len,
		mode_t mode, char **ret_temp, struct ohb_error *err)
{
	ohb_autoclose int folder = open_folder_of(dirfd, path);
	ohb_autoclose int fd = -1;
	ohb_autostr temp = OHB_STR_INIT;
	char name[NAME_MAX + 1];
	int bad;

	if (folder < 0)
		return fail_beneath(err, path);
	temp_name(base_of(path), name);
	fd = openat(folder, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
			0600);
	if (fd < 0)
		return ohb_fail_errno(err, errno, "write beside '%s'", path);
	if (write_all(fd, data, len) < 0 || fchmod(fd, mode & 0777) < 0 ||
			fsync(fd) < 0) {
		bad = errno;
		(void)unlinkat(folder, name, 0);
		return ohb_fail_errno(err, bad, "write '%s'", path);
	}
	ohb_str_add(&temp, path, (size_t)(base_of(path) - path));
	ohb_str_adds(&temp, name);
	*ret_temp = ohb_str_take(&temp);
	return 0;
}

int ohb_fs_rename(int dirfd, const char *from, const char *to,
		struct ohb_error *err)
{
	ohb_autoclose int source = open_folder_of(dirfd, from);
	ohb_autoclose int folder = -1;

	if (source < 0)
		return fail_beneath(err, from);
	folder = open_folder_of(dirfd, to);
	if (folder < 0)
		return fail_beneath(err, to);
	if (renameat(source, base_of(from), folder, base_of(to)) < 0)
		return ohb_fail_errno(
				err, errno, "rename '%s' to '%s'", from, to);
	if (fsync(folder) < 0)
		return ohb_fail_errno(
				err, errno, "sync the folder of '%s'", to);
	return 0;
}

int ohb_fs_unlink(int dirfd, const char *path, struct ohb_error *err)
{
	ohb_autoclose int folder = open_folder_of(dirfd, path);

	if (folder < 0 && errno == ENOENT)
		return 0;
	if (folder < 0)
		return fail_beneath(err, path);
	if (unlinkat(folder, base_of(path), 0) < 0 && errno != ENOENT)
		return ohb_fail_errno(err, errno, "remove '%s'", path);
	return 0;
}

int ohb_fs_temp_dir(char **ret_path, struct ohb_error *err)
{
	const char *where = getenv("TMPDIR");
	ohb_autostr path = OHB_STR_INIT;

	ohb_str_addf(&path, "%s/ohbuild-XXXXXX",
			where && *where == '/' ? where : "/tmp");
	if (!mkdtemp(path.data))
		return ohb_fail_errno(
				err, errno, "make a folder '%s'", path.data);
	*ret_path = ohb_str_take(&path);
	return 0;
}
