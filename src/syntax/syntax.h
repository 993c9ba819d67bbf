#ifndef OHB_SYNTAX_SYNTAX_H
#define OHB_SYNTAX_SYNTAX_H

/*
 * Code, parsed by tree-sitter, and what queries find in it.
 *
 * All that is known of a language is data, in a folder of its own:
 *
 *	python/language     which files are in it, settings (see below)
 *	python/guard.scm    tree-sitter queries, one file a purpose; each may
 *	python/mutate.scm   be absent
 *	python/layout.scm
 *	python.so           the grammar: exports tree_sitter_python()
 *
 * The folders are looked for in OHBUILD_LANGUAGES (a list like PATH), in
 * "languages" beside the program, and where it was installed; a grammar that
 * is in none of them is asked of the system, as libtree-sitter-python.so.
 * They are read once, by the first call; all may be called from any thread.
 *
 * A line of "language" is a word and its value; '#' begins a comment:
 *
 *	suffix .py .pyi     files by the end of their names
 *	inherits c          its queries come in front of one's own, and its
 *	                    settings behind
 *	grammar tsx         if not named as the folder
 *	erase END_TEST      words that are parsed as if they were not there
 *	guard skip warn     a setting: ohb_syntax_setting(path, "guard skip")
 *
 * Of the predicates of queries these hold, on the text of captures: #eq?,
 * #not-eq?, #any-of?, #not-any-of?, #match? and #not-match? (POSIX extended
 * regular expressions, with what glibc adds: \b \s \w), and #set!, which
 * gives each match of its pattern a property.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/digest.h"
#include "base/memory.h"

enum ohb_syntax {
	OHB_SYNTAX_OK,
	OHB_SYNTAX_NO_LANGUAGE, /* no language has this suffix */
	OHB_SYNTAX_NO_GRAMMAR, /* its grammar, or tree-sitter, is not there */
	OHB_SYNTAX_LIMIT, /* larger, or slower to parse, than limits.h says */
};

enum ohb_query {
	OHB_QUERY_GUARD, /* what a test must not do: validate/guard.h */
	OHB_QUERY_MUTATE, /* how code may be broken on purpose */
	OHB_QUERY_LAYOUT, /* what is not executed: comments, layout */
	OHB_QUERIES
};

/* One parsed file; borrows its text. */
struct ohb_syntax_tree;

struct ohb_syntax_node {
	const char *capture; /* its name in the query, without the '@' */
	const char *kind; /* the grammar's word: "call_expression" */
	size_t start, end; /* bytes of the text: [start, end) */
	unsigned line, column; /* from 1; columns are bytes */
	unsigned end_line;
};

struct ohb_syntax_property {
	const char *key, *value;
};

/* One place where a pattern of the query fits. */
struct ohb_syntax_match {
	const struct ohb_syntax_node *nodes; /* in the order of the text */
	size_t nnodes;
	const struct ohb_syntax_property *properties; /* #set! */
	size_t nproperties;
	unsigned pattern; /* its number in the query, from 0 */
};

/* The language of a file by the end of its name, "python", or NULL; lives as
 * long as the process. */
const char *ohb_syntax_language(const char *path);

/* The value of a setting of the file's language, or NULL; likewise. */
const char *ohb_syntax_setting(const char *path, const char *name);

/*
 * Parses it.  0: *ret is the tree, to be freed.  Another of enum ohb_syntax:
 * *ret_why says why there is none, for people ("no grammar for .py"), in the
 * arena.  Code that is wrong is parsed all the same: ohb_syntax_error.
 */
int ohb_syntax_parse(const char *path, const char *data, size_t len,
		struct ohb_arena *arena, struct ohb_syntax_tree **ret,
		const char **ret_why) OHB_MUST_CHECK;
void ohb_syntax_free(struct ohb_syntax_tree *tree); /* NULL is fine */
void ohb_syntax_freep(struct ohb_syntax_tree **tree);
#define ohb_autosyntax __attribute__((cleanup(ohb_syntax_freep)))

/* The line of the first thing that the grammar does not know, or 0. */
unsigned ohb_syntax_error(const struct ohb_syntax_tree *tree);

/* Whether something on these lines, or all around them, is not known to it. */
bool ohb_syntax_error_in(const struct ohb_syntax_tree *tree, unsigned first,
		unsigned last);

/* Whether the language has such a query. */
bool ohb_syntax_has(const struct ohb_syntax_tree *tree, enum ohb_query query);

/*
 * All matches, in the order of where they begin, in the arena; none where the
 * language has no such query.  OHB_E_LIMIT: more, or slower, than limits.h
 * says; OHB_E_SYNTAX: the query is wrong, with file and line.
 */
int ohb_syntax_query(const struct ohb_syntax_tree *tree, enum ohb_query query,
		struct ohb_arena *arena, const struct ohb_syntax_match **ret,
		size_t *ret_n, struct ohb_error *err) OHB_MUST_CHECK;

/*
 * Of all that code is judged by here: the files of every language, its grammar
 * and tree-sitter itself, by their content.  Made once; the first call loads
 * them all.
 */
struct ohb_digest ohb_syntax_digest(void);

/*
 * Whether grammars are there, for `doctor`: appends the names of the languages
 * that have one to `ret_with`, of those that have none to `ret_without`,
 * with why, each separated by ", ".
 */
struct ohb_str;
void ohb_syntax_survey(struct ohb_str *ret_with, struct ohb_str *ret_without);

#endif
