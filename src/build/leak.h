#ifndef OHB_BUILD_LEAK_H
#define OHB_BUILD_LEAK_H

/*
 * Secrets in what an agent would be given: whatever it reads goes to a model's
 * provider.  The very key of a model is always one; what has the form of a
 * service's key is one unless the file is in `agent.allow_secrets` or the
 * line says "gitleaks:allow".
 */

#include "build/work.h"

/* OHB_NEXT_ROUND, or the target has ended with the places. */
int ohb_leak_look(struct ohb_work *work);

#endif
