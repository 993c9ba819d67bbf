#ifndef OHB_STORE_INDEX_H
#define OHB_STORE_INDEX_H

/*
 * .ohbuild/index: what the last build looked at, and perhaps what it decided
 * from that.  Can be lost at any time: any doubt about it, and it counts as
 * absent.  One machine's own; its bytes are as they lie in memory.
 *
 * Made by builds only, under the lock, and put in place whole.
 */

#include "io/fs.h"

/* What of a file counts. */
enum ohb_seen {
	OHB_SEEN_THERE, /* that it is there and no folder */
	OHB_SEEN_KIND, /* what it is */
	OHB_SEEN_CONTENT, /* of a file or link the digest, else its kind */
	OHB_SEEN_LAST = OHB_SEEN_CONTENT,
};

#define OHB_OWNER_NONE 0u /* as far as one knows: it is no target's */
#define OHB_OWNER_MANY UINT32_MAX
#define OHB_OWNER(target) ((uint32_t)(target) + 1)

struct ohb_index_file {
	const char *path;
	struct ohb_fs_info info;
	struct ohb_digest digest; /* OHB_SEEN_CONTENT of files and links */
	enum ohb_seen seen;
	/* A file that has these times has this content; else it is to be read
	 * again. */
	bool rested;
	bool listed; /* one of the project's files */
	bool output; /* of a target */
	/* OHB_OWNER of the one target that has it as a source or output, when
	 * nobody reads it otherwise. */
	uint32_t owner;
};

/* One target; the store does not know verdicts and ways, only their numbers. */
struct ohb_index_target {
	const char *name, *because;
	const char *source; /* the first */
	unsigned char verdict, way;
	bool will_build;
	bool alone; /* it needs no other, and no other needs it */
};

/* Which database, in which state. */
struct ohb_index_base {
	uint64_t dev, ino, size, counter;
	int64_t mtime_ns, ctime_ns;
};

/* A decision about all targets, and what else it rests on. */
struct ohb_picture {
	const char *file; /* openhands.yml */
	struct ohb_digest listing; /* of the project's files */
	struct ohb_index_base base;
	const struct ohb_index_target *targets;
	size_t ntargets;
};

/* --- writing --- */

struct ohb_index_writer {
	struct ohb_str files, targets, strings;
};

#define OHB_INDEX_WRITER_INIT                            \
	{                                                \
		OHB_STR_INIT, OHB_STR_INIT, OHB_STR_INIT \
	}

/* In the order of their paths. */
void ohb_index_add(struct ohb_index_writer *writer,
		const struct ohb_index_file *file);
/* The whole file to out; picture may be NULL.  Releases the writer. */
void ohb_index_end(struct ohb_index_writer *writer,
		const struct ohb_picture *picture, struct ohb_str *out);

/* --- reading --- */

/* From this byte on the checksum, which stands before it, holds. */
#define OHB_INDEX_SUMMED 32

struct ohb_index {
	struct ohb_str bytes;
	const struct ohb_index_head *head; /* in bytes; NULL: there is none */
};

#define OHB_INDEX_INIT                              \
	{                                           \
		.bytes = OHB_STR_INIT, .head = NULL \
	}

/* Takes the bytes over.  -1 when they are no index of this ohbuild and this
 * kind of machine, or damaged. */
int ohb_index_parse(
		struct ohb_index *index, struct ohb_str *bytes) OHB_MUST_CHECK;
/* dirfd: of .ohbuild.  -1 when there is none. */
int ohb_index_load(struct ohb_index *index, int dirfd) OHB_MUST_CHECK;
void ohb_index_release(struct ohb_index *index);

/* Valid until release; i is less than the count. */
size_t ohb_index_count(const struct ohb_index *index);
const char *ohb_index_path(const struct ohb_index *index, size_t i);
/* Where the path is; false when it was not looked at. */
bool ohb_index_find(
		const struct ohb_index *index, const char *path, size_t *ret);
void ohb_index_file(const struct ohb_index *index, size_t i,
		struct ohb_index_file *ret);
/* False when it holds no decision.  ret->targets stays NULL. */
bool ohb_index_picture(const struct ohb_index *index, struct ohb_picture *ret);
void ohb_index_target(const struct ohb_index *index, size_t i,
		struct ohb_index_target *ret);

/* dirfd: of .ohbuild.  What the database is now; -1 when there is none or
 * somebody is writing it. */
int ohb_index_base(int dirfd, struct ohb_index_base *ret) OHB_MUST_CHECK;
bool ohb_index_base_eq(
		const struct ohb_index_base *a, const struct ohb_index_base *b);
/* Whether there may be one; dirfd: the project's. */
bool ohb_index_there(int dirfd);
/* Both; dirfd: the project's. */
int ohb_index_open(int dirfd, struct ohb_index *index,
		struct ohb_index_base *ret_base) OHB_MUST_CHECK;

#endif
