#include "validate/steps.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"

#define MAX_SHOWN 10

/* Paths that are in the sandbox but were not put there. */
struct strangers {
	const char **paths;
	size_t count, cap;
};

static void modified(struct ohb_trial *trial, const char *step,
		const char *path, const char *how)
{
	struct ohb_finding *finding = ohb_trial_add(trial, step,
			"tree modified: '%s' was %s by the step", path, how);

	finding->file = path;
	finding->name = "tree modified";
}

/* Walks both sorted lists side by side. */
static void compare(struct ohb_trial *trial, const char *step,
		const struct ohb_fileset *now, struct strangers *strangers)
{
	const struct ohb_fileset *was = &trial->tree;
	size_t i = 0, k = 0, shown = 0;

	while (i < was->count || k < now->count) {
		int order = i == was->count ?
				1 :
				k == now->count ?
				-1 :
				strcmp(was->files[i].path, now->files[k].path);

		if (order > 0) {
			const char **path = ohb_grow(&strangers->paths,
					&strangers->cap, strangers->count,
					sizeof(*path));

			*path = now->files[k++].path;
			strangers->count++;
			continue;
		}
		if (ohb_starts(was->files[i].path, OHB_OURS))
			; /* a runner may tidy the folder of its report */
		else if (order < 0 && shown++ < MAX_SHOWN)
			modified(trial, step, was->files[i].path, "removed");
		else if (order == 0 &&
				!ohb_digest_eq(&was->files[i].digest,
						&now->files[k].digest) &&
				shown++ < MAX_SHOWN)
			modified(trial, step, was->files[i].path, "changed");
		i++;
		k += order == 0;
	}
}

/* New files are fine where git ignores them: build output, caches. */
static int judge_strangers(struct ohb_trial *trial, const char *step,
		struct strangers *strangers, struct ohb_error *err)
{
	const struct ohb_judge_spec *spec = trial->spec;
	ohb_autofree int *ignored = NULL;
	size_t i, n = 0, shown = 0;
	int bad;

	for (i = 0; i < strangers->count; i++)
		if (!ohb_starts(strangers->paths[i], OHB_OURS))
			strangers->paths[n++] = strangers->paths[i];
	if (n == 0 || !spec->ignored)
		return 0;
	ignored = ohb_alloc(n * sizeof(*ignored));
	if (trial->mutex)
		(void)pthread_mutex_lock(trial->mutex);
	bad = spec->ignored(spec->userdata, strangers->paths, n, ignored, err);
	if (trial->mutex)
		(void)pthread_mutex_unlock(trial->mutex);
	if (bad < 0)
		return -1;
	for (i = 0; i < n && shown < MAX_SHOWN; i++) {
		struct ohb_finding *finding;

		if (ignored[i])
			continue;
		shown++;
		trial->unkeyed = true;
		finding = ohb_trial_add(trial, step,
				"tree modified: the step wrote '%s'; a test "
				"leaves the project as it was (build output "
				"belongs into .gitignore)",
				strangers->paths[i]);
		finding->file = ohb_arena_strdup(
				trial->arena, strangers->paths[i]);
		finding->name = "tree modified";
	}
	return 0;
}

/* So much lies there that it cannot be looked at: no test may do that. */
static void overgrown(struct ohb_trial *trial, const char *step)
{
	ohb_trial_add(trial, step,
			"tree modified: the step left more in the project than "
			"can be compared (%llu MiB in all)",
			OHB_MAX_WORKSPACE >> 20)
			->name = "tree modified";
}

static int look(struct ohb_trial *trial, struct ohb_error *err)
{
	ohb_str_clear(&trial->seen);
	return ohb_sandbox_get(trial->sandbox, ".", OHB_MAX_WORKSPACE,
			&trial->seen, err);
}

/* What all paths of it begin with. */
static const char *front_of(const struct ohb_trial *trial)
{
	return ohb_arena_printf(trial->arena, "%s/",
			strrchr(ohb_sandbox_dir(trial->sandbox), '/') + 1);
}

struct search {
	const char *path;
	struct ohb_str *out;
	bool found;
};

static int search_entry(void *userdata, const struct ohb_tar_entry *entry,
		struct ohb_error *err)
{
	struct search *search = userdata;

	(void)err;
	if (entry->kind != OHB_TAR_FILE || !entry->data ||
			strcmp(entry->path, search->path) != 0)
		return 0;
	ohb_str_clear(search->out);
	ohb_str_add(search->out, entry->data, entry->len);
	search->found = true;
	return 0;
}

bool ohb_tree_fetch(
		struct ohb_trial *trial, const char *path, struct ohb_str *out)
{
	struct ohb_error ignored = OHB_ERROR_INIT;
	struct search search = {
		.path = ohb_arena_printf(
				trial->arena, "%s%s", front_of(trial), path),
		.out = out,
	};

	if (!trial->compares)
		return false;
	if (look(trial, &ignored) == 0 &&
			ohb_tar_each(trial->seen.data, trial->seen.len,
					OHB_MAX_REPORT, search_entry, &search,
					&ignored) == 0)
		return search.found;
	ohb_str_clear(&trial->seen);
	return false;
}

int ohb_tree_judge(struct ohb_trial *trial, const char *step,
		struct ohb_error *err)
{
	struct ohb_arena arena = OHB_ARENA_INIT; /* the tree is large */
	struct ohb_fileset now = OHB_FILESET_INIT;
	struct strangers strangers = { .paths = NULL };
	int result = -1;

	if (trial->seen.len == 0 && look(trial, err) < 0) {
		if (err->code != OHB_E_LIMIT)
			return ohb_fail_context(err,
					"compare the tree after '%s'", step);
		overgrown(trial, step);
		return 0;
	}
	if (ohb_fileset_load_tar(&now, trial->seen.data, trial->seen.len,
			    front_of(trial), OHB_MAX_INPUT_FILE, &arena,
			    err) == 0) {
		compare(trial, step, &now, &strangers);
		result = judge_strangers(trial, step, &strangers, err);
	}
	ohb_str_release(&trial->seen);
	free(strangers.paths);
	ohb_fileset_release(&now);
	ohb_arena_release(&arena);
	return result;
}
