#ifndef OHB_TEXT_SSE_H
#define OHB_TEXT_SSE_H

/*
 * A stream of server-sent events, read as it comes: the form in which models
 * answer piece by piece.  Lines end in LF, CR or both; comments, ids and
 * retry times are skipped; an event without data is none.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

struct ohb_sse_event {
	const char *name; /* "" when it has none */
	const char *data; /* its lines joined by LF; a NUL follows */
	size_t len;
};

/* All zero is the begin of a stream. */
struct ohb_sse {
	struct ohb_str line, name, data;
	bool has_data, after_cr;
	bool begun; /* a byte order mark may no longer come */
};

/*
 * Reads a piece of any length and calls fn for each event that it ends; the
 * event is valid during the call.  What the stream's end leaves open is no
 * event.  OHB_E_LIMIT when a line or an event is above OHB_MAX_JSON_BYTES.
 */
typedef void ohb_sse_fn(void *userdata, const struct ohb_sse_event *event);
int ohb_sse_feed(struct ohb_sse *sse, const char *data, size_t len,
		ohb_sse_fn *fn, void *userdata,
		struct ohb_error *err) OHB_MUST_CHECK;
void ohb_sse_release(struct ohb_sse *sse);

/* Appends one event; name "": none is written. */
void ohb_sse_add(struct ohb_str *out, const char *name, const char *data,
		size_t len);

#endif
