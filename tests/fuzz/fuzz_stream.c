/*
 * Any bytes as the stream of a model; the first byte chooses the API.  Cut in
 * two at any place it comes to the same, and what is not whole is not passed
 * on as if it were.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/stream.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool condition)
{
	if (!condition)
		abort();
}

static void keep(void *userdata, struct ohb_str *text)
{
	ohb_str_add(userdata, text->data, text->len);
}

static void run(const char *text, size_t len, size_t at, struct ohb_str *out)
{
	struct ohb_request request = {
		.api = text[0] & 1 ? OHB_API_RESPONSES : OHB_API_CHAT,
		.wants_usage = text[0] & 2,
	};
	struct ohb_stream stream;

	ohb_stream_init(&stream, &request, keep, out);
	if (ohb_stream_feed(&stream, text + 1, at) == 0)
		(void)ohb_stream_feed(&stream, text + 1 + at, len - 1 - at);
	ohb_stream_end(&stream);
	must(stream.spoke || !out->len);
	must(!stream.plain || !out->len);
	if (request.api == OHB_API_CHAT && !(stream.finished && !stream.broken))
		must(!out->len || !ohb_ends(out->data, "data: [DONE]\n\n"));
	ohb_stream_release(&stream);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	ohb_autostr whole = OHB_STR_INIT, cut = OHB_STR_INIT;

	if (size < 2 || size > 65536 || memchr(text, '\0', size))
		return 0;
	run(text, size, 0, &whole);
	run(text, size, (size - 1) / 2, &cut);
	must(ohb_streq(ohb_str_cstr(&whole), ohb_str_cstr(&cut)));
	return 0;
}
