#ifndef OHB_ASK_ASK_H
#define OHB_ASK_ASK_H

/*
 * Questions answered in JSON, from what is known; nothing is written and
 * nothing starts.  The documents' schemas are in schema/.
 */

#include <jansson.h>

#include "plan/plan.h"
#include "project/graph.h"
#include "store/store.h"

/* All of it read-only. */
struct ohb_asked {
	int dirfd; /* the project's folder */
	const struct ohb_config *config;
	const struct ohb_graph *graph;
	const struct ohb_facts *facts;
	const struct ohb_plan *plan;
	const bool *selected; /* graph->count of them */
	struct ohb_store *store; /* open for reading */
	/* For why: recorded names without a target that were asked for. */
	const char *const *orphans;
	size_t norphans;
};

/* New references; NULL only with err set. */
json_t *ohb_ask_status(const struct ohb_asked *asked, struct ohb_error *err);
json_t *ohb_ask_why(const struct ohb_asked *asked, struct ohb_error *err);
json_t *ohb_ask_list(const struct ohb_asked *asked, struct ohb_error *err);
json_t *ohb_ask_show(const struct ohb_asked *asked, struct ohb_error *err);
json_t *ohb_ask_graph(const struct ohb_asked *asked, struct ohb_error *err);
json_t *ohb_ask_models(const struct ohb_asked *asked, struct ohb_error *err);
/* What became of tests that were judged as they stand. */
struct ohb_validated;
json_t *ohb_ask_validate(const struct ohb_validated *items, size_t n);
json_t *ohb_ask_log(const struct ohb_asked *asked, struct ohb_error *err);

#endif
