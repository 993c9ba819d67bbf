/* What the targets read: inputs, and the workspace around them. */
#include <stdlib.h>
#include <string.h>

#include "project/rules.h"

struct paths {
	const char **items;
	size_t count, cap;
};

struct list {
	const char *const *items;
	size_t count;
};

/* What one rule, `inputs` or `workspace`, says for a module. */
struct reading {
	struct ohb_rules *rules;
	const struct ohb_map *by_name;
	const struct ohb_module_config *module;
	const struct ohb_list *rule;
	const char *what; /* for messages */
	bool with_outputs; /* of other targets, also those not yet there */
	bool *own; /* of each pattern: it has words, or is told wrong */
	bool any_own;
	struct list shared; /* what the patterns without words give */
};

/* What the targets of one module share. */
struct module_inputs {
	struct reading inputs, workspace;
	const size_t *needs;
	size_t nneeds;
	const char *joined;
};

static void add_path(struct paths *paths, const char *path)
{
	*(const char **)ohb_grow((void *)&paths->items, &paths->cap,
			paths->count, sizeof(*paths->items)) = path;
	paths->count++;
}

static int by_bytes(const void *a, const void *b)
{
	const char *const *x = a, *const *y = b;

	return strcmp(*x, *y);
}

/* Sorted, without doubles, in the arena; paths is empty then. */
static struct list freeze(struct ohb_arena *arena, struct paths *paths)
{
	const char **items =
			ohb_arena_alloc(arena, paths->count * sizeof(*items));
	size_t count = 0, i;

	if (paths->count)
		qsort(paths->items, paths->count, sizeof(*items), by_bytes);
	for (i = 0; i < paths->count; i++)
		if (!count || !ohb_streq(items[count - 1], paths->items[i]))
			items[count++] = paths->items[i];
	free(paths->items);
	*paths = (struct paths){ .items = NULL };
	return (struct list){ .items = items, .count = count };
}

static bool contains(const struct list *list, const char *path)
{
	size_t i = ohb_paths_from(list->items, list->count, path);

	return i < list->count && ohb_streq(list->items[i], path);
}

static void read_path(struct reading *reading, struct ohb_pos pos,
		const char *path, struct paths *out)
{
	const char *clean = ohb_path_clean(reading->rules->arena, path);
	enum ohb_found found;

	if (reading->with_outputs && ohb_map_get(reading->by_name, clean)) {
		add_path(out, clean);
		return;
	}
	found = ohb_rules_find(reading->rules, path, &clean);
	if (found == OHB_FOUND_FILE)
		add_path(out, clean);
	else
		ohb_rules_not_found(reading->rules, pos, reading->what, path,
				found);
}

static const struct ohb_module_config *writer_of(
		const struct reading *reading, const char *path)
{
	const struct ohb_target *target = ohb_map_get(reading->by_name, path);

	return target ? target->module : NULL;
}

/* How many of the sorted paths match; tests of this module do not count
 * among the inputs: they would all wait for each other. */
static size_t read_matches(const struct reading *reading,
		const struct ohb_glob *glob, struct list from,
		struct paths *out)
{
	const char *prefix = ohb_glob_prefix(glob);
	size_t i = ohb_paths_from(from.items, from.count, prefix);
	size_t matched = 0;

	for (; i < from.count && ohb_starts(from.items[i], prefix); i++) {
		if (!ohb_glob_match(glob, from.items[i], NULL, NULL))
			continue;
		matched++;
		if (!reading->with_outputs ||
				writer_of(reading, from.items[i]) !=
						reading->module)
			add_path(out, from.items[i]);
	}
	return matched;
}

/* One pattern in which nothing is left to expand. */
static void read_pattern(struct reading *reading, size_t at,
		const char *pattern, struct paths *out)
{
	struct ohb_rules *rules = reading->rules;
	struct ohb_arena scratch = OHB_ARENA_INIT;
	struct ohb_pos pos = reading->rule->pos[at];
	struct ohb_glob *glob =
			ohb_rules_compile(rules, &scratch, pattern, pos);
	struct list files = { rules->files->paths, rules->files->count };
	struct list outputs = { rules->outputs, rules->noutputs };
	size_t matched;

	if (glob && ohb_glob_is_literal(glob)) {
		read_path(reading, pos, ohb_glob_prefix(glob), out);
	} else if (glob) {
		matched = read_matches(reading, glob, files, out);
		if (reading->with_outputs)
			matched += read_matches(reading, glob, outputs, out);
		if (!matched)
			ohb_rules_no_match(rules, pos, reading->what, pattern,
					glob);
	}
	ohb_arena_release(&scratch);
}

/* Reads what all targets of the module share, marks what each has to read
 * for itself. */
static void read_shared(struct reading *reading)
{
	struct paths paths = { .items = NULL };
	size_t i;

	reading->own = ohb_arena_alloc(reading->rules->arena,
			reading->rule->count * sizeof(*reading->own));
	for (i = 0; i < reading->rule->count; i++) {
		ohb_autostr text = OHB_STR_INIT;
		struct ohb_error err;

		reading->own[i] = ohb_pattern_expand(reading->rule->items[i],
						  NULL, 0, &text, &err) < 0;
		if (reading->own[i])
			reading->any_own = true;
		else
			read_pattern(reading, i, ohb_str_cstr(&text), &paths);
	}
	reading->shared = freeze(reading->rules->arena, &paths);
}

/* The shared list and what the patterns with words give for this target. */
static struct list read_own(
		struct reading *reading, const struct ohb_target *target)
{
	struct paths paths = { .items = NULL };
	size_t i;

	for (i = 0; i < reading->shared.count; i++)
		add_path(&paths, reading->shared.items[i]);
	for (i = 0; i < reading->rule->count; i++) {
		ohb_autostr text = OHB_STR_INIT;
		struct ohb_error err;

		if (!reading->own[i])
			continue;
		/* Without the last, {inputs}: it is what is sought. */
		if (ohb_pattern_expand(reading->rule->items[i], target->vars,
				    target->nvars - 1, &text, &err) == 0) {
			read_pattern(reading, i, ohb_str_cstr(&text), &paths);
			continue;
		}
		(void)ohb_diags_add(reading->rules->diags,
				reading->rule->pos[i], NULL, "%s '%s': %s",
				reading->what, reading->rule->items[i],
				err.msg);
		reading->own[i] = false; /* told once */
	}
	return freeze(reading->rules->arena, &paths);
}

static bool holds(const char *const *items, size_t count, const char *path)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (ohb_streq(items[i], path))
			return true;
	return false;
}

static bool is_own_file(const struct ohb_target *target, const char *path)
{
	return holds(target->sources, target->nsources, path) ||
			holds(target->outputs, target->noutputs, path);
}

/* Whether a shared list would name a source or output of the target. */
static bool shares_own_file(
		const struct list *shared, const struct ohb_target *target)
{
	size_t i;

	for (i = 0; i < target->nsources; i++)
		if (contains(shared, target->sources[i]))
			return true;
	for (i = 0; i < target->noutputs; i++)
		if (contains(shared, target->outputs[i]))
			return true;
	return false;
}

static struct list without_own(struct ohb_arena *arena, struct list list,
		const struct ohb_target *target)
{
	const char **items =
			ohb_arena_alloc(arena, list.count * sizeof(*items));
	size_t count = 0, i;

	for (i = 0; i < list.count; i++)
		if (!is_own_file(target, list.items[i]))
			items[count++] = list.items[i];
	return (struct list){ .items = items, .count = count };
}

static const char *join(struct ohb_arena *arena, struct list list)
{
	ohb_autostr text = OHB_STR_INIT;
	size_t i;

	for (i = 0; i < list.count; i++) {
		if (i)
			ohb_str_addc(&text, ' ');
		ohb_str_adds(&text, list.items[i]);
	}
	return ohb_arena_strdup(arena, ohb_str_cstr(&text));
}

static int by_number(const void *a, const void *b)
{
	const size_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* The targets that write what is in the list, in order, each once. */
static const size_t *needs_of(struct ohb_rules *rules,
		const struct ohb_map *by_name, const struct ohb_target *targets,
		struct list list, size_t *ret_count)
{
	size_t *needs, all = 0, count = 0, i;

	for (i = 0; i < list.count; i++)
		all += ohb_map_get(by_name, list.items[i]) != NULL;
	*ret_count = 0;
	if (!all)
		return NULL;
	needs = ohb_arena_alloc(rules->arena, all * sizeof(*needs));
	for (i = 0, all = 0; i < list.count; i++) {
		const struct ohb_target *target =
				ohb_map_get(by_name, list.items[i]);

		if (target)
			needs[all++] = (size_t)(target - targets);
	}
	qsort(needs, all, sizeof(*needs), by_number);
	for (i = 0; i < all; i++)
		if (!count || needs[count - 1] != needs[i])
			needs[count++] = needs[i];
	*ret_count = count;
	return needs;
}

static void read_module(struct module_inputs *module, struct ohb_rules *rules,
		const struct ohb_module_config *config,
		const struct ohb_target *targets, const struct ohb_map *by_name)
{
	module->inputs = (struct reading){
		.rules = rules,
		.by_name = by_name,
		.module = config,
		.rule = &config->inputs,
		.what = "input",
		.with_outputs = true,
	};
	module->workspace = (struct reading){
		.rules = rules,
		.by_name = by_name,
		.module = config,
		.rule = &config->workspace,
		.what = "workspace",
	};
	read_shared(&module->inputs);
	module->needs = needs_of(rules, by_name, targets, module->inputs.shared,
			&module->nneeds);
	module->joined = join(rules->arena, module->inputs.shared);
	if (config->workspace.count)
		read_shared(&module->workspace);
	else
		module->workspace.shared = (struct list){ rules->files->paths,
			rules->files->count };
}

static void fill_inputs(struct module_inputs *module, struct ohb_target *target,
		struct ohb_var *inputs, const struct ohb_target *targets)
{
	struct reading *reading = &module->inputs;
	struct list list = reading->shared;

	target->needs = module->needs;
	target->nneeds = module->nneeds;
	inputs->value = module->joined;
	if (reading->any_own || shares_own_file(&list, target)) {
		struct ohb_arena *arena = reading->rules->arena;

		list = without_own(arena, read_own(reading, target), target);
		target->needs = needs_of(reading->rules, reading->by_name,
				targets, list, &target->nneeds);
		inputs->value = join(arena, list);
	}
	target->inputs = list.items;
	target->ninputs = list.count;
}

static void fill_workspace(
		struct module_inputs *module, struct ohb_target *target)
{
	struct reading *reading = &module->workspace;
	struct list list = reading->shared;

	if (reading->any_own)
		list = read_own(reading, target);
	target->workspace = list.items;
	target->nworkspace = list.count;
}

static void list_outputs(
		struct ohb_rules *rules, const struct ohb_target *targets)
{
	struct paths paths = { .items = NULL };
	size_t i, j;

	for (i = 0; i < rules->ndrafts; i++)
		for (j = 0; j < targets[i].noutputs; j++)
			add_path(&paths, targets[i].outputs[j]);
	if (paths.count)
		qsort(paths.items, paths.count, sizeof(*paths.items), by_bytes);
	rules->outputs = paths.items;
	rules->noutputs = paths.count;
}

void ohb_rules_inputs(struct ohb_rules *rules, struct ohb_target *targets,
		const struct ohb_map *by_name)
{
	const struct ohb_config *config = rules->config;
	ohb_autofree struct module_inputs *modules =
			ohb_alloc(config->nmodules * sizeof(*modules));
	size_t i;

	list_outputs(rules, targets);
	for (i = 0; i < config->nmodules; i++)
		read_module(&modules[i], rules, &config->modules[i], targets,
				by_name);
	for (i = 0; i < rules->ndrafts; i++) {
		struct ohb_draft *draft = rules->drafts[i];
		struct module_inputs *module =
				&modules[targets[i].module - config->modules];

		fill_inputs(module, &targets[i],
				&draft->vars[draft->target.nvars - 1], targets);
		fill_workspace(module, &targets[i]);
	}
}
