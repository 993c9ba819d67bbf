#ifndef OHB_PLAN_KEY_H
#define OHB_PLAN_KEY_H

/*
 * What makes a test out of date, as named parts: each is kept in the record,
 * not only their sum, so that `why` can say what changed.
 *
 *   source:<path>  input:<path>  the file's digest
 *   prompt         the user's prompt, expanded; absent for the built-in one,
 *                  so that a new ohbuild makes nothing stale
 *   settings       the list of outputs
 *   model  image   only when the module says `key: [model, image]`
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/digest.h"
#include "base/memory.h"
#include "project/graph.h"

/* Raised when the same parts have to give another key. */
#define OHB_KEY_FORMAT 1

struct ohb_parts { /* sorted by name; in an arena */
	const struct ohb_part *items;
	size_t count;
};

/* Digests of the target's sources and inputs, in the order of
 * target->sources and target->inputs. */
struct ohb_parts ohb_key_parts(const struct ohb_target *target,
		const struct ohb_config *config,
		const struct ohb_digest *sources,
		const struct ohb_digest *inputs, struct ohb_arena *arena);
struct ohb_digest ohb_key_of(const struct ohb_parts *parts);

/* The names of the parts that are texts. */
#define OHB_KEY_TEXTS "image", "model", "prompt", "settings"

/* The path of a part that is a file; NULL: it is a text. */
const char *ohb_key_path(const char *part);
/* Appends the bytes that such a text part is the digest of; false when the
 * target has no such part. */
bool ohb_key_text(const struct ohb_target *target,
		const struct ohb_config *config, const char *part,
		struct ohb_str *out);

enum ohb_change_kind { OHB_PART_CHANGED, OHB_PART_ADDED, OHB_PART_REMOVED };

struct ohb_change {
	const char *part;
	enum ohb_change_kind kind;
	struct ohb_digest before, after; /* zero where there is none */
};

/* Whether something changed, and nothing but what is in some sources. */
bool ohb_key_sources_only(const struct ohb_change *changes, size_t n);

/* Returns the changes, sorted by name, in the arena. */
const struct ohb_change *ohb_key_compare(const struct ohb_parts *before,
		const struct ohb_parts *after, struct ohb_arena *arena,
		size_t *ret_n);

#endif
