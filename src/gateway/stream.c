#include "gateway/stream.h"

#include <string.h>

#include "base/limits.h"
#include "base/memory.h"
#include "text/json.h"

#define DONE "[DONE]"

void ohb_stream_init(struct ohb_stream *ret, const struct ohb_request *request,
		ohb_stream_fn *pass, void *userdata)
{
	*ret = (struct ohb_stream){
		.api = request->api,
		.wants_usage = request->wants_usage,
		.pass = pass,
		.userdata = userdata,
	};
}

void ohb_stream_release(struct ohb_stream *stream)
{
	ohb_sse_release(&stream->sse);
	ohb_str_release(&stream->text);
	ohb_str_release(&stream->pending);
	ohb_json_freep(&stream->refusal);
	ohb_json_freep(&stream->usage);
}

static void refuse(struct ohb_stream *stream, json_t *json,
		const struct ohb_sse_event *event)
{
	json_t *error = ohb_json_at(json, "response.error");

	stream->broken = true;
	if (json_is_object(error))
		stream->refusal = json_pack("{s:O}", "error", error);
	else if (json)
		stream->refusal = json_incref(json);
	else
		stream->refusal = ohb_json_bytes(event->data, event->len);
}

static void keep_usage(struct ohb_stream *stream, json_t *usage)
{
	if (!json_is_object(usage))
		return;
	ohb_json_freep(&stream->usage);
	stream->usage = json_incref(usage);
}

static void flush(struct ohb_stream *stream)
{
	if (!stream->spoke || !stream->pending.len)
		return;
	stream->pass(stream->userdata, &stream->pending);
	ohb_str_clear(&stream->pending);
}

/* A role and empty fields are no word of the model's yet. */
static bool says_something(json_t *delta)
{
	const char *name;
	json_t *value;

	json_object_foreach(delta, name, value)
	{
		if (ohb_streq(name, "role"))
			continue;
		if (json_string_length(value) || json_array_size(value) ||
				json_object_size(value))
			return true;
	}
	return false;
}

static void read_choices(struct ohb_stream *stream, json_t *choices)
{
	const char *reason;
	json_t *choice;
	size_t i;

	json_array_foreach(choices, i, choice)
	{
		reason = ohb_json_text(choice, "finish_reason");
		stream->finished |= reason && *reason;
		stream->spoke |= stream->finished ||
				says_something(ohb_json_at(choice, "delta"));
	}
}

/* OpenRouter says by it that the model broke off. */
static bool ends_in_error(json_t *chunk)
{
	return ohb_streq(ohb_json_text(chunk, "choices.0.finish_reason"),
			"error");
}

static bool is_set(json_t *value)
{
	return value && !json_is_null(value);
}

static void read_chunk(struct ohb_stream *stream, json_t *chunk,
		const struct ohb_sse_event *event)
{
	json_t *choices = ohb_json_at(chunk, "choices");
	json_t *usage = ohb_json_at(chunk, "usage");

	/* Groq's own place for it. */
	keep_usage(stream, ohb_json_at(chunk, "x_groq.usage"));
	keep_usage(stream, usage);
	if (!json_is_array(choices) || is_set(ohb_json_at(chunk, "error")) ||
			ends_in_error(chunk)) {
		refuse(stream, chunk, event);
		return;
	}
	read_choices(stream, choices);
	if (json_array_size(choices) || !json_is_object(usage) ||
			stream->wants_usage)
		ohb_sse_add(&stream->pending, event->name, event->data,
				event->len);
}

/* Of the responses dialect. */
static const struct {
	const char *type;
	enum { SAYS_NOTHING, FINISHES, BREAKS } what;
} response_events[] = {
	{ "response.created", SAYS_NOTHING },
	{ "response.queued", SAYS_NOTHING },
	{ "response.in_progress", SAYS_NOTHING },
	{ "response.completed", FINISHES },
	{ "response.incomplete", FINISHES },
	{ "response.failed", BREAKS },
	{ "error", BREAKS },
};

static void read_response(struct ohb_stream *stream, json_t *json,
		const struct ohb_sse_event *event)
{
	const char *type = ohb_json_text(json, "type");
	size_t i = 0;

	while (i < OHB_ARRAY_LEN(response_events) &&
			!ohb_streq(response_events[i].type, type))
		i++;
	keep_usage(stream, ohb_json_at(json, "response.usage"));
	if (!type ||
			(i < OHB_ARRAY_LEN(response_events) &&
					response_events[i].what == BREAKS)) {
		refuse(stream, json, event);
		return;
	}
	stream->finished |= i < OHB_ARRAY_LEN(response_events) &&
			response_events[i].what == FINISHES;
	stream->spoke |=
			i == OHB_ARRAY_LEN(response_events) || stream->finished;
	ohb_sse_add(&stream->pending, event->name, event->data, event->len);
}

static void on_event(void *userdata, const struct ohb_sse_event *event)
{
	struct ohb_stream *stream = userdata;
	struct ohb_error err = OHB_ERROR_INIT;
	ohb_autojson *json = NULL;

	/* Our own end follows when all is known to be well. */
	stream->done |= ohb_streq(event->data, DONE);
	if (stream->broken || stream->done)
		return;
	json = ohb_json_parse(event->data, event->len, &err);
	if (!json_is_object(json))
		refuse(stream, json, event);
	else if (stream->api == OHB_API_RESPONSES)
		read_response(stream, json, event);
	else
		read_chunk(stream, json, event);
}

int ohb_stream_feed(struct ohb_stream *stream, const char *data, size_t len)
{
	struct ohb_error err = OHB_ERROR_INIT;
	size_t blank;

	if (len > OHB_MAX_HTTP_BODY - stream->text.len) {
		stream->broken = true;
		return -1;
	}
	ohb_str_add(&stream->text, data, len);
	/* Some answer in one piece whatever they are asked for. */
	blank = strspn(stream->text.data, " \t\r\n");
	stream->plain = stream->text.data[blank] == '{';
	if (stream->plain)
		return 0;
	if (ohb_sse_feed(&stream->sse, data, len, on_event, stream, &err) < 0)
		stream->broken = true;
	flush(stream);
	return stream->broken || stream->done ? -1 : 0;
}

void ohb_stream_end(struct ohb_stream *stream)
{
	if (stream->plain || stream->broken || !stream->finished)
		return;
	if (stream->api == OHB_API_CHAT)
		ohb_sse_add(&stream->pending, "", DONE, strlen(DONE));
	flush(stream);
}

static void add_chunk(struct ohb_str *out, json_t *answer, json_t *choices,
		json_t *usage)
{
	static const char *const kept[] = { "id", "created", "model" };
	ohb_autojson *chunk = json_object();
	ohb_autostr text = OHB_STR_INIT;
	size_t i;

	ohb_json_set(chunk, "object", json_string("chat.completion.chunk"));
	for (i = 0; i < OHB_ARRAY_LEN(kept); i++)
		if (json_object_get(answer, kept[i]))
			(void)json_object_set(chunk, kept[i],
					json_object_get(answer, kept[i]));
	ohb_json_set(chunk, "choices", choices);
	if (usage)
		(void)json_object_set(chunk, "usage", usage);
	ohb_json_add(&text, chunk);
	ohb_sse_add(out, "", text.data, text.len);
}

/* The calls of a whole message have no numbers, those of a piece must. */
static void number_calls(json_t *delta)
{
	json_t *call;
	size_t i;

	json_array_foreach(json_object_get(delta, "tool_calls"), i,
			call) if (json_is_object(call)) ohb_json_set(call,
			"index", json_integer((json_int_t)i));
}

static json_t *choice_of(json_t *choice, size_t index, json_t *delta)
{
	json_t *reason = json_object_get(choice, "finish_reason");
	json_t *ret = json_object();

	ohb_json_set(ret, "index", json_integer((json_int_t)index));
	ohb_json_set(ret, "delta", delta ? delta : json_object());
	ohb_json_set(ret, "finish_reason",
			delta || !reason ? json_null() : json_incref(reason));
	return ret;
}

static void write_chat(const struct ohb_request *request, json_t *answer,
		struct ohb_str *out)
{
	json_t *said = json_array(), *ends = json_array(), *choice, *delta;
	size_t i;

	json_array_foreach(json_object_get(answer, "choices"), i, choice)
	{
		delta = json_deep_copy(json_object_get(choice, "message"));
		number_calls(delta);
		ohb_json_append(said,
				choice_of(choice, i,
						delta ? delta : json_object()));
		ohb_json_append(ends, choice_of(choice, i, NULL));
	}
	add_chunk(out, answer, said, NULL);
	add_chunk(out, answer, ends, NULL);
	if (request->wants_usage && json_object_get(answer, "usage"))
		add_chunk(out, answer, json_array(),
				json_object_get(answer, "usage"));
	ohb_sse_add(out, "", DONE, strlen(DONE));
}

static void add_typed(struct ohb_str *out, const char *type, json_t *answer,
		int number)
{
	ohb_autojson *event = json_object();
	ohb_autostr text = OHB_STR_INIT;

	ohb_json_set(event, "type", json_string(type));
	ohb_json_set(event, "sequence_number", json_integer(number));
	(void)json_object_set(event, "response", answer);
	ohb_json_add(&text, event);
	ohb_sse_add(out, type, text.data, text.len);
}

void ohb_stream_write(const struct ohb_request *request, json_t *answer,
		struct ohb_str *out)
{
	if (request->api == OHB_API_CHAT) {
		write_chat(request, answer, out);
		return;
	}
	add_typed(out, "response.created", answer, 0);
	add_typed(out,
			ohb_streq(ohb_json_text(answer, "status"),
					"incomplete") ?
					"response.incomplete" :
					"response.completed",
			answer, 1);
}
