/* What the entries of git's index hold. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "io/fileset.h"
#include "project/entries.h"
#include "project/lfs.h"
#include "project/rules.h"

#define MAX_LINKS 8 /* that lead to each other */

/* Where a path of the project is in its repository. */
static const char *path_from_top(struct ohb_staged *staged, const char *path)
{
	const char *prefix = staged->repository.prefix;
	size_t len = strlen(prefix);

	for (; ohb_starts(path, "../"); path += 3)
		for (len--; len && prefix[len - 1] != '/'; len--)
			;
	return ohb_arena_printf(
			&staged->arena, "%.*s%s", (int)len, prefix, path);
}

/* What is to be read, and who takes it. */
struct contents {
	struct ohb_staged *staged;
	struct ohb_entry **items;
	struct ohb_blob_want *wants;
	size_t count;
	struct ohb_str *out; /* of a single one */
	struct ohb_fileset *set; /* of attributes */
};

static int put_attributes(void *userdata, size_t at, const char *data,
		size_t len, struct ohb_error *err)
{
	struct contents *contents = userdata;
	struct ohb_arena *arena = &contents->staged->arena;
	char *copy = ohb_arena_alloc(arena, len + 1);
	const struct ohb_file file = {
		.path = contents->wants[at].path,
		.kind = OHB_TAR_FILE,
		.mode = 0644,
		.data = memcpy(copy, data, len),
		.len = len,
	};

	(void)err;
	ohb_fileset_put(contents->set, &file);
	return 0;
}

static void add_content(struct contents *contents, struct ohb_entry *item)
{
	size_t at = contents->count++;

	contents->items[at] = item;
	contents->wants[at] = (struct ohb_blob_want){
		.object = item->object,
		.path = path_from_top(contents->staged, item->path),
		.plain = item->mode == OHB_ENTRY_LINK,
	};
}

static void open_contents(struct contents *contents, struct ohb_staged *staged)
{
	*contents = (struct contents){
		.staged = staged,
		.items = ohb_alloc((staged->count + 1) *
				sizeof(struct ohb_entry *)),
		.wants = ohb_alloc(
				(staged->count + 1) * sizeof(*contents->wants)),
	};
}

static int read_contents(struct contents *contents, ohb_blob_fn *fn,
		struct ohb_error *err)
{
	int ret = contents->count ?
			ohb_blobs_read(&contents->staged->source,
					contents->wants, contents->count, fn,
					contents, err) :
			0;

	free(contents->items);
	free(contents->wants);
	return ret;
}

/*
 * Git converts by the .gitattributes on disk; those in the index count.  So
 * they are put into a folder of their own.
 */
static int write_attributes(struct ohb_staged *staged, struct ohb_error *err)
{
	struct ohb_fileset set = OHB_FILESET_INIT;
	struct contents contents;
	size_t i;
	int ret;

	if (ohb_fs_temp_dir(&staged->attributes, err) < 0)
		return -1;
	staged->attributes_fd = open(
			staged->attributes, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	open_contents(&contents, staged);
	contents.set = &set;
	for (i = 0; i < staged->count; i++)
		if (ohb_entry_is_attributes(staged->items[i].path) &&
				staged->items[i].mode != OHB_ENTRY_LINK)
			add_content(&contents, &staged->items[i]);
	ret = read_contents(&contents, put_attributes, err);
	if (ret == 0)
		ret = ohb_fileset_write(&set, staged->attributes_fd, err);
	ohb_fileset_release(&set);
	if (ret < 0)
		return -1;
	staged->source.attributes = staged->attributes;
	staged->source.attributes_fd = staged->attributes_fd;
	staged->source.env = ohb_repository_env(
			&staged->repository, staged->attributes);
	return 0;
}

static int prepare(struct ohb_staged *staged, struct ohb_error *err)
{
	if (!staged->converts || staged->source.attributes)
		return 0;
	return write_attributes(staged, err);
}

/*
 * The file that a pointer of git-lfs stands for, when it is on disk: it has
 * the length and the SHA-256 that the pointer says.  Else what is judged is
 * the pointer, as it is.
 */
static bool fetch_large(struct contents *contents, size_t at, const char *data,
		size_t len, struct ohb_str *out)
{
	const struct ohb_entry *item = contents->items[at];
	struct ohb_lfs_pointer pointer;
	struct ohb_error ignored;
	struct ohb_sha256 sha;

	if (item->mode == OHB_ENTRY_LINK || !ohb_lfs_parse(data, len, &pointer))
		return false;
	if (ohb_fs_read_beneath(contents->staged->repository.dirfd, item->path,
			    OHB_MAX_INPUT_FILE, out, &ignored) < 0 ||
			out->len != pointer.size)
		return false;
	sha = ohb_sha256_of(ohb_str_cstr(out), out->len);
	return ohb_sha256_eq(&sha, &pointer.sha);
}

static int keep_bytes(void *userdata, size_t at, const char *data, size_t len,
		struct ohb_error *err)
{
	struct contents *contents = userdata;
	ohb_autostr large = OHB_STR_INIT;

	(void)err;
	if (fetch_large(contents, at, data, len, &large))
		ohb_str_add(contents->out, ohb_str_cstr(&large), large.len);
	else
		ohb_str_add(contents->out, data, len);
	return 0;
}

static int read_item(struct ohb_staged *staged, struct ohb_entry *item,
		struct ohb_str *out, struct ohb_error *err)
{
	struct contents contents;

	if (prepare(staged, err) < 0)
		return -1;
	open_contents(&contents, staged);
	contents.out = out;
	add_content(&contents, item);
	return read_contents(&contents, keep_bytes, err);
}

/* The file that a link leads to, as far as both are in the index; or NULL. */
static struct ohb_entry *follow(struct ohb_staged *staged,
		struct ohb_entry *link, struct ohb_error *err)
{
	const char *from = link->path, *path, *slash;
	struct ohb_entry *ret = NULL;
	ohb_autostr target = OHB_STR_INIT;

	if (read_item(staged, link, &target, err) < 0)
		return NULL;
	slash = strrchr(from, '/');
	path = ohb_arena_printf(&staged->arena, "%.*s%s",
			slash ? (int)(slash + 1 - from) : 0, from,
			ohb_str_cstr(&target));
	if (!ohb_path_fault(path))
		ret = ohb_entry_find(
				staged, ohb_path_clean(&staged->arena, path));
	if (!ret)
		(void)ohb_fail(err, OHB_E_CONFIG,
				"'%s' is a link to '%s', which is not in git's "
				"index",
				from, ohb_str_cstr(&target));
	return ret;
}

static int fail_absent(const struct ohb_staged *staged, const char *path,
		struct ohb_error *err)
{
	struct ohb_error ignored;
	struct ohb_fs_info info;

	if (ohb_fs_stat(staged->repository.dirfd, path, &info, &ignored) < 0 ||
			info.kind == OHB_FS_ABSENT)
		return ohb_fail(err, OHB_E_MISSING,
				"open '%s': it is not in "
				"git's index",
				path);
	return ohb_fail(err, OHB_E_CONFIG,
			"'%s' is not in git's index; type: git add '%s'", path,
			path);
}

static int read_limited(struct ohb_staged *staged, struct ohb_entry *item,
		size_t max, struct ohb_str *out, struct ohb_error *err)
{
	size_t before = out->len;

	if (read_item(staged, item, out, err) < 0)
		return -1;
	if (out->len - before <= max)
		return 0;
	return ohb_fail(err, OHB_E_LIMIT,
			"read '%s' from git's index: more than %zu bytes",
			item->path, max);
}

int ohb_staged_read(struct ohb_staged *staged, const char *path, size_t max,
		struct ohb_str *out, struct ohb_error *err)
{
	struct ohb_entry *item = ohb_entry_find(
			staged, ohb_path_clean(&staged->arena, path));
	int links;

	if (!item)
		return fail_absent(staged, path, err);
	for (links = 0; item->mode == OHB_ENTRY_LINK; links++) {
		if (links == MAX_LINKS)
			return ohb_fail(err, OHB_E_CONFIG,
					"'%s' is a link that leads nowhere",
					path);
		item = follow(staged, item, err);
		if (!item)
			return -1;
	}
	return read_limited(staged, item, max, out, err);
}

int ohb_staged_bytes(struct ohb_staged *staged, const char *path, size_t max,
		struct ohb_str *out, struct ohb_error *err)
{
	struct ohb_entry *item = ohb_entry_find(staged, path);

	return item ? read_limited(staged, item, max, out, err) :
		      fail_absent(staged, path, err);
}

/* --- digests --- */

void ohb_staged_want(struct ohb_staged *staged, const char *path)
{
	struct ohb_entry *item = ohb_entry_find(staged, path);

	if (item)
		item->wanted = true;
}

static int learn(void *userdata, size_t at, const char *data, size_t len,
		struct ohb_error *err)
{
	struct contents *contents = userdata;
	struct ohb_entry *item = contents->items[at];
	bool link = item->mode == OHB_ENTRY_LINK;
	ohb_autostr large = OHB_STR_INIT;

	(void)err;
	if (fetch_large(contents, at, data, len, &large)) {
		data = ohb_str_cstr(&large);
		len = large.len;
	}
	item->digest = ohb_fs_digest_of(link ? OHB_FS_LINK : OHB_FS_FILE,
			item->mode & 0777, data, len);
	item->known = true;
	return 0;
}

static int learn_wanted(struct ohb_staged *staged, struct ohb_error *err)
{
	struct contents contents;
	size_t i;

	if (prepare(staged, err) < 0)
		return -1;
	open_contents(&contents, staged);
	for (i = 0; i < staged->count; i++)
		if (staged->items[i].wanted && !staged->items[i].known)
			add_content(&contents, &staged->items[i]);
	return read_contents(&contents, learn, err);
}

int ohb_staged_look(struct ohb_staged *staged, const char *path,
		enum ohb_fs_kind *ret_kind, struct ohb_digest *ret,
		struct ohb_error *err)
{
	struct ohb_entry *item = ohb_entry_find(staged, path);

	*ret_kind = ohb_staged_kind(staged, path);
	if (!item)
		return 0;
	item->wanted = true;
	if (!item->known && learn_wanted(staged, err) < 0)
		return -1;
	*ret = item->digest;
	return 0;
}
