#include "report/graph.h"

#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/memory.h"
#include "report/verdict.h"
#include "text/json.h"
#include "text/utf8.h"

#define MAX_NAME ((size_t)4096)
/* A longer chain of targets is drawn, but no deeper in the tree. */
#define MAX_DEPTH 100

/* Targets and files by their names. */
struct drawing {
	json_t *targets;
	struct ohb_arena arena;
	struct ohb_map by_name; /* target, or output of one -> number + 1 */
	struct ohb_map files; /* other files -> number + 1 */
	size_t nfiles;
	bool *needed, *shown; /* of each target */
	bool colors;
	struct ohb_str *out;
};

static void put(struct ohb_map *map, const char *name, size_t number)
{
	if (name)
		(void)ohb_map_add(map, name, (void *)(uintptr_t)(number + 1));
}

/* SIZE_MAX when there is none. */
static size_t number_of(const struct ohb_map *map, const char *name)
{
	const void *found = name ? ohb_map_get(map, name) : NULL;

	return (size_t)(uintptr_t)found - 1;
}

static void begin(struct drawing *drawing, json_t *answer, struct ohb_str *out)
{
	json_t *target, *item;
	size_t i, k, need, n;

	*drawing = (struct drawing){ .targets = ohb_json_at(answer, "targets"),
		.out = out };
	n = json_array_size(drawing->targets) + 1;
	drawing->needed = ohb_arena_alloc(&drawing->arena, n);
	drawing->shown = ohb_arena_alloc(&drawing->arena, n);
	json_array_foreach(drawing->targets, i, target)
	{
		put(&drawing->by_name, ohb_json_text(target, "name"), i);
		json_array_foreach(ohb_json_at(target, "outputs"), k, item) put(
				&drawing->by_name, json_string_value(item), i);
	}
	json_array_foreach(drawing->targets, i, target) json_array_foreach(
			ohb_json_at(target, "needs"), k, item)
	{
		need = number_of(&drawing->by_name, json_string_value(item));
		if (need != SIZE_MAX)
			drawing->needed[need] = true;
	}
}

static void end(struct drawing *drawing)
{
	ohb_map_release(&drawing->by_name);
	ohb_map_release(&drawing->files);
	ohb_arena_release(&drawing->arena);
}

/* One line, without what a terminal would obey. */
static const char *clean(struct drawing *drawing, const char *name)
{
	ohb_autostr line = OHB_STR_INIT;

	if (name)
		ohb_utf8_line(&line, name, strlen(name), MAX_NAME);
	return ohb_arena_strdup(&drawing->arena, ohb_str_cstr(&line));
}

static void add_branch(struct drawing *drawing, const char *indent, bool last)
{
	ohb_str_addf(drawing->out, "%s%s", indent,
			last ? "\xe2\x94\x94\xe2\x94\x80 " :
			       "\xe2\x94\x9c\xe2\x94\x80 ");
}

static void add_tree(struct drawing *drawing, size_t at, const char *indent,
		size_t depth);

static void add_needs(struct drawing *drawing, json_t *needs,
		const char *indent, size_t depth)
{
	const size_t n = json_array_size(needs);
	ohb_autostr deeper = OHB_STR_INIT;
	json_t *item;
	size_t i;

	json_array_foreach(needs, i, item)
	{
		const bool last = i + 1 == n;

		ohb_str_clear(&deeper);
		ohb_str_addf(&deeper, "%s%s", indent,
				last ? "   " : "\xe2\x94\x82  ");
		add_branch(drawing, indent, last);
		add_tree(drawing,
				number_of(&drawing->by_name,
						json_string_value(item)),
				deeper.data, depth + 1);
	}
}

/* The names of an array that no target makes. */
static size_t files_of(
		const struct drawing *drawing, json_t *array, const char **ret)
{
	json_t *item;
	size_t i, n = 0;

	json_array_foreach(array, i,
			item) if (number_of(&drawing->by_name,
						  json_string_value(item)) ==
			SIZE_MAX) ret[n++] = json_string_value(item);
	return n;
}

static void add_parts(struct drawing *drawing, json_t *target,
		const char *indent, size_t depth)
{
	json_t *sources = ohb_json_at(target, "sources");
	json_t *inputs = ohb_json_at(target, "inputs");
	json_t *needs = ohb_json_at(target, "needs");
	ohb_autofree const char **files =
			ohb_alloc((json_array_size(sources) +
						  json_array_size(inputs) + 1) *
					sizeof(*files));
	size_t n = files_of(drawing, sources, files), i;

	n += files_of(drawing, inputs, files + n);
	for (i = 0; i < n; i++) {
		add_branch(drawing, indent,
				i + 1 == n && json_array_size(needs) == 0);
		ohb_str_addf(drawing->out, "%s\n", clean(drawing, files[i]));
	}
	add_needs(drawing, needs, indent, depth);
}

static void add_tree(struct drawing *drawing, size_t at, const char *indent,
		size_t depth)
{
	json_t *target = json_array_get(drawing->targets, at);
	bool again;

	if (!target) {
		ohb_str_adds(drawing->out, "?\n");
		return;
	}
	again = drawing->shown[at];
	drawing->shown[at] = true;
	ohb_str_addf(drawing->out, "%s  ",
			clean(drawing, ohb_json_text(target, "name")));
	ohb_words_color(drawing->out, drawing->colors,
			ohb_verdict_look(target)->color);
	ohb_words_line(drawing->out, ohb_json_text(target, "verdict"));
	ohb_words_color(drawing->out, drawing->colors, OHB_PLAIN);
	ohb_str_adds(drawing->out,
			again ? " (see above)\n" :
					depth >= MAX_DEPTH ?
				" (too deep to be shown)\n" :
				"\n");
	if (!again && depth < MAX_DEPTH)
		add_parts(drawing, target, indent, depth);
}

void ohb_graph_text(json_t *answer, const struct ohb_answer_style *style,
		struct ohb_str *out)
{
	struct drawing drawing;
	json_t *target;
	size_t i;

	begin(&drawing, answer, out);
	drawing.colors = style->colors;
	json_array_foreach(drawing.targets, i, target) if (!drawing.needed[i])
			add_tree(&drawing, i, "", 0);
	end(&drawing);
}

/* How a form writes its nodes and edges; a node is 't' or 'f' and a number. */
struct form {
	void (*quote)(struct ohb_str *out, const char *text);
	/* around the text of a file, and of a target */
	const char *file[2], *target[2];
	const char *between; /* name and verdict of a target */
	/* edges: between two nodes, and behind them */
	const char *source[2], *input[2], *need[2];
};

static void quote_dot(struct ohb_str *out, const char *text)
{
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			ohb_str_addc(out, '\\');
		ohb_str_addc(out, *text);
	}
}

/* Entities: a quote would end the text, the others are markup. */
static void quote_mermaid(struct ohb_str *out, const char *text)
{
	for (; *text; text++)
		if (strchr("\"#&<>`\\;", *text))
			ohb_str_addf(out, "#%d;", *text);
		else
			ohb_str_addc(out, *text);
}

/* The file's number; it is drawn when it is new. */
static size_t draw_file(struct drawing *drawing, const struct form *form,
		const char *path)
{
	size_t number = number_of(&drawing->files, path);

	if (number != SIZE_MAX)
		return number;
	number = drawing->nfiles++;
	put(&drawing->files, path, number);
	ohb_str_addf(drawing->out, "\tf%zu%s", number, form->file[0]);
	form->quote(drawing->out, clean(drawing, path));
	ohb_str_adds(drawing->out, form->file[1]);
	return number;
}

static void draw_files(struct drawing *drawing, const struct form *form,
		size_t at, json_t *files, const char *const edge[2])
{
	json_t *item;
	size_t i, number;

	json_array_foreach(files, i, item)
	{
		if (number_of(&drawing->by_name, json_string_value(item)) !=
				SIZE_MAX)
			continue;
		number = draw_file(drawing, form, json_string_value(item));
		ohb_str_addf(drawing->out, "\tf%zu%st%zu%s", number, edge[0],
				at, edge[1]);
	}
}

static void draw_target(struct drawing *drawing, const struct form *form,
		size_t at, json_t *target)
{
	struct ohb_str *out = drawing->out;

	ohb_str_addf(out, "\tt%zu%s", at, form->target[0]);
	form->quote(out, clean(drawing, ohb_json_text(target, "name")));
	ohb_str_adds(out, form->between);
	form->quote(out, clean(drawing, ohb_json_text(target, "verdict")));
	ohb_str_adds(out, form->target[1]);
}

static void draw(struct drawing *drawing, const struct form *form)
{
	json_t *target, *item;
	size_t i, k, need;

	json_array_foreach(drawing->targets, i, target)
			draw_target(drawing, form, i, target);
	json_array_foreach(drawing->targets, i, target)
	{
		draw_files(drawing, form, i, ohb_json_at(target, "sources"),
				form->source);
		draw_files(drawing, form, i, ohb_json_at(target, "inputs"),
				form->input);
		json_array_foreach(ohb_json_at(target, "needs"), k, item)
		{
			need = number_of(&drawing->by_name,
					json_string_value(item));
			if (need != SIZE_MAX)
				ohb_str_addf(drawing->out, "\tt%zu%st%zu%s",
						need, form->need[0], i,
						form->need[1]);
		}
	}
}

void ohb_graph_dot(json_t *answer, const struct ohb_answer_style *style,
		struct ohb_str *out)
{
	static const struct form form = {
		.quote = quote_dot,
		.file = { " [label=\"", "\", shape=note];\n" },
		.target = { " [label=\"", "\", shape=box, style=bold];\n" },
		.between = "\\n",
		.source = { " -> ", ";\n" },
		.input = { " -> ", " [style=dashed];\n" },
		.need = { " -> ", " [style=bold];\n" },
	};
	struct drawing drawing;

	(void)style;
	begin(&drawing, answer, out);
	ohb_str_adds(out, "digraph ohbuild {\n\trankdir=LR;\n");
	draw(&drawing, &form);
	ohb_str_adds(out, "}\n");
	end(&drawing);
}

void ohb_graph_mermaid(json_t *answer, const struct ohb_answer_style *style,
		struct ohb_str *out)
{
	static const struct form form = {
		.quote = quote_mermaid,
		.file = { "([\"", "\"])\n" },
		.target = { "[\"", "\"]\n" },
		.between = "<br/>",
		.source = { " --> ", "\n" },
		.input = { " -.-> ", "\n" },
		.need = { " ==> ", "\n" },
	};
	struct drawing drawing;

	(void)style;
	begin(&drawing, answer, out);
	ohb_str_adds(out, "flowchart LR\n");
	draw(&drawing, &form);
	end(&drawing);
}
