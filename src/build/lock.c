#include "build/lock.h"

#include <stdlib.h>
#include <string.h>

#include "base/failpoint.h"
#include "base/limits.h"
#include "io/fs.h"
#include "validate/judge.h"

int ohb_lock_load(const struct ohb_tree *tree, const char *path,
		struct ohb_arena *arena, struct ohb_str *out,
		struct ohb_lock *ret, struct ohb_error *err)
{
	if (ohb_tree_bytes(tree, path, OHB_MAX_INPUT_FILE, out, err) < 0)
		return -1;
	return ohb_lock_parse(path, ohb_str_cstr(out), out->len, OHB_KEY_FORMAT,
			arena, ret, err);
}

const struct ohb_record *ohb_lock_good(const struct ohb_record *record)
{
	if (record && record->status == OHB_RECORD_FAILED)
		return record->good;
	return record;
}

static int name_parts(struct ohb_names *names, const struct ohb_target *target,
		const struct ohb_record *record, struct ohb_lock_item *ret)
{
	const struct ohb_content *content;
	size_t i;

	for (i = 0; i < record->nparts; i++) {
		const struct ohb_part *part = &record->parts[i];

		content = ohb_names_part(
				names, target, part->name, &part->digest);
		if (!content)
			return 0;
		ret[i] = (struct ohb_lock_item){ part->name, *content };
	}
	return 1;
}

static int name_outputs(struct ohb_names *names,
		const struct ohb_record *record, struct ohb_lock_item *ret)
{
	const struct ohb_content *content;
	size_t i;

	for (i = 0; i < record->noutputs; i++) {
		const struct ohb_record_output *output = &record->outputs[i];

		content = ohb_names_file(names, output->path, &output->digest);
		if (!content)
			return 0;
		ret[i] = (struct ohb_lock_item){ output->path, *content };
	}
	return 1;
}

int ohb_lock_name(struct ohb_names *names, const struct ohb_target *target,
		const struct ohb_record *record, struct ohb_lock_record *ret)
{
	struct ohb_lock_item *parts = ohb_arena_alloc(
			names->arena, record->nparts * sizeof(*parts) + 1);
	struct ohb_lock_item *outputs = ohb_arena_alloc(
			names->arena, record->noutputs * sizeof(*outputs) + 1);

	if (!record->nparts || !record->noutputs ||
			!name_parts(names, target, record, parts) ||
			!name_outputs(names, record, outputs))
		return 0;
	*ret = (struct ohb_lock_record){
		.target = record->target,
		.parts = parts,
		.nparts = record->nparts,
		.settings = record->settings,
		.outputs = outputs,
		.noutputs = record->noutputs,
		.origin = record->attempts ? OHB_BY_AGENT : OHB_BY_PERSON,
		.judged = !ohb_digest_is_zero(&record->validation_key),
		.model = record->model,
		.image = record->image,
		.date_ms = record->finished_ms > 0 ?
				record->finished_ms / 1000 * 1000 :
				-1,
		.cost_microusd = record->cost_usd >= 0 &&
						record->cost_usd <= 1e9 ?
				(int64_t)(record->cost_usd * 1e6 + 0.5) :
				-1,
	};
	return 1;
}

/* What is known of a lock: its digest, and that of the targets for which it
 * was written. */
static char *meta_name(const char *path)
{
	ohb_autostr name = OHB_STR_INIT;

	ohb_str_addf(&name, "lock:%s", path);
	return ohb_str_take(&name);
}

static void add_known(struct ohb_str *out, const struct ohb_digest *digest,
		const struct ohb_graph *graph)
{
	char hex[OHB_DIGEST_HEX];
	struct ohb_framed framed;
	struct ohb_digest targets;
	size_t i;

	ohb_str_adds(out, ohb_digest_hex(digest, hex));
	if (!graph)
		return;
	ohb_framed_init(&framed);
	for (i = 0; i < graph->count; i++)
		ohb_framed_add(&framed, "target", graph->targets[i].name,
				strlen(graph->targets[i].name));
	targets = ohb_framed_end(&framed);
	ohb_str_addf(out, " %s", ohb_digest_hex(&targets, hex));
}

/* For any graph when graph is NULL. */
static int is_known(struct ohb_store *store, const char *path,
		const struct ohb_digest *digest, const struct ohb_graph *graph,
		struct ohb_error *err)
{
	ohb_autofree char *name = meta_name(path);
	ohb_autostr known = OHB_STR_INIT, text = OHB_STR_INIT;

	if (ohb_meta_find(store, name, &known, err) < 0)
		return -1;
	add_known(&text, digest, graph);
	return graph ? ohb_streq(ohb_str_cstr(&known), text.data) :
		       ohb_starts(ohb_str_cstr(&known), text.data);
}

int ohb_lock_is_known(struct ohb_store *store, const char *path,
		const struct ohb_digest *digest, struct ohb_error *err)
{
	return is_known(store, path, digest, NULL, err);
}

struct writing {
	const struct ohb_lock_job *job;
	struct ohb_arena arena;
	struct ohb_names names;
	struct ohb_map records; /* target -> const struct ohb_record * */
	struct ohb_str before; /* the file as it is */
	struct ohb_lock old;
	struct ohb_lock_record *entries;
	size_t count;
	int64_t latest_ms; /* no date is later; negative: any may be */
	bool known; /* the lock says what the database does */
};

/* Whether what is on disk of a record's outputs is the record's: 1, 0, -1. */
static int is_on_disk(const struct writing *writing,
		const struct ohb_record *record, struct ohb_error *err)
{
	const int dirfd = writing->job->tree->dirfd;
	size_t i, there = 0;

	for (i = 0; i < record->noutputs; i++) {
		const struct ohb_record_output *output = &record->outputs[i];
		struct ohb_fs_info info;
		struct ohb_digest digest;

		if (ohb_fs_stat(dirfd, output->path, &info, err) < 0)
			return -1;
		if (info.kind == OHB_FS_ABSENT)
			continue;
		there++;
		if (info.kind != OHB_FS_FILE && info.kind != OHB_FS_LINK)
			return 0;
		if (ohb_fs_digest(dirfd, output->path, &digest, err) < 0)
			return -1;
		if (!ohb_digest_eq(&digest, &output->digest))
			return 0;
	}
	return there > 0;
}

/* Whether the record is made of what is there now: 1, 0, -1. */
static int is_current(const struct writing *writing,
		const struct ohb_target *target,
		const struct ohb_record *record, struct ohb_error *err)
{
	const struct ohb_lock_job *job = writing->job;
	size_t i;

	for (i = 0; i < record->nparts; i++) {
		const struct ohb_part *part = &record->parts[i];
		const char *path = ohb_key_path(part->name);
		ohb_autostr text = OHB_STR_INIT;
		struct ohb_digest digest = { .bytes = { 0 } };

		if (!path &&
				ohb_key_text(target, job->config, part->name,
						&text))
			digest = ohb_digest_of(ohb_str_cstr(&text), text.len);
		else if (path &&
				ohb_fs_digest(job->tree->dirfd, path, &digest,
						err) < 0 &&
				err->code != OHB_E_MISSING)
			return -1;
		if (!ohb_digest_eq(&digest, &part->digest))
			return 0;
	}
	return 1;
}

/* Whether the record knows better than the lock: its outputs are there, and
 * they are others, or made of other things which are there, or were judged by
 * other settings, the present ones. */
static int knows_better(const struct writing *writing,
		const struct ohb_target *target,
		const struct ohb_record *record,
		const struct ohb_lock_record *mine,
		const struct ohb_lock_record *old, struct ohb_error *err)
{
	const struct ohb_digest settings = ohb_judge_settings(target->module);
	struct ohb_lock_record other = *mine;
	int better = is_on_disk(writing, record, err);

	if (better != 1)
		return better;
	other.settings = old->settings;
	if (ohb_lock_same(&other, old))
		return ohb_digest_eq(&mine->settings, &settings);
	other.parts = old->parts;
	other.nparts = old->nparts;
	if (ohb_lock_same(&other, old))
		return is_current(writing, target, record, err);
	return 1;
}

/* Of two that are the same: the lock's, with what it does not know. */
static struct ohb_lock_record both(const struct ohb_lock_record *old,
		const struct ohb_lock_record *mine)
{
	struct ohb_lock_record ret = *old;

	if (ohb_digest_is_zero(&ret.settings))
		ret.settings = mine->settings;
	return ret;
}

/* What the database says when it knows better, or the lock has nothing; else
 * what the lock says. */
static int add_entry(struct writing *writing, const struct ohb_target *target,
		struct ohb_error *err)
{
	const struct ohb_lock_record *old =
			ohb_lock_find(&writing->old, target->name);
	const struct ohb_record *good = ohb_lock_good(
			ohb_map_get(&writing->records, target->name));
	struct ohb_lock_record mine = { .target = NULL };
	int wins = good && ohb_lock_name(&writing->names, target, good, &mine);

	if (wins && old && ohb_lock_same(old, &mine)) {
		writing->entries[writing->count++] = both(old, &mine);
		return 0;
	}
	if (wins && old)
		wins = knows_better(writing, target, good, &mine, old, err);
	if (wins < 0)
		return -1;
	if (wins && writing->latest_ms >= 0 &&
			mine.date_ms > writing->latest_ms)
		mine.date_ms = writing->latest_ms;
	if (wins || old)
		writing->entries[writing->count++] = wins ? mine : *old;
	if (!wins && (old || good))
		writing->known = false;
	return 0;
}

static int by_target(const void *a, const void *b)
{
	const struct ohb_lock_record *x = a, *y = b;

	return strcmp(x->target, y->target);
}

static bool names_any(const struct ohb_lock_record *record,
		const struct ohb_files *files)
{
	size_t i;

	for (i = 0; i < record->nparts; i++)
		if (ohb_starts(record->parts[i].name, "source:") &&
				ohb_paths_have(files->paths, files->count,
						ohb_key_path(record->parts[i].name)))
			return true;
	return false;
}

/* A sparse checkout has not all sources: what the lock says of their tests
 * is for those who have. */
static int keep_unchecked(struct writing *writing, struct ohb_error *err)
{
	const struct ohb_lock_job *job = writing->job;
	const struct ohb_lock *old = &writing->old;
	const size_t before = writing->count;
	struct ohb_files files;
	bool listed = false;
	size_t i;

	for (i = 0; i < old->count; i++) {
		if (ohb_map_get(&job->graph->by_name, old->records[i].target))
			continue;
		if (!listed &&
				ohb_files_unchecked(job->tree->dirfd,
						&writing->arena, &files,
						err) < 0)
			return -1;
		listed = true;
		if (names_any(&old->records[i], &files))
			writing->entries[writing->count++] = old->records[i];
	}
	if (writing->count > before)
		qsort(writing->entries, writing->count,
				sizeof(*writing->entries), by_target);
	return 0;
}

static int add_record(struct writing *writing, struct ohb_error *err)
{
	const struct ohb_record *records = NULL;
	size_t n = 0, i;

	if (ohb_record_load(writing->job->store, &writing->arena, &records, &n,
			    err) < 0)
		return -1;
	for (i = 0; i < n; i++) {
		struct ohb_record *copy =
				ohb_arena_alloc(&writing->arena, sizeof(*copy));

		*copy = records[i];
		(void)ohb_map_add(&writing->records, copy->target, copy);
	}
	return 0;
}

/* https://reproducible-builds.org/specs/source-date-epoch/ */
static int64_t latest_date(void)
{
	const char *text = getenv("SOURCE_DATE_EPOCH");
	unsigned long long seconds;

	if (!text ||
			ohb_parse_u64(text, strlen(text), 253402300799,
					&seconds) < 0)
		return -1;
	return (int64_t)seconds * 1000;
}

static int read_all(
		struct writing *writing, bool *ret_there, struct ohb_error *err)
{
	const struct ohb_lock_job *job = writing->job;
	struct ohb_fs_info info;

	if (ohb_fs_stat(job->tree->dirfd, job->config->lock, &info, err) < 0)
		return -1;
	*ret_there = info.kind != OHB_FS_ABSENT;
	if (*ret_there &&
			ohb_lock_load(job->tree, job->config->lock,
					&writing->arena, &writing->before,
					&writing->old, err) < 0)
		return -1;
	if (ohb_names_open(&writing->names, job->tree, job->config, job->store,
			    &writing->arena, err) < 0)
		return -1;
	return add_record(writing, err);
}

/* What one left who was killed while it wrote the lock. */
static int remove_temp(void *userdata, const char *name, enum ohb_fs_kind kind,
		struct ohb_error *err)
{
	const struct writing *writing = userdata;
	const char *path = writing->job->config->lock, *base;
	const char *slash = strrchr(path, '/'), *own = slash ? slash + 1 : path;
	ohb_autostr whole = OHB_STR_INIT;
	size_t len;

	if (kind != OHB_FS_FILE || !ohb_fs_is_temp(name, &base, &len) ||
			len != strlen(own) || memcmp(base, own, len) != 0)
		return 0;
	ohb_str_add(&whole, path, (size_t)(own - path));
	ohb_str_adds(&whole, name);
	return ohb_fs_unlink(writing->job->tree->dirfd, whole.data, err);
}

static int sweep(struct writing *writing, struct ohb_error *err)
{
	const char *path = writing->job->config->lock;
	ohb_autofree char *folder = ohb_strdup(path);
	char *slash = strrchr(folder, '/');

	if (slash)
		*slash = '\0';
	return ohb_fs_list(writing->job->tree->dirfd, slash ? folder : ".",
			remove_temp, writing, err);
}

static int replace(struct writing *writing, const struct ohb_str *text,
		struct ohb_error *err)
{
	const int dirfd = writing->job->tree->dirfd;
	const char *path = writing->job->config->lock;
	ohb_autofree char *temp = NULL;
	struct ohb_error ignored = OHB_ERROR_INIT;

	if (text->len > OHB_MAX_INPUT_FILE)
		return ohb_fail(err, OHB_E_LIMIT,
				"write '%s': it would be larger than %u bytes",
				path, OHB_MAX_INPUT_FILE);
	if (sweep(writing, err) < 0 ||
			ohb_fs_write_temp(dirfd, path, text->data, text->len,
					0644, &temp, err) < 0)
		return ohb_fail_context(err, "write '%s'", path);
	ohb_failpoint("lock-temp");
	if (ohb_fs_rename(dirfd, temp, path, err) < 0) {
		(void)!ohb_fs_unlink(dirfd, temp, &ignored);
		return ohb_fail_context(err, "write '%s'", path);
	}
	ohb_failpoint("lock-written");
	return 0;
}

/* Writes to the database only what is new. */
static int remember(const struct writing *writing, const struct ohb_str *text,
		struct ohb_error *err)
{
	const struct ohb_lock_job *job = writing->job;
	const struct ohb_digest digest = ohb_fs_digest_of(
			OHB_FS_FILE, 0644, text->data, text->len);
	ohb_autofree char *name = meta_name(job->config->lock);
	ohb_autostr known = OHB_STR_INIT, before = OHB_STR_INIT;

	if (writing->known)
		add_known(&known, &digest, job->graph);
	if (ohb_meta_find(job->store, name, &before, err) < 0)
		return -1;
	if (ohb_streq(ohb_str_cstr(&known), ohb_str_cstr(&before)))
		return 0;
	return ohb_meta_save(job->store, name, ohb_str_cstr(&known), err);
}

static int write_lock(struct writing *writing, struct ohb_error *err)
{
	const struct ohb_lock_job *job = writing->job;
	ohb_autostr text = OHB_STR_INIT;
	struct ohb_lock lock = { .key = OHB_KEY_FORMAT };
	bool there = false;
	size_t i;

	if (read_all(writing, &there, err) < 0)
		return -1;
	writing->entries = ohb_arena_alloc(&writing->arena,
			(job->graph->count + writing->old.count) *
							sizeof(*writing->entries) +
					1);
	for (i = 0; i < job->graph->count; i++)
		if (add_entry(writing, &job->graph->targets[i], err) < 0)
			return -1;
	if (keep_unchecked(writing, err) < 0 ||
			ohb_names_save(&writing->names, job->store, err) < 0)
		return -1;
	if (!there && writing->count == 0)
		return 0;
	lock.records = writing->entries;
	lock.count = writing->count;
	ohb_lock_print(&lock, &text);
	if (!there || !ohb_streq(text.data, ohb_str_cstr(&writing->before)))
		if (replace(writing, &text, err) < 0)
			return -1;
	return remember(writing, &text, err);
}

/* 1 when nothing has been left undone. */
static int is_done(const struct ohb_lock_job *job, struct ohb_error *err)
{
	const char *path = job->config->lock;
	struct ohb_fs_info info;
	struct ohb_digest digest;

	if (ohb_fs_stat(job->tree->dirfd, path, &info, err) < 0)
		return -1;
	if (info.kind != OHB_FS_FILE)
		return 0;
	if (ohb_fs_digest(job->tree->dirfd, path, &digest, err) < 0)
		return -1;
	return is_known(job->store, path, &digest, job->graph, err);
}

int ohb_lock_write(const struct ohb_lock_job *job, struct ohb_error *err)
{
	struct writing writing = {
		.job = job,
		.latest_ms = latest_date(),
		.known = true,
	};
	int result;

	if (!job->config->lock)
		return 0;
	result = is_done(job, err);
	if (result == 0)
		result = write_lock(&writing, err);
	ohb_names_release(&writing.names);
	ohb_map_release(&writing.records);
	ohb_str_release(&writing.before);
	ohb_arena_release(&writing.arena);
	return result < 0 ? -1 : 0;
}
