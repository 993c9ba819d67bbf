#include "build/commit.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/failpoint.h"
#include "build/past.h"
#include "io/clock.h"
#include "io/fs.h"

/* One commit on its way; arrays live in the arena. */
struct writing {
	int dirfd;
	struct ohb_store *store;
	struct ohb_arena *arena;
	int64_t now_ms;
	struct ohb_rename *renames;
	struct ohb_version *versions; /* of the new files */
	struct ohb_record_output *outputs;
	size_t count; /* of each of them that is filled in */
};

static int make_folder(int dirfd, const char *path, struct ohb_error *err)
{
	ohb_autofree char *dir = ohb_strdup(path);
	char *slash = strrchr(dir, '/');

	if (!slash)
		return 0;
	*slash = '\0';
	return ohb_fs_mkdirs(dirfd, dir, err);
}

/* Temporary file, blobs and rows of one output. */
static int write_one(struct writing *writing, const char *target,
		const struct ohb_file *file, const struct ohb_file *old,
		struct ohb_error *err)
{
	struct ohb_rename *row = &writing->renames[writing->count];
	struct ohb_version *version = &writing->versions[writing->count];
	ohb_autofree char *temp = NULL;

	*row = (struct ohb_rename){
		.path = file->path,
		.digest = file->digest,
		.mode = file->mode & 0111 ? 0755 : 0644,
		.had_old = old && old->data,
	};
	*version = (struct ohb_version){
		.target = target,
		.path = file->path,
		.mode = row->mode,
		.origin = OHB_BY_AGENT,
		.written_ms = writing->now_ms,
	};
	if (ohb_blob_add(writing->store, file->data, file->len, &version->blob,
			    err) < 0)
		return -1;
	if (row->had_old) {
		row->old_digest = old->digest;
		if (ohb_blob_add(writing->store, old->data, old->len,
				    &row->old_blob, err) < 0)
			return -1;
	}
	if (make_folder(writing->dirfd, file->path, err) < 0 ||
			ohb_fs_write_temp(writing->dirfd, file->path,
					file->data, file->len, row->mode, &temp,
					err) < 0)
		return -1;
	row->temp = ohb_arena_strdup(writing->arena, temp);
	writing->outputs[writing->count] = (struct ohb_record_output){
		.path = file->path,
		.digest = file->digest,
		.mode = row->mode,
	};
	writing->count++;
	ohb_failpoint("commit-temp");
	return 0;
}

static void remove_temps(struct writing *writing)
{
	struct ohb_error ignored = OHB_ERROR_INIT;
	size_t i;

	/* What stays behind is swept at the next start. */
	for (i = 0; i < writing->count; i++)
		if (ohb_fs_unlink(writing->dirfd, writing->renames[i].temp,
				    &ignored) < 0)
			continue;
}

static int write_all(struct writing *writing,
		const struct ohb_change_set *change, struct ohb_error *err)
{
	size_t i;

	for (i = 0; i < change->outputs->count; i++) {
		const struct ohb_file *file = &change->outputs->files[i];

		if (write_one(writing, change->target, file,
				    ohb_fileset_find(change->previous,
						    file->path),
				    err) == 0)
			continue;
		remove_temps(writing);
		return ohb_fail_context(err, "write '%s'", file->path);
	}
	return 0;
}

/* 1: path holds the digest; 0 it does not, or is not there. */
static int holds(int dirfd, const char *path, const struct ohb_digest *digest,
		struct ohb_error *err)
{
	struct ohb_fs_info info;
	struct ohb_digest now;

	if (ohb_fs_stat(dirfd, path, &info, err) < 0)
		return -1;
	if (info.kind != OHB_FS_FILE)
		return 0;
	if (ohb_fs_digest(dirfd, path, &now, err) < 0)
		return err->code == OHB_E_MISSING ? 0 : -1;
	return ohb_digest_eq(&now, digest);
}

/* Whether the file is what the new one was to replace: 1, 0, -1. */
static int is_old(
		int dirfd, const struct ohb_rename *row, struct ohb_error *err)
{
	struct ohb_fs_info info;

	if (row->had_old)
		return holds(dirfd, row->path, &row->old_digest, err);
	if (ohb_fs_stat(dirfd, row->path, &info, err) < 0)
		return -1;
	return info.kind == OHB_FS_ABSENT;
}

/* Judging takes minutes, and a person may save a file at any time: looked at
 * as late as can be. */
static int put_in_place(
		int dirfd, const struct ohb_rename *row, struct ohb_error *err)
{
	int old = is_old(dirfd, row, err);

	if (old < 0)
		return -1;
	if (!old)
		return ohb_fail(err, OHB_E_EXISTS,
				"'%s' was written by somebody else meanwhile: "
				"it is left as it is",
				row->path);
	if (ohb_fs_rename(dirfd, row->temp, row->path, err) < 0)
		return ohb_fail_context(err, "put '%s' in place", row->path);
	ohb_failpoint("commit-renamed");
	return 0;
}

static int rename_all(int dirfd, const struct ohb_rename *renames, size_t n,
		struct ohb_error *err)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (put_in_place(dirfd, &renames[i], err) < 0)
			return -1;
	return 0;
}

/* Whether every file of the commit is in place, or waits for a place in which
 * nobody has put anything since. */
static int is_whole(int dirfd, const struct ohb_commit *commit,
		struct ohb_error *err)
{
	size_t i;

	for (i = 0; i < commit->nrenames; i++) {
		const struct ohb_rename *row = &commit->renames[i];
		int there = holds(dirfd, row->path, &row->digest, err);

		if (there == 0 && (there = is_old(dirfd, row, err)) == 1)
			there = holds(dirfd, row->temp, &row->digest, err);
		if (there <= 0)
			return there;
	}
	return 1;
}

static int roll_forward(int dirfd, struct ohb_store *store,
		const struct ohb_commit *commit, struct ohb_error *err)
{
	size_t i;

	for (i = 0; i < commit->nrenames; i++) {
		const struct ohb_rename *row = &commit->renames[i];
		int waits = holds(dirfd, row->temp, &row->digest, err);

		if (waits < 0 ||
				(waits &&
						ohb_fs_rename(dirfd, row->temp,
								row->path,
								err) < 0))
			return -1;
	}
	return ohb_commit_end(store, commit->record.target, err);
}

/* The mode that the old file had: its digest knows. */
static mode_t old_mode(const struct ohb_rename *row, const struct ohb_str *old)
{
	const struct ohb_digest digest = ohb_fs_digest_of(
			OHB_FS_FILE, 0755, ohb_str_cstr(old), old->len);

	return ohb_digest_eq(&digest, &row->old_digest) ? 0755 : 0644;
}

/* Puts the old bytes back where our new ones are, and only there. */
static int put_back(int dirfd, struct ohb_store *store,
		const struct ohb_rename *row, struct ohb_error *err)
{
	int ours = holds(dirfd, row->path, &row->digest, err);
	ohb_autostr old = OHB_STR_INIT;
	ohb_autofree char *temp = NULL;

	if (ohb_fs_unlink(dirfd, row->temp, err) < 0 || ours < 0)
		return -1;
	if (!ours)
		return 0;
	if (!row->had_old)
		return ohb_fs_unlink(dirfd, row->path, err);
	if (ohb_blob_find(store, &row->old_blob, &old, err) <= 0)
		return ohb_fail_context(err, "bring back '%s'", row->path);
	if (ohb_fs_write_temp(dirfd, row->path, ohb_str_cstr(&old), old.len,
			    old_mode(row, &old), &temp, err) < 0)
		return -1;
	return ohb_fs_rename(dirfd, temp, row->path, err);
}

static int roll_back(int dirfd, struct ohb_store *store,
		const struct ohb_commit *commit, struct ohb_error *err)
{
	size_t i;

	for (i = 0; i < commit->nrenames; i++)
		if (put_back(dirfd, store, &commit->renames[i], err) < 0)
			return -1;
	return ohb_commit_drop(store, commit->record.target, err);
}

/* What is replaced, if it is kept nowhere yet, and then what is new: that
 * which comes back is known already. */
static int list_versions(const struct writing *writing,
		const struct ohb_change_set *change, struct ohb_commit *commit,
		struct ohb_error *err)
{
	const struct ohb_standing standing = { change->target, change->previous,
		OHB_BY_PERSON };
	const struct ohb_version *old = NULL;
	size_t added = change->record ? writing->count : 0, n = 0;
	struct ohb_version *all;

	if (ohb_past_rows(writing->store, &standing, writing->arena, &old, &n,
			    err) < 0)
		return -1;
	all = ohb_arena_alloc(writing->arena, (n + added) * sizeof(*all));
	if (n)
		memcpy(all, old, n * sizeof(*all));
	if (added)
		memcpy(all + n, writing->versions, added * sizeof(*all));
	commit->versions = all;
	commit->nversions = n + added;
	return 0;
}

static int begin(const struct writing *writing,
		const struct ohb_change_set *change, struct ohb_commit *commit,
		struct ohb_error *err)
{
	if (list_versions(writing, change, commit, err) < 0)
		return -1;
	if (change->record) {
		change->record->outputs = writing->outputs;
		change->record->noutputs = writing->count;
		commit->record = *change->record;
	} else {
		commit->record.target = change->target;
		commit->files_only = true;
	}
	commit->renames = writing->renames;
	commit->nrenames = writing->count;
	ohb_failpoint("commit-before-begin");
	return ohb_commit_begin(writing->store, commit, err);
}

int ohb_commit_outputs(int dirfd, struct ohb_store *store,
		const struct ohb_change_set *change, struct ohb_arena *arena,
		struct ohb_error *err)
{
	const size_t n = change->outputs->count;
	struct writing writing = {
		.dirfd = dirfd,
		.store = store,
		.arena = arena,
		.now_ms = ohb_clock_wall_ms(),
	};
	struct ohb_commit commit = { .files_only = false };

	writing.renames = ohb_arena_alloc(arena, n * sizeof(*writing.renames));
	writing.versions =
			ohb_arena_alloc(arena, n * sizeof(*writing.versions));
	writing.outputs = ohb_arena_alloc(arena, n * sizeof(*writing.outputs));
	if (write_all(&writing, change, err) < 0)
		return -1;
	if (begin(&writing, change, &commit, err) < 0) {
		remove_temps(&writing);
		return -1;
	}
	ohb_failpoint("commit-begun");
	/* From here the next start finishes what we cannot. */
	if (rename_all(dirfd, writing.renames, n, err) < 0) {
		struct ohb_error ignored = OHB_ERROR_INIT;

		(void)!roll_back(dirfd, store, &commit, &ignored);
		return -1;
	}
	ohb_failpoint("commit-all-renamed");
	if (ohb_commit_end(store, change->target, err) < 0)
		return -1;
	ohb_failpoint("commit-ended");
	return 0;
}

static int recover_one(int dirfd, struct ohb_store *store,
		const struct ohb_commit *commit,
		void (*say)(void *userdata, const char *text), void *userdata,
		struct ohb_error *err)
{
	int whole = is_whole(dirfd, commit, err), result;
	ohb_autostr text = OHB_STR_INIT;

	if (whole < 0)
		return -1;
	result = whole ? roll_forward(dirfd, store, commit, err) :
			 roll_back(dirfd, store, commit, err);
	if (result < 0)
		return ohb_fail_context(err, "mend the commit of '%s'",
				commit->record.target);
	ohb_str_addf(&text, "'%s' was %s when ohbuild was killed%s",
			commit->record.target,
			commit->files_only    ? "being restored" :
					whole ? "judged good" :
						"half written",
			whole ? ": it is in place now" :
				", and its files are no longer there or not "
				"as they were: it is not taken");
	say(userdata, ohb_str_cstr(&text));
	return 0;
}

/* Whether an output's path begins with these bytes. */
static bool is_cut(const struct ohb_graph *graph, const struct ohb_str *path)
{
	size_t i, k;

	for (i = 0; i < graph->count; i++)
		for (k = 0; k < graph->targets[i].noutputs; k++)
			if (ohb_starts(graph->targets[i].outputs[k],
					    ohb_str_cstr(path)))
				return true;
	return false;
}

/* ".test_a.c.ohb-<16 hex digits>" beside an output test_a.c; a long name is
 * cut (ohb_fs_write_temp). */
static bool is_leftover(const struct ohb_graph *graph, const char *path)
{
	ohb_autostr output = OHB_STR_INIT;
	const char *base;
	size_t len;

	if (!ohb_fs_is_temp(path, &base, &len))
		return false;
	ohb_str_add(&output, path, (size_t)(base - 1 - path));
	ohb_str_add(&output, base, len);
	return ohb_map_get(&graph->by_name, ohb_str_cstr(&output)) ||
			(strlen(base - 1) == NAME_MAX &&
					is_cut(graph, &output));
}

struct leftovers {
	const struct ohb_graph *graph;
	int dirfd;
};

static int remove_leftover(void *userdata, const char *path,
		enum ohb_fs_kind kind, struct ohb_error *err)
{
	const struct leftovers *all = userdata;

	if (kind != OHB_FS_FILE || !is_leftover(all->graph, path))
		return 0;
	return ohb_fs_unlink(all->dirfd, path, err);
}

int ohb_commit_sweep(
		int dirfd, const struct ohb_graph *graph, struct ohb_error *err)
{
	static const char *const skip[] = { ".git", ".ohbuild", NULL };
	struct leftovers leftovers = { .graph = graph, .dirfd = dirfd };

	return ohb_fs_walk(dirfd, skip, remove_leftover, &leftovers, err);
}

int ohb_commit_recover(int dirfd, struct ohb_store *store,
		void (*say)(void *userdata, const char *text), void *userdata,
		struct ohb_error *err)
{
	struct ohb_arena arena = OHB_ARENA_INIT;
	const struct ohb_commit *commits = NULL;
	size_t n = 0, i;
	int result = ohb_commit_load(store, &arena, &commits, &n, err);

	for (i = 0; result == 0 && i < n; i++)
		result = recover_one(
				dirfd, store, &commits[i], say, userdata, err);
	ohb_arena_release(&arena);
	return result;
}
