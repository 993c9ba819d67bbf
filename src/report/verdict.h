#ifndef OHB_REPORT_VERDICT_H
#define OHB_REPORT_VERDICT_H

/* What the answers have in common: verdict and forecast of a target. */

#include <jansson.h>

#include "report/words.h"

struct ohb_verdict_words {
	const char *name;
	enum ohb_color color;
	const char *cure; /* what helps, between the program and the target */
	const char *effect;
};

/* Of the target's verdict; one of a later library has words, too. */
const struct ohb_verdict_words *ohb_verdict_look(json_t *target);

/* "stale: src/ring.c changed" */
void ohb_verdict_add(struct ohb_str *out, json_t *target, bool colors);

enum ohb_forecast_form {
	OHB_FORECAST_SHORT, /* "$0.12, 1m 33s (3 runs)" */
	OHB_FORECAST_LONG, /* "… (median of 3 runs of this target)" */
};

/* "unknown" when nothing has run. */
void ohb_forecast_add(struct ohb_str *out, json_t *target,
		enum ohb_forecast_form form);

#endif
