#ifndef OHB_PROJECT_GUARD_H
#define OHB_PROJECT_GUARD_H

/*
 * The rules about the code of tests: the one list of them.  What a rule finds
 * is said by the queries of each language (validate/guard.h); case-removed is
 * for the step `kept`, which compares runs.
 */

enum ohb_guard_level {
	OHB_GUARD_DEFAULT, /* the language's, else the list's */
	OHB_GUARD_OFF,
	OHB_GUARD_WARN, /* is shown, and refuses nothing */
	OHB_GUARD_ERROR,
};

/* X(enum, id, level, for people who read of the rule, for who broke it) */
#define OHB_GUARD_RULES(X)                                                     \
	X(NO_TEST, "no-test", ERROR, "The file holds no test.",                \
			"the file holds no test; write one that the runner "   \
			"finds")                                               \
	X(NO_ASSERTION, "no-assertion", ERROR,                                 \
			"A test asserts nothing, nor does a function of the "  \
			"file that it calls.",                                 \
			"asserts nothing; compare what the code returns or "   \
			"does with what it should")                            \
	X(SKIP, "skip", ERROR,                                                 \
			"A test is skipped, expected to fail, disabled or "    \
			"left to do.",                                         \
			"a test must run: take the skip, todo or expected "    \
			"failure out, or take the test out")                   \
	X(CONDITIONAL_SKIP, "conditional-skip", WARN,                          \
			"A test is skipped in some conditions.",               \
			"this test does not run everywhere")                   \
	X(FOCUS, "focus", ERROR, "Only the marked tests would run.",           \
			"this keeps all other tests from running; take the "   \
			"focus out")                                           \
	X(EXIT, "exit", ERROR,                                                 \
			"The test ends the process, and so the runner with "   \
			"all that would have failed.",                         \
			"a test must not end the process; test an exit in a "  \
			"child process or with the framework's means")         \
	X(NETWORK, "network", WARN, "The test speaks to the network.",         \
			"there is no network where tests are judged; use a "   \
			"local server or a fake")                              \
	X(SLEEP, "sleep", WARN, "The test waits for time to pass.",            \
			"waiting makes tests slow and unreliable; wait for "   \
			"the event, or use a clock of the test's")             \
	X(SWALLOW, "swallow", ERROR,                                           \
			"An assertion's failure is caught and dropped.",       \
			"what is asserted in here cannot fail: the exception " \
			"is caught and dropped; catch what is expected only, " \
			"and assert it")                                       \
	X(TAUTOLOGY, "tautology", ERROR,                                       \
			"An assertion of constants always holds.",             \
			"this always holds; assert what the code under test "  \
			"does")                                                \
	X(SELF_COMPARE, "self-compare", WARN,                                  \
			"A value is compared with itself; that does not "      \
			"count as an assertion.",                              \
			"a value is compared with itself; compare it with "    \
			"what it should be")                                   \
	X(MOCK_UNIT, "mock-unit", ERROR,                                       \
			"What is tested is replaced by a mock or by code of "  \
			"the test's.",                                         \
			"is what is to be tested; replace only what it uses")  \
	X(COMMENT_CLAIM, "comment-claim", WARN,                                \
			"A comment holds a test or an assertion, or claims "   \
			"that something was tested.",                          \
			"a comment tests nothing; make it code, or take it "   \
			"out")                                                 \
	X(CASE_REMOVED, "case-removed", ERROR,                                 \
			"A case that an agent found there, and that still "    \
			"passes, is gone; or fewer lines are executed.",       \
			"what the version before asserts still holds for the " \
			"source; put back what is gone, a case under its "     \
			"name (its class and its parameters may change)")      \
	X(SECRET, "secret", ERROR, "The file holds what looks like a key.",    \
			"this has the form of a secret key; use a value that " \
			"is plainly made up")                                  \
	X(SYNTAX, "syntax", WARN,                                              \
			"A part of the file is not understood, and not "       \
			"judged.",                                             \
			"from here on a part of the file is not understood, "  \
			"and not judged")

#define OHB_GUARD_ENUM(rule, id, level, about, text) OHB_RULE_##rule,
enum ohb_guard_rule { OHB_GUARD_RULES(OHB_GUARD_ENUM) OHB_GUARD_COUNT };
#undef OHB_GUARD_ENUM

struct ohb_guard_config {
	enum ohb_guard_level levels[OHB_GUARD_COUNT];
};

#endif
