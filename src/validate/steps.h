#ifndef OHB_VALIDATE_STEPS_H
#define OHB_VALIDATE_STEPS_H

/* The rooms of the judge to each other. */

#include <pthread.h>
#include <stdatomic.h>

#include "text/coverage.h"
#include "validate/judge.h"

/* Of ours in the sandbox's copy; nothing there is the project's. */
#define OHB_OURS ".ohbuild/"
#define OHB_REPORT_DIR OHB_OURS "report-"

/* Further runs of one judgement that go on at the same time. */
#define OHB_LANES 2

/* One judgement on its way. */
struct ohb_trial {
	const struct ohb_judge_spec *spec;
	struct ohb_arena *arena;
	struct ohb_sandbox *sandbox;
	struct ohb_fileset tree; /* what was put in; compared after a step */
	const struct ohb_fileset *previous; /* version of the outputs */
	const char *const *env; /* of its commands, added; NULL: none */
	size_t round; /* 1: its steps run where they ran before */
	size_t prepared; /* reports whose folders are there already */
	struct ohb_sandbox *lanes[OHB_LANES]; /* NULL: not open */
	struct ohb_str seen; /* all that is there since the last command, as a
				tar; empty: not looked */
	/* Shared with all further runs: guards what they share, and is held
	 * while the caller is asked, who has one thread for that; NULL: there
	 * is one.  And what is told when any of it has changed. */
	pthread_mutex_t *mutex;
	pthread_cond_t *news;
	struct ohb_early *early; /* NULL: none was begun */
	struct ohb_repeat *repeat; /* its plan; NULL: not yet */
	bool renewable; /* the sandbox becomes the first lane */
	bool compares; /* what its commands change in the tree is a finding */
	atomic_uint opened; /* lanes, in all */
	/* Each of the module's steps; 0: not yet. */
	_Atomic int64_t *took_ms;
	/* As in the judgement. */
	unsigned killed, mutants, killed_changed, tried_changed;
	bool faultless_changed;
	const bool *looked; /* by sabotage, at each source; NULL: at none */
	const struct ohb_coverage *coverage; /* of the sources; NULL: unknown */
	unsigned covered_changed, lines_changed; /* as in the judgement */
	bool unkeyed; /* as in the judgement */
	struct ohb_step_result *steps;
	size_t nsteps, csteps;
	struct ohb_finding *findings;
	size_t nfindings, cfindings;
	struct ohb_finding *warnings;
	size_t nwarnings, cwarnings;
};

/* trial.c: a sandbox with the inputs and (may be NULL) the outputs; close it
 * in every case. */
int ohb_trial_open(struct ohb_trial *trial, const struct ohb_fileset *outputs,
		struct ohb_error *err) OHB_MUST_CHECK;
void ohb_trial_close(struct ohb_trial *trial);
/* What the former does: a place for this judgement; the tree put into it. */
int ohb_trial_place(const struct ohb_judge_spec *spec, const char *name,
		struct ohb_sandbox **ret, struct ohb_error *err) OHB_MUST_CHECK;
int ohb_trial_put(
		struct ohb_trial *trial, struct ohb_error *err) OHB_MUST_CHECK;
/* 1: others ran in its place, which is now as it was when it was opened. */
int ohb_trial_reset(
		struct ohb_trial *trial, struct ohb_error *err) OHB_MUST_CHECK;
/* Adds a finding; step is borrowed, the rest copied into the arena. */
struct ohb_finding *ohb_trial_add(struct ohb_trial *trial, const char *step,
		const char *fmt, ...) OHB_PRINTF(3, 4);
/* The same, of what refuses nothing. */
struct ohb_finding *ohb_trial_warn(struct ohb_trial *trial, const char *step,
		const char *fmt, ...) OHB_PRINTF(3, 4);
/* The text of foreign output as it may be shown: clean, without the
 * sandbox's own path, at most max bytes of its end. */
const char *ohb_trial_text(struct ohb_trial *trial, const char *data,
		size_t len, size_t max);

/* scope.c: declared outputs are there, new, plain files of text. */
void ohb_scope_judge(
		struct ohb_trial *trial, const struct ohb_fileset *outputs);

/* guard.c: the code of the outputs.  *ret_note says what could not be judged,
 * or is NULL. */
int ohb_guard_judge(struct ohb_trial *trial, const struct ohb_fileset *outputs,
		const char **ret_note, struct ohb_error *err) OHB_MUST_CHECK;

/* command.c: lint, build, command, test, coverage. */
struct ohb_command {
	const struct ohb_step_config *config;
	const char *step; /* "test", or "test 2" */
	const char *line; /* expanded, for /bin/sh -c */
	const char *report; /* path beneath the sandbox's dir, or NULL */
	bool (*on_tick)(void *userdata); /* as ohb_exec_spec has it */
	void *userdata;
};

int ohb_command_expand(const struct ohb_target *target,
		const struct ohb_step_config *config, const char *report,
		struct ohb_arena *arena, const char **ret_line,
		struct ohb_error *err) OHB_MUST_CHECK;
/* Where the report of `junit:`, `lcov:` … will be, beneath the sandbox's dir. */
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

/* The parts of it: runs the command; 1 a limit of the sandbox ended it and a
 * finding says which; 1 its report was read, 0 a finding says why not; a
 * finding for every tool that is not there. */
int ohb_command_run(struct ohb_trial *trial, const struct ohb_command *command,
		struct ohb_exec_result *ret,
		struct ohb_error *err) OHB_MUST_CHECK;
int ohb_command_limit(struct ohb_trial *trial,
		const struct ohb_command *command,
		const struct ohb_exec_result *result,
		struct ohb_error *err) OHB_MUST_CHECK;
int ohb_command_read_report(struct ohb_trial *trial,
		const struct ohb_command *command, struct ohb_report *ret,
		struct ohb_error *err) OHB_MUST_CHECK;
void ohb_command_missing(struct ohb_trial *trial, const char *step,
		const struct ohb_exec_result *result);

/* suite.c: the whole suite is no worse than without the new test. */
int ohb_suite_judge(struct ohb_trial *trial, const struct ohb_command *command,
		struct ohb_step_result *ret,
		struct ohb_error *err) OHB_MUST_CHECK;
/* Before that, when others ran in the trial's place. */
int ohb_suite_place(struct ohb_trial *trial, size_t at,
		struct ohb_error *err) OHB_MUST_CHECK;
/* Without the outputs: keeps what it did; no report is a finding. */
int ohb_suite_baseline(struct ohb_trial *trial,
		const struct ohb_command *command,
		struct ohb_error *err) OHB_MUST_CHECK;

/* output.c: what a failed command said, in few words: the first errors of a
 * compiler, each a finding; else the end of the output. */
void ohb_output_add(struct ohb_trial *trial, const char *step, const char *what,
		const struct ohb_exec_result *result);
/* The end of the output, with a newline before it; "" when there is none. */
const char *ohb_output_tail(
		struct ohb_trial *trial, const struct ohb_exec_result *result);
/* A failing case of a report, with its place where anything names one. */
void ohb_output_case(struct ohb_trial *trial, const char *step,
		const struct ohb_case *test);

/* coverage.c: enough of the sources' lines, and of those that changed, were
 * executed; what is known of them stays in the trial. */
void ohb_coverage_judge(struct ohb_trial *trial,
		const struct ohb_command *command,
		const struct ohb_coverage *report, struct ohb_step_result *ret);
/* What another version executes and this does not, when this executes fewer
 * lines, as the beginning of a finding; NULL when it does not. */
const char *ohb_coverage_lost(
		struct ohb_trial *trial, const struct ohb_coverage *other);
/* The lines that are executed. */
size_t ohb_coverage_hit(const struct ohb_coverage *coverage);
/* Whether it knows a line of the source's that changed. */
bool ohb_coverage_tells(const struct ohb_trial *trial, const char *source);

/*
 * tree.c: what a step changed in the sandbox's copy of the project.  A file of
 * it is read first, so that both need one look; false: ask for it alone.
 */
bool ohb_tree_fetch(
		struct ohb_trial *trial, const char *path, struct ohb_str *out);
int ohb_tree_judge(struct ohb_trial *trial, const char *step,
		struct ohb_error *err) OHB_MUST_CHECK;

/* judge.c: a step of the module, ready to run: its report has a fresh path. */
int ohb_step_prepare(struct ohb_trial *trial, size_t at,
		struct ohb_command *command,
		struct ohb_error *err) OHB_MUST_CHECK;
struct ohb_step_result *ohb_step_add(struct ohb_trial *trial);

/*
 * rerun.c: the build, command and test steps once more, in a pristine copy of
 * the tree in a place that nothing else can see, which is used again when it
 * can be made as new.  Up to OHB_LANES at a time.
 */
struct ohb_rerun {
	const char *dir; /* last part of the project's folder */
	const char *const *env; /* added; NULL: none */
	const struct ohb_file *files; /* instead of, or beside, the tree's */
	size_t nfiles;
	/* When its steps run, as libfaketime says it: "+400d"; NULL: now.  What
	 * follows in the same place has the same. */
	const char *date;
	bool hurry; /* a time limit by how long the steps took before */
	bool compare; /* what the steps change in the tree is a finding */
	/* To see what it does: coverage steps, too, and no minimum is asked. */
	bool measure;
	/* If all is well, next, in the same place as it was left: what is built
	 * is not built again.  NULL: none. */
	struct ohb_rerun *then;
	/* If it is in a copy of its own, at the same time in the same place, in
	 * another folder; each names the other.  NULL: none. */
	struct ohb_rerun *beside;
	/* What came of it. */
	bool done;
	bool cut; /* the place does not bear both: try each alone */
	size_t reached; /* the step that it is at, from 1; all: SIZE_MAX */
	const char *clock; /* the libfaketime of its place; NULL: none, so now */
	size_t at; /* the step of the module that it ended with */
	struct ohb_arena arena;
	struct ohb_trial trial; /* findings, if a step failed; results */
};

struct ohb_reruns {
	/* All are called by one thread at a time.  NULL: no further one, or
	 * with `waits`, when that says so, not before there is news. */
	struct ohb_rerun *(*next)(void *userdata);
	bool (*waits)(void *userdata);
	void (*done)(void *userdata, struct ohb_rerun *rerun);
	void *userdata;
};

/* Returns when all that were begun have ended.  What the trial's own sandbox
 * holds is gone then: it becomes one of the places. */
int ohb_rerun_all(struct ohb_trial *trial, const struct ohb_reruns *reruns,
		struct ohb_error *err) OHB_MUST_CHECK;
/* A single one. */
int ohb_rerun_one(struct ohb_trial *trial, struct ohb_rerun *rerun,
		struct ohb_error *err) OHB_MUST_CHECK;
void ohb_rerun_release(struct ohb_rerun *rerun);
/*
 * Begins some in the second lane, the first in the folder `dir`, beside the
 * trial's own steps; others wait for that lane until they have ended.  end()
 * waits for that, with `stop` no longer than it must; -1: an error, which is
 * none of the trial; what was begun is not done.  Where there can be no thread
 * none is begun.
 */
void ohb_early_begin(struct ohb_trial *trial, const struct ohb_reruns *reruns,
		const char *dir);
int ohb_early_end(struct ohb_trial *trial, bool stop);
/* Whether the module has a command that is run again. */
bool ohb_rerun_possible(const struct ohb_module_config *module);

/* kept.c: what passes in the version before the agent's is there still, and
 * executes as many lines. */
bool ohb_kept_wanted(const struct ohb_trial *trial);
int ohb_kept_judge(struct ohb_trial *trial, struct ohb_step_result *ret,
		struct ohb_error *err) OHB_MUST_CHECK;

/*
 * repeat.c: the same cases pass in other environments.  begin() is for before
 * the test itself, when a further run may begin beside it, and go_on() for when
 * the test has passed: all others may.  release() is for what begin() made.
 */
void ohb_repeat_begin(struct ohb_trial *trial);
void ohb_repeat_go_on(struct ohb_trial *trial);
void ohb_repeat_release(struct ohb_trial *trial);
int ohb_repeat_judge(struct ohb_trial *trial, struct ohb_step_result *ret,
		struct ohb_error *err) OHB_MUST_CHECK;

/*
 * control.c: the sources with wider blanks, which is the same code: whom that
 * disturbs reads the source instead of running it.  One of the runs of repeat
 * where there are enough, else a run of sabotage's own.
 */
bool ohb_control_is_repeat(const struct ohb_module_config *module);
#define OHB_NO_CONTROL \
	"there is no other text of the source, so the test may read it"
/* In the arena; 0: there is no other text. */
size_t ohb_control_files(
		const struct ohb_trial *trial, const struct ohb_file **ret);
/* Whether a run of them has failed in the tests; then what that means, when
 * `plain` is a run of what was put in. */
bool ohb_control_failed(const struct ohb_rerun *run);
void ohb_control_judge(struct ohb_trial *trial, const char *step,
		const struct ohb_rerun *run, const struct ohb_rerun *plain);

/* mutate.c: small faults, each a replacement of bytes in a source. */
struct ohb_mutant {
	const struct ohb_file *file;
	unsigned line;
	size_t start, end; /* of the file's bytes */
	const char *text; /* instead of them */
	struct ohb_digest order; /* by the seed */
	unsigned rank; /* lower ones first */
	bool changed; /* it is on a line that changed since the record */
};

/*
 * At most max of them in the order in which they are to be tried, in the
 * arena.  None: *ret_why says why.  Sets trial->faultless_changed
 * and trial->looked.
 */
int ohb_mutants_find(struct ohb_trial *trial, size_t max,
		struct ohb_mutant **ret, size_t *ret_n, const char **ret_why,
		struct ohb_error *err) OHB_MUST_CHECK;

/* sabotage.c: the test notices some of them. */
int ohb_sabotage_judge(struct ohb_trial *trial, struct ohb_step_result *ret,
		struct ohb_error *err) OHB_MUST_CHECK;

#endif
