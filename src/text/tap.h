#ifndef OHB_TEXT_TAP_H
#define OHB_TEXT_TAP_H

/*
 * The Test Anything Protocol, versions 12 to 14.  The leaves of subtests are
 * the cases, "outer::inner::name"; the line that ends a subtest is one only
 * where none of its cases says what went wrong, or where it has no cases.
 * Older versions of tap put that line first, and the subtest in braces.  SKIP
 * and TODO are skipped cases, whatever their result.  A failed case says what
 * its YAML block and the comments below it say.
 *
 * What makes a run incomplete is a case named "plan" with an error: no plan,
 * a second one, numbers that are missing, come twice or are not in the plan.
 * "Bail out!" is one as well, and ends the reading.  "1..0" is a skipped case.
 * All else that is no TAP is passed over.
 *
 * Bounded by OHB_MAX_REPORT and OHB_MAX_REPORT_CASES.
 */

#include "text/report.h"

/* In the arena.  OHB_E_SYNTAX: no TAP in it; OHB_E_LIMIT. */
int ohb_tap_parse(const char *data, size_t len, struct ohb_arena *arena,
		struct ohb_report *ret, struct ohb_error *err) OHB_MUST_CHECK;

#endif
