#ifndef OHB_PROJECT_RULES_H
#define OHB_PROJECT_RULES_H

/*
 * The graph while it is made; private to graph.c and the files beside it:
 * rules.c (modules to drafts), pattern.c, paths.c (places), inputs.c (what a
 * target reads), order.c (what waits for what).
 */

#include "project/graph.h"
#include "project/tree.h"

/* A target that is not finished: all but inputs, workspace, needs, models
 * and prompt is there. */
struct ohb_draft {
	struct ohb_target target;
	struct ohb_var *vars; /* target.vars; the last is {inputs} */
	struct ohb_pos pos; /* of its source pattern */
};

struct ohb_rules {
	const struct ohb_tree *tree;
	const struct ohb_config *config;
	const struct ohb_files *files;
	struct ohb_arena *arena;
	struct ohb_diags *diags;
	struct ohb_draft **drafts;
	size_t ndrafts, cdrafts;
	struct ohb_map writers; /* output -> struct ohb_draft * */
	struct ohb_map folders; /* of outputs -> "", or what is wrong */
	const char **outputs; /* all of them, sorted, when inputs are sought */
	size_t noutputs;
};

/* --- rules.c --- */

/* The targets of all modules; what is wrong goes to the diagnostics. */
void ohb_rules_draft(struct ohb_rules *rules);

/* --- pattern.c --- */

/* Where a pattern is wrong: the byte `at` of it, when the place is known. */
struct ohb_pos ohb_pos_inside(struct ohb_pos pos, const char *text, size_t at);

/* Compiles a pattern of the file; NULL with a diagnostic when it is bad. */
struct ohb_glob *ohb_rules_compile(struct ohb_rules *rules,
		struct ohb_arena *arena, const char *pattern,
		struct ohb_pos pos);

/*
 * Puts values for the captures of a pattern, escaped, so that the result is
 * a pattern again.  An empty value takes the '/' behind it along.  Fails
 * with OHB_E_SYNTAX on an unknown word.
 */
int ohb_pattern_expand(const char *pattern, const struct ohb_var *vars,
		size_t nvars, struct ohb_str *out,
		struct ohb_error *err) OHB_MUST_CHECK;

/* --- paths.c --- */

enum ohb_found {
	OHB_FOUND_FILE,
	OHB_FOUND_NOTHING,
	OHB_FOUND_FOLDER,
	OHB_FOUND_OUTSIDE, /* of the project */
};

/* Seeks path among the files, then on disk.  *ret_path lives in the arena. */
enum ohb_found ohb_rules_find(struct ohb_rules *rules, const char *path,
		const char **ret_path);

/* Says that a plain path of a rule could not be found, and what may help. */
void ohb_rules_not_found(struct ohb_rules *rules, struct ohb_pos pos,
		const char *what, const char *path, enum ohb_found found);
/* Says that nothing matches a pattern. */
void ohb_rules_no_match(struct ohb_rules *rules, struct ohb_pos pos,
		const char *what, const char *pattern,
		const struct ohb_glob *glob);

/* What makes a text no path or pattern within the project, or NULL. */
const char *ohb_path_fault(const char *path);
/* Without "./", "//" and a '/' in front; in the arena. */
char *ohb_path_clean(struct ohb_arena *arena, const char *path);
/* Why ohbuild does not write there, or NULL. */
const char *ohb_output_fault(struct ohb_rules *rules, const char *path);

/* --- inputs.c --- */

/* Fills inputs, workspace and {inputs} of all targets, which are in the
 * order of the drafts. */
void ohb_rules_inputs(struct ohb_rules *rules, struct ohb_target *targets,
		const struct ohb_map *by_name);

/* Adds inputs that were found later, but for sources and outputs of the
 * target itself; false when there are none. */
bool ohb_rules_further(struct ohb_rules *rules, const struct ohb_graph *graph,
		struct ohb_target *target, const struct ohb_further *further);

/* --- order.c --- */

/* Fills graph->order; a cycle is a diagnostic. */
void ohb_rules_order(struct ohb_rules *rules, struct ohb_graph *graph);

#endif
