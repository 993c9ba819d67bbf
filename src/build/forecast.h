#ifndef OHB_BUILD_FORECAST_H
#define OHB_BUILD_FORECAST_H

/* What the next run of a target will cost and take, from the ledger. */

#include "plan/facts.h"
#include "store/store.h"

/*
 * Fills the forecast of every target that may have to run: the median of its
 * own latest runs, else of those of its module, else of all; unknown when
 * nothing has run.  The others' is unknown.  Few targets are looked up one
 * by one, many in one pass over the ledger.
 */
int ohb_forecast_all(const struct ohb_graph *graph,
		const struct ohb_config *config, struct ohb_store *store,
		struct ohb_fact *facts, struct ohb_error *err) OHB_MUST_CHECK;

#endif
