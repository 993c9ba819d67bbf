#include "api/project.h"

#include "build/adopt.h"
#include "build/commit.h"
#include "build/emit.h"
#include "build/lock.h"
#include "build/passes.h"
#include "build/restore.h"
#include "io/clock.h"

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
	struct ohb_view view;
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

	if (ohb_meta_find(building->store, OHB_RUNNING, &run, err) < 0)
		return -1;
	*ret_unclean = run.len > 0;
	building->unclean_engine =
			run.len && !ohb_streq(run.data, OHB_RUNNING_IN_TREE);
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
	struct ohb_passes passes = {
		.setup = &building->setup,
		.options = {
			.replay = options->replay,
			.budget_usd = options->budget_usd,
			.record = options->record,
			.strict = options->replay_strict,
			.no_preflight = options->no_preflight,
		},
		.workers = {
			.facts = &building->view.facts,
			.jobs = options->jobs ? options->jobs :
						project->config.limits.jobs,
			.keep_going = options->keep_going,
		},
		.plan = &building->view.plan,
		.arena = &building->view.arena,
		.result = building->result,
	};

	if (ohb_meta_save(building->store, OHB_RUNNING, OHB_RUNNING_IN_ENGINE,
			    err) < 0)
		return -1;
	return ohb_passes_run(&passes, err);
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
	return ohb_view_look(building->project, building->store,
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
			ohb_meta_save(building->store, OHB_RUNNING, "",
					&ignored) < 0)
		ohb_emit_warning(&building->emitter, NULL, "%s", ignored.msg);
	building->clean = clean && status == 0;
	return status;
}

static int keep(const struct ohb_project *project, struct ohb_store *store,
		const struct ohb_view *view, struct ohb_error *err)
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
	struct ohb_view view = { .selected = NULL };
	struct ohb_project *now = NULL;
	ohb_autofree char *report = NULL;
	int result = 0;

	/* What is wrong with it now is for the next command to say. */
	if (ohb_project_open(&options, &now, &report, err) < 0)
		return 0;
	if (ohb_view_look(now, building->store, &everything, &view, err) == 0)
		result = keep(now, building->store, &view, err);
	ohb_arena_release(&view.arena);
	ohb_project_free(now);
	return result;
}

/* Whether what the build began with is still the state of the database (and
 * of the lock, which it has the digest of). */
static bool has_written(const struct building *building)
{
	const struct ohb_view *view = &building->view;
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
			ohb_selection_is_everything(
					&building->options->selection))
		result = keep(building->project, building->store,
				&building->view, &err);
	else
		result = keep_anew(building, &err);
	if (result < 0)
		ohb_emit_warning(&building->emitter, NULL,
				"the next check will take longer: %s", err.msg);
}

static int go(struct building *building, struct ohb_error *err)
{
	const struct ohb_build_result *ret = building->result;
	int64_t started = ohb_clock_mono_ms();
	int result;

	*building->result = (struct ohb_build_result){ .wanted = 0 };
	ohb_project_share(building->project, building->options,
			&building->emitter, &building->setup.build);
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
			ohb_meta_save(building->store, OHB_RUNNING,
					OHB_RUNNING_IN_TREE, err) < 0)
		return -1;
	for (i = 0; result == 0 && i < selection->nwords; i++)
		result = ohb_restore(project->tree.dirfd, building->store,
				&project->graph, selection->words[i], said,
				err);
	/* What it could not do it says, and has nothing left behind. */
	if (!building->unclean_engine &&
			(result == 0 || err->code == OHB_E_USAGE) &&
			ohb_meta_save(building->store, OHB_RUNNING, "",
					&ignored) < 0)
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

	ohb_project_share(project, options, &building.emitter,
			&building.setup.build);
	result = restore(&building, &said, err);
	ohb_store_close(building.store);
	ohb_emitter_release(&building.emitter);
	*ret_said = ohb_str_take(&said);
	return result;
}
