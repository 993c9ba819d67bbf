#ifndef OHB_VALIDATE_JUDGE_H
#define OHB_VALIDATE_JUDGE_H

/*
 * The judge: what a generated test must survive.  A pristine sandbox holds
 * the staged inputs and the declared outputs, nothing else: no network, no
 * key.  Steps run in the order written; the first that fails ends it, but
 * lint steps in front of all others are run where guard refuses, too.  The tree
 * is compared with what was put in after every step.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/memory.h"
#include "io/fileset.h"
#include "project/graph.h"
#include "sandbox/sandbox.h"
#include "text/junit.h"
#include "validate/suite.h"

/* How a judgement ended; what the build does about it is its business. */
enum ohb_judge_class {
	OHB_JUDGE_OK,
	OHB_JUDGE_AGENT, /* the test is not good enough: try again */
	OHB_JUDGE_CONFIG, /* no test could pass: a tool is not there, the
			     project does not build without the test */
};

struct ohb_finding {
	const char *step; /* "scope", "build", "test" … */
	const char *name; /* rule or test case, or NULL */
	const char *file; /* or NULL */
	unsigned line, column; /* 0: unknown; a column is as its tool counts */
	unsigned utf16_column; /* the same in UTF-16 code units; 0: unknown */
	const char *text; /* what a person can act on; clean, may have lines */
};

struct ohb_step_result {
	const char *step; /* kind, with its number when there are two */
	const char *command; /* expanded; NULL for scope */
	int ok;
	bool timed_out;
	int64_t duration_ms;
	const char *note; /* what else there is to say of it; or NULL */
	const struct ohb_report *report; /* of a test step; NULL: none */
	unsigned lines, executed; /* of the sources, by a coverage step */
};

struct ohb_judgement {
	enum ohb_judge_class class;
	const struct ohb_step_result *steps; /* those that ran */
	size_t nsteps;
	const struct ohb_finding *findings; /* empty when ok */
	size_t nfindings;
	/* what is worth a look and refuses nothing, also when ok */
	const struct ohb_finding *warnings;
	size_t nwarnings;
	const char *summary; /* one line: "test: 2 of 7 cases failed: …" */
	/* Mutants of `sabotage` that the test noticed, of those it was shown;
	 * 0 of 0 when there was no such step; and those on changed lines. */
	unsigned killed, mutants;
	unsigned killed_changed, tried_changed;
	/* A source that changed, and no step could tell what the test does for
	 * it: `sabotage` does not understand it, `coverage` has no line of what
	 * changed; NULL: there is none. */
	const char *untold_changed;
	/* In what `sabotage` looked at there is no place for a fault on the
	 * lines that changed: what is there is no code that could be wrong in
	 * a way it knows. */
	bool faultless_changed;
	/* Of the changed lines that can be executed those that were; 0 of 0
	 * where nobody looked. */
	unsigned covered_changed, lines_changed;
	/* Of step, failing names and first error line with numbers and paths
	 * normalised: the same twice means that trying again is in vain. */
	struct ohb_digest fingerprint;
	/* A finding rests on what no key names: how much time and memory there
	 * was, what git ignores.  Such a verdict is not to be remembered. */
	bool unkeyed;
};

/* Lines of a file, from 1, both included. */
struct ohb_line_range {
	const char *file;
	unsigned first, last;
};

struct ohb_judge_spec {
	struct ohb_engine *engine; /* of the kind validate_in asks for */
	const char *image; /* ensured; NULL for a host judge */
	const char *name; /* of the sandbox */
	const struct ohb_target *target;
	const struct ohb_fileset *inputs; /* pristine; own outputs not in it */
	/* The version of the outputs whose "ohbuild: allow" comments count; it
	 * is not the agent's.  NULL: none does. */
	const struct ohb_fileset *exempting;
	uint64_t memory_bytes;
	double cpus;
	/* The outputs are what stands on disk, not what an agent has just
	 * written: what a person allowed in them is allowed. */
	bool standing;
	/* Lines of the sources that changed since the record; none: unknown. */
	const struct ohb_line_range *changed;
	size_t nchanged;
	struct ohb_suites *suites; /* of the build; NULL: none is kept */
	/* Whether git ignores each path (sets ignored[i]); NULL: nothing is
	 * known and new files are allowed.  One call at a time, by any thread,
	 * also while on_step is called. */
	int (*ignored)(void *userdata, const char *const *paths, size_t n,
			int *ret_ignored, struct ohb_error *err);
	void (*on_step)(void *userdata, const char *step, int started, int ok,
			int64_t duration_ms, const char *text);
	void *userdata;
};

/*
 * Before money is spent: runs the steps on the inputs without the output.
 * A command that is not found, or a build step that does not name the test
 * and fails, is OHB_JUDGE_CONFIG; all else is OK here.
 */
int ohb_judge_baseline(const struct ohb_judge_spec *spec,
		struct ohb_arena *arena, struct ohb_judgement *ret,
		struct ohb_error *err) OHB_MUST_CHECK;

/*
 * outputs: what was found at the declared paths in the agent's sandbox (a
 * declared path that is not in the set was not written).  previous: the same
 * paths before the run, as staged; an output equal to it was not written in
 * this run.  -1 only when the judge itself could not work (OHB_E_INFRA …).
 */
int ohb_judge_run(const struct ohb_judge_spec *spec,
		const struct ohb_fileset *outputs,
		const struct ohb_fileset *previous, struct ohb_arena *arena,
		struct ohb_judgement *ret,
		struct ohb_error *err) OHB_MUST_CHECK;

/* The text for the next attempt: deterministic, at most OHB_MAX_DIGEST
 * bytes, paths relative, escapes stripped, foreign words quoted as data. */
void ohb_judge_digest(const struct ohb_judge_spec *spec,
		const struct ohb_judgement *judgement, unsigned attempt,
		unsigned attempts, struct ohb_str *out);

/* The commands of a target's steps, expanded as a person would type them
 * ({report} stays); in the arena, *ret_n of them. */
const char *const *ohb_judge_commands(const struct ohb_target *target,
		struct ohb_arena *arena, size_t *ret_n, struct ohb_error *err);

/*
 * All of `validate:` and `validate_in:` that shapes a verdict.  Another one
 * than the record's: the test on disk is judged again.  Whatever is added to
 * the configuration of the judge belongs in here.
 */
struct ohb_digest ohb_judge_settings(const struct ohb_module_config *module);

/* Names what a verdict rests on: outputs, inputs, settings, image, what the
 * target makes of them, the program, and by what it reads code. */
struct ohb_digest ohb_judge_key(const struct ohb_target *target,
		const struct ohb_fileset *inputs,
		const struct ohb_fileset *outputs, const char *image_id);

/* What choices by chance rest on: the same test has the same faults with
 * every version and on every machine. */
struct ohb_digest ohb_judge_seed(const struct ohb_target *target,
		const struct ohb_fileset *tree);

#endif
