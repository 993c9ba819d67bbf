#ifndef OHB_BUILD_SETUP_H
#define OHB_BUILD_SETUP_H

/* What a build needs before its first target: engines, images, keys and the
 * gateway; and its end. */

#include "build/build.h"
#include "plan/plan.h"

struct ohb_setup {
	struct ohb_build build;
	struct ohb_redact redact;
	struct ohb_arena arena;
	struct ohb_gateway_model *models;
	struct ohb_secret **keys; /* of the models, or NULL */
	struct ohb_digest *key_names; /* build.keys */
	double cost_usd; /* of the pre-flight; negative: unknown */
	char run[17]; /* build.run */
};

struct ohb_setup_options {
	const char *replay; /* folder of cassettes, or NULL */
	const double *budget_usd; /* of this build; NULL: what the file says */
	const char *record; /* where cassettes are written, or NULL */
	bool strict; /* a replay */
	bool no_preflight; /* asks no model whether it answers */
	const struct ohb_plan *plan; /* what will be built decides what is
					needed */
};

/* The given fields of setup->build (root, dirfd, config, graph, git, store,
 * emitter, cancel) are set by the caller.  Close it in every case. */
int ohb_setup_open(struct ohb_setup *setup,
		const struct ohb_setup_options *options,
		struct ohb_error *err) OHB_MUST_CHECK;
void ohb_setup_close(struct ohb_setup *setup);

/* A model as the gateway wants it; borrows both. */
struct ohb_gateway_model ohb_setup_model(const struct ohb_model_config *model,
		const struct ohb_secret *key);

/* Whether an agent is asked for it. */
bool ohb_setup_needs_agent(const struct ohb_step *step);

/* Removes what a killed build left in the engines.  False, with a warning,
 * when one could not be asked: something may still be there. */
bool ohb_setup_sweep(struct ohb_setup *setup);

#endif
