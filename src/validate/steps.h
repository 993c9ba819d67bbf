#ifndef OHB_VALIDATE_STEPS_H
#define OHB_VALIDATE_STEPS_H

/* The rooms of the judge to each other. */

#include "validate/judge.h"

/* One judgement on its way. */
struct ohb_trial {
	const struct ohb_judge_spec *spec;
	struct ohb_arena *arena;
	struct ohb_sandbox *sandbox;
	struct ohb_fileset tree; /* what was put in; compared after a step */
	unsigned reports; /* number of the next report */
	struct ohb_step_result *steps;
	size_t nsteps, csteps;
	struct ohb_finding *findings;
	size_t nfindings, cfindings;
};

/* trial.c: a sandbox with the inputs and (may be NULL) the outputs; close it
 * in every case. */
int ohb_trial_open(struct ohb_trial *trial, const struct ohb_fileset *outputs,
		struct ohb_error *err) OHB_MUST_CHECK;
void ohb_trial_close(struct ohb_trial *trial);
/* Adds a finding; step is borrowed, the rest copied into the arena. */
struct ohb_finding *ohb_trial_add(struct ohb_trial *trial, const char *step,
		const char *fmt, ...) OHB_PRINTF(3, 4);
/* The text of foreign output as it may be shown: clean, without the
 * sandbox's own path, at most max bytes of its end. */
const char *ohb_trial_text(struct ohb_trial *trial, const char *data,
		size_t len, size_t max);

/* scope.c: declared outputs are there, new, plain files of text. */
void ohb_scope_judge(struct ohb_trial *trial, const struct ohb_fileset *outputs,
		const struct ohb_fileset *previous);

/* command.c: lint, build, command, test. */
struct ohb_command {
	const struct ohb_step_config *config;
	const char *step; /* "test", or "test 2" */
	const char *line; /* expanded, for /bin/sh -c */
	const char *report; /* path beneath the sandbox's dir, or NULL */
};

int ohb_command_expand(const struct ohb_target *target,
		const struct ohb_step_config *config, const char *report,
		struct ohb_arena *arena, const char **ret_line,
		struct ohb_error *err) OHB_MUST_CHECK;
/* Where the report of `junit:` will be, beneath the sandbox's dir. */
int ohb_command_report(const struct ohb_target *target,
		const struct ohb_step_config *config, const char *report,
		struct ohb_arena *arena, const char **ret_path,
		struct ohb_error *err) OHB_MUST_CHECK;
/* Runs it and adds what it found; ret gets how long it took. */
int ohb_command_judge(struct ohb_trial *trial,
		const struct ohb_command *command, struct ohb_step_result *ret,
		struct ohb_error *err) OHB_MUST_CHECK;
/* The same for the baseline: finds only what no test could mend. */
int ohb_command_baseline(struct ohb_trial *trial,
		const struct ohb_command *command,
		struct ohb_error *err) OHB_MUST_CHECK;

/* tree.c: what a step changed in the sandbox's copy of the project. */
int ohb_tree_judge(struct ohb_trial *trial, const char *step,
		struct ohb_error *err) OHB_MUST_CHECK;

#endif
