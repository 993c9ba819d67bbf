#include "io/tar.h"

#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/limits.h"
#include "base/memory.h"
#include "io/archive.h"
#include "io/clock.h"

static struct ohb_archive libarchive;
static struct ohb_library library = OHB_LIBRARY(&libarchive,
		OHB_ARCHIVE_FUNCTIONS, OHB_LIBARCHIVE_SONAME,
		OHB_LIBARCHIVE_PACKAGE, NULL);
OHB_LIBRARY_NOTE(OHB_LIBARCHIVE_SONAME, "archive",
		"files enter and leave sandboxes");

/*
 * libarchive converts names between UTF-8 and the locale of the thread, and
 * composes characters on the way.  In the "C" locale nothing but ASCII can be
 * converted, and then it keeps the bytes as they are.
 */
struct plain_locale {
	locale_t plain, before;
};

static struct plain_locale locale_enter(void)
{
	struct plain_locale ret = { .plain = newlocale(LC_ALL_MASK, "C", 0) };

	if (!ret.plain)
		abort(); /* "C" is built in: only out of memory */
	ret.before = uselocale(ret.plain);
	return ret;
}

static void locale_leave(struct plain_locale *locale)
{
	(void)uselocale(locale->before);
	freelocale(locale->plain);
}

#define in_plain_locale \
	__attribute__((cleanup(locale_leave), unused)) struct plain_locale

static int fail(struct ohb_error *err, const char *what, struct archive *from)
{
	const char *why = libarchive.error_string(from);

	return ohb_fail(err, OHB_E_PROTOCOL, "%s: %s", what,
			why ? why : "unknown error");
}

struct ohb_tar_writer {
	struct archive *archive; /* NULL: not begun */
	struct archive_entry *entry;
	unsigned uid, gid;
	int64_t now_ms;
	struct ohb_str bytes;
};

static la_ssize_t take_bytes(struct archive *archive, void *userdata,
		const void *data, size_t len)
{
	struct ohb_tar_writer *writer = userdata;

	(void)archive;
	ohb_str_add(&writer->bytes, data, len);
	return (la_ssize_t)len;
}

struct ohb_tar_writer *ohb_tar_writer_new(unsigned uid, unsigned gid)
{
	struct ohb_tar_writer *writer = ohb_alloc(sizeof(*writer));

	writer->uid = uid;
	writer->gid = gid;
	writer->now_ms = ohb_clock_wall_ms();
	return writer;
}

static int begin(struct ohb_tar_writer *writer, struct ohb_error *err)
{
	if (writer->archive)
		return 0;
	if (ohb_library_load(&library, err) < 0)
		return -1;
	writer->archive = libarchive.write_new();
	writer->entry = libarchive.entry_new();
	if (!writer->archive || !writer->entry)
		abort();
	/* Each of these fails for want of memory only. */
	if (libarchive.write_set_format_pax_restricted(writer->archive) !=
					ARCHIVE_OK ||
			libarchive.write_set_bytes_in_last_block(
					writer->archive, 1) != ARCHIVE_OK ||
			libarchive.write_open2(writer->archive, writer, NULL,
					take_bytes, NULL, NULL) != ARCHIVE_OK)
		abort();
	return 0;
}

static mode_t type_of(enum ohb_tar_kind kind)
{
	switch (kind) {
	case OHB_TAR_FILE:
		return AE_IFREG;
	case OHB_TAR_DIR:
		return AE_IFDIR;
	case OHB_TAR_LINK:
		return AE_IFLNK;
	case OHB_TAR_OTHER:
		break;
	}
	return 0;
}

int ohb_tar_add(struct ohb_tar_writer *writer,
		const struct ohb_tar_entry *entry, struct ohb_error *err)
{
	in_plain_locale locale = locale_enter();
	const size_t len = entry->kind == OHB_TAR_FILE ? entry->len : 0;
	struct archive_entry *to;

	if (!type_of(entry->kind))
		return ohb_fail(err, OHB_E_PROTOCOL,
				"archive '%s': neither file, folder nor link",
				entry->path);
	if (begin(writer, err) < 0)
		return -1;
	to = writer->entry;
	libarchive.entry_clear(to);
	libarchive.entry_copy_pathname(to, entry->path);
	libarchive.entry_set_filetype(to, type_of(entry->kind));
	libarchive.entry_set_perm(to, entry->mode & 07777);
	libarchive.entry_set_uid(to, writer->uid);
	libarchive.entry_set_gid(to, writer->gid);
	libarchive.entry_set_mtime(to, (time_t)(writer->now_ms / 1000), 0);
	libarchive.entry_set_size(to, (la_int64_t)len);
	if (entry->kind == OHB_TAR_LINK)
		libarchive.entry_copy_symlink(to, entry->target);
	if (libarchive.write_header(writer->archive, to) < ARCHIVE_WARN ||
			libarchive.write_data(writer->archive, entry->data,
					len) != (la_ssize_t)len) {
		(void)fail(err, entry->path, writer->archive);
		return ohb_fail_context(err, "archive");
	}
	return 0;
}

int ohb_tar_end(struct ohb_tar_writer *writer, struct ohb_str *out,
		struct ohb_error *err)
{
	int ret = begin(writer, err);

	if (ret == 0 && libarchive.write_close(writer->archive) < ARCHIVE_WARN)
		ret = fail(err, "end an archive", writer->archive);
	if (ret == 0)
		ohb_str_add(out, writer->bytes.data, writer->bytes.len);
	ohb_tar_writer_free(writer);
	return ret;
}

void ohb_tar_writer_free(struct ohb_tar_writer *writer)
{
	if (!writer)
		return;
	if (writer->archive) {
		libarchive.entry_free(writer->entry);
		(void)libarchive.write_free(writer->archive);
	}
	ohb_str_release(&writer->bytes);
	free(writer);
}

/* One reading of an archive; the strings are those of the entry at hand. */
struct reader {
	struct archive *archive;
	size_t max_file;
	struct ohb_str path, data;
};

static void reader_release(struct reader *reader)
{
	if (reader->archive)
		(void)libarchive.read_free(reader->archive);
	ohb_str_release(&reader->path);
	ohb_str_release(&reader->data);
}

/* Without "." and empty components; "." for the top itself. */
static int clean_path(
		struct reader *reader, const char *path, struct ohb_error *err)
{
	struct ohb_str *out = &reader->path;
	size_t n;

	ohb_str_clear(out);
	if (*path == '/')
		return ohb_fail(err, OHB_E_PROTOCOL,
				"read an archive: absolute path '%s'", path);
	for (; *path; path += n + (path[n] == '/')) {
		n = strcspn(path, "/");
		if (n == 0 || (n == 1 && path[0] == '.'))
			continue;
		if (n == 2 && path[0] == '.' && path[1] == '.')
			return ohb_fail(err, OHB_E_PROTOCOL,
					"read an archive: '..' in a path");
		if (out->len)
			ohb_str_addc(out, '/');
		ohb_str_add(out, path, n);
		if (out->len >= OHB_MAX_PATH)
			return ohb_fail(err, OHB_E_LIMIT,
					"read an archive: a path is %d bytes "
					"or longer",
					OHB_MAX_PATH);
	}
	if (!out->len)
		ohb_str_addc(out, '.');
	return 0;
}

static int read_data(struct reader *reader, struct ohb_error *err)
{
	char chunk[16 * 1024];
	la_ssize_t n;

	ohb_str_clear(&reader->data);
	ohb_str_add(&reader->data, "", 0);
	while ((n = libarchive.read_data(
				reader->archive, chunk, sizeof(chunk))) > 0) {
		if ((size_t)n > reader->max_file - reader->data.len)
			return ohb_fail(err, OHB_E_PROTOCOL,
					"read an archive: '%s' is longer than "
					"it says",
					reader->path.data);
		ohb_str_add(&reader->data, chunk, (size_t)n);
	}
	return n < 0 ? fail(err, "read an archive", reader->archive) : 0;
}

static enum ohb_tar_kind kind_of(struct archive_entry *from)
{
	if (libarchive.entry_hardlink(from))
		return OHB_TAR_OTHER;
	switch (libarchive.entry_filetype(from)) {
	case AE_IFREG:
		return OHB_TAR_FILE;
	case AE_IFDIR:
		return OHB_TAR_DIR;
	case AE_IFLNK:
		return OHB_TAR_LINK;
	default:
		return OHB_TAR_OTHER;
	}
}

static int read_entry(struct reader *reader, struct archive_entry *from,
		struct ohb_tar_entry *ret, struct ohb_error *err)
{
	const char *path = libarchive.entry_pathname(from);
	const la_int64_t size = libarchive.entry_size(from);

	if (!path || size < 0)
		return ohb_fail(err, OHB_E_PROTOCOL,
				"read an archive: an entry without a name or "
				"with a negative size");
	if (clean_path(reader, path, err) < 0)
		return -1;
	*ret = (struct ohb_tar_entry){
		.path = reader->path.data,
		.kind = kind_of(from),
		.mode = libarchive.entry_perm(from) & 07777,
		.len = (size_t)size,
	};
	if (ret->kind == OHB_TAR_LINK) {
		ret->target = libarchive.entry_symlink(from);
		if (!ret->target)
			return ohb_fail(err, OHB_E_PROTOCOL,
					"read an archive: link '%s' without a "
					"target",
					ret->path);
	}
	if (ret->kind != OHB_TAR_FILE || ret->len > reader->max_file)
		return 0;
	if (read_data(reader, err) < 0)
		return -1;
	ret->data = reader->data.data;
	ret->len = reader->data.len;
	return 0;
}

int ohb_tar_each(const void *data, size_t len, size_t max_file, ohb_tar_fn *fn,
		void *userdata, struct ohb_error *err)
{
	in_plain_locale locale = locale_enter();
	__attribute__((cleanup(reader_release))) struct reader reader = {
		.max_file = max_file,
	};
	struct archive_entry *from;
	struct ohb_tar_entry entry;
	int status;

	if (ohb_library_load(&library, err) < 0)
		return -1;
	reader.archive = libarchive.read_new();
	if (!reader.archive)
		abort();
	if (libarchive.read_support_format_tar(reader.archive) != ARCHIVE_OK ||
			libarchive.read_open_memory(reader.archive, data,
					len) != ARCHIVE_OK)
		return fail(err, "read an archive", reader.archive);
	for (;;) {
		status = libarchive.read_next_header(reader.archive, &from);
		if (status == ARCHIVE_EOF)
			return 0;
		/* A warning is about a name that is not ASCII, see above. */
		if (status < ARCHIVE_WARN)
			return fail(err, "read an archive", reader.archive);
		if (read_entry(&reader, from, &entry, err) < 0 ||
				fn(userdata, &entry, err) < 0)
			return -1;
	}
}

int ohb_tar_load(struct ohb_error *err)
{
	return ohb_library_load(&library, err);
}
