/* What has changed since a target was made: file, lines, commit. */

#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "ask/ask.h"
#include "ask/document.h"
#include "build/history.h"
#include "text/diff.h"
#include "text/json.h"

#define DIFF_LINES ((size_t)20)

/* One answer. */
struct asking {
	const struct ohb_asked *asked;
	struct ohb_arena arena;
	struct ohb_history history;
};

/* A text, or why it is none. */
struct content {
	enum ohb_fs_kind kind;
	struct ohb_str bytes;
	const char *missing;
};

static void release(struct content *content)
{
	ohb_str_release(&content->bytes);
}

/* What stands at the path now; absent is empty. */
static void read_now(int dirfd, const char *path, struct content *ret)
{
	struct ohb_error ignored = OHB_ERROR_INIT;
	struct ohb_fs_info info = { .kind = OHB_FS_ABSENT };
	char target[PATH_MAX];
	ssize_t len;

	*ret = (struct content){ .missing = NULL };
	if (ohb_fs_stat(dirfd, path, &info, &ignored) < 0)
		ret->missing = "it cannot be read";
	ret->kind = info.kind;
	if (info.kind == OHB_FS_FILE &&
			ohb_fs_read_beneath(dirfd, path, OHB_DIFF_MAX_BYTES,
					&ret->bytes, &ignored) < 0)
		ret->missing = ignored.code == OHB_E_LIMIT ?
				"it is too large to be shown" :
				"it cannot be read";
	if (info.kind != OHB_FS_LINK)
		return;
	len = readlinkat(dirfd, path, target, sizeof(target));
	if (len > 0)
		ohb_str_add(&ret->bytes, target, (size_t)len);
}

/* "diff" and "no_diff": one of them is null. */
static void add_diff(json_t *object, const char *old, size_t old_len,
		const struct content *now)
{
	ohb_autostr text = OHB_STR_INIT;
	const char *why = now->missing;
	size_t more = 0;
	json_t *diff;

	if (!why &&
			(!ohb_diff_is_text(old, old_len) ||
					!ohb_diff_is_text(now->bytes.data,
							now->bytes.len)))
		why = "it is binary";
	if (!why &&
			!ohb_diff_add(&text, old, old_len,
					ohb_str_cstr(&now->bytes),
					now->bytes.len, DIFF_LINES, &more))
		why = "it is too large to be shown";
	if (!why && text.len == 0)
		why = "only its mode changed";
	if (why) {
		ohb_json_set(object, "diff", json_null());
		ohb_json_set(object, "no_diff", json_string(why));
		return;
	}
	diff = json_object();
	ohb_json_set(diff, "text", ohb_json_bytes(text.data, text.len));
	ohb_json_set(diff, "left_out", json_integer((json_int_t)more));
	ohb_json_set(object, "diff", diff);
	ohb_json_set(object, "no_diff", json_null());
}

static void add_no_diff(json_t *object, const char *why)
{
	ohb_json_set(object, "diff", json_null());
	ohb_json_set(object, "no_diff", ohb_json_string(why));
}

static json_t *commit_of(const struct ohb_history_past *past)
{
	json_t *object;

	if (!past || !past->commit)
		return json_null();
	object = json_object();
	ohb_json_set(object, "id", ohb_json_string(past->commit->id));
	ohb_json_set(object, "date", ohb_json_string(past->commit->date));
	ohb_json_set(object, "author", ohb_json_string(past->commit->author));
	ohb_json_set(object, "subject", ohb_json_string(past->commit->subject));
	ohb_json_set(object, "later", json_integer((json_int_t)past->later));
	return object;
}

static void add_file_change(struct asking *asking, json_t *object,
		const char *path, const struct ohb_change *change)
{
	const struct ohb_history_past *past = NULL;
	struct content now;

	if (change->kind != OHB_PART_CHANGED ||
			ohb_digest_is_zero(&change->before)) {
		add_no_diff(object, NULL);
	} else {
		past = ohb_history_find(&asking->history, path, &change->before,
				&change->after);
		read_now(asking->asked->dirfd, path, &now);
		if (past->missing)
			add_no_diff(object, past->missing);
		else
			add_diff(object, past->data, past->len, &now);
		release(&now);
	}
	ohb_json_set(object, "file", ohb_json_string(path));
	ohb_json_set(object, "commit", commit_of(past));
	ohb_json_set(object, "uncommitted",
			json_boolean(past && past->uncommitted));
}

/* The user's prompt: a build keeps its text. */
static void add_text_change(struct asking *asking, json_t *object,
		const struct ohb_target *target,
		const struct ohb_change *change)
{
	struct ohb_error ignored = OHB_ERROR_INIT;
	struct content now = { .kind = OHB_FS_FILE };
	ohb_autostr old = OHB_STR_INIT;

	if (ohb_streq(change->part, "prompt") && target->prompt &&
			change->kind == OHB_PART_CHANGED &&
			ohb_blob_find(asking->asked->store, &change->before,
					&old, &ignored) == 1) {
		ohb_str_adds(&now.bytes, target->prompt);
		add_diff(object, old.data, old.len, &now);
		release(&now);
	} else {
		add_no_diff(object, NULL);
	}
	ohb_json_set(object, "file", json_null());
	ohb_json_set(object, "commit", json_null());
	ohb_json_set(object, "uncommitted", json_false());
}

static json_t *changes(struct asking *asking, const struct ohb_step *step)
{
	const struct ohb_target *target =
			&asking->asked->graph->targets[step->target];
	json_t *array = json_array();
	size_t i;

	for (i = 0; i < step->nchanges; i++) {
		const struct ohb_change *change = &step->changes[i];
		const char *path = strchr(change->part, ':');
		json_t *object = ohb_ask_change(change);

		if (path)
			add_file_change(asking, object, path + 1, change);
		else
			add_text_change(asking, object, target, change);
		ohb_json_append(array, object);
	}
	return array;
}

static const struct ohb_record_output *recorded(
		const struct ohb_record *record, const char *path)
{
	size_t i;

	for (i = 0; i < record->noutputs; i++)
		if (ohb_streq(record->outputs[i].path, path))
			return &record->outputs[i];
	return NULL;
}

/* The version of a test that the record is of, if it is there. */
static bool find_recorded(struct asking *asking, const char *target,
		const char *path, struct ohb_str *ret)
{
	struct ohb_store *store = asking->asked->store;
	const struct ohb_record_output *output = NULL;
	const struct ohb_version *versions;
	struct ohb_error ignored = OHB_ERROR_INIT;
	struct ohb_record record;
	size_t n = 0, i;

	if (ohb_record_find(store, target, &asking->arena, &record, &ignored) ==
			1)
		output = recorded(&record, path);
	if (!output ||
			ohb_version_load(store, target, &asking->arena,
					&versions, &n, &ignored) < 0)
		return false;
	for (i = 0; i < n; i++) {
		struct ohb_digest digest;

		ohb_str_clear(ret);
		if (!ohb_streq(versions[i].path, path) ||
				ohb_blob_find(store, &versions[i].blob, ret,
						&ignored) != 1)
			continue;
		digest = ohb_fs_digest_of(
				OHB_FS_FILE, output->mode, ret->data, ret->len);
		if (ohb_digest_eq(&digest, &output->digest))
			return true;
	}
	return false;
}

/* What a person changed in the tests that were written. */
static json_t *edits(struct asking *asking, const struct ohb_step *step)
{
	const struct ohb_asked *asked = asking->asked;
	const struct ohb_target *target = &asked->graph->targets[step->target];
	const struct ohb_fact *fact = &asked->facts->items[step->target];
	json_t *array = json_array();
	size_t i;

	for (i = 0; i < target->noutputs; i++) {
		ohb_autostr old = OHB_STR_INIT;
		struct content now;
		json_t *object;

		if (fact->outputs[i] != OHB_OUTPUT_DIFFERENT)
			continue;
		object = json_object();
		ohb_json_set(object, "file",
				ohb_json_string(target->outputs[i]));
		read_now(asked->dirfd, target->outputs[i], &now);
		if (find_recorded(asking, target->name, target->outputs[i],
				    &old))
			add_diff(object, ohb_str_cstr(&old), old.len, &now);
		else
			add_no_diff(object,
					"what was written is not in the "
					"database");
		release(&now);
		ohb_json_append(array, object);
	}
	return array;
}

/* What the record says of the last run; null when there is none. */
static json_t *last_run(const struct ohb_asked *asked, const char *name,
		struct ohb_error *err)
{
	struct ohb_arena arena = OHB_ARENA_INIT;
	struct ohb_record record;
	json_t *object = NULL;
	int found = ohb_record_find(asked->store, name, &arena, &record, err);

	if (found == 0)
		object = json_null();
	if (found > 0) {
		object = json_object();
		ohb_json_set(object, "status",
				json_string(record.status == OHB_RECORD_OK ?
								"ok" :
								"failed"));
		ohb_json_set(object, "class", ohb_json_string(record.class));
		ohb_json_set(object, "reason",
				ohb_json_string(record.evidence));
		ohb_json_set(object, "finished_at",
				ohb_ask_moment(record.finished_ms));
		ohb_json_set(object, "model", ohb_json_string(record.model));
		ohb_json_set(object, "cost_usd",
				ohb_ask_money(record.cost_usd));
		ohb_json_set(object, "attempts", json_integer(record.attempts));
	}
	ohb_arena_release(&arena);
	return object;
}

static json_t *explain(struct asking *asking, const struct ohb_step *step,
		struct ohb_error *err)
{
	const struct ohb_asked *asked = asking->asked;
	const struct ohb_fact *fact = &asked->facts->items[step->target];
	json_t *last = last_run(
			asked, asked->graph->targets[step->target].name, err);
	json_t *object;

	if (!last)
		return NULL;
	object = ohb_ask_state(asked, step, changes(asking, step));
	ohb_json_set(object, "edits", edits(asking, step));
	ohb_json_set(object, "parts", ohb_ask_parts(&fact->parts));
	ohb_json_set(object, "key", ohb_ask_digest(&fact->key));
	ohb_json_set(object, "recorded_key",
			fact->has_record ? ohb_ask_digest(&fact->recorded_key) :
					   json_null());
	ohb_json_set(object, "last", last);
	return object;
}

/* "its source src/old.c is gone" */
static json_t *why_orphan(struct asking *asking, const char *name)
{
	struct ohb_error ignored = OHB_ERROR_INIT;
	struct ohb_fs_info info;
	struct ohb_record record;
	size_t i;

	if (ohb_record_find(asking->asked->store, name, &asking->arena, &record,
			    &ignored) != 1)
		record.nparts = 0;
	for (i = 0; i < record.nparts; i++) {
		const char *part = record.parts[i].name;

		if (ohb_starts(part, "source:") &&
				ohb_fs_stat(asking->asked->dirfd, part + 7,
						&info, &ignored) == 0 &&
				info.kind == OHB_FS_ABSENT)
			return ohb_json_string(ohb_arena_printf(&asking->arena,
					"its source %s is gone", part + 7));
	}
	return json_string("no module makes it any more");
}

static json_t *explain_orphan(
		struct asking *asking, const char *name, struct ohb_error *err)
{
	struct ohb_fs_info info = { .kind = OHB_FS_ABSENT };
	json_t *last = last_run(asking->asked, name, err);
	json_t *object;

	if (!last)
		return NULL;
	if (ohb_fs_stat(asking->asked->dirfd, name, &info, err) < 0)
		info.kind = OHB_FS_ABSENT;
	object = json_object();
	ohb_json_set(object, "name", ohb_json_string(name));
	ohb_json_set(object, "verdict", json_string("orphan"));
	ohb_json_set(object, "because", why_orphan(asking, name));
	ohb_json_set(object, "on_disk",
			json_boolean(info.kind != OHB_FS_ABSENT));
	ohb_json_set(object, "last", last);
	return object;
}

/* Both lists into the document, or -1. */
static int add_all(struct asking *asking, json_t *root, struct ohb_error *err)
{
	const struct ohb_asked *asked = asking->asked;
	json_t *targets = json_array(), *orphans = json_array(), *object;
	size_t i;

	ohb_json_set(root, "targets", targets);
	ohb_json_set(root, "orphans", orphans);
	for (i = 0; i < asked->plan->nsteps; i++) {
		object = explain(asking, &asked->plan->steps[i], err);
		if (!object)
			return -1;
		ohb_json_append(targets, object);
	}
	for (i = 0; i < asked->norphans; i++) {
		object = explain_orphan(asking, asked->orphans[i], err);
		if (!object)
			return -1;
		ohb_json_append(orphans, object);
	}
	ohb_json_set(root, "summary", ohb_ask_summary(asked));
	return 0;
}

json_t *ohb_ask_why(const struct ohb_asked *asked, struct ohb_error *err)
{
	json_t *root = ohb_ask_document("why");
	struct asking asking = { .asked = asked };

	asking.history = (struct ohb_history){
		.dirfd = asked->dirfd,
		.store = asked->store,
		.arena = &asking.arena,
	};
	if (add_all(&asking, root, err) < 0) {
		json_decref(root);
		root = NULL;
	}
	ohb_history_release(&asking.history);
	ohb_arena_release(&asking.arena);
	return root;
}
