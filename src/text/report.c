#include "text/report.h"

#include <string.h>

void ohb_report_make(const struct ohb_case *cases, size_t count,
		struct ohb_arena *arena, struct ohb_report *ret)
{
	struct ohb_report report = { .count = count };
	struct ohb_case *copy = ohb_arena_alloc(arena, count * sizeof(*copy));
	size_t i;

	if (count)
		memcpy(copy, cases, count * sizeof(*copy));
	report.cases = copy;
	for (i = 0; i < count; i++) {
		switch (copy[i].result) {
		case OHB_CASE_PASSED:
			report.passed++;
			break;
		case OHB_CASE_FAILED:
			report.failed++;
			break;
		case OHB_CASE_ERROR:
			report.errors++;
			break;
		case OHB_CASE_SKIPPED:
			report.skipped++;
			break;
		}
	}
	*ret = report;
}
