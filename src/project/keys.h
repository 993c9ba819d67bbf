#ifndef OHB_PROJECT_KEYS_H
#define OHB_PROJECT_KEYS_H

/*
 * The one list of what may stand in openhands.yml.  The reader (reader.c),
 * the schema (schema.c) and the test of the manual walk these tables.
 */

#include <stddef.h>
#include <stdint.h>

#include "project/config.h"

enum ohb_key_kind {
	OHB_KEY_TEXT, /* const char * */
	OHB_KEY_LIST, /* struct ohb_list; one text is a list of one */
	OHB_KEY_ARGV, /* const char *const *: a list, never one text */
	OHB_KEY_INTEGER, /* unsigned or int */
	OHB_KEY_NUMBER, /* double */
	OHB_KEY_DURATION, /* int64_t, milliseconds */
	OHB_KEY_SIZE, /* uint64_t, bytes */
	OHB_KEY_CHOICE, /* an enum; with `keys` also a mapping */
	OHB_KEY_FLAGS, /* a list of choices; value: offset of its bool */
	OHB_KEY_MAP, /* the struct at `at`, by `keys` */
	OHB_KEY_MAPS, /* a list of mappings; config.c reads them */
};

/* What a text must look like: an expression that POSIX and JSON Schema
 * understand alike, or NULL. */
struct ohb_form {
	const char *expected; /* "'id' must be ..." */
	const char *pattern;
	const char *hint; /* or NULL */
	bool number; /* what YAML takes for a number may have it, too */
};

struct ohb_choice {
	const char *name;
	size_t value;
};

enum ohb_key_flags {
	OHB_KEY_REQUIRED = 1 << 0,
	OHB_KEY_NOT_EMPTY = 1 << 1, /* a list of one at least */
	OHB_KEY_OWN = 1 << 2, /* of a module, not of `defaults` */
	OHB_KEY_STEP = 1 << 3, /* names the kind of a step */
	OHB_KEY_SECRET = 1 << 4, /* a wrong value may be a secret */
};

#define OHB_NOWHERE SIZE_MAX /* checked, and not kept */

struct ohb_key {
	const char *name;
	const char *about;
	enum ohb_key_kind kind;
	unsigned flags;
	const struct ohb_form *form; /* of a text, or of each in a list */
	const char *fallback; /* the default, as one would write it */
	const char *needs; /* another key beside it, "a|b": one of
			      them; or NULL */
	size_t at; /* offset of the field */
	size_t pos_at; /* of its struct ohb_pos; 0: none */
	size_t given_at; /* of a bool, true when given; 0: none */
	double min, max;
	const struct ohb_choice *choices; /* ends with a NULL name */
	const struct ohb_keys *keys;
	size_t map_value; /* OHB_KEY_CHOICE: when it is a mapping */
};

/* What may stand in one kind of mapping. */
struct ohb_keys {
	const char *what; /* "the document", "a model" */
	const struct ohb_key *keys;
	size_t count;
	unsigned without; /* flags of keys that do not belong here */
	size_t pos_at; /* where the mapping's place is kept; 0: not */
};

/* One file, as far as it is read by the table alone. */
struct ohb_document {
	unsigned version;
	struct ohb_agent_config agent;
	struct ohb_limits_config limits;
	struct ohb_module_config defaults;
};

extern const struct ohb_keys ohb_document_keys, ohb_model_keys, ohb_module_keys,
		ohb_defaults_keys, ohb_step_keys;

/* The mappings above and all that are in them; NULL at the end. */
extern const struct ohb_keys *const ohb_all_keys[];

#endif
