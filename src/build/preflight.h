#ifndef OHB_BUILD_PREFLIGHT_H
#define OHB_BUILD_PREFLIGHT_H

/* Before the first container: do the models that will be used answer, with
 * these keys? */

#include "build/build.h"
#include "gateway/probe.h"

/* The start of the day that the time is in (UTC). */
int64_t ohb_preflight_today(int64_t wall_ms);

/*
 * Asks those that have not answered with that key today.  A key that is
 * refused or a model that is not there fails, all of them in one text:
 * OHB_E_CONFIG when openhands.yml has to be corrected, else OHB_E_INFRA; so
 * does a provider that wants to be paid, when none of the others answers.
 * What may be over in a minute is a warning.  *ret_cost_usd is what it cost,
 * negative when that is unknown.
 */
int ohb_preflight_run(struct ohb_build *build,
		const struct ohb_gateway_model *const *models, size_t n,
		double *ret_cost_usd, struct ohb_error *err) OHB_MUST_CHECK;

/* What the ledger keeps of it; the strings are the model's. */
struct ohb_traffic ohb_traffic_of(const struct ohb_gateway_model *model,
		const struct ohb_digest *key, const struct ohb_tally *tally);

#endif
