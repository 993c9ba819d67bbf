#ifndef OHB_GATEWAY_CASSETTE_H
#define OHB_GATEWAY_CASSETTE_H

/*
 * A conversation on disk: the replies for one target, in order, with what
 * was asked for each when they were recorded.  One JSON value a line, the
 * first one the header; docs/cassettes.md has the format.
 */

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "io/http.h"

#define OHB_CASSETTE_VERSION 2

struct ohb_cassette {
	char *path;
	int version;
	bool recorded; /* from a model, not written by a person */
	struct ohb_str model; /* of the header */
	struct ohb_str text;
	size_t *lines; /* offsets in text of the replies */
	size_t count, cap;
};

/* One line: a reply, or that there was none. */
struct ohb_cassette_line {
	json_t *json; /* owns what is borrowed below */
	unsigned conversation; /* of the target, from 1 */
	const char *model; /* who was asked; NULL: whoever is */
	const char *digest; /* of the request; NULL: it was not recorded */
	json_t *request; /* what it has beyond the one before; or NULL */
	enum ohb_code failure; /* OHB_OK: there is a reply */
	const char *words; /* of a failure */
	struct ohb_http_response reply;
	int64_t delay_ms;
};

/* Reads the cassette of a target and checks every line: what is wrong is
 * OHB_E_CONFIG with path and line.  strict: each has to have its digest.
 * ret is released by the caller. */
int ohb_cassette_load(const char *dir, const char *target, bool strict,
		struct ohb_cassette *ret, struct ohb_error *err) OHB_MUST_CHECK;
void ohb_cassette_release(struct ohb_cassette *cassette);

/* Line number `at` (from 0).  1, released by the caller; or 0 past the end. */
int ohb_cassette_line(const struct ohb_cassette *cassette, size_t at,
		struct ohb_cassette_line *ret);
/* The request of a line, put together from those before it; NULL when it was
 * not recorded.  New reference. */
json_t *ohb_cassette_request(const struct ohb_cassette *cassette, size_t at);
/* The first line of a conversation; count when there is none. */
size_t ohb_cassette_begin(
		const struct ohb_cassette *cassette, unsigned conversation);

/* DIR/<target with __ for />.jsonl: the caller frees. */
char *ohb_cassette_path(const char *dir, const char *target);
/* The name of a failure of the transport, as lines have it; NULL: such a one
 * is not recorded. */
const char *ohb_cassette_failure(enum ohb_code code);

/* One line, header (path and text of ret are left alone) or reply. */
int ohb_cassette_parse_header(const char *line, size_t len, const char *target,
		struct ohb_cassette *ret, struct ohb_error *err) OHB_MUST_CHECK;
int ohb_cassette_parse_line(int version, const char *line, size_t len,
		struct ohb_cassette_line *ret,
		struct ohb_error *err) OHB_MUST_CHECK;
void ohb_cassette_line_release(struct ohb_cassette_line *line);
#define ohb_autoline            \
	__attribute__((cleanup( \
			ohb_cassette_line_release))) struct ohb_cassette_line
#define OHB_CASSETTE_LINE_INIT \
	{                      \
		.json = NULL   \
	}

#endif
