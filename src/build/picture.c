#include "build/picture.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "io/bulk.h"

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

/* In the order of the graph: the steps' order rests on more. */
static struct ohb_index_target *targets_of(const struct ohb_decision *decision)
{
	const struct ohb_graph *graph = decision->graph;
	const struct ohb_plan *plan = decision->plan;
	struct ohb_index_target *targets =
			ohb_alloc(graph->count * sizeof(*targets));
	size_t i;

	for (i = 0; i < plan->nsteps; i++) {
		const struct ohb_step *step = &plan->steps[i];

		targets[step->target] = (struct ohb_index_target){
			.name = graph->targets[step->target].name,
			.because = step->because,
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
	atomic_bool changed;
	atomic_size_t reread;
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

/* Whether the file is still what it was. */
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
	return ohb_fs_digest(all->dirfd, file.path, &digest, &folders->err) ==
			0 &&
			ohb_digest_eq(&digest, &file.digest);
}

static void look_at_range(void *userdata, size_t from, size_t to)
{
	struct glancing *all = userdata;
	struct ohb_folders folders;
	size_t i;

	ohb_folders_init(&folders, all->dirfd);
	for (i = from; i < to && !atomic_load(&all->changed); i++)
		if (!stands(all, &folders, i))
			atomic_store(&all->changed, true);
	ohb_folders_release(&folders);
}

static bool nothing_changed(int dirfd, const struct ohb_glance_kept *glance,
		size_t *ret_reread)
{
	struct glancing all = { .dirfd = dirfd, .index = &glance->index };
	pthread_t git;
	bool beside = pthread_create(&git, NULL, list_files, &all) == 0;

	ohb_bulk_run(ohb_index_count(all.index), look_at_range, &all);
	if (beside)
		(void)pthread_join(git, NULL);
	else
		(void)list_files(&all);
	*ret_reread = all.reread;
	return all.listed && !all.changed &&
			ohb_digest_eq(&all.listing, &glance->picture.listing);
}

bool ohb_picture_glance(
		int dirfd, const char *file, struct ohb_glance_kept *ret)
{
	struct ohb_glance_kept glance = { .reread = 0 };
	struct ohb_index_base base;
	bool known = ohb_index_open(dirfd, &glance.index, &base) == 0 &&
			ohb_index_picture(&glance.index, &glance.picture) &&
			ohb_streq(glance.picture.file, file) &&
			ohb_index_base_eq(&glance.picture.base, &base) &&
			nothing_changed(dirfd, &glance, &glance.reread);

	*ret = glance;
	return known;
}

/* --- telling --- */

/* A verdict this ohbuild does not know cannot be there: its version is. */
static enum ohb_verdict_kind verdict_of(const struct ohb_index_target *target)
{
	return target->verdict <= OHB_BLOCKED ?
			(enum ohb_verdict_kind)target->verdict :
			OHB_BLOCKED;
}

static const char *way_of(const struct ohb_index_target *target)
{
	return target->way <= OHB_WAY_MERGE ?
			ohb_way_name((enum ohb_way)target->way) :
			NULL;
}

struct ohb_summary ohb_picture_summary(const struct ohb_glance_kept *glance)
{
	size_t counts[OHB_BLOCKED + 1] = { 0 }, to_build = 0, i;
	struct ohb_index_target target;

	for (i = 0; i < glance->picture.ntargets; i++) {
		ohb_index_target(&glance->index, i, &target);
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
		ohb_index_target(&glance->index, i, &target);
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
}
