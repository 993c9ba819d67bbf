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

/* One path, folder or pattern of a rule. */
struct saying {
	const char *text;
	struct ohb_pos pos;
	bool optional; /* what is not there is no error */
	bool own; /* it has words: each target reads it for itself */
};

/* What was found; absent: optional files that are not there now. */
struct found {
	struct paths files, absent;
};

/* What a module says of its inputs or its workspace. */
struct reading {
	struct ohb_rules *rules;
	const struct ohb_map *by_name;
	const struct ohb_module_config *module;
	const char *what; /* for messages */
	bool with_outputs; /* of other targets, also those not yet there */
	struct saying *sayings;
	size_t nsayings;
	bool any_own;
	struct list shared, absent; /* what those without words give */
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

static void add_list(struct paths *paths, const struct list *list)
{
	size_t i;

	for (i = 0; i < list->count; i++)
		add_path(paths, list->items[i]);
}

/* Sorted, without doubles, in the arena; paths is empty then. */
static struct list freeze(struct ohb_arena *arena, struct paths *paths)
{
	const char **items =
			ohb_arena_alloc(arena, paths->count * sizeof(*items));
	size_t count = ohb_paths_sort(paths->items, paths->count);

	if (paths->items)
		memcpy(items, paths->items, count * sizeof(*items));
	free(paths->items);
	*paths = (struct paths){ .items = NULL };
	return (struct list){ .items = items, .count = count };
}

static bool contains(const struct list *list, const char *path)
{
	return ohb_paths_have(list->items, list->count, path);
}

static const struct ohb_module_config *writer_of(
		const struct reading *reading, const char *path)
{
	const struct ohb_target *target = ohb_map_get(reading->by_name, path);

	return target ? target->module : NULL;
}

/*
 * How many of the sorted paths begin with prefix and match (NULL: whatever
 * follows); tests of this module do not count among the inputs: they would
 * all wait for each other.
 */
static size_t read_matches(const struct reading *reading, const char *prefix,
		const struct ohb_glob *glob, struct list from,
		struct paths *out)
{
	size_t i = ohb_paths_from(from.items, from.count, prefix);
	size_t matched = 0;

	for (; i < from.count && ohb_starts(from.items[i], prefix); i++) {
		if (glob && !ohb_glob_match(glob, from.items[i], NULL, NULL))
			continue;
		matched++;
		if (!reading->with_outputs ||
				writer_of(reading, from.items[i]) !=
						reading->module)
			add_path(out, from.items[i]);
	}
	return matched;
}

static size_t read_all(const struct reading *reading, const char *prefix,
		const struct ohb_glob *glob, struct paths *out)
{
	const struct ohb_rules *rules = reading->rules;
	struct list files = { rules->files->paths, rules->files->count };
	struct list outputs = { rules->outputs, rules->noutputs };
	size_t matched = read_matches(reading, prefix, glob, files, out);

	if (reading->with_outputs)
		matched += read_matches(reading, prefix, glob, outputs, out);
	return matched;
}

static size_t read_folder(const struct reading *reading, const char *folder,
		struct paths *out)
{
	ohb_autostr prefix = OHB_STR_INIT;

	ohb_str_addf(&prefix, "%s%s", folder, *folder ? "/" : "");
	return read_all(reading, ohb_str_cstr(&prefix), NULL, out);
}

/* Nothing of the project lies in it: a folder that is empty or ignored. */
static void empty_folder(struct reading *reading, const struct saying *saying,
		const char *path)
{
	(void)ohb_diags_add(reading->rules->diags, saying->pos,
			reading->rules->files->git ?
					"what git ignores and what lies in a "
					"submodule does not count; name such a "
					"file itself" :
					NULL,
			"%s '%s' is a folder without a file", reading->what,
			path);
}

/* A file, or a folder, which stands for all files inside of it. */
static void read_path(struct reading *reading, const struct saying *saying,
		const char *path, struct found *out)
{
	struct ohb_rules *rules = reading->rules;
	const char *clean = ohb_path_clean(rules->arena, path);
	enum ohb_found found;

	if (reading->with_outputs && ohb_map_get(reading->by_name, clean)) {
		add_path(&out->files, clean);
		return;
	}
	found = ohb_rules_find(rules, path, &clean);
	if (found == OHB_FOUND_FILE)
		add_path(&out->files, clean);
	else if (found != OHB_FOUND_OUTSIDE &&
			read_folder(reading, clean, &out->files))
		return;
	else if (found == OHB_FOUND_NOTHING && saying->optional)
		add_path(&out->absent, clean);
	else if (found == OHB_FOUND_FOLDER && !saying->optional)
		empty_folder(reading, saying, path);
	else if (found != OHB_FOUND_FOLDER)
		ohb_rules_not_found(
				rules, saying->pos, reading->what, path, found);
}

/* A folder may be written with a '/' behind it, which no pattern has. */
static struct ohb_glob *compile(struct reading *reading,
		const struct saying *saying, struct ohb_arena *arena,
		const char *pattern)
{
	size_t len = strlen(pattern);
	struct ohb_glob *glob;
	struct ohb_error ignored;
	size_t at;

	while (len > 1 && pattern[len - 1] == '/')
		len--;
	glob = pattern[len] == '/' ?
			ohb_glob_compile(arena,
					ohb_arena_strndup(arena, pattern, len),
					&at, &ignored) :
			NULL;
	if (glob && ohb_glob_is_literal(glob) && !ohb_path_fault(pattern))
		return glob;
	return ohb_rules_compile(reading->rules, arena, pattern, saying->pos);
}

/* One saying in which nothing is left to expand. */
static void read_pattern(struct reading *reading, const struct saying *saying,
		const char *pattern, struct found *out)
{
	struct ohb_arena scratch = OHB_ARENA_INIT;
	struct ohb_glob *glob = compile(reading, saying, &scratch, pattern);

	if (glob && ohb_glob_is_literal(glob))
		read_path(reading, saying, ohb_glob_prefix(glob), out);
	else if (glob &&
			!read_all(reading, ohb_glob_prefix(glob), glob,
					&out->files) &&
			!saying->optional)
		ohb_rules_no_match(reading->rules, saying->pos, reading->what,
				pattern, glob);
	ohb_arena_release(&scratch);
}

/* Reads what all targets of the module share, marks what each has to read
 * for itself. */
static void read_shared(struct reading *reading)
{
	struct found found = { .files = { .items = NULL } };
	size_t i;

	for (i = 0; i < reading->nsayings; i++) {
		struct saying *saying = &reading->sayings[i];
		ohb_autostr text = OHB_STR_INIT;
		struct ohb_error err;

		saying->own = ohb_pattern_expand(saying->text, NULL, 0, &text,
					      &err) < 0;
		if (saying->own)
			reading->any_own = true;
		else
			read_pattern(reading, saying, ohb_str_cstr(&text),
					&found);
	}
	reading->shared = freeze(reading->rules->arena, &found.files);
	reading->absent = freeze(reading->rules->arena, &found.absent);
}

/* The shared list and what the sayings with words give for this target. */
static struct list read_own(struct reading *reading,
		const struct ohb_target *target, struct list *ret_absent)
{
	struct found found = { .files = { .items = NULL } };
	struct ohb_arena *arena = reading->rules->arena;
	size_t i;

	add_list(&found.files, &reading->shared);
	add_list(&found.absent, &reading->absent);
	for (i = 0; i < reading->nsayings; i++) {
		struct saying *saying = &reading->sayings[i];
		ohb_autostr text = OHB_STR_INIT;
		struct ohb_error err;

		if (!saying->own)
			continue;
		/* Without the last, {inputs}: it is what is sought. */
		if (ohb_pattern_expand(saying->text, target->vars,
				    target->nvars - 1, &text, &err) == 0) {
			read_pattern(reading, saying, ohb_str_cstr(&text),
					&found);
			continue;
		}
		(void)ohb_diags_add(reading->rules->diags, saying->pos, NULL,
				"%s '%s': %s", reading->what, saying->text,
				err.msg);
		saying->own = false; /* told once */
	}
	*ret_absent = freeze(arena, &found.absent);
	return freeze(arena, &found.files);
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

static void add_sayings(struct reading *reading, const struct ohb_list *list,
		bool optional)
{
	size_t i;

	for (i = 0; i < list->count; i++)
		reading->sayings[reading->nsayings++] = (struct saying){
			.text = list->items[i],
			.pos = list->pos[i],
			.optional = optional,
		};
}

static void read_module(struct module_inputs *module, struct ohb_rules *rules,
		const struct ohb_module_config *config,
		const struct ohb_target *targets, const struct ohb_map *by_name)
{
	struct reading *inputs = &module->inputs;
	struct reading *workspace = &module->workspace;

	*inputs = (struct reading){
		.rules = rules,
		.by_name = by_name,
		.module = config,
		.what = "input",
		.with_outputs = true,
		.sayings = ohb_arena_alloc(rules->arena,
				(config->inputs.count +
						config->optional_inputs.count) *
						sizeof(*inputs->sayings)),
	};
	*workspace = (struct reading){
		.rules = rules,
		.by_name = by_name,
		.module = config,
		.what = "workspace",
		.sayings = ohb_arena_alloc(rules->arena,
				config->workspace.count *
						sizeof(*workspace->sayings)),
	};
	add_sayings(inputs, &config->inputs, false);
	add_sayings(inputs, &config->optional_inputs, true);
	add_sayings(workspace, &config->workspace, false);
	read_shared(inputs);
	module->needs = needs_of(rules, by_name, targets, inputs->shared,
			&module->nneeds);
	module->joined = join(rules->arena, inputs->shared);
	if (workspace->nsayings)
		read_shared(workspace);
	else
		workspace->shared = (struct list){ rules->files->paths,
			rules->files->count };
}

static void fill_inputs(struct module_inputs *module, struct ohb_target *target,
		struct ohb_var *inputs, const struct ohb_target *targets)
{
	struct reading *reading = &module->inputs;
	struct list list = reading->shared, absent = reading->absent;

	target->needs = module->needs;
	target->nneeds = module->nneeds;
	inputs->value = module->joined;
	if (reading->any_own || shares_own_file(&list, target)) {
		struct ohb_arena *arena = reading->rules->arena;

		list = without_own(arena, read_own(reading, target, &absent),
				target);
		target->needs = needs_of(reading->rules, reading->by_name,
				targets, list, &target->nneeds);
		inputs->value = join(arena, list);
	}
	target->inputs = list.items;
	target->ninputs = list.count;
	target->absent = absent.items;
	target->nabsent = absent.count;
}

static void fill_workspace(
		struct module_inputs *module, struct ohb_target *target)
{
	struct reading *reading = &module->workspace;
	struct list list = reading->shared, absent;

	if (reading->any_own)
		list = read_own(reading, target, &absent);
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
	rules->outputs = paths.items;
	rules->noutputs = ohb_paths_sort(paths.items, paths.count);
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

static void add_strings(
		struct paths *paths, const char *const *items, size_t count)
{
	add_list(paths, &(struct list){ items, count });
}

static void set_inputs(struct ohb_rules *rules, struct ohb_target *target,
		const char *value)
{
	struct ohb_var *vars = ohb_arena_alloc(
			rules->arena, target->nvars * sizeof(*vars));

	memcpy(vars, target->vars, target->nvars * sizeof(*vars));
	vars[target->nvars - 1].value = value;
	target->vars = vars;
}

bool ohb_rules_further(struct ohb_rules *rules, const struct ohb_graph *graph,
		struct ohb_target *target, const struct ohb_further *further)
{
	struct paths files = { .items = NULL }, absent = { .items = NULL };
	struct list list;

	if (!further->nfiles && !further->nabsent)
		return false;
	add_strings(&files, target->inputs, target->ninputs);
	add_strings(&files, further->files, further->nfiles);
	list = without_own(rules->arena, freeze(rules->arena, &files), target);
	target->inputs = list.items;
	target->ninputs = list.count;
	target->needs = needs_of(rules, &graph->by_name, graph->targets, list,
			&target->nneeds);
	set_inputs(rules, target, join(rules->arena, list));
	add_strings(&absent, target->absent, target->nabsent);
	add_strings(&absent, further->absent, further->nabsent);
	list = freeze(rules->arena, &absent);
	target->absent = list.items;
	target->nabsent = list.count;
	return true;
}
