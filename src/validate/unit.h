#ifndef OHB_VALIDATE_UNIT_H
#define OHB_VALIDATE_UNIT_H

/*
 * What is to be tested: the target's sources, and the functions and types of
 * theirs that others can use.  They are read when first asked for, once for
 * all outputs.
 */

#include "validate/judge.h"
#include "validate/pieces.h"

struct ohb_unit {
	const struct ohb_judge_spec *spec;
	bool read;
	struct ohb_arena arena; /* of the names */
	struct ohb_map modules, types;
	struct ohb_map names; /* of functions: "add", and "calc.add" */
};

void ohb_unit_release(struct ohb_unit *unit);

/*
 * Whether a mock of the test's (an OHB_PIECE_MOCK or OHB_PIECE_MOCK_OBJECT)
 * replaces the unit, and the test that has it (all of the file, if none does)
 * calls what is replaced: "pkg.calc.add" where the source is calc.py and
 * defines add.  A clock or a connection of the unit's may be replaced: the
 * test does not call these.
 *
 * What is replaced is told by its module (the source's name, or that which it
 * gives itself) or by its type, an object by the type it has; of an object
 * counts what is called of this very name.
 */
bool ohb_unit_mocked(struct ohb_unit *unit, const struct ohb_pieces *test,
		const struct ohb_piece *mock);

#endif
