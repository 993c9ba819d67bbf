#include "validate/pieces.h"

#include <stdlib.h>
#include <string.h>

#define MAX_ROUNDS 16 /* helpers that call helpers that assert */

/* Their captures, and those beside them in a match. */
static const struct {
	const char *capture, *name, *of;
} kinds[OHB_PIECE_KINDS] = {
	[OHB_PIECE_TEST] = { .capture = "test", .name = "test.name" },
	[OHB_PIECE_NOT_TEST] = { .capture = "not-test" },
	[OHB_PIECE_MAIN] = { .capture = "test.main", .name = "test.name" },
	[OHB_PIECE_FUNCTION] = { .capture = "function",
			.name = "function.name",
			.of = "function.of" },
	[OHB_PIECE_CALL] = { .capture = "call.name",
			.name = "call.name",
			.of = "call.of" },
	[OHB_PIECE_ASSERT] = { .capture = "assert" },
	[OHB_PIECE_ASSERTS] = { .capture = "asserts", .name = "asserts" },
	[OHB_PIECE_MOCK] = { .capture = "mock.name",
			.name = "mock.name",
			.of = "mock.of" },
	[OHB_PIECE_MOCK_OBJECT] = { .capture = "mock.object",
			.name = "mock.object",
			.of = "mock.type" },
	[OHB_PIECE_REAL] = { .capture = "mock.real", .name = "mock.real" },
	[OHB_PIECE_SCOPE] = { .capture = "mock.scope" },
	[OHB_PIECE_NOT_CALL] = { .capture = "not-call" },
	[OHB_PIECE_OBJECT] = { .capture = "object.name",
			.name = "object.name",
			.of = "object.type" },
	[OHB_PIECE_TYPE] = { .capture = "type.name", .name = "type.name" },
	[OHB_PIECE_MODULE] = { .capture = "module.name",
			.name = "module.name" },
	[OHB_PIECE_READS] = { .capture = "reads", .name = "reads" },
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
		const struct ohb_syntax_node *node, const char *name,
		const char *of)
{
	struct ohb_piece *piece = ohb_grow(&list->items, &list->cap,
			list->count++, sizeof(*piece));

	*piece = (struct ohb_piece){
		.match = match, .node = node, .name = name, .of = of
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

/* The name that a text stands for: of ":add" and of "'add'" it is "add". */
static const char *name_beside(const struct ohb_pieces *pieces,
		const struct ohb_syntax_match *match, const char *capture)
{
	const struct ohb_syntax_node *node =
			capture ? ohb_pieces_beside(match, capture) : NULL;
	char *text = node ? ohb_pieces_text(pieces, node) : NULL;
	size_t len = text ? strlen(text) : 0;

	if (len > 1 && text[0] == ':')
		return text + 1;
	if (len < 3 || !strchr("'\"", text[0]) ||
			strcspn(text + 1, "'\"") != len - 2)
		return text;
	text[len - 1] = '\0';
	return text + 1;
}

static void sort_node(struct ohb_pieces *pieces,
		const struct ohb_syntax_match *match,
		const struct ohb_syntax_node *node)
{
	size_t kind;

	if (ohb_starts(node->capture, "is."))
		add_piece(&pieces->found, match, node, NULL, NULL);
	else if (ohb_starts(node->capture, "may."))
		add_piece(&pieces->may, match, node, NULL, NULL);
	for (kind = 0; kind < OHB_PIECE_KINDS; kind++)
		if (strcmp(kinds[kind].capture, node->capture) == 0)
			break;
	if (kind < OHB_PIECE_KINDS)
		add_piece(&pieces->kinds[kind], match, node,
				name_beside(pieces, match, kinds[kind].name),
				name_beside(pieces, match, kinds[kind].of));
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

/* Takes the calls out that set up a mock, and those that another pattern knows
 * better: with what they are called of. */
static void drop_calls(struct ohb_pieces *pieces)
{
	const struct ohb_piece_list *not = &pieces->kinds[OHB_PIECE_NOT_CALL];
	struct ohb_piece_list *calls = &pieces->kinds[OHB_PIECE_CALL];
	size_t i, k = 0, n = 0, end = 0;

	for (i = 0; i < calls->count; i++) {
		const struct ohb_piece *call = &calls->items[i];

		for (; k < not ->count &&
				not ->items[k].node->start <= call->node->start;
				k++)
			if (not ->items[k].node->end > end)
				end = not ->items[k].node->end;
		if (call->node->end <= end)
			continue;
		if (n && calls->items[n - 1].node->start == call->node->start) {
			if (call->of)
				calls->items[n - 1] = *call;
			continue;
		}
		calls->items[n++] = *call;
	}
	calls->count = n;
}

/* A name that is given to objects of several types has none. */
static void name_objects(struct ohb_pieces *pieces)
{
	struct ohb_piece_list *objects = &pieces->kinds[OHB_PIECE_OBJECT];
	size_t i;

	for (i = 0; i < objects->count; i++) {
		struct ohb_piece *piece = &objects->items[i];
		struct ohb_piece *named = ohb_map_add(
				&pieces->objects, piece->name, piece);

		if (!named->of || !piece->of)
			named->of = NULL;
		else if (strcmp(named->of, piece->of) != 0)
			named->of = "";
	}
}

static void name_reals(struct ohb_pieces *pieces)
{
	struct ohb_piece_list *reals = &pieces->kinds[OHB_PIECE_REAL];
	size_t i;

	for (i = 0; i < reals->count; i++)
		(void)ohb_map_add(&pieces->reals, reals->items[i].name,
				&reals->items[i]);
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
	drop_calls(pieces);
	name_objects(pieces);
	name_reals(pieces);
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
	ohb_map_release(&pieces->objects);
	ohb_map_release(&pieces->reals);
}

/* The smaller one that the node lies in, of `best` (NULL: all) and the list. */
static const struct ohb_syntax_node *smaller(const struct ohb_syntax_node *best,
		const struct ohb_piece_list *list,
		const struct ohb_syntax_node *node)
{
	size_t i;

	for (i = 0; i < list->count; i++) {
		const struct ohb_syntax_node *found = list->items[i].node;

		if (ohb_pieces_within(node, found) &&
				(!best || ohb_pieces_within(found, best)))
			best = found;
	}
	return best;
}

const struct ohb_syntax_node *ohb_pieces_scope_of(
		const struct ohb_pieces *pieces,
		const struct ohb_syntax_node *node)
{
	return smaller(smaller(NULL, &pieces->kinds[OHB_PIECE_TEST], node),
			&pieces->kinds[OHB_PIECE_SCOPE], node);
}

bool ohb_pieces_is_test(const struct ohb_pieces *pieces,
		const struct ohb_syntax_node *name)
{
	const struct ohb_piece_list *tests = &pieces->kinds[OHB_PIECE_TEST];
	size_t i;

	for (i = 0; i < tests->count; i++) {
		const struct ohb_syntax_node *node = ohb_pieces_beside(
				tests->items[i].match, "test.name");

		if (node && node->start == name->start)
			return true;
	}
	return false;
}

const struct ohb_piece *ohb_pieces_call(const struct ohb_pieces *pieces,
		const struct ohb_syntax_node *node, const char *name,
		size_t *at)
{
	const struct ohb_piece_list *calls = &pieces->kinds[OHB_PIECE_CALL];

	while (*at < calls->count) {
		const struct ohb_piece *call = &calls->items[(*at)++];

		if ((!node || ohb_pieces_within(call->node, node)) &&
				(!name || strcmp(call->name, name) == 0) &&
				!ohb_map_get(&pieces->reals, call->name))
			return call;
	}
	return NULL;
}
