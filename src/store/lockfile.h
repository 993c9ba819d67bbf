#ifndef OHB_STORE_LOCKFILE_H
#define OHB_STORE_LOCKFILE_H

/*
 * openhands.lock: what is known of every test, in a form to be committed, so
 * that a fresh clone knows it, too.  Text in, records out, and back; touches
 * nothing.
 *
 *   openhands.lock 1 key 1: what every test was made of; …
 *
 *   target tests/test_a.c
 *   	key text <SHA-256> settings
 *   	key 100644 <SHA-256> source:src/a.c
 *   	validate 3f0e…
 *   	output 100644 <SHA-256> tests/test_a.c
 *   	by agent
 *   	proof judge
 *   	model openrouter/deepseek/deepseek-chat-v3.1
 *   	image sha256:…
 *   	date 2026-11-22T18:40:01Z
 *   	cost 0.012345
 *
 *   end
 *
 * A block a target, sorted by bytes.  What a build changes of one block is
 * parted from the next by lines that stay (an empty one, "target …"), and so
 * is what is put between two blocks or behind the last: git merges changes
 * of neighbours.  Within a block the lines that tell what was judged, by what,
 * and what it became touch each other: two branches that changed different
 * ones of them are a conflict.  `end` tells a file that was cut off.
 */

#include "base/limits.h"
#include "base/sha256.h"
#include "store/store.h"

#define OHB_LOCK_VERSION 1

struct ohb_lock_item { /* a part of the key, or an output */
	const char *name; /* of an output: its path */
	struct ohb_content content;
};

struct ohb_lock_record {
	const char *target;
	const struct ohb_lock_item *parts; /* sorted by name */
	size_t nparts;
	/* Of the judge.  No name of a content, and so no SHA-256: who would
	 * make another one of the same digest can as well write this line. */
	struct ohb_digest settings; /* zero: unknown, any may be the same */
	const struct ohb_lock_item *outputs; /* in the order of the rule */
	size_t noutputs;
	enum ohb_origin origin;
	bool judged;
	const char *model, *image; /* or NULL */
	int64_t date_ms; /* whole seconds; negative: unknown */
	int64_t cost_microusd; /* negative: unknown */
	unsigned line; /* where it stands; not printed */
};

struct ohb_lock { /* sorted by target; in an arena */
	const struct ohb_lock_record *records;
	size_t count;
	unsigned key; /* OHB_KEY_FORMAT of the one who wrote it */
};

/*
 * Reads the text of the file `name`.  OHB_E_CONFIG with name:line:column,
 * what is wrong and how to mend it; in particular what git left of a
 * conflict, and what a newer ohbuild wrote (a version, or a key format above
 * max_key).
 */
int ohb_lock_parse(const char *name, const char *text, size_t len,
		unsigned max_key, struct ohb_arena *arena, struct ohb_lock *ret,
		struct ohb_error *err) OHB_MUST_CHECK;
/* Appends the text; what it was read from comes out the same. */
void ohb_lock_print(const struct ohb_lock *lock, struct ohb_str *out);

const struct ohb_lock_record *ohb_lock_find(
		const struct ohb_lock *lock, const char *target); /* or NULL */

/* Whether both were made of the same, are the same and were judged by the
 * same settings, as far as both say; not when, by whom and at what price. */
bool ohb_lock_same(const struct ohb_lock_record *a,
		const struct ohb_lock_record *b);

#endif
