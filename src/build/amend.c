/* A decision that stands but for a few files: what they are a part of is
 * judged anew, by the rules and facts that judge everything. */
#include "build/picture.h"

#include <string.h>

#include "build/facts.h"

/* All that a whole look has, made for a few targets. */
struct amending {
	struct ohb_glance_kept *kept;
	struct ohb_arena arena;
	struct ohb_tree tree;
	struct ohb_diags diags;
	struct ohb_config config;
	struct ohb_files files;
	struct ohb_graph graph;
	struct ohb_facts facts;
	struct ohb_plan plan;
	struct ohb_store *store;
};

/*
 * Finds the targets of the files that changed.  False when one is more than
 * the source or output of one target that has nothing to do with others.
 */
static bool find_targets(struct amending *all)
{
	struct ohb_glance_kept *kept = all->kept;
	const char **first = ohb_arena_alloc(
			&all->arena, kept->nchanged * sizeof(*first));
	struct ohb_index_target target;
	struct ohb_index_file file;
	size_t i;

	for (i = 0; i < kept->nchanged; i++) {
		ohb_index_file(&kept->index, kept->changed[i], &file);
		if (file.owner == OHB_OWNER_NONE ||
				file.owner > kept->picture.ntargets)
			return false;
		ohb_index_target(&kept->index, file.owner - 1, &target);
		if (!target.alone)
			return false;
		kept->amended[i].at = file.owner - 1;
		first[i] = target.source;
	}
	all->files.first = first;
	all->files.nfirst = ohb_paths_sort(first, kept->nchanged);
	return true;
}

/* As git would list them: nothing of that has changed. */
static void list_files(struct amending *all)
{
	const struct ohb_index *index = &all->kept->index;
	size_t count = ohb_index_count(index), i;
	const char **paths =
			ohb_arena_alloc(&all->arena, count * sizeof(*paths));
	struct ohb_index_file file;

	all->files.git = true;
	all->files.paths = paths;
	for (i = 0; i < count; i++) {
		ohb_index_file(index, i, &file);
		if (file.listed)
			paths[all->files.count++] = file.path;
	}
}

/* A pattern leaves out the outputs of its own module, and waits for those of
 * others; here it does not know of them, nor of what tools say. */
static bool may_read_more(
		const struct amending *all, const struct ohb_target *target)
{
	const struct ohb_index *index = &all->kept->index;
	struct ohb_index_file file;
	size_t i, at;

	for (i = 0; i < target->ninputs; i++) {
		if (!ohb_index_find(index, target->inputs[i], &at))
			return true;
		ohb_index_file(index, at, &file);
		if (file.output)
			return true;
	}
	return target->nneeds > 0 || target->module->depfile;
}

static bool make_plan(struct amending *all, struct ohb_error *err)
{
	const struct ohb_store_options reader = { .mode = OHB_STORE_READ };
	const struct ohb_index_base *base = &all->kept->picture.base;
	struct ohb_plan_options options = { .always = false };
	struct ohb_index_base now;
	bool *selected;

	if (ohb_store_open(all->tree.dirfd, &reader, &all->store, err) < 0 ||
			ohb_facts_gather(&all->tree, &all->graph, &all->config,
					all->store, &all->arena, &all->facts,
					err) < 0)
		return false;
	selected = ohb_arena_alloc(&all->arena, all->graph.count);
	memset(selected, true, all->graph.count);
	options.selected = selected;
	ohb_plan_make(&all->graph, &all->facts, &options, &all->arena,
			&all->plan);
	return ohb_store_base(all->store, &now) == 0 &&
			ohb_index_base_eq(&now, base);
}

static const struct ohb_step *step_of(
		const struct amending *all, const char *name)
{
	const struct ohb_target *target =
			ohb_map_get(&all->graph.by_name, name);
	size_t i;

	for (i = 0; target && i < all->plan.nsteps; i++)
		if (&all->graph.targets[all->plan.steps[i].target] == target)
			return may_read_more(all, target) ? NULL :
							    &all->plan.steps[i];
	return NULL;
}

static bool take_verdicts(struct amending *all)
{
	struct ohb_glance_kept *kept = all->kept;
	struct ohb_index_target *target;
	const struct ohb_step *step;
	size_t i;

	for (i = 0; i < kept->nchanged; i++) {
		target = &kept->amended[i].target;
		ohb_index_target(&kept->index, kept->amended[i].at, target);
		step = step_of(all, target->name);
		if (!step)
			return false;
		target->verdict = (unsigned char)step->verdict;
		target->way = (unsigned char)step->way;
		target->will_build = step->will_build;
		target->because = ohb_arena_strdup(&kept->arena, step->because);
	}
	kept->namended = kept->nchanged;
	return true;
}

bool ohb_picture_amend(int dirfd, struct ohb_glance_kept *kept)
{
	struct amending all = { .kept = kept, .tree = { .dirfd = dirfd } };
	struct ohb_error err = OHB_ERROR_INIT;
	bool done;

	ohb_diags_init(&all.diags, &all.arena);
	done = find_targets(&all) &&
			ohb_config_load(&all.tree, kept->picture.file,
					&all.arena, &all.diags, &all.config,
					&err) == 0;
	if (done) {
		list_files(&all);
		ohb_files_leave_out(&all.files, all.config.lock);
		done = ohb_graph_make(&all.tree, &all.config, &all.files,
				       &all.arena, &all.diags, &all.graph,
				       &err) == 0 &&
				make_plan(&all, &err) && take_verdicts(&all);
	}
	ohb_store_close(all.store);
	ohb_graph_release(&all.graph);
	ohb_diags_release(&all.diags);
	ohb_arena_release(&all.arena);
	return done;
}
