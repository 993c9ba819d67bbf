#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "text/tap.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ohb_arena arena = OHB_ARENA_INIT;
	struct ohb_error err = OHB_ERROR_INIT;
	struct ohb_report report;
	size_t i, named = 0;

	if (ohb_tap_parse((const char *)data, size, &arena, &report, &err) ==
			0) {
		for (i = 0; i < report.count; i++)
			named += report.cases[i].name != NULL;
		if (named != report.count ||
				report.passed + report.failed + report.errors +
								report.skipped !=
						report.count)
			__builtin_trap();
	}
	ohb_arena_release(&arena);
	return 0;
}
