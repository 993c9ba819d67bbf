#ifndef OHB_ASK_DOCUMENT_H
#define OHB_ASK_DOCUMENT_H

/* Private to this floor: what answers have in common.  New references. */

#include <stdint.h>

#include <jansson.h>

#include "ask/ask.h"

json_t *ohb_ask_document(const char *question);
json_t *ohb_ask_money(double usd); /* negative, unknown: null, never 0 */
json_t *ohb_ask_moment(int64_t wall_ms); /* 0: null */
json_t *ohb_ask_digest(const struct ohb_digest *digest);
json_t *ohb_ask_parts(const struct ohb_parts *list);
/* What status tells of a target; `changed` (taken over) are the changes of
 * its key. */
json_t *ohb_ask_state(const struct ohb_asked *asked,
		const struct ohb_step *step, json_t *changed);
json_t *ohb_ask_change(const struct ohb_change *change);
json_t *ohb_ask_summary(const struct ohb_asked *asked);

#endif
