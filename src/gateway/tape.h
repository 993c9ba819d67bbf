#ifndef OHB_GATEWAY_TAPE_H
#define OHB_GATEWAY_TAPE_H

/*
 * The cassettes of a build while it runs: what is recorded of each target,
 * and how far its replay is.  A target may have several conversations (a
 * container died, a history became too long), one after the other; their
 * grants share its tape.
 */

#include "gateway/try.h"

/* The target's tape, for its next conversation.  With replay its cassette is
 * read here; OHB_E_CONFIG when it is missing or wrong. */
int ohb_tape_begin(struct ohb_gateway *gateway, const char *target,
		struct ohb_tape **ret, struct ohb_error *err) OHB_MUST_CHECK;
/* The conversation is over: what was recorded so far is written, unless the
 * build was interrupted. */
void ohb_tape_end(struct ohb_tape *tape);
void ohb_tapes_free(struct ohb_gateway *gateway);

/* Keeps one try and what came of it.  Does nothing when nothing is recorded,
 * or when it was cancelled. */
void ohb_tape_add(const struct ohb_try *try);

/* The next line's reply into try->reply, or as try->err what there was in
 * place of one; OHB_E_MISSING: there is no line, or, strict, none for this
 * request. */
int ohb_tape_next(struct ohb_try *try) OHB_MUST_CHECK;
/* Whether the next line is one of a later model. */
bool ohb_tape_passes_over(const struct ohb_grant *grant, size_t model);
/* Whether replies come from what was recorded: nobody has to be spared, so
 * no pause before a further try is kept. */
bool ohb_tape_is_quick(const struct ohb_grant *grant);

#endif
