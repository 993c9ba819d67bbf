#ifndef OHB_TEXT_REPORT_H
#define OHB_TEXT_REPORT_H

/* What a report of tests says, whatever it was written in. */

#include <stddef.h>

#include "base/memory.h"

enum ohb_case_result {
	OHB_CASE_PASSED,
	OHB_CASE_FAILED, /* an assertion */
	OHB_CASE_ERROR, /* anything else that went wrong */
	OHB_CASE_SKIPPED,
};

struct ohb_case {
	const char *name; /* "suite::name", or "name" */
	const char *file; /* NULL when the report does not say */
	unsigned line; /* 0: unknown */
	enum ohb_case_result result;
	const char *message; /* attribute and text, NULL when there is none */
};

struct ohb_report {
	const struct ohb_case *cases; /* in the arena */
	size_t count, passed, failed, errors, skipped;
};

/* Copies the cases into the arena and counts them. */
void ohb_report_make(const struct ohb_case *cases, size_t count,
		struct ohb_arena *arena, struct ohb_report *ret);

#endif
