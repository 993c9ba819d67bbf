#ifndef OHB_AGENT_EVENT_H
#define OHB_AGENT_EVENT_H

/*
 * One event of the agent-server's list, which the command line program prints
 * as well, or one of OpenHands 0.x, as far as it matters to us.  Events of a
 * kind that is not known are OHB_EVENT_OTHER, as the server asks of its
 * clients.
 */

#include <stdbool.h>

#include <jansson.h>

#include "base/str.h"

enum ohb_event_kind {
	OHB_EVENT_OTHER,
	OHB_EVENT_ACTION, /* a tool is called; text: last words, of `finish` */
	OHB_EVENT_RESULT, /* a call came back, well or not */
	OHB_EVENT_WORDS, /* the agent spoke without a call; text */
	OHB_EVENT_PROMPT, /* our message has arrived */
	OHB_EVENT_STATUS, /* text: the new execution status */
	OHB_EVENT_ERROR, /* the run's end; code, class and text */
};

/* Strings are borrowed from the JSON and NULL where they do not apply. */
struct ohb_agent_event {
	enum ohb_event_kind kind;
	const char *id; /* NULL: not an event */
	const char *text;
	const char *code, *class;
};

/* Whether it has a kind: of the server and its kin, or of OpenHands 0.x. */
bool ohb_agent_event_is(json_t *json);

/* dir is the project's folder in the sandbox: it is left out of paths.  line
 * gets what the agent does now in one clean line, or nothing. */
void ohb_agent_event_read(json_t *json, const char *dir,
		struct ohb_agent_event *ret, struct ohb_str *line);

#endif
