#include "ask/ask.h"

#include "ask/document.h"
#include "build/brief.h"
#include "build/ranking.h"
#include "io/clock.h"
#include "text/json.h"
#include "validate/judge.h"

static json_t *texts(const char *const *values, size_t n)
{
	json_t *array = json_array();
	size_t i;

	for (i = 0; i < n; i++)
		ohb_json_append(array, ohb_json_string(values[i]));
	return array;
}

json_t *ohb_ask_digest(const struct ohb_digest *digest)
{
	char digits[OHB_DIGEST_HEX];

	return json_string(ohb_digest_hex(digest, digits));
}

json_t *ohb_ask_money(double usd)
{
	return usd < 0 ? json_null() : json_real(usd);
}

json_t *ohb_ask_moment(int64_t wall_ms)
{
	char digits[OHB_TIME_TEXT];

	return wall_ms > 0 ? json_string(ohb_clock_format(wall_ms, digits)) :
			     json_null();
}

json_t *ohb_ask_document(const char *question)
{
	json_t *root = json_object();

	ohb_json_set(root, "ohbuild", json_integer(1));
	ohb_json_set(root, "question", json_string(question));
	return root;
}

json_t *ohb_ask_parts(const struct ohb_parts *list)
{
	json_t *array = json_array();
	size_t i;

	for (i = 0; i < list->count; i++) {
		json_t *part = json_object();

		ohb_json_set(part, "part",
				ohb_json_string(list->items[i].name));
		ohb_json_set(part, "digest",
				ohb_ask_digest(&list->items[i].digest));
		ohb_json_append(array, part);
	}
	return array;
}

json_t *ohb_ask_change(const struct ohb_change *change)
{
	static const char *const kinds[] = {
		[OHB_PART_CHANGED] = "changed",
		[OHB_PART_ADDED] = "added",
		[OHB_PART_REMOVED] = "removed",
	};
	json_t *item = json_object();

	ohb_json_set(item, "part", ohb_json_string(change->part));
	ohb_json_set(item, "change", json_string(kinds[change->kind]));
	ohb_json_set(item, "old",
			change->kind == OHB_PART_ADDED ?
					json_null() :
					ohb_ask_digest(&change->before));
	ohb_json_set(item, "new",
			change->kind == OHB_PART_REMOVED ?
					json_null() :
					ohb_ask_digest(&change->after));
	return item;
}

static json_t *changes(const struct ohb_step *step)
{
	json_t *array = json_array();
	size_t i;

	for (i = 0; i < step->nchanges; i++)
		ohb_json_append(array, ohb_ask_change(&step->changes[i]));
	return array;
}

/* A judge costs nothing; how long it takes alone, nobody knows. */
static json_t *predicted(const struct ohb_forecast *forecast,
		const struct ohb_step *step)
{
	static const char *const bases[] = {
		[OHB_OF_TARGET] = "target",
		[OHB_OF_MODULE] = "module",
		[OHB_OF_ALL] = "all",
	};
	static const struct ohb_forecast free_of_charge = { .ms = -1 };
	json_t *object = json_object();

	if (step->will_build && step->way == OHB_WAY_JUDGE)
		forecast = &free_of_charge;
	ohb_json_set(object, "ms",
			forecast->ms < 0 ? json_null() :
					   json_integer(forecast->ms));
	ohb_json_set(object, "cost_usd", ohb_ask_money(forecast->usd));
	ohb_json_set(object, "runs", json_integer((json_int_t)forecast->runs));
	ohb_json_set(object, "priced",
			json_integer((json_int_t)forecast->priced));
	ohb_json_set(object, "of",
			forecast->basis == OHB_OF_NONE ?
					json_null() :
					json_string(bases[forecast->basis]));
	return object;
}

static json_t *names_of(
		const struct ohb_graph *graph, const size_t *targets, size_t n)
{
	json_t *array = json_array();
	size_t i;

	for (i = 0; i < n; i++)
		ohb_json_append(array,
				ohb_json_string(graph->targets[targets[i]]
								.name));
	return array;
}

json_t *ohb_ask_state(const struct ohb_asked *asked,
		const struct ohb_step *step, json_t *changed)
{
	const struct ohb_target *target = &asked->graph->targets[step->target];
	json_t *object = json_object();

	ohb_json_set(object, "name", ohb_json_string(target->name));
	ohb_json_set(object, "module", ohb_json_string(target->module->name));
	ohb_json_set(object, "verdict",
			json_string(ohb_verdict_name(step->verdict)));
	ohb_json_set(object, "because", ohb_json_string(step->because));
	ohb_json_set(object, "suspected_bug",
			ohb_json_string(asked->facts->items[step->target]
							.suspicion));
	ohb_json_set(object, "will_build", json_boolean(step->will_build));
	ohb_json_set(object, "way",
			step->verdict == OHB_FRESH || step->verdict == OHB_BLOCKED ?
					json_null() :
					json_string(ohb_way_name(step->way)));
	ohb_json_set(object, "predicted",
			predicted(&asked->facts->items[step->target].forecast,
					step));
	ohb_json_set(object, "changed", changed);
	ohb_json_set(object, "waits_for",
			names_of(asked->graph, step->waits_for, step->nwaits));
	return object;
}

json_t *ohb_ask_summary(const struct ohb_asked *asked)
{
	const size_t *counts = asked->plan->counts;
	json_t *object = json_object();

	ohb_json_set(object, "targets",
			json_integer((json_int_t)asked->plan->nsteps));
	ohb_json_set(object, "fresh",
			json_integer((json_int_t)counts[OHB_FRESH]));
	ohb_json_set(object, "to_build",
			json_integer((json_int_t)asked->plan->to_build));
	ohb_json_set(object, "edited",
			json_integer((json_int_t)counts[OHB_EDITED]));
	ohb_json_set(object, "failed_before",
			json_integer((json_int_t)counts[OHB_FAILED_BEFORE]));
	ohb_json_set(object, "blocked",
			json_integer((json_int_t)counts[OHB_BLOCKED]));
	return object;
}

json_t *ohb_ask_status(const struct ohb_asked *asked, struct ohb_error *err)
{
	json_t *root = ohb_ask_document("status"), *array = json_array();
	size_t i;

	(void)err;
	for (i = 0; i < asked->plan->nsteps; i++)
		ohb_json_append(array,
				ohb_ask_state(asked, &asked->plan->steps[i],
						changes(&asked->plan->steps[i])));
	ohb_json_set(root, "targets", array);
	ohb_json_set(root, "orphans",
			texts(asked->facts->orphans, asked->facts->norphans));
	ohb_json_set(root, "summary", ohb_ask_summary(asked));
	return root;
}

json_t *ohb_ask_list(const struct ohb_asked *asked, struct ohb_error *err)
{
	json_t *root = ohb_ask_document("list"), *array = json_array();
	size_t i;

	(void)err;
	for (i = 0; i < asked->graph->count; i++) {
		const struct ohb_target *target = &asked->graph->targets[i];
		const struct ohb_module_config *module = target->module;
		json_t *object;

		if (!asked->selected[i])
			continue;
		object = json_object();
		ohb_json_set(object, "name", ohb_json_string(target->name));
		ohb_json_set(object, "module", ohb_json_string(module->name));
		ohb_json_set(object, "sources",
				texts(target->sources, target->nsources));
		ohb_json_set(object, "outputs",
				texts(target->outputs, target->noutputs));
		ohb_json_set(object, "inputs",
				texts(target->inputs, target->ninputs));
		ohb_json_set(object, "needs",
				names_of(asked->graph, target->needs,
						target->nneeds));
		ohb_json_set(object, "tags",
				texts(module->tags.items, module->tags.count));
		ohb_json_set(object, "priority",
				json_integer(module->priority));
		ohb_json_append(array, object);
	}
	ohb_json_set(root, "targets", array);
	return root;
}

/* The selected targets and, so that no edge ends nowhere, all they need. */
static void mark(const struct ohb_asked *asked, bool *marked)
{
	const struct ohb_graph *graph = asked->graph;
	size_t i, k;

	for (i = graph->count; i-- > 0;) {
		const struct ohb_target *target =
				&graph->targets[graph->order[i]];

		if (asked->selected[graph->order[i]])
			marked[graph->order[i]] = true;
		for (k = 0; marked[graph->order[i]] && k < target->nneeds; k++)
			marked[target->needs[k]] = true;
	}
}

/* What the plan leaves out is needed and fresh. */
static const char **verdicts_of(const struct ohb_asked *asked)
{
	const char **verdicts = ohb_alloc(
			(asked->graph->count + 1) * sizeof(*verdicts));
	size_t i;

	for (i = 0; i < asked->graph->count; i++)
		verdicts[i] = ohb_verdict_name(OHB_FRESH);
	for (i = 0; i < asked->plan->nsteps; i++)
		verdicts[asked->plan->steps[i].target] =
				ohb_verdict_name(asked->plan->steps[i].verdict);
	return verdicts;
}

json_t *ohb_ask_graph(const struct ohb_asked *asked, struct ohb_error *err)
{
	json_t *root = ohb_ask_document("graph"), *array = json_array();
	ohb_autofree bool *marked =
			ohb_alloc((asked->graph->count + 1) * sizeof(*marked));
	ohb_autofree const char **verdicts = verdicts_of(asked);
	size_t i;

	(void)err;
	mark(asked, marked);
	for (i = 0; i < asked->graph->count; i++) {
		const struct ohb_target *target = &asked->graph->targets[i];
		json_t *object;

		if (!marked[i])
			continue;
		object = json_object();
		ohb_json_set(object, "name", ohb_json_string(target->name));
		ohb_json_set(object, "module",
				ohb_json_string(target->module->name));
		ohb_json_set(object, "verdict", json_string(verdicts[i]));
		ohb_json_set(object, "outputs",
				texts(target->outputs, target->noutputs));
		ohb_json_set(object, "sources",
				texts(target->sources, target->nsources));
		ohb_json_set(object, "inputs",
				texts(target->inputs, target->ninputs));
		ohb_json_set(object, "needs",
				names_of(asked->graph, target->needs,
						target->nneeds));
		ohb_json_append(array, object);
	}
	ohb_json_set(root, "targets", array);
	return root;
}

static json_t *steps_of(const struct ohb_target *target,
		struct ohb_arena *arena, struct ohb_error *err)
{
	size_t i, n = 0;
	const char *const *lines = ohb_judge_commands(target, arena, &n, err);
	json_t *array;

	if (!lines)
		return NULL;
	array = json_array();
	for (i = 0; i < n; i++) {
		const struct ohb_step_config *step = &target->module->steps[i];
		json_t *object = json_object();

		ohb_json_set(object, "step",
				json_string(ohb_step_kind_name(step->kind)));
		ohb_json_set(object, "command", ohb_json_string(lines[i]));
		ohb_json_set(object, "junit",
				ohb_json_string(step->reports[OHB_REPORT_JUNIT]));
		ohb_json_set(object, "format",
				ohb_json_string(step->format == OHB_REPORT_NONE ?
								NULL :
								ohb_report_key(step->format)));
		ohb_json_set(object, "report",
				ohb_json_string(step->reports[step->format]));
		ohb_json_set(object, "min", json_integer(step->min));
		ohb_json_set(object, "min_changed",
				json_integer(step->min_changed));
		ohb_json_set(object, "max_skipped",
				json_integer(step->max_skipped));
		ohb_json_set(object, "timeout_ms",
				json_integer(step->timeout_ms));
		ohb_json_append(array, object);
	}
	return array;
}

/* In the order in which a build would ask them. */
static json_t *models_of(const struct ohb_asked *asked,
		const struct ohb_target *target, struct ohb_error *err)
{
	struct ohb_arena arena = OHB_ARENA_INIT;
	ohb_autofree const struct ohb_model_config **models = ohb_alloc(
			target->nmodels * sizeof(struct ohb_model_config *));
	const struct ohb_measure *measures = NULL;
	json_t *array = NULL;
	size_t i, n = 0;

	if (ohb_measure_load(asked->store, &arena, &measures, &n, err) == 0) {
		array = json_array();
		ohb_ranking_order(measures, n, target, models);
	}
	for (i = 0; array && i < target->nmodels; i++) {
		json_t *object = json_object();

		ohb_json_set(object, "id", ohb_json_string(models[i]->id));
		ohb_json_set(object, "base_url",
				ohb_json_string(models[i]->base_url));
		ohb_json_append(array, object);
	}
	ohb_arena_release(&arena);
	return array;
}

static json_t *agent_of(const struct ohb_config *config)
{
	static const char *const protocols[] = {
		[OHB_PROTOCOL_SERVER] = "server",
		[OHB_PROTOCOL_CLI] = "cli",
		[OHB_PROTOCOL_HEADLESS] = "headless",
	};
	const struct ohb_agent_config *agent = &config->agent;
	json_t *object = json_object();

	ohb_json_set(object, "image", ohb_json_string(agent->image));
	ohb_json_set(object, "sandbox",
			json_string(agent->sandbox == OHB_SANDBOX_DOCKER ?
							"docker" :
							"process"));
	ohb_json_set(object, "protocol",
			json_string(protocols[agent->protocol]));
	ohb_json_set(object, "network",
			json_string(agent->network == OHB_NETWORK_OPEN ?
							"open" :
							"gateway"));
	ohb_json_set(object, "max_iterations",
			json_integer(agent->max_iterations));
	ohb_json_set(object, "timeout_ms", json_integer(agent->timeout_ms));
	ohb_json_set(object, "idle_timeout_ms",
			json_integer(agent->idle_timeout_ms));
	ohb_json_set(object, "memory_bytes",
			json_integer((json_int_t)agent->memory_bytes));
	ohb_json_set(object, "cpus", json_real(agent->cpus));
	ohb_json_set(object, "attempts", json_integer(config->limits.attempts));
	return object;
}

static json_t *judged_in(const struct ohb_module_config *module)
{
	switch (module->validate_in) {
	case OHB_IN_SANDBOX:
		return json_string("sandbox");
	case OHB_IN_HOST:
		return json_string("host");
	case OHB_IN_IMAGE:
		break;
	}
	return json_sprintf("image %s", module->validate_image);
}

static int output_exists(
		const struct ohb_target *target, const struct ohb_fact *fact)
{
	size_t i;

	for (i = 0; i < target->noutputs; i++)
		if (fact->outputs[i] != OHB_OUTPUT_ABSENT)
			return 1;
	return 0;
}

static json_t *show_one(const struct ohb_asked *asked, size_t at,
		struct ohb_arena *arena, struct ohb_error *err)
{
	const struct ohb_target *target = &asked->graph->targets[at];
	const struct ohb_fact *fact = &asked->facts->items[at];
	ohb_autostr prompt = OHB_STR_INIT;
	ohb_autojson *steps = steps_of(target, arena, err);
	ohb_autojson *models = models_of(asked, target, err);
	json_t *object;

	if (!steps || !models ||
			ohb_brief_make(target, asked->config,
					output_exists(target, fact), arena,
					&prompt, err) < 0)
		return NULL;
	object = json_object();
	ohb_json_set(object, "name", ohb_json_string(target->name));
	ohb_json_set(object, "module", ohb_json_string(target->module->name));
	ohb_json_set(object, "key", ohb_ask_digest(&fact->key));
	ohb_json_set(object, "parts", ohb_ask_parts(&fact->parts));
	ohb_json_set(object, "sources",
			texts(target->sources, target->nsources));
	ohb_json_set(object, "outputs",
			texts(target->outputs, target->noutputs));
	ohb_json_set(object, "inputs", texts(target->inputs, target->ninputs));
	ohb_json_set(object, "workspace",
			texts(target->workspace, target->nworkspace));
	ohb_json_set(object, "prompt", ohb_json_bytes(prompt.data, prompt.len));
	ohb_json_set(object, "steps", json_incref(steps));
	ohb_json_set(object, "validate_in", judged_in(target->module));
	ohb_json_set(object, "models", json_incref(models));
	ohb_json_set(object, "agent", agent_of(asked->config));
	return object;
}

json_t *ohb_ask_show(const struct ohb_asked *asked, struct ohb_error *err)
{
	struct ohb_arena arena = OHB_ARENA_INIT;
	json_t *root = ohb_ask_document("show"), *array = json_array();
	size_t i;

	ohb_json_set(root, "targets", array);
	for (i = 0; i < asked->graph->count; i++) {
		json_t *object;

		if (!asked->selected[i])
			continue;
		object = show_one(asked, i, &arena, err);
		if (!object) {
			json_decref(root);
			root = NULL;
			break;
		}
		ohb_json_append(array, object);
	}
	ohb_arena_release(&arena);
	return root;
}
