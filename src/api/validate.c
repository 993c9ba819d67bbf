/* Tests judged as they stand on disk, without an agent. */
#include "api/project.h"

#include "ask/ask.h"
#include "build/setup.h"
#include "build/validate.h"
#include "text/json.h"

/* One call of ohb_project_validate. */
struct judging {
	struct ohb_project *project;
	const struct ohb_build_options *options;
	struct ohb_emitter emitter;
	struct ohb_store *store;
	struct ohb_setup setup;
	struct ohb_view view;
	struct ohb_validated *items; /* of those that are selected */
	size_t count;
	struct ohb_str answer;
};

static void on_warning(void *userdata, const char *text)
{
	ohb_emit_warning(userdata, NULL, "%s", text);
}

/* To write when that is possible at once: only verdicts would be kept. */
static int open_store(struct judging *judging, struct ohb_error *err)
{
	struct ohb_store_options options = {
		.mode = OHB_STORE_NO_WAIT,
		.command = "ohbuild validate",
		.cancel = &judging->project->cancel,
		.on_warning = on_warning,
		.userdata = &judging->emitter,
	};
	const int dirfd = judging->project->tree.dirfd;
	struct ohb_error ignored = OHB_ERROR_INIT;

	if (ohb_store_open(dirfd, &options, &judging->store, &ignored) == 0)
		return 0;
	options.mode = OHB_STORE_READ;
	return ohb_store_open(dirfd, &options, &judging->store, err);
}

/* Judges as steps of a plan: that says which engines are needed. */
static struct ohb_plan plan_of(struct judging *judging)
{
	const struct ohb_graph *graph = &judging->project->graph;
	struct ohb_arena *arena = &judging->view.arena;
	struct ohb_step *steps =
			ohb_arena_alloc(arena, graph->count * sizeof(*steps));
	size_t i;

	judging->items = ohb_arena_alloc(
			arena, graph->count * sizeof(*judging->items));
	for (i = 0; i < graph->count; i++) {
		if (!judging->view.selected[i])
			continue;
		steps[judging->count] = (struct ohb_step){
			.target = i,
			.way = OHB_WAY_JUDGE,
			.will_build = true,
		};
		judging->items[judging->count++].target = &graph->targets[i];
	}
	return (struct ohb_plan){
		.steps = steps,
		.nsteps = judging->count,
		.will_build = judging->count,
	};
}

/* What a killed build left stays noted for the next one. */
static int note(struct judging *judging, const char *was, const char *now,
		struct ohb_error *err)
{
	ohb_autostr text = OHB_STR_INIT;

	if (!ohb_store_writes(judging->store))
		return 0;
	if (ohb_meta_find(judging->store, OHB_RUNNING, &text, err) < 0)
		return -1;
	return ohb_streq(ohb_str_cstr(&text), was) ?
			ohb_meta_save(judging->store, OHB_RUNNING, now, err) :
			0;
}

/* What tests print is in it, and with it whatever they got hold of. */
static void answer(struct judging *judging)
{
	ohb_autojson *json = ohb_ask_validate(judging->items, judging->count);

	ohb_json_add_rounded(&judging->answer, json);
	ohb_redact_apply(judging->setup.build.redact, &judging->answer);
}

static int run(struct judging *judging, struct ohb_error *err)
{
	const struct ohb_plan plan = plan_of(judging);
	const struct ohb_setup_options setup = {
		.no_preflight = true,
		.plan = &plan,
	};
	struct ohb_validating validating = {
		.build = &judging->setup.build,
		.jobs = judging->options->jobs ?
				judging->options->jobs :
				judging->project->config.limits.jobs,
		.keep_going = judging->options->keep_going,
		.items = judging->items,
		.count = judging->count,
	};
	ohb_autostr was = OHB_STR_INIT;
	int result;

	if (ohb_meta_find(judging->store, OHB_RUNNING, &was, err) < 0 ||
			note(judging, "", OHB_RUNNING_IN_ENGINE, err) < 0)
		return -1;
	result = ohb_setup_open(&judging->setup, &setup, err);
	if (result == 0) {
		ohb_validate_run(&validating);
		answer(judging);
	}
	ohb_setup_close(&judging->setup);
	if (result == 0 && was.len == 0)
		return note(judging, OHB_RUNNING_IN_ENGINE, "", err);
	return result;
}

static void count(struct judging *judging, struct ohb_build_result *ret)
{
	const bool named = judging->options->selection.nwords > 0;
	size_t i;

	*ret = (struct ohb_build_result){ .wanted = judging->count };
	for (i = 0; i < judging->count; i++) {
		const struct ohb_validated *item = &judging->items[i];

		ret->made += item->state == OHB_VALIDATED_PASSED;
		ret->failed += item->state == OHB_VALIDATED_FAILED;
		ret->not_run += item->state == OHB_VALIDATED_NOT_RUN;
		ret->absent += named && item->state == OHB_VALIDATED_MISSING;
		ret->configuration |= item->state == OHB_VALIDATED_CONFIG;
		ret->infrastructure |= item->state == OHB_VALIDATED_INFRA;
		ret->suspected_bugs += item->suspicion != NULL;
	}
	ret->interrupted = ohb_cancel_level(&judging->project->cancel) != 0;
}

static void release(struct judging *judging)
{
	size_t i;

	for (i = 0; i < judging->count; i++)
		ohb_arena_release(&judging->items[i].arena);
	ohb_str_release(&judging->answer);
	ohb_store_close(judging->store);
	ohb_arena_release(&judging->view.arena);
	ohb_emitter_release(&judging->emitter);
}

int ohb_project_validate(struct ohb_project *project,
		const struct ohb_build_options *options, char **ret_json,
		struct ohb_build_result *ret, struct ohb_error *err)
{
	struct judging judging = { .project = project, .options = options };
	int result;

	ohb_project_share(project, options, &judging.emitter,
			&judging.setup.build);
	result = open_store(&judging, err);
	judging.setup.build.store = judging.store;
	if (result == 0)
		result = ohb_view_select(project, judging.store,
				&options->selection, &judging.view, err);
	atomic_store(&project->busy, true);
	if (result == 0)
		result = run(&judging, err);
	atomic_store(&project->busy, false);
	if (result == 0) {
		count(&judging, ret);
		*ret_json = ohb_str_take(&judging.answer);
	}
	release(&judging);
	return result;
}
