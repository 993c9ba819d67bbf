#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "io/bulk.h"
#include "io/git.h"
#include "project/graph.h"

/* Never part of a project, on any level. */
static const char *const skipped[] = { ".git", ".ohbuild", NULL };

struct listing {
	struct ohb_arena *arena;
	int dirfd;
	const char **paths;
	size_t count, cap;
	bool *there; /* count of them */
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

static void add_path(struct listing *listing, const char *path)
{
	if (*path == '\0' || ohb_files_skip(path))
		return;
	*(const char **)ohb_grow((void *)&listing->paths, &listing->cap,
			listing->count, sizeof(*listing->paths)) = path;
	listing->count++;
}

static void look_at_range(void *userdata, size_t from, size_t to)
{
	const struct listing *listing = userdata;
	struct ohb_folders folders;
	struct ohb_fs_info info;
	size_t i;

	ohb_folders_init(&folders, listing->dirfd);
	for (i = from; i < to; i++)
		listing->there[i] =
				ohb_folders_stat(&folders, listing->paths[i],
						&info) == 0 &&
				info.kind != OHB_FS_ABSENT &&
				info.kind != OHB_FS_DIR;
	ohb_folders_release(&folders);
}

/* Git tracks what need not be there (deleted, or outside of a sparse
 * checkout), and submodules, which are folders. */
static void part(struct listing *listing, struct ohb_files *ret)
{
	size_t i;

	/* Git names a path once a stage, and mostly in this order. */
	listing->count = ohb_paths_sort(listing->paths, listing->count);
	listing->there = ohb_alloc(listing->count * sizeof(*listing->there));
	ohb_bulk_run(listing->count, look_at_range, listing);
	ret->paths = ohb_arena_alloc(
			listing->arena, listing->count * sizeof(*ret->paths));
	for (i = 0; i < listing->count; i++)
		ret->ngone += !listing->there[i];
	ret->gone = ohb_arena_alloc(
			listing->arena, ret->ngone * sizeof(*ret->gone));
	ret->ngone = 0;
	for (i = 0; i < listing->count; i++)
		if (listing->there[i])
			ret->paths[ret->count++] = listing->paths[i];
		else
			ret->gone[ret->ngone++] = listing->paths[i];
	free(listing->there);
}

/* An untracked repository has a '/' behind its name. */
static void add_records(struct listing *listing, const struct ohb_str *text)
{
	const char *path = ohb_arena_strndup(
			listing->arena, ohb_str_cstr(text), text->len);
	const char *end = path + text->len;
	size_t len;

	for (; path < end; path += len + 1) {
		len = strlen(path);
		if (len && path[len - 1] != '/')
			add_path(listing, path);
	}
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

static int call_git(struct ohb_git_call *call, int dirfd,
		struct ohb_git_result *ret, struct ohb_error *err)
{
	static const char *const args[] = { "ls-files", "-z", "--cached",
		"--others", "--exclude-standard", NULL };
	int status;

	call->dirfd = dirfd;
	call->args = args;
	call->max_output = OHB_MAX_FILE_LIST;
	if (ohb_git_run(call, ret, err) < 0)
		return err->code == OHB_E_MISSING ? git_is_missing(dirfd, err) :
						    -1;
	status = ret->status == 0 ? 1 : git_refusal(ret, err);
	if (status <= 0)
		ohb_git_result_release(ret);
	return status;
}

/* 1 git has said it, 0 it knows nothing of this folder, -1 it failed. */
static int list_by_git(struct listing *listing, struct ohb_files *ret,
		struct ohb_error *err)
{
	struct ohb_git_call call = { .dirfd = listing->dirfd };
	struct ohb_git_result result;
	int status = call_git(&call, listing->dirfd, &result, err);

	if (status <= 0)
		return status;
	ret->digest = ohb_digest_of(ohb_str_cstr(&result.out), result.out.len);
	add_records(listing, &result.out);
	ohb_git_result_release(&result);
	part(listing, ret);
	return ret->count > 0;
}

static int add_walked(void *userdata, const char *path, enum ohb_fs_kind kind,
		struct ohb_error *err)
{
	struct listing *listing = userdata;

	(void)err;
	if (kind == OHB_FS_FILE || kind == OHB_FS_LINK)
		add_path(listing, ohb_arena_strdup(listing->arena, path));
	return 0;
}

static int list_by_walk(struct listing *listing, struct ohb_files *ret,
		struct ohb_error *err)
{
	size_t i;

	listing->count = 0;
	if (ohb_fs_walk(listing->dirfd, skipped, add_walked, listing, err) < 0)
		return -1;
	listing->count = ohb_paths_sort(listing->paths, listing->count);
	*ret = (struct ohb_files){ .count = listing->count };
	ret->paths = ohb_arena_alloc(
			listing->arena, ret->count * sizeof(*ret->paths));
	for (i = 0; i < ret->count; i++)
		ret->paths[i] = listing->paths[i];
	return 0;
}

int ohb_files_list(int dirfd, struct ohb_arena *arena, struct ohb_files *ret,
		struct ohb_error *err)
{
	struct listing listing = { .arena = arena, .dirfd = dirfd };
	int git;

	*ret = (struct ohb_files){ .count = 0 };
	git = list_by_git(&listing, ret, err);
	if (git == 0)
		git = list_by_walk(&listing, ret, err);
	else if (git > 0)
		ret->git = true;
	free(listing.paths);
	return git < 0 ? -1 : 0;
}

static void add_to_digest(void *userdata, const char *data, size_t len)
{
	ohb_framed_raw(userdata, data, len);
}

int ohb_files_digest(int dirfd, struct ohb_digest *ret, struct ohb_error *err)
{
	struct ohb_framed framed;
	struct ohb_git_call call = { .on_output = add_to_digest,
		.userdata = &framed };
	struct ohb_git_result result;
	int status;

	ohb_framed_init(&framed);
	status = call_git(&call, dirfd, &result, err);
	*ret = ohb_framed_end(&framed);
	if (status > 0)
		ohb_git_result_release(&result);
	return status;
}

void ohb_files_leave_out(struct ohb_files *files, const char *path)
{
	size_t i, kept = 0;

	if (!path)
		return;
	for (i = 0; i < files->count; i++)
		if (strcmp(files->paths[i], path) != 0)
			files->paths[kept++] = files->paths[i];
	files->count = kept;
}

int ohb_files_unchecked(int dirfd, struct ohb_arena *arena,
		struct ohb_files *ret, struct ohb_error *err)
{
	static const char *const args[] = { "ls-files", "-z", "-t", NULL };
	const struct ohb_git_call call = {
		.dirfd = dirfd,
		.args = args,
		.max_output = OHB_MAX_FILE_LIST,
	};
	struct listing listing = { .arena = arena, .dirfd = dirfd };
	struct ohb_git_result result;
	const char *entry = NULL;

	*ret = (struct ohb_files){ .count = 0 };
	if (ohb_git_run(&call, &result, err) < 0)
		return err->code == OHB_E_MISSING ? 0 : -1;
	/* "S path"; where there is no repository it says nothing. */
	while ((entry = ohb_git_next(&result.out, entry)))
		if (ohb_starts(entry, "S "))
			add_path(&listing, ohb_arena_strdup(arena, entry + 2));
	ohb_git_result_release(&result);
	listing.count = ohb_paths_sort(listing.paths, listing.count);
	ret->paths = ohb_arena_alloc(
			arena, listing.count * sizeof(*ret->paths) + 1);
	if (listing.paths)
		memcpy(ret->paths, listing.paths,
				listing.count * sizeof(*ret->paths));
	ret->count = listing.count;
	free(listing.paths);
	return 0;
}
