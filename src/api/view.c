#include "api/project.h"

#include "build/depfile.h"
#include "build/facts.h"
#include "project/affected.h"

bool ohb_selection_is_everything(const struct ohb_selection *selection)
{
	return selection->nwords == 0 && !selection->always &&
			!selection->retry_failed && !selection->affected;
}

static int select_targets(struct ohb_project *project,
		const struct ohb_selection *selection, struct ohb_view *view,
		struct ohb_error *err)
{
	struct ohb_files changed;

	if (ohb_graph_select(&project->graph, selection->words,
			    selection->nwords, view->selected, err) < 0)
		return -1;
	if (!selection->affected)
		return 0;
	if (ohb_affected_list(&project->tree, selection->affected, &view->arena,
			    &changed, err) < 0)
		return -1;
	ohb_affected_narrow(&project->graph, &project->diags, &project->files,
			&changed, view->selected);
	return 0;
}

/* Once a project: what tools know is then in the graph. */
static int complete(struct ohb_project *project, struct ohb_store *store,
		struct ohb_error *err)
{
	const struct ohb_depfiles depfiles = {
		.tree = &project->tree,
		.root = project->root,
		.config = &project->config,
		.files = &project->files,
		.store = store,
		.cancel = &project->cancel,
		.arena = &project->arena,
		.diags = &project->diags,
	};
	bool was_busy = atomic_exchange(&project->busy, true);

	if (!project->complete)
		project->complete = ohb_depfiles_read(&depfiles,
						    &project->graph, err) == 0;
	atomic_store(&project->busy, was_busy);
	return project->complete ? 0 : -1;
}

int ohb_view_select(struct ohb_project *project, struct ohb_store *store,
		const struct ohb_selection *selection, struct ohb_view *view,
		struct ohb_error *err)
{
	view->selected = ohb_arena_alloc(&view->arena,
			project->graph.count * sizeof(*view->selected));
	return complete(project, store, err) < 0 ?
			-1 :
			select_targets(project, selection, view, err);
}

int ohb_view_look(struct ohb_project *project, struct ohb_store *store,
		const struct ohb_selection *selection, struct ohb_view *view,
		struct ohb_error *err)
{
	struct ohb_plan_options options = {
		.always = selection->always,
		.retry_failed = selection->retry_failed,
	};

	view->selected = ohb_arena_alloc(&view->arena,
			project->graph.count * sizeof(*view->selected));
	options.selected = view->selected;
	if (project->glanced)
		return ohb_fail(err, OHB_E_USAGE,
				"the project was opened for a glance only");
	if (complete(project, store, err) < 0)
		return -1;
	/* With the answers of tools in it. */
	view->based = ohb_store_base(store, &view->base) == 0;
	/* Nothing but orphans was asked for. */
	if (!(view->norphans && selection->nwords == 0) &&
			select_targets(project, selection, view, err) < 0)
		return -1;
	if (ohb_facts_gather(&project->tree, &project->graph, &project->config,
			    store, &view->arena, &view->facts, err) < 0)
		return -1;
	ohb_plan_make(&project->graph, &view->facts, &options, &view->arena,
			&view->plan);
	return 0;
}
