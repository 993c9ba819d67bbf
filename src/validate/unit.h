#ifndef OHB_VALIDATE_UNIT_H
#define OHB_VALIDATE_UNIT_H

/*
 * What is to be tested: the target's sources, and the functions of theirs that
 * others can call.  They are read when first asked for, once for all outputs.
 */

#include "validate/judge.h"
#include "validate/pieces.h"

struct ohb_unit {
	const struct ohb_judge_spec *spec;
	bool read;
	struct ohb_arena arena; /* of the names */
	struct ohb_map names;
};

void ohb_unit_release(struct ohb_unit *unit);

/*
 * Whether a mock of the test's (an OHB_PIECE_MOCK) replaces the unit:
 * "pkg.calc.add" where the source is calc.py and defines add, which the test
 * calls.  A clock or a connection of the unit's may be replaced: the test does
 * not call these.  A whole module: @mock.module, a path or a dotted name.
 */
bool ohb_unit_mocked(struct ohb_unit *unit, const struct ohb_pieces *test,
		const struct ohb_piece *mock);
/* Whether the test calls a function that it defines as the unit does: the
 * linker takes the one for the other. */
bool ohb_unit_doubled(struct ohb_unit *unit, const struct ohb_pieces *test,
		const struct ohb_piece *function);

#endif
