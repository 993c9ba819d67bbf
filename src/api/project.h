#ifndef OHB_API_PROJECT_H
#define OHB_API_PROJECT_H

/* Private to this floor: a project, and what is decided about a selection. */

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/cancel.h"
#include "base/memory.h"
#include "build/build.h"
#include "build/picture.h"
#include "ohbuild/ohbuild.h"
#include "plan/plan.h"
#include "project/config.h"
#include "project/graph.h"
#include "project/tree.h"
#include "store/store.h"
#include "text/diag.h"

struct ohb_project {
	struct ohb_arena arena;
	char *root;
	const char *file; /* openhands.yml */
	bool glanced; /* `glance` has the answer; nothing is loaded */
	struct ohb_glance_kept glance;
	struct ohb_tree tree;
	struct ohb_tree_notes notes;
	struct ohb_diags diags;
	struct ohb_config config;
	struct ohb_files files;
	struct ohb_graph graph;
	struct ohb_error trouble; /* why it was not loaded; OHB_OK: it was */
	bool complete; /* the graph, with what depfile commands say */
	struct ohb_cancel cancel;
	atomic_bool busy; /* with what an interrupt ends in order */
	ohb_event_fn *sink;
	void *userdata;
};

/* What is known and decided about a selection.  Begins as zeros; whoever has
 * it releases its arena, also after a failure. */
struct ohb_view {
	struct ohb_arena arena;
	struct ohb_facts facts;
	struct ohb_plan plan;
	bool *selected;
	struct ohb_index_base base; /* of the database, before */
	bool based;
	/* Words that name what was built and no module makes any more. */
	const char **orphans;
	size_t norphans;
};

/*
 * Gathers the facts and decides, by a store that is open to read or to write.
 * What depfile commands know is asked once a project.  `norphans` of the view
 * may be set before: then a selection without words selects nothing.
 */
int ohb_view_look(struct ohb_project *project, struct ohb_store *store,
		const struct ohb_selection *selection, struct ohb_view *view,
		struct ohb_error *err) OHB_MUST_CHECK;

/* The same without facts and plan: selects, and no more. */
int ohb_view_select(struct ohb_project *project, struct ohb_store *store,
		const struct ohb_selection *selection, struct ohb_view *view,
		struct ohb_error *err) OHB_MUST_CHECK;

/* Begins `emitter`, and lends the project to `build`: all fields that
 * ohb_setup_open wants but the store. */
void ohb_project_share(struct ohb_project *project,
		const struct ohb_build_options *options,
		struct ohb_emitter *emitter, struct ohb_build *build);

/* In the store's meta while a build may have something in the engine or half
 * in the tree: whoever finds it there cleans up. */
#define OHB_RUNNING "running"
#define OHB_RUNNING_IN_ENGINE "yes"
#define OHB_RUNNING_IN_TREE "tree" /* and not in the engine */

/* Whether a selection is what one without words and options selects. */
bool ohb_selection_is_everything(const struct ohb_selection *selection);

#endif
