#include "syntax/syntax.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "io/clock.h"
#include "syntax/language.h"

#define MAX_REGEX_TEXT 4096 /* bytes of a capture that a #match? looks at */
#define TIME_CHECKS 256 /* matches between looks at the clock */

struct ohb_syntax_tree {
	struct ohb_language *language;
	const char *data;
	size_t len;
	TSTree *tree;
	unsigned error; /* line of the first one, or 0 */
};

/* From the last dot of the file's name, or the whole name. */
static const char *ending(const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	const char *dot = strrchr(name, '.');

	return dot ? dot : name;
}

static int parse(const TSLanguage *grammar, const char *data, size_t len,
		TSTree **ret)
{
	TSParser *parser = ohb_ts.parser_new();

	*ret = NULL;
	if (ohb_ts.parser_set_language(parser, grammar)) {
		ohb_ts.parser_set_timeout_micros(
				parser, OHB_MAX_SYNTAX_MS * (uint64_t)1000);
		*ret = ohb_ts.parser_parse_string(
				parser, NULL, data, (uint32_t)len);
	}
	ohb_ts.parser_delete(parser);
	return *ret ? 0 : -1;
}

static bool is_letter(char c)
{
	return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
			(c >= 'A' && c <= 'Z');
}

/* Puts spaces for a word, in a copy; the caller frees *copy. */
static void erase_word(
		const char *data, size_t len, const char *word, char **copy)
{
	const size_t size = strlen(word);
	const char *at = data, *end = data + len;

	while ((at = memmem(at, (size_t)(end - at), word, size))) {
		const size_t from = (size_t)(at - data);

		at += size;
		if ((from && is_letter(data[from - 1])) ||
				(at < end && is_letter(*at)))
			continue;
		if (!*copy) {
			*copy = ohb_alloc(len + 1);
			memcpy(*copy, data, len);
		}
		memset(*copy + from, ' ', size);
	}
}

/* Without the words that confuse the grammar; NULL if there are none. */
static char *erase(const struct ohb_language *language, const char *data,
		size_t len)
{
	char *copy = NULL;
	size_t i;

	for (; language; language = language->parent)
		for (i = 0; i < language->erased.count; i++)
			erase_word(data, len, language->erased.items[i], &copy);
	return copy;
}

/*
 * At least as many as the lexer will find: words, signs, and what the grammar
 * of Python adds to lines.  Where nothing fits, all of them become the
 * children of one node, and tree-sitter up to 0.20.9 counts these in 16 bits:
 * with more it would free what it never had.
 */
static size_t count_tokens(const char *data, size_t len)
{
	size_t i, n = 0;
	bool in_word = false;

	for (i = 0; i < len; i++) {
		const bool letter = is_letter(data[i]) || (data[i] & 0x80);

		if (data[i] == '\n')
			n += 3;
		else if (!strchr(" \t\r", data[i]) && (!letter || !in_word))
			n++;
		in_word = letter;
	}
	return n;
}

/* To the next node in the order of the text; false at the end. */
static bool next_node(TSTreeCursor *cursor, unsigned *depth)
{
	if (ohb_ts.tree_cursor_goto_first_child(cursor)) {
		++*depth;
		return true;
	}
	while (!ohb_ts.tree_cursor_goto_next_sibling(cursor)) {
		if (!ohb_ts.tree_cursor_goto_parent(cursor))
			return false;
		--*depth;
	}
	return true;
}

static bool is_wrong(TSNode node)
{
	return strcmp(ohb_ts.node_type(node), "ERROR") == 0 ||
			ohb_ts.node_is_missing(node);
}

/*
 * The line of the first error, or 0.  -1: the tree is so deep, or one error
 * has so many parts, that no query would come to its end: for each node it
 * looks at all above it, and at its brothers.
 */
static int look_at_shape(const TSTree *tree, unsigned *ret_line)
{
	TSTreeCursor cursor =
			ohb_ts.tree_cursor_new(ohb_ts.tree_root_node(tree));
	unsigned depth = 0;
	int result = 0;

	*ret_line = 0;
	do {
		TSNode node = ohb_ts.tree_cursor_current_node(&cursor);
		bool wrong = is_wrong(node);

		if (*ret_line == 0 && wrong)
			*ret_line = ohb_ts.node_start_point(node).row + 1;
		if (depth > OHB_MAX_SYNTAX_DEPTH ||
				(wrong &&
						ohb_ts.node_child_count(node) >
								OHB_MAX_SYNTAX_ERROR))
			result = -1;
	} while (result == 0 && next_node(&cursor, &depth));
	ohb_ts.tree_cursor_delete(&cursor);
	return result;
}

int ohb_syntax_parse(const char *path, const char *data, size_t len,
		struct ohb_arena *arena, struct ohb_syntax_tree **ret,
		const char **ret_why)
{
	struct ohb_language *language = ohb_language_of(path);
	const TSLanguage *grammar;
	ohb_autofree char *cleared = NULL;
	const char *why = "";
	unsigned error;
	TSTree *tree;

	if (!language) {
		*ret_why = ohb_arena_printf(
				arena, "no grammar for %s", ending(path));
		return OHB_SYNTAX_NO_LANGUAGE;
	}
	grammar = ohb_language_grammar(language, &why);
	if (!grammar) {
		*ret_why = ohb_arena_printf(arena, "no grammar for %s%s%s",
				ending(path), *why ? ": " : "", why);
		return OHB_SYNTAX_NO_GRAMMAR;
	}
	if (len > OHB_MAX_SYNTAX_FILE) {
		*ret_why = ohb_arena_printf(arena,
				"it is larger than %u MiB, too much to parse",
				OHB_MAX_SYNTAX_FILE >> 20);
		return OHB_SYNTAX_LIMIT;
	}
	if (count_tokens(data, len) > OHB_MAX_SYNTAX_TOKENS) {
		*ret_why = ohb_arena_printf(arena,
				"it has more than %u words and signs, too "
				"much to parse",
				OHB_MAX_SYNTAX_TOKENS);
		return OHB_SYNTAX_LIMIT;
	}
	cleared = erase(language, data, len);
	if (parse(grammar, cleared ? cleared : data, len, &tree) < 0) {
		*ret_why = ohb_arena_printf(arena,
				"it takes longer than %u s to parse",
				OHB_MAX_SYNTAX_MS / 1000);
		return OHB_SYNTAX_LIMIT;
	}
	if (look_at_shape(tree, &error) < 0) {
		ohb_ts.tree_delete(tree);
		*ret_why = ohb_arena_strdup(arena,
				"it is nested too deeply, or far from what the "
				"language allows");
		return OHB_SYNTAX_LIMIT;
	}
	*ret = ohb_alloc(sizeof(**ret));
	**ret = (struct ohb_syntax_tree){
		.language = language,
		.data = data,
		.len = len,
		.tree = tree,
		.error = error,
	};
	return OHB_SYNTAX_OK;
}

void ohb_syntax_free(struct ohb_syntax_tree *tree)
{
	if (!tree)
		return;
	ohb_ts.tree_delete(tree->tree);
	free(tree);
}

void ohb_syntax_freep(struct ohb_syntax_tree **tree)
{
	ohb_syntax_free(*tree);
}

TSNode ohb_syntax_root(const struct ohb_syntax_tree *tree)
{
	return ohb_ts.tree_root_node(tree->tree);
}

unsigned ohb_syntax_error(const struct ohb_syntax_tree *tree)
{
	return tree->error;
}

bool ohb_syntax_error_in(const struct ohb_syntax_tree *tree, unsigned first,
		unsigned last)
{
	TSTreeCursor cursor = ohb_ts.tree_cursor_new(ohb_syntax_root(tree));
	unsigned depth = 0;
	bool found = false;

	do {
		TSNode node = ohb_ts.tree_cursor_current_node(&cursor);

		found = is_wrong(node) &&
				ohb_ts.node_start_point(node).row < last &&
				ohb_ts.node_end_point(node).row + 1 >= first;
	} while (!found && next_node(&cursor, &depth));
	ohb_ts.tree_cursor_delete(&cursor);
	return found;
}

bool ohb_syntax_has(const struct ohb_syntax_tree *tree, enum ohb_query query)
{
	struct ohb_error ignored = OHB_ERROR_INIT;
	const struct ohb_compiled *compiled = NULL;

	return ohb_language_query(tree->language, query, &compiled, &ignored) ==
			0 &&
			compiled;
}

static size_t text_of(const struct ohb_syntax_tree *tree, TSNode node,
		const char **ret)
{
	uint32_t start = ohb_ts.node_start_byte(node);
	uint32_t end = ohb_ts.node_end_byte(node);

	*ret = tree->data + start;
	return end - start;
}

/* The first node that the match has under this capture. */
static bool captured(const TSQueryMatch *match, uint32_t capture, TSNode *ret)
{
	uint16_t i;

	for (i = 0; i < match->capture_count; i++)
		if (match->captures[i].index == capture) {
			*ret = match->captures[i].node;
			return true;
		}
	return false;
}

static bool is_word(const struct ohb_predicate *predicate, const char *text,
		size_t len)
{
	size_t i;

	for (i = 0; i < predicate->nwords; i++)
		if (strlen(predicate->words[i]) == len &&
				memcmp(predicate->words[i], text, len) == 0)
			return true;
	return false;
}

static bool fits(const struct ohb_predicate *predicate, const char *text,
		size_t len)
{
	char start[MAX_REGEX_TEXT];

	if (len >= sizeof(start))
		len = sizeof(start) - 1;
	memcpy(start, text, len);
	start[len] = '\0';
	return regexec(&predicate->regex, start, 0, NULL, 0) == 0;
}

static bool holds(const struct ohb_syntax_tree *tree,
		const struct ohb_predicate *predicate,
		const TSQueryMatch *match)
{
	const char *text, *other_text;
	bool is = false;
	TSNode node, other;
	size_t len;

	/* What is optional and not there fulfils everything. */
	if (!captured(match, predicate->capture, &node))
		return true;
	len = text_of(tree, node, &text);
	switch (predicate->test) {
	case OHB_TEST_EQ:
		is = is_word(predicate, text, len);
		break;
	case OHB_TEST_MATCH:
		is = fits(predicate, text, len);
		break;
	case OHB_TEST_SAME:
		if (!captured(match, predicate->other, &other))
			return true;
		is = text_of(tree, other, &other_text) == len &&
				memcmp(text, other_text, len) == 0;
		break;
	}
	return is != predicate->negated;
}

static bool all_hold(const struct ohb_syntax_tree *tree,
		const struct ohb_pattern *pattern, const TSQueryMatch *match)
{
	size_t i;

	for (i = 0; i < pattern->npredicates; i++)
		if (!holds(tree, &pattern->predicates[i], match))
			return false;
	return true;
}

static void fill_node(const struct ohb_compiled *compiled,
		const TSQueryCapture *capture, struct ohb_syntax_node *ret)
{
	TSPoint start = ohb_ts.node_start_point(capture->node);
	uint32_t ignored;

	*ret = (struct ohb_syntax_node){
		.capture = ohb_ts.query_capture_name_for_id(
				compiled->query, capture->index, &ignored),
		.kind = ohb_ts.node_type(capture->node),
		.start = ohb_ts.node_start_byte(capture->node),
		.end = ohb_ts.node_end_byte(capture->node),
		.line = start.row + 1,
		.column = start.column + 1,
		.end_line = ohb_ts.node_end_point(capture->node).row + 1,
	};
}

/* All matches, as far as they were found. */
struct found {
	struct ohb_syntax_match *items;
	size_t count, cap;
};

static void add_match(struct found *found, const struct ohb_compiled *compiled,
		const TSQueryMatch *match, struct ohb_arena *arena)
{
	const struct ohb_pattern *pattern =
			&compiled->patterns[match->pattern_index];
	struct ohb_syntax_node *nodes = ohb_arena_alloc(
			arena, match->capture_count * sizeof(*nodes));
	struct ohb_syntax_match *item;
	uint16_t i;

	for (i = 0; i < match->capture_count; i++)
		fill_node(compiled, &match->captures[i], &nodes[i]);
	item = ohb_grow(&found->items, &found->cap, found->count++,
			sizeof(*item));
	*item = (struct ohb_syntax_match){
		.nodes = nodes,
		.nnodes = match->capture_count,
		.properties = pattern->properties,
		.nproperties = pattern->nproperties,
		.pattern = match->pattern_index,
	};
}

static int by_place(const void *a, const void *b)
{
	const struct ohb_syntax_match *left = a, *right = b;

	if (left->nodes[0].start != right->nodes[0].start)
		return left->nodes[0].start < right->nodes[0].start ? -1 : 1;
	if (left->pattern != right->pattern)
		return left->pattern < right->pattern ? -1 : 1;
	return left->nodes[0].end < right->nodes[0].end ?
			-1 :
			left->nodes[0].end > right->nodes[0].end;
}

static int collect(const struct ohb_syntax_tree *tree,
		const struct ohb_compiled *compiled, TSQueryCursor *cursor,
		struct found *found, struct ohb_arena *arena,
		struct ohb_error *err)
{
	int64_t end_ms = ohb_clock_mono_ms() + OHB_MAX_SYNTAX_MS;
	TSQueryMatch match;
	size_t n = 0;

	ohb_ts.query_cursor_set_match_limit(cursor, OHB_MAX_SYNTAX_STATES);
	ohb_ts.query_cursor_exec(cursor, compiled->query,
			ohb_ts.tree_root_node(tree->tree));
	while (ohb_ts.query_cursor_next_match(cursor, &match)) {
		const struct ohb_pattern *pattern =
				&compiled->patterns[match.pattern_index];

		if (++n > OHB_MAX_SYNTAX_MATCHES ||
				(n % TIME_CHECKS == 0 &&
						ohb_clock_mono_ms() > end_ms))
			return ohb_fail(err, OHB_E_LIMIT,
					"it has too much to look at");
		if (match.capture_count && all_hold(tree, pattern, &match))
			add_match(found, compiled, &match, arena);
	}
	if (ohb_ts.query_cursor_did_exceed_match_limit(cursor))
		return ohb_fail(err, OHB_E_LIMIT,
				"its code is nested too deeply");
	return 0;
}

int ohb_syntax_query(const struct ohb_syntax_tree *tree, enum ohb_query query,
		struct ohb_arena *arena, const struct ohb_syntax_match **ret,
		size_t *ret_n, struct ohb_error *err)
{
	const struct ohb_compiled *compiled = NULL;
	struct found found = { .items = NULL };
	struct ohb_syntax_match *copy;
	TSQueryCursor *cursor;
	int result;

	if (ohb_language_query(tree->language, query, &compiled, err) < 0)
		return -1;
	*ret = NULL;
	*ret_n = 0;
	if (!compiled)
		return 0;
	cursor = ohb_ts.query_cursor_new();
	result = collect(tree, compiled, cursor, &found, arena, err);
	ohb_ts.query_cursor_delete(cursor);
	if (result == 0 && found.count) {
		qsort(found.items, found.count, sizeof(*found.items), by_place);
		copy = ohb_arena_alloc(arena, found.count * sizeof(*copy));
		memcpy(copy, found.items, found.count * sizeof(*copy));
		*ret = copy;
		*ret_n = found.count;
	}
	free(found.items);
	return result;
}
