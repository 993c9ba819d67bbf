#ifndef OHB_VALIDATE_EXEMPT_H
#define OHB_VALIDATE_EXEMPT_H

/*
 * "ohbuild: allow RULE reason" in a comment behind the code of a line, or on a
 * line of its own above it (for a rule about the whole file: anywhere).
 *
 * It counts when a version of the file that nobody but a person may have
 * changed (ohb_judge_spec.exempting) has it as many times at the same code: the
 * same line, but for blanks and where it is broken, in the test or function of
 * the same name, or in front of it.  An agent cannot exempt itself, nor move
 * what a person exempted.
 */

#include "validate/judge.h"

struct ohb_exemption {
	const char *reason; /* in the file; not terminated */
	size_t len;
};

/* Those of a file, and of the version that a person wrote; borrows both. */
struct ohb_exemptions *ohb_exemptions_new(
		const struct ohb_judge_spec *spec, const struct ohb_file *file);
void ohb_exemptions_free(struct ohb_exemptions *exemptions);

/* 1: *ret says why; 0: there is none; -1: there is one that does not count.
 * line 0: the whole file. */
int ohb_exemptions_find(const struct ohb_exemptions *exemptions,
		const char *rule, unsigned line, struct ohb_exemption *ret);

/* The first line with one that does not count, whatever it is about; 0: there
 * is none.  Left in the file it would count the next time. */
unsigned ohb_exemptions_planted(const struct ohb_exemptions *exemptions);

#endif
