#include "gateway/anthropic.h"

#include <stdbool.h>
#include <string.h>

#include "base/digest.h"
#include "base/memory.h"
#include "text/json.h"

/* When neither the agent nor openhands.yml gives one: /messages demands it. */
#define DEFAULT_MAX_TOKENS 8192

/* One translation of a request. */
struct writing {
	json_t *system; /* blocks */
	json_t *messages;
	bool marked; /* the agent says what is to be cached */
};

static void add_block(json_t *blocks, const char *type, const char *name,
		json_t *value)
{
	json_t *block = json_object();

	ohb_json_set(block, "type", json_string(type));
	ohb_json_set(block, name, value);
	ohb_json_append(blocks, block);
}

/* An empty block is refused there. */
static void add_text(json_t *blocks, json_t *text)
{
	if (json_string_length(text))
		add_block(blocks, "text", "text", json_incref(text));
}

/* "data:image/png;base64,AAAA", or an address. */
static json_t *source_of(const char *url)
{
	const char *semicolon = strchr(url, ';');
	json_t *source = json_object();

	if (ohb_starts(url, "https://")) {
		ohb_json_set(source, "type", json_string("url"));
		ohb_json_set(source, "url", json_string(url));
		return source;
	}
	if (!ohb_starts(url, "data:image/") || !semicolon ||
			!ohb_starts(semicolon, ";base64,")) {
		json_decref(source);
		return NULL;
	}
	ohb_json_set(source, "type", json_string("base64"));
	ohb_json_set(source, "media_type",
			json_stringn(url + strlen("data:"),
					(size_t)(semicolon - url) -
							strlen("data:")));
	ohb_json_set(source, "data",
			json_string(semicolon + strlen(";base64,")));
	return source;
}

static int add_image(json_t *blocks, json_t *part, struct ohb_error *err)
{
	const char *url = ohb_json_text(part, "image_url.url");
	json_t *source = url ? source_of(url) : NULL;

	if (!source)
		return ohb_fail(err, OHB_E_PROTOCOL,
				"an image that is neither at an https address "
				"nor given as data");
	add_block(blocks, "image", "source", source);
	return 0;
}

static int add_part(struct writing *writing, json_t *blocks, json_t *part,
		struct ohb_error *err)
{
	const char *type = ohb_json_text(part, "type");
	json_t *mark = ohb_json_at(part, "cache_control");
	size_t before = json_array_size(blocks);
	json_t *last;

	if (ohb_streq(type, "text") || ohb_streq(type, "refusal"))
		add_text(blocks, ohb_json_at(part, type));
	else if (!ohb_streq(type, "image_url"))
		return ohb_fail(err, OHB_E_PROTOCOL,
				"content of the type '%s' has no form at "
				"Anthropic",
				type ? type : "");
	else if (add_image(blocks, part, err) < 0)
		return -1;
	last = json_array_get(blocks, json_array_size(blocks) - 1);
	if (json_is_object(mark) && json_array_size(blocks) > before) {
		(void)json_object_set(last, "cache_control", mark);
		writing->marked = true;
	}
	return 0;
}

/* A string, or a list of parts. */
static int add_content(struct writing *writing, json_t *blocks, json_t *content,
		struct ohb_error *err)
{
	json_t *part;
	size_t i;

	add_text(blocks, content);
	json_array_foreach(content, i,
			part) if (add_part(writing, blocks, part, err) <
			0) return -1;
	return 0;
}

/* Their ids are letters, digits, _ and -.  The same one always becomes the
 * same one: a call and its result agree. */
static json_t *id_of(json_t *object, const char *name)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
	const char *id = ohb_json_text(object, name);
	char hex[OHB_DIGEST_HEX];
	struct ohb_digest digest;

	if (!id)
		id = "";
	if (*id && !id[strspn(id, allowed)])
		return json_string(id);
	digest = ohb_digest_of(id, strlen(id));
	return json_string(ohb_digest_hex(&digest, hex));
}

/* Of a call: an object, even when another model wrote none. */
static json_t *input_of(json_t *call)
{
	const char *text = ohb_json_text(call, "function.arguments");
	struct ohb_error err = OHB_ERROR_INIT;
	json_t *input = NULL;

	if (text && *text)
		input = ohb_json_parse(text, strlen(text), &err);
	if (json_is_object(input))
		return input;
	json_decref(input);
	input = json_object();
	if (text && *text)
		ohb_json_set(input, "arguments", json_string(text));
	return input;
}

static void add_call(json_t *blocks, json_t *call)
{
	json_t *block = json_object();

	ohb_json_set(block, "type", json_string("tool_use"));
	ohb_json_set(block, "id", id_of(call, "id"));
	ohb_json_set(block, "name",
			ohb_json_string(ohb_json_text(call, "function.name")));
	ohb_json_set(block, "input", input_of(call));
	ohb_json_append(blocks, block);
}

static int add_result(struct writing *writing, json_t *blocks, json_t *message,
		struct ohb_error *err)
{
	json_t *block = json_object(), *content = json_array();

	ohb_json_set(block, "type", json_string("tool_result"));
	ohb_json_set(block, "tool_use_id", id_of(message, "tool_call_id"));
	ohb_json_set(block, "content", content);
	ohb_json_append(blocks, block);
	return add_content(writing, content,
			json_object_get(message, "content"), err);
}

/* Turns alternate there: what one side says in a row is one message. */
static json_t *blocks_of(json_t *messages, const char *role)
{
	size_t n = json_array_size(messages);
	json_t *last = n ? json_array_get(messages, n - 1) : NULL;

	if (!ohb_streq(ohb_json_text(last, "role"), role)) {
		last = json_object();
		ohb_json_set(last, "role", json_string(role));
		ohb_json_set(last, "content", json_array());
		ohb_json_append(messages, last);
	}
	return json_object_get(last, "content");
}

static int add_message(
		struct writing *writing, json_t *message, struct ohb_error *err)
{
	const char *role = ohb_json_text(message, "role");
	bool system = ohb_streq(role, "system") || ohb_streq(role, "developer");
	bool assistant = ohb_streq(role, "assistant");
	json_t *content = json_object_get(message, "content");
	json_t *blocks, *call;
	size_t i;

	/* Only what stands in front has a place of its own. */
	if (system && !json_array_size(writing->messages))
		return add_content(writing, writing->system, content, err);
	blocks = blocks_of(writing->messages, assistant ? "assistant" : "user");
	if (ohb_streq(role, "tool"))
		return add_result(writing, blocks, message, err);
	if (add_content(writing, blocks, content, err) < 0)
		return -1;
	json_array_foreach(json_object_get(message, "tool_calls"), i, call)
			add_call(blocks, call);
	return 0;
}

static void drop_empty(json_t *messages)
{
	size_t i = json_array_size(messages);

	while (i--)
		if (!json_array_size(ohb_json_at(
				    json_array_get(messages, i), "content")))
			(void)json_array_remove(messages, i);
}

static json_t *tools_of(json_t *from)
{
	json_t *tools = json_array(), *tool, *function, *to, *schema;
	size_t i;

	json_array_foreach(json_object_get(from, "tools"), i, tool)
	{
		function = ohb_json_at(tool, "function");
		if (!function)
			continue;
		to = json_object();
		(void)json_object_set(
				to, "name", json_object_get(function, "name"));
		(void)json_object_set(to, "description",
				json_object_get(function, "description"));
		schema = json_object_get(function, "parameters");
		ohb_json_set(to, "input_schema",
				json_is_object(schema) ?
						json_incref(schema) :
						json_pack("{s:s, s:{}}", "type",
								"object",
								"properties"));
		ohb_json_append(tools, to);
	}
	return tools;
}

static const struct {
	const char *from, *to;
} choices[] = {
	{ "auto", "auto" },
	{ "none", "none" },
	{ "required", "any" },
};

static void set_choice(json_t *body, json_t *from)
{
	json_t *choice = json_object_get(from, "tool_choice");
	const char *name = ohb_json_text(choice, "function.name");
	bool single = json_is_false(
			json_object_get(from, "parallel_tool_calls"));
	const char *type = name ? "tool" : "auto";
	json_t *to = json_object();
	size_t i;

	for (i = 0; i < OHB_ARRAY_LEN(choices); i++)
		if (ohb_streq(json_string_value(choice), choices[i].from))
			type = choices[i].to;
	ohb_json_set(to, "type", json_string(type));
	if (name)
		ohb_json_set(to, "name", json_string(name));
	if (single && !ohb_streq(type, "none"))
		ohb_json_set(to, "disable_parallel_tool_use", json_true());
	ohb_json_set(body, "tool_choice", to);
}

static int64_t max_tokens_of(
		json_t *from, const struct ohb_gateway_model *model)
{
	int64_t otherwise = model->max_output_tokens ?
			model->max_output_tokens :
			DEFAULT_MAX_TOKENS;

	return ohb_json_int(from, "max_completion_tokens",
			ohb_json_int(from, "max_tokens", otherwise));
}

static void set_numbers(json_t *body, json_t *from,
		const struct ohb_gateway_model *model)
{
	double temperature = ohb_json_number(from, "temperature", -1);
	double top_p = ohb_json_number(from, "top_p", -1);
	json_t *stop = json_object_get(from, "stop");

	ohb_json_set(body, "max_tokens",
			json_integer(max_tokens_of(from, model)));
	/* Theirs ends at 1, and newer models take only one of the two. */
	if (temperature >= 0)
		ohb_json_set(body, "temperature",
				json_real(temperature < 1 ? temperature : 1));
	else if (top_p >= 0)
		ohb_json_set(body, "top_p", json_real(top_p));
	if (json_is_integer(json_object_get(from, "top_k")))
		(void)json_object_set(
				body, "top_k", json_object_get(from, "top_k"));
	if (json_is_string(stop))
		ohb_json_set(body, "stop_sequences", json_pack("[O]", stop));
	else if (json_array_size(stop))
		(void)json_object_set(body, "stop_sequences", stop);
}

static void mark(json_t *blocks)
{
	size_t n = json_array_size(blocks);

	if (n)
		ohb_json_set(json_array_get(blocks, n - 1), "cache_control",
				json_pack("{s:s}", "type", "ephemeral"));
}

/*
 * An agent sends all it has said again and again: without marks each time at
 * the full price.  The other providers do it unasked.
 */
static void set_marks(const struct writing *writing)
{
	size_t n = json_array_size(writing->messages);

	if (writing->marked)
		return;
	mark(writing->system);
	if (n)
		mark(json_object_get(json_array_get(writing->messages, n - 1),
				"content"));
}

int ohb_anthropic_write(const struct ohb_request *request,
		const struct ohb_gateway_model *model, struct ohb_str *out,
		struct ohb_error *err)
{
	ohb_autojson *from = ohb_request_json(request, err);
	ohb_autojson *body = json_object();
	struct writing writing = { json_array(), json_array(), false };
	json_t *tools = tools_of(from), *message;
	int ret = from ? 0 : -1;
	size_t i;

	json_array_foreach(json_object_get(from, "messages"), i,
			message) if (ret == 0) ret =
			add_message(&writing, message, err);
	drop_empty(writing.messages);
	set_marks(&writing);
	ohb_json_set(body, "model", json_string(model->name));
	set_numbers(body, from, model);
	if (json_array_size(writing.system))
		(void)json_object_set(body, "system", writing.system);
	ohb_json_set(body, "messages", writing.messages);
	if (json_array_size(tools)) {
		(void)json_object_set(body, "tools", tools);
		set_choice(body, from);
	}
	json_decref(writing.system);
	json_decref(tools);
	if (ret == 0)
		ohb_json_add(out, body);
	return ret;
}

static const struct {
	const char *reason, *finish;
} reasons[] = {
	{ "end_turn", "stop" },
	{ "stop_sequence", "stop" },
	{ "pause_turn", "stop" },
	{ "tool_use", "tool_calls" },
	{ "max_tokens", "length" },
	{ "model_context_window_exceeded", "length" },
	{ "refusal", "content_filter" },
};

static const char *finish_of(json_t *reply)
{
	const char *reason = ohb_json_text(reply, "stop_reason");
	size_t i;

	for (i = 0; i < OHB_ARRAY_LEN(reasons); i++)
		if (ohb_streq(reasons[i].reason, reason))
			return reasons[i].finish;
	return "stop";
}

static json_t *call_of(json_t *block)
{
	ohb_autostr arguments = OHB_STR_INIT;
	json_t *input = json_object_get(block, "input");
	json_t *call = json_object(), *function = json_object();

	if (input)
		ohb_json_add(&arguments, input);
	ohb_json_set(function, "name",
			ohb_json_string(ohb_json_text(block, "name")));
	ohb_json_set(function, "arguments",
			json_string(arguments.len ? arguments.data : "{}"));
	ohb_json_set(call, "id", ohb_json_string(ohb_json_text(block, "id")));
	ohb_json_set(call, "type", json_string("function"));
	ohb_json_set(call, "function", function);
	return call;
}

static void add_words(struct ohb_str *out, const char *words)
{
	if (words)
		ohb_str_adds(out, words);
}

static json_t *message_of(json_t *content)
{
	ohb_autostr text = OHB_STR_INIT, thoughts = OHB_STR_INIT;
	json_t *message = json_object(), *calls = json_array(), *block;
	size_t i;

	json_array_foreach(content, i, block)
	{
		const char *type = ohb_json_text(block, "type");

		if (ohb_streq(type, "text"))
			add_words(&text, ohb_json_text(block, type));
		else if (ohb_streq(type, "thinking"))
			add_words(&thoughts, ohb_json_text(block, type));
		else if (ohb_streq(type, "tool_use"))
			ohb_json_append(calls, call_of(block));
	}
	ohb_json_set(message, "role", json_string("assistant"));
	ohb_json_set(message, "content",
			text.len || !json_array_size(calls) ?
					json_string(ohb_str_cstr(&text)) :
					json_null());
	if (thoughts.len)
		ohb_json_set(message, "reasoning_content",
				json_string(thoughts.data));
	if (json_array_size(calls))
		(void)json_object_set(message, "tool_calls", calls);
	json_decref(calls);
	return message;
}

/* The parts of a prompt that were in the cache are not in input_tokens. */
static json_t *usage_of(json_t *reply)
{
	int64_t in = ohb_json_int(reply, "usage.input_tokens", -1);
	int64_t out = ohb_json_int(reply, "usage.output_tokens", -1);
	int64_t read = ohb_json_int(reply, "usage.cache_read_input_tokens", 0);
	int64_t made = ohb_json_int(
			reply, "usage.cache_creation_input_tokens", 0);
	const int64_t max = INT64_MAX / 8;
	json_t *usage = json_object(), *details = json_object();

	if (in < 0 || out < 0 || read < 0 || made < 0 || in > max ||
			out > max || read > max || made > max) {
		json_decref(details);
		json_decref(usage);
		return NULL;
	}
	ohb_json_set(details, "cached_tokens", json_integer(read));
	ohb_json_set(usage, "prompt_tokens", json_integer(in + read + made));
	ohb_json_set(usage, "completion_tokens", json_integer(out));
	ohb_json_set(usage, "total_tokens",
			json_integer(in + read + made + out));
	ohb_json_set(usage, "prompt_tokens_details", details);
	return usage;
}

json_t *ohb_anthropic_read(json_t *reply)
{
	json_t *content = ohb_json_at(reply, "content");
	json_t *ret, *choice, *usage;

	if (!ohb_streq(ohb_json_text(reply, "type"), "message") ||
			!json_is_array(content) ||
			!ohb_json_text(reply, "stop_reason"))
		return json_incref(reply);
	ret = json_object();
	choice = json_object();
	usage = usage_of(reply);
	ohb_json_set(choice, "index", json_integer(0));
	ohb_json_set(choice, "message", message_of(content));
	ohb_json_set(choice, "finish_reason", json_string(finish_of(reply)));
	ohb_json_set(ret, "id", ohb_json_string(ohb_json_text(reply, "id")));
	ohb_json_set(ret, "object", json_string("chat.completion"));
	ohb_json_set(ret, "created", json_integer(0));
	ohb_json_set(ret, "model",
			ohb_json_string(ohb_json_text(reply, "model")));
	ohb_json_set(ret, "choices", json_pack("[o]", choice));
	if (usage)
		ohb_json_set(ret, "usage", usage);
	return ret;
}
