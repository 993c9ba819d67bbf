#ifndef OHB_REPORT_PLAIN_H
#define OHB_REPORT_PLAIN_H

/* Progress in plain lines: one for an event that is worth it, no escapes. */

#include <stdbool.h>
#include <stdio.h>

#include "base/str.h"
#include "ohbuild/event.h"

enum ohb_detail {
	OHB_DETAIL_SILENT, /* warnings and failures */
	OHB_DETAIL_NORMAL,
	OHB_DETAIL_VERBOSE, /* every step, all the agent says */
};

struct ohb_plain {
	FILE *out;
	enum ohb_detail detail;
};

/* An ohb_event_fn; userdata is a struct ohb_plain. */
void ohb_plain_event(void *plain, const struct ohb_event *event);

/* Appends the line of this event and a newline, or nothing. */
void ohb_plain_line(struct ohb_str *out, const struct ohb_event *event,
		enum ohb_detail detail, bool colors);

#endif
