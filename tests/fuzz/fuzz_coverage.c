/* Any bytes as each of the formats: sorted lines, each once. */
#include <stdint.h>
#include <string.h>

#include "text/coverage.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void look(const struct ohb_coverage *coverage)
{
	size_t i;

	for (i = 0; i < coverage->count; i++) {
		const struct ohb_coverage_line *line = &coverage->lines[i];
		const int order = i ? strcmp(line[-1].file, line->file) : -1;

		if (line->line == 0 || order > 0 ||
				(order == 0 && line[-1].line >= line->line) ||
				ohb_coverage_at(coverage, line->file,
						line->line) != line)
			__builtin_trap();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int format;

	for (format = OHB_COVERAGE_LCOV; format <= OHB_COVERAGE_GOPROFILE;
			format++) {
		struct ohb_arena arena = OHB_ARENA_INIT;
		struct ohb_error err = OHB_ERROR_INIT;
		struct ohb_coverage coverage;

		if (ohb_coverage_parse((enum ohb_coverage_format)format,
				    (const char *)data, size, &arena, &coverage,
				    &err) == 0)
			look(&coverage);
		ohb_arena_release(&arena);
	}
	return 0;
}
