#ifndef OHB_IO_GIT_H
#define OHB_IO_GIT_H

/*
 * git, by argv, in a folder whose repository it finds by itself: what the
 * environment of a hook says of another repository or index is not believed,
 * and of the rest it gets what it needs: no keys.
 * It takes no lock that it can do without, speaks English, and fetches
 * nothing that a partial clone has left on its server.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

struct ohb_git_call {
	int dirfd; /* the folder; AT_FDCWD works */
	const char *const *args; /* behind "git", NULL-terminated */
	const void *input; /* for stdin; NULL: none */
	size_t input_len;
	size_t max_output; /* bytes; more is OHB_E_LIMIT */
	const char *const *env; /* further variables "NAME=value", ended by
				   NULL; NULL: none */
	bool filters; /* it runs filters that the user has set up, which get all
			 of our environment: what they need is theirs to know.
			 Models' keys are no part of it any more when the
			 program has read openhands.yml (ohb_key_take) */
	/* Gets what it says in pieces instead of result.out, without an end;
	 * NULL: no. */
	void (*on_output)(void *userdata, const char *data, size_t len);
	void *userdata;
	int64_t timeout_ms; /* then OHB_E_TIMEOUT; 0: none */
};

struct ohb_git_result {
	int status; /* exit status; 128 + signal */
	struct ohb_str out; /* all of it */
	struct ohb_str err; /* head and tail */
};

/* Runs to its end.  No git on this machine is OHB_E_MISSING; a non-zero
 * status is not an error. */
int ohb_git_run(const struct ohb_git_call *call, struct ohb_git_result *ret,
		struct ohb_error *err) OHB_MUST_CHECK;
void ohb_git_result_release(struct ohb_git_result *result);
/* Fails with what git said: "<what>: git ended with status …", and how to
 * cure it where that is known. */
int ohb_git_fail(const struct ohb_git_result *result, const char *what,
		struct ohb_error *err);
/* Of what `-z` printed: the record behind this one, the first one for NULL;
 * NULL at the end. */
const char *ohb_git_next(const struct ohb_str *out, const char *record);

#endif
