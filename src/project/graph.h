#ifndef OHB_PROJECT_GRAPH_H
#define OHB_PROJECT_GRAPH_H

/*
 * Modules and files become targets.  A target is named by its first output.
 * Lives in the project's arena; read-only once built.
 *
 * The rules, in full:
 * - Every pattern of `source` makes targets: one for each file that matches
 *   and is not excluded.  Except: a later pattern of a list without wildcards
 *   but captures of the first (or a plain path) is a further source of each
 *   target that the first pattern makes; it must be there.
 * - `test` knows the captures of the source pattern and nothing else.
 *   `inputs` and `workspace` know in addition {source} {test} {name} {dir}
 *   {module}; their other wildcards are matched against the files.  {name}
 *   and {dir} that no capture gives are the first source's base name without
 *   its ending, and its folder.
 * - A plain path in `inputs` is a file, another target's output, or a folder,
 *   which stands for all files and outputs of other modules inside of it; a
 *   pattern is matched against the same.  `optional_inputs` are inputs, and
 *   what is not there is no error.  A target waits for the targets whose
 *   outputs it has as inputs.  Its own outputs and sources are never among
 *   its inputs.
 * - Plain paths may name files that git ignores; patterns do not see them.
 * - No output is a source: not now, and not once it is written.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/digest.h"
#include "base/map.h"
#include "base/memory.h"
#include "project/config.h"
#include "text/glob.h"
#include "text/template.h"

/* The project's files: what git tracks plus what is untracked and not
 * ignored, as far as it is on disk; a plain walk where git knows nothing.
 * Without submodules, .git and .ohbuild.  Sorted by bytes; paths relative. */
struct ohb_files {
	const char **paths;
	size_t count;
	bool git; /* whether git said so */
	struct ohb_digest digest; /* of all that git said */
	/* What git names, too, but is not there or a folder: sorted. */
	const char **gone;
	size_t ngone;
	/* First sources, sorted: no other targets are made.  NULL: all are. */
	const char *const *first;
	size_t nfirst;
};

struct ohb_target {
	const char *name; /* == outputs[0] */
	const struct ohb_module_config *module;
	const char *const *sources; /* in the order of the rule */
	size_t nsources;
	const char *const *outputs;
	size_t noutputs;
	const char *const *inputs; /* further files, sorted, without sources */
	size_t ninputs;
	/* Optional inputs that are not there, sorted: no part of the key, but
	 * they become inputs as soon as they are. */
	const char *const *absent;
	size_t nabsent;
	/* What agent and judge see beside sources and inputs: sorted, shared
	 * by the targets of a module.  Own outputs may be among them: the
	 * stage leaves them out. */
	const char *const *workspace;
	size_t nworkspace;
	const size_t *needs; /* targets whose output is an input of this one */
	size_t nneeds;
	/* {source} {test} {name} {dir} {module} {inputs} and every capture;
	 * of a list the first, {inputs} with spaces between */
	const struct ohb_var *vars;
	size_t nvars;
	const char *prompt; /* expanded, word for word, of this target's task;
				NULL: the built-in template */
	const struct ohb_model_config *const *models; /* in order, >= 1 */
	size_t nmodels;
};

struct ohb_graph {
	const struct ohb_target *targets; /* in the order of their names */
	size_t count;
	bool partial; /* made for files->first */
	const size_t *order; /* indices: what is needed comes first */
	struct ohb_map by_name; /* output path -> struct ohb_target * */
};

/* Sorts paths by their bytes and leaves each once: returns how many. */
size_t ohb_paths_sort(const char **paths, size_t count);
/* Index of the first of sorted paths that is not less than prefix. */
size_t ohb_paths_from(
		const char *const *paths, size_t count, const char *prefix);
bool ohb_paths_have(const char *const *paths, size_t count, const char *path);
/* Whether a path is git's or ours and so no file of any project. */
bool ohb_files_skip(const char *path);
/* Calls git; what a hook's environment says about another repository or
 * index is not believed, the folder decides. */
int ohb_files_list(int dirfd, struct ohb_arena *arena, struct ohb_files *ret,
		struct ohb_error *err) OHB_MUST_CHECK;

/* Takes a path, NULL: none, out of the list: the lock changes with every test,
 * and no test is made of it. */
void ohb_files_leave_out(struct ohb_files *files, const char *path);

/* What git tracks and leaves off the disk, outside of a sparse checkout (or
 * would, were it not there); sorted. */
int ohb_files_unchecked(int dirfd, struct ohb_arena *arena,
		struct ohb_files *ret, struct ohb_error *err) OHB_MUST_CHECK;

/* What struct ohb_files.digest would be, and nothing else: 1, 0 when git knows
 * nothing of this folder, -1. */
int ohb_files_digest(int dirfd, struct ohb_digest *ret,
		struct ohb_error *err) OHB_MUST_CHECK;

/*
 * Errors of rules (two modules write one file, a pattern without a match, a
 * cycle, a missing source or input, a path that leaves the project, also by
 * a link) are diagnostics with the place of the rule; -1 when there is any.
 * config and files must live as long as the graph.
 */
int ohb_graph_make(const struct ohb_tree *tree, const struct ohb_config *config,
		const struct ohb_files *files, struct ohb_arena *arena,
		struct ohb_diags *diags, struct ohb_graph *ret,
		struct ohb_error *err) OHB_MUST_CHECK;
void ohb_graph_release(struct ohb_graph *graph); /* the map */

/* Inputs of one target that a tool has found. */
struct ohb_further {
	const char *const *files; /* and outputs of targets */
	size_t nfiles;
	const char *const *absent;
	size_t nabsent;
};

/*
 * Gives every target of the graph, by its index, these inputs beside its
 * own; needs, {inputs}, prompts and the order follow.  A cycle, and a prompt
 * that gets too long, are diagnostics, and -1.
 */
int ohb_graph_extend(struct ohb_graph *graph, const struct ohb_config *config,
		const struct ohb_further *further, struct ohb_arena *arena,
		struct ohb_diags *diags, struct ohb_error *err) OHB_MUST_CHECK;

/*
 * Targets that words select: test path, source path, module name, "@tag",
 * glob over any of these; what is there word for word wins over the glob.
 * No words: all.  selected has graph->count
 * elements.  A word that selects nothing is OHB_E_USAGE with a suggestion.
 */
int ohb_graph_select(const struct ohb_graph *graph, const char *const *words,
		size_t nwords, bool *selected,
		struct ohb_error *err) OHB_MUST_CHECK;

#endif
