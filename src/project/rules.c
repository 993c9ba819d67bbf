/* Modules and files become drafts of targets. */
#include "project/rules.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"

#define CAPTURE_LETTERS "abcdefghijklmnopqrstuvwxyz_0123456789"

/* One module while it is read. */
struct rule {
	struct ohb_rules *rules;
	const struct ohb_module_config *module;
	struct ohb_glob **exclude; /* with gaps where they are bad */
	struct ohb_glob **sources;
	size_t *further; /* sources that belong to the targets of the first */
	size_t nfurther;
	size_t at; /* the source pattern whose targets are made */
};

static struct ohb_glob **compile_list(
		struct ohb_rules *rules, const struct ohb_list *list)
{
	struct ohb_glob **globs = ohb_arena_alloc(
			rules->arena, list->count * sizeof(struct ohb_glob *));
	size_t i;

	for (i = 0; i < list->count; i++)
		globs[i] = ohb_rules_compile(rules, rules->arena,
				list->items[i], list->pos[i]);
	return globs;
}

static bool is_excluded(const struct rule *rule, const char *path)
{
	size_t i;

	for (i = 0; i < rule->module->exclude.count; i++)
		if (rule->exclude[i] &&
				ohb_glob_match(rule->exclude[i], path, NULL,
						NULL))
			return true;
	return false;
}

/* The path that a pattern is with these captures, or NULL. */
static const char *plain_path(struct ohb_arena *arena, const char *pattern,
		const struct ohb_var *vars, size_t nvars)
{
	ohb_autostr text = OHB_STR_INIT;
	struct ohb_glob *glob;
	struct ohb_error err;
	size_t at;

	if (ohb_pattern_expand(pattern, vars, nvars, &text, &err) < 0)
		return NULL;
	glob = ohb_glob_compile(arena, ohb_str_cstr(&text), &at, &err);
	return glob && ohb_glob_is_literal(glob) ? ohb_glob_prefix(glob) : NULL;
}

/* The captures of a pattern, with a value that stands for any. */
static size_t any_captures(const struct ohb_glob *glob, struct ohb_var vars[])
{
	const char *const *names;
	size_t count = ohb_glob_names(glob, &names), i;

	for (i = 0; i < count; i++)
		vars[i] = (struct ohb_var){ .name = names[i], .value = "x" };
	return count;
}

static void find_further(struct rule *rule)
{
	const struct ohb_list *source = &rule->module->source;
	struct ohb_arena scratch = OHB_ARENA_INIT;
	struct ohb_var vars[OHB_GLOB_CAPTURES];
	size_t nvars, i;

	rule->further = ohb_arena_alloc(rule->rules->arena,
			source->count * sizeof(*rule->further));
	if (!rule->sources[0])
		return;
	nvars = any_captures(rule->sources[0], vars);
	for (i = 1; i < source->count; i++)
		if (rule->sources[i] &&
				plain_path(&scratch, source->items[i], vars,
						nvars))
			rule->further[rule->nfurther++] = i;
	ohb_arena_release(&scratch);
}

/* Words that stand for something else than a capture. */
static const char *const taken_names[] = { "source", "test", "inputs", "module",
	"report", NULL };

static bool names_are_free(struct rule *rule, const struct ohb_glob *glob)
{
	const char *const *names;
	size_t count = ohb_glob_names(glob, &names), i, j;

	for (i = 0; i < count; i++) {
		for (j = 0; taken_names[j]; j++)
			if (ohb_streq(names[i], taken_names[j]))
				break;
		if (!taken_names[j])
			continue;
		(void)ohb_diags_add(rule->rules->diags,
				rule->module->source.pos[rule->at],
				"choose another name, as '{name}'",
				"'{%s}' has a meaning of its own and cannot "
				"capture",
				names[i]);
		return false;
	}
	return true;
}

/* What looks like a wildcard would be a name of its own: the place of the
 * first, and its length; SIZE_MAX when there is none. */
static size_t find_wildcard(const char *text, size_t *ret_len)
{
	size_t i, name;

	for (i = 0; text[i]; i++) {
		name = strspn(text + i + 1, CAPTURE_LETTERS);
		*ret_len = 1;
		if (text[i] == '*')
			return i;
		if (text[i] != '{' || !name || text[i + 1 + name] != ':')
			continue;
		*ret_len = strcspn(text + i, "}") + 1;
		return i;
	}
	return SIZE_MAX;
}

static bool has_wildcard(struct rule *rule, size_t i)
{
	const char *text = rule->module->test.items[i];
	struct ohb_arena *arena = rule->rules->arena;
	struct ohb_pos pos = rule->module->test.pos[i];
	const char *hint = "name what the source has captured, as '{name}'";
	size_t len, at = find_wildcard(text, &len);

	if (at == SIZE_MAX)
		return false;
	if (text[at] == '{')
		hint = ohb_arena_printf(arena, "write '{%.*s}'",
				(int)strcspn(text + at + 1, ":"),
				text + at + 1);
	(void)ohb_diags_add(rule->rules->diags, ohb_pos_inside(pos, text, at),
			hint, "'%.*s' has no meaning in a test path", (int)len,
			text + at);
	return true;
}

/* Tries the template of one output before the files are looked at. */
static bool test_fits(struct rule *rule, const struct ohb_glob *glob, size_t i)
{
	const struct ohb_module_config *module = rule->module;
	struct ohb_var vars[OHB_GLOB_CAPTURES];
	size_t nvars = any_captures(glob, vars), at = 0;
	const char *text = module->test.items[i];
	const char *fault = ohb_path_fault(text);
	ohb_autostr out = OHB_STR_INIT;
	struct ohb_error err;

	if (!fault && ohb_ends(text, "/"))
		fault = "it ends in '/'";
	if (fault) {
		(void)ohb_diags_add(rule->rules->diags, module->test.pos[i],
				NULL, "bad test path '%s': %s", text, fault);
		return false;
	}
	if (has_wildcard(rule, i))
		return false;
	if (ohb_template_expand(text, strlen(text), vars, nvars,
			    OHB_TEMPLATE_STRICT, &out, &at, &err) == 0)
		return true;
	(void)ohb_diags_add(rule->rules->diags,
			ohb_pos_inside(module->test.pos[i], text, at),
			"a test path knows the captures of its source pattern",
			"'%.*s' is no capture of the source '%s'",
			(int)strcspn(text + at, "}") + 1, text + at,
			module->source.items[rule->at]);
	return false;
}

static bool tests_fit(struct rule *rule, const struct ohb_glob *glob)
{
	bool fit = true;
	size_t i;

	for (i = 0; i < rule->module->test.count; i++)
		if (!test_fits(rule, glob, i))
			fit = false;
	return fit;
}

static void conflict(struct rule *rule, const struct ohb_draft *other,
		const struct ohb_draft *draft, const char *path, size_t i)
{
	const struct ohb_module_config *module = other->target.module;
	struct ohb_arena *arena = rule->rules->arena;
	const char *hint = NULL;

	if (other != draft)
		hint = ohb_arena_printf(arena,
				"it is also the test of '%s', by the module "
				"%s%s%sin line %u",
				other->target.sources[0],
				*module->name ? "'" : "", module->name,
				*module->name ? "' " : "", module->pos.line);
	(void)ohb_diags_add(rule->rules->diags, rule->module->test.pos[i], hint,
			other == draft ? "'%s' stands twice among the tests "
					 "of '%s'" :
					 "two targets write '%s', this one for "
					 "'%s'",
			path, draft->target.sources[0]);
}

static bool add_outputs(struct rule *rule, struct ohb_draft *draft,
		const struct ohb_var *captures, size_t ncaptures)
{
	struct ohb_rules *rules = rule->rules;
	const struct ohb_list *test = &rule->module->test;
	const char **outputs = ohb_arena_alloc(
			rules->arena, test->count * sizeof(*outputs));
	struct ohb_error err;
	size_t i;

	for (i = 0; i < test->count; i++) {
		ohb_autostr text = OHB_STR_INIT;
		struct ohb_draft *other;
		const char *fault;

		/* It went well with other values. */
		(void)!ohb_template_expand(test->items[i],
				strlen(test->items[i]), captures, ncaptures,
				OHB_TEMPLATE_STRICT, &text, NULL, &err);
		outputs[i] = ohb_path_clean(rules->arena, ohb_str_cstr(&text));
		fault = ohb_output_fault(rules, outputs[i]);
		if (fault) {
			(void)ohb_diags_add(rules->diags, test->pos[i], NULL,
					"'%s' cannot be a test: %s", outputs[i],
					fault);
			return false;
		}
		other = ohb_map_get(&rules->writers, outputs[i]);
		if (other) {
			conflict(rule, other, draft, outputs[i], i);
			return false;
		}
		(void)ohb_map_add(&rules->writers, outputs[i], draft);
		draft->target.noutputs++;
	}
	draft->target.outputs = outputs;
	draft->target.name = outputs[0];
	return true;
}

static bool add_sources(struct rule *rule, struct ohb_draft *draft,
		const char *path, const struct ohb_var *captures,
		size_t ncaptures)
{
	struct ohb_rules *rules = rule->rules;
	const struct ohb_list *source = &rule->module->source;
	size_t nfurther = rule->at == 0 ? rule->nfurther : 0;
	const char **sources = ohb_arena_alloc(
			rules->arena, (1 + nfurther) * sizeof(*sources));
	size_t i;

	sources[0] = path;
	draft->target.sources = sources;
	draft->target.nsources = 1 + nfurther;
	for (i = 0; i < nfurther; i++) {
		size_t at = rule->further[i];
		const char *further = plain_path(rules->arena,
				source->items[at], captures, ncaptures);
		enum ohb_found found = OHB_FOUND_NOTHING;

		if (further)
			found = ohb_rules_find(rules, further, &sources[i + 1]);
		if (found == OHB_FOUND_FILE)
			continue;
		ohb_rules_not_found(rules, source->pos[at], "source",
				further ? further : source->items[at], found);
		return false;
	}
	return true;
}

static void add_var(
		struct ohb_draft *draft, const char *name, const char *value)
{
	draft->vars[draft->target.nvars].name = name;
	draft->vars[draft->target.nvars++].value = value;
}

static bool has_var(const struct ohb_draft *draft, const char *name)
{
	size_t i;

	for (i = 0; i < draft->target.nvars; i++)
		if (ohb_streq(draft->vars[i].name, name))
			return true;
	return false;
}

static void add_names(struct ohb_draft *draft, struct ohb_arena *arena)
{
	const char *source = draft->target.sources[0];
	const char *slash = strrchr(source, '/');
	const char *base = slash ? slash + 1 : source;
	const char *dot = strrchr(base, '.');
	size_t len = dot && dot > base ? (size_t)(dot - base) : strlen(base);

	if (!has_var(draft, "name"))
		add_var(draft, "name", ohb_arena_strndup(arena, base, len));
	if (!has_var(draft, "dir"))
		add_var(draft, "dir",
				ohb_arena_strndup(arena, source,
						slash ? (size_t)(slash -
									source) :
							0));
}

static void add_target(struct rule *rule, const char *path,
		const struct ohb_captures *captures)
{
	struct ohb_rules *rules = rule->rules;
	struct ohb_draft *draft = ohb_arena_alloc(rules->arena, sizeof(*draft));
	size_t i;

	draft->target.module = rule->module;
	draft->pos = rule->module->source.pos[rule->at];
	draft->vars = ohb_arena_alloc(rules->arena,
			(captures->count + 6) * sizeof(*draft->vars));
	for (i = 0; i < captures->count; i++)
		add_var(draft, captures->items[i].name,
				captures->items[i].value);
	if (!add_sources(rule, draft, path, draft->vars, captures->count) ||
			!add_outputs(rule, draft, draft->vars, captures->count))
		return;
	add_var(draft, "source", path);
	add_var(draft, "test", draft->target.name);
	add_var(draft, "module", rule->module->name);
	add_names(draft, rules->arena);
	add_var(draft, "inputs", "");
	draft->target.vars = draft->vars;
	*(struct ohb_draft **)ohb_grow((void *)&rules->drafts, &rules->cdrafts,
			rules->ndrafts, sizeof(struct ohb_draft *)) = draft;
	rules->ndrafts++;
}

/* What the patterns of sources are matched against. */
static const char *const *candidates(
		const struct ohb_files *files, size_t *ret_count)
{
	*ret_count = files->first ? files->nfirst : files->count;
	return files->first ? files->first : files->paths;
}

/* A plain path, which may name a file that patterns do not see. */
static void draft_path(struct rule *rule, const struct ohb_glob *glob)
{
	struct ohb_captures none = { .count = 0 };
	const char *path = ohb_glob_prefix(glob);
	enum ohb_found found = ohb_rules_find(rule->rules, path, &path);
	size_t count, i;
	const char *const *paths = candidates(rule->rules->files, &count);

	if (rule->rules->files->first) {
		i = ohb_paths_from(paths, count, path);
		if (i == count || !ohb_streq(paths[i], path))
			return;
	}
	if (found == OHB_FOUND_FILE)
		add_target(rule, path, &none);
	else
		ohb_rules_not_found(rule->rules,
				rule->module->source.pos[rule->at], "source",
				path, found);
}

static void draft_pattern(struct rule *rule, const struct ohb_glob *glob)
{
	struct ohb_rules *rules = rule->rules;
	const struct ohb_files *files = rules->files;
	const char *pattern = rule->module->source.items[rule->at];
	struct ohb_pos pos = rule->module->source.pos[rule->at];
	const char *prefix = ohb_glob_prefix(glob);
	size_t matched = 0, excluded = 0, count, i;
	const char *const *paths = candidates(files, &count);
	struct ohb_captures captures;

	i = ohb_paths_from(paths, count, prefix);
	for (; i < count && ohb_starts(paths[i], prefix); i++) {
		if (!ohb_glob_match(glob, paths[i], rules->arena, &captures))
			continue;
		matched++;
		if (is_excluded(rule, paths[i]))
			excluded++;
		else if (rules->ndrafts < OHB_MAX_TARGETS)
			add_target(rule, paths[i], &captures);
	}
	if (files->first)
		return;
	if (!matched)
		ohb_rules_no_match(rules, pos, "source", pattern, glob);
	else if (matched == excluded)
		(void)ohb_diags_add(rules->diags, pos, NULL,
				"source '%s' matches %zu files, and all of "
				"them are excluded",
				pattern, matched);
}

static bool is_further(const struct rule *rule, size_t at)
{
	size_t i;

	for (i = 0; i < rule->nfurther; i++)
		if (rule->further[i] == at)
			return true;
	return false;
}

static void draft_module(struct rule *rule)
{
	const struct ohb_list *source = &rule->module->source;

	rule->exclude = compile_list(rule->rules, &rule->module->exclude);
	rule->sources = compile_list(rule->rules, source);
	if (rule->module->test.count > OHB_MAX_OUTPUTS)
		(void)ohb_diags_add(rule->rules->diags,
				rule->module->test.pos[0], NULL,
				"more than %u tests", OHB_MAX_OUTPUTS);
	if (source->count == 0 || rule->module->test.count == 0)
		return;
	find_further(rule);
	for (rule->at = 0; rule->at < source->count; rule->at++) {
		const struct ohb_glob *glob = rule->sources[rule->at];

		if (!glob || is_further(rule, rule->at) ||
				!names_are_free(rule, glob) ||
				!tests_fit(rule, glob))
			continue;
		if (ohb_glob_is_literal(glob))
			draft_path(rule, glob);
		else
			draft_pattern(rule, glob);
	}
}

/* A source pattern that sees files which are not there yet. */
struct sight {
	const struct rule *rule;
	size_t at;
};

struct sights {
	struct sight *items;
	size_t count, cap;
};

static void add_sights(struct sights *sights, const struct rule *rule)
{
	size_t i;

	for (i = 0; i < rule->module->source.count; i++) {
		struct sight *sight;

		if (!rule->sources[i] || is_further(rule, i) ||
				ohb_glob_is_literal(rule->sources[i]))
			continue;
		sight = ohb_grow((void *)&sights->items, &sights->cap,
				sights->count++, sizeof(*sight));
		*sight = (struct sight){ .rule = rule, .at = i };
	}
}

/* A test that will be a source as soon as it is written. */
static void check_sights(const struct sights *sights,
		const struct ohb_draft *draft, const char *path)
{
	size_t i;

	for (i = 0; i < sights->count; i++) {
		const struct rule *rule = sights->items[i].rule;
		const struct ohb_list *source = &rule->module->source;
		size_t at = sights->items[i].at;

		if (!ohb_glob_match(rule->sources[at], path, NULL, NULL) ||
				is_excluded(rule, path))
			continue;
		(void)ohb_diags_add(rule->rules->diags, source->pos[at],
				ohb_arena_printf(rule->rules->arena,
						"exclude it: 'exclude: [%s]'",
						path),
				"'%s', the test of '%s', would itself be a "
				"source by the pattern '%s'",
				path, draft->target.sources[0],
				source->items[at]);
	}
}

static void check_sources(
		struct ohb_rules *rules, const struct ohb_draft *draft)
{
	const struct ohb_target *target = &draft->target;
	size_t i;

	for (i = 0; i < target->nsources; i++) {
		const struct ohb_draft *writer = ohb_map_get(
				&rules->writers, target->sources[i]);

		if (!writer)
			continue;
		(void)ohb_diags_add(rules->diags, draft->pos,
				ohb_arena_printf(rules->arena,
						"exclude it: 'exclude: [%s]'",
						target->sources[i]),
				"'%s' is a source of '%s', but also the test "
				"of '%s'",
				target->sources[i], target->name,
				writer->target.sources[0]);
	}
}

/* A test whose folder is a test: one of them could not be written. */
static void check_folders(struct ohb_rules *rules,
		const struct ohb_draft *draft, const char *path)
{
	ohb_autofree char *folder = ohb_strdup(path);
	char *slash;

	while ((slash = strrchr(folder, '/')) != NULL) {
		*slash = '\0';
		if (!ohb_map_get(&rules->writers, folder))
			continue;
		(void)ohb_diags_add(rules->diags,
				draft->target.module->test.pos[0], NULL,
				"'%s' cannot be a test: its folder '%s' is the "
				"test of another target",
				path, folder);
		return;
	}
}

static bool is_file(const struct ohb_files *files, const char *path)
{
	size_t i = ohb_paths_from(files->paths, files->count, path);

	return i < files->count && ohb_streq(files->paths[i], path);
}

static void check_draft(struct ohb_rules *rules, const struct sights *sights,
		const struct ohb_draft *draft)
{
	size_t i;

	check_sources(rules, draft);
	for (i = 0; i < draft->target.noutputs; i++) {
		const char *path = draft->target.outputs[i];

		check_folders(rules, draft, path);
		/* What is there is a source already, if it can be one. */
		if (!is_file(rules->files, path))
			check_sights(sights, draft, path);
	}
}

void ohb_rules_draft(struct ohb_rules *rules)
{
	size_t nmodules = rules->config->nmodules;
	struct rule *all =
			ohb_arena_alloc(rules->arena, nmodules * sizeof(*all));
	struct sights sights = { .items = NULL };
	size_t i;

	for (i = 0; i < nmodules; i++) {
		all[i].rules = rules;
		all[i].module = &rules->config->modules[i];
		draft_module(&all[i]);
		add_sights(&sights, &all[i]);
	}
	for (i = 0; i < rules->ndrafts; i++)
		check_draft(rules, &sights, rules->drafts[i]);
	free(sights.items);
	if (rules->ndrafts == OHB_MAX_TARGETS)
		(void)ohb_diags_add(rules->diags, (struct ohb_pos){ 0 }, NULL,
				"more than %u targets", OHB_MAX_TARGETS - 1);
}
