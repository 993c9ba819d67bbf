#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/str.h"
#include "text/compiler.h"
#include "text/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ohb_arena arena = OHB_ARENA_INIT;
	struct ohb_compiler_error errors[3];
	ohb_autostr text = OHB_STR_INIT;
	size_t i, n;

	ohb_utf8_clean(&text, (const char *)data, size);
	n = ohb_compiler_errors(ohb_str_cstr(&text), &arena, errors, 3);
	for (i = 0; i < n; i++)
		if (!errors[i].text || (errors[i].line && !errors[i].file))
			__builtin_trap();
	ohb_arena_release(&arena);
	return 0;
}
