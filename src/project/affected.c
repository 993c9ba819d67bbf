#include "project/affected.h"

#include <stdlib.h>
#include <string.h>

#include "io/git.h"
#include "project/repository.h"
#include "project/rules.h"

/* --- what changed --- */

/* Appends the name of the commit: 1, or 0 when there is none. */
static int find_commit(const struct ohb_repository *repository,
		const char *name, struct ohb_str *out, struct ohb_error *err)
{
	const char *const args[] = { "rev-parse", "--quiet", "--verify",
		ohb_arena_printf(repository->arena, "%s^{commit}", name),
		NULL };
	int status = 0;

	if (ohb_repository_try(repository, args, out, &status, err) < 0)
		return -1;
	while (out->len && out->data[out->len - 1] == '\n')
		ohb_str_cut(out, out->len - 1);
	return status == 0 && out->len > 0;
}

static int is_shallow(
		const struct ohb_repository *repository, struct ohb_error *err)
{
	static const char *const args[] = { "rev-parse",
		"--is-shallow-repository", NULL };
	ohb_autostr said = OHB_STR_INIT;

	if (ohb_repository_ask(repository, args, &said, err) < 0)
		return -1;
	return ohb_starts(said.data, "true");
}

/* Appends the commit to compare with. */
static int find_base(const struct ohb_repository *repository, const char *base,
		struct ohb_str *out, struct ohb_error *err)
{
	static const char *const usual[] = { "@{upstream}",
		"refs/remotes/origin/HEAD", "refs/heads/main",
		"refs/heads/master" };
	int found = 0;
	size_t i;

	if (*base == '-')
		return ohb_fail(err, OHB_E_USAGE,
				"option '--affected': '%s' is no name of a "
				"commit",
				base);
	if (*base) {
		found = find_commit(repository, base, out, err);
		if (found)
			return found < 0 ? -1 : 0;
		return ohb_fail(err, OHB_E_USAGE,
				"option '--affected': git knows no commit "
				"'%s'; 'git branch -a' names branches, 'git "
				"fetch' gets those of others",
				base);
	}
	for (i = 0; !found && i < OHB_ARRAY_LEN(usual); i++)
		found = find_commit(repository, usual[i], out, err);
	if (found)
		return found < 0 ? -1 : 0;
	return ohb_fail(err, OHB_E_USAGE,
			"option '--affected': the branch has no upstream, and "
			"there is no origin/HEAD, main or master; name what to "
			"compare with: --affected=BASE");
}

static int find_merge_base(const struct ohb_repository *repository,
		const char *base, const char *commit, struct ohb_str *out,
		struct ohb_error *err)
{
	const char *const args[] = { "merge-base", "HEAD", commit, NULL };
	int status = 0, shallow;

	if (ohb_repository_try(repository, args, out, &status, err) < 0)
		return -1;
	if (status == 0 && out->len) {
		ohb_str_cut(out, strcspn(out->data, "\n"));
		return 0;
	}
	shallow = is_shallow(repository, err);
	if (shallow < 0)
		return -1;
	return ohb_fail(err, OHB_E_CONFIG,
			shallow ? "this clone is too shallow to know where "
				  "HEAD and '%s' part; type: git fetch "
				  "--unshallow (or --deepen=N), or name a "
				  "commit that is there: --affected=BASE" :
				  "HEAD and '%s' have no commit in common; "
				  "name another: --affected=BASE",
			*base ? base : commit);
}

static void take_paths(struct ohb_arena *arena, const struct ohb_str *text,
		struct ohb_files *ret)
{
	const char *path = NULL;
	size_t count = 0;

	while ((path = ohb_git_next(text, path)))
		count++;
	ret->git = true;
	ret->count = 0;
	ret->paths = ohb_arena_alloc(arena, count * sizeof(*ret->paths));
	while ((path = ohb_git_next(text, path)))
		ret->paths[ret->count++] = ohb_arena_strdup(arena, path);
	ret->count = ohb_paths_sort(ret->paths, ret->count);
}

static int list_changes(const struct ohb_repository *repository,
		const char *commit, bool staged, struct ohb_str *out,
		struct ohb_error *err)
{
	static const char *const untracked[] = { "ls-files", "-z", "--others",
		"--exclude-standard", NULL };
	const char *const changed[] = { "diff", "-z", "--name-only",
		"--no-renames", "--no-ext-diff", "--relative",
		"--ignore-submodules=all", commit, staged ? "--cached" : "--",
		NULL };

	if (ohb_repository_ask(repository, changed, out, err) < 0)
		return -1;
	return staged ? 0 : ohb_repository_ask(repository, untracked, out, err);
}

int ohb_affected_list(const struct ohb_tree *tree, const char *base,
		struct ohb_arena *arena, struct ohb_files *ret,
		struct ohb_error *err)
{
	struct ohb_repository repository;
	ohb_autostr head = OHB_STR_INIT, commit = OHB_STR_INIT;
	ohb_autostr fork = OHB_STR_INIT, paths = OHB_STR_INIT;
	int found;

	if (ohb_repository_open(&repository, tree->dirfd, arena, err) < 0)
		return -1;
	found = find_commit(&repository, "HEAD", &head, err);
	if (found == 0)
		return ohb_fail(err, OHB_E_CONFIG,
				"option '--affected': there is no commit yet; "
				"leave it out");
	if (found < 0 || find_base(&repository, base, &commit, err) < 0 ||
			find_merge_base(&repository, base, commit.data, &fork,
					err) < 0 ||
			list_changes(&repository, fork.data,
					tree->staged != NULL, &paths, err) < 0)
		return -1;
	take_paths(arena, &paths, ret);
	return 0;
}

/* --- what that touches --- */

static bool has(const struct ohb_files *changed, const char *path)
{
	size_t i = ohb_paths_from(changed->paths, changed->count, path);

	return i < changed->count && ohb_streq(changed->paths[i], path);
}

static bool has_any(const struct ohb_files *changed, const char *const *paths,
		size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (has(changed, paths[i]))
			return true;
	return false;
}

static bool has_configuration(
		const struct ohb_files *changed, const struct ohb_diags *diags)
{
	size_t i;

	for (i = 0; i < diags->nfiles; i++) {
		const char *name = diags->files[i].name;

		while (ohb_starts(name, "./"))
			name += 2;
		if (has(changed, name))
			return true;
	}
	return false;
}

/* Whether a change lies where the patterns look: by what they begin with. */
static bool may_match(const struct ohb_list *patterns, const char *path)
{
	size_t i;

	for (i = 0; i < patterns->count; i++) {
		const char *pattern = patterns->items[i];

		if (strncmp(path, pattern, strcspn(pattern, "*?[{\\")) == 0)
			return true;
	}
	return false;
}

/* Changes that are no files any more. */
static struct ohb_files find_lost(const struct ohb_files *files,
		const struct ohb_files *changed, struct ohb_arena *arena)
{
	struct ohb_files lost = { .count = 0 };
	size_t i;

	lost.paths = ohb_arena_alloc(
			arena, changed->count * sizeof(*lost.paths));
	for (i = 0; i < changed->count; i++)
		if (!has(files, changed->paths[i]))
			lost.paths[lost.count++] = changed->paths[i];
	return lost;
}

static bool loses(const struct ohb_module_config *module,
		const struct ohb_files *lost)
{
	size_t i;

	for (i = 0; i < lost->count; i++)
		if (may_match(&module->inputs, lost->paths[i]))
			return true;
	return false;
}

static bool is_touched(const struct ohb_target *target,
		const struct ohb_files *changed, const struct ohb_files *lost)
{
	const char *prompt = target->module->prompt_file;

	return has_any(changed, target->sources, target->nsources) ||
			has_any(changed, target->inputs, target->ninputs) ||
			has_any(changed, target->absent, target->nabsent) ||
			has_any(changed, target->outputs, target->noutputs) ||
			(prompt && has(changed, prompt)) ||
			loses(target->module, lost);
}

void ohb_affected_narrow(const struct ohb_graph *graph,
		const struct ohb_diags *diags, const struct ohb_files *files,
		const struct ohb_files *changed, bool *selected)
{
	struct ohb_arena arena = OHB_ARENA_INIT;
	ohb_autofree bool *touched = ohb_alloc(graph->count + 1);
	struct ohb_files lost;
	size_t i, j;

	if (has_configuration(changed, diags))
		return;
	lost = find_lost(files, changed, &arena);
	for (i = 0; i < graph->count; i++) {
		size_t at = graph->order[i];
		const struct ohb_target *target = &graph->targets[at];

		touched[at] = is_touched(target, changed, &lost);
		for (j = 0; j < target->nneeds; j++)
			touched[at] = touched[at] || touched[target->needs[j]];
		selected[at] = selected[at] && touched[at];
	}
	ohb_arena_release(&arena);
}
