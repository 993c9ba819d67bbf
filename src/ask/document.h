#ifndef OHB_ASK_DOCUMENT_H
#define OHB_ASK_DOCUMENT_H

/* Private to this floor: what answers have in common.  New references. */

#include <stdint.h>

#include <jansson.h>

json_t *ohb_ask_document(const char *question);
json_t *ohb_ask_money(double usd); /* negative, unknown: null, never 0 */
json_t *ohb_ask_moment(int64_t wall_ms); /* 0: null */

#endif
