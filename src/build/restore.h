#ifndef OHB_BUILD_RESTORE_H
#define OHB_BUILD_RESTORE_H

/* An earlier version of a target comes back. */

#include "project/graph.h"
#include "store/store.h"

/*
 * word: a target, or a target and "@n", as ohb_past_load numbers them; "@1"
 * when there is none.  What is there word for word is the target.  What
 * stands on disk is kept first.  Appends a line for people to said.  OHB_E_USAGE: no
 * such target or version, or the word means several targets.
 */
int ohb_restore(int dirfd, struct ohb_store *store,
		const struct ohb_graph *graph, const char *word,
		struct ohb_str *said, struct ohb_error *err) OHB_MUST_CHECK;

#endif
