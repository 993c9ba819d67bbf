#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "project/config.h"
#include "project/tree.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct ohb_config *config)
{
	size_t i, j;

	for (i = 0; i < config->nmodels; i++)
		if (!config->models[i].base_url || !config->models[i].name[0])
			__builtin_trap();
	for (i = 0; i < config->nmodules; i++) {
		const struct ohb_module_config *module = &config->modules[i];

		if (!module->name || !module->source.count ||
				!module->test.count || !module->nsteps)
			__builtin_trap();
		for (j = 0; j < module->nsteps; j++)
			if (!module->steps[j].command)
				__builtin_trap();
	}
	if (!config->nmodels || !config->nmodules || !config->limits.jobs ||
			!config->agent.image)
		__builtin_trap();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ohb_arena arena = OHB_ARENA_INIT;
	struct ohb_error err = OHB_ERROR_INIT;
	struct ohb_str said = OHB_STR_INIT;
	struct ohb_config config;
	struct ohb_diags diags;
	char name[16];
	/* The file is the only one in its folder that can be opened. */
	int dir = open("/proc/self/fd", O_PATH | O_DIRECTORY | O_CLOEXEC);
	int file = memfd_create("openhands.yml", MFD_CLOEXEC);

	if (dir < 0 || file < 0 || write(file, data, size) != (ssize_t)size)
		__builtin_trap();
	(void)snprintf(name, sizeof(name), "%d", file);
	ohb_diags_init(&diags, &arena);
	if (ohb_config_load(&(struct ohb_tree){ .dirfd = dir }, name, &arena,
			    &diags, &config, &err) == 0)
		check(&config);
	else if (err.code != OHB_E_CONFIG || (!diags.nitems && size <= 1024))
		__builtin_trap();
	ohb_diags_format(&diags, &said);
	ohb_str_release(&said);
	ohb_diags_release(&diags);
	ohb_arena_release(&arena);
	(void)close(file);
	(void)close(dir);
	return 0;
}
