#ifndef OHB_PROJECT_AFFECTED_H
#define OHB_PROJECT_AFFECTED_H

/* What a branch changed, by git, and which targets that touches. */

#include "project/graph.h"
#include "project/tree.h"

/*
 * Paths of the project that differ from the merge base of HEAD and base, on
 * disk or (of a staged tree) in git's index; also deleted ones, and those
 * that git neither tracks nor ignores.  base: any name of a commit; "" is
 * the branch's upstream, else origin/HEAD, main or master.  OHB_E_USAGE: it
 * names none; OHB_E_CONFIG: there is no commit or no merge base.
 */
int ohb_affected_list(const struct ohb_tree *tree, const char *base,
		struct ohb_arena *arena, struct ohb_files *ret,
		struct ohb_error *err) OHB_MUST_CHECK;

/*
 * Takes out of selected (graph->count of them) what no change touches:
 * neither a source, input or output of the target, nor the configuration
 * (files of diags) or its prompt, nor a target that it needs.  What is
 * none of the files any more touches every target of a module whose `inputs` may have named it.
 */
void ohb_affected_narrow(const struct ohb_graph *graph,
		const struct ohb_diags *diags, const struct ohb_files *files,
		const struct ohb_files *changed, bool *selected);

#endif
