#ifndef OHB_IO_FS_H
#define OHB_IO_FS_H

/*
 * Files.  Paths are relative to a directory descriptor; AT_FDCWD works.
 * "beneath" functions refuse to leave dirfd, also through a symbolic link
 * (openat2 RESOLVE_BENEATH): for every path that an agent or a configuration
 * file named.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/digest.h"
#include "base/str.h"

void ohb_closep(int *fd);
#define ohb_autoclose __attribute__((cleanup(ohb_closep)))

/* Appends the whole file to out.  OHB_E_LIMIT above max bytes. */
int ohb_fs_read(int dirfd, const char *path, size_t max, struct ohb_str *out,
		struct ohb_error *err) OHB_MUST_CHECK;

/* The same beneath dirfd; never waits for the writer of a FIFO. */
int ohb_fs_read_beneath(int dirfd, const char *path, size_t max,
		struct ohb_str *out, struct ohb_error *err) OHB_MUST_CHECK;

/* Appends the last max bytes of the file. */
int ohb_fs_read_end(int dirfd, const char *path, size_t max,
		struct ohb_str *out, struct ohb_error *err) OHB_MUST_CHECK;

/* Opens an existing file or directory beneath dirfd; flags as for openat
 * (O_CLOEXEC is added).  Returns the descriptor, or -1. */
int ohb_fs_open_beneath(int dirfd, const char *path, int flags,
		struct ohb_error *err) OHB_MUST_CHECK;

enum ohb_fs_kind {
	OHB_FS_ABSENT,
	OHB_FS_FILE,
	OHB_FS_DIR,
	OHB_FS_LINK,
	OHB_FS_OTHER,
};

struct ohb_fs_info {
	enum ohb_fs_kind kind; /* of the name itself: a link is not followed */
	uint64_t size;
	mode_t mode;
	/* which file it is, and when its bytes and its inode last changed,
	 * in nanoseconds since the epoch */
	uint64_t dev, ino;
	int64_t mtime_ns, ctime_ns;
};

/* An absent file is kind OHB_FS_ABSENT, not an error. */
int ohb_fs_stat(int dirfd, const char *path, struct ohb_fs_info *ret,
		struct ohb_error *err) OHB_MUST_CHECK;

/* Whether both are one file that nobody has touched in between. */
bool ohb_fs_same(const struct ohb_fs_info *a, const struct ohb_fs_info *b);

/*
 * Digest of what the name stands for: a regular file's bytes (at most
 * OHB_MAX_INPUT_FILE), a link's target text, with the kind framed in front;
 * the executable bit counts.  A link that leads out of dirfd still has its
 * own digest: it is never followed.  A directory is an error.
 */
int ohb_fs_digest(int dirfd, const char *path, struct ohb_digest *ret,
		struct ohb_error *err) OHB_MUST_CHECK;

/* The same digest, from the bytes: a file's with its mode, a link's target;
 * kind is OHB_FS_FILE or OHB_FS_LINK. */
struct ohb_digest ohb_fs_digest_of(enum ohb_fs_kind kind, mode_t mode,
		const void *data, size_t len);

/*
 * The bytes that this digest is taken of: ohb_digest_of them is the same, so
 * that a content can be kept under the digest that records name it by.
 */
void ohb_fs_frame(struct ohb_str *out, enum ohb_fs_kind kind, mode_t mode,
		const void *data, size_t len);
/* Takes them apart; *ret_data points into bytes.  False when they have not
 * that form. */
bool ohb_fs_unframe(const char *bytes, size_t len, enum ohb_fs_kind *ret_kind,
		const char **ret_data, size_t *ret_len);

/* Makes path and its parents beneath dirfd; existing ones are fine. */
int ohb_fs_mkdirs(int dirfd, const char *path,
		struct ohb_error *err) OHB_MUST_CHECK;

/*
 * The two halves of an atomic write.  `write_temp` puts the bytes into a new
 * file beside path (name ".<base>.ohb-<random>", written to ret_temp,
 * relative to dirfd), fsyncs it and gives it mode; `rename` puts it in
 * place and fsyncs the folder.  Both beneath dirfd.
 */
int ohb_fs_write_temp(int dirfd, const char *path, const void *data, size_t len,
		mode_t mode, char **ret_temp,
		struct ohb_error *err) OHB_MUST_CHECK;
/* Whether a path is such a name; *ret_base and *ret_len say of which base
 * (not terminated).  A base that was too long is cut. */
bool ohb_fs_is_temp(const char *path, const char **ret_base, size_t *ret_len);
int ohb_fs_rename(int dirfd, const char *from, const char *to,
		struct ohb_error *err) OHB_MUST_CHECK;
int ohb_fs_unlink(int dirfd, const char *path,
		struct ohb_error *err) OHB_MUST_CHECK; /* absent is success */

/* Removes the tree under path, following no link; absent is success. */
int ohb_fs_remove_tree(int dirfd, const char *path,
		struct ohb_error *err) OHB_MUST_CHECK;

/*
 * Calls fn for every entry that is not a directory beneath dirfd, paths
 * relative to it, in byte order within each directory; directories named in
 * `skip` (NULL-terminated base names such as ".git") are not entered.  fn
 * returns 0 to go on, -1 (with err set) to end.
 */
typedef int ohb_fs_walk_fn(void *userdata, const char *path,
		enum ohb_fs_kind kind, struct ohb_error *err);
int ohb_fs_walk(int dirfd, const char *const *skip, ohb_fs_walk_fn *fn,
		void *userdata, struct ohb_error *err) OHB_MUST_CHECK;

/* The same for the entries of one folder, which are not entered; path is the
 * name alone. */
int ohb_fs_list(int dirfd, const char *path, ohb_fs_walk_fn *fn, void *userdata,
		struct ohb_error *err) OHB_MUST_CHECK;

/* The kind of file system ("nfs") when other machines may write it without
 * this one's noticing at once; NULL when it is this machine's own. */
const char *ohb_fs_remote(int fd);

/* A new directory only this user can enter, in $TMPDIR or /tmp; the caller
 * frees the path and removes the tree. */
int ohb_fs_temp_dir(char **ret_path, struct ohb_error *err) OHB_MUST_CHECK;

#endif
