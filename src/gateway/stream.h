#ifndef OHB_GATEWAY_STREAM_H
#define OHB_GATEWAY_STREAM_H

/*
 * An answer that a model gives piece by piece.  The pieces are read as they
 * come, so that it is known whether the answer is whole; nothing is passed on
 * until the model has said something, so that all that fails before can be
 * tried again.
 */

#include <jansson.h>
#include <stdbool.h>

#include "gateway/request.h"
#include "text/sse.h"

/* Gets what goes on to the agent: whole events, and may change them. */
typedef void ohb_stream_fn(void *userdata, struct ohb_str *text);

struct ohb_stream {
	enum ohb_api api;
	bool wants_usage; /* the agent asked for the piece that says it */
	ohb_stream_fn *pass;
	void *userdata;

	struct ohb_sse sse;
	struct ohb_str text; /* all that came, as it came */
	struct ohb_str pending; /* not passed on yet */
	json_t *usage; /* the last that was said; NULL: none */
	json_t *refusal; /* the event that broke it; NULL: none */
	bool plain; /* it is one JSON value and no stream */
	bool spoke; /* something was passed on */
	bool finished; /* the model said that this is all */
	bool broken; /* it ended otherwise */
	bool done; /* nothing comes any more */
};

void ohb_stream_init(struct ohb_stream *ret, const struct ohb_request *request,
		ohb_stream_fn *pass, void *userdata);
/* -1: more is not worth waiting for: it is broken, or done. */
int ohb_stream_feed(struct ohb_stream *stream, const char *data, size_t len);
/* The provider has closed; passes on the end of a whole answer. */
void ohb_stream_end(struct ohb_stream *stream);
void ohb_stream_release(struct ohb_stream *stream);

/* Appends a whole answer as a stream. */
void ohb_stream_write(const struct ohb_request *request, json_t *answer,
		struct ohb_str *out);

#endif
