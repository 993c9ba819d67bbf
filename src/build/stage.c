#include "build/stage.h"

#include <string.h>

#include "base/limits.h"
#include "io/fs.h"

static bool is_output(const struct ohb_target *target, const char *path)
{
	size_t i;

	for (i = 0; i < target->noutputs; i++)
		if (strcmp(target->outputs[i], path) == 0)
			return true;
	return false;
}

/* Adds those of paths that are neither outputs nor there already. */
static size_t want(const struct ohb_target *target, const char *const *paths,
		size_t n, const char **wanted)
{
	size_t i, count = 0;

	for (i = 0; i < n; i++)
		if (!is_output(target, paths[i]))
			wanted[count++] = paths[i];
	return count;
}

/* Whether a link beneath the project leads out of it, by its text. */
static bool leads_out(const struct ohb_file *link)
{
	const char *at = link->target, *path = link->path;
	long depth = 0;

	if (*at == '/')
		return true;
	for (; (path = strchr(path, '/')); path++)
		depth++;
	while (*at) {
		size_t len = strcspn(at, "/");

		if (len == 2 && at[0] == '.' && at[1] == '.')
			depth--;
		else if (len && !(len == 1 && at[0] == '.'))
			depth++;
		if (depth < 0)
			return true;
		at += len + (at[len] == '/');
	}
	return false;
}

/* In a sandbox such a link leads nowhere, and an engine refuses to unpack
 * it. */
static void leave_out_links(struct ohb_fileset *set)
{
	size_t i, n = 0;

	for (i = 0; i < set->count; i++)
		if (set->files[i].kind != OHB_TAR_LINK ||
				!leads_out(&set->files[i]))
			set->files[n++] = set->files[i];
	set->count = n;
}

/* Sources and inputs are in the key, so they must be in the stage even when
 * the workspace's patterns leave them out. */
static int load_inputs(struct ohb_stage *stage, int dirfd,
		const struct ohb_target *target, struct ohb_error *err)
{
	const char *const *const lists[] = { target->workspace, target->sources,
		target->inputs };
	const size_t counts[] = { target->nworkspace, target->nsources,
		target->ninputs };
	size_t i, k, n;

	for (i = 0; i < OHB_ARRAY_LEN(lists); i++) {
		ohb_autofree const char **wanted =
				ohb_alloc((counts[i] + 1) * sizeof(*wanted));

		n = want(target, lists[i], counts[i], wanted);
		for (k = 0; i > 0 && k < n;)
			if (ohb_fileset_find(&stage->inputs, wanted[k]))
				wanted[k] = wanted[--n];
			else
				k++;
		if (ohb_fileset_load(&stage->inputs, dirfd, wanted, n,
				    &stage->arena, err) < 0)
			return -1;
		if (i == 0)
			leave_out_links(&stage->inputs);
	}
	return 0;
}

int ohb_stage_outputs(int dirfd, const struct ohb_target *target,
		struct ohb_arena *arena, struct ohb_fileset *ret,
		struct ohb_error *err)
{
	size_t i;

	for (i = 0; i < target->noutputs; i++) {
		struct ohb_fs_info info;

		if (ohb_fs_stat(dirfd, target->outputs[i], &info, err) < 0)
			return -1;
		if (info.kind != OHB_FS_ABSENT && info.kind != OHB_FS_FILE)
			return ohb_fail(err, OHB_E_EXISTS,
					"'%s' is in the way: it is not a file; "
					"move it",
					target->outputs[i]);
		if (info.kind != OHB_FS_ABSENT &&
				ohb_fileset_load(ret, dirfd,
						&target->outputs[i], 1, arena,
						err) < 0)
			return -1;
	}
	return 0;
}

int ohb_stage_load(struct ohb_stage *stage, int dirfd,
		const struct ohb_target *target, struct ohb_error *err)
{
	*stage = (struct ohb_stage){ .inputs = OHB_FILESET_INIT };
	if (load_inputs(stage, dirfd, target, err) < 0 ||
			ohb_stage_outputs(dirfd, target, &stage->arena,
					&stage->previous, err) < 0)
		return ohb_fail_context(err, "stage '%s'", target->name);
	return 0;
}

void ohb_stage_release(struct ohb_stage *stage)
{
	ohb_fileset_release(&stage->inputs);
	ohb_fileset_release(&stage->previous);
	ohb_arena_release(&stage->arena);
}

/* 1 the same (also: absent then and now), 0 not. */
static int unchanged(const struct ohb_fileset *set, int dirfd, const char *path,
		struct ohb_error *err)
{
	const struct ohb_file *file = ohb_fileset_find(set, path);
	struct ohb_digest now;

	if (ohb_fs_digest(dirfd, path, &now, err) < 0)
		return err->code == OHB_E_MISSING ? !file : -1;
	return file && ohb_digest_eq(&file->digest, &now);
}

static int all_unchanged(const struct ohb_fileset *set, int dirfd,
		const char *const *paths, size_t n, const char **ret_path,
		struct ohb_error *err)
{
	size_t i;

	for (i = 0; i < n; i++) {
		int same = unchanged(set, dirfd, paths[i], err);

		if (same == 1)
			continue;
		*ret_path = paths[i];
		return same;
	}
	return 1;
}

int ohb_stage_inputs_unchanged(const struct ohb_stage *stage, int dirfd,
		const struct ohb_target *target, const char **ret_path,
		struct ohb_error *err)
{
	int same = all_unchanged(&stage->inputs, dirfd, target->sources,
			target->nsources, ret_path, err);

	return same == 1 ? all_unchanged(&stage->inputs, dirfd, target->inputs,
					   target->ninputs, ret_path, err) :
			   same;
}

int ohb_stage_outputs_unchanged(const struct ohb_stage *stage, int dirfd,
		const struct ohb_target *target, const char **ret_path,
		struct ohb_error *err)
{
	return all_unchanged(&stage->previous, dirfd, target->outputs,
			target->noutputs, ret_path, err);
}

/* Folders of the outputs, from the top down. */
static int add_parents(struct ohb_tar_writer *writer, const char *path,
		struct ohb_error *err)
{
	const char *slash = path;

	while ((slash = strchr(slash, '/'))) {
		ohb_autofree char *dir =
				ohb_strndup(path, (size_t)(slash - path));
		const struct ohb_tar_entry entry = {
			.path = dir,
			.kind = OHB_TAR_DIR,
			.mode = 0755,
		};

		if (ohb_tar_add(writer, &entry, err) < 0)
			return -1;
		slash++;
	}
	return 0;
}

static int put_parents(const struct ohb_target *target,
		struct ohb_sandbox *sandbox, unsigned uid, unsigned gid,
		struct ohb_error *err)
{
	struct ohb_tar_writer *writer = ohb_tar_writer_new(uid, gid);
	ohb_autostr tar = OHB_STR_INIT;
	size_t i;

	for (i = 0; i < target->noutputs; i++) {
		if (add_parents(writer, target->outputs[i], err) < 0) {
			ohb_tar_writer_free(writer);
			return -1;
		}
	}
	if (ohb_tar_end(writer, &tar, err) < 0)
		return -1;
	return ohb_sandbox_put(sandbox, tar.data, tar.len, err);
}

int ohb_stage_put(const struct ohb_stage *stage,
		const struct ohb_target *target, struct ohb_sandbox *sandbox,
		struct ohb_error *err)
{
	struct ohb_fileset all = OHB_FILESET_INIT;
	ohb_autostr tar = OHB_STR_INIT;
	unsigned uid, gid;
	size_t i;
	int result;

	ohb_sandbox_owner(sandbox, &uid, &gid);
	for (i = 0; i < stage->inputs.count; i++)
		ohb_fileset_put(&all, &stage->inputs.files[i]);
	for (i = 0; i < stage->previous.count; i++)
		ohb_fileset_put(&all, &stage->previous.files[i]);
	result = ohb_fileset_tar(&all, uid, gid, &tar, err);
	ohb_fileset_release(&all);
	if (result < 0 || ohb_sandbox_put(sandbox, tar.data, tar.len, err) < 0)
		return ohb_fail_context(
				err, "give '%s' to the agent", target->name);
	return put_parents(target, sandbox, uid, gid, err);
}

/* One declared output, where the whole tree is too large to look at. */
static int collect_one(struct ohb_stage *stage, struct ohb_sandbox *sandbox,
		const char *path, struct ohb_fileset *ret,
		struct ohb_error *err)
{
	ohb_autostr tar = OHB_STR_INIT;
	struct ohb_fileset one = OHB_FILESET_INIT;
	int result;

	if (ohb_sandbox_get(sandbox, path, 2 * OHB_MAX_OUTPUT_FILE, &tar, err) <
			0) {
		struct ohb_file large = { .path = path,
			.kind = OHB_TAR_FILE,
			.len = (size_t)2 * OHB_MAX_OUTPUT_FILE };

		if (err->code == OHB_E_MISSING)
			return 0;
		if (err->code != OHB_E_LIMIT)
			return -1;
		ohb_fileset_put(ret, &large);
		return 0;
	}
	result = ohb_fileset_load_tar(&one, tar.data, tar.len, "",
			OHB_MAX_OUTPUT_FILE, &stage->arena, err);
	if (result == 0 && one.count == 1) {
		struct ohb_file file = one.files[0];

		file.path = path;
		ohb_fileset_put(ret, &file);
	}
	ohb_fileset_release(&one);
	return result;
}

/* What was collected is as large as the workspace: only what is kept gets
 * bytes of its own. */
static void keep(struct ohb_stage *stage, const struct ohb_file *file,
		struct ohb_fileset *set)
{
	struct ohb_file copy = *file;

	copy.path = ohb_arena_strdup(&stage->arena, file->path);
	if (file->data)
		copy.data = ohb_arena_strndup(
				&stage->arena, file->data, file->len);
	if (file->target)
		copy.target = ohb_arena_strdup(&stage->arena, file->target);
	ohb_fileset_put(set, &copy);
}

/* The names of strays are all that is wanted of them. */
static void keep_name(struct ohb_stage *stage, const char *path,
		enum ohb_tar_kind kind, struct ohb_fileset *set)
{
	const struct ohb_file file = { .path = path, .kind = kind };

	keep(stage, &file, set);
}

/* Declared outputs of what the agent left; the rest is compared only. */
static void sort_out(struct ohb_stage *stage, const struct ohb_target *target,
		const struct ohb_fileset *all, struct ohb_fileset *outputs,
		struct ohb_fileset *strays)
{
	size_t i, k;

	for (i = 0; i < all->count; i++) {
		const struct ohb_file *file = &all->files[i], *was;

		/* The agent-server makes a repository of its workspace. */
		if (ohb_starts(file->path, ".git/"))
			continue;
		if (is_output(target, file->path)) {
			keep(stage, file, outputs);
			continue;
		}
		was = ohb_fileset_find(&stage->inputs, file->path);
		if (!was || !ohb_digest_eq(&was->digest, &file->digest))
			keep_name(stage, file->path, file->kind, strays);
		for (k = 0; k < target->noutputs; k++) {
			const char *path = target->outputs[k];

			if (ohb_starts(file->path, path) &&
					file->path[strlen(path)] == '/')
				keep_name(stage, path, OHB_TAR_DIR, outputs);
		}
	}
}

int ohb_stage_collect(struct ohb_stage *stage, const struct ohb_target *target,
		struct ohb_sandbox *sandbox, struct ohb_fileset *ret_outputs,
		struct ohb_fileset *ret_strays, struct ohb_error *err)
{
	struct ohb_arena arena = OHB_ARENA_INIT;
	struct ohb_fileset all = OHB_FILESET_INIT;
	ohb_autostr tar = OHB_STR_INIT;
	size_t i;
	int result;

	if (ohb_sandbox_get(sandbox, ".", OHB_MAX_WORKSPACE, &tar, err) < 0) {
		if (err->code != OHB_E_LIMIT)
			return ohb_fail_context(
					err, "collect '%s'", target->name);
		for (i = 0; i < target->noutputs; i++)
			if (collect_one(stage, sandbox, target->outputs[i],
					    ret_outputs, err) < 0)
				return ohb_fail_context(err, "collect '%s'",
						target->outputs[i]);
		return 0;
	}
	result = ohb_fileset_load_tar(&all, tar.data, tar.len, "project/",
			OHB_MAX_INPUT_FILE, &arena, err);
	if (result == 0)
		sort_out(stage, target, &all, ret_outputs, ret_strays);
	ohb_fileset_release(&all);
	ohb_arena_release(&arena);
	return result;
}
