/*
 * The first byte chooses: 'h' the header of a cassette, else a reply.  A
 * reply that is taken has one line a header.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/cassette.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int condition)
{
	if (!condition)
		abort();
}

static void try_reply(const char *line, size_t len)
{
	struct ohb_error err = OHB_ERROR_INIT;
	ohb_autohttp reply = OHB_HTTP_RESPONSE_INIT;
	ohb_autostr value = OHB_STR_INIT;
	int64_t delay_ms = -1;

	if (ohb_cassette_parse_reply(line, len, &reply, &delay_ms, &err) < 0) {
		must(err.code == OHB_E_CONFIG && err.msg[0]);
		return;
	}
	must(reply.status >= 100 && reply.status <= 599 && delay_ms >= 0);
	must(!reply.headers.len || ohb_ends(reply.headers.data, "\r\n"));
	(void)ohb_http_header(&reply, "retry-after", &value);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ohb_error err = OHB_ERROR_INIT;
	const char *line = (const char *)data + 1;

	if (size == 0)
		return 0;
	if (data[0] != 'h')
		try_reply(line, size - 1);
	else if (ohb_cassette_parse_header(line, size - 1, "a", &err) < 0)
		must(err.code == OHB_E_CONFIG && err.msg[0]);
	return 0;
}
