#include "validate/pieces.h"

#include <stdlib.h>
#include <string.h>

#define MAX_ROUNDS 16 /* helpers that call helpers that assert */

static const char *const kind_names[OHB_PIECE_KINDS] = {
	[OHB_PIECE_TEST] = "test",
	[OHB_PIECE_NOT_TEST] = "not-test",
	[OHB_PIECE_MAIN] = "test.main",
	[OHB_PIECE_FUNCTION] = "function",
	[OHB_PIECE_CALL] = "call.name",
	[OHB_PIECE_ASSERT] = "assert",
	[OHB_PIECE_ASSERTS] = "asserts",
	[OHB_PIECE_MOCK] = "mock.name",
};

char *ohb_pieces_text(const struct ohb_pieces *pieces,
		const struct ohb_syntax_node *node)
{
	return ohb_arena_strndup(pieces->arena,
			pieces->file->data + node->start,
			node->end - node->start);
}

static void add_piece(struct ohb_piece_list *list,
		const struct ohb_syntax_match *match,
		const struct ohb_syntax_node *node, const char *name)
{
	struct ohb_piece *piece = ohb_grow(&list->items, &list->cap,
			list->count++, sizeof(*piece));

	*piece = (struct ohb_piece){
		.match = match, .node = node, .name = name
	};
}

const struct ohb_syntax_node *ohb_pieces_beside(
		const struct ohb_syntax_match *match, const char *capture)
{
	size_t i;

	for (i = 0; i < match->nnodes; i++)
		if (strcmp(match->nodes[i].capture, capture) == 0)
			return &match->nodes[i];
	return NULL;
}

static void sort_node(struct ohb_pieces *pieces,
		const struct ohb_syntax_match *match,
		const struct ohb_syntax_node *node)
{
	const struct ohb_syntax_node *name = NULL;
	size_t kind;

	if (ohb_starts(node->capture, "is."))
		add_piece(&pieces->found, match, node, NULL);
	else if (ohb_starts(node->capture, "may."))
		add_piece(&pieces->may, match, node, NULL);
	for (kind = 0; kind < OHB_PIECE_KINDS; kind++)
		if (strcmp(kind_names[kind], node->capture) == 0)
			break;
	if (kind == OHB_PIECE_KINDS)
		return;
	if (kind == OHB_PIECE_TEST || kind == OHB_PIECE_MAIN)
		name = ohb_pieces_beside(match, "test.name");
	else if (kind == OHB_PIECE_FUNCTION)
		name = ohb_pieces_beside(match, "function.name");
	else if (kind == OHB_PIECE_CALL || kind == OHB_PIECE_ASSERTS ||
			kind == OHB_PIECE_MOCK)
		name = node;
	add_piece(&pieces->kinds[kind], match, node,
			name ? ohb_pieces_text(pieces, name) : NULL);
}

static int by_start(const void *a, const void *b)
{
	const struct ohb_piece *left = a, *right = b;

	if (left->node->start != right->node->start)
		return left->node->start < right->node->start ? -1 : 1;
	return left->node->end < right->node->end ?
			-1 :
			left->node->end > right->node->end;
}

static void sort_list(struct ohb_piece_list *list)
{
	if (list->count)
		qsort(list->items, list->count, sizeof(*list->items), by_start);
}

bool ohb_pieces_within(const struct ohb_syntax_node *inner,
		const struct ohb_syntax_node *outer)
{
	return inner->start >= outer->start && inner->end <= outer->end;
}

/* The first of the list that begins at `start` or behind it. */
static size_t first_from(const struct ohb_piece_list *list, size_t start)
{
	size_t low = 0, high = list->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (list->items[middle].node->start < start)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Those of the list that begin in the node: from *at on, NULL at the end. */
static struct ohb_piece *next_in(const struct ohb_piece_list *list,
		const struct ohb_syntax_node *node, size_t *at)
{
	while (*at < list->count && list->items[*at].node->start < node->end) {
		struct ohb_piece *piece = &list->items[(*at)++];

		if (piece->node->end <= node->end)
			return piece;
	}
	return NULL;
}

static bool any_in(const struct ohb_piece_list *list,
		const struct ohb_syntax_node *node)
{
	size_t at = first_from(list, node->start);

	return next_in(list, node, &at) != NULL;
}

static bool is_vain(const struct ohb_piece *found)
{
	return strcmp(found->node->capture, "is.tautology") == 0 ||
			strcmp(found->node->capture, "is.self-compare") == 0;
}

/* Takes the assertions out that assert nothing. */
static void drop_vain(struct ohb_pieces *pieces)
{
	struct ohb_piece_list *asserts = &pieces->kinds[OHB_PIECE_ASSERT];
	size_t i, k, n = 0, end = 0;

	for (i = 0, k = 0; i < asserts->count; i++) {
		const struct ohb_syntax_node *node = asserts->items[i].node;

		for (; k < pieces->found.count &&
				pieces->found.items[k].node->start <=
						node->start;
				k++)
			if (is_vain(&pieces->found.items[k]) &&
					pieces->found.items[k].node->end > end)
				end = pieces->found.items[k].node->end;
		if (node->end > end)
			asserts->items[n++] = asserts->items[i];
	}
	asserts->count = n;
}

static void name_functions(struct ohb_pieces *pieces)
{
	const struct ohb_piece_list *functions =
			&pieces->kinds[OHB_PIECE_FUNCTION];
	size_t i;

	for (i = 0; i < functions->count; i++)
		if (functions->items[i].name)
			(void)ohb_map_add(&pieces->functions,
					functions->items[i].name,
					&functions->items[i]);
}

/* Whether code calls a function of the file that asserts. */
static bool calls_assertion(const struct ohb_pieces *pieces,
		const struct ohb_syntax_node *node)
{
	const struct ohb_piece_list *calls = &pieces->kinds[OHB_PIECE_CALL];
	size_t at = first_from(calls, node->start);
	const struct ohb_piece *call;

	while ((call = next_in(calls, node, &at))) {
		const struct ohb_piece *function =
				ohb_map_get(&pieces->functions, call->name);

		if (function && function->asserts)
			return true;
	}
	return false;
}

bool ohb_pieces_asserts(const struct ohb_pieces *pieces,
		const struct ohb_syntax_node *node)
{
	return any_in(&pieces->kinds[OHB_PIECE_ASSERT], node) ||
			calls_assertion(pieces, node);
}

/* Two functions of one name count as one. */
static void find_helpers(struct ohb_pieces *pieces)
{
	struct ohb_piece_list *functions = &pieces->kinds[OHB_PIECE_FUNCTION];
	bool more = true;
	size_t round, i;

	name_functions(pieces);
	for (round = 0; round < MAX_ROUNDS && more; round++) {
		more = false;
		for (i = 0; i < functions->count; i++) {
			struct ohb_piece *piece = &functions->items[i];
			struct ohb_piece *named = piece->name ?
					ohb_map_get(&pieces->functions,
							piece->name) :
					NULL;

			if (!named || named->asserts ||
					!ohb_pieces_asserts(
							pieces, piece->node))
				continue;
			named->asserts = more = true;
		}
	}
}

int ohb_pieces_read(struct ohb_pieces *pieces,
		const struct ohb_syntax_tree *tree, struct ohb_error *err)
{
	const struct ohb_syntax_match *matches;
	size_t n, i, k;

	if (ohb_syntax_query(tree, OHB_QUERY_GUARD, pieces->arena, &matches, &n,
			    err) < 0)
		return -1;
	for (i = 0; i < n; i++)
		for (k = 0; k < matches[i].nnodes; k++)
			sort_node(pieces, &matches[i], &matches[i].nodes[k]);
	for (k = 0; k < OHB_PIECE_KINDS; k++)
		sort_list(&pieces->kinds[k]);
	sort_list(&pieces->found);
	sort_list(&pieces->may);
	drop_vain(pieces);
	find_helpers(pieces);
	return 0;
}

void ohb_pieces_release(struct ohb_pieces *pieces)
{
	size_t k;

	for (k = 0; k < OHB_PIECE_KINDS; k++)
		free(pieces->kinds[k].items);
	free(pieces->found.items);
	free(pieces->may.items);
	ohb_map_release(&pieces->functions);
}

bool ohb_pieces_calls(const struct ohb_pieces *pieces, const char *name)
{
	const struct ohb_piece_list *calls = &pieces->kinds[OHB_PIECE_CALL];
	size_t i;

	for (i = 0; i < calls->count; i++)
		if (strcmp(calls->items[i].name, name) == 0)
			return true;
	return false;
}
