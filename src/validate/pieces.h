#ifndef OHB_VALIDATE_PIECES_H
#define OHB_VALIDATE_PIECES_H

/*
 * A file's code as the captures of its query "guard" name its pieces
 * (validate/guard.h): tests, functions, calls, what asserts, what is replaced.
 */

#include "base/map.h"
#include "io/fileset.h"
#include "syntax/syntax.h"

/* What captures become. */
enum ohb_piece_kind {
	OHB_PIECE_TEST,
	OHB_PIECE_NOT_TEST,
	OHB_PIECE_MAIN,
	OHB_PIECE_FUNCTION,
	OHB_PIECE_CALL,
	OHB_PIECE_ASSERT,
	OHB_PIECE_ASSERTS,
	OHB_PIECE_MOCK,
	OHB_PIECE_MOCK_OBJECT,
	OHB_PIECE_REAL,
	OHB_PIECE_SCOPE,
	OHB_PIECE_NOT_CALL,
	OHB_PIECE_OBJECT,
	OHB_PIECE_TYPE,
	OHB_PIECE_MODULE,
	OHB_PIECE_READS,
	OHB_PIECE_KINDS
};

struct ohb_piece {
	const struct ohb_syntax_node *node;
	const struct ohb_syntax_match *match;
	const char *name; /* of a function or test; or the text; or NULL */
	const char *of; /* what it is called or replaced of, its type; or NULL */
	bool asserts; /* of a function */
};

struct ohb_piece_list {
	struct ohb_piece *items; /* by where they begin */
	size_t count, cap;
};

struct ohb_pieces {
	struct ohb_arena *arena;
	const struct ohb_file *file;
	struct ohb_piece_list kinds[OHB_PIECE_KINDS];
	struct ohb_piece_list found, may; /* @is.… and @may.… */
	struct ohb_map functions, objects, reals; /* name to its piece */
};

/*
 * Finds those of pieces->file, all else being 0 but the arena, in which the
 * names and nodes are.  What is vain (@is.tautology) is no assertion, what sets
 * up a mock (@not-call) no call; which functions assert is known.  Release it
 * in every case.
 */
int ohb_pieces_read(struct ohb_pieces *pieces,
		const struct ohb_syntax_tree *tree,
		struct ohb_error *err) OHB_MUST_CHECK;
void ohb_pieces_release(struct ohb_pieces *pieces);

/* The text of a node, in the arena. */
char *ohb_pieces_text(const struct ohb_pieces *pieces,
		const struct ohb_syntax_node *node);
/* The node under this capture in the same match, or NULL. */
const struct ohb_syntax_node *ohb_pieces_beside(
		const struct ohb_syntax_match *match, const char *capture);
bool ohb_pieces_within(const struct ohb_syntax_node *inner,
		const struct ohb_syntax_node *outer);
/* Whether something in the node asserts, or a function of the file that it
 * calls. */
bool ohb_pieces_asserts(const struct ohb_pieces *pieces,
		const struct ohb_syntax_node *node);
/* Where a mock holds: in the smallest @mock.scope or test that it lies in;
 * NULL: in all of the file. */
const struct ohb_syntax_node *ohb_pieces_scope_of(
		const struct ohb_pieces *pieces,
		const struct ohb_syntax_node *node);
/* Whether the name is that of a test. */
bool ohb_pieces_is_test(const struct ohb_pieces *pieces,
		const struct ohb_syntax_node *name);
/* The next call from *at on of what has this name (NULL: any) in the node
 * (NULL: the file), or NULL.  What a mock lets through is not called. */
const struct ohb_piece *ohb_pieces_call(const struct ohb_pieces *pieces,
		const struct ohb_syntax_node *node, const char *name,
		size_t *at);

#endif
