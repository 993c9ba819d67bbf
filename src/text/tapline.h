#ifndef OHB_TEXT_TAPLINE_H
#define OHB_TEXT_TAPLINE_H

/* The lines of the Test Anything Protocol, each by itself, and what a plan
 * says of results.  All spans point into the line. */

#include <stdbool.h>
#include <stddef.h>

struct ohb_arena;

struct ohb_span {
	const char *text;
	size_t len;
};

struct ohb_tap_result {
	bool ok;
	bool leave_out; /* SKIP, TODO */
	bool opens; /* with " {" at its end: a subtest in braces may follow */
	unsigned long long number; /* 0: none is given */
	struct ohb_span name, reason; /* as written, with their escapes */
};

/* Without blanks at its ends. */
struct ohb_span ohb_span_trim(const char *text, size_t len);
/* Past the word that it begins with, in letters of either case, or NULL. */
const char *ohb_span_past(struct ohb_span span, const char *word);

/* Without a "{" that is its last word. */
struct ohb_span ohb_tap_unbraced(struct ohb_span span);

/* "ok 1 - name # SKIP reason" */
bool ohb_tap_result(struct ohb_span line, struct ohb_tap_result *ret);

/* "1..5", "1..0 # SKIP reason": the 5, at most OHB_MAX_REPORT_CASES. */
bool ohb_tap_plan(struct ohb_span line, unsigned long long *ret_last,
		struct ohb_span *ret_reason);

/* Why these numbers of results are not 1 to plan, each once; NULL: they are.
 * In the arena.  Sorts them. */
const char *ohb_tap_compare(unsigned long long plan, unsigned long long *ids,
		size_t n, struct ohb_arena *arena);

/*
 * Check puts what happened behind the name: "test_a.c:core:adds: Passed".
 * Returns the length of the name, or 0 when it is not Check's.
 */
size_t ohb_tap_check_name(struct ohb_span span);

#endif
