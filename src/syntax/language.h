#ifndef OHB_SYNTAX_LANGUAGE_H
#define OHB_SYNTAX_LANGUAGE_H

/* The rooms of this floor to each other. */

#include <regex.h>

#include "base/str.h"
#include "syntax/syntax.h"
#include "syntax/treesitter.h"

extern struct ohb_ts ohb_ts; /* usable once a grammar was found */

enum ohb_test {
	OHB_TEST_EQ, /* the text is one of the words */
	OHB_TEST_SAME, /* the text is that of another capture */
	OHB_TEST_MATCH, /* the text matches the expression */
};

/* A predicate of a pattern. */
struct ohb_predicate {
	enum ohb_test test;
	bool negated;
	uint32_t capture, other; /* numbers of captures */
	const char **words; /* borrowed from the query */
	size_t nwords;
	regex_t regex;
};

struct ohb_pattern {
	struct ohb_predicate *predicates;
	size_t npredicates;
	struct ohb_syntax_property *properties;
	size_t nproperties;
};

/* A query of a language, made ready once, then only read. */
struct ohb_compiled {
	TSQuery *query;
	struct ohb_pattern *patterns;
};

struct ohb_words {
	char **items;
	size_t count, cap;
};

struct ohb_setting {
	char *name, *value;
};

struct ohb_language {
	const char *name;
	const char *dir; /* that has its folder */
	const struct ohb_language *parent; /* whose queries come first */
	const char *parent_name, *grammar_name;
	struct ohb_words suffixes, erased;
	struct ohb_setting *settings;
	size_t nsettings, csettings;
	/* found when first needed, with the lock held */
	const TSLanguage *grammar;
	const char *grammar_file; /* that it was loaded from */
	char *no_grammar; /* why not; NULL: not looked for, or found */
	struct ohb_compiled *queries[OHB_QUERIES];
	char *no_query[OHB_QUERIES]; /* why it cannot be used */
	bool asked[OHB_QUERIES];
};

/* The language of a path, or NULL. */
struct ohb_language *ohb_language_of(const char *path);
/* Its grammar, or NULL, *ret_why then. */
const TSLanguage *ohb_language_grammar(
		struct ohb_language *language, const char **ret_why);
/* 0: *ret is the query, or NULL if there is none. */
int ohb_language_query(struct ohb_language *language, enum ohb_query query,
		const struct ohb_compiled **ret,
		struct ohb_error *err) OHB_MUST_CHECK;

/* syntax.c: where its tree begins. */
TSNode ohb_syntax_root(const struct ohb_syntax_tree *tree);

/* compile.c: makes the text of a query ready.  place is said in errors. */
int ohb_compile(const TSLanguage *grammar, const char *text, size_t len,
		const char *place, struct ohb_compiled **ret,
		struct ohb_error *err) OHB_MUST_CHECK;

#endif
