#include "gateway/request.h"

#include "base/memory.h"
#include "text/json.h"
#include "text/members.h"

/*
 * What goes on to a provider.  Not: what would let an agent choose other
 * models or plugins, have the provider search the web for it or keep what it
 * was told, or ask for several answers at once.  Tools of the responses
 * dialect that the provider would run are refused below.
 */
static const char *const chat_names[] = { "messages", "tools", "tool_choice",
	"parallel_tool_calls", "functions", "function_call", "max_tokens",
	"max_completion_tokens", "temperature", "top_p", "top_k", "min_p",
	"stop", "seed", "frequency_penalty", "presence_penalty",
	"repetition_penalty", "logit_bias", "response_format", "reasoning",
	"reasoning_effort", "thinking", "verbosity", "prompt_cache_key",
	"prompt_cache_retention", NULL };
static const char *const response_names[] = { "input", "instructions", "tools",
	"tool_choice", "parallel_tool_calls", "max_output_tokens",
	"temperature", "top_p", "text", "reasoning", "include", "truncation",
	"prompt_cache_key", "prompt_cache_retention", NULL };

static const struct {
	const char *const *names;
	const char *caps[2]; /* any of them: the agent's own */
	const char *main, *missing;
} apis[] = {
	[OHB_API_CHAT] = { chat_names,
			{ "max_tokens", "max_completion_tokens" }, "messages",
			"no messages" },
	[OHB_API_RESPONSES] = { response_names, { "max_output_tokens", NULL },
			"input", "no input" },
};

/* The values found so far, by the number of their name. */
struct reading {
	struct ohb_request *request;
	struct ohb_passed slots[OHB_REQUEST_NAMES];
	struct ohb_json_member stream, options, previous;
};

static void read_member(void *userdata, const struct ohb_json_member *member)
{
	struct reading *reading = userdata;
	const char *const *names = apis[reading->request->api].names;
	size_t i;

	if (ohb_json_member_is(member, "stream"))
		reading->stream = *member;
	if (ohb_json_member_is(member, "stream_options"))
		reading->options = *member;
	if (ohb_json_member_is(member, "previous_response_id"))
		reading->previous = *member;
	for (i = 0; names[i]; i++)
		if (ohb_json_member_is(member, names[i]))
			reading->slots[i] = (struct ohb_passed){ names[i],
				member->value, member->value_len };
}

static bool wants_usage(const struct ohb_json_member *options)
{
	struct ohb_error err = OHB_ERROR_INIT;
	ohb_autojson *json = options->value ?
			ohb_json_parse(options->value, options->value_len,
					&err) :
			NULL;

	return json_is_true(ohb_json_at(json, "include_usage"));
}

static const struct ohb_passed *find(
		const struct ohb_request *request, const char *name)
{
	const struct ohb_passed *at = request->passed;

	while (at->name && !ohb_streq(at->name, name))
		at++;
	return at->name ? at : NULL;
}

/* A provider's own tools would search the web or run code for the agent. */
static int check_tools(const struct ohb_request *request, struct ohb_error *err)
{
	const struct ohb_passed *tools = find(request, "tools");
	ohb_autojson *json = NULL;
	const char *type;
	json_t *tool;
	size_t i;

	if (!tools || request->api != OHB_API_RESPONSES)
		return 0;
	json = ohb_json_parse(tools->value, tools->len, err);
	if (!json)
		return -1;
	json_array_foreach(json, i, tool)
	{
		type = ohb_json_text(tool, "type");
		if (!ohb_streq(type, "function") && !ohb_streq(type, "custom"))
			return ohb_fail(err, OHB_E_PROTOCOL,
					"the tool '%s' is the provider's; only "
					"functions are allowed",
					type ? type : "");
	}
	return 0;
}

static bool is_list(const struct ohb_passed *passed)
{
	return passed && (passed->value[0] == '[' || passed->value[0] == '"');
}

int ohb_request_read(enum ohb_api api, const struct ohb_str *text,
		struct ohb_request *ret, struct ohb_error *err)
{
	struct reading reading = { .request = ret };
	size_t i, n = 0;

	*ret = (struct ohb_request){ .api = api, .text = text };
	if (ohb_json_members(ohb_str_cstr(text), text->len, read_member,
			    &reading, err) < 0)
		return -1;
	for (i = 0; apis[api].names[i]; i++)
		if (reading.slots[i].name)
			ret->passed[n++] = reading.slots[i];
	if (!is_list(find(ret, apis[api].main)) ||
			(api == OHB_API_CHAT &&
					find(ret, "messages")->value[0] != '['))
		return ohb_fail(err, OHB_E_PROTOCOL, "%s", apis[api].missing);
	if (reading.previous.value && reading.previous.value[0] == '"')
		return ohb_fail(err, OHB_E_PROTOCOL,
				"previous_response_id is not supported: send "
				"the whole input");
	for (i = 0; i < OHB_ARRAY_LEN(apis[api].caps); i++)
		ret->capped |= apis[api].caps[i] &&
				find(ret, apis[api].caps[i]);
	ret->streamed = reading.stream.value && reading.stream.value[0] == 't';
	ret->wants_usage = wants_usage(&reading.options);
	return check_tools(ret, err);
}

json_t *ohb_request_json(
		const struct ohb_request *request, struct ohb_error *err)
{
	json_t *ret = json_object(), *value;
	const struct ohb_passed *at;

	for (at = request->passed; at->name; at++) {
		value = ohb_json_parse(at->value, at->len, err);
		if (!value) {
			json_decref(ret);
			return NULL;
		}
		ohb_json_set(ret, at->name, value);
	}
	return ret;
}
