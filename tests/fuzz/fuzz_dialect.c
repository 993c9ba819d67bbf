/*
 * The first byte chooses.  'r': a reply of Anthropic's; what is read as an
 * answer is one, and as a stream it is whole.  Else a request, for the
 * provider that the digit says; what is written is JSON, without more than
 * one model.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/anthropic.h"
#include "gateway/dialect.h"
#include "gateway/stream.h"
#include "text/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool condition)
{
	if (!condition)
		abort();
}

static void count(void *userdata, struct ohb_str *text)
{
	*(size_t *)userdata += text->len;
}

static void stream_whole(json_t *answer)
{
	struct ohb_request request = { .wants_usage = true };
	ohb_autostr text = OHB_STR_INIT;
	struct ohb_stream stream;
	size_t passed = 0;

	ohb_stream_write(&request, answer, &text);
	ohb_stream_init(&stream, &request, count, &passed);
	(void)ohb_stream_feed(&stream, text.data, text.len);
	ohb_stream_end(&stream);
	must(stream.finished && !stream.broken && passed == text.len);
	ohb_stream_release(&stream);
}

static void read_reply(const char *text, size_t len)
{
	struct ohb_error err = OHB_ERROR_INIT;
	ohb_autojson *reply = ohb_json_parse(text, len, &err);
	ohb_autojson *answer = reply ? ohb_anthropic_read(reply) : NULL;

	if (answer == reply)
		return;
	must(json_array_size(ohb_json_at(answer, "choices")) == 1);
	must(ohb_json_text(answer, "choices.0.finish_reason") != NULL);
	stream_whole(answer);
}

static void write_request(char which, const char *text, size_t len)
{
	static const char *const ids[] = { "openai/m", "mistral/m",
		"anthropic/m" };
	const char *id = ids[(unsigned char)which % 3];
	const struct ohb_dialect *dialect = ohb_dialect_of(id);
	const struct ohb_gateway_model model = { .id = id, .name = "m" };
	ohb_autostr in = OHB_STR_INIT, out = OHB_STR_INIT;
	struct ohb_error err = OHB_ERROR_INIT;
	struct ohb_request request;
	ohb_autojson *json = NULL;
	enum ohb_api api = which > 'a' ? OHB_API_RESPONSES : OHB_API_CHAT;

	ohb_str_add(&in, text, len);
	if (ohb_request_read(api, &in, &request, &err) < 0 ||
			ohb_dialect_check(dialect, &request, &model, &err) <
					0 ||
			ohb_dialect_write(dialect, &request, &model, 0, &out,
					&err) < 0) {
		must(err.msg[0] && !out.len);
		return;
	}
	json = ohb_json_parse(out.data, out.len, &err);
	/* Numbers that the library does not take go on as they are. */
	must(json || strstr(err.msg, "too big") ||
			strstr(err.msg, "too large") ||
			strstr(err.msg, "overflow"));
	must(!json || ohb_streq(ohb_json_text(json, "model"), "m"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;

	if (size && text[0] == 'r')
		read_reply(text + 1, size - 1);
	else if (size)
		write_request(text[0], text + 1, size - 1);
	return 0;
}
