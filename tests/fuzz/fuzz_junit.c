#include <stddef.h>
#include <stdint.h>

#include "text/junit.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ohb_arena arena = OHB_ARENA_INIT;
	struct ohb_error err = OHB_ERROR_INIT;
	struct ohb_report report;

	if (ohb_junit_parse((const char *)data, size, &arena, &report, &err) ==
					0 &&
			report.passed + report.failed + report.errors +
							report.skipped !=
					report.count)
		__builtin_trap();
	ohb_arena_release(&arena);
	return 0;
}
