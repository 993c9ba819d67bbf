#ifndef OHB_BUILD_BUILD_H
#define OHB_BUILD_BUILD_H

/*
 * A build: what all its workers share.  Read-only once workers run, or
 * locked by itself (store, emitter, gateway, engines).
 */

#include <stdatomic.h>
#include <stdbool.h>

#include "build/emit.h"
#include "gateway/gateway.h"
#include "project/graph.h"
#include "sandbox/sandbox.h"
#include "store/store.h"
#include "validate/suite.h"

struct ohb_build_image {
	const char *name; /* as in openhands.yml */
	struct ohb_str id; /* "sha256:…" */
};

struct ohb_build {
	const char *root; /* the project's, absolute */
	int dirfd; /* of root */
	const struct ohb_config *config;
	const struct ohb_graph *graph;
	bool git; /* the project is a git work tree */
	struct ohb_store *store;
	struct ohb_engine *docker; /* NULL: no target needs it */
	struct ohb_engine *process; /* likewise */
	struct ohb_build_image *images; /* those that are used */
	size_t nimages, cimages;
	struct ohb_gateway *gateway;
	struct ohb_budget *budget; /* NULL: nothing is paid for */
	const struct ohb_gateway_model *models; /* as config->models */
	const struct ohb_digest *keys; /* theirs, as the ledger calls them */
	/* What models have done, when the build began. */
	const struct ohb_measure *measures;
	size_t nmeasures;
	struct ohb_suites *suites; /* what they did without new tests */
	struct ohb_emitter *emitter;
	const struct ohb_redact *redact;
	struct ohb_cancel *cancel;
	/* Raised with cancel, or alone when no model will answer anybody:
	 * what agents and their waits go by.  What was written by then is
	 * judged and kept all the same. */
	struct ohb_cancel ending;
	int64_t patience_ms; /* with an agent-server; 0: as it is made */
	bool judges_only; /* no agent can be asked: see OHB_END_OUTDATED */
	bool always; /* -B: also what turns out to be fresh */
	const char *run; /* id of this build */
	atomic_bool over; /* by ohb_build_end */
	atomic_uint next; /* numbers sandboxes */
};

/* Whether models, not the user, ended the build. */
bool ohb_build_is_over(const struct ohb_build *build);
/* Ends it: true for the first who does, and may say why. */
bool ohb_build_end(struct ohb_build *build);

/* Where this target's agent and judge run. */
struct ohb_engine *ohb_build_agent_engine(const struct ohb_build *build);
struct ohb_engine *ohb_build_judge_engine(
		const struct ohb_build *build, const struct ohb_target *target);
/* The image its judge runs in; NULL on the host. */
const char *ohb_build_judge_image(
		const struct ohb_build *build, const struct ohb_target *target);
/* What the engine says an image is: a tag may be given to another one.  NULL
 * for NULL, and for an image that is not used. */
const char *ohb_build_image_id(const struct ohb_build *build, const char *name);
/* "ohb-<run>-<number>-<role>": the caller frees. */
char *ohb_build_sandbox_name(struct ohb_build *build, const char *role);

#endif
