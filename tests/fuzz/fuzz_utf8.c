#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "text/keyshape.h"
#include "text/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	struct ohb_str clean = OHB_STR_INIT, again = OHB_STR_INIT;
	size_t columns = size ? data[0] % 100 : 10, fit;

	ohb_utf8_clean(&clean, text, size);
	if (!ohb_utf8_valid(ohb_str_cstr(&clean), clean.len))
		__builtin_trap();
	/* What is clean stays as it is. */
	ohb_utf8_clean(&again, ohb_str_cstr(&clean), clean.len);
	if (clean.len != again.len ||
			(clean.len &&
					memcmp(clean.data, again.data,
							clean.len) != 0))
		__builtin_trap();
	ohb_str_clear(&again);
	ohb_utf8_line(&again, text, size, columns);
	if (again.len > columns ||
			!ohb_utf8_valid(ohb_str_cstr(&again), again.len) ||
			strpbrk(ohb_str_cstr(&again), "\n\t\x1b"))
		__builtin_trap();
	fit = ohb_utf8_fit(text, size, columns);
	if (fit > size || ohb_utf8_width(text, fit) > columns)
		__builtin_trap();
	if (clean.len)
		ohb_keyshape_mask(clean.data, clean.len);
	fit = 0;
	if (clean.len &&
			ohb_keyshape_find(
					clean.data, clean.len, &fit, &columns))
		__builtin_trap();
	ohb_str_release(&clean);
	ohb_str_release(&again);
	return 0;
}
