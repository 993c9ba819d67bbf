#include "build/locked.h"

#include <stdlib.h>
#include <string.h>

#include "build/lock.h"
#include "validate/judge.h"

int ohb_locked_open(struct ohb_locked *locked, const struct ohb_tree *tree,
		const struct ohb_config *config, struct ohb_error *err)
{
	struct ohb_digest digest;
	enum ohb_fs_kind kind;
	ohb_autostr text = OHB_STR_INIT;
	int known;

	if (!config->lock)
		return 0;
	if (locked->look(locked->userdata, config->lock, &kind, &digest, err) <
			0)
		return -1;
	if (kind == OHB_FS_ABSENT)
		return 0;
	if (kind != OHB_FS_FILE)
		return ohb_fail(err, OHB_E_CONFIG,
				"%s: is not a regular file; move it away, then "
				"run 'ohbuild'",
				config->lock);
	known = ohb_lock_is_known(locked->store, config->lock, &digest, err);
	if (known)
		return known < 0 ? -1 : 0;
	locked->read = true;
	if (ohb_lock_load(tree, config->lock, locked->arena, &text,
			    &locked->lock, err) < 0)
		return -1;
	return ohb_names_open(&locked->names, tree, config, locked->store,
			locked->arena, err);
}

/* What one look at the outputs says of a record of the lock. */
struct outputs {
	struct ohb_record_output *items;
	size_t there, other; /* on disk: at all, and not as in the lock */
};

static const struct ohb_lock_item *item_of(
		const struct ohb_lock_item *items, size_t n, const char *name)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (strcmp(items[i].name, name) == 0)
			return &items[i];
	return NULL;
}

/* ret is the digest on disk, if that is the lock's content. */
static int compare_output(struct ohb_locked *locked, const char *path,
		const struct ohb_lock_item *item, struct outputs *outputs,
		struct ohb_digest *ret, struct ohb_error *err)
{
	const struct ohb_content *content = NULL;
	struct ohb_digest digest;
	enum ohb_fs_kind kind;

	if (locked->look(locked->userdata, path, &kind, &digest, err) < 0)
		return -1;
	if (kind == OHB_FS_ABSENT)
		return 0;
	outputs->there++;
	if (kind == OHB_FS_FILE || kind == OHB_FS_LINK)
		content = ohb_names_file(&locked->names, path, &digest);
	if (!item || !content || !ohb_content_eq(content, &item->content))
		outputs->other++;
	else
		*ret = digest;
	return 0;
}

static int look_at_outputs(struct ohb_locked *locked,
		const struct ohb_target *target,
		const struct ohb_lock_record *entry, struct outputs *ret,
		struct ohb_error *err)
{
	struct ohb_digest unused;
	size_t i;

	ret->items = ohb_arena_alloc(
			locked->arena, entry->noutputs * sizeof(*ret->items));
	for (i = 0; i < entry->noutputs; i++) {
		const struct ohb_lock_item *item = &entry->outputs[i];

		ret->items[i] = (struct ohb_record_output){
			.path = item->name,
			.digest = ohb_name_stand_in(&item->content),
			.mode = item->content.mode & 0777,
		};
		if (compare_output(locked, item->name, item, ret,
				    &ret->items[i].digest, err) < 0)
			return -1;
	}
	/* Of which the lock knows nothing. */
	for (i = 0; i < target->noutputs; i++)
		if (!item_of(entry->outputs, entry->noutputs,
				    target->outputs[i]) &&
				compare_output(locked, target->outputs[i], NULL,
						ret, &unused, err) < 0)
			return -1;
	return 0;
}

static const struct ohb_digest *digest_in(
		const struct ohb_part *parts, size_t n, const char *name)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (strcmp(parts[i].name, name) == 0)
			return &parts[i].digest;
	return NULL;
}

/* A record of the lock on its way to one of ours. */
struct finding {
	struct ohb_locked *locked;
	const struct ohb_target *target;
	const struct ohb_parts *now;
	const struct ohb_record *good; /* the database's, or NULL */
	const struct ohb_lock_record *entry;
	size_t foreign; /* parts of which the content is not here */
};

/* The present digest of the content, or an earlier one, or one that stands
 * for it. */
static struct ohb_digest digest_of(
		struct finding *finding, const struct ohb_lock_item *item)
{
	struct ohb_names *names = &finding->locked->names;
	const struct ohb_record *good = finding->good;
	const struct ohb_digest *here = digest_in(
			finding->now->items, finding->now->count, item->name);
	const struct ohb_digest *old = good ?
			digest_in(good->parts, good->nparts, item->name) :
			NULL;
	const struct ohb_content *content = NULL;

	if (here)
		content = ohb_names_part(
				names, finding->target, item->name, here);
	if (content && ohb_content_eq(content, &item->content))
		return *here;
	content = old ? ohb_names_known(names, old) : NULL;
	if (content && ohb_content_eq(content, &item->content))
		return *old;
	finding->foreign += item->content.mode != OHB_CONTENT_ABSENT;
	return ohb_name_stand_in(&item->content);
}

static struct ohb_parts parts_of(struct finding *finding)
{
	const struct ohb_lock_record *entry = finding->entry;
	struct ohb_part *parts = ohb_arena_alloc(
			finding->locked->arena, entry->nparts * sizeof(*parts));
	size_t i;

	for (i = 0; i < entry->nparts; i++)
		parts[i] = (struct ohb_part){
			.name = entry->parts[i].name,
			.digest = digest_of(finding, &entry->parts[i]),
		};
	return (struct ohb_parts){ .items = parts, .count = entry->nparts };
}

static const struct ohb_record *record_of(struct ohb_locked *locked,
		const struct ohb_lock_record *entry,
		const struct ohb_parts *parts, const struct outputs *outputs)
{
	struct ohb_record *record =
			ohb_arena_alloc(locked->arena, sizeof(*record));

	*record = (struct ohb_record){
		.target = entry->target,
		.status = OHB_RECORD_OK,
		.key = ohb_key_of(parts),
		.parts = parts->items,
		.nparts = parts->count,
		.outputs = outputs->items,
		.noutputs = entry->noutputs,
		.model = entry->model,
		.image = entry->image,
		.settings = entry->settings,
		.cost_usd = entry->cost_microusd < 0 ?
				-1 :
				(double)entry->cost_microusd / 1e6,
		.started_ms = entry->date_ms < 0 ? 0 : entry->date_ms,
		.finished_ms = entry->date_ms < 0 ? 0 : entry->date_ms,
		.attempts = entry->origin == OHB_BY_AGENT,
	};
	/* By which steps is not known here. */
	if (entry->judged)
		record->validation_key = ohb_digest_of("judged", 6);
	return record;
}

static bool says_the_same(struct finding *finding)
{
	struct ohb_lock_record mine;

	return finding->good &&
			ohb_lock_name(&finding->locked->names, finding->target,
					finding->good, &mine) &&
			ohb_lock_same(&mine, finding->entry);
}

/* Other settings alone are news when they are the present ones. */
static bool says_nothing_new(struct finding *finding)
{
	const struct ohb_digest settings =
			ohb_judge_settings(finding->target->module);
	const struct ohb_lock_record *entry = finding->entry;
	struct ohb_lock_record other;
	bool same;

	if (ohb_digest_eq(&entry->settings, &settings))
		return says_the_same(finding);
	other = *entry;
	memset(&other.settings, 0, sizeof(other.settings));
	finding->entry = &other;
	same = says_the_same(finding);
	finding->entry = entry;
	return same;
}

/* What stands for a content that is not here would never be it again. */
static void take(struct ohb_locked *locked, const struct ohb_record *record)
{
	struct ohb_record *slot = ohb_grow(&locked->taken, &locked->cap,
			locked->ntaken, sizeof(*slot));

	*slot = *record;
	locked->ntaken++;
}

int ohb_locked_find(struct ohb_locked *locked, const struct ohb_target *target,
		const struct ohb_parts *now, const struct ohb_record *own,
		const struct ohb_record **ret, struct ohb_error *err)
{
	struct finding finding = {
		.locked = locked,
		.target = target,
		.now = now,
		.good = ohb_lock_good(own),
		.entry = ohb_lock_find(&locked->lock, target->name),
	};
	const struct ohb_digest key = ohb_key_of(now);
	const struct ohb_record *found;
	struct outputs outputs = { .items = NULL };
	struct ohb_parts parts;
	bool clean, current;

	if (!finding.entry || says_nothing_new(&finding))
		return 0;
	if (look_at_outputs(locked, target, finding.entry, &outputs, err) < 0)
		return -1;
	clean = outputs.there > 0 && outputs.other == 0;
	if (own && !clean)
		return 0;
	parts = parts_of(&finding);
	found = record_of(locked, finding.entry, &parts, &outputs);
	current = clean && ohb_digest_eq(&found->key, &key);
	/* A failure with what is there now is news. */
	if (own && own->status == OHB_RECORD_FAILED && !current &&
			ohb_digest_eq(&own->key, &key))
		return 0;
	if (clean && outputs.there == found->noutputs && !finding.foreign)
		take(locked, found);
	*ret = found;
	return 1;
}

bool ohb_locked_says(struct ohb_locked *locked, const struct ohb_target *target,
		const struct ohb_record *record)
{
	struct finding finding = {
		.locked = locked,
		.target = target,
		.good = ohb_lock_good(record),
		.entry = ohb_lock_find(&locked->lock, target->name),
	};

	return !locked->read || (finding.entry && says_the_same(&finding));
}

int ohb_locked_take(
		struct ohb_locked *locked, size_t *ret_n, struct ohb_error *err)
{
	*ret_n = 0;
	if (locked->ntaken == 0 || !ohb_store_writes(locked->store))
		return 0;
	if (ohb_names_save(&locked->names, locked->store, err) < 0 ||
			ohb_record_save_all(locked->store, locked->taken,
					locked->ntaken, err) < 0)
		return -1;
	*ret_n = locked->ntaken;
	return 0;
}

void ohb_locked_release(struct ohb_locked *locked)
{
	ohb_names_release(&locked->names);
	free(locked->taken);
	locked->taken = NULL;
}
