#include "base/failpoint.h"

#ifdef OHB_FAILPOINTS

#	include <signal.h>
#	include <stdatomic.h>
#	include <stdlib.h>
#	include <string.h>

#	include "base/str.h"

void ohb_failpoint(const char *name)
{
	static atomic_ullong hits;
	const char *where = getenv("OHBUILD_FAILPOINT");
	const size_t len = strlen(name);
	unsigned long long which = 1;

	if (!where || strncmp(where, name, len) != 0)
		return;
	if (where[len] &&
			(where[len] != ':' ||
					ohb_parse_u64(where + len + 1,
							strlen(where + len + 1),
							1u << 20, &which) < 0))
		return;
	if (atomic_fetch_add(&hits, 1) + 1 == which)
		(void)raise(SIGKILL);
}

#else

void ohb_failpoint(const char *name)
{
	(void)name;
}

#endif
