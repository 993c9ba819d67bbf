#include "project/graph.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "project/rules.h"

/* What the targets of a module have in common. */
struct module_setup {
	const struct ohb_model_config **models;
	size_t nmodels;
	bool prompt_told; /* what is wrong in the prompt */
};

static int by_name(const void *a, const void *b)
{
	struct ohb_draft *const *x = a, *const *y = b;

	return strcmp((*x)->target.name, (*y)->target.name);
}

static const struct ohb_model_config *find_model(
		const struct ohb_config *config, const char *id)
{
	size_t i;

	for (i = 0; i < config->nmodels; i++)
		if (ohb_streq(config->models[i].id, id))
			return &config->models[i];
	return NULL;
}

static void unknown_model(
		struct ohb_rules *rules, const char *id, struct ohb_pos pos)
{
	const struct ohb_config *config = rules->config;
	ohb_autofree const char **ids =
			ohb_alloc((config->nmodels + 1) * sizeof(*ids));
	const char *similar;
	size_t i;

	for (i = 0; i < config->nmodels; i++)
		ids[i] = config->models[i].id;
	similar = ohb_suggest(id, ids);
	(void)ohb_diags_add(rules->diags, pos,
			similar ? ohb_arena_printf(rules->arena,
						  "did you mean '%s'?",
						  similar) :
				  "a module chooses among the 'models' of the "
				  "document",
			"unknown model '%s'", id);
}

static void choose_models(struct ohb_rules *rules,
		const struct ohb_module_config *module,
		struct module_setup *setup)
{
	const struct ohb_config *config = rules->config;
	size_t room = module->models.count ? module->models.count :
					     config->nmodels;
	size_t i;

	setup->models = ohb_arena_alloc(
			rules->arena, room * sizeof(struct ohb_model_config *));
	for (i = 0; !module->models.count && i < config->nmodels; i++)
		setup->models[setup->nmodels++] = &config->models[i];
	for (i = 0; i < module->models.count; i++) {
		const char *id = module->models.items[i];
		const struct ohb_model_config *model = find_model(config, id);

		if (model)
			setup->models[setup->nmodels++] = model;
		else
			unknown_model(rules, id, module->models.pos[i]);
	}
}

static void prompt_fault(struct ohb_rules *rules,
		const struct ohb_module_config *module, const char *why)
{
	(void)ohb_diags_add(rules->diags, module->pos, NULL,
			module->prompt_file ? "prompt '%s': %s" :
					      "prompt%s: %s",
			module->prompt_file ? module->prompt_file : "", why);
}

static void expand_prompt(struct ohb_rules *rules, struct ohb_target *target,
		struct module_setup *setup)
{
	const struct ohb_module_config *module = target->module;
	ohb_autostr text = OHB_STR_INIT;
	struct ohb_error err;

	target->prompt = module->prompt;
	if (setup->prompt_told || !module->prompt ||
			!strpbrk(module->prompt, "{}"))
		return;
	if (ohb_template_expand(module->prompt, strlen(module->prompt),
			    target->vars, target->nvars, OHB_TEMPLATE_STRICT,
			    &text, NULL, &err) < 0) {
		prompt_fault(rules, module, err.msg);
		setup->prompt_told = true;
		return;
	}
	if (text.len > OHB_MAX_PROMPT) {
		prompt_fault(rules, module, "it is too long");
		setup->prompt_told = true;
		return;
	}
	target->prompt = ohb_arena_strdup(rules->arena, ohb_str_cstr(&text));
}

static void finish_targets(struct ohb_rules *rules, struct ohb_target *targets)
{
	const struct ohb_config *config = rules->config;
	ohb_autofree struct module_setup *setups =
			ohb_alloc(config->nmodules * sizeof(*setups));
	size_t i;

	for (i = 0; i < config->nmodules; i++)
		choose_models(rules, &config->modules[i], &setups[i]);
	for (i = 0; i < rules->ndrafts; i++) {
		struct module_setup *setup =
				&setups[targets[i].module - config->modules];

		targets[i].models = setup->models;
		targets[i].nmodels = setup->nmodels;
		expand_prompt(rules, &targets[i], setup);
	}
}

/* Drafts become targets in the order of their names. */
static struct ohb_target *place_targets(
		struct ohb_rules *rules, struct ohb_map *names)
{
	struct ohb_target *targets = ohb_arena_alloc(
			rules->arena, rules->ndrafts * sizeof(*targets));
	size_t i, j;

	if (rules->ndrafts)
		qsort(rules->drafts, rules->ndrafts, sizeof(struct ohb_draft *),
				by_name);
	for (i = 0; i < rules->ndrafts; i++) {
		targets[i] = rules->drafts[i]->target;
		for (j = 0; j < targets[i].noutputs; j++)
			(void)ohb_map_add(names, targets[i].outputs[j],
					&targets[i]);
	}
	return targets;
}

/* Where they are wrong is told; they are used by builds. */
static void check_allowed(struct ohb_rules *rules)
{
	const struct ohb_list *list = &rules->config->agent.allow_secrets;
	size_t i;

	for (i = 0; i < list->count; i++)
		(void)ohb_rules_compile(rules, rules->arena, list->items[i],
				list->pos[i]);
}

/* NOLINTNEXTLINE(readability-function-size): three inputs, three for results */
int ohb_graph_make(const struct ohb_tree *tree, const struct ohb_config *config,
		const struct ohb_files *files, struct ohb_arena *arena,
		struct ohb_diags *diags, struct ohb_graph *ret,
		struct ohb_error *err)
{
	struct ohb_rules rules = {
		.tree = tree,
		.config = config,
		.files = files,
		.arena = arena,
		.diags = diags,
	};
	struct ohb_graph graph = { .by_name = OHB_MAP_INIT };
	struct ohb_target *targets;

	check_allowed(&rules);
	ohb_rules_draft(&rules);
	targets = place_targets(&rules, &graph.by_name);
	graph.targets = targets;
	graph.count = rules.ndrafts;
	graph.partial = files->first != NULL;
	ohb_rules_inputs(&rules, targets, &graph.by_name);
	finish_targets(&rules, targets);
	ohb_rules_order(&rules, &graph);
	free(rules.drafts);
	free(rules.outputs);
	ohb_map_release(&rules.writers);
	ohb_map_release(&rules.folders);
	if (diags->nitems) {
		ohb_map_release(&graph.by_name);
		return ohb_fail(err, OHB_E_CONFIG,
				"the rules and the files do not fit together");
	}
	*ret = graph;
	return 0;
}

int ohb_graph_extend(struct ohb_graph *graph, const struct ohb_config *config,
		const struct ohb_further *further, struct ohb_arena *arena,
		struct ohb_diags *diags, struct ohb_error *err)
{
	struct ohb_rules rules = {
		.config = config,
		.arena = arena,
		.diags = diags,
		.ndrafts = graph->count,
	};
	ohb_autofree struct module_setup *setups =
			ohb_alloc(config->nmodules * sizeof(*setups));
	size_t i;

	for (i = 0; i < graph->count; i++) {
		struct ohb_target *target = ohb_map_get(
				&graph->by_name, graph->targets[i].name);

		if (ohb_rules_further(&rules, graph, target, &further[i]))
			expand_prompt(&rules, target,
					&setups[target->module -
							config->modules]);
	}
	ohb_rules_order(&rules, graph);
	return diags->nitems ?
			ohb_fail(err, OHB_E_CONFIG,
					"what the depfile commands found does "
					"not fit together") :
			0;
}

void ohb_graph_release(struct ohb_graph *graph)
{
	ohb_map_release(&graph->by_name);
}
