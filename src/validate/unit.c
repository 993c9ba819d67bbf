#include "validate/unit.h"

#include <ctype.h>
#include <string.h>

static void add(struct ohb_unit *unit, struct ohb_map *map, const char *name)
{
	(void)ohb_map_add(map, ohb_arena_strdup(&unit->arena, name), unit);
}

static void add_list(struct ohb_unit *unit, struct ohb_map *map,
		const struct ohb_piece_list *list)
{
	size_t i;

	for (i = 0; i < list->count; i++)
		add(unit, map, list->items[i].name);
}

static bool is_linked(const char *path, const char *how)
{
	return ohb_streq(ohb_syntax_setting(path, "linked"), how);
}

/* Whether a function is of a type: another match of it may say so. */
static bool is_method(const struct ohb_piece_list *functions, size_t i)
{
	const struct ohb_piece *piece = &functions->items[i];

	return piece->of ||
			(i && piece[-1].of &&
					piece[-1].node->start ==
							piece->node->start) ||
			(i + 1 < functions->count && piece[1].of &&
					piece[1].node->start ==
							piece->node->start);
}

/* Where names are the linker's, one behind "static" is nobody else's. */
static void add_functions(struct ohb_unit *unit,
		const struct ohb_pieces *pieces, const char *module)
{
	const struct ohb_piece_list *functions =
			&pieces->kinds[OHB_PIECE_FUNCTION];
	const bool linked = is_linked(pieces->file->path, "yes");
	size_t i;

	for (i = 0; i < functions->count; i++) {
		const struct ohb_piece *piece = &functions->items[i];

		if (!piece->name ||
				(linked &&
						ohb_starts(pieces->file->data + piece->node->start,
								"static")))
			continue;
		add(unit, &unit->names, piece->name);
		if (!is_method(functions, i))
			add(unit, &unit->names,
					ohb_arena_printf(&unit->arena, ".%s",
							piece->name));
		add(unit, &unit->names,
				ohb_arena_printf(&unit->arena, "%s.%s", module,
						piece->name));
	}
}

static void read_source(struct ohb_unit *unit, const struct ohb_file *file,
		const char *module)
{
	struct ohb_pieces pieces = { .arena = &unit->arena, .file = file };
	const struct ohb_piece_list *modules = &pieces.kinds[OHB_PIECE_MODULE];
	ohb_autosyntax struct ohb_syntax_tree *tree = NULL;
	struct ohb_error ignored = OHB_ERROR_INIT;
	const char *why;

	/* What cannot be read has no names: that is no fault of the test. */
	if (ohb_syntax_parse(file->path, file->data, file->len, &unit->arena,
			    &tree, &why) == OHB_SYNTAX_OK &&
			ohb_pieces_read(&pieces, tree, &ignored) == 0) {
		add_functions(unit, &pieces, module);
		if (modules->count)
			add_functions(unit, &pieces, modules->items[0].name);
		add_list(unit, &unit->modules, modules);
		add_list(unit, &unit->types, &pieces.kinds[OHB_PIECE_TYPE]);
	}
	ohb_pieces_release(&pieces);
}

/* The name in a path: "calc" of "../src/calc.py". */
static const char *module_of(struct ohb_unit *unit, const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *base = slash ? slash + 1 : path;

	return ohb_arena_strndup(&unit->arena, base, strcspn(base, "."));
}

static void read_sources(struct ohb_unit *unit)
{
	const struct ohb_target *target = unit->spec->target;
	size_t i;

	for (i = 0; i < target->nsources && !unit->read; i++) {
		const struct ohb_file *file = ohb_fileset_find(
				unit->spec->inputs, target->sources[i]);
		const char *module = module_of(unit, target->sources[i]);

		add(unit, &unit->modules, module);
		if (file && file->data)
			read_source(unit, file, module);
	}
	unit->read = true;
}

void ohb_unit_release(struct ohb_unit *unit)
{
	ohb_map_release(&unit->modules);
	ohb_map_release(&unit->types);
	ohb_map_release(&unit->names);
	ohb_arena_release(&unit->arena);
}

/* Whether a source defines a function that others can call; module: this
 * one's, or NULL, or "" for one that is of no type. */
static bool defines(const struct ohb_unit *unit, const char *module,
		const char *name)
{
	ohb_autostr key = OHB_STR_INIT;

	if (module)
		ohb_str_addf(&key, "%s.", module);
	ohb_str_adds(&key, name);
	return ohb_map_get(&unit->names, key.data) != NULL;
}

/* "MockCalc" is what generators make of "Calc". */
static bool is_type(const struct ohb_unit *unit, const char *name)
{
	static const char mock[] = "Mock";
	const size_t len = strlen(mock);

	return ohb_map_get(&unit->types, name) ||
			(ohb_starts(name, mock) &&
					isupper((unsigned char)name[len]) &&
					ohb_map_get(&unit->types, name + len));
}

/* Whether a name is of the unit's types, or of an object of one. */
static bool is_object(const struct ohb_unit *unit,
		const struct ohb_pieces *test, const char *name)
{
	const struct ohb_piece *object = ohb_map_get(&test->objects, name);

	return is_type(unit, name) ||
			(object && (!object->of || is_type(unit, object->of)));
}

/* Whether the test calls `name` (NULL: any that the unit defines) of an object
 * of this name or type. */
static bool calls_of(const struct ohb_unit *unit, const struct ohb_pieces *test,
		const struct ohb_piece *mock, const char *name, const char *of)
{
	const struct ohb_syntax_node *scope =
			ohb_pieces_scope_of(test, mock->node);
	const struct ohb_piece *call, *object;
	size_t at = 0;

	while ((call = ohb_pieces_call(test, scope, name, &at))) {
		if (!call->of || !defines(unit, NULL, call->name))
			continue;
		object = ohb_map_get(&test->objects, call->of);
		if (strcmp(call->of, of) == 0 ||
				(object && ohb_streq(object->of, of)))
			return true;
	}
	return false;
}

static bool calls(const struct ohb_pieces *test, const struct ohb_piece *mock,
		const char *name)
{
	size_t at = 0;

	return ohb_pieces_call(test, ohb_pieces_scope_of(test, mock->node),
			       name, &at) != NULL;
}

/* Of "pkg.calc.add": the word from `end` back. */
static size_t last_word(const char *text, size_t end)
{
	size_t start = end;

	while (start && text[start - 1] != '.')
		start--;
	return start;
}

/* All of a module, by a path or a dotted name: it is the unit, or the part of
 * it that the test calls. */
static bool module_mocked(struct ohb_unit *unit, const struct ohb_pieces *test,
		const struct ohb_piece *mock)
{
	const char *text = strchr(mock->name, '/') ?
			mock->name :
			mock->name + last_word(mock->name, strlen(mock->name));
	const char *module = module_of(unit, text);
	const struct ohb_piece *call;
	size_t at = 0;

	if (!ohb_map_get(&unit->modules, module))
		return false;
	if (unit->spec->target->nsources == 1)
		return true;
	while ((call = ohb_pieces_call(test,
				ohb_pieces_scope_of(test, mock->node), NULL,
				&at)))
		if (defines(unit, module, call->name))
			return true;
	return false;
}

/* Whether the node lies in a function, and is not one itself. */
static bool in_function(const struct ohb_pieces *test,
		const struct ohb_syntax_node *node)
{
	const struct ohb_piece_list *functions =
			&test->kinds[OHB_PIECE_FUNCTION];
	size_t i;

	for (i = 0; i < functions->count; i++)
		if (functions->items[i].node->start < node->start &&
				ohb_pieces_within(
						node, functions->items[i].node))
			return true;
	return false;
}

/* Whether the unit's file is read in before the definition: one that stands in
 * no function is made before any function runs. */
static bool is_read(struct ohb_unit *unit, const struct ohb_pieces *test,
		const struct ohb_syntax_node *definition)
{
	const struct ohb_piece_list *reads = &test->kinds[OHB_PIECE_READS];
	size_t i;

	for (i = 0; i < reads->count; i++) {
		const struct ohb_piece *read = &reads->items[i];

		if (read->node->start > definition->start)
			break;
		if (ohb_map_get(&unit->modules, module_of(unit, read->name)) &&
				(in_function(test, definition) ||
						!in_function(test, read->node)))
			return true;
	}
	return false;
}

/* Whether it calls what the unit defines: it stands in front of it, not for
 * it. */
static bool is_adapter(const struct ohb_unit *unit,
		const struct ohb_pieces *test,
		const struct ohb_syntax_node *definition)
{
	const struct ohb_piece *call;
	size_t at = 0;

	while ((call = ohb_pieces_call(test, definition, NULL, &at)))
		if (defines(unit, NULL, call->name))
			return true;
	return false;
}

/* Whether the test calls by its name alone what it defines. */
static bool calls_own(
		const struct ohb_pieces *test, const struct ohb_piece *mock)
{
	const struct ohb_syntax_node *scope =
			ohb_pieces_scope_of(test, mock->node);
	const struct ohb_piece *call;
	size_t at = 0;

	while ((call = ohb_pieces_call(test, scope, mock->name, &at)))
		if (!call->of)
			return true;
	return false;
}

/* A definition of the test's under the unit's name. */
static bool is_doubled(struct ohb_unit *unit, const struct ohb_pieces *test,
		const struct ohb_piece *mock,
		const struct ohb_syntax_node *definition)
{
	const char *path = test->file->path;

	if (strcmp(mock->name, "main") == 0 || !defines(unit, "", mock->name))
		return false;
	if (is_linked(path, "yes"))
		return calls(test, mock, mock->name);
	return (!is_linked(path, "read") || is_read(unit, test, definition)) &&
			calls_own(test, mock);
}

static bool function_mocked(struct ohb_unit *unit,
		const struct ohb_pieces *test, const struct ohb_piece *mock)
{
	const struct ohb_syntax_node *type =
			ohb_pieces_beside(mock->match, "mock.type");
	const bool own = ohb_pieces_beside(mock->match, "mock.by") &&
			!is_linked(test->file->path, "yes");
	const char *name = mock->name, *of = mock->of;

	if (!of) {
		size_t at = last_word(name, strlen(name));

		if (at == 0)
			return false;
		of = ohb_arena_strndup(test->arena, name, at - 1);
		name += at;
	}
	if (!is_object(unit, test, of))
		of += last_word(of, strlen(of));
	if (type ? is_type(unit, ohb_pieces_text(test, type)) :
		   is_object(unit, test, of))
		return calls_of(unit, test, mock, name, of);
	if (!ohb_map_get(&unit->modules, of) || !defines(unit, of, name))
		return false;
	return own ? calls_of(unit, test, mock, name, of) :
		     calls(test, mock, name);
}

bool ohb_unit_mocked(struct ohb_unit *unit, const struct ohb_pieces *test,
		const struct ohb_piece *mock)
{
	const struct ohb_syntax_node *by =
			ohb_pieces_beside(mock->match, "mock.by");

	read_sources(unit);
	if (ohb_pieces_is_test(test, mock->node))
		return false;
	if (by && !is_linked(test->file->path, "yes") &&
			is_adapter(unit, test, by))
		return false;
	if (strcmp(mock->node->capture, "mock.object") == 0)
		return mock->of && is_type(unit, mock->of) &&
				calls_of(unit, test, mock, NULL, mock->name);
	if (ohb_pieces_beside(mock->match, "mock.module"))
		return module_mocked(unit, test, mock);
	return by && !mock->of ? is_doubled(unit, test, mock, by) :
				 function_mocked(unit, test, mock);
}
