#ifndef OHB_VALIDATE_GUARD_H
#define OHB_VALIDATE_GUARD_H

/*
 * guard: the code of a test, before anything runs.  The rules are listed in
 * project/guard.h; what breaks one is said by languages/<language>/guard.scm,
 * in captures of these names:
 *
 *	@test           a test, whole; @test.name in the same pattern its name
 *	@test.main      what counts as one when the file has no @test and it
 *	                asserts
 *	@not-test       what lies in it is no test: a fixture
 *	@assert         an assertion, or a call of what is one by its name
 *	@asserts        a name: the test of that name has one elsewhere
 *	@function, @function.name
 *	                a function: a test that calls it has its assertions
 *	@call.name      the last word of what is called
 *	@is.RULE        breaks the rule; @is.RULE.x the same
 *	@may.RULE       where that is fine (also what has a further word;
 *	                @may.RULE.x only what has this one)
 *	@swallow.body   beside an @is.…: it counts if this part asserts
 *	@mock.name      what a mock replaces: "module.name", or a name, with
 *	                @mock.of its module; beside @mock.module a whole module
 *
 * What is @is.tautology or @is.self-compare is no assertion.  A file of a
 * language with the setting "linked yes" must not define what the source
 * does.
 */

#include "project/guard.h"
#include "validate/steps.h"

/* The rule's level for a file of the target's. */
enum ohb_guard_level ohb_guard_level(const struct ohb_target *target,
		const char *path, enum ohb_guard_rule rule);
/* What breaks the rule, which is not off, in `file`: a finding or, if a
 * comment in it or the rule's level says so, a warning.  line 0: the file as
 * a whole.  of: the step.  front: said before the rule's own words. */
void ohb_guard_report(struct ohb_trial *trial, const char *of,
		const struct ohb_file *file, enum ohb_guard_rule rule,
		unsigned line, const char *front);

#endif
