#include "gateway/tape.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "gateway/asked.h"
#include "io/fs.h"
#include "io/wait.h"
#include "text/json.h"

struct ohb_tape {
	struct ohb_tape *next;
	struct ohb_gateway *gateway;
	char *target;
	unsigned conversation; /* the present one, from 1 */
	pthread_mutex_t lock; /* of all below */
	struct ohb_cassette cassette; /* of the replay */
	size_t at; /* its next line */
	struct ohb_str text; /* lines that were recorded */
	json_t *asked; /* the last request in it, of this conversation */
	const char *model; /* who was asked first */
};

static struct ohb_tape *find(struct ohb_gateway *gateway, const char *target)
{
	struct ohb_tape *tape = gateway->tapes;

	while (tape && !ohb_streq(tape->target, target))
		tape = tape->next;
	return tape;
}

static struct ohb_tape *make(struct ohb_gateway *gateway, const char *target)
{
	struct ohb_tape *tape = ohb_alloc(sizeof(*tape));

	tape->gateway = gateway;
	tape->target = ohb_strdup(target);
	(void)pthread_mutex_init(&tape->lock, NULL);
	return tape;
}

static void free_tape(struct ohb_tape *tape)
{
	ohb_cassette_release(&tape->cassette);
	ohb_str_release(&tape->text);
	json_decref(tape->asked);
	(void)pthread_mutex_destroy(&tape->lock);
	free(tape->target);
	free(tape);
}

int ohb_tape_begin(struct ohb_gateway *gateway, const char *target,
		struct ohb_tape **ret, struct ohb_error *err)
{
	struct ohb_tape *tape;

	pthread_mutex_lock(&gateway->lock);
	tape = find(gateway, target);
	pthread_mutex_unlock(&gateway->lock);
	if (!tape) {
		/* One worker has the target, so nobody makes another one. */
		tape = make(gateway, target);
		if (gateway->replay &&
				ohb_cassette_load(gateway->replay, target,
						gateway->options.strict != 0,
						&tape->cassette, err) < 0) {
			free_tape(tape);
			return -1;
		}
		pthread_mutex_lock(&gateway->lock);
		tape->next = gateway->tapes;
		gateway->tapes = tape;
		pthread_mutex_unlock(&gateway->lock);
	}
	pthread_mutex_lock(&tape->lock);
	tape->conversation++;
	/* A written one tells a run from its beginning, each time. */
	tape->at = tape->cassette.version == 1 ?
			0 :
			ohb_cassette_begin(&tape->cassette, tape->conversation);
	json_decref(tape->asked);
	tape->asked = NULL;
	pthread_mutex_unlock(&tape->lock);
	*ret = tape;
	return 0;
}

static void write_header(const struct ohb_tape *tape, struct ohb_str *out)
{
	ohb_autojson *json = json_object();
	const struct ohb_gateway *gateway = tape->gateway;
	const bool written = gateway->replay && !tape->cassette.recorded;
	const char *model = gateway->replay && tape->cassette.model.len ?
			tape->cassette.model.data :
			tape->model;

	ohb_json_set(json, "ohbuild_cassette",
			json_integer(OHB_CASSETTE_VERSION));
	ohb_json_set(json, "origin",
			json_string(written ? "written" : "recorded"));
	ohb_json_set(json, "target",
			ohb_json_bytes(tape->target, strlen(tape->target)));
	ohb_json_set(json, "model", ohb_json_bytes(model, strlen(model)));
	ohb_json_add(out, json);
	ohb_str_addc(out, '\n');
}

static int save(const struct ohb_tape *tape, struct ohb_error *err)
{
	const char *dir = tape->gateway->record;
	ohb_autofree char *path = ohb_cassette_path(dir, tape->target);
	const char *name = path + strlen(dir) + 1;
	ohb_autoclose int dirfd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ohb_autofree char *temp = NULL;
	ohb_autostr text = OHB_STR_INIT;

	if (dirfd < 0)
		return ohb_fail(err, OHB_E_IO, "open the folder '%s'", dir);
	write_header(tape, &text);
	ohb_str_add(&text, tape->text.data, tape->text.len);
	if (ohb_fs_write_temp(dirfd, name, text.data, text.len, 0644, &temp,
			    err) < 0)
		return -1;
	return ohb_fs_rename(dirfd, temp, name, err);
}

void ohb_tape_end(struct ohb_tape *tape)
{
	const struct ohb_gateway_options *options = &tape->gateway->options;
	struct ohb_error err = OHB_ERROR_INIT;
	ohb_autostr text = OHB_STR_INIT;

	/* Half of a conversation does not replace a whole one. */
	if (!tape->gateway->record || !tape->text.len ||
			ohb_cancel_level(options->cancel) ||
			save(tape, &err) == 0)
		return;
	ohb_str_addf(&text, "the cassette of '%s' was not written: %s",
			tape->target, err.msg);
	if (options->on_warning)
		options->on_warning(options->userdata, text.data);
}

void ohb_tapes_free(struct ohb_gateway *gateway)
{
	struct ohb_tape *tape, *next;

	for (tape = gateway->tapes; tape; tape = next) {
		next = tape->next;
		free_tape(tape);
	}
}

/* What the request says, but how it wants its answer and of whom. */
static json_t *read_asked(
		const struct ohb_grant *grant, const struct ohb_str *request)
{
	struct ohb_error err = OHB_ERROR_INIT;
	ohb_autojson *json = ohb_json_parse(request->data, request->len, &err);

	json_object_del(json, "model");
	json_object_del(json, "stream");
	json_object_del(json, "stream_options");
	return ohb_asked_of(json, &grant->disguise);
}

static void set_digest(json_t *line, const json_t *asked)
{
	struct ohb_digest digest = ohb_asked_digest(asked);
	char hex[OHB_DIGEST_HEX];

	ohb_json_set(line, "digest", json_string(ohb_digest_hex(&digest, hex)));
}

/* Those that say when to ask again, or what the body is. */
static void set_headers(json_t *line, const struct ohb_http_response *reply)
{
	static const char *const names[] = { "retry-after", "retry-after-ms" };
	json_t *headers = json_object();
	ohb_autostr type = OHB_STR_INIT;
	size_t i;

	for (i = 0; i < OHB_ARRAY_LEN(names); i++) {
		ohb_autostr value = OHB_STR_INIT;

		if (ohb_http_header(reply, names[i], &value))
			ohb_json_set(headers, names[i],
					ohb_json_bytes(value.data, value.len));
	}
	if (ohb_http_header(reply, "content-type", &type) &&
			strstr(type.data, "event-stream"))
		ohb_json_set(headers, "content-type",
				json_string("text/event-stream"));
	if (json_object_size(headers))
		json_object_set(line, "headers", headers);
	json_decref(headers);
}

static void set_usage(json_t *line, const struct ohb_usage *usage)
{
	json_t *json = json_object();

	ohb_json_set(json, "tokens_in",
			json_integer((json_int_t)usage->tokens_in));
	ohb_json_set(json, "tokens_cached",
			json_integer((json_int_t)usage->tokens_cached));
	ohb_json_set(json, "tokens_out",
			json_integer((json_int_t)usage->tokens_out));
	if (!usage->cost_unknown)
		ohb_json_set(json, "cost_usd", json_real(usage->cost_usd));
	ohb_json_set(line, "usage", json);
}

static void set_reply(json_t *line, const struct ohb_try *try)
{
	const struct ohb_http_response *reply = &try->reply;
	struct ohb_error err = OHB_ERROR_INIT;
	ohb_autostr text = OHB_STR_INIT;
	json_t *body;

	ohb_str_add(&text, ohb_str_cstr(&reply->body), reply->body.len);
	ohb_reply_disguise(&try->grant->disguise, &text);
	ohb_json_set(line, "status", json_integer(reply->status));
	set_headers(line, reply);
	body = ohb_json_parse(ohb_str_cstr(&text), text.len, &err);
	if (body)
		ohb_json_set(line, "body", body);
	else
		ohb_json_set(line, "body_text",
				ohb_json_bytes(ohb_str_cstr(&text), text.len));
	if (try->failure == OHB_PROVIDER_OK)
		set_usage(line, &try->usage);
}

static void set_failure(json_t *line, const struct ohb_grant *grant,
		const struct ohb_error *failed)
{
	const char *name = ohb_cassette_failure(failed->code);
	ohb_autostr words = OHB_STR_INIT;

	ohb_str_adds(&words, failed->msg);
	ohb_reply_disguise(&grant->disguise, &words);
	ohb_json_set(line, "failure", json_string(name));
	ohb_json_set(line, "words", ohb_json_bytes(words.data, words.len));
}

void ohb_tape_add(const struct ohb_try *try)
{
	const struct ohb_grant *grant = try->grant;
	struct ohb_tape *tape = grant->tape;
	const char *model = try->model->id;
	ohb_autojson *line = NULL;
	json_t *asked;

	if (!grant->gateway->record ||
			(try->err.code && !ohb_cassette_failure(try->err.code)))
		return;
	line = json_object();
	asked = read_asked(grant, try->request->text);
	pthread_mutex_lock(&tape->lock);
	if (tape->conversation > 1)
		ohb_json_set(line, "conversation",
				json_integer(tape->conversation));
	ohb_json_set(line, "request", ohb_asked_delta(tape->asked, asked));
	set_digest(line, asked);
	ohb_json_set(line, "model", ohb_json_bytes(model, strlen(model)));
	if (try->err.code)
		set_failure(line, grant, &try->err);
	else
		set_reply(line, try);
	if (!tape->model)
		tape->model = model;
	json_decref(tape->asked);
	tape->asked = asked;
	ohb_json_add_rounded(&tape->text, line);
	ohb_str_addc(&tape->text, '\n');
	pthread_mutex_unlock(&tape->lock);
}

bool ohb_tape_is_quick(const struct ohb_grant *grant)
{
	return grant->gateway->replay && grant->tape->cassette.recorded;
}

/* Whether a later model of the grant is meant. */
static bool is_later(
		const struct ohb_grant *grant, size_t model, const char *wanted)
{
	size_t i;

	if (!wanted || ohb_streq(grant->options.models[model].id, wanted))
		return false;
	for (i = model + 1; i < grant->options.nmodels; i++)
		if (ohb_streq(grant->options.models[i].id, wanted))
			return true;
	return false;
}

/* Told line by line: it is for people to read. */
static void tell(const struct ohb_grant *grant, const char *text)
{
	const struct ohb_gateway_options *options = &grant->gateway->options;

	while (*text && options->on_warning) {
		size_t len = strcspn(text, "\n");
		ohb_autofree char *line = ohb_strndup(text, len);

		options->on_warning(options->userdata, line);
		text += len + (text[len] == '\n');
	}
}

static int compare(struct ohb_try *try, size_t at, const char *wanted)
{
	const struct ohb_tape *tape = try->grant->tape;
	const char *path = tape->cassette.path;
	ohb_autojson *asked = read_asked(try->grant, try->request->text);
	ohb_autojson *recorded = NULL;
	struct ohb_digest digest = ohb_asked_digest(asked);
	ohb_autostr text = OHB_STR_INIT;
	char hex[OHB_DIGEST_HEX];

	if (ohb_streq(ohb_digest_hex(&digest, hex), wanted))
		return 0;
	recorded = ohb_cassette_request(&tape->cassette, at);
	ohb_str_addf(&text,
			"'%s': the request is not the one that was recorded in "
			"line %zu of '%s': ",
			tape->target, at + 2, path);
	if (recorded)
		ohb_asked_difference(recorded, asked, &text);
	else
		ohb_str_adds(&text, "which has its digest only");
	tell(try->grant, text.data);
	return ohb_fail(&try->err, OHB_E_MISSING,
			"the request is not the one in line %zu of '%s'",
			at + 2, path);
}

/* The next line of this conversation, which is taken. */
static int take(struct ohb_tape *tape, struct ohb_cassette_line *line,
		size_t *ret_at, struct ohb_error *err)
{
	*ret_at = tape->at;
	if (ohb_cassette_line(&tape->cassette, tape->at, line) == 1 &&
			(tape->cassette.version == 1 ||
					line->conversation ==
							tape->conversation)) {
		tape->at++;
		return 0;
	}
	return ohb_fail(err, OHB_E_MISSING,
			"cassette '%s' has no reply number %zu%s",
			tape->cassette.path, tape->at + 1,
			tape->conversation > 1 ? " in this conversation" : "");
}

int ohb_tape_next(struct ohb_try *try)
{
	struct ohb_grant *grant = try->grant;
	ohb_autoline line = OHB_CASSETTE_LINE_INIT;
	size_t at;
	int failed;

	pthread_mutex_lock(&grant->tape->lock);
	failed = take(grant->tape, &line, &at, &try->err);
	pthread_mutex_unlock(&grant->tape->lock);
	if (failed ||
			(grant->gateway->options.strict &&
					compare(try, at, line.digest) < 0) ||
			ohb_wait_ms(&grant->cancel, line.delay_ms, &try->err) <
					0)
		return -1;
	if (line.failure != OHB_OK)
		return ohb_fail(&try->err, line.failure, "%s", line.words);
	ohb_reply_restore(&grant->disguise, &line.reply.body);
	try->reply = line.reply;
	line.reply = (struct ohb_http_response)OHB_HTTP_RESPONSE_INIT;
	return 0;
}

bool ohb_tape_passes_over(const struct ohb_grant *grant, size_t model)
{
	ohb_autoline line = OHB_CASSETTE_LINE_INIT;
	bool passes = false;

	if (!grant->gateway->replay)
		return false;
	pthread_mutex_lock(&grant->tape->lock);
	if (ohb_cassette_line(&grant->tape->cassette, grant->tape->at, &line))
		passes = is_later(grant, model, line.model);
	pthread_mutex_unlock(&grant->tape->lock);
	return passes;
}
