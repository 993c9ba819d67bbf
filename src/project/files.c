#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "io/fs.h"
#include "io/git.h"
#include "project/graph.h"

/* Never part of a project, on any level. */
static const char *const skipped[] = { ".git", ".ohbuild", NULL };

struct entry {
	const char *path;
	bool gone; /* git tracks it, but it is not on disk */
};

struct listing {
	struct ohb_arena *arena;
	int dirfd;
	struct entry *items;
	size_t count, cap;
};

/* Ours, and what a killed ohbuild wrote beside an output: the next one takes
 * it away. */
bool ohb_files_skip(const char *path)
{
	const char *base;
	size_t i, len;

	if (ohb_fs_is_temp(path, &base, &len))
		return true;
	for (; *path; path += len + (path[len] == '/')) {
		len = strcspn(path, "/");
		for (i = 0; skipped[i]; i++)
			if (strlen(skipped[i]) == len &&
					memcmp(path, skipped[i], len) == 0)
				return true;
	}
	return false;
}

static void add_entry(struct listing *listing, const char *path, bool gone)
{
	struct entry *entry;

	if (*path == '\0' || ohb_files_skip(path))
		return;
	entry = ohb_grow((void *)&listing->items, &listing->cap, listing->count,
			sizeof(*entry));
	entry->path = ohb_arena_strdup(listing->arena, path);
	entry->gone = gone;
	listing->count++;
}

static int by_path(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	return strcmp(x->path, y->path);
}

/* Git names a path once a stage, and again when it is deleted. */
static void finish(struct listing *listing, struct ohb_files *ret)
{
	size_t i, next;

	if (listing->count)
		qsort(listing->items, listing->count, sizeof(*listing->items),
				by_path);
	ret->paths = ohb_arena_alloc(
			listing->arena, listing->count * sizeof(*ret->paths));
	ret->count = 0;
	for (i = 0; i < listing->count; i = next) {
		bool gone = false;

		for (next = i; next < listing->count &&
				ohb_streq(listing->items[next].path,
						listing->items[i].path);
				next++)
			gone = gone || listing->items[next].gone;
		if (!gone)
			ret->paths[ret->count++] = listing->items[i].path;
	}
}

/*
 * One record of `git ls-files -t -s`: "? path" for an untracked file, else
 * "<tag> <mode> <object> <stage>\t<path>" where the tag R says deleted and S
 * that the path need not be on disk.  Mode 160000 is a submodule; an
 * untracked repository has a '/' behind its name.
 */
static int add_record(struct listing *listing, const char *record,
		struct ohb_error *err)
{
	struct ohb_fs_info info = { .kind = OHB_FS_FILE };
	const char *path = strchr(record, '\t');

	if (ohb_starts(record, "? ")) {
		if (!ohb_ends(record, "/"))
			add_entry(listing, record + 2, false);
		return 0;
	}
	if (!path || strlen(record) < 3)
		return ohb_fail(err, OHB_E_PROTOCOL,
				"git ls-files says '%s', which is no entry",
				record);
	if (ohb_starts(record + 2, "160000 "))
		return 0;
	path++;
	if (record[0] == 'S' &&
			ohb_fs_stat(listing->dirfd, path, &info, err) < 0)
		return -1;
	add_entry(listing, path,
			record[0] == 'R' || info.kind == OHB_FS_ABSENT);
	return 0;
}

static int add_records(struct listing *listing, const struct ohb_str *text,
		struct ohb_error *err)
{
	size_t at;

	for (at = 0; at < text->len; at += strlen(text->data + at) + 1)
		if (add_record(listing, text->data + at, err) < 0)
			return -1;
	return 0;
}

/* What went wrong: nothing when there is no repository, which is 0. */
static int git_refusal(
		const struct ohb_git_result *result, struct ohb_error *err)
{
	if (strstr(ohb_str_cstr(&result->err), "not a git repository"))
		return 0;
	return ohb_git_fail(result, "list the project's files", err);
}

/* Whether a repository begins here: then a missing git is no excuse. */
static int git_is_missing(int dirfd, struct ohb_error *err)
{
	struct ohb_fs_info info;

	if (ohb_fs_stat(dirfd, ".git", &info, err) < 0)
		return -1;
	if (info.kind == OHB_FS_ABSENT)
		return 0;
	return ohb_fail(err, OHB_E_MISSING,
			"list the project's files: this is a git repository, "
			"but the program 'git' is not there; install git");
}

/* 1 git has said it, 0 it knows nothing of this folder, -1 it failed. */
static int list_by_git(struct listing *listing, struct ohb_error *err)
{
	static const char *const args[] = { "ls-files", "-z", "-t", "-s",
		"--cached", "--others", "--deleted", "--exclude-standard",
		NULL };
	const struct ohb_git_call call = {
		.dirfd = listing->dirfd,
		.args = args,
		.max_output = OHB_MAX_FILE_LIST,
	};
	struct ohb_git_result result;
	int ret;

	if (ohb_git_run(&call, &result, err) < 0)
		return err->code == OHB_E_MISSING ?
				git_is_missing(listing->dirfd, err) :
				-1;
	ret = result.status == 0 ? add_records(listing, &result.out, err) :
				   git_refusal(&result, err);
	ohb_git_result_release(&result);
	return ret < 0 ? -1 : listing->count > 0;
}

static int add_walked(void *userdata, const char *path, enum ohb_fs_kind kind,
		struct ohb_error *err)
{
	(void)err;
	if (kind == OHB_FS_FILE || kind == OHB_FS_LINK)
		add_entry(userdata, path, false);
	return 0;
}

int ohb_files_list(int dirfd, struct ohb_arena *arena, struct ohb_files *ret,
		struct ohb_error *err)
{
	struct listing listing = { .arena = arena, .dirfd = dirfd };
	int git = list_by_git(&listing, err);

	if (git == 0 &&
			ohb_fs_walk(dirfd, skipped, add_walked, &listing, err) <
					0)
		git = -1;
	if (git >= 0) {
		finish(&listing, ret);
		ret->git = git > 0;
	}
	free(listing.items);
	return git < 0 ? -1 : 0;
}
