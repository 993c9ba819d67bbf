#ifndef OHB_STORE_LOCKWORDS_H
#define OHB_STORE_LOCKWORDS_H

/* The words of openhands.lock; private to lockfile.c and lockparse.c. */

#include <stddef.h>

#define OHB_LOCK_MAGIC "openhands.lock "

struct ohb_lock_mode {
	const char *name;
	unsigned mode;
};

extern const struct ohb_lock_mode ohb_lock_modes[];
extern const size_t ohb_lock_nmodes;
extern const char *const ohb_lock_origins[]; /* by enum ohb_origin */
extern const char *const ohb_lock_proofs[]; /* by `judged` */

#endif
