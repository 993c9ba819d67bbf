#include "store/index.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "ohbuild/version.h"
#include "store/db.h"

/* Raised when these structures, or what they mean, change. */
#define FORMAT 3
#define NATIVE 0x01020304u /* reads otherwise on another kind of machine */

struct ohb_index_head {
	char magic[8];
	uint32_t format, native;
	struct ohb_digest checksum; /* of everything behind it */
	char version[32];
	uint64_t nfiles, ntargets, nstrings;
	uint32_t has_picture, file;
	struct ohb_digest listing;
	struct ohb_index_base base;
};

struct file_row {
	uint64_t size, dev, ino;
	int64_t mtime_ns, ctime_ns;
	struct ohb_digest digest;
	uint32_t path, mode;
	uint32_t owner;
	uint8_t kind, seen, rested, listed, output, zero[7];
};

struct target_row {
	uint32_t name, because, source;
	uint8_t verdict, will_build, way, alone;
};

static const char magic[8] = "ohbindex";
_Static_assert(offsetof(struct ohb_index_head, version) == OHB_INDEX_SUMMED,
		"the checksum stands before the version");

/* --- writing --- */

static uint32_t add_string(struct ohb_str *strings, const char *text)
{
	size_t at = strings->len;

	ohb_str_add(strings, text, strlen(text) + 1);
	return (uint32_t)at;
}

void ohb_index_add(struct ohb_index_writer *writer,
		const struct ohb_index_file *file)
{
	const struct ohb_fs_info *info = &file->info;
	const struct file_row row = {
		.size = info->size,
		.dev = info->dev,
		.ino = info->ino,
		.mtime_ns = info->mtime_ns,
		.ctime_ns = info->ctime_ns,
		.digest = file->digest,
		.path = add_string(&writer->strings, file->path),
		.mode = info->mode,
		.kind = (uint8_t)info->kind,
		.seen = (uint8_t)file->seen,
		.rested = file->rested,
		.listed = file->listed,
		.output = file->output,
		.owner = file->owner,
	};

	ohb_str_add(&writer->files, &row, sizeof(row));
}

/* Most targets are what they are for the same reason as the one before. */
static void add_targets(struct ohb_index_writer *writer,
		const struct ohb_picture *picture)
{
	const char *last = NULL;
	uint32_t because = 0;
	size_t i;

	for (i = 0; i < picture->ntargets; i++) {
		const struct ohb_index_target *target = &picture->targets[i];
		struct target_row row = {
			.verdict = target->verdict,
			.will_build = target->will_build,
			.way = target->way,
			.alone = target->alone,
		};

		if (!last || !ohb_streq(last, target->because)) {
			last = target->because;
			because = add_string(&writer->strings, last);
		}
		row.because = because;
		row.name = add_string(&writer->strings, target->name);
		row.source = add_string(&writer->strings, target->source);
		ohb_str_add(&writer->targets, &row, sizeof(row));
	}
}

void ohb_index_end(struct ohb_index_writer *writer,
		const struct ohb_picture *picture, struct ohb_str *out)
{
	struct ohb_index_head head = {
		.format = FORMAT,
		.native = NATIVE,
		.version = OHB_VERSION,
		.nfiles = writer->files.len / sizeof(struct file_row),
	};
	size_t from = out->len;

	memcpy(head.magic, magic, sizeof(magic));
	if (picture) {
		head.has_picture = 1;
		head.file = add_string(&writer->strings, picture->file);
		head.listing = picture->listing;
		head.base = picture->base;
		head.ntargets = picture->ntargets;
		add_targets(writer, picture);
	}
	/* There is always one, and it ends in a NUL. */
	(void)add_string(&writer->strings, "");
	head.nstrings = writer->strings.len;
	ohb_str_add(out, &head, sizeof(head));
	ohb_str_add(out, ohb_str_cstr(&writer->files), writer->files.len);
	ohb_str_add(out, ohb_str_cstr(&writer->targets), writer->targets.len);
	ohb_str_add(out, writer->strings.data, writer->strings.len);
	head.checksum = ohb_digest_of(out->data + from + OHB_INDEX_SUMMED,
			out->len - from - OHB_INDEX_SUMMED);
	memcpy(out->data + from, &head, sizeof(head));
	ohb_str_release(&writer->files);
	ohb_str_release(&writer->targets);
	ohb_str_release(&writer->strings);
}

/* --- reading --- */

static const struct file_row *file_rows(const struct ohb_index *index)
{
	return (const void *)(index->head + 1);
}

static const struct target_row *target_rows(const struct ohb_index *index)
{
	return (const void *)(file_rows(index) + index->head->nfiles);
}

static const char *strings_of(const struct ohb_index *index)
{
	return (const void *)(target_rows(index) + index->head->ntargets);
}

/* The three parts are as long as it says, and fill the file. */
static bool has_its_size(const struct ohb_index_head *head, size_t len)
{
	const uint64_t most = OHB_MAX_INDEX;
	uint64_t files = head->nfiles * sizeof(struct file_row);
	uint64_t targets = head->ntargets * sizeof(struct target_row);

	return len <= most && head->nfiles <= most && head->ntargets <= most &&
			head->nstrings <= most && head->nstrings > 0 &&
			sizeof(*head) + files + targets + head->nstrings == len;
}

static bool rows_are_sound(const struct ohb_index *index)
{
	const struct ohb_index_head *head = index->head;
	const struct file_row *file = file_rows(index);
	const struct target_row *target = target_rows(index);
	uint64_t i;

	for (i = 0; i < head->nfiles; i++)
		if (file[i].path >= head->nstrings ||
				file[i].kind > OHB_FS_OTHER ||
				file[i].seen > OHB_SEEN_LAST)
			return false;
	for (i = 0; i < head->ntargets; i++)
		if (target[i].name >= head->nstrings ||
				target[i].because >= head->nstrings ||
				target[i].source >= head->nstrings)
			return false;
	return head->file < head->nstrings;
}

static bool is_sound(struct ohb_index *index)
{
	const struct ohb_str *bytes = &index->bytes;
	const struct ohb_index_head *head = (const void *)bytes->data;
	struct ohb_digest sum;

	if (bytes->len < sizeof(*head))
		return false;
	index->head = head;
	if (memcmp(head->magic, magic, sizeof(magic)) != 0 ||
			head->format != FORMAT || head->native != NATIVE ||
			strncmp(head->version, OHB_VERSION,
					sizeof(head->version)) != 0 ||
			!has_its_size(head, bytes->len) ||
			bytes->data[bytes->len - 1] != '\0')
		return false;
	sum = ohb_digest_of(bytes->data + OHB_INDEX_SUMMED,
			bytes->len - OHB_INDEX_SUMMED);
	return ohb_digest_eq(&sum, &head->checksum) && rows_are_sound(index);
}

int ohb_index_parse(struct ohb_index *index, struct ohb_str *bytes)
{
	*index = (struct ohb_index){ .bytes = *bytes };
	*bytes = (struct ohb_str)OHB_STR_INIT;
	if (is_sound(index))
		return 0;
	ohb_index_release(index);
	return -1;
}

/* In one piece of the right size: the file may be large. */
static int read_whole(int fd, struct ohb_str *out)
{
	struct stat st;
	ssize_t n;

	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) ||
			st.st_size > OHB_MAX_INDEX)
		return -1;
	out->cap = (size_t)st.st_size + 1;
	out->data = ohb_realloc(NULL, out->cap, 1);
	while (out->len < (size_t)st.st_size) {
		n = TEMP_FAILURE_RETRY(read(fd, out->data + out->len,
				(size_t)st.st_size - out->len));
		if (n <= 0)
			return -1;
		out->len += (size_t)n;
	}
	out->data[out->len] = '\0';
	return 0;
}

int ohb_index_load(struct ohb_index *index, int dirfd)
{
	struct ohb_error ignored;
	ohb_autoclose int fd = ohb_fs_open_beneath(dirfd, OHB_INDEX_FILE,
			O_RDONLY | O_NOFOLLOW | O_NONBLOCK, &ignored);
	ohb_autostr bytes = OHB_STR_INIT;

	*index = (struct ohb_index)OHB_INDEX_INIT;
	if (fd < 0 || read_whole(fd, &bytes) < 0)
		return -1;
	return ohb_index_parse(index, &bytes);
}

void ohb_index_release(struct ohb_index *index)
{
	ohb_str_release(&index->bytes);
	index->head = NULL;
}

size_t ohb_index_count(const struct ohb_index *index)
{
	return index->head ? index->head->nfiles : 0;
}

const char *ohb_index_path(const struct ohb_index *index, size_t i)
{
	return strings_of(index) + file_rows(index)[i].path;
}

bool ohb_index_find(
		const struct ohb_index *index, const char *path, size_t *ret)
{
	size_t low = 0, high = ohb_index_count(index);

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = strcmp(ohb_index_path(index, middle), path);

		if (order == 0) {
			*ret = middle;
			return true;
		}
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return false;
}

void ohb_index_file(const struct ohb_index *index, size_t i,
		struct ohb_index_file *ret)
{
	const struct file_row *row = &file_rows(index)[i];

	*ret = (struct ohb_index_file){
		.path = strings_of(index) + row->path,
		.info = {
			.kind = (enum ohb_fs_kind)row->kind,
			.size = row->size,
			.mode = row->mode,
			.dev = row->dev,
			.ino = row->ino,
			.mtime_ns = row->mtime_ns,
			.ctime_ns = row->ctime_ns,
		},
		.digest = row->digest,
		.seen = (enum ohb_seen)row->seen,
		.rested = row->rested != 0,
		.listed = row->listed != 0,
		.output = row->output != 0,
		.owner = row->owner,
	};
}

bool ohb_index_picture(const struct ohb_index *index, struct ohb_picture *ret)
{
	const struct ohb_index_head *head = index->head;

	if (!head || !head->has_picture)
		return false;
	*ret = (struct ohb_picture){
		.file = strings_of(index) + head->file,
		.listing = head->listing,
		.base = head->base,
		.ntargets = head->ntargets,
	};
	return true;
}

void ohb_index_target(const struct ohb_index *index, size_t i,
		struct ohb_index_target *ret)
{
	const struct target_row *row = &target_rows(index)[i];

	*ret = (struct ohb_index_target){
		.name = strings_of(index) + row->name,
		.because = strings_of(index) + row->because,
		.verdict = row->verdict,
		.will_build = row->will_build != 0,
		.way = row->way,
		.source = strings_of(index) + row->source,
		.alone = row->alone != 0,
	};
}

/* --- the database --- */

/* A journal that is not empty is being written, or was left by a death. */
static bool is_at_rest(int dirfd)
{
	static const char *const names[] = { OHB_STORE_DB "-journal",
		OHB_STORE_DB "-wal" };
	struct ohb_fs_info info;
	struct ohb_error ignored;
	size_t i;

	for (i = 0; i < OHB_ARRAY_LEN(names); i++)
		if (ohb_fs_stat(dirfd, names[i], &info, &ignored) < 0 ||
				(info.kind != OHB_FS_ABSENT && info.size > 0))
			return false;
	return true;
}

/* SQLite counts its commits in bytes 24 to 27 of the file. */
int ohb_index_base(int dirfd, struct ohb_index_base *ret)
{
	struct ohb_error ignored;
	ohb_autoclose int fd = ohb_fs_open_beneath(dirfd, OHB_STORE_DB,
			O_RDONLY | O_NOFOLLOW | O_NONBLOCK, &ignored);
	unsigned char head[28];
	struct ohb_fs_info info;

	if (fd < 0 || !is_at_rest(dirfd) ||
			pread(fd, head, sizeof(head), 0) != sizeof(head) ||
			ohb_fs_stat(dirfd, OHB_STORE_DB, &info, &ignored) < 0 ||
			!is_at_rest(dirfd))
		return -1;
	*ret = (struct ohb_index_base){
		.dev = info.dev,
		.ino = info.ino,
		.size = info.size,
		.counter = (uint64_t)head[24] << 24 | (uint64_t)head[25] << 16 |
				(uint64_t)head[26] << 8 | head[27],
		.mtime_ns = info.mtime_ns,
		.ctime_ns = info.ctime_ns,
	};
	return 0;
}

bool ohb_index_base_eq(
		const struct ohb_index_base *a, const struct ohb_index_base *b)
{
	return a->dev == b->dev && a->ino == b->ino && a->size == b->size &&
			a->counter == b->counter &&
			a->mtime_ns == b->mtime_ns &&
			a->ctime_ns == b->ctime_ns;
}

bool ohb_index_there(int dirfd)
{
	return faccessat(dirfd, OHB_STORE_DIR "/" OHB_INDEX_FILE, R_OK, 0) == 0;
}

int ohb_index_open(int dirfd, struct ohb_index *index,
		struct ohb_index_base *ret_base)
{
	ohb_autoclose int folder = openat(dirfd, OHB_STORE_DIR,
			O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	*index = (struct ohb_index)OHB_INDEX_INIT;
	if (folder < 0 || ohb_index_base(folder, ret_base) < 0)
		return -1;
	return ohb_index_load(index, folder);
}

int ohb_store_base(struct ohb_store *store, struct ohb_index_base *ret)
{
	ohb_hold held = ohb_store_hold(store);

	return ohb_index_base(store->dirfd, ret);
}
