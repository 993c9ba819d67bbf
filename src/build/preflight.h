#ifndef OHB_BUILD_PREFLIGHT_H
#define OHB_BUILD_PREFLIGHT_H

/* Before the first container: do the models that will be used answer, with
 * these keys? */

#include "build/build.h"
#include "gateway/probe.h"
#include "plan/plan.h"

/* The start of the day that the time is in (UTC). */
int64_t ohb_preflight_today(int64_t wall_ms);

/*
 * Asks those that have not answered with that key today.  What is wrong with
 * one is a warning while every target of the plan has another to ask, in this
 * build or once an outage is over.  Else a key that is refused, a model that is
 * not there and a provider that wants to be paid fail, all of them in one
 * text: OHB_E_CONFIG when openhands.yml has to be corrected, else OHB_E_INFRA.
 * *ret_cost_usd is what it cost, negative when that is unknown.
 */
int ohb_preflight_run(struct ohb_build *build, const struct ohb_plan *plan,
		const struct ohb_gateway_model *const *models, size_t n,
		double *ret_cost_usd, struct ohb_error *err) OHB_MUST_CHECK;

/* What the ledger keeps of it; the strings are the model's. */
struct ohb_traffic ohb_traffic_of(const struct ohb_gateway_model *model,
		const struct ohb_digest *key, const struct ohb_tally *tally);

#endif
