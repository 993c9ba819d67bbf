#ifndef OHB_BUILD_VALIDATE_H
#define OHB_BUILD_VALIDATE_H

/* Tests on disk, judged as they are: no agent, and nothing is recorded. */

#include "build/build.h"
#include "validate/judge.h"

enum ohb_validated_state {
	OHB_VALIDATED_NOT_RUN, /* others failed before it, or it was cut short */
	OHB_VALIDATED_PASSED,
	OHB_VALIDATED_FAILED,
	OHB_VALIDATED_MISSING, /* no test is there */
	OHB_VALIDATED_CONFIG, /* no test could pass: reason */
	OHB_VALIDATED_INFRA, /* the judge could not work: reason */
};

const char *ohb_validated_name(enum ohb_validated_state state);

struct ohb_validated {
	const struct ohb_target *target;
	enum ohb_validated_state state;
	struct ohb_judgement judgement; /* when it passed or failed */
	bool known; /* from an earlier judgement of the same bytes */
	const char *reason; /* one line */
	/* What the agent said of this very target, or NULL. */
	const char *suspicion; /* of a bug in the source */
	const char *blocked; /* why it cannot be done */
	int64_t duration_ms;
	struct ohb_arena arena; /* for all of these; the caller's to release */
};

struct ohb_validating {
	struct ohb_build *build; /* engines and images are ready */
	unsigned jobs;
	bool keep_going;
	struct ohb_validated *items; /* target is set, of each */
	size_t count;
};

/* Judges them by several threads; how each went is in it. */
void ohb_validate_run(struct ohb_validating *validating);

#endif
