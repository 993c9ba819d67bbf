/*
 * Where the queries "mutate" of a language point, and what comes there:
 *
 *	@op		a token; the table below has its opposite
 *	@number		the next number
 *	@string		the empty one, its prefix and quotes kept
 *	@negate[.not]	a condition; "!(…)", or "not (…)"
 *	@call[.WORD]	a statement that is a call; ";" or WORD
 *	@return.WORD	what is returned; WORD
 *	@never		nothing in it: imports, logging, documentation
 *	@function with @function.name
 */
#include <ctype.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "syntax/syntax.h"
#include "validate/steps.h"

#define MAX_SITES 100000 /* of all sources together */

static const struct {
	const char *token, *instead;
} opposites[] = {
	{ "==", "!=" },
	{ "===", "!==" },
	{ "<", "<=" },
	{ ">", ">=" },
	{ "+", "-" },
	{ "+=", "-=" },
	{ "++", "--" },
	{ "&&", "||" },
	{ "and", "or" },
	{ "true", "false" },
	{ "True", "False" },
	{ "-eq", "-ne" },
	{ "-lt", "-le" },
	{ "-gt", "-ge" },
};

/* All that is known while the sources are gone through. */
struct finder {
	struct ohb_trial *trial;
	struct ohb_digest seed;
	struct ohb_mutant *found;
	size_t count, cap;
	bool mentions; /* some are in functions that the test mentions */
	bool changed; /* there are places on lines that changed */
	const struct ohb_file *file; /* the present source */
	bool changed_here; /* as `changed`, of it alone */
	bool wrong; /* a changed part of it is not understood */
	const struct ohb_syntax_match *matches;
	size_t nmatches;
};

/* Lower ones come first.  Others are taken only where none is mentioned. */
enum rank { RANK_CHANGED, RANK_MENTIONED, RANK_OTHER };

static const char *opposite(const char *token, size_t len)
{
	size_t i;

	for (i = 0; i < OHB_ARRAY_LEN(opposites); i++) {
		const char *one = opposites[i].token;
		const char *other = opposites[i].instead;

		if (strlen(one) == len && memcmp(one, token, len) == 0)
			return other;
		if (strlen(other) == len && memcmp(other, token, len) == 0)
			return one;
	}
	return NULL;
}

/* "0x10" becomes "17", "10L" "11L", "1.5e3" "2.5e3". */
static const char *next_number(
		const char *text, size_t len, struct ohb_arena *arena)
{
	unsigned long long value;
	size_t digits = 0;

	if (len > 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) {
		char *end;
		ohb_autofree char *copy = ohb_strndup(text, len);

		value = strtoull(copy, &end, 16);
		return value + 1 == 0 || (*end && !strchr("uUlL", *end)) ?
				NULL :
				ohb_arena_printf(arena, "0x%llx%s", value + 1,
						end);
	}
	while (digits < len && isdigit((unsigned char)text[digits]))
		digits++;
	if (ohb_parse_u64(text, digits, UINT64_MAX - 1, &value) < 0)
		return NULL;
	/* An octal one, or one with a "_" in it. */
	if ((digits > 1 && text[0] == '0') ||
			(digits < len && text[digits] == '_'))
		return NULL;
	return ohb_arena_printf(arena, "%llu%.*s", value + 1,
			(int)(len - digits), text + digits);
}

static const char *empty_string(
		const char *text, size_t len, struct ohb_arena *arena)
{
	size_t prefix = 0, quotes = 1;

	while (prefix < len && !strchr("\"'`", text[prefix]))
		prefix++;
	if (prefix > 3 || prefix == len)
		return NULL;
	if (len >= prefix + 6 && text[prefix + 1] == text[prefix] &&
			text[prefix + 2] == text[prefix])
		quotes = 3;
	if (len < prefix + 2 * quotes + 1 || text[len - 1] != text[prefix])
		return NULL;
	return ohb_arena_printf(arena, "%.*s%.*s", (int)(prefix + quotes), text,
			(int)quotes, text + prefix);
}

/* What comes in place of a node, or NULL. */
static const char *replacement(const struct ohb_syntax_node *node,
		const char *text, size_t len, struct ohb_arena *arena)
{
	const char *dot = strchr(node->capture, '.');
	const char *word = dot ? dot + 1 : ";";

	if (strcmp(node->capture, "op") == 0)
		return opposite(text, len);
	if (strcmp(node->capture, "number") == 0)
		return next_number(text, len, arena);
	if (strcmp(node->capture, "string") == 0)
		return empty_string(text, len, arena);
	if (strcmp(node->capture, "negate") == 0)
		return ohb_arena_printf(arena, "(!(%.*s))", (int)len, text);
	if (strcmp(node->capture, "negate.not") == 0)
		return ohb_arena_printf(arena, "not (%.*s)", (int)len, text);
	if (!ohb_starts(node->capture, "return.") &&
			strcmp(node->capture, "call") != 0 &&
			!ohb_starts(node->capture, "call."))
		return NULL;
	return strlen(word) == len && memcmp(word, text, len) == 0 ? NULL :
								     word;
}

static bool is_word(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

static bool is_word_at(
		const char *data, size_t size, const char *at, size_t len)
{
	return (at == data || !is_word(at[-1])) &&
			(at + len == data + size || !is_word(at[len]));
}

/* Whether the line around it brings names in: more than are used, often. */
static bool is_import(const char *data, size_t size, const char *at)
{
	static const char *const words[] = { "import", "require" };
	const char *end = memchr(at, '\n', (size_t)(data + size - at));
	size_t i;

	if (!end)
		end = data + size;
	while (at > data && at[-1] != '\n')
		at--;
	for (i = 0; i < OHB_ARRAY_LEN(words); i++) {
		const size_t len = strlen(words[i]);
		const char *word =
				memmem(at, (size_t)(end - at), words[i], len);

		if (word && is_word_at(data, size, word, len))
			return true;
	}
	return false;
}

static bool has_word(const struct ohb_file *file, const char *word, size_t len)
{
	const char *at = file->data, *end = file->data + file->len;

	while (len &&
			(at = memmem(at, (size_t)(end - at), word, len)) !=
					NULL) {
		if (is_word_at(file->data, file->len, at, len) &&
				!is_import(file->data, file->len, at))
			return true;
		at++;
	}
	return false;
}

static bool test_mentions(
		const struct ohb_trial *trial, const char *word, size_t len)
{
	const struct ohb_target *target = trial->spec->target;
	size_t i;

	for (i = 0; i < target->noutputs; i++) {
		const struct ohb_file *file = ohb_fileset_find(
				&trial->tree, target->outputs[i]);

		if (file && file->data && has_word(file, word, len))
			return true;
	}
	return false;
}

static const struct ohb_syntax_node *capture_of(
		const struct ohb_syntax_match *match, const char *name)
{
	size_t i;

	for (i = 0; i < match->nnodes; i++)
		if (strcmp(match->nodes[i].capture, name) == 0)
			return &match->nodes[i];
	return NULL;
}

/* Whether a function that the test mentions is around it. */
static bool is_mentioned(
		const struct finder *finder, const struct ohb_syntax_node *node)
{
	size_t i;

	for (i = 0; i < finder->nmatches; i++) {
		const struct ohb_syntax_match *match = &finder->matches[i];
		const struct ohb_syntax_node *around =
				capture_of(match, "function");
		const struct ohb_syntax_node *name =
				capture_of(match, "function.name");

		if (around && name && around->start <= node->start &&
				node->end <= around->end &&
				test_mentions(finder->trial,
						finder->file->data +
								name->start,
						name->end - name->start))
			return true;
	}
	return false;
}

/* A call that is nothing but logging is a statement of its own around what
 * must not be touched. */
static bool is_never(
		const struct finder *finder, const struct ohb_syntax_node *node)
{
	size_t i;

	for (i = 0; i < finder->nmatches; i++) {
		const struct ohb_syntax_node *never =
				capture_of(&finder->matches[i], "never");

		if (!never)
			continue;
		if (never->start <= node->start && node->end <= never->end)
			return true;
		if (ohb_starts(node->capture, "call") &&
				never->start == node->start)
			return true;
	}
	return false;
}

/* Whether some of these lines of the present source changed. */
static bool is_changed(
		const struct finder *finder, unsigned first, unsigned last)
{
	const struct ohb_judge_spec *spec = finder->trial->spec;
	size_t i;

	for (i = 0; i < spec->nchanged; i++)
		if (strcmp(spec->changed[i].file, finder->file->path) == 0 &&
				spec->changed[i].first <= last &&
				first <= spec->changed[i].last)
			return true;
	return false;
}

/* Known not to be executed: no test that is as narrow can notice it. */
static bool is_idle(
		const struct finder *finder, const struct ohb_syntax_node *node)
{
	const struct ohb_coverage *coverage = finder->trial->coverage;
	const struct ohb_coverage_line *line = coverage ?
			ohb_coverage_at(coverage, finder->file->path,
					node->line) :
			NULL;

	return line && line->hits == 0;
}

static struct ohb_digest place_in_order(
		const struct finder *finder, const struct ohb_mutant *mutant)
{
	struct ohb_framed framed;

	ohb_framed_init(&framed);
	ohb_framed_add(&framed, "seed", finder->seed.bytes,
			sizeof(finder->seed.bytes));
	ohb_framed_add(&framed, "file", mutant->file->path,
			strlen(mutant->file->path));
	ohb_framed_add(&framed, "start", &mutant->start, sizeof(mutant->start));
	ohb_framed_add(&framed, "text", mutant->text, strlen(mutant->text));
	return ohb_framed_end(&framed);
}

static void add_node(struct finder *finder, const struct ohb_syntax_node *node)
{
	struct ohb_mutant mutant = {
		.file = finder->file,
		.line = node->line,
		.start = node->start,
		.end = node->end,
		.text = replacement(node, finder->file->data + node->start,
				node->end - node->start, finder->trial->arena),
		.rank = RANK_OTHER,
	};

	if (!mutant.text || is_never(finder, node))
		return;
	mutant.changed = is_changed(finder, node->line, node->end_line);
	/* It is a place, even if it is not taken. */
	finder->changed_here |= mutant.changed;
	if (finder->count == MAX_SITES || is_idle(finder, node))
		return;
	if (is_mentioned(finder, node)) {
		mutant.rank = RANK_MENTIONED;
		finder->mentions = true;
	}
	if (mutant.changed)
		mutant.rank = RANK_CHANGED;
	mutant.order = place_in_order(finder, &mutant);
	*(struct ohb_mutant *)ohb_grow(&finder->found, &finder->cap,
			finder->count, sizeof(mutant)) = mutant;
	finder->count++;
}

static bool is_wrong(
		const struct finder *finder, const struct ohb_syntax_tree *tree)
{
	const struct ohb_judge_spec *spec = finder->trial->spec;
	size_t i;

	for (i = 0; i < spec->nchanged; i++)
		if (strcmp(spec->changed[i].file, finder->file->path) == 0 &&
				ohb_syntax_error_in(tree,
						spec->changed[i].first,
						spec->changed[i].last))
			return true;
	return false;
}

/* 1; 0 when the source cannot be looked at, *ret_why says why; or -1. */
static int find_in(struct finder *finder, const char **ret_why,
		struct ohb_error *err)
{
	const struct ohb_file *file = finder->file;
	struct ohb_arena *arena = finder->trial->arena;
	ohb_autosyntax struct ohb_syntax_tree *tree = NULL;
	size_t i, k;

	if (ohb_syntax_parse(file->path, file->data, file->len, arena, &tree,
			    ret_why) != OHB_SYNTAX_OK)
		return 0;
	if (!ohb_syntax_has(tree, OHB_QUERY_MUTATE)) {
		*ret_why = ohb_arena_printf(arena,
				"nothing is known of faults in %s",
				ohb_syntax_language(file->path));
		return 0;
	}
	if (ohb_syntax_query(tree, OHB_QUERY_MUTATE, arena, &finder->matches,
			    &finder->nmatches, err) < 0) {
		/* A file that is too much for it is no fault of the test. */
		if (err->code != OHB_E_LIMIT)
			return -1;
		*ret_why = ohb_arena_strdup(arena, err->msg);
		*err = (struct ohb_error)OHB_ERROR_INIT;
		return 0;
	}
	finder->wrong = is_wrong(finder, tree);
	for (i = 0; i < finder->nmatches; i++)
		for (k = 0; k < finder->matches[i].nnodes; k++)
			add_node(finder, &finder->matches[i].nodes[k]);
	return 1;
}

static int by_order(const void *a, const void *b)
{
	const struct ohb_mutant *left = a, *right = b;

	if (left->rank != right->rank)
		return left->rank < right->rank ? -1 : 1;
	return memcmp(left->order.bytes, right->order.bytes,
			sizeof(left->order.bytes));
}

static bool same_line(const struct ohb_mutant *a, const struct ohb_mutant *b)
{
	return a->file == b->file && a->line == b->line;
}

/*
 * The first `max` of those that are sorted; of one rank one of a line before a
 * second one of it: what is equivalent on a line is so more than once.
 */
static size_t spread(struct ohb_mutant *all, size_t n, size_t max)
{
	size_t taken = 0, i, k;

	while (taken < n && taken < max) {
		const size_t begun = taken;

		for (i = begun; i < n && taken < max; i++) {
			struct ohb_mutant one = all[i];

			for (k = begun; k < taken; k++)
				if (same_line(&all[k], &one))
					break;
			if (k < taken)
				continue;
			memmove(&all[taken + 1], &all[taken],
					(i - taken) * sizeof(one));
			all[taken++] = one;
		}
	}
	return taken;
}

/* All of what changed before anything else: whether a fault there is noticed
 * is what an old test is asked first. */
static size_t spread_ranks(struct ohb_mutant *all, size_t n, size_t max)
{
	size_t from, to;

	for (from = 0; from < n && from < max; from = to) {
		for (to = from + 1; to < n && all[to].rank == all[from].rank;)
			to++;
		(void)spread(&all[from], to - from, max - from);
	}
	return from < max ? from : max;
}

/* In all sources; what is not understood may be a place for a fault. */
static int find_all(struct finder *finder, const char **ret_why,
		struct ohb_error *err)
{
	const struct ohb_target *target = finder->trial->spec->target;
	bool *looked = ohb_arena_alloc(finder->trial->arena,
			target->nsources * sizeof(*looked));
	int found;
	size_t i;

	finder->trial->looked = looked;
	for (i = 0; i < target->nsources; i++) {
		finder->file = ohb_fileset_find(
				&finder->trial->tree, target->sources[i]);
		if (!finder->file || finder->file->kind != OHB_TAR_FILE ||
				!finder->file->data)
			continue;
		finder->changed_here = false;
		found = find_in(finder, ret_why, err);
		if (found < 0)
			return -1;
		looked[i] = found && (finder->changed_here || !finder->wrong);
		finder->changed |= finder->changed_here;
	}
	return 0;
}

int ohb_mutants_find(struct ohb_trial *trial, size_t max,
		struct ohb_mutant **ret, size_t *ret_n, const char **ret_why,
		struct ohb_error *err)
{
	struct finder finder = { .trial = trial,
		.seed = ohb_judge_seed(trial->spec->target, &trial->tree) };
	size_t i, n = 0;
	int bad;

	*ret_why = "there is nothing to break in its sources";
	bad = find_all(&finder, ret_why, err);
	trial->faultless_changed = trial->spec->nchanged > 0 && !finder.changed;
	for (i = 0; !bad && i < finder.count; i++)
		if (finder.found[i].rank != RANK_OTHER || !finder.mentions)
			finder.found[n++] = finder.found[i];
	if (n)
		qsort(finder.found, n, sizeof(*finder.found), by_order);
	n = spread_ranks(finder.found, n, max);
	*ret = ohb_arena_alloc(trial->arena, (n + 1) * sizeof(**ret));
	if (finder.found)
		memcpy(*ret, finder.found, n * sizeof(**ret));
	*ret_n = n;
	free(finder.found);
	return bad ? -1 : 0;
}
