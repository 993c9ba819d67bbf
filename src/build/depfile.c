#include "build/depfile.h"

#include <stdlib.h>
#include <string.h>

#include "build/tool.h"

/* What stands at a path, looked at once. */
struct seen {
	enum ohb_fs_kind kind; /* of another target's output always a file */
	struct ohb_digest digest; /* zero when there is nothing */
	enum { REST_UNKNOWN, RESTED, MOVED } rest; /* since we began */
};

struct paths {
	const char **items;
	size_t count, cap;
};

/* A target with a command. */
struct asked {
	size_t index;
	const struct ohb_target *target;
	struct ohb_depfile_answer answer;
	bool known; /* the answer is there */
};

struct asking {
	const struct ohb_depfiles *spec;
	const struct ohb_graph *graph;
	struct ohb_arena *arena; /* the project's */
	struct ohb_stats *stats;
	struct ohb_map seen; /* path -> struct seen */
	struct ohb_map kept; /* target -> struct ohb_depfile_answer */
	struct asked *asked;
	size_t nasked;
	struct ohb_further *further; /* by index in the graph */
};

static void add_path(struct paths *paths, const char *path)
{
	*(const char **)ohb_grow((void *)&paths->items, &paths->cap,
			paths->count, sizeof(*paths->items)) = path;
	paths->count++;
}

/* What cannot be looked at, as behind a link that leads out of the project,
 * is none of its files. */
static enum ohb_fs_kind kind_of(struct asking *asking, const char *path)
{
	struct ohb_error ignored = OHB_ERROR_INIT;
	enum ohb_fs_kind kind;

	if (ohb_map_get(&asking->graph->by_name, path))
		return OHB_FS_FILE;
	if (ohb_tree_kind(asking->spec->tree, path, &kind, &ignored) < 0)
		return OHB_FS_OTHER;
	return kind;
}

static int look_at_disk(struct asking *asking, const char *path,
		struct ohb_digest *ret, struct ohb_error *err)
{
	enum ohb_fs_kind kind;

	return ohb_stats_look(asking->stats, asking->spec->tree->dirfd, path,
			&kind, ret, err);
}

static int look_at(struct asking *asking, const char *path,
		struct ohb_digest *ret, struct ohb_error *err)
{
	const struct ohb_tree *tree = asking->spec->tree;
	int on_disk = ohb_tree_on_disk(tree, path, err);
	enum ohb_fs_kind kind;

	if (on_disk < 0)
		return -1;
	return on_disk ? look_at_disk(asking, path, ret, err) :
			 ohb_staged_look(tree->staged, path, &kind, ret, err);
}

static int look(struct asking *asking, const char *path, struct seen **ret,
		struct ohb_error *err)
{
	struct seen *seen = ohb_map_get(&asking->seen, path);

	*ret = seen;
	if (seen)
		return 0;
	seen = ohb_arena_alloc(asking->arena, sizeof(*seen));
	seen->kind = kind_of(asking, path);
	if (seen->kind != OHB_FS_DIR && seen->kind != OHB_FS_OTHER &&
			look_at(asking, path, &seen->digest, err) < 0)
		return -1;
	*ret = ohb_map_add(&asking->seen, ohb_arena_strdup(asking->arena, path),
			seen);
	return 0;
}

static int add_seen(struct asking *asking, struct ohb_framed *framed,
		const char *const *paths, size_t n, struct ohb_error *err)
{
	struct seen *seen;
	size_t i;

	for (i = 0; i < n; i++) {
		if (look(asking, paths[i], &seen, err) < 0)
			return -1;
		ohb_framed_add(framed, "path", paths[i], strlen(paths[i]));
		ohb_framed_add(framed, "digest", seen->digest.bytes,
				OHB_DIGEST_SIZE);
	}
	return 0;
}

/* All files of the project inside of a folder. */
static void add_folder(
		struct asking *asking, const char *folder, struct paths *out)
{
	const struct ohb_files *files = asking->spec->files;
	ohb_autostr prefix = OHB_STR_INIT;
	size_t i;

	ohb_str_addf(&prefix, "%s/", folder);
	i = ohb_paths_from(files->paths, files->count, prefix.data);
	for (; i < files->count && ohb_starts(files->paths[i], prefix.data);
			i++)
		add_path(out, files->paths[i]);
}

static void freeze(struct asking *asking, struct paths *paths,
		const char *const **ret, size_t *ret_n)
{
	const char **items = ohb_arena_alloc(
			asking->arena, paths->count * sizeof(*items));

	if (paths->count)
		memcpy(items, paths->items, paths->count * sizeof(*items));
	free(paths->items);
	*ret = items;
	*ret_n = paths->count;
}

/* The paths of an answer as files that are there and such that are not. */
static int expand(struct asking *asking,
		const struct ohb_depfile_answer *answer,
		struct ohb_further *ret, struct ohb_error *err)
{
	struct paths files = { .items = NULL }, absent = { .items = NULL };
	struct seen *seen;
	int result = 0;
	size_t i;

	for (i = 0; result == 0 && i < answer->npaths; i++) {
		const char *path = answer->paths[i];

		result = look(asking, path, &seen, err);
		if (result < 0 || seen->kind == OHB_FS_OTHER)
			continue;
		if (seen->kind == OHB_FS_DIR)
			add_folder(asking, path, &files);
		else
			add_path(seen->kind == OHB_FS_ABSENT ? &absent : &files,
					path);
	}
	freeze(asking, &files, &ret->files, &ret->nfiles);
	freeze(asking, &absent, &ret->absent, &ret->nabsent);
	return result;
}

/* Of all that an answer rests on. */
static int digest_of(struct asking *asking, const struct asked *asked,
		const char *command, const struct ohb_further *further,
		struct ohb_digest *ret, struct ohb_error *err)
{
	const struct ohb_target *target = asked->target;
	struct ohb_framed framed;

	ohb_framed_init(&framed);
	ohb_framed_add(&framed, "command", command, strlen(command));
	if (add_seen(asking, &framed, target->sources, target->nsources, err) <
					0 ||
			add_seen(asking, &framed, target->inputs,
					target->ninputs, err) < 0 ||
			add_seen(asking, &framed, further->files,
					further->nfiles, err) < 0 ||
			add_seen(asking, &framed, further->absent,
					further->nabsent, err) < 0)
		return -1;
	*ret = ohb_framed_end(&framed);
	return 0;
}

/* Takes the answer that is kept when it still holds. */
static int try_kept(struct asking *asking, struct asked *asked,
		const char *command, struct ohb_error *err)
{
	const struct ohb_depfile_answer *kept =
			ohb_map_get(&asking->kept, asked->target->name);
	struct ohb_further *further = &asking->further[asked->index];
	struct ohb_digest digest;

	if (!kept)
		return 0;
	if (expand(asking, kept, further, err) < 0 ||
			digest_of(asking, asked, command, further, &digest,
					err) < 0)
		return -1;
	asked->known = ohb_digest_eq(&digest, &kept->digest);
	if (!asked->known)
		*further = (struct ohb_further){ .files = NULL };
	return 0;
}

static void tell(struct asking *asking, const struct ohb_tool_run *run)
{
	(void)ohb_diags_add(asking->spec->diags,
			run->target->module->depfile_pos, run->hint,
			"the 'depfile' command for '%s' %s", run->target->name,
			run->failure);
}

/* Of a list a name that is not there is no file: rules name also what is
 * yet to be made. */
static int check_lines(struct asking *asking, struct ohb_tool_run *run,
		struct ohb_error *err)
{
	struct seen *seen;
	size_t i;

	for (i = 0; i < run->npaths && run->form == OHB_DEPFILE_LINES; i++) {
		if (look(asking, run->paths[i], &seen, err) < 0)
			return -1;
		if (seen->kind != OHB_FS_ABSENT)
			continue;
		run->failure = ohb_arena_printf(&run->arena,
				"printed '%s', which is not there",
				run->paths[i]);
		run->hint = ohb_arena_printf(&run->arena,
				"it is to print the files that it read, one a "
				"line, and nothing else: %s",
				run->command);
		break;
	}
	return 0;
}

static bool has_rested(struct asking *asking, const char *path)
{
	struct seen *seen = ohb_map_get(&asking->seen, path);

	if (seen->rest == REST_UNKNOWN)
		seen->rest = ohb_stats_rested(asking->stats,
					     asking->spec->tree->dirfd, path) ?
				RESTED :
				MOVED;
	return seen->rest == RESTED;
}

static bool have_rested(
		struct asking *asking, const char *const *paths, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (!has_rested(asking, paths[i]))
			return false;
	return true;
}

/* What changed while the command read it may be something else than what it
 * has read: such an answer serves now, and is not kept. */
static bool may_be_kept(struct asking *asking, const struct asked *asked)
{
	const struct ohb_target *target = asked->target;
	const struct ohb_further *further = &asking->further[asked->index];

	return have_rested(asking, target->sources, target->nsources) &&
			have_rested(asking, target->inputs, target->ninputs) &&
			have_rested(asking, further->files, further->nfiles) &&
			have_rested(asking, further->absent, further->nabsent);
}

static int differs_on_disk(struct asking *asking, const char *const *paths,
		size_t n, const char **ret, struct ohb_error *err)
{
	struct seen *seen;
	size_t i;

	for (i = 0; i < n; i++) {
		struct ohb_digest digest = { .bytes = { 0 } };

		if (look(asking, paths[i], &seen, err) < 0 ||
				look_at_disk(asking, paths[i], &digest, err) <
						0)
			return -1;
		*ret = paths[i];
		if (!ohb_digest_eq(&digest, &seen->digest))
			return 1;
	}
	return 0;
}

/*
 * A command reads what is on disk.  That is as good as what is staged when
 * all that its answer rests on is the same there.
 */
static int check_staged(struct asking *asking, const struct asked *asked,
		struct ohb_tool_run *run, struct ohb_error *err)
{
	const struct ohb_target *target = asked->target;
	const struct ohb_further *further = &asking->further[asked->index];
	const char *path;
	int differs = differs_on_disk(
			asking, target->sources, target->nsources, &path, err);

	if (!differs)
		differs = differs_on_disk(asking, target->inputs,
				target->ninputs, &path, err);
	if (!differs)
		differs = differs_on_disk(asking, further->files,
				further->nfiles, &path, err);
	if (!differs)
		differs = differs_on_disk(asking, further->absent,
				further->nabsent, &path, err);
	if (differs <= 0)
		return differs;
	run->failure = ohb_arena_printf(&run->arena,
			"cannot see what is staged: '%s' is another file on "
			"disk",
			path);
	run->hint = ohb_arena_printf(&run->arena,
			"stage it ('git add %s'), or put the rest away ('git "
			"stash --keep-index')",
			path);
	return 0;
}

static int take_answer(struct asking *asking, struct asked *asked,
		struct ohb_tool_run *run, struct ohb_error *err)
{
	struct ohb_depfile_answer *answer = &asked->answer;
	struct ohb_further *further = &asking->further[asked->index];
	const char **paths = ohb_arena_alloc(
			asking->arena, run->npaths * sizeof(*paths));
	size_t i;

	for (i = 0; i < run->npaths; i++)
		paths[i] = ohb_arena_strdup(asking->arena, run->paths[i]);
	answer->target = asked->target->name;
	answer->paths = paths;
	answer->npaths = run->npaths;
	if (expand(asking, answer, further, err) < 0 ||
			digest_of(asking, asked, run->command, further,
					&answer->digest, err) < 0)
		return -1;
	if (asking->spec->tree->staged &&
			check_staged(asking, asked, run, err) < 0)
		return -1;
	asked->known = run->failure == NULL;
	return 0;
}

/* Keeps what was learnt, also when other commands have failed. */
static int keep(struct asking *asking, struct asked *const *open, size_t n,
		struct ohb_error *err)
{
	ohb_autofree struct ohb_depfile_answer *answers =
			ohb_alloc((n + 1) * sizeof(*answers));
	size_t i, count = 0;

	if (!ohb_store_writes(asking->spec->store))
		return 0;
	for (i = 0; i < n; i++)
		if (open[i]->known && may_be_kept(asking, open[i]))
			answers[count++] = open[i]->answer;
	return ohb_depfile_save(asking->spec->store, answers, count, err);
}

/* A module's first failure is told. */
static int take_runs(struct asking *asking, struct ohb_tool_run *runs,
		struct asked *const *open, size_t n, struct ohb_error *err)
{
	ohb_autofree bool *told = ohb_alloc(asking->spec->config->nmodules + 1);
	size_t i;

	for (i = 0; i < n; i++) {
		struct ohb_tool_run *run = &runs[i];
		bool *is_told = &told[run->target->module -
				asking->spec->config->modules];

		if (run->ran && !run->failure &&
				check_lines(asking, run, err) < 0)
			return -1;
		if (run->ran && !run->failure &&
				take_answer(asking, open[i], run, err) < 0)
			return -1;
		if (run->failure && !*is_told) {
			tell(asking, run);
			*is_told = true;
		}
	}
	return 0;
}

static int run_open(struct asking *asking, struct ohb_tool_run *runs,
		struct asked *const *open, size_t n, struct ohb_error *err)
{
	const struct ohb_depfiles *spec = asking->spec;
	const struct ohb_tools tools = {
		.root = spec->root,
		.config = spec->config,
		.cancel = spec->cancel,
		.runs = runs,
		.nruns = n,
	};

	if (ohb_tools_run(&tools, err) < 0 ||
			take_runs(asking, runs, open, n, err) < 0 ||
			keep(asking, open, n, err) < 0)
		return -1;
	if (spec->diags->nitems)
		return ohb_fail(err, OHB_E_CONFIG, "a depfile command failed");
	return 0;
}

/* Runs the commands whose answers are not known. */
static int ask_tools(struct asking *asking, struct ohb_error *err)
{
	ohb_autofree struct ohb_tool_run *runs =
			ohb_alloc((asking->nasked + 1) * sizeof(*runs));
	ohb_autofree struct asked **open = ohb_alloc(
			(asking->nasked + 1) * sizeof(struct asked *));
	size_t i, n = 0;
	int result = 0;

	for (i = 0; result == 0 && i < asking->nasked; i++) {
		struct asked *asked = &asking->asked[i];
		struct ohb_tool_run *run = &runs[n];

		run->target = asked->target;
		run->command = ohb_tool_command(asked->target, &run->arena);
		result = try_kept(asking, asked, run->command, err);
		if (!asked->known)
			open[n++] = asked;
		else
			ohb_arena_release(&run->arena);
	}
	if (result == 0 && n)
		result = run_open(asking, runs, open, n, err);
	for (i = 0; i <= n; i++)
		ohb_arena_release(&runs[i].arena);
	return result;
}

static void want(struct ohb_staged *staged, const char *const *paths, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		ohb_staged_want(staged, paths[i]);
}

/* All at once: each reading is a process. */
static void want_all(struct asking *asking)
{
	struct ohb_staged *staged = asking->spec->tree->staged;
	size_t i;

	for (i = 0; staged && i < asking->nasked; i++) {
		const struct ohb_target *target = asking->asked[i].target;
		const struct ohb_depfile_answer *kept =
				ohb_map_get(&asking->kept, target->name);

		want(staged, target->sources, target->nsources);
		want(staged, target->inputs, target->ninputs);
		if (kept)
			want(staged, kept->paths, kept->npaths);
	}
}

static void find_asked(struct asking *asking)
{
	const struct ohb_graph *graph = asking->graph;
	size_t i;

	asking->asked = ohb_alloc((graph->count + 1) * sizeof(*asking->asked));
	for (i = 0; i < graph->count; i++)
		if (graph->targets[i].module->depfile)
			asking->asked[asking->nasked++] = (struct asked){
				.index = i,
				.target = &graph->targets[i],
			};
}

static int ask(struct asking *asking, struct ohb_error *err)
{
	const struct ohb_depfiles *spec = asking->spec;

	asking->stats = ohb_stats_open(spec->store);
	if (ohb_depfile_load(spec->store, asking->arena, &asking->kept, err) <
			0)
		return -1;
	want_all(asking);
	return ask_tools(asking, err);
}

int ohb_depfiles_read(const struct ohb_depfiles *depfiles,
		struct ohb_graph *graph, struct ohb_error *err)
{
	struct asking asking = {
		.spec = depfiles,
		.graph = graph,
		.arena = depfiles->arena,
	};
	int result = 0;

	find_asked(&asking);
	if (asking.nasked) {
		asking.further = ohb_alloc(
				graph->count * sizeof(*asking.further));
		result = ask(&asking, err);
		if (result == 0)
			result = ohb_graph_extend(graph, depfiles->config,
					asking.further, depfiles->arena,
					depfiles->diags, err);
	}
	ohb_map_release(&asking.seen);
	ohb_map_release(&asking.kept);
	free(asking.asked);
	free(asking.further);
	return result;
}
