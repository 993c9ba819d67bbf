#ifndef OHB_PROJECT_READER_H
#define OHB_PROJECT_READER_H

/* Puts YAML into structs as the key tables say. */

#include "project/keys.h"
#include "text/yaml.h"

struct ohb_reader {
	struct ohb_arena *arena;
	struct ohb_diags *diags;
	struct ohb_form_cache *forms; /* what was compiled; may begin NULL */
};

void ohb_reader_release(struct ohb_reader *reader);

/* Fills in what the table has a default for. */
void ohb_reader_defaults(struct ohb_reader *reader, const struct ohb_keys *keys,
		void *object);

/*
 * Reads the keys that are given and leaves the other fields alone.  What is
 * wrong becomes diagnostics.  OHB_KEY_MAPS is only checked to be a list of
 * mappings: the caller reads its items.
 */
void ohb_reader_map(struct ohb_reader *reader, const struct ohb_keys *keys,
		const struct ohb_yaml *map, void *object);

/* The mappings in the list under a key of kind OHB_KEY_MAPS, given to fn in
 * order; nothing when it is not there or not such a list. */
typedef void ohb_reader_item_fn(void *userdata, const struct ohb_yaml *item);
void ohb_reader_items(const struct ohb_yaml *map, const char *key,
		ohb_reader_item_fn *fn, void *userdata);

/* Whether text has the form; the C side of the schema's "pattern". */
bool ohb_form_matches(struct ohb_reader *reader, const struct ohb_form *form,
		const char *text);

/* "\"docker\", \"process\" or ..."; only those that are there. */
void ohb_choices_add(struct ohb_str *out, const struct ohb_choice *choices);

#define OHB_DURATION_PATTERN \
	"^([0-9]+h([0-9]+m)?([0-9]+s)?|[0-9]+m([0-9]+s)?|[0-9]+s)$"
#define OHB_SIZE_PATTERN "^[1-9][0-9]*(KiB|MiB|GiB|TiB)$"

#endif
