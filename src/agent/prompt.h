#ifndef OHB_AGENT_PROMPT_H
#define OHB_AGENT_PROMPT_H

/*
 * The first message of a conversation: the frame in prompt.md, embedded
 * at build time, around the task.  The frame says what the judge relies on
 * (where to write, the commands that will judge, how to say BLOCKED and
 * SUSPECTED-BUG); the task is the built-in one or the user's `prompt:`.
 * Bytes stay bytes: nothing here passes through a shell.
 */

#include <stddef.h>

#include "base/str.h"

struct ohb_prompt {
	const char *task; /* the user's, expanded; NULL: the built-in task */
	const char *dir; /* where the project lies in the sandbox */
	const char *const *sources;
	size_t nsources;
	const char *const *outputs;
	size_t noutputs;
	const char *const *inputs; /* further files that belong to it */
	size_t ninputs;
	const char *const *commands; /* of the judge, expanded, in order */
	size_t ncommands;
	int exists; /* an older version of the output is in the workspace */
};

/* OHB_E_LIMIT above OHB_MAX_PROMPT. */
int ohb_prompt_make(const struct ohb_prompt *prompt, struct ohb_str *out,
		struct ohb_error *err) OHB_MUST_CHECK;

/*
 * What an agent said to us in its last words: the text behind "BLOCKED:" or
 * "SUSPECTED-BUG:" at the beginning of a line (Markdown emphasis and list
 * marks in front are allowed), one line, cleaned, to the empty out.  A reason
 * like "none" counts as not said.  1 found, 0 not.
 */
int ohb_prompt_find_blocked(const char *text, size_t len, struct ohb_str *out);
int ohb_prompt_find_bug(const char *text, size_t len, struct ohb_str *out);

#endif
