#include "build/picture.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "io/bulk.h"
#include "project/staged.h"

/* --- keeping --- */

/* Whether the look saw the bytes that were read. */
static bool agrees(const struct ohb_decision *decision,
		const struct ohb_tree_note *note)
{
	struct ohb_stats *stats = ohb_stats_of(decision->store);
	struct ohb_digest digest;
	struct ohb_error ignored;
	enum ohb_fs_kind kind;

	if (!note->read)
		return ohb_stats_note(stats, note->path, OHB_SEEN_KIND,
				       note->kind) == 0;
	return ohb_stats_look(stats, decision->tree->dirfd, note->path, &kind,
			       &digest, &ignored) == 0 &&
			kind == OHB_FS_FILE &&
			ohb_digest_eq(&digest, &note->digest);
}

/* What git names and is not there, or is a folder. */
static bool is_gone(const struct ohb_decision *decision, const char *path)
{
	struct ohb_digest digest;
	struct ohb_error ignored;
	enum ohb_fs_kind kind;

	return ohb_stats_look(ohb_stats_of(decision->store),
			       decision->tree->dirfd, path, &kind, &digest,
			       &ignored) == 0 &&
			(kind == OHB_FS_ABSENT || kind == OHB_FS_DIR);
}

/* Adds what configuration, list and rules saw to what the facts looked at.
 * False when they did not see the same. */
static bool add_sights(const struct ohb_decision *decision)
{
	const struct ohb_tree_notes *notes = decision->tree->notes;
	const struct ohb_files *files = decision->files;
	struct ohb_stats *stats = ohb_stats_of(decision->store);
	size_t i;

	for (i = 0; i < notes->count; i++)
		if (!agrees(decision, &notes->items[i]))
			return false;
	for (i = 0; i < files->ngone; i++)
		if (!is_gone(decision, files->gone[i]))
			return false;
	for (i = 0; i < files->count; i++)
		if (ohb_stats_note(stats, files->paths[i], OHB_SEEN_THERE,
				    OHB_FS_FILE) < 0)
			return false;
	return true;
}

static void own_all(struct ohb_stats *stats, const char *const *paths, size_t n,
		uint32_t owner, bool output)
{
	size_t i;

	for (i = 0; i < n; i++)
		ohb_stats_own(stats, paths[i], owner, output);
}

/* Whom each file belongs to; what is read for other reasons has no owner. */
static void add_owners(const struct ohb_decision *decision)
{
	const struct ohb_tree_notes *notes = decision->tree->notes;
	const struct ohb_graph *graph = decision->graph;
	struct ohb_stats *stats = ohb_stats_of(decision->store);
	const char *const *last = NULL;
	size_t i;

	for (i = 0; i < graph->count; i++) {
		const struct ohb_target *target = &graph->targets[i];

		own_all(stats, target->sources, target->nsources, OHB_OWNER(i),
				false);
		own_all(stats, target->outputs, target->noutputs, OHB_OWNER(i),
				true);
		if (target->inputs != last)
			own_all(stats, target->inputs, target->ninputs,
					OHB_OWNER_MANY, false);
		last = target->inputs;
	}
	for (i = 0; i < notes->count; i++)
		ohb_stats_own(stats, notes->items[i].path, OHB_OWNER_MANY,
				false);
	if (decision->lock)
		ohb_stats_own(stats, decision->lock, OHB_OWNER_MANY, false);
}

/* In the order of the graph: the steps' order rests on more. */
static struct ohb_index_target *targets_of(const struct ohb_decision *decision)
{
	const struct ohb_graph *graph = decision->graph;
	const struct ohb_plan *plan = decision->plan;
	struct ohb_index_target *targets =
			ohb_alloc(graph->count * sizeof(*targets));
	ohb_autofree bool *needed = ohb_alloc(graph->count * sizeof(*needed));
	size_t i, j;

	for (i = 0; i < graph->count; i++)
		for (j = 0; j < graph->targets[i].nneeds; j++)
			needed[graph->targets[i].needs[j]] = true;
	for (i = 0; i < plan->nsteps; i++) {
		const struct ohb_step *step = &plan->steps[i];
		const struct ohb_target *target = &graph->targets[step->target];

		targets[step->target] = (struct ohb_index_target){
			.name = target->name,
			.because = step->because,
			.source = target->sources[0],
			.alone = !needed[step->target] && target->nneeds == 0,
			.verdict = (unsigned char)step->verdict,
			.way = (unsigned char)step->way,
			.will_build = step->will_build,
		};
	}
	return targets;
}

int ohb_picture_keep(const struct ohb_decision *decision, struct ohb_error *err)
{
	struct ohb_stats *stats = ohb_stats_of(decision->store);
	ohb_autofree struct ohb_index_target *targets = NULL;
	struct ohb_picture picture = {
		.file = decision->file,
		.listing = decision->files->digest,
		.ntargets = decision->graph->count,
	};

	/* Where git knows nothing the list costs as much as the rest. */
	if (!decision->files->git ||
			decision->plan->nsteps != decision->graph->count ||
			!decision->base || !add_sights(decision))
		return ohb_stats_save(stats, NULL, err);
	picture.base = *decision->base;
	add_owners(decision);
	targets = targets_of(decision);
	picture.targets = targets;
	return ohb_stats_save(stats, &picture, err);
}

int ohb_picture_keep_stats(struct ohb_store *store, struct ohb_error *err)
{
	return ohb_stats_save(ohb_stats_of(store), NULL, err);
}

/* --- glancing --- */

struct glancing {
	int dirfd;
	const struct ohb_index *index;
	atomic_bool falls;
	atomic_size_t reread, nchanged;
	size_t *changed; /* OHB_AMEND_MOST of them */
	struct ohb_digest listing;
	bool listed;
};

/* The project's files as git lists them now, beside everything else. */
static void *list_files(void *userdata)
{
	struct glancing *all = userdata;
	struct ohb_error ignored;

	all->listed = ohb_files_digest(all->dirfd, &all->listing, &ignored) > 0;
	return NULL;
}

static bool has_content(const struct ohb_index_file *file)
{
	return file->seen == OHB_SEEN_CONTENT &&
			(file->info.kind == OHB_FS_FILE ||
					file->info.kind == OHB_FS_LINK);
}

static bool add_changed(struct glancing *all, size_t i)
{
	size_t at = atomic_fetch_add(&all->nchanged, 1);

	if (at >= OHB_AMEND_MOST)
		return false;
	all->changed[at] = i;
	return true;
}

/* Whether the file is still what it was, or can be amended. */
static bool stands(struct glancing *all, struct ohb_folders *folders, size_t i)
{
	struct ohb_index_file file;
	struct ohb_digest digest;
	struct ohb_fs_info info;

	ohb_index_file(all->index, i, &file);
	if (ohb_folders_stat(folders, file.path, &info) < 0)
		return false;
	if (file.seen == OHB_SEEN_THERE)
		return info.kind != OHB_FS_ABSENT && info.kind != OHB_FS_DIR;
	if (info.kind != file.info.kind)
		return false;
	if (!has_content(&file) ||
			(file.rested && ohb_fs_same(&info, &file.info)))
		return true;
	atomic_fetch_add(&all->reread, 1);
	if (ohb_fs_digest(all->dirfd, file.path, &digest, &folders->err) < 0)
		return false;
	return ohb_digest_eq(&digest, &file.digest) || add_changed(all, i);
}

static void look_at_range(void *userdata, size_t from, size_t to)
{
	struct glancing *all = userdata;
	struct ohb_folders folders;
	size_t i;

	ohb_folders_init(&folders, all->dirfd);
	for (i = from; i < to && !atomic_load(&all->falls); i++)
		if (!stands(all, &folders, i))
			atomic_store(&all->falls, true);
	ohb_folders_release(&folders);
}

/* Looks at every file the decision rests on, by several threads. */
static bool files_stand(struct glancing *all, struct ohb_glance_kept *glance)
{
	all->index = &glance->index;
	all->changed = glance->changed;
	ohb_bulk_run(ohb_index_count(all->index), look_at_range, all);
	glance->reread = all->reread;
	glance->nchanged = all->nchanged;
	return !all->falls;
}

static bool is_about(const struct ohb_glance_kept *glance, const char *file,
		const struct ohb_index_base *base)
{
	return ohb_streq(glance->picture.file, file) &&
			ohb_index_base_eq(&glance->picture.base, base);
}

bool ohb_picture_glance(
		int dirfd, const char *file, struct ohb_glance_kept *ret)
{
	struct glancing all = { .dirfd = dirfd };
	struct ohb_index_base base;
	pthread_t git;
	bool beside, same;

	*ret = (struct ohb_glance_kept){ .reread = 0 };
	if (!ohb_index_there(dirfd))
		return false;
	/* It takes the longest: first of all. */
	beside = pthread_create(&git, NULL, list_files, &all) == 0;
	same = ohb_index_open(dirfd, &ret->index, &base) == 0 &&
			ohb_index_picture(&ret->index, &ret->picture) &&
			is_about(ret, file, &base) && files_stand(&all, ret);
	if (beside)
		(void)pthread_join(git, NULL);
	else if (same)
		(void)list_files(&all);
	return same && all.listed &&
			ohb_digest_eq(&all.listing, &ret->picture.listing);
}

static enum ohb_sight sight_of(void *userdata, const char *path)
{
	const struct ohb_index *index = userdata;
	struct ohb_index_file file;
	size_t at;

	if (!ohb_index_find(index, path, &at))
		return OHB_SIGHT_NONE;
	ohb_index_file(index, at, &file);
	return file.seen == OHB_SEEN_THERE ? OHB_SIGHT_LISTED : OHB_SIGHT_USED;
}

bool ohb_picture_is_staged(int dirfd, const struct ohb_glance_kept *kept)
{
	struct ohb_index index = kept->index;

	return kept->nchanged == 0 &&
			ohb_staged_agrees(dirfd, sight_of, &index);
}

/* --- telling --- */

void ohb_picture_target(const struct ohb_glance_kept *kept, size_t i,
		struct ohb_index_target *ret)
{
	size_t k;

	ohb_index_target(&kept->index, i, ret);
	for (k = 0; k < kept->namended; k++)
		if (kept->amended[k].at == i)
			*ret = kept->amended[k].target;
}

/* A verdict this ohbuild does not know cannot be there: its version is. */
static enum ohb_verdict_kind verdict_of(const struct ohb_index_target *target)
{
	return target->verdict <= OHB_BLOCKED ?
			(enum ohb_verdict_kind)target->verdict :
			OHB_BLOCKED;
}

static const char *way_of(const struct ohb_index_target *target)
{
	return target->way <= OHB_WAY_REVALIDATE ?
			ohb_way_name((enum ohb_way)target->way) :
			NULL;
}

struct ohb_summary ohb_picture_summary(const struct ohb_glance_kept *glance)
{
	size_t counts[OHB_BLOCKED + 1] = { 0 }, to_build = 0, i;
	struct ohb_index_target target;

	for (i = 0; i < glance->picture.ntargets; i++) {
		ohb_picture_target(glance, i, &target);
		counts[verdict_of(&target)]++;
		to_build += target.will_build &&
				verdict_of(&target) != OHB_EDITED;
	}
	return (struct ohb_summary){
		.targets = glance->picture.ntargets,
		.fresh = counts[OHB_FRESH],
		.to_build = to_build,
		.edited = counts[OHB_EDITED],
		.failed_before = counts[OHB_FAILED_BEFORE],
		.blocked = counts[OHB_BLOCKED],
	};
}

void ohb_picture_tell(const struct ohb_glance_kept *glance, ohb_state_fn *fn,
		void *userdata)
{
	struct ohb_index_target target;
	size_t i;

	for (i = 0; i < glance->picture.ntargets; i++) {
		ohb_picture_target(glance, i, &target);
		if (verdict_of(&target) == OHB_FRESH)
			continue;
		fn(userdata,
				&(struct ohb_state){
						.name = target.name,
						.verdict = ohb_verdict_name(verdict_of(
								&target)),
						.because = target.because,
						.will_build = target.will_build,
						.way = way_of(&target),
				});
	}
}

void ohb_glance_release(struct ohb_glance_kept *glance)
{
	ohb_index_release(&glance->index);
	ohb_arena_release(&glance->arena);
}
