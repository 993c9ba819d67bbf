#ifndef OHB_REPORT_GRAPH_H
#define OHB_REPORT_GRAPH_H

/* The answer of `graph` in the forms that people and their tools draw from.
 * Names of any bytes stay inside of their quotes. */

#include <jansson.h>

#include "report/answers.h"

/* A tree: each target above what it is made of; one that was printed before
 * is only named. */
void ohb_graph_text(json_t *answer, const struct ohb_answer_style *style,
		struct ohb_str *out);
/* For dot(1). */
void ohb_graph_dot(json_t *answer, const struct ohb_answer_style *style,
		struct ohb_str *out);
/* A flowchart of Mermaid. */
void ohb_graph_mermaid(json_t *answer, const struct ohb_answer_style *style,
		struct ohb_str *out);

#endif
