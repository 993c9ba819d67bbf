#ifndef OHB_TEXT_YAML_H
#define OHB_TEXT_YAML_H

/*
 * A YAML document (libyaml) as a tree with positions.  Scalars stay text:
 * whoever reads a key knows its type, so that `on`, `1.10` or `0x10` are
 * never turned into something else.  Aliases are expanded, bounded by
 * OHB_MAX_YAML_NODES; `<<` merges mappings, own keys win.  Duplicate keys,
 * a second document, tags other than !!str, tabs as indentation, bytes that
 * are not UTF-8, scalars above OHB_MAX_SCALAR: diagnostics.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/memory.h"
#include "text/diag.h"

enum ohb_yaml_kind { OHB_YAML_SCALAR, OHB_YAML_LIST, OHB_YAML_MAP };

struct ohb_yaml {
	enum ohb_yaml_kind kind;
	struct ohb_pos pos;
	const char *text; /* scalar: NUL-terminated, without inner NUL */
	bool plain; /* scalar written without quotes or block */
	struct ohb_yaml **items; /* list */
	struct ohb_yaml_pair *pairs; /* map, in the order written */
	size_t count;
};

struct ohb_yaml_pair {
	struct ohb_yaml *key; /* a scalar */
	struct ohb_yaml *value;
};

/* Parses file number `file` of diags.  Everything lives in arena.  Returns
 * NULL when there were diagnostics; an empty document is an empty map. */
struct ohb_yaml *ohb_yaml_parse(struct ohb_arena *arena,
		struct ohb_diags *diags, unsigned file);

/* The value under key, or NULL. */
struct ohb_yaml *ohb_yaml_get(const struct ohb_yaml *map, const char *key);

#endif
