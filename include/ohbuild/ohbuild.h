#ifndef OHBUILD_OHBUILD_H
#define OHBUILD_OHBUILD_H

/*
 * libohbuild: decides which tests are out of date and why, and has agents
 * write them again, each result proven before it is kept.
 *
 * Open a project, ask it (nothing is written; of programs only git and the
 * project's depfile commands run), or build.
 * Types are opaque; answers to questions are JSON documents whose schemas
 * are installed (schema/status.schema.json and so on), so that the program,
 * scripts and other languages read the same thing.
 *
 * A project may be used by one thread at a time.
 */

#include <stdbool.h>
#include <stddef.h>

#include "ohbuild/error.h"
#include "ohbuild/event.h"

#ifdef __cplusplus
extern "C" {
#endif

struct ohb_project;

/*
 * How a project is opened.  When nothing has changed since the last build,
 * its decision stands, and configuration and files need not be read.
 */
enum ohb_glance {
	OHB_GLANCE_NEVER,
	/* If the decision stands: for ohb_project_check and
	 * ohb_project_summary without any selection, and nothing else. */
	OHB_GLANCE_CHECK,
	/* If it stands and is that nothing is to be done: also for
	 * ohb_project_build without any selection. */
	OHB_GLANCE_BUILD,
};

struct ohb_project_options {
	enum ohb_glance glance;
	const char *dir; /* the project's root; NULL: where we are */
	const char *file; /* beneath dir; NULL: "openhands.yml" */
	bool anyway; /* succeeds also when it cannot be read: only for
			ohb_project_doctor */
	/* The variables that `key` names are taken out of this process's
	 * environment: its children do not need them.  Not for a program with
	 * threads that read the environment. */
	bool take_keys;
	bool staged; /* what git's index holds counts, not what is on disk;
			for questions only */
	ohb_event_fn *sink; /* gets OHB_EV_WARNING; NULL: nobody */
	void *userdata;
};

/*
 * Reads the file and makes targets of rules and files.  On failure with
 * OHB_E_CONFIG *ret_report becomes the diagnostics, formatted for people
 * (file:line:column, the line, a caret, a suggestion), which the caller
 * free()s; otherwise NULL.
 */
OHB_API int ohb_project_open(const struct ohb_project_options *options,
		struct ohb_project **ret, char **ret_report,
		struct ohb_error *err) OHB_MUST_CHECK;
/*
 * The diagnostics when a question or a build failed with OHB_E_CONFIG, in the
 * same form, which the caller free()s; NULL when there are none.
 */
OHB_API char *ohb_project_report(const struct ohb_project *project);
OHB_API void ohb_project_free(struct ohb_project *project);

/*
 * Which targets: test paths, source paths, module names, "@tag", globs.
 * None: all.  A word that selects nothing is OHB_E_USAGE.
 */
struct ohb_selection {
	const char *const *words;
	size_t nwords;
	bool always; /* -B: as if everything selected were stale */
	bool retry_failed; /* what failed with the same key, too */
	/* Only what differs from the merge base of HEAD and this commit, and
	 * what needs that; "": the usual one; NULL: all. */
	const char *affected;
};

/*
 * What is true of the selected targets.  Writes nothing, on disk or
 * elsewhere; works on a read-only tree and while a build is running.
 */
enum ohb_question {
	OHB_ASK_STATUS, /* verdict, reason, prediction of every target */
	/* The same with what changed: parts, lines, commits.  Words may name
	 * orphans: what was built and no module makes any more. */
	OHB_ASK_WHY,
	OHB_ASK_LIST, /* targets with sources, outputs, inputs, needs */
	OHB_ASK_SHOW, /* all that would be used: prompt, files, commands */
	OHB_ASK_LOG, /* attempts: findings, judge's text, conversation */
	OHB_ASK_GRAPH, /* what each target is made of and needs */
	OHB_ASK_MODELS, /* how each model has done; whatever is selected */
};

/* *ret_json is a UTF-8 document the caller free()s. */
OHB_API int ohb_project_ask(struct ohb_project *project,
		enum ohb_question question,
		const struct ohb_selection *selection, char **ret_json,
		struct ohb_error *err) OHB_MUST_CHECK;

/* The numbers `check`, `-q` and the exit status need. */
struct ohb_summary {
	size_t targets; /* selected */
	size_t fresh;
	size_t to_build; /* never built, stale, missing */
	size_t edited; /* a build judges, merges or overwrites them */
	size_t failed_before;
	size_t blocked;
};

OHB_API int ohb_project_summary(struct ohb_project *project,
		const struct ohb_selection *selection, struct ohb_summary *ret,
		struct ohb_error *err) OHB_MUST_CHECK;

/* One target, as `check` shows it; valid during the call. */
struct ohb_state {
	const char *name;
	const char *verdict; /* as in schema/status.schema.json */
	const char *because; /* one line */
	bool will_build;
	const char *way; /* as in schema/status.schema.json */
};

typedef void ohb_state_fn(void *userdata, const struct ohb_state *state);

/* The same numbers, and fn (NULL: nobody) gets those that are not fresh, in
 * the order of their names. */
OHB_API int ohb_project_check(struct ohb_project *project,
		const struct ohb_selection *selection, ohb_state_fn *fn,
		void *userdata, struct ohb_summary *ret,
		struct ohb_error *err) OHB_MUST_CHECK;

struct ohb_build_options {
	struct ohb_selection selection;
	unsigned jobs; /* -j; 0: what openhands.yml says */
	bool keep_going; /* -k: others go on after a failure */
	bool no_wait; /* fail at once when another ohbuild builds */
	const char *replay; /* folder of cassettes instead of a provider */
	const double *budget_usd; /* instead of limits.budget.build; or NULL */
	bool replay_strict; /* a request that was not recorded so fails */
	const char *record; /* folder for cassettes of what is said */
	bool no_preflight; /* does not try keys and models beforehand */
	ohb_event_fn *sink; /* never NULL */
	void *userdata;
};

struct ohb_build_result {
	size_t wanted; /* targets that were to be built */
	size_t made, failed, not_run;
	size_t revalidated; /* old tests that hold: no agent was asked */
	size_t adopted; /* a person's: judged good and taken as they stand */
	size_t taken; /* records taken over from openhands.lock, for free */
	size_t suspected_bugs;
	size_t absent; /* were to be adopted by name, and are not there */
	bool infrastructure; /* ended by engine, image or provider */
	bool configuration; /* ended by what openhands.yml says */
	bool budget; /* ended by what may be spent */
	bool interrupted;
	double cost_usd; /* negative: unknown */
};

/*
 * Brings the selected targets, and what they need, up to date.  0 when the
 * build ran, whatever became of the targets (see ret); -1 when it could not
 * begin (configuration, engine, lock, state).
 */
OHB_API int ohb_project_build(struct ohb_project *project,
		const struct ohb_build_options *options,
		struct ohb_build_result *ret,
		struct ohb_error *err) OHB_MUST_CHECK;

/*
 * Looks whether a build could run here: engine, images, what agents find and
 * reach inside, keys, models, this machine.  Every check is made, whatever
 * the others find, in three minutes at most.  A model is asked for one token unless
 * `no_preflight`; of options, that, the sink and no_wait are looked at.  The
 * answer is a document as of ohb_project_ask (schema/doctor.schema.json).
 */
struct ohb_diagnosis {
	size_t warnings;
	size_t wrong; /* of what the user wrote or set: no build could run */
	size_t faults; /* of other things: no build could run */
};

OHB_API int ohb_project_doctor(struct ohb_project *project,
		const struct ohb_build_options *options, char **ret_json,
		struct ohb_diagnosis *ret,
		struct ohb_error *err) OHB_MUST_CHECK;

/*
 * The pre-commit hook of the git repository around the project: a commit is
 * refused while a test is not fresh.  `program`: the path of ohbuild, for
 * where PATH lacks it.  Never touches a hook that is not ohbuild's
 * (OHB_E_CONFIG).  *ret_said, a line for people, is free()d by the caller.
 */
enum ohb_hook_action { OHB_HOOK_INSTALL, OHB_HOOK_REMOVE };

OHB_API int ohb_project_hook(const struct ohb_project_options *options,
		enum ohb_hook_action action, const char *program,
		char **ret_said, struct ohb_error *err) OHB_MUST_CHECK;

enum ohb_adopt {
	OHB_ADOPT_ANY, /* without a judge: needs no engine */
	OHB_ADOPT_JUDGED, /* what passes the judge */
};

/*
 * Takes the files of the selected targets as they stand under their present
 * keys; no agent is asked.  Of options, replay and what the selection wants
 * built is not looked at.  0 and -1 as for a build.
 */
OHB_API int ohb_project_adopt(struct ohb_project *project,
		const struct ohb_build_options *options, enum ohb_adopt how,
		struct ohb_build_result *ret,
		struct ohb_error *err) OHB_MUST_CHECK;

/*
 * Judges the tests of the selected targets as they stand on disk: no agent, no
 * model, no key; writes nothing in the tree and records nothing, but verdicts
 * are remembered where the state database can be written at once (`always`:
 * judges all the same).  The answer is a document as of ohb_project_ask
 * (schema/validate.schema.json).  In ret, `made` are those that passed and
 * `absent` those that were named and are not there.  0 when the judge ran.
 */
OHB_API int ohb_project_validate(struct ohb_project *project,
		const struct ohb_build_options *options, char **ret_json,
		struct ohb_build_result *ret,
		struct ohb_error *err) OHB_MUST_CHECK;

/*
 * Puts an earlier version in place: "<target>@<n>", as the log numbers them,
 * or the latest before the present one.  What it replaces is kept.  Of
 * options, no_wait and the sink are looked at, of their selection the words,
 * in turn.  *ret_said, a line for each, is the caller's to free().
 */
OHB_API int ohb_project_restore(struct ohb_project *project,
		const struct ohb_build_options *options, char **ret_said,
		struct ohb_error *err) OHB_MUST_CHECK;

/*
 * Ctrl-C.  The first call ends a running build in order (agents are
 * interrupted, containers removed), the second at once.  False when nothing
 * runs that would have to be ended.  Async-signal-safe.
 */
OHB_API bool ohb_project_interrupt(struct ohb_project *project);

OHB_API const char *ohb_version(void);

#ifdef __cplusplus
}
#endif

#endif
