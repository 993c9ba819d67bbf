#ifndef OHB_BUILD_JUDGED_H
#define OHB_BUILD_JUDGED_H

/*
 * Verdicts that are known: what was judged once under a validation key need
 * not be judged again.  Without an image the key does not name what the steps
 * ran with, so that nothing is known of the host.
 */

#include <jansson.h>

#include "build/work.h"

/* The judgement as JSON: class, summary, steps, findings, warnings.  New reference. */
json_t *ohb_judged_json(const struct ohb_judgement *judgement);
/* The same back, in the arena; -1: it has not that form. */
int ohb_judged_read(json_t *json, struct ohb_arena *arena,
		struct ohb_judgement *ret) OHB_MUST_CHECK;

/* The validation key of work->outputs. */
struct ohb_digest ohb_judged_key(const struct ohb_work *work);

/* 1: *ret is what is known of work->outputs; 0: nothing is. */
int ohb_judged_find(struct ohb_work *work, struct ohb_judgement *ret);
/* Keeps work->judgement of them, unless it rests on what the key does not
 * name; a failure to is none of the build's. */
void ohb_judged_keep(struct ohb_work *work);

#endif
