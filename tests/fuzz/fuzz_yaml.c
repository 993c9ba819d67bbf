#include <stddef.h>
#include <stdint.h>

#include "text/yaml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t count(const struct ohb_yaml *node)
{
	size_t n = 1, i;

	for (i = 0; node->kind == OHB_YAML_LIST && i < node->count; i++)
		n += count(node->items[i]);
	for (i = 0; node->kind == OHB_YAML_MAP && i < node->count; i++) {
		if (ohb_yaml_get(node, node->pairs[i].key->text) !=
				node->pairs[i].value)
			__builtin_trap();
		n += count(node->pairs[i].value);
	}
	return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ohb_arena arena = OHB_ARENA_INIT;
	struct ohb_str out = OHB_STR_INIT;
	struct ohb_diags diags;
	struct ohb_yaml *root;
	unsigned file;

	ohb_diags_init(&diags, &arena);
	file = ohb_diags_add_file(&diags, "f", (const char *)data, size);
	root = ohb_yaml_parse(&arena, &diags, file);
	if (!root == !diags.nitems)
		__builtin_trap();
	if (root && count(root) > 1000000)
		__builtin_trap();
	ohb_diags_format(&diags, &out);
	ohb_str_release(&out);
	ohb_diags_release(&diags);
	ohb_arena_release(&arena);
	return 0;
}
