#ifndef OHB_TEXT_JUNIT_H
#define OHB_TEXT_JUNIT_H

/*
 * Test reports.  JUnit XML in its dialects (pytest, gtest, CTest, jest, …)
 * and Check's own XML.  `<testcase>` elements are counted; the totals in the
 * headers are not believed.  No external entities, bounded by
 * OHB_MAX_REPORT and OHB_MAX_REPORT_CASES.
 */

#include <stddef.h>

#include "base/memory.h"

enum ohb_case_result {
	OHB_CASE_PASSED,
	OHB_CASE_FAILED, /* an assertion */
	OHB_CASE_ERROR, /* anything else that went wrong */
	OHB_CASE_SKIPPED,
};

struct ohb_case {
	const char *name; /* "classname::name", or "name" */
	const char *file; /* NULL when the report does not say */
	unsigned line; /* 0: unknown */
	enum ohb_case_result result;
	const char *message; /* attribute and text, NULL when there is none */
};

struct ohb_report {
	const struct ohb_case *cases; /* in the arena */
	size_t count, passed, failed, errors, skipped;
};

int ohb_junit_parse(const char *data, size_t len, struct ohb_arena *arena,
		struct ohb_report *ret, struct ohb_error *err) OHB_MUST_CHECK;

#endif
