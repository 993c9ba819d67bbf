#ifndef OHB_GATEWAY_CASSETTE_H
#define OHB_GATEWAY_CASSETTE_H

/*
 * A conversation on disk: the replies for one target, in order.  One JSON
 * value a line, the first one the header; docs/cassettes.md has the format.
 */

#include <stddef.h>
#include <stdint.h>

#include "io/http.h"

struct ohb_cassette {
	char *path;
	struct ohb_str text;
	size_t *lines; /* offsets in text of the replies */
	size_t count, cap;
};

/* Reads the cassette of a target and checks every line: what is wrong is
 * OHB_E_CONFIG with path and line.  ret is released by the caller. */
int ohb_cassette_load(const char *dir, const char *target,
		struct ohb_cassette *ret, struct ohb_error *err) OHB_MUST_CHECK;
void ohb_cassette_release(struct ohb_cassette *cassette);

/* Reply number `at` (from 0), as if it came from the network, and how long
 * it takes.  1, or 0 past the end. */
int ohb_cassette_reply(const struct ohb_cassette *cassette, size_t at,
		struct ohb_http_response *ret, int64_t *ret_delay_ms);

/* One line, header or reply; ret of the reply is added to. */
int ohb_cassette_parse_header(const char *line, size_t len, const char *target,
		struct ohb_error *err) OHB_MUST_CHECK;
int ohb_cassette_parse_reply(const char *line, size_t len,
		struct ohb_http_response *ret, int64_t *ret_delay_ms,
		struct ohb_error *err) OHB_MUST_CHECK;

#endif
