#ifndef OHB_SANDBOX_USER_H
#define OHB_SANDBOX_USER_H

/*
 * Whom an image runs its processes as, read from its own /etc/passwd and
 * /etc/group by the rules that the engine follows.
 */

#include <stddef.h>

#include "ohbuild/error.h"

struct ohb_user {
	unsigned uid, gid;
	char *home; /* absolute; NULL when the image has none for this user */
};

/*
 * user is the image's "User": "", "name", "1000", "name:group", "1000:1000".
 * The texts may be NULL where the image has no such file; a name that they do
 * not have is OHB_E_MISSING.
 */
int ohb_user_resolve(const char *user, const char *passwd, const char *group,
		struct ohb_user *ret, struct ohb_error *err) OHB_MUST_CHECK;
void ohb_user_release(struct ohb_user *user);

#endif
