/*
 * Any bytes as a stream: cut in two at any place it has the same events, and
 * each that is written again is read as it was.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "text/sse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool condition)
{
	if (!condition)
		abort();
}

static void list(void *userdata, const struct ohb_sse_event *event)
{
	must(event->data[event->len] == '\0');
	ohb_sse_add(userdata, event->name, event->data, event->len);
}

static void read_cut(
		const char *text, size_t len, size_t at, struct ohb_str *out)
{
	struct ohb_error err = OHB_ERROR_INIT;
	struct ohb_sse sse = { 0 };

	must(ohb_sse_feed(&sse, text, at, list, out, &err) == 0);
	must(ohb_sse_feed(&sse, text + at, len - at, list, out, &err) == 0);
	ohb_sse_release(&sse);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	size_t at = size ? data[0] % size : 0;
	ohb_autostr whole = OHB_STR_INIT, cut = OHB_STR_INIT;
	ohb_autostr again = OHB_STR_INIT;

	if (size > 65536 || memchr(text, '\0', size))
		return 0;
	read_cut(text, size, 0, &whole);
	read_cut(text, size, at, &cut);
	must(ohb_streq(ohb_str_cstr(&whole), ohb_str_cstr(&cut)));
	read_cut(ohb_str_cstr(&whole), whole.len, 0, &again);
	must(ohb_streq(ohb_str_cstr(&whole), ohb_str_cstr(&again)));
	return 0;
}
