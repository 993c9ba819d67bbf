/* Code as an agent may write it: parsed, searched, judged by its bytes.  The
 * first byte chooses the language. */
#include "syntax/syntax.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const paths[] = { "a.py", "a.c", "a.js", "a.sh" };
	const size_t npaths = sizeof(paths) / sizeof(paths[0]);
	struct ohb_arena arena = OHB_ARENA_INIT;
	struct ohb_error err = OHB_ERROR_INIT;
	struct ohb_syntax_tree *tree = NULL;
	const struct ohb_syntax_match *matches;
	const char *why;
	size_t i, k, n;
	int query;

	if (size == 0 ||
			ohb_syntax_parse(paths[data[0] % npaths],
					(const char *)data + 1, size - 1,
					&arena, &tree, &why) != 0)
		goto done;
	(void)ohb_syntax_error(tree);
	for (query = 0; query < OHB_QUERIES; query++) {
		if (ohb_syntax_query(tree, (enum ohb_query)query, &arena,
				    &matches, &n, &err) < 0) {
			if (err.code != OHB_E_LIMIT)
				abort();
			continue;
		}
		for (i = 0; i < n; i++)
			for (k = 0; k < matches[i].nnodes; k++)
				if (matches[i].nodes[k].end > size - 1 ||
						matches[i].nodes[k].start >
								matches[i].nodes[k]
										.end)
					abort();
	}
done:
	ohb_syntax_free(tree);
	ohb_arena_release(&arena);
	return 0;
}
