/* What waits for what. */
#include <stdlib.h>
#include <string.h>

#include "project/rules.h"

enum mark { MARK_NEW, MARK_OPEN, MARK_DONE };

/* A walk in depth with a stack of its own: chains may be long. */
struct walk {
	struct ohb_rules *rules;
	const struct ohb_graph *graph;
	unsigned char *marks; /* enum mark */
	size_t *next; /* of each target: which need comes now */
	size_t *stack, depth;
	size_t *order, count;
};

#define SHOWN 8 /* targets of a cycle that are named */

static void tell_cycle(struct walk *walk, size_t back_to)
{
	const struct ohb_target *targets = walk->graph->targets;
	const struct ohb_module_config *module = targets[back_to].module;
	ohb_autostr text = OHB_STR_INIT;
	struct ohb_pos pos = module->pos;
	size_t i, start = walk->depth - 1;

	if (module->inputs.count)
		pos = module->inputs.pos[0];
	else if (module->depfile)
		pos = module->depfile_pos;
	while (walk->stack[start] != back_to)
		start--;
	for (i = start; i < walk->depth && i < start + SHOWN; i++)
		ohb_str_addf(&text, "'%s' needs ",
				targets[walk->stack[i]].name);
	if (i < walk->depth)
		ohb_str_addf(&text, "(%zu more) needs ", walk->depth - i);
	(void)ohb_diags_add(walk->rules->diags, pos,
			"take one of these tests out of the inputs",
			"targets that wait for each other: %s'%s'",
			ohb_str_cstr(&text), targets[back_to].name);
}

static void visit(struct walk *walk, size_t first)
{
	walk->marks[first] = MARK_OPEN;
	walk->stack[walk->depth++] = first;
	while (walk->depth) {
		size_t at = walk->stack[walk->depth - 1];
		const struct ohb_target *target = &walk->graph->targets[at];
		size_t need;

		if (walk->next[at] == target->nneeds) {
			walk->marks[at] = MARK_DONE;
			walk->order[walk->count++] = at;
			walk->depth--;
			continue;
		}
		need = target->needs[walk->next[at]++];
		if (walk->marks[need] == MARK_OPEN)
			tell_cycle(walk, need);
		if (walk->marks[need] != MARK_NEW)
			continue;
		walk->marks[need] = MARK_OPEN;
		walk->stack[walk->depth++] = need;
	}
}

void ohb_rules_order(struct ohb_rules *rules, struct ohb_graph *graph)
{
	ohb_autofree unsigned char *marks = ohb_alloc(graph->count);
	ohb_autofree size_t *next = ohb_alloc(graph->count * sizeof(*next));
	ohb_autofree size_t *stack = ohb_alloc(graph->count * sizeof(*stack));
	struct walk walk = {
		.rules = rules,
		.graph = graph,
		.marks = marks,
		.next = next,
		.stack = stack,
		.order = ohb_arena_alloc(rules->arena,
				graph->count * sizeof(*walk.order)),
	};
	size_t i;

	for (i = 0; i < graph->count; i++)
		if (marks[i] == MARK_NEW)
			visit(&walk, i);
	graph->order = walk.order;
}
