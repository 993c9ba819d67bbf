#include "io/host.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A table of the kernel's sockets, twice; there is room for few ports. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned ports[8];
	const size_t max = sizeof(ports) / sizeof(*ports);
	char *table = malloc(size + 1);
	size_t i, n, again;

	assert(table);
	memcpy(table, data, size);
	table[size] = '\0';
	n = ohb_host_read_listeners(table, ports, 0, max);
	assert(n <= max);
	for (i = 0; i < n; i++)
		assert(ports[i] > (i ? ports[i - 1] : 0) && ports[i] < 65536);
	again = ohb_host_read_listeners(table, ports, n, max);
	assert(again == n);
	free(table);
	return 0;
}
