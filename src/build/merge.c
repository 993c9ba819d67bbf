#include "build/merge.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "build/past.h"
#include "io/fs.h"
#include "io/git.h"

/* Whether a version is, byte for byte, what the record says was written. */
static bool is_recorded(
		const struct ohb_record *record, const struct ohb_fileset *set)
{
	size_t i;

	for (i = 0; i < record->noutputs; i++) {
		const struct ohb_file *file =
				ohb_fileset_find(set, record->outputs[i].path);

		if (!file ||
				!ohb_digest_eq(&file->digest,
						&record->outputs[i].digest))
			return false;
	}
	return record->noutputs > 0;
}

int ohb_merge_base(struct ohb_store *store, const char *target,
		struct ohb_arena *arena, struct ohb_fileset *ret,
		struct ohb_error *err)
{
	const struct ohb_target nowhere = { .name = target };
	struct ohb_record record;
	struct ohb_past past = { .count = 0 };
	int found = ohb_record_find(store, target, arena, &record, err);
	size_t i;

	if (found <= 0)
		return found;
	if (ohb_past_load(store, AT_FDCWD, &nowhere, arena, &past, err) < 0)
		return -1;
	for (i = 0; i < past.count; i++) {
		struct ohb_fileset set = OHB_FILESET_INIT;

		if (ohb_past_files(store, &past.items[i], arena, &set, err) <
				0) {
			ohb_fileset_release(&set);
			return -1;
		}
		if (is_recorded(&record, &set)) {
			*ret = set;
			return 1;
		}
		ohb_fileset_release(&set);
	}
	return 0;
}

static bool same(const struct ohb_file *a, const struct ohb_file *b)
{
	return a->len == b->len && memcmp(a->data, b->data, a->len) == 0;
}

static int write_side(int dirfd, const char *name, const struct ohb_file *file,
		struct ohb_error *err)
{
	const struct ohb_file copy = { .path = name,
		.kind = OHB_TAR_FILE,
		.mode = 0600,
		.data = file ? file->data : "",
		.len = file ? file->len : 0 };
	struct ohb_fileset set = OHB_FILESET_INIT;
	int result;

	ohb_fileset_put(&set, &copy);
	result = ohb_fileset_write(&set, dirfd, err);
	ohb_fileset_release(&set);
	return result;
}

/* git says how many conflicts there are, at most 127; above it failed. */
static int ask_git(int dirfd, struct ohb_str *out, struct ohb_error *err)
{
	static const char *const args[] = { "merge-file", "-p", "ours", "base",
		"theirs", NULL };
	const struct ohb_git_call call = {
		.dirfd = dirfd,
		.args = args,
		.max_output = 8 * OHB_MAX_OUTPUT_FILE,
	};
	struct ohb_git_result result;
	int status;

	if (ohb_git_run(&call, &result, err) < 0) {
		if (err->code == OHB_E_MISSING)
			return ohb_fail(err, OHB_E_CONFIG,
					"'edited: merge' needs git, and there "
					"is none: install it, or say 'edited: "
					"keep'");
		return ohb_fail_context(err, "merge");
	}
	status = result.status;
	if (status == 0)
		ohb_str_add(out, ohb_str_cstr(&result.out), result.out.len);
	if (status > 127)
		(void)ohb_fail(err, OHB_E_IO, "git merge-file: %.500s",
				ohb_str_cstr(&result.err));
	ohb_git_result_release(&result);
	return status > 127 ? -1 : status == 0;
}

static int merge_in(const char *dir, const struct ohb_file *const sides[3],
		struct ohb_str *out, struct ohb_error *err)
{
	static const char *const names[] = { "base", "ours", "theirs" };
	ohb_autoclose int dirfd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	size_t i;

	if (dirfd < 0)
		return ohb_fail_errno(err, errno, "open '%s'", dir);
	for (i = 0; i < OHB_ARRAY_LEN(names); i++)
		if (write_side(dirfd, names[i], sides[i], err) < 0)
			return -1;
	return ask_git(dirfd, out, err);
}

/* One file; base may be NULL.  1, 0 for a conflict, -1. */
static int merge_one(const struct ohb_file *const sides[3],
		struct ohb_arena *arena, struct ohb_file *ret,
		struct ohb_error *err)
{
	const struct ohb_file *base = sides[0], *ours = sides[1];
	struct ohb_error ignored = OHB_ERROR_INIT;
	ohb_autofree char *dir = NULL;
	ohb_autostr text = OHB_STR_INIT;
	int result;

	*ret = *sides[2];
	if (!ours || (base && same(base, ours)))
		return 1;
	/* What the person made executable, or not, stays so. */
	if (!base || base->mode != ours->mode)
		ret->mode = ours->mode;
	if (ohb_fs_temp_dir(&dir, err) < 0)
		return -1;
	result = merge_in(dir, sides, &text, err);
	(void)!ohb_fs_remove_tree(AT_FDCWD, dir, &ignored);
	ret->data = ohb_arena_strndup(arena, ohb_str_cstr(&text), text.len);
	ret->len = text.len;
	ret->digest = ohb_fs_digest_of(
			OHB_FS_FILE, ret->mode, ret->data, ret->len);
	return result;
}

int ohb_merge_files(const struct ohb_merge *merge, struct ohb_arena *arena,
		struct ohb_fileset *ret, const char **ret_path,
		struct ohb_error *err)
{
	size_t i;

	for (i = 0; i < merge->theirs->count; i++) {
		const char *path = merge->theirs->files[i].path;
		const struct ohb_file *const sides[] = {
			ohb_fileset_find(merge->base, path),
			ohb_fileset_find(merge->ours, path),
			&merge->theirs->files[i],
		};
		struct ohb_file merged;
		int clean = merge_one(sides, arena, &merged, err);

		if (clean > 0) {
			ohb_fileset_put(ret, &merged);
			continue;
		}
		*ret_path = path;
		ohb_fileset_release(ret);
		return clean < 0 ? ohb_fail_context(err, "merge '%s'", path) :
				   0;
	}
	return 1;
}
