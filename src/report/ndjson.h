#ifndef OHB_REPORT_NDJSON_H
#define OHB_REPORT_NDJSON_H

/*
 * Every event as one JSON object a line, as docs/events.md and
 * schema/event.schema.json say.  userdata is a FILE *; each line is flushed,
 * so that a reader follows along.  A write error stays in ferror().
 */

#include "ohbuild/event.h"

void ohb_ndjson_event(void *file, const struct ohb_event *event);

#endif
