#include "build/facts.h"

#include <stdlib.h>
#include <string.h>

#include "build/end.h"
#include "build/forecast.h"
#include "build/locked.h"
#include "io/fs.h"
#include "validate/judge.h"

/* One gathering. */
struct gathering {
	const struct ohb_tree *tree;
	struct ohb_arena *arena;
	struct ohb_map records; /* target -> struct ohb_record */
	struct ohb_map refused; /* the same, of what a person wrote */
	const struct ohb_graph *graph;
	struct ohb_store *store;
	struct ohb_stats *stats;
	struct ohb_locked locked;
};

/* Whatever is decided rests on what this says. */
static int look(void *userdata, const char *path, enum ohb_fs_kind *ret_kind,
		struct ohb_digest *ret, struct ohb_error *err)
{
	struct gathering *all = userdata;
	const struct ohb_tree *tree = all->tree;
	int on_disk = ohb_tree_on_disk(tree, path, err);

	if (on_disk < 0)
		return -1;
	return on_disk ?
			ohb_stats_look(all->stats, tree->dirfd, path, ret_kind,
					ret, err) :
			ohb_staged_look(tree->staged, path, ret_kind, ret, err);
}

/* What another target is yet to write counts as absent: all zero. */
static int digest_of(struct gathering *all, const char *path,
		struct ohb_digest *ret, struct ohb_error *err)
{
	enum ohb_fs_kind kind;

	if (look(all, path, &kind, ret, err) < 0)
		return -1;
	if (kind == OHB_FS_FILE || kind == OHB_FS_LINK)
		return 0;
	/* For its words of what is wrong. */
	if (kind != OHB_FS_ABSENT || !ohb_map_get(&all->graph->by_name, path))
		return ohb_fs_digest(all->tree->dirfd, path, ret, err);
	*ret = (struct ohb_digest){ .bytes = { 0 } };
	return 0;
}

static int digests_of(struct gathering *all, const char *const *paths, size_t n,
		struct ohb_digest *ret, struct ohb_error *err)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (digest_of(all, paths[i], &ret[i], err) < 0)
			return -1;
	return 0;
}

/* The key rests on their absence. */
static int look_at_absent(struct gathering *all,
		const struct ohb_target *target, struct ohb_error *err)
{
	struct ohb_digest ignored;
	enum ohb_fs_kind kind;
	size_t i;

	for (i = 0; i < target->nabsent; i++)
		if (look(all, target->absent[i], &kind, &ignored, err) < 0)
			return -1;
	return 0;
}

struct paths {
	const char **items;
	size_t count, cap;
};

static void add_paths(struct paths *paths, const char *const *items, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		*(const char **)ohb_grow((void *)&paths->items, &paths->cap,
				paths->count++, sizeof(*paths->items)) =
				items[i];
}

/* Looks at every file at once.  Inputs that targets share come once. */
static void prepare(struct gathering *all, const struct ohb_config *config)
{
	const struct ohb_graph *graph = all->graph;
	const char *const *last = NULL;
	struct paths paths = { .items = NULL };
	size_t i;

	for (i = 0; i < graph->count; i++) {
		const struct ohb_target *target = &graph->targets[i];

		add_paths(&paths, target->sources, target->nsources);
		add_paths(&paths, target->outputs, target->noutputs);
		if (target->inputs != last)
			add_paths(&paths, target->inputs, target->ninputs);
		add_paths(&paths, target->absent, target->nabsent);
		last = target->inputs;
	}
	if (all->tree->staged && config->lock)
		ohb_staged_want(all->tree->staged, config->lock);
	for (i = 0; all->tree->staged && i < paths.count; i++)
		ohb_staged_want(all->tree->staged, paths.items[i]);
	if (!all->tree->staged)
		ohb_stats_prepare(all->stats, all->tree->dirfd, paths.items,
				paths.count);
	free(paths.items);
}

static const struct ohb_record_output *recorded(
		const struct ohb_record *record, const char *path)
{
	size_t i;

	for (i = 0; record && i < record->noutputs; i++)
		if (strcmp(record->outputs[i].path, path) == 0)
			return &record->outputs[i];
	return NULL;
}

static int output_state(struct gathering *all, const struct ohb_record *record,
		const char *path, enum ohb_output_state *ret,
		struct ohb_error *err)
{
	const struct ohb_record_output *known = recorded(record, path);
	struct ohb_digest digest;
	enum ohb_fs_kind kind;

	if (look(all, path, &kind, &digest, err) < 0)
		return -1;
	if (kind == OHB_FS_ABSENT) {
		*ret = OHB_OUTPUT_ABSENT;
		return 0;
	}
	*ret = known ? OHB_OUTPUT_DIFFERENT : OHB_OUTPUT_UNKNOWN;
	if (!known || (kind != OHB_FS_FILE && kind != OHB_FS_LINK))
		return 0;
	if (ohb_digest_eq(&digest, &known->digest))
		*ret = OHB_OUTPUT_AS_RECORDED;
	return 0;
}

/*
 * A failure counts for the key it was with; for any other key the success
 * before it is what is known.
 */
static void add_record(struct ohb_fact *fact, const struct ohb_record *record,
		const struct ohb_digest *settings)
{
	const struct ohb_record *counts = record;

	fact->has_record = record != NULL;
	if (!record)
		return;
	fact->failed = record->status == OHB_RECORD_FAILED;
	if (fact->failed && record->good &&
			!ohb_digest_eq(&record->key, &fact->key)) {
		counts = record->good;
		fact->failed = false;
	}
	fact->record = counts;
	fact->evidence = counts->evidence;
	if (!fact->failed && ohb_streq(counts->class, "bug"))
		fact->suspicion = counts->evidence;
	fact->recorded = (struct ohb_parts){ counts->parts, counts->nparts };
	fact->recorded_key = counts->key;
	fact->resettled = !fact->failed &&
			!ohb_digest_is_zero(&counts->settings) &&
			!ohb_digest_eq(&counts->settings, settings);
}

/* 1 when the outputs on disk are those of the record, 0, -1. */
static int is_of(struct gathering *all, const struct ohb_target *target,
		const struct ohb_record *record, struct ohb_error *err)
{
	size_t i;

	for (i = 0; i < target->noutputs; i++) {
		const struct ohb_record_output *known =
				recorded(record, target->outputs[i]);
		struct ohb_digest digest;
		enum ohb_fs_kind kind;

		if (look(all, target->outputs[i], &kind, &digest, err) < 0)
			return -1;
		if (!known && kind == OHB_FS_ABSENT)
			continue;
		if (!known || kind != OHB_FS_FILE ||
				!ohb_digest_eq(&digest, &known->digest))
			return 0;
	}
	return 1;
}

static int add_edit(struct gathering *all, const struct ohb_target *target,
		struct ohb_fact *fact, struct ohb_error *err)
{
	const struct ohb_record *refused =
			ohb_map_get(&all->refused, target->name);
	bool merge;
	int same;

	if (!refused || !ohb_digest_eq(&refused->key, &fact->key))
		return 0;
	same = is_of(all, target, refused, err);
	if (same < 0)
		return -1;
	merge = ohb_streq(refused->class, OHB_END_MERGE_NAME);
	fact->merge_tried = merge;
	if (same) {
		fact->edit = merge ? OHB_EDIT_UNMERGED : OHB_EDIT_REFUSED;
		fact->edit_evidence = refused->evidence;
	}
	return 0;
}

bool ohb_facts_need_nothing(
		const struct ohb_target *target, const struct ohb_fact *fact)
{
	size_t i;

	if (!fact->has_record || fact->failed ||
			!ohb_digest_eq(&fact->key, &fact->recorded_key))
		return false;
	for (i = 0; i < target->noutputs; i++)
		if (fact->outputs[i] != OHB_OUTPUT_AS_RECORDED)
			return false;
	return true;
}

/* record: or NULL */
static int judge_by(struct gathering *all, const struct ohb_target *target,
		const struct ohb_record *record, struct ohb_fact *fact,
		struct ohb_error *err)
{
	enum ohb_output_state *outputs = ohb_arena_alloc(
			all->arena, target->noutputs * sizeof(*outputs));
	struct ohb_digest settings;
	size_t i;

	for (i = 0; i < target->noutputs; i++)
		if (output_state(all, record, target->outputs[i], &outputs[i],
				    err) < 0)
			return -1;
	fact->outputs = outputs;
	settings = ohb_judge_settings(target->module);
	add_record(fact, record, &settings);
	return 0;
}

static int gather_one(struct gathering *all, const struct ohb_config *config,
		const struct ohb_target *target, struct ohb_fact *fact,
		struct ohb_error *err)
{
	const struct ohb_record *record =
			ohb_map_get(&all->records, target->name);
	struct ohb_digest *sources = ohb_arena_alloc(
			all->arena, target->nsources * sizeof(*sources));
	struct ohb_digest *inputs = ohb_arena_alloc(
			all->arena, target->ninputs * sizeof(*inputs));
	int locked = 0;

	if (digests_of(all, target->sources, target->nsources, sources, err) <
					0 ||
			digests_of(all, target->inputs, target->ninputs, inputs,
					err) < 0)
		return -1;
	if (look_at_absent(all, target, err) < 0)
		return -1;
	fact->parts = ohb_key_parts(
			target, config, sources, inputs, all->arena);
	fact->key = ohb_key_of(&fact->parts);
	if (judge_by(all, target, record, fact, err) < 0)
		return -1;
	if (!ohb_facts_need_nothing(target, fact) || fact->resettled)
		locked = ohb_locked_find(&all->locked, target, &fact->parts,
				record, &record, err);
	else if (all->tree->staged)
		fact->unlocked = !ohb_locked_says(&all->locked, target, record);
	if (locked < 0 ||
			(locked &&
					judge_by(all, target, record, fact,
							err) < 0) ||
			add_edit(all, target, fact, err) < 0)
		return -1;
	return 0;
}

/* Recorded or in the lock, each once, without a target. */
static void find_orphans(struct gathering *all,
		const struct ohb_record *records, size_t n,
		struct ohb_facts *facts)
{
	const struct ohb_lock *lock = &all->locked.lock;
	const char **orphans = ohb_arena_alloc(
			all->arena, (n + lock->count) * sizeof(*orphans));
	size_t i;

	facts->orphans = orphans;
	for (i = 0; i < n; i++)
		if (!ohb_map_get(&all->graph->by_name, records[i].target))
			orphans[facts->norphans++] = records[i].target;
	for (i = 0; i < lock->count; i++) {
		const char *name = lock->records[i].target;

		if (!ohb_map_get(&all->graph->by_name, name) &&
				!ohb_map_get(&all->records, name))
			orphans[facts->norphans++] = name;
	}
}

/* A map holds what may be written; records may not: a copy goes in. */
static void add_to(struct ohb_map *map, const struct ohb_record *record,
		struct ohb_arena *arena)
{
	struct ohb_record *copy = ohb_arena_alloc(arena, sizeof(*copy));

	*copy = *record;
	ohb_map_add(map, copy->target, copy);
}

static int load_refused(struct gathering *all, struct ohb_error *err)
{
	const struct ohb_record *refused = NULL;
	size_t n = 0, i;

	if (ohb_record_load_refused(all->store, all->arena, &refused, &n, err) <
			0)
		return -1;
	for (i = 0; i < n; i++)
		add_to(&all->refused, &refused[i], all->arena);
	return 0;
}

/* The records of these targets and of no others. */
static int load_few(struct gathering *all, struct ohb_error *err)
{
	const struct ohb_graph *graph = all->graph;
	struct ohb_record record;
	int found = 0;
	size_t i;

	for (i = 0; found >= 0 && i < graph->count; i++) {
		found = ohb_record_find(all->store, graph->targets[i].name,
				all->arena, &record, err);
		if (found > 0)
			add_to(&all->records, &record, all->arena);
	}
	return found < 0 ? -1 : 0;
}

/* The header's signature; an object for one call would say no more. */
/* NOLINTNEXTLINE(readability-function-size) */
int ohb_facts_gather(const struct ohb_tree *tree, const struct ohb_graph *graph,
		const struct ohb_config *config, struct ohb_store *store,
		struct ohb_arena *arena, struct ohb_facts *ret,
		struct ohb_error *err)
{
	struct gathering all = {
		.tree = tree,
		.arena = arena,
		.graph = graph,
		.store = store,
		.locked = { .store = store, .arena = arena, .look = look },
	};
	struct ohb_fact *items =
			ohb_arena_alloc(arena, graph->count * sizeof(*items));
	struct ohb_facts facts = { .items = items };
	const struct ohb_record *records = NULL;
	size_t n = 0, i;
	int result = graph->partial ?
			load_few(&all, err) :
			ohb_record_load(store, arena, &records, &n, err);

	all.locked.userdata = &all;
	all.stats = ohb_stats_open(store);
	prepare(&all, config);
	if (result == 0)
		result = load_refused(&all, err);
	if (result == 0)
		result = ohb_locked_open(&all.locked, tree, config, err);

	for (i = 0; result == 0 && i < n; i++)
		add_to(&all.records, &records[i], arena);
	for (i = 0; result == 0 && i < graph->count; i++)
		result = gather_one(&all, config, &graph->targets[i], &items[i],
				err);
	if (result == 0)
		result = ohb_locked_take(&all.locked, &facts.taken, err);
	if (result == 0 && !graph->partial)
		result = ohb_forecast_all(graph, config, store, items, err);
	if (result == 0 && !graph->partial)
		find_orphans(&all, records, n, &facts);
	if (result == 0)
		*ret = facts;
	ohb_locked_release(&all.locked);
	ohb_map_release(&all.records);
	ohb_map_release(&all.refused);
	return result;
}

static struct ohb_digest *staged(const struct ohb_stage *stage,
		const char *const *paths, size_t n, struct ohb_arena *arena)
{
	struct ohb_digest *digests =
			ohb_arena_alloc(arena, n * sizeof(*digests));
	size_t i;

	for (i = 0; i < n; i++) {
		const struct ohb_file *file =
				ohb_fileset_find(&stage->inputs, paths[i]);

		if (file)
			digests[i] = file->digest;
	}
	return digests;
}

struct ohb_parts ohb_facts_of_stage(const struct ohb_stage *stage,
		const struct ohb_target *target,
		const struct ohb_config *config, struct ohb_arena *arena)
{
	return ohb_key_parts(target, config,
			staged(stage, target->sources, target->nsources, arena),
			staged(stage, target->inputs, target->ninputs, arena),
			arena);
}
