#ifndef OHB_BASE_FAILPOINT_H
#define OHB_BASE_FAILPOINT_H

/*
 * Places where a test kills us, to see that nothing is lost.  With
 * OHBUILD_FAILPOINT="name" in the environment the process ends by SIGKILL
 * the first time it comes by that name, with "name:3" the third time.  Does
 * nothing unless the build was configured with OHB_FAILPOINTS.
 */
void ohb_failpoint(const char *name);

#endif
