#include "validate/unit.h"

#include <string.h>

/* "src/calc.py" is the unit "calc". */
static bool is_unit(
		const struct ohb_target *target, const char *name, size_t len)
{
	size_t i;

	for (i = 0; i < target->nsources; i++) {
		const char *slash = strrchr(target->sources[i], '/');
		const char *base = slash ? slash + 1 : target->sources[i];

		if (strcspn(base, ".") == len && memcmp(base, name, len) == 0)
			return true;
	}
	return false;
}

static void add_names(struct ohb_unit *unit, const struct ohb_pieces *pieces)
{
	const struct ohb_piece_list *functions =
			&pieces->kinds[OHB_PIECE_FUNCTION];
	size_t i;

	for (i = 0; i < functions->count; i++) {
		const struct ohb_piece *piece = &functions->items[i];

		/* The arena has the name. */
		if (piece->name &&
				!ohb_starts(pieces->file->data +
								piece->node->start,
						"static"))
			(void)ohb_map_add(&unit->names, piece->name, unit);
	}
}

static void read_source(struct ohb_unit *unit, const struct ohb_file *file)
{
	struct ohb_pieces pieces = { .arena = &unit->arena, .file = file };
	ohb_autosyntax struct ohb_syntax_tree *tree = NULL;
	struct ohb_error ignored = OHB_ERROR_INIT;
	const char *why;

	/* What cannot be read has no names: that is no fault of the test. */
	if (ohb_syntax_parse(file->path, file->data, file->len, &unit->arena,
			    &tree, &why) == OHB_SYNTAX_OK &&
			ohb_pieces_read(&pieces, tree, &ignored) == 0)
		add_names(unit, &pieces);
	ohb_pieces_release(&pieces);
}

/* Whether a source of the target defines a function that others can call. */
static bool defines(struct ohb_unit *unit, const char *name)
{
	const struct ohb_target *target = unit->spec->target;
	size_t i;

	for (i = 0; i < target->nsources && !unit->read; i++) {
		const struct ohb_file *file = ohb_fileset_find(
				unit->spec->inputs, target->sources[i]);

		if (file && file->data)
			read_source(unit, file);
	}
	unit->read = true;
	return ohb_map_get(&unit->names, name) != NULL;
}

void ohb_unit_release(struct ohb_unit *unit)
{
	ohb_map_release(&unit->names);
	ohb_arena_release(&unit->arena);
}

/* Of "pkg.calc.add" or "../src/calc.js": the word from `end` back. */
static size_t last_word(const char *text, size_t end)
{
	size_t start = end;

	while (start && text[start - 1] != '.')
		start--;
	return start;
}

bool ohb_unit_mocked(struct ohb_unit *unit, const struct ohb_pieces *test,
		const struct ohb_piece *mock)
{
	const struct ohb_target *target = unit->spec->target;
	const struct ohb_syntax_node *of =
			ohb_pieces_beside(mock->match, "mock.of");
	const char *text = of ? ohb_pieces_text(test, of) : mock->name;
	size_t len = strlen(text), start, name = 0;

	if (ohb_pieces_beside(mock->match, "mock.module")) {
		const char *slash = strrchr(text, '/');
		size_t from = slash ? (size_t)(slash + 1 - text) :
				      last_word(text, len);
		return is_unit(target, text + from, strcspn(text + from, "."));
	}
	if (!of) {
		name = last_word(text, len);
		if (name == 0)
			return false;
		len = name - 1;
	}
	start = last_word(text, len);
	return is_unit(target, text + start, len - start) &&
			ohb_pieces_calls(test, mock->name + name) &&
			defines(unit, mock->name + name);
}

bool ohb_unit_doubled(struct ohb_unit *unit, const struct ohb_pieces *test,
		const struct ohb_piece *function)
{
	return function->name && strcmp(function->name, "main") != 0 &&
			ohb_pieces_calls(test, function->name) &&
			defines(unit, function->name);
}
