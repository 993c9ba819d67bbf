#include "agent/command.h"

#include <assert.h>
#include <math.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What the command line program left of its end: the agent could write it. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct ohb_command_record record =
			ohb_command_record((const char *)data, size);

	assert(isfinite(record.cost_usd) && record.cost_usd >= 0);
	assert(strnlen(record.status, sizeof(record.status)) <
			sizeof(record.status));
	return 0;
}
