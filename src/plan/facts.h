#ifndef OHB_PLAN_FACTS_H
#define OHB_PLAN_FACTS_H

/*
 * What is known when a plan is made: plain data, gathered by others (from
 * the disk and the store).  One fact a target of the graph, same index.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "plan/key.h"

enum ohb_output_state {
	OHB_OUTPUT_ABSENT,
	OHB_OUTPUT_AS_RECORDED,
	OHB_OUTPUT_DIFFERENT, /* from the record; a person's */
	OHB_OUTPUT_UNKNOWN, /* there, but we have no record of it */
};

/* Whose runs a forecast rests on. */
enum ohb_basis {
	OHB_OF_NONE, /* nothing has run */
	OHB_OF_TARGET,
	OHB_OF_MODULE,
	OHB_OF_ALL,
};

/* What the next run will take: medians. */
struct ohb_forecast {
	enum ohb_basis basis;
	size_t runs; /* how many */
	int64_t ms; /* -1: unknown */
	size_t priced; /* runs of a known price */
	double usd; /* negative: unknown */
};

/* What became of these very files of a person's under this key. */
enum ohb_edit_past {
	OHB_EDIT_NEW, /* nothing is known */
	OHB_EDIT_REFUSED, /* by the judge, as they stand */
	OHB_EDIT_UNMERGED, /* they and the agent's version did not fit */
};

struct ohb_record; /* of the store: nothing is planned by it */

struct ohb_fact {
	struct ohb_parts parts; /* now */
	struct ohb_digest key; /* of them */
	bool has_record;
	bool failed; /* the record is of a failure; else of a success */
	/* What the record says is not in the lock beside it, which a commit
	 * would take: whoever clones it would not know. */
	bool unlocked;
	bool resettled; /* the judge's settings are not those of the record */
	bool merge_tried; /* with this key and these or other files */
	enum ohb_edit_past edit;
	const char *evidence; /* of a failure: "test: 1 of 7 cases failed …" */
	const char *suspicion; /* of a success: the bug that the agent suspects
				  in the source, or NULL */
	/* What all of this is known from, the store's or the lock's; of a
	 * failure with another key the success before it; or NULL. */
	const struct ohb_record *record;
	struct ohb_parts recorded; /* its parts */
	struct ohb_digest recorded_key;
	const enum ohb_output_state *outputs; /* target->noutputs of them */
	const char *edit_evidence; /* unless `edit` is new */
	struct ohb_forecast forecast;
};

struct ohb_facts {
	const struct ohb_fact *items; /* graph->count of them */
	const char *const *orphans; /* recorded names without a target */
	size_t norphans;
	size_t taken; /* records that became the database's from the lock */
};

#endif
