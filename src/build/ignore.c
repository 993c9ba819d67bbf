#include "build/ignore.h"

#include <string.h>

#include "base/map.h"
#include "base/memory.h"
#include "base/str.h"
#include "io/process.h"

/* git prints the ignored ones of what it read, NUL after each. */
static void mark(const struct ohb_str *out, const char *const *paths, size_t n,
		int *ret_ignored)
{
	struct ohb_map map = OHB_MAP_INIT;
	size_t at = 0, i;

	while (at < out->len) {
		ohb_map_add(&map, out->data + at, out->data + at);
		at += strlen(out->data + at) + 1;
	}
	for (i = 0; i < n; i++)
		ret_ignored[i] = ohb_map_get(&map, paths[i]) != NULL;
	ohb_map_release(&map);
}

int ohb_ignored(const char *root, struct ohb_cancel *cancel,
		const char *const *paths, size_t n, int *ret_ignored,
		struct ohb_error *err)
{
	const char *const argv[] = { "git", "check-ignore", "-z", "--stdin",
		NULL };
	ohb_autostr input = OHB_STR_INIT;
	struct ohb_process_spec spec = { .argv = argv, .dir = root };
	struct ohb_process_result result = { .status = 0 };
	size_t i;

	for (i = 0; i < n; i++)
		ohb_str_add(&input, paths[i], strlen(paths[i]) + 1);
	spec.input = ohb_str_cstr(&input);
	spec.input_len = input.len;
	spec.max_output = input.len + 4096;
	if (ohb_process_run(&spec, cancel, &result, err) < 0)
		return ohb_fail_context(err, "ask git what it ignores");
	/* 0: some are ignored; 1: none is; else git failed. */
	if (result.status > 1) {
		(void)ohb_fail(err, OHB_E_IO, "git check-ignore: %.500s",
				ohb_str_cstr(&result.err));
		ohb_process_result_release(&result);
		return -1;
	}
	mark(&result.out, paths, n, ret_ignored);
	ohb_process_result_release(&result);
	return 0;
}
