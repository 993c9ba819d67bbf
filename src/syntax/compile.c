#include "syntax/language.h"

#include <stdlib.h>
#include <string.h>

static const char *const what[] = {
	[TSQueryErrorNone] = "is wrong",
	[TSQueryErrorSyntax] = "is not the syntax of a query",
	[TSQueryErrorNodeType] = "is no node of the grammar",
	[TSQueryErrorField] = "is no field of the grammar",
	[TSQueryErrorCapture] = "is no capture of the pattern",
	[TSQueryErrorStructure] = "can never match",
	[TSQueryErrorLanguage] = "is for another version of tree-sitter",
};

/* The predicates of tree-sitter's C library are words without a meaning. */
static const struct {
	const char *name;
	enum ohb_test test;
	bool negated;
} tests[] = {
	{ "eq?", OHB_TEST_EQ, false },
	{ "not-eq?", OHB_TEST_EQ, true },
	{ "any-of?", OHB_TEST_EQ, false },
	{ "not-any-of?", OHB_TEST_EQ, true },
	{ "match?", OHB_TEST_MATCH, false },
	{ "not-match?", OHB_TEST_MATCH, true },
};

static unsigned line_of(const char *text, size_t at)
{
	unsigned line = 1;
	size_t i;

	for (i = 0; i < at; i++)
		line += text[i] == '\n';
	return line;
}

static void add_property(const TSQuery *query, struct ohb_pattern *pattern,
		const TSQueryPredicateStep *steps, size_t n)
{
	struct ohb_syntax_property *place;
	size_t cap = pattern->nproperties;
	uint32_t ignored;

	place = ohb_grow(&pattern->properties, &cap, pattern->nproperties++,
			sizeof(*place));
	place->key = ohb_ts.query_string_value_for_id(
			query, steps[0].value_id, &ignored);
	place->value = n < 2 ? "" :
			       ohb_ts.query_string_value_for_id(query,
					       steps[1].value_id, &ignored);
}

/* What follows the capture: a capture, an expression or words. */
static int fill(const TSQuery *query, struct ohb_predicate *to,
		const TSQueryPredicateStep *steps, size_t n)
{
	uint32_t ignored;
	size_t i;

	if (steps[0].type == TSQueryPredicateStepTypeCapture) {
		to->test = OHB_TEST_SAME;
		to->other = steps[0].value_id;
		return 0;
	}
	to->words = ohb_alloc(n * sizeof(*to->words));
	to->nwords = n;
	for (i = 0; i < n; i++)
		to->words[i] = ohb_ts.query_string_value_for_id(
				query, steps[i].value_id, &ignored);
	if (to->test == OHB_TEST_MATCH &&
			regcomp(&to->regex, to->words[0],
					REG_EXTENDED | REG_NOSUB) != 0) {
		to->test = OHB_TEST_EQ; /* nothing to free */
		return -1;
	}
	return 0;
}

/* One predicate: its name and n - 1 operands. */
static int add_predicate(const TSQuery *query, struct ohb_pattern *pattern,
		const TSQueryPredicateStep *steps, size_t n)
{
	size_t cap = pattern->npredicates, i;
	struct ohb_predicate *place;
	uint32_t ignored;
	const char *name;

	if (n < 2 || steps[0].type != TSQueryPredicateStepTypeString)
		return -1;
	name = ohb_ts.query_string_value_for_id(
			query, steps[0].value_id, &ignored);
	if (strcmp(name, "set!") == 0 &&
			steps[1].type == TSQueryPredicateStepTypeString) {
		add_property(query, pattern, steps + 1, n - 1);
		return 0;
	}
	for (i = 0; i < OHB_ARRAY_LEN(tests); i++)
		if (strcmp(tests[i].name, name) == 0)
			break;
	if (i == OHB_ARRAY_LEN(tests) || n < 3 ||
			steps[1].type != TSQueryPredicateStepTypeCapture)
		return -1;
	place = ohb_grow(&pattern->predicates, &cap, pattern->npredicates++,
			sizeof(*place));
	place->test = tests[i].test;
	place->negated = tests[i].negated;
	place->capture = steps[1].value_id;
	return fill(query, place, steps + 2, n - 2);
}

static int add_predicates(
		const TSQuery *query, uint32_t at, struct ohb_pattern *pattern)
{
	uint32_t n, i, start = 0;
	const TSQueryPredicateStep *steps =
			ohb_ts.query_predicates_for_pattern(query, at, &n);

	for (i = 0; i < n; i++) {
		if (steps[i].type != TSQueryPredicateStepTypeDone)
			continue;
		if (add_predicate(query, pattern, steps + start, i - start) < 0)
			return -1;
		start = i + 1;
	}
	return 0;
}

static void release(struct ohb_compiled *compiled, uint32_t npatterns)
{
	uint32_t i;
	size_t k;

	for (i = 0; i < npatterns; i++) {
		struct ohb_pattern *pattern = &compiled->patterns[i];

		for (k = 0; k < pattern->npredicates; k++) {
			if (pattern->predicates[k].test == OHB_TEST_MATCH)
				regfree(&pattern->predicates[k].regex);
			free(pattern->predicates[k].words);
		}
		free(pattern->predicates);
		free(pattern->properties);
	}
	free(compiled->patterns);
	ohb_ts.query_delete(compiled->query);
	free(compiled);
}

int ohb_compile(const TSLanguage *grammar, const char *text, size_t len,
		const char *place, struct ohb_compiled **ret,
		struct ohb_error *err)
{
	struct ohb_compiled *compiled;
	TSQueryError error = TSQueryErrorNone;
	uint32_t at = 0, i, n;
	TSQuery *query = ohb_ts.query_new(
			grammar, text, (uint32_t)len, &at, &error);

	if (!query)
		return ohb_fail(err, OHB_E_SYNTAX,
				"%s: line %u (of what it inherits and its "
				"own): '%.*s' %s",
				place, line_of(text, at),
				(int)strcspn(text + at, " \t\n()"), text + at,
				what[error]);
	n = ohb_ts.query_pattern_count(query);
	compiled = ohb_alloc(sizeof(*compiled));
	compiled->query = query;
	compiled->patterns = ohb_alloc((n + 1) * sizeof(*compiled->patterns));
	for (i = 0; i < n; i++) {
		if (add_predicates(query, i, &compiled->patterns[i]) == 0)
			continue;
		release(compiled, n);
		return ohb_fail(err, OHB_E_SYNTAX,
				"%s: pattern %u has a predicate that is "
				"unknown or wrong (see syntax.h)",
				place, i);
	}
	*ret = compiled;
	return 0;
}
