#ifndef OHB_PROJECT_VALUE_H
#define OHB_PROJECT_VALUE_H

/* One value of openhands.yml: from its text into its field, or what to say. */

#include "project/reader.h"

/* A key with its value, on the way into a field of the object. */
struct ohb_item {
	struct ohb_reader *reader;
	const struct ohb_key *key;
	const struct ohb_yaml *node; /* NULL: the default of the table */
	char *object;
};

/* Puts a scalar into its field; -1, with a hint if there is one, when it is
 * not what the key takes. */
int ohb_value_parse(const struct ohb_item *item, const char *text,
		const char **hint) OHB_MUST_CHECK;

/* Copies size bytes into the field, unless it is nowhere. */
void ohb_value_put(const struct ohb_item *item, const void *value, size_t size);

/* "'jobs' must be a whole number from 1 to 256, not 'four'"; node is the
 * item's or one in its list, hint may be NULL. */
void ohb_value_wrong(const struct ohb_item *item, const struct ohb_yaml *node,
		const char *hint);

/* `key:`, `key: ~` and `key: null`. */
bool ohb_value_is_nothing(const struct ohb_yaml *node);

/* The choice of that name; NULL, with a hint if there is one. */
const struct ohb_choice *ohb_value_choice(const struct ohb_item *item,
		const char *text, const char **hint);

/* "did you mean 'word'?", or NULL for NULL. */
const char *ohb_value_did_you_mean(struct ohb_reader *reader, const char *word);

#endif
