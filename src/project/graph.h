#ifndef OHB_PROJECT_GRAPH_H
#define OHB_PROJECT_GRAPH_H

/*
 * Modules and files become targets.  A target is named by its first output.
 * Lives in the project's arena; read-only once built.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/map.h"
#include "base/memory.h"
#include "project/config.h"
#include "text/glob.h"
#include "text/template.h"

/* The project's files: what git tracks plus what is untracked and not
 * ignored; outside git a plain walk.  Sorted by bytes; paths relative. */
struct ohb_files {
	const char **paths;
	size_t count;
	bool git; /* whether git said so */
};

struct ohb_target {
	const char *name;	/* == outputs[0] */
	const struct ohb_module_config *module;
	const char *const *sources; /* sorted; `{source}` is the first */
	size_t nsources;
	const char *const *outputs;
	size_t noutputs;
	const char *const *inputs; /* further files, sorted, without sources */
	size_t ninputs;
	const char *const *workspace; /* sorted: what agent and judge see,
				without the own outputs */
	size_t nworkspace;
	const size_t *needs; /* targets whose output is an input of this one */
	size_t nneeds;
	/* {source} {test} {name} {dir} {inputs} and every capture */
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
	const size_t *order; /* indices: what is needed comes first */
	struct ohb_map by_name; /* output path -> struct ohb_target * */
};

int ohb_files_list(int dirfd, struct ohb_arena *arena, struct ohb_files *ret,
		struct ohb_error *err) OHB_MUST_CHECK;

/*
 * Errors of rules (two modules write one file, a pattern without a match, a
 * cycle, a missing source or input, a path that leaves the project, also by
 * a link) are diagnostics with the place of the rule; -1 when there is any.
 */
int ohb_graph_make(int dirfd, const struct ohb_config *config,
		const struct ohb_files *files, struct ohb_arena *arena,
		struct ohb_diags *diags, struct ohb_graph *ret,
		struct ohb_error *err) OHB_MUST_CHECK;
void ohb_graph_release(struct ohb_graph *graph); /* the map */

/*
 * Targets that words select: test path, source path, module name, "@tag",
 * glob over any of these.  No words: all.  selected has graph->count
 * elements.  A word that selects nothing is OHB_E_USAGE with a suggestion.
 */
int ohb_graph_select(const struct ohb_graph *graph, const char *const *words,
		size_t nwords, bool *selected, struct ohb_error *err)
		OHB_MUST_CHECK;

#endif
