/*
 * The first byte chooses: 'h' the header of a cassette, 's' what is put away of
 * a program's output, 'd' two requests and what is kept of the second, else a
 * line, of version 1 after 'r'.  What is taken holds what it promises.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "gateway/asked.h"
#include "gateway/cassette.h"
#include "text/json.h"
#include "text/steady.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int condition)
{
	if (!condition)
		abort();
}

static void try_line(int version, const char *text, size_t len)
{
	struct ohb_error err = OHB_ERROR_INIT;
	ohb_autoline line = OHB_CASSETTE_LINE_INIT;
	ohb_autostr value = OHB_STR_INIT;
	const struct ohb_http_response *reply = &line.reply;

	if (ohb_cassette_parse_line(version, text, len, &line, &err) < 0) {
		must(err.code == OHB_E_CONFIG && err.msg[0] && !line.json);
		return;
	}
	must(line.delay_ms >= 0 && line.conversation >= 1);
	must((line.failure != OHB_OK) == (reply->status == 0));
	must(line.failure == OHB_OK || line.words);
	must(reply->status == 0 ||
			(reply->status >= 100 && reply->status <= 599));
	must(!reply->headers.len || ohb_ends(reply->headers.data, "\r\n"));
	(void)ohb_http_header(reply, "retry-after", &value);
}

/* A word is not much longer than what it stands for. */
static void try_steady(const char *text, size_t len)
{
	ohb_autostr out = OHB_STR_INIT;

	ohb_steady_add(&out, text, len);
	must(out.len <= 4 * len);
	must((len == 0) == (out.len == 0));
}

/* "{first}\n{second}" */
static void try_delta(const char *text, size_t len)
{
	static const struct ohb_disguise none = { .keys = NULL };
	const char *line = memchr(text, '\n', len);
	struct ohb_error err = OHB_ERROR_INIT;
	ohb_autojson *first = NULL, *second = NULL, *a = NULL, *b = NULL;
	ohb_autojson *delta = NULL, *back = NULL;
	ohb_autostr words = OHB_STR_INIT;

	if (!line)
		return;
	first = ohb_json_parse(text, (size_t)(line - text), &err);
	second = ohb_json_parse(line, len - (size_t)(line - text), &err);
	if (!json_is_object(first) || !json_is_object(second) ||
			!json_is_array(json_object_get(second, "messages")))
		return;
	a = ohb_asked_of(first, &none);
	b = ohb_asked_of(second, &none);
	delta = ohb_asked_delta(a, b);
	back = ohb_asked_apply(a, delta, &err);
	must(back && json_equal(back, b));
	ohb_asked_difference(a, b, &words);
	must(json_equal(a, b) == (words.len == 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ohb_error err = OHB_ERROR_INIT;
	const char *line = (const char *)data + 1;
	struct ohb_cassette cassette = { 0 };

	if (size == 0)
		return 0;
	if (data[0] == 's')
		try_steady(line, size - 1);
	else if (data[0] == 'd')
		try_delta(line, size - 1);
	else if (data[0] != 'h')
		try_line(data[0] == 'r' ? 1 : 2, line, size - 1);
	else if (ohb_cassette_parse_header(
				 line, size - 1, "a", &cassette, &err) < 0)
		must(err.code == OHB_E_CONFIG && err.msg[0]);
	ohb_cassette_release(&cassette);
	return 0;
}
