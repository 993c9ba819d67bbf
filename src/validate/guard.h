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
 *	                a function: a test that calls it has its assertions;
 *	                beside @function.of one of a type
 *	@call.name      the last word of what is called
 *	@is.RULE        breaks the rule; @is.RULE.x the same
 *	@may.RULE       where that is fine (also what has a further word;
 *	                @may.RULE.x only what has this one)
 *	@swallow.body   beside an @is.…: it counts if this part asserts
 *	@mock.name      what a mock replaces: "module.name", or a name, with
 *	                @mock.of its module, its type or an object; beside
 *	                @mock.module a whole module, @mock.type the type that
 *	                @mock.of derives from, @mock.by the test's own
 *	                definition of it
 *	@mock.object    a name for an object that is all mock, @mock.type its
 *	                type
 *	@mock.scope     where the mocks in it hold, as in a test; else in the
 *	                file
 *	@mock.real      a name: what a mock lets through to the unit
 *	@not-call       what lies in it calls nothing: it sets up a mock
 *	@call.of        beside @call.name: the object or type it is called of
 *	@object.name    a name for an object of @object.type; without that, of
 *	                what is tested
 *	@type.name      a type that the file defines; @module.name what it says
 *	                it is
 *	@reads          a path: a file whose code is read in here
 *
 * What is @is.tautology or @is.self-compare is no assertion.  The setting
 * "linked" says when a definition (@mock.by) takes the place of the source's:
 * "yes" always, "read" behind the source's @reads; else it is another function
 * of that name, which counts if it does not call the unit.
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
