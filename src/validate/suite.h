#ifndef OHB_VALIDATE_SUITE_H
#define OHB_VALIDATE_SUITE_H

/*
 * What whole suites did without the new test: run once for all attempts, and
 * for all targets that have the same inputs and commands.  May be used by
 * several threads; belongs to the build.
 */

struct ohb_suites;

struct ohb_suites *ohb_suites_new(void);
void ohb_suites_free(struct ohb_suites *suites);

#endif
