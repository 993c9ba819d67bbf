#ifndef OHB_AGENT_VERSION_H
#define OHB_AGENT_VERSION_H

/*
 * What is known of agent-servers of other versions: those that the tests
 * drive, and what older ones want otherwise.
 */

#include <jansson.h>

#include "base/str.h"
#include "ohbuild/error.h"

/*
 * version is the server's own ("1.43.1"); NULL: it named none.  One between
 * the oldest and the newest that was tested is fine.  One that is newer, or
 * not to be understood, gets a warning in `warning` (empty without): it may
 * work.  OHB_E_INFRA for one too old, which can not.
 */
int ohb_version_check(const char *version, struct ohb_str *warning,
		struct ohb_error *err) OHB_MUST_CHECK;

/* Takes out of a request for a conversation what a server that does not know
 * it may refuse (status 422), and none needs. */
void ohb_version_simplify(json_t *conversation);

/* The i-th tested version, oldest first; NULL past the end. */
const char *ohb_version_tested(size_t i);

#endif
