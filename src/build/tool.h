#ifndef OHB_BUILD_TOOL_H
#define OHB_BUILD_TOOL_H

/*
 * The commands of `depfile`, run: they are the user's own, as in a Makefile,
 * by /bin/sh in the project's folder, with the user's environment and
 * nothing to read.
 */

#include "base/cancel.h"
#include "project/graph.h"
#include "text/depfile.h"

struct ohb_tool_run {
	const struct ohb_target *target;
	const char *command; /* expanded */
	/* what came of it */
	bool ran; /* else: another one of its module failed before */
	const char *failure, *hint; /* for people; NULL: it went well */
	enum ohb_depfile_form form;
	const char *const *paths; /* those of the project, clean, sorted */
	size_t npaths;
	struct ohb_arena arena; /* for all of these */
};

struct ohb_tools {
	const char *root; /* absolute, without links */
	const struct ohb_config *config;
	struct ohb_cancel *cancel;
	struct ohb_tool_run *runs;
	size_t nruns;
};

/* The command of the target's module, with its words in it, in the arena. */
const char *ohb_tool_command(
		const struct ohb_target *target, struct ohb_arena *arena);

/*
 * Runs all, as many at once as there are processors.  Once one has failed, no
 * later one of its module is begun.  -1 only when it was cancelled.
 */
int ohb_tools_run(const struct ohb_tools *tools,
		struct ohb_error *err) OHB_MUST_CHECK;

#endif
