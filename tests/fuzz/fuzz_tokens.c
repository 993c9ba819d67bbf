#include <stdlib.h>
#include <string.h>

#include "gateway/tokens.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

/* Any bytes, as they are: two requests, one a line.  What goes on with the
 * first one is never counted higher than it would be alone. */
int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	const char *text = (const char *)data;
	const char *line = size ? memchr(text, '\n', size) : NULL;
	size_t first = line ? (size_t)(line - text) : size;
	struct ohb_tokens_known known = { .len = 0 };
	struct ohb_tokens tokens, alone;

	ohb_tokens_count(text, first, NULL, &tokens);
	if (tokens.bound < OHB_TOKENS_FRAME)
		abort();
	ohb_tokens_learn(&known, &tokens, 1);
	text += line ? first + 1 : first;
	size -= line ? first + 1 : first;
	ohb_tokens_count(text, size, NULL, &alone);
	ohb_tokens_count(text, size, &known, &tokens);
	if (tokens.bound > alone.bound)
		abort();
	return 0;
}
