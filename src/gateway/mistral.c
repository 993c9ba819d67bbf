#include "gateway/mistral.h"

#include <string.h>

#include "base/digest.h"
#include "base/memory.h"
#include "text/json.h"

#define ID_LEN 9

struct name {
	const char *from, *to;
};

/* Of two for one the later wins. */
static const struct name request_names[] = {
	{ "messages", "messages" },
	{ "tools", "tools" },
	{ "tool_choice", "tool_choice" },
	{ "parallel_tool_calls", "parallel_tool_calls" },
	{ "max_tokens", "max_tokens" },
	{ "max_completion_tokens", "max_tokens" },
	{ "temperature", "temperature" },
	{ "top_p", "top_p" },
	{ "stop", "stop" },
	{ "seed", "random_seed" },
	{ "frequency_penalty", "frequency_penalty" },
	{ "presence_penalty", "presence_penalty" },
	{ "response_format", "response_format" },
};
static const struct name message_names[] = {
	{ "role", "role" },
	{ "content", "content" },
	{ "name", "name" },
	{ "tool_calls", "tool_calls" },
	{ "tool_call_id", "tool_call_id" },
};
static const struct name call_names[] = {
	{ "id", "id" },
	{ "type", "type" },
	{ "function", "function" },
};

/* What is known of from; null and an empty list say nothing. */
static json_t *pick(json_t *from, const struct name *names, size_t n)
{
	json_t *ret = json_object(), *value;
	size_t i;

	for (i = 0; i < n; i++) {
		value = json_object_get(from, names[i].from);
		if (!value || json_is_null(value) ||
				(json_is_array(value) &&
						!json_array_size(value)))
			continue;
		(void)json_object_set(ret, names[i].to, value);
	}
	return ret;
}

/* The same id always becomes the same one: a call and its result agree. */
static void fix_id(json_t *object, const char *name)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
	const char *id = ohb_json_text(object, name);
	char fixed[ID_LEN + 1] = "";
	struct ohb_digest digest;
	size_t i;

	if (!id || (strlen(id) == ID_LEN && strspn(id, letters) == ID_LEN))
		return;
	digest = ohb_digest_of(id, strlen(id));
	for (i = 0; i < ID_LEN; i++)
		fixed[i] = letters[digest.bytes[i] % (sizeof(letters) - 1)];
	ohb_json_set(object, name, json_string(fixed));
}

static json_t *message_of(json_t *from)
{
	json_t *ret = pick(from, message_names, OHB_ARRAY_LEN(message_names));
	json_t *calls = json_object_get(ret, "tool_calls");
	json_t *list = json_array(), *call;
	size_t i;

	if (ohb_streq(ohb_json_text(ret, "role"), "developer"))
		ohb_json_set(ret, "role", json_string("system"));
	if (!ohb_streq(ohb_json_text(ret, "role"), "tool"))
		(void)json_object_del(ret, "name");
	fix_id(ret, "tool_call_id");
	json_array_foreach(calls, i, call)
	{
		call = pick(call, call_names, OHB_ARRAY_LEN(call_names));
		fix_id(call, "id");
		ohb_json_append(list, call);
	}
	if (calls)
		(void)json_object_set(ret, "tool_calls", list);
	else if (!json_object_get(ret, "content"))
		ohb_json_set(ret, "content", json_string(""));
	json_decref(list);
	return ret;
}

int ohb_mistral_write(const struct ohb_request *request,
		const struct ohb_gateway_model *model, struct ohb_str *out,
		struct ohb_error *err)
{
	ohb_autojson *from = ohb_request_json(request, err);
	ohb_autojson *body = NULL;
	json_t *messages, *message;
	size_t i;

	if (!from)
		return -1;
	messages = json_array();
	body = pick(from, request_names, OHB_ARRAY_LEN(request_names));
	json_array_foreach(json_object_get(from, "messages"), i, message)
			ohb_json_append(messages, message_of(message));
	ohb_json_set(body, "messages", messages);
	if (!json_object_get(body, "tools")) {
		(void)json_object_del(body, "tool_choice");
		(void)json_object_del(body, "parallel_tool_calls");
	}
	ohb_json_set(body, "model", json_string(model->name));
	if (!request->capped && model->max_output_tokens)
		ohb_json_set(body, "max_tokens",
				json_integer(model->max_output_tokens));
	if (request->streamed)
		ohb_json_set(body, "stream", json_true());
	ohb_json_add(out, body);
	return 0;
}
