#ifndef OHB_STORE_LOCK_H
#define OHB_STORE_LOCK_H

/* Private to this floor: one writer at a time. */

#include "store/store.h"

/*
 * Takes the lock on "lock" in the folder, waiting or not as options say, and
 * writes who we are into it.  Returns its descriptor, or -1 (OHB_E_BUSY,
 * OHB_E_CANCELLED).  *ret_died is set when the holder before us did not let
 * go by itself.
 */
int ohb_lock_take(int dirfd, const struct ohb_store_options *options,
		bool *ret_died, struct ohb_error *err) OHB_MUST_CHECK;

/* Lets go.  With `died` the next one finds the lock as if we had died. */
void ohb_lock_release(int dirfd, int fd, bool died);

/* Whether somebody holds it now; makes no file. */
bool ohb_lock_held(int dirfd);

#endif
