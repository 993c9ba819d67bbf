#include "project/config.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/map.h"
#include "project/model.h"
#include "project/reader.h"
#include "project/tree.h"
#include "text/keyshape.h"
#include "text/utf8.h"

static const char *const step_names[] = {
	[OHB_STEP_LINT] = "lint",
	[OHB_STEP_BUILD] = "build",
	[OHB_STEP_COMMAND] = "command",
	[OHB_STEP_TEST] = "test",
	[OHB_STEP_COVERAGE] = "coverage",
	[OHB_STEP_SABOTAGE] = "sabotage",
	[OHB_STEP_REPEAT] = "repeat",
	[OHB_STEP_SUITE] = "suite",
};

/* What is not said in any validate. */
static const char *const report_keys[] = {
	[OHB_REPORT_NONE] = "",
	[OHB_REPORT_JUNIT] = "junit",
	[OHB_REPORT_TAP] = "tap",
	[OHB_REPORT_LCOV] = "lcov",
	[OHB_REPORT_COBERTURA] = "cobertura",
	[OHB_REPORT_GCOV] = "gcov",
	[OHB_REPORT_GOPROFILE] = "goprofile",
};

static const struct ohb_proof_config proof_defaults = {
	.sabotage = OHB_SABOTAGE_ON,
	.mutants = 8,
	.min_killed = 1,
	.repeat = 5,
};

struct source {
	const char *name;
	const struct ohb_yaml *root; /* NULL: it had errors */
	bool open; /* its includes are being read */
};

struct loader {
	struct ohb_reader reader;
	const struct ohb_tree *tree;
	struct source *files; /* each before what it includes */
	size_t nfiles, cfiles;
	struct ohb_document document;
	struct ohb_model_config *models;
	size_t nmodels, cmodels;
	struct ohb_module_config *modules;
	size_t nmodules, cmodules;
	struct ohb_map names, ids; /* of modules and models -> ohb_pos * */
	struct ohb_step_config *steps; /* of the list that is being read */
	size_t nsteps, csteps;
	struct ohb_proof_config *proof; /* of the same list */
};

const char *ohb_step_kind_name(enum ohb_step_kind kind)
{
	return step_names[kind];
}

const char *ohb_report_key(enum ohb_report_format format)
{
	return report_keys[format];
}

/* Whatever has the form of a key, comments included. */
static void refuse_secrets(struct loader *loader, unsigned file)
{
	const struct ohb_diag_file *f = &loader->reader.diags->files[file];
	struct ohb_pos pos = { .file = file, .line = 1 };
	size_t at = 0, seen = 0, line = 0, len;

	for (; ohb_keyshape_find(f->data, f->len, &at, &len); at += len) {
		for (; seen < at; seen++)
			if (f->data[seen] == '\n') {
				pos.line++;
				line = seen + 1;
			}
		pos.column = (unsigned)(at - line + 1);
		pos.length = (unsigned)len;
		ohb_diags_add(loader->reader.diags, pos,
				"name the environment variable that holds it, "
				"and revoke this one",
				"a key stands in the file");
	}
}

/* "./a//b" as "a/b"; NULL when it would leave the project. */
static const char *tidy_path(struct ohb_arena *arena, const char *path)
{
	ohb_autostr out = OHB_STR_INIT;
	size_t n;

	if (path[0] == '/')
		return NULL;
	for (; *path; path += n + (path[n] == '/')) {
		n = strcspn(path, "/");
		if (n == 2 && memcmp(path, "..", 2) == 0)
			return NULL;
		if (n == 0 || (n == 1 && path[0] == '.'))
			continue;
		ohb_str_adds(&out, out.len ? "/" : "");
		ohb_str_add(&out, path, n);
	}
	return out.len ? ohb_arena_strdup(arena, ohb_str_cstr(&out)) : NULL;
}

/* A file that a configuration names at pos; -1 with a diagnostic. */
static int read_named(struct loader *loader, const char *name,
		struct ohb_pos pos, size_t max, struct ohb_str *out)
{
	struct ohb_error err = OHB_ERROR_INIT;

	if (!tidy_path(loader->reader.arena, name))
		return ohb_diags_add(loader->reader.diags, pos, NULL,
				"'%s' is not a file inside of the project",
				name);
	if (ohb_tree_read(loader->tree, name, max, out, &err) < 0)
		return ohb_diags_add(loader->reader.diags, pos,
				"paths are relative to the project's folder",
				"%s", err.msg);
	return 0;
}

static void parse_file(struct loader *loader, const char *name,
		const struct ohb_str *bytes)
{
	struct ohb_reader *reader = &loader->reader;
	size_t before = reader->diags->nitems + reader->diags->dropped;
	unsigned file = ohb_diags_add_file(
			reader->diags, name, ohb_str_cstr(bytes), bytes->len);
	const struct ohb_yaml *root;
	struct source *source;

	refuse_secrets(loader, file);
	root = ohb_yaml_parse(reader->arena, reader->diags, file);
	if (root && root->kind != OHB_YAML_MAP) {
		ohb_diags_add(reader->diags, root->pos,
				"it begins with 'version: 1'",
				"the document must be a mapping");
		root = NULL;
	}
	if (root && root->count == 0 && before == reader->diags->nitems) {
		ohb_diags_add(reader->diags, (struct ohb_pos){ .file = file },
				"it begins with 'version: 1'",
				"the document is empty");
		root = NULL;
	}
	source = ohb_grow((void *)&loader->files, &loader->cfiles,
			loader->nfiles, sizeof(*source));
	source->name = ohb_arena_strdup(reader->arena, name);
	source->root = root;
	loader->nfiles++;
}

static void add_includes(struct loader *loader, size_t index);
static void read_rest(struct loader *loader, const struct ohb_yaml *node,
		struct ohb_module_config *module);

static void add_include(struct loader *loader, const struct ohb_yaml *node)
{
	struct ohb_diags *diags = loader->reader.diags;
	const char *name = tidy_path(loader->reader.arena, node->text);
	struct ohb_pos pos = node->pos;
	ohb_autostr bytes = OHB_STR_INIT;
	size_t i;

	for (i = 0; name && i < loader->nfiles; i++) {
		if (!ohb_streq(loader->files[i].name, name))
			continue;
		if (loader->files[i].open)
			ohb_diags_add(diags, pos, NULL, "'%s' includes itself",
					name);
		return;
	}
	if (loader->nfiles > OHB_MAX_INCLUDES) {
		ohb_diags_add(diags, pos, NULL, "more than %u files included",
				OHB_MAX_INCLUDES);
		return;
	}
	if (read_named(loader, node->text, pos, OHB_MAX_YAML_BYTES, &bytes) < 0)
		return;
	parse_file(loader, name, &bytes);
	add_includes(loader, loader->nfiles - 1);
}

/*
 * What a file includes is read before the file itself, so that its own
 * values win.  Recursion ends: a file is read once, and there are few.
 */
static void add_includes(struct loader *loader, size_t index)
{
	const struct ohb_yaml *root = loader->files[index].root;
	const struct ohb_yaml *include;
	size_t i;

	if (!root)
		return;
	loader->files[index].open = true;
	include = ohb_yaml_get(root, "include");
	if (include && include->kind == OHB_YAML_SCALAR)
		add_include(loader, include);
	for (i = 0; include && include->kind == OHB_YAML_LIST &&
			i < include->count;
			i++)
		if (include->items[i]->kind == OHB_YAML_SCALAR)
			add_include(loader, include->items[i]);
	loader->files[index].open = false;
	ohb_reader_map(&loader->reader, &ohb_document_keys, root,
			&loader->document);
	read_rest(loader, ohb_yaml_get(root, "defaults"),
			&loader->document.defaults);
}

static const struct ohb_key *step_key(const char *name)
{
	size_t i;

	for (i = 0; i < ohb_step_keys.count; i++)
		if (ohb_streq(ohb_step_keys.keys[i].name, name))
			return &ohb_step_keys.keys[i];
	return NULL;
}

/* The kind of a step is the name of one of its keys. */
static const struct ohb_yaml *find_kind(
		struct loader *loader, const struct ohb_yaml *node)
{
	const struct ohb_yaml *kind = NULL;
	struct ohb_pos pos = node->pos;
	bool unknown = false;
	size_t i;

	for (i = 0; i < node->count; i++) {
		const struct ohb_yaml *name = node->pairs[i].key;
		const struct ohb_key *key = step_key(name->text);

		unknown |= !key;
		if (!key || !(key->flags & OHB_KEY_STEP))
			continue;
		if (kind)
			ohb_diags_add(loader->reader.diags, name->pos,
					"make two steps of it",
					"a step is one thing: '%s' or '%s'",
					kind->text, name->text);
		kind = name;
	}
	pos.length = 1;
	/* A mistyped kind is told as an unknown key. */
	if (!kind && !unknown)
		ohb_diags_add(loader->reader.diags, pos, NULL,
				"a step needs one of 'lint', 'build', "
				"'command', 'test', 'coverage', "
				"'sabotage', 'repeat', 'suite'");
	return kind;
}

static void take_proof(struct loader *loader, const struct ohb_yaml *node,
		const struct ohb_step_config *step)
{
	struct ohb_proof_config *proof = loader->proof;

	if (step->kind == OHB_STEP_REPEAT) {
		proof->repeat = step->proof.repeat;
		return;
	}
	if (step->proof.min_killed > step->proof.mutants)
		ohb_diags_add(loader->reader.diags, node->pos, NULL,
				"'min_killed' is larger than 'mutants': %u of "
				"%u cannot be killed",
				step->proof.min_killed, step->proof.mutants);
	proof->sabotage = step->proof.sabotage;
	proof->mutants = step->proof.mutants;
	proof->min_killed = step->proof.min_killed;
}

/* One report at most; coverage is nothing without. */
static void take_report(struct loader *loader, const struct ohb_yaml *node,
		struct ohb_step_config *step)
{
	unsigned i;

	for (i = OHB_REPORT_JUNIT; i < OHB_REPORT_FORMATS; i++) {
		if (!step->reports[i])
			continue;
		if (step->format != OHB_REPORT_NONE)
			ohb_diags_add(loader->reader.diags, node->pos, NULL,
					"a step has one report: '%s' or '%s'",
					report_keys[step->format],
					report_keys[i]);
		step->format = (enum ohb_report_format)i;
	}
	if (step->kind != OHB_STEP_COVERAGE)
		return;
	if (step->format == OHB_REPORT_NONE)
		ohb_diags_add(loader->reader.diags, node->pos, NULL,
				"'coverage' needs one of 'lcov', 'cobertura', "
				"'gcov', 'goprofile' beside it");
	if (step->min > 100)
		ohb_diags_add(loader->reader.diags, node->pos, NULL,
				"'min' of 'coverage' is a percentage, at most "
				"100");
}

static void read_step(void *userdata, const struct ohb_yaml *node)
{
	struct loader *loader = userdata;
	const struct ohb_yaml *key = find_kind(loader, node);
	struct ohb_step_config *step;
	unsigned kind = 0;

	step = ohb_grow((void *)&loader->steps, &loader->csteps, loader->nsteps,
			sizeof(*step));
	loader->nsteps++;
	ohb_reader_defaults(&loader->reader, &ohb_step_keys, step);
	ohb_reader_map(&loader->reader, &ohb_step_keys, node, step);
	if (!key)
		return;
	while (!ohb_streq(step_names[kind], key->text))
		kind++;
	step->kind = (enum ohb_step_kind)kind;
	take_report(loader, node, step);
	if (step->kind == OHB_STEP_SABOTAGE || step->kind == OHB_STEP_REPEAT) {
		take_proof(loader, node, step);
		loader->nsteps--;
	}
}

static void read_steps(struct loader *loader, const struct ohb_yaml *node,
		struct ohb_module_config *module)
{
	struct ohb_step_config *steps;
	size_t size;

	loader->nsteps = 0;
	loader->proof = &module->proof;
	ohb_reader_items(node, "validate", read_step, loader);
	size = loader->nsteps * sizeof(*steps);
	steps = ohb_arena_alloc(loader->reader.arena, size);
	if (size)
		memcpy(steps, loader->steps, size);
	module->steps = steps;
	module->nsteps = loader->nsteps;
}

/* A prompt of one line is the name of a file. */
static void read_prompt(struct loader *loader, const struct ohb_yaml *node,
		struct ohb_module_config *module)
{
	struct ohb_diags *diags = loader->reader.diags;
	ohb_autostr bytes = OHB_STR_INIT;
	const char *name = module->prompt;

	module->prompt_file = NULL;
	if (strchr(name, '\n'))
		return;
	module->prompt = NULL;
	if (read_named(loader, name, node->pos, OHB_MAX_PROMPT, &bytes) < 0)
		return;
	if (bytes.len == 0)
		ohb_diags_add(diags, node->pos, NULL, "'%s' is empty", name);
	else if (!ohb_utf8_valid(bytes.data, bytes.len) ||
			memchr(bytes.data, '\0', bytes.len))
		ohb_diags_add(diags, node->pos, NULL, "'%s' is not UTF-8 text",
				name);
	module->prompt_file = name;
	module->prompt = ohb_arena_strndup(
			loader->reader.arena, ohb_str_cstr(&bytes), bytes.len);
}

/* What the table leaves of a module, or of `defaults` (NULL: none). */
static void read_rest(struct loader *loader, const struct ohb_yaml *node,
		struct ohb_module_config *module)
{
	const struct ohb_yaml *prompt;

	if (!node || node->kind != OHB_YAML_MAP)
		return;
	prompt = ohb_yaml_get(node, "prompt");
	if (prompt && prompt->text && module->prompt == prompt->text)
		read_prompt(loader, prompt, module);
	if (module->validate_in != OHB_IN_IMAGE)
		module->validate_image = NULL;
	if (ohb_yaml_get(node, "validate"))
		read_steps(loader, node, module);
}

static void check_steps(
		struct loader *loader, const struct ohb_module_config *module)
{
	struct ohb_pos pos = module->pos;
	size_t i;

	for (i = 0; i < module->nsteps; i++)
		if (module->steps[i].kind == OHB_STEP_TEST)
			return;
	pos.length = 1;
	ohb_diags_add(loader->reader.diags, pos,
			"add '- test: COMMAND' to its 'validate'",
			"a module without a 'test' step: nothing would prove "
			"its tests");
}

static void check_twice(struct loader *loader, struct ohb_map *seen,
		const char *what, const char *name, struct ohb_pos pos)
{
	struct ohb_diags *diags = loader->reader.diags;
	struct ohb_pos *own, *first;

	own = ohb_arena_alloc(loader->reader.arena, sizeof(*own));
	*own = pos;
	first = ohb_map_add(seen, name, own);
	if (first != own)
		ohb_diags_add(diags, pos, NULL,
				"the %s '%s' is there already, in line %u of "
				"'%s'",
				what, name, first->line,
				diags->files[first->file].name);
}

static void read_module(void *userdata, const struct ohb_yaml *node)
{
	struct loader *loader = userdata;
	struct ohb_diags *diags = loader->reader.diags;
	struct ohb_module_config *module;
	size_t before = diags->nitems + diags->dropped;

	module = ohb_grow((void *)&loader->modules, &loader->cmodules,
			loader->nmodules, sizeof(*module));
	loader->nmodules++;
	*module = loader->document.defaults;
	ohb_reader_map(&loader->reader, &ohb_module_keys, node, module);
	read_rest(loader, node, module);
	if (diags->nitems + diags->dropped == before)
		check_steps(loader, module);
	if (!module->name)
		module->name = "";
	if (module->name[0])
		check_twice(loader, &loader->names, "module", module->name,
				ohb_yaml_get(node, "name")->pos);
}

static void read_model(void *userdata, const struct ohb_yaml *node)
{
	struct loader *loader = userdata;
	struct ohb_model_config *model;

	model = ohb_grow((void *)&loader->models, &loader->cmodels,
			loader->nmodels, sizeof(*model));
	ohb_model_read(&loader->reader, node, model);
	if (model->id)
		check_twice(loader, &loader->ids, "model", model->id,
				model->pos);
	loader->nmodels++;
}

/* The models that a module names must be there. */
static void check_models(
		struct loader *loader, const struct ohb_module_config *module)
{
	struct ohb_reader *reader = &loader->reader;
	const struct ohb_list *list = &module->models;
	ohb_autofree const char **names =
			ohb_alloc((loader->nmodels + 1) * sizeof(char *));
	const char *close;
	size_t i, j;

	for (j = 0; j < loader->nmodels; j++)
		names[j] = loader->models[j].id;
	for (i = 0; i < list->count; i++) {
		for (j = 0; j < loader->nmodels; j++)
			if (ohb_streq(names[j], list->items[i]))
				break;
		if (j < loader->nmodels)
			continue;
		close = ohb_suggest(list->items[i], names);
		ohb_diags_add(reader->diags, list->pos[i],
				close ? ohb_arena_printf(reader->arena,
							"did you mean '%s'?",
							close) :
					NULL,
				"there is no model '%s' in 'models'",
				list->items[i]);
	}
}

/* What OpenHands publishes as an image is the agent-server alone. */
static void check_protocol(struct loader *loader)
{
	const struct ohb_agent_config *agent = &loader->document.agent;

	if (agent->protocol == OHB_PROTOCOL_SERVER || agent->image_pos.line ||
			agent->sandbox == OHB_SANDBOX_PROCESS)
		return;
	ohb_diags_add(loader->reader.diags, agent->protocol_pos,
			"'examples/agent-image/build.sh PROTOCOL' makes one; "
			"name it in 'image'",
			"there is no public image for this 'protocol'");
}

static void read_documents(struct loader *loader)
{
	struct ohb_diags *diags = loader->reader.diags;
	struct ohb_pos pos = { .file = 0, .line = 1, .column = 1 };
	size_t i;

	ohb_reader_defaults(
			&loader->reader, &ohb_document_keys, &loader->document);
	loader->document.defaults.proof = proof_defaults;
	add_includes(loader, 0);
	for (i = 0; i < loader->nfiles; i++)
		if (loader->files[i].root)
			ohb_reader_items(loader->files[i].root, "models",
					read_model, loader);
	for (i = 0; i < loader->nfiles; i++)
		if (loader->files[i].root)
			ohb_reader_items(loader->files[i].root, "modules",
					read_module, loader);
	if (diags->nitems > 0)
		return;
	check_protocol(loader);
	for (i = 0; i < loader->nmodules; i++)
		check_models(loader, &loader->modules[i]);
	if (loader->nmodels == 0)
		ohb_diags_add(diags, pos, "add 'models:'", "there is no model");
	if (loader->nmodules == 0)
		ohb_diags_add(diags, pos, "add 'modules:'",
				"there is no module");
}

static int compare_diags(const void *a, const void *b)
{
	const struct ohb_pos *x = &((const struct ohb_diag *)a)->pos;
	const struct ohb_pos *y = &((const struct ohb_diag *)b)->pos;

	if (x->file != y->file)
		return x->file < y->file ? -1 : 1;
	if (x->line != y->line)
		return x->line < y->line ? -1 : 1;
	return (x->column > y->column) - (x->column < y->column);
}

static void fill(struct loader *loader, struct ohb_config *ret)
{
	struct ohb_arena *arena = loader->reader.arena;
	size_t models = loader->nmodels * sizeof(*loader->models);
	size_t modules = loader->nmodules * sizeof(*loader->modules);

	*ret = (struct ohb_config){
		.agent = loader->document.agent,
		.limits = loader->document.limits,
		.nmodels = loader->nmodels,
		.nmodules = loader->nmodules,
	};
	ret->models = memcpy(
			ohb_arena_alloc(arena, models), loader->models, models);
	ret->modules = memcpy(ohb_arena_alloc(arena, modules), loader->modules,
			modules);
}

static int read_main(
		struct loader *loader, const char *name, struct ohb_error *err)
{
	ohb_autostr bytes = OHB_STR_INIT;

	if (ohb_tree_read_anywhere(loader->tree, name, OHB_MAX_YAML_BYTES,
			    &bytes, err) == 0) {
		parse_file(loader, name, &bytes);
		return 0;
	}
	if (err->code == OHB_E_MISSING)
		return ohb_fail(err, OHB_E_MISSING,
				"there is no '%s' here; write one "
				"(man openhands.yml shows the smallest), or "
				"name the file with -f or the folder with -C",
				name);
	err->code = OHB_E_CONFIG;
	return -1;
}

/* Every configuration of the project has a lock file of its own; one that is
 * elsewhere has none. */
static const char *lock_of(const char *name, struct ohb_arena *arena)
{
	static const char *const endings[] = { ".yml", ".yaml" };
	size_t len = strlen(name), i;

	for (i = 0; i < OHB_ARRAY_LEN(endings); i++)
		if (ohb_ends(name, endings[i]))
			len -= strlen(endings[i]);
	if (name[0] == '/' || ohb_starts(name, "../"))
		return NULL;
	return ohb_arena_printf(arena, "%.*s.lock", (int)len, name);
}

int ohb_config_load(const struct ohb_tree *tree, const char *name,
		struct ohb_arena *arena, struct ohb_diags *diags,
		struct ohb_config *ret, struct ohb_error *err)
{
	struct loader loader = {
		.reader = { .arena = arena, .diags = diags },
		.tree = tree,
	};
	size_t errors;
	int status = read_main(&loader, name, err);

	if (status == 0)
		read_documents(&loader);
	errors = diags->nitems + diags->dropped;
	if (status == 0 && errors) {
		qsort(diags->items, diags->nitems, sizeof(*diags->items),
				compare_diags);
		status = ohb_fail(err, OHB_E_CONFIG, "'%s' has %zu error%s",
				name, errors, errors == 1 ? "" : "s");
	} else if (status == 0) {
		fill(&loader, ret);
		ret->lock = lock_of(name, arena);
	}
	ohb_reader_release(&loader.reader);
	ohb_map_release(&loader.names);
	ohb_map_release(&loader.ids);
	free(loader.files);
	free(loader.models);
	free(loader.modules);
	free(loader.steps);
	return status;
}
