#include "api/project.h"

#include "ask/ask.h"
#include "text/json.h"

static int open_reader(struct ohb_project *project, struct ohb_store **ret,
		struct ohb_error *err)
{
	const struct ohb_store_options options = {
		.mode = OHB_STORE_READ,
		.cancel = &project->cancel,
	};

	return ohb_store_open(project->tree.dirfd, &options, ret, err);
}

static json_t *answer(const struct ohb_asked *asked, enum ohb_question question,
		struct ohb_error *err)
{
	switch (question) {
	case OHB_ASK_STATUS:
		return ohb_ask_status(asked, err);
	case OHB_ASK_WHY:
		return ohb_ask_why(asked, err);
	case OHB_ASK_LIST:
		return ohb_ask_list(asked, err);
	case OHB_ASK_SHOW:
		return ohb_ask_show(asked, err);
	case OHB_ASK_LOG:
		return ohb_ask_log(asked, err);
	case OHB_ASK_GRAPH:
		return ohb_ask_graph(asked, err);
	case OHB_ASK_MODELS:
		return ohb_ask_models(asked, err);
	}
	(void)ohb_fail(err, OHB_E_USAGE, "no such question");
	return NULL;
}

/*
 * Takes the words that name orphans out of a selection: they select no
 * target, but can be asked about.
 */
static int take_orphans(struct ohb_project *project, struct ohb_store *store,
		struct ohb_selection *selection, struct ohb_view *view,
		struct ohb_error *err)
{
	const char **words = ohb_arena_alloc(
			&view->arena, selection->nwords * sizeof(*words));
	size_t i, n = 0;

	view->orphans = ohb_arena_alloc(&view->arena,
			selection->nwords * sizeof(*view->orphans));
	for (i = 0; i < selection->nwords; i++) {
		const char *word = selection->words[i];
		struct ohb_record record;
		int found = ohb_map_get(&project->graph.by_name, word) ?
				0 :
				ohb_record_find(store, word, &view->arena,
						&record, err);

		if (found < 0)
			return -1;
		if (found)
			view->orphans[view->norphans++] = word;
		else
			words[n++] = word;
	}
	selection->words = words;
	selection->nwords = n;
	return 0;
}

static int look_to_answer(struct ohb_project *project, struct ohb_store *store,
		enum ohb_question question,
		const struct ohb_selection *selection, struct ohb_view *view,
		struct ohb_error *err)
{
	struct ohb_selection targets = *selection;

	if (question == OHB_ASK_WHY &&
			take_orphans(project, store, &targets, view, err) < 0)
		return -1;
	return ohb_view_look(project, store, &targets, view, err);
}

int ohb_project_ask(struct ohb_project *project, enum ohb_question question,
		const struct ohb_selection *selection, char **ret_json,
		struct ohb_error *err)
{
	struct ohb_view view = { .selected = NULL };
	struct ohb_store *store = NULL;
	ohb_autojson *json = NULL;
	ohb_autostr text = OHB_STR_INIT;

	if (open_reader(project, &store, err) < 0)
		return -1;
	if (look_to_answer(project, store, question, selection, &view, err) ==
			0) {
		const struct ohb_asked asked = {
			.dirfd = project->tree.dirfd,
			.config = &project->config,
			.graph = &project->graph,
			.facts = &view.facts,
			.plan = &view.plan,
			.selected = view.selected,
			.store = store,
			.orphans = view.orphans,
			.norphans = view.norphans,
		};

		json = answer(&asked, question, err);
	}
	ohb_store_close(store);
	ohb_arena_release(&view.arena);
	if (!json)
		return -1;
	ohb_json_add_rounded(&text, json);
	*ret_json = ohb_str_take(&text);
	return 0;
}

static struct ohb_summary summarise(const struct ohb_plan *plan)
{
	return (struct ohb_summary){
		.targets = plan->nsteps,
		.fresh = plan->counts[OHB_FRESH],
		.to_build = plan->to_build,
		.edited = plan->counts[OHB_EDITED],
		.failed_before = plan->counts[OHB_FAILED_BEFORE],
		.blocked = plan->counts[OHB_BLOCKED],
	};
}

/* Plans have an order of their own: to names. */
static void tell_states(const struct ohb_project *project,
		const struct ohb_plan *plan, ohb_state_fn *fn, void *userdata)
{
	size_t count = project->graph.count, i;
	ohb_autofree const struct ohb_step **steps =
			ohb_alloc(count * sizeof(struct ohb_step *));

	for (i = 0; i < plan->nsteps; i++)
		steps[plan->steps[i].target] = &plan->steps[i];
	for (i = 0; i < count; i++) {
		if (!steps[i] || steps[i]->verdict == OHB_FRESH)
			continue;
		fn(userdata,
				&(struct ohb_state){
						.name = project->graph.targets[i]
									.name,
						.verdict = ohb_verdict_name(
								steps[i]->verdict),
						.because = steps[i]->because,
						.will_build = steps[i]->will_build,
						.way = ohb_way_name(
								steps[i]->way),
				});
	}
}

static int check(struct ohb_project *project,
		const struct ohb_selection *selection, ohb_state_fn *fn,
		void *userdata, struct ohb_summary *ret, struct ohb_error *err)
{
	struct ohb_view view = { .selected = NULL };
	struct ohb_store *store = NULL;
	int result;

	if (open_reader(project, &store, err) < 0)
		return -1;
	result = ohb_view_look(project, store, selection, &view, err);
	if (result == 0) {
		*ret = summarise(&view.plan);
		if (fn)
			tell_states(project, &view.plan, fn, userdata);
	}
	ohb_store_close(store);
	ohb_arena_release(&view.arena);
	return result;
}

int ohb_project_check(struct ohb_project *project,
		const struct ohb_selection *selection, ohb_state_fn *fn,
		void *userdata, struct ohb_summary *ret, struct ohb_error *err)
{
	if (!project->glanced || !ohb_selection_is_everything(selection))
		return check(project, selection, fn, userdata, ret, err);
	*ret = ohb_picture_summary(&project->glance);
	if (fn)
		ohb_picture_tell(&project->glance, fn, userdata);
	return 0;
}

int ohb_project_summary(struct ohb_project *project,
		const struct ohb_selection *selection, struct ohb_summary *ret,
		struct ohb_error *err)
{
	return ohb_project_check(project, selection, NULL, NULL, ret, err);
}
