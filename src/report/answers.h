#ifndef OHB_REPORT_ANSWERS_H
#define OHB_REPORT_ANSWERS_H

/*
 * The library's answers (JSON, see schema/) as text for people.  Each appends
 * to out; nothing of it has a terminal escape unless colors are on.
 */

#include <jansson.h>
#include <stdbool.h>

#include "base/str.h"

struct ohb_answer_style {
	bool colors;
	bool verbose;
	/* What is typed to call us again, quoted: "ohbuild -C sub". */
	const char *program;
	/* Before a commit: to call git there, "git -C sub"; else NULL. */
	const char *git;
};

void ohb_answer_status(json_t *answer, const struct ohb_answer_style *style,
		struct ohb_str *out);
void ohb_answer_why(json_t *answer, const struct ohb_answer_style *style,
		struct ohb_str *out);
void ohb_answer_list(json_t *answer, const struct ohb_answer_style *style,
		struct ohb_str *out);
void ohb_answer_show(json_t *answer, const struct ohb_answer_style *style,
		struct ohb_str *out);

void ohb_answer_doctor(json_t *answer, const struct ohb_answer_style *style,
		struct ohb_str *out);
void ohb_answer_models(json_t *answer, const struct ohb_answer_style *style,
		struct ohb_str *out);

void ohb_answer_validate(json_t *answer, const struct ohb_answer_style *style,
		struct ohb_str *out);

/* One attempt of each target: number `attempt` of its latest run, or the
 * newest when attempt is 0.  OHB_E_USAGE when there is no such attempt. */
int ohb_answer_log(json_t *answer, const struct ohb_answer_style *style,
		unsigned attempt, struct ohb_str *out,
		struct ohb_error *err) OHB_MUST_CHECK;

/* From a status answer: what is not fresh, and what to type. */
void ohb_answer_check(json_t *answer, const struct ohb_answer_style *style,
		struct ohb_str *out);
/* From a status answer: what a build would do, its price and time. */
void ohb_answer_plan(json_t *answer, const struct ohb_answer_style *style,
		struct ohb_str *out);

#endif
