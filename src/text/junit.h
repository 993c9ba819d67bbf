#ifndef OHB_TEXT_JUNIT_H
#define OHB_TEXT_JUNIT_H

/*
 * Test reports.  JUnit XML in its dialects (pytest, gtest, CTest, jest, …)
 * and Check's own XML.  `<testcase>` elements are counted; the totals in the
 * headers are not believed.  No external entities, bounded by
 * OHB_MAX_REPORT and OHB_MAX_REPORT_CASES.
 */

#include "text/report.h"

int ohb_junit_parse(const char *data, size_t len, struct ohb_arena *arena,
		struct ohb_report *ret, struct ohb_error *err) OHB_MUST_CHECK;

#endif
