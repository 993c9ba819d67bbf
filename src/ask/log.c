#include <string.h>

#include "agent/agent.h"
#include "agent/event.h"
#include "ask/ask.h"
#include "ask/document.h"
#include "build/past.h"
#include "text/json.h"
#include "text/utf8.h"

#define MAX_ATTEMPTS 100
#define MAX_RESULT ((size_t)4000) /* bytes shown of what a tool answered */

/* The bytes of a blob; null when there is none. */
static json_t *blob_text(const struct ohb_asked *asked,
		const struct ohb_digest *digest, struct ohb_error *err)
{
	ohb_autostr bytes = OHB_STR_INIT;
	int found = ohb_digest_is_zero(digest) ?
			0 :
			ohb_blob_find(asked->store, digest, &bytes, err);

	if (found < 0)
		return NULL;
	return found ? ohb_json_bytes(bytes.data, bytes.len) : json_null();
}

static void add_words(
		json_t *array, const char *who, const char *words, size_t len)
{
	ohb_autostr clean = OHB_STR_INIT;
	json_t *object;

	ohb_utf8_clean(&clean, words, len);
	if (clean.len == 0)
		return;
	object = json_object();
	ohb_json_set(object, "who", json_string(who));
	ohb_json_set(object, "what", ohb_json_bytes(clean.data, clean.len));
	ohb_json_append(array, object);
}

/* One event of the server, when it says anything to a person. */
static void add_event(json_t *array, json_t *json)
{
	struct ohb_agent_event event;
	ohb_autostr line = OHB_STR_INIT;
	const char *words;

	/* OpenHands 0.x has no kinds, and a place of its own. */
	ohb_agent_event_read(json,
			ohb_json_text(json, "kind") ? OHB_PROJECT_DIR :
						      OHB_HEADLESS_WORKSPACE
					"/project",
			&event, &line);
	switch (event.kind) {
	case OHB_EVENT_ACTION:
		add_words(array, "agent", ohb_str_cstr(&line), line.len);
		break;
	case OHB_EVENT_WORDS:
		words = event.text ? event.text : "";
		add_words(array, "agent", words, strlen(words));
		break;
	case OHB_EVENT_RESULT:
		words = ohb_json_text(json, "observation.content.0.text");
		words = words ? words : ohb_json_text(json, "error");
		words = words ? words : ohb_json_text(json, "content");
		if (words)
			add_words(array, "tool", words,
					strnlen(words, MAX_RESULT));
		break;
	case OHB_EVENT_ERROR:
		words = event.text ? event.text : "";
		add_words(array, "server", words, strlen(words));
		break;
	case OHB_EVENT_OTHER:
	case OHB_EVENT_PROMPT:
	case OHB_EVENT_STATUS:
		break;
	}
}

/* What was said and done, in order. */
static json_t *conversation(const struct ohb_asked *asked,
		const struct ohb_digest *digest, struct ohb_error *err)
{
	ohb_autostr bytes = OHB_STR_INIT;
	json_t *array = json_array();
	size_t at = 0;

	if (!ohb_digest_is_zero(digest) &&
			ohb_blob_find(asked->store, digest, &bytes, err) < 0) {
		json_decref(array);
		return NULL;
	}
	while (at < bytes.len) {
		const char *line = bytes.data + at;
		size_t len = strcspn(line, "\n");
		struct ohb_error ignored = OHB_ERROR_INIT;
		ohb_autojson *event = ohb_json_parse(line, len, &ignored);

		if (event)
			add_event(array, event);
		at += len + 1;
	}
	return array;
}

/* What it wrote; refused or not. */
static json_t *written(const struct ohb_asked *asked,
		const struct ohb_attempt *attempt, struct ohb_error *err)
{
	json_t *array = json_array();
	size_t i;

	for (i = 0; i < attempt->nwritten; i++) {
		const struct ohb_written *file = &attempt->written[i];
		json_t *bytes = blob_text(asked, &file->blob, err), *object;

		if (!bytes) {
			json_decref(array);
			return NULL;
		}
		object = json_object();
		ohb_json_set(object, "path", ohb_json_string(file->path));
		ohb_json_set(object, "text", bytes);
		ohb_json_append(array, object);
	}
	return array;
}

static const char *class_of(const struct ohb_attempt *attempt)
{
	switch (attempt->state) {
	case OHB_ATTEMPT_OPEN:
		return "running";
	case OHB_ATTEMPT_ABANDONED:
		return "abandoned";
	case OHB_ATTEMPT_ENDED:
		break;
	}
	return attempt->class;
}

static json_t *one(const struct ohb_asked *asked,
		const struct ohb_attempt *attempt, struct ohb_error *err)
{
	json_t *object, *prompt, *events, *files;

	prompt = blob_text(asked, &attempt->prompt, err);
	events = conversation(asked, &attempt->trajectory, err);
	files = written(asked, attempt, err);
	if (!prompt || !events || !files) {
		json_decref(prompt);
		json_decref(events);
		json_decref(files);
		return NULL;
	}
	object = json_object();
	ohb_json_set(object, "run", ohb_json_string(attempt->run));
	ohb_json_set(object, "attempt", json_integer(attempt->number));
	ohb_json_set(object, "class", ohb_json_string(class_of(attempt)));
	ohb_json_set(object, "reason", ohb_json_string(attempt->reason));
	ohb_json_set(object, "model", ohb_json_string(attempt->model));
	ohb_json_set(object, "started_at", ohb_ask_moment(attempt->started_ms));
	ohb_json_set(object, "duration_ms", json_integer(attempt->duration_ms));
	ohb_json_set(object, "cost_usd", ohb_ask_money(attempt->cost_usd));
	ohb_json_set(object, "tokens_in",
			json_integer((json_int_t)attempt->tokens_in));
	ohb_json_set(object, "tokens_out",
			json_integer((json_int_t)attempt->tokens_out));
	ohb_json_set(object, "digest", ohb_json_string(attempt->findings));
	ohb_json_set(object, "prompt", prompt);
	ohb_json_set(object, "conversation", events);
	ohb_json_set(object, "written", files);
	return object;
}

static json_t *all_of(const struct ohb_asked *asked, const char *target,
		struct ohb_error *err)
{
	struct ohb_arena arena = OHB_ARENA_INIT;
	struct ohb_attempts attempts = { .count = 0 };
	json_t *array = NULL;
	size_t i;

	if (ohb_attempt_load(asked->store, target, MAX_ATTEMPTS, &arena,
			    &attempts, err) == 0)
		array = json_array();
	for (i = 0; array && i < attempts.count; i++) {
		json_t *object = one(asked, &attempts.items[i], err);

		if (object) {
			ohb_json_append(array, object);
			continue;
		}
		json_decref(array);
		array = NULL;
	}
	ohb_arena_release(&arena);
	return array;
}

static json_t *file_of(const struct ohb_asked *asked,
		const struct ohb_past_file *file, struct ohb_error *err)
{
	ohb_autostr bytes = OHB_STR_INIT;
	char digits[OHB_DIGEST_HEX];
	json_t *object;

	if (ohb_blob_find(asked->store, &file->blob, &bytes, err) < 0)
		return NULL;
	object = json_object();
	ohb_json_set(object, "path", ohb_json_string(file->path));
	ohb_json_set(object, "bytes", json_integer((json_int_t)bytes.len));
	ohb_json_set(object, "digest",
			json_string(ohb_digest_hex(&file->blob, digits)));
	return object;
}

static json_t *version_of(const struct ohb_asked *asked,
		const struct ohb_past_version *version, struct ohb_error *err)
{
	json_t *object = json_object(), *files = json_array(), *file;
	size_t i;

	ohb_json_set(object, "number",
			version->number ? json_integer(version->number) :
					  json_null());
	ohb_json_set(object, "on_disk", json_boolean(version->number == 0));
	ohb_json_set(object, "written_at", ohb_ask_moment(version->written_ms));
	ohb_json_set(object, "by",
			json_string(version->origin == OHB_BY_AGENT ?
							"agent" :
							"person"));
	ohb_json_set(object, "refused", ohb_json_string(version->refused));
	ohb_json_set(object, "files", files);
	for (i = 0; i < version->nfiles; i++) {
		file = file_of(asked, &version->files[i], err);
		if (!file) {
			json_decref(object);
			return NULL;
		}
		ohb_json_append(files, file);
	}
	return object;
}

/* What can be restored, and what stands there. */
static json_t *versions_of(const struct ohb_asked *asked,
		const struct ohb_target *target, struct ohb_error *err)
{
	struct ohb_arena arena = OHB_ARENA_INIT;
	struct ohb_past past = { .count = 0 };
	json_t *array = NULL, *version;
	size_t i;

	if (ohb_past_load(asked->store, asked->dirfd, target, &arena, &past,
			    err) == 0)
		array = json_array();
	for (i = 0; array && i < past.count; i++) {
		version = version_of(asked, &past.items[i], err);
		if (version) {
			ohb_json_append(array, version);
			continue;
		}
		json_decref(array);
		array = NULL;
	}
	ohb_arena_release(&arena);
	return array;
}

json_t *ohb_ask_log(const struct ohb_asked *asked, struct ohb_error *err)
{
	json_t *root = ohb_ask_document("log"), *array = json_array();
	size_t i;

	ohb_json_set(root, "targets", array);
	for (i = 0; i < asked->graph->count; i++) {
		const struct ohb_target *target = &asked->graph->targets[i];
		json_t *object, *attempts, *versions;

		if (!asked->selected[i])
			continue;
		attempts = all_of(asked, target->name, err);
		versions = attempts ? versions_of(asked, target, err) : NULL;
		if (!versions) {
			json_decref(attempts);
			json_decref(root);
			return NULL;
		}
		object = json_object();
		ohb_json_set(object, "name", ohb_json_string(target->name));
		ohb_json_set(object, "attempts", attempts);
		ohb_json_set(object, "versions", versions);
		ohb_json_append(array, object);
	}
	return root;
}
