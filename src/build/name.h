#ifndef OHB_BUILD_NAME_H
#define OHB_BUILD_NAME_H

/*
 * What everybody calls a content of which we know our own digest: from the
 * store, or from the file itself as long as it is the one that is meant.
 */

#include "base/map.h"
#include "build/stage.h"
#include "plan/key.h"
#include "project/tree.h"
#include "store/store.h"

struct ohb_names {
	const struct ohb_tree *tree;
	const struct ohb_config *config;
	struct ohb_arena *arena;
	struct ohb_map known; /* hex digits -> struct ohb_content */
	struct ohb_name *learnt; /* malloc'ed */
	size_t nlearnt, cap;
};

/* Loads what the store knows; tree, config and arena must live as long. */
int ohb_names_open(struct ohb_names *names, const struct ohb_tree *tree,
		const struct ohb_config *config, struct ohb_store *store,
		struct ohb_arena *arena, struct ohb_error *err) OHB_MUST_CHECK;
/* Nothing when the store only reads. */
int ohb_names_save(struct ohb_names *names, struct ohb_store *store,
		struct ohb_error *err) OHB_MUST_CHECK;
void ohb_names_release(struct ohb_names *names);

/* The digest that stands for a content of which nobody here has the bytes: no
 * content has it; zero for what is absent. */
struct ohb_digest ohb_name_stand_in(const struct ohb_content *content);

void ohb_names_add(struct ohb_names *names, const struct ohb_name *name);
/* NULL: not known, and not to be had any more. */
const struct ohb_content *ohb_names_known(
		const struct ohb_names *names, const struct ohb_digest *digest);
const struct ohb_content *ohb_names_file(struct ohb_names *names,
		const char *path, const struct ohb_digest *digest);
const struct ohb_content *ohb_names_part(struct ohb_names *names,
		const struct ohb_target *target, const char *part,
		const struct ohb_digest *digest);

/* Keeps the names of what a target was made of and became, while it is at
 * hand. */
int ohb_names_keep(struct ohb_store *store, const struct ohb_stage *stage,
		const struct ohb_fileset *outputs,
		const struct ohb_target *target,
		const struct ohb_config *config,
		struct ohb_error *err) OHB_MUST_CHECK;

#endif
