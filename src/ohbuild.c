#include "ohbuild/ohbuild.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "ask/ask.h"
#include "build/adopt.h"
#include "build/commit.h"
#include "build/depfile.h"
#include "build/emit.h"
#include "build/facts.h"
#include "build/lock.h"
#include "build/picture.h"
#include "build/restore.h"
#include "build/setup.h"
#include "build/workers.h"
#include "io/clock.h"
#include "io/fs.h"
#include "io/http.h"
#include "io/process.h"
#include "io/wait.h"
#include "ohbuild/version.h"
#include "plan/plan.h"
#include "project/affected.h"
#include "project/graph.h"
#include "project/hook.h"
#include "project/tree.h"
#include "store/store.h"
#include "text/json.h"

/* In the store while a build may have something in the engine or half in the
 * tree: whoever finds it there cleans up. */
#define RUNNING "running"
#define IN_ENGINE "yes"
#define IN_TREE "tree" /* and not in the engine */

#define CONFIG_FILE "openhands.yml"

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
	bool complete; /* the graph, with what depfile commands say */
	struct ohb_cancel cancel;
	atomic_bool busy; /* with what an interrupt ends in order */
	ohb_event_fn *sink;
	void *userdata;
};

/* What is known and decided about a selection. */
struct view {
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

/* Whether what the last build decided is an answer to what will be asked. */
static bool glance(struct ohb_project *project,
		const struct ohb_project_options *options)
{
	const enum ohb_glance purpose = options->glance;
	const struct ohb_glance_kept *kept = &project->glance;

	if (purpose == OHB_GLANCE_NEVER ||
			!ohb_picture_glance(project->tree.dirfd, project->file,
					&project->glance))
		return false;
	if (options->staged)
		return purpose == OHB_GLANCE_CHECK &&
				ohb_picture_is_staged(
						project->tree.dirfd, kept);
	if (kept->nchanged)
		return purpose == OHB_GLANCE_CHECK &&
				ohb_picture_amend(project->tree.dirfd,
						&project->glance);
	/* What has to be read again is learnt by a build. */
	return purpose == OHB_GLANCE_CHECK ||
			(kept->reread == 0 &&
					ohb_picture_summary(kept).fresh ==
							kept->picture.ntargets);
}

static int load(struct ohb_project *project, struct ohb_error *err)
{
	if (ohb_config_load(&project->tree, project->file, &project->arena,
			    &project->diags, &project->config, err) < 0)
		return -1;
	if (ohb_tree_list(&project->tree, &project->arena, &project->files,
			    err) < 0)
		return -1;
	ohb_files_leave_out(&project->files, project->config.lock);
	return ohb_graph_make(&project->tree, &project->config, &project->files,
			&project->arena, &project->diags, &project->graph, err);
}

int ohb_project_open(const struct ohb_project_options *options,
		struct ohb_project **ret, char **ret_report,
		struct ohb_error *err)
{
	const char *dir = options->dir ? options->dir : ".";
	struct ohb_project *project = ohb_alloc(sizeof(*project));
	ohb_autostr report = OHB_STR_INIT;

	*ret_report = NULL;
	project->file = ohb_arena_strdup(&project->arena,
			options->file ? options->file : CONFIG_FILE);
	project->notes.arena = &project->arena;
	project->tree.notes = &project->notes;
	project->sink = options->sink;
	project->userdata = options->userdata;
	ohb_diags_init(&project->diags, &project->arena);
	project->cancel.fd = -1;
	project->tree.dirfd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (project->tree.dirfd < 0) {
		(void)ohb_fail_errno(err, errno, "open the folder '%s'", dir);
		ohb_project_free(project);
		return -1;
	}
	project->root = realpath(dir, NULL);
	if (!project->root) {
		(void)ohb_fail_errno(err, errno, "find the folder '%s'", dir);
		ohb_project_free(project);
		return -1;
	}
	project->glanced = glance(project, options);
	if (ohb_cancel_init(&project->cancel, err) == 0 &&
			(!options->staged || project->glanced ||
					ohb_staged_open(project->tree.dirfd,
							&project->tree.staged,
							err) == 0) &&
			(project->glanced || load(project, err) == 0)) {
		*ret = project;
		return 0;
	}
	if (project->diags.nitems) {
		ohb_diags_format(&project->diags, &report);
		*ret_report = ohb_str_take(&report);
		err->code = OHB_E_CONFIG;
	}
	ohb_project_free(project);
	return -1;
}

char *ohb_project_report(const struct ohb_project *project)
{
	ohb_autostr report = OHB_STR_INIT;

	if (!project || !project->diags.nitems)
		return NULL;
	ohb_diags_format(&project->diags, &report);
	return ohb_str_take(&report);
}

void ohb_project_free(struct ohb_project *project)
{
	if (!project)
		return;
	ohb_graph_release(&project->graph);
	ohb_staged_close(project->tree.staged);
	ohb_glance_release(&project->glance);
	free(project->notes.items);
	ohb_diags_release(&project->diags);
	ohb_cancel_release(&project->cancel);
	ohb_closep(&project->tree.dirfd);
	free(project->root);
	ohb_arena_release(&project->arena);
	free(project);
}

static bool is_everything(const struct ohb_selection *selection)
{
	return selection->nwords == 0 && !selection->always &&
			!selection->retry_failed && !selection->affected;
}

static int select_targets(struct ohb_project *project,
		const struct ohb_selection *selection, struct view *view,
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

static int look(struct ohb_project *project, struct ohb_store *store,
		const struct ohb_selection *selection, struct view *view,
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
	}
	(void)ohb_fail(err, OHB_E_USAGE, "no such question");
	return NULL;
}

/*
 * Takes the words that name orphans out of a selection: they select no
 * target, but can be asked about.
 */
static int take_orphans(struct ohb_project *project, struct ohb_store *store,
		struct ohb_selection *selection, struct view *view,
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
		const struct ohb_selection *selection, struct view *view,
		struct ohb_error *err)
{
	struct ohb_selection targets = *selection;

	if (question == OHB_ASK_WHY &&
			take_orphans(project, store, &targets, view, err) < 0)
		return -1;
	return look(project, store, &targets, view, err);
}

int ohb_project_ask(struct ohb_project *project, enum ohb_question question,
		const struct ohb_selection *selection, char **ret_json,
		struct ohb_error *err)
{
	struct view view = { .selected = NULL };
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
	struct view view = { .selected = NULL };
	struct ohb_store *store = NULL;
	int result;

	if (open_reader(project, &store, err) < 0)
		return -1;
	result = look(project, store, selection, &view, err);
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
	if (!project->glanced || !is_everything(selection))
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

static void on_wait(void *userdata, const char *holder)
{
	ohb_emit_warning(userdata, NULL, "waiting for %s", holder);
}

static void on_warning(void *userdata, const char *text)
{
	ohb_emit_warning(userdata, NULL, "%s", text);
}

static int open_writer(struct ohb_project *project, bool no_wait,
		struct ohb_emitter *emitter, struct ohb_store **ret,
		struct ohb_error *err)
{
	const struct ohb_store_options options = {
		.mode = no_wait ? OHB_STORE_NO_WAIT : OHB_STORE_WRITE,
		.command = "ohbuild",
		.cancel = &project->cancel,
		.on_wait = on_wait,
		.on_warning = on_warning,
		.userdata = emitter,
	};

	return ohb_store_open(project->tree.dirfd, &options, ret, err);
}

/* One call of ohb_project_build. */
struct building {
	struct ohb_project *project;
	const struct ohb_build_options *options;
	struct ohb_emitter emitter;
	struct ohb_store *store;
	struct ohb_setup setup;
	struct view view;
	struct ohb_build_result *result;
	bool adopts; /* instead of what the plan said */
	enum ohb_adopt how;
	bool unclean_engine; /* a killed build may have left something */
	bool clean; /* nothing of ours is left in engine and tree */
};

static void announce(struct building *building)
{
	const struct ohb_plan *plan = &building->view.plan;
	size_t i;

	ohb_emit(&building->emitter,
			&(struct ohb_event){
					.type = OHB_EV_BUILD_STARTED,
					.count = plan->will_build,
					.cost_usd = -1,
			});
	for (i = 0; i < plan->nsteps; i++) {
		const struct ohb_step *step = &plan->steps[i];

		if (step->verdict == OHB_FRESH && !step->will_build)
			continue;
		ohb_emit(&building->emitter,
				&(struct ohb_event){
						.type = OHB_EV_TARGET_QUEUED,
						.target = building->project
									  ->graph
									  .targets[step->target]
									  .name,
						.verdict = ohb_verdict_name(
								step->verdict),
						.text = step->because,
						.ok = step->will_build,
						.cost_usd = -1,
				});
	}
}

/* What a killed build left is mended before anything is decided. */
static int mend(struct building *building, bool *ret_unclean,
		struct ohb_error *err)
{
	struct ohb_project *project = building->project;
	ohb_autostr run = OHB_STR_INIT;

	if (ohb_meta_find(building->store, RUNNING, &run, err) < 0)
		return -1;
	*ret_unclean = run.len > 0;
	building->unclean_engine = run.len && !ohb_streq(run.data, IN_TREE);
	if (ohb_commit_recover(project->tree.dirfd, building->store, on_warning,
			    &building->emitter, err) < 0)
		return -1;
	return *ret_unclean ? ohb_commit_sweep(project->tree.dirfd,
					      &project->graph, err) :
			      0;
}

static int run(struct building *building, struct ohb_error *err)
{
	struct ohb_project *project = building->project;
	const struct ohb_build_options *options = building->options;
	const struct ohb_setup_options setup = {
		.replay = options->replay,
		.plan = &building->view.plan,
	};
	const struct ohb_workers_options workers = {
		.plan = &building->view.plan,
		.facts = &building->view.facts,
		.jobs = options->jobs ? options->jobs :
					project->config.limits.jobs,
		.keep_going = options->keep_going,
	};

	if (ohb_meta_save(building->store, RUNNING, IN_ENGINE, err) < 0 ||
			ohb_setup_open(&building->setup, &setup, err) < 0)
		return -1;
	ohb_workers_run(&building->setup.build, &workers, building->result);
	return 0;
}

static int begin(struct building *building, bool *ret_unclean,
		struct ohb_error *err)
{
	if (open_writer(building->project, building->options->no_wait,
			    &building->emitter, &building->store, err) < 0)
		return -1;
	building->setup.build.store = building->store;
	if (mend(building, ret_unclean, err) < 0)
		return -1;
	return look(building->project, building->store,
			&building->options->selection, &building->view, err);
}

/* Damage of the database may show only when it is read: then it is opened
 * once more, which puts it aside. */
static int begin_anyway(struct building *building, bool *ret_unclean,
		struct ohb_error *err)
{
	if (begin(building, ret_unclean, err) == 0)
		return 0;
	if (!building->store || err->code != OHB_E_STATE)
		return -1;
	ohb_store_close(building->store);
	building->store = NULL;
	return begin(building, ret_unclean, err);
}

/* Those that failed before and are not tried again. */
static size_t failures_kept(const struct ohb_plan *plan)
{
	size_t i, count = 0;

	for (i = 0; i < plan->nsteps; i++)
		count += plan->steps[i].verdict == OHB_FAILED_BEFORE &&
				!plan->steps[i].will_build;
	return count;
}

/* What was paid for is in the database whatever happens here, and the next
 * build writes the lock. */
static void write_lock(struct building *building)
{
	const struct ohb_project *project = building->project;
	const struct ohb_lock_job job = {
		.tree = &project->tree,
		.graph = &project->graph,
		.config = &project->config,
		.store = building->store,
	};
	struct ohb_error err = OHB_ERROR_INIT;

	if (ohb_lock_write(&job, &err) < 0)
		ohb_emit_warning(&building->emitter, NULL, "%s", err.msg);
}

static struct ohb_adoption adoption_of(const struct building *building)
{
	return (struct ohb_adoption){
		.build = &building->setup.build,
		.facts = &building->view.facts,
		.selected = building->view.selected,
	};
}

static void on_absent(void *userdata, const char *target, const char *absent)
{
	struct building *building = userdata;

	if (building->options->selection.nwords == 0)
		return;
	building->result->absent++;
	ohb_emit_warning(&building->emitter, target,
			"not adopted: '%s' is not there; 'ohbuild %s' makes it",
			absent, target);
}

static void limit_to_adoption(struct building *building)
{
	const struct ohb_adoption adoption = adoption_of(building);

	ohb_adopt_plan(&adoption, &building->view.arena, &building->view.plan,
			on_absent, building);
}

/* What a killed build left in an engine waits for the next build. */
static int take(struct building *building, struct ohb_error *err)
{
	const struct ohb_adoption adoption = adoption_of(building);

	return ohb_adopt_take(&adoption, &building->view.plan,
			&building->result->adopted, err);
}

/* All that the plan says, and no more than adopting needs.  *ret_clean: the
 * engines have nothing of ours. */
static int act(struct building *building, bool *ret_clean,
		struct ohb_error *err)
{
	struct ohb_error ignored = OHB_ERROR_INIT;
	int status;

	*ret_clean = true;
	if (building->adopts && building->how == OHB_ADOPT_ANY) {
		*ret_clean = !building->unclean_engine;
		return take(building, err);
	}
	if (building->view.plan.will_build == 0) {
		if (building->unclean_engine)
			*ret_clean = ohb_setup_sweep(&building->setup);
		return 0;
	}
	/* What was read need not be read again if this one is killed. */
	if (ohb_picture_keep_stats(building->store, &ignored) < 0)
		ohb_emit_warning(&building->emitter, NULL, "%s", ignored.msg);
	status = run(building, err);
	ohb_setup_close(&building->setup);
	return status;
}

static int build(struct building *building, struct ohb_error *err)
{
	struct ohb_build_result *result = building->result;
	const struct ohb_plan *plan = &building->view.plan;
	struct ohb_error ignored = OHB_ERROR_INIT;
	bool unclean = false, clean;
	int status;

	if (building->project->glanced) {
		announce(building);
		return 0;
	}

	if (begin_anyway(building, &unclean, err) < 0)
		return -1;
	if (building->adopts)
		limit_to_adoption(building);
	result->wanted = plan->will_build;
	result->taken = building->view.facts.taken;
	result->failed = failures_kept(plan);
	result->not_run = building->adopts ? 0 : plan->counts[OHB_BLOCKED];
	announce(building);
	status = act(building, &clean, err);
	write_lock(building);
	/* Only now is nothing of ours left behind. */
	if (clean && (plan->will_build || unclean) &&
			ohb_meta_save(building->store, RUNNING, "", &ignored) <
					0)
		ohb_emit_warning(&building->emitter, NULL, "%s", ignored.msg);
	building->clean = clean && status == 0;
	return status;
}

static int keep(const struct ohb_project *project, struct ohb_store *store,
		const struct view *view, struct ohb_error *err)
{
	const struct ohb_decision decision = {
		.base = view->based ? &view->base : NULL,
		.file = project->file,
		.tree = &project->tree,
		.files = &project->files,
		.lock = project->config.lock,
		.graph = &project->graph,
		.plan = &view->plan,
		.store = store,
	};

	return ohb_picture_keep(&decision, err);
}

/* Decides once more, now that all is done, and keeps that. */
static int keep_anew(const struct building *building, struct ohb_error *err)
{
	const struct ohb_project *project = building->project;
	const struct ohb_project_options options = {
		.dir = project->root,
		.file = project->file,
	};
	const struct ohb_selection everything = { .words = NULL };
	struct view view = { .selected = NULL };
	struct ohb_project *now = NULL;
	ohb_autofree char *report = NULL;
	int result = 0;

	/* What is wrong with it now is for the next command to say. */
	if (ohb_project_open(&options, &now, &report, err) < 0)
		return 0;
	if (look(now, building->store, &everything, &view, err) == 0)
		result = keep(now, building->store, &view, err);
	ohb_arena_release(&view.arena);
	ohb_project_free(now);
	return result;
}

/* Whether what the build began with is still the state of the database (and
 * of the lock, which it has the digest of). */
static bool has_written(const struct building *building)
{
	const struct view *view = &building->view;
	struct ohb_index_base now;

	return !view->based || ohb_store_base(building->store, &now) < 0 ||
			!ohb_index_base_eq(&view->base, &now);
}

/* What the next glance needs. */
static void leave_picture(struct building *building)
{
	struct ohb_error err = OHB_ERROR_INIT;
	int result;

	if (!building->clean || ohb_cancel_level(&building->project->cancel))
		return;
	if (!has_written(building) && !building->adopts &&
			is_everything(&building->options->selection))
		result = keep(building->project, building->store,
				&building->view, &err);
	else
		result = keep_anew(building, &err);
	if (result < 0)
		ohb_emit_warning(&building->emitter, NULL,
				"the next check will take longer: %s", err.msg);
}

static void share(struct building *building)
{
	struct ohb_project *project = building->project;
	const struct ohb_build_options *options = building->options;
	struct ohb_build *shared = &building->setup.build;

	ohb_emitter_init(&building->emitter, options->sink, options->userdata);
	shared->root = project->root;
	shared->dirfd = project->tree.dirfd;
	shared->config = &project->config;
	shared->graph = &project->graph;
	shared->git = project->files.git;
	shared->emitter = &building->emitter;
	shared->cancel = &project->cancel;
	shared->always = options->selection.always;
}

static int go(struct building *building, struct ohb_error *err)
{
	const struct ohb_build_result *ret = building->result;
	int64_t started = ohb_clock_mono_ms();
	int result;

	*building->result = (struct ohb_build_result){ .wanted = 0 };
	share(building);
	atomic_store(&building->project->busy, true);
	result = build(building, err);
	atomic_store(&building->project->busy, false);
	leave_picture(building);
	if (result == 0)
		ohb_emit(&building->emitter,
				&(struct ohb_event){
						.type = OHB_EV_BUILD_ENDED,
						.count = ret->made,
						.ok = ret->failed == 0 &&
								ret->not_run == 0,
						.duration_ms = ohb_clock_mono_ms() -
								started,
						.cost_usd = ret->cost_usd,
				});
	ohb_store_close(building->store);
	ohb_arena_release(&building->view.arena);
	ohb_emitter_release(&building->emitter);
	return result;
}

int ohb_project_build(struct ohb_project *project,
		const struct ohb_build_options *options,
		struct ohb_build_result *ret, struct ohb_error *err)
{
	struct building building = {
		.project = project,
		.options = options,
		.result = ret,
	};

	return go(&building, err);
}

int ohb_project_adopt(struct ohb_project *project,
		const struct ohb_build_options *options, enum ohb_adopt how,
		struct ohb_build_result *ret, struct ohb_error *err)
{
	struct building building = {
		.project = project,
		.options = options,
		.result = ret,
		.adopts = true,
		.how = how,
	};

	return go(&building, err);
}

static int restore(struct building *building, struct ohb_str *said,
		struct ohb_error *err)
{
	const struct ohb_selection *selection = &building->options->selection;
	struct ohb_project *project = building->project;
	struct ohb_error ignored = OHB_ERROR_INIT;
	bool unclean = false;
	size_t i;
	int result = 0;

	if (open_writer(project, building->options->no_wait, &building->emitter,
			    &building->store, err) < 0 ||
			mend(building, &unclean, err) < 0)
		return -1;
	if (!building->unclean_engine &&
			ohb_meta_save(building->store, RUNNING, IN_TREE, err) <
					0)
		return -1;
	for (i = 0; result == 0 && i < selection->nwords; i++)
		result = ohb_restore(project->tree.dirfd, building->store,
				&project->graph, selection->words[i], said,
				err);
	/* What it could not do it says, and has nothing left behind. */
	if (!building->unclean_engine &&
			(result == 0 || err->code == OHB_E_USAGE) &&
			ohb_meta_save(building->store, RUNNING, "", &ignored) <
					0)
		ohb_emit_warning(&building->emitter, NULL, "%s", ignored.msg);
	return result;
}

int ohb_project_restore(struct ohb_project *project,
		const struct ohb_build_options *options, char **ret_said,
		struct ohb_error *err)
{
	struct building building = { .project = project, .options = options };
	ohb_autostr said = OHB_STR_INIT;
	int result;

	share(&building);
	result = restore(&building, &said, err);
	ohb_store_close(building.store);
	ohb_emitter_release(&building.emitter);
	*ret_said = ohb_str_take(&said);
	return result;
}

int ohb_project_hook(const struct ohb_project_options *options,
		enum ohb_hook_action action, const char *program,
		char **ret_said, struct ohb_error *err)
{
	const char *dir = options->dir ? options->dir : ".";
	ohb_autoclose int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	const struct ohb_hook hook = {
		.dirfd = fd,
		.file = options->file ? options->file : CONFIG_FILE,
		.program = program,
	};
	ohb_autostr said = OHB_STR_INIT;
	int bad;

	if (fd < 0)
		return ohb_fail_errno(err, errno, "open the folder '%s'", dir);
	bad = action == OHB_HOOK_INSTALL ? ohb_hook_install(&hook, &said, err) :
					   ohb_hook_remove(&hook, &said, err);
	if (bad)
		return -1;
	*ret_said = ohb_str_take(&said);
	return 0;
}

bool ohb_project_interrupt(struct ohb_project *project)
{
	ohb_cancel_raise(&project->cancel);
	return atomic_load(&project->busy);
}

const char *ohb_version(void)
{
	return OHB_VERSION;
}
