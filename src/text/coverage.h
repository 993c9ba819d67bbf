#ifndef OHB_TEXT_COVERAGE_H
#define OHB_TEXT_COVERAGE_H

/*
 * Which lines were executed, as tools report it: lcov's tracefile, Cobertura's
 * XML, gcov's JSON (--json-format --stdout, one document after the other) and
 * Go's coverage profile.  Bounded by OHB_MAX_REPORT and
 * OHB_MAX_COVERAGE_LINES; no external entities.
 */

#include <stddef.h>

#include "base/memory.h"

enum ohb_coverage_format {
	OHB_COVERAGE_LCOV,
	OHB_COVERAGE_COBERTURA,
	OHB_COVERAGE_GCOV,
	OHB_COVERAGE_GOPROFILE,
};

/* A line that can be executed. */
struct ohb_coverage_line {
	const char *file; /* as the report has it, with its root in front */
	unsigned line;
	unsigned long long hits;
};

struct ohb_coverage {
	const struct ohb_coverage_line *lines; /* by file and line, each once */
	size_t count;
};

/* In the arena.  OHB_E_SYNTAX, OHB_E_LIMIT. */
int ohb_coverage_parse(enum ohb_coverage_format format, const char *data,
		size_t len, struct ohb_arena *arena, struct ohb_coverage *ret,
		struct ohb_error *err) OHB_MUST_CHECK;

/* Sorts lines and makes one of those that are the same; returns how many. */
size_t ohb_coverage_sort(struct ohb_coverage_line *lines, size_t count);

/* What is known of a line: its own entry or, of a statement that began on an
 * earlier line, the last one before it; NULL when there is none. */
const struct ohb_coverage_line *ohb_coverage_at(
		const struct ohb_coverage *coverage, const char *file,
		unsigned line);

#endif
