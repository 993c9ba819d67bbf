/* Every way a run ends, in the words in which it was told. */
#include "agent/agent.h"

#include "agent/event.h"
#include "endings.h"

#define ENOUGH 60
#define PERCENT 97

/* Follows a run's events as run.c does. */
static enum ohb_outcome_class by_events(json_t *json)
{
	struct ohb_agent_event event, last = { .kind = OHB_EVENT_OTHER };
	ohb_autostr line = OHB_STR_INIT;
	json_t *item;
	size_t i;

	json_array_foreach(ohb_json_at(json, "events"), i, item)
	{
		ohb_str_clear(&line);
		ohb_agent_event_read(item, "/workspace/project", &event, &line);
		if (event.kind == OHB_EVENT_ERROR && event.id)
			last = event;
	}
	return ohb_outcome_classify(ohb_json_text(json, "status"), last.code,
			last.class, last.text);
}

/* Of OpenHands 0.x: the last state, and its reason. */
static enum ohb_outcome_class by_trajectory(json_t *json)
{
	const char *state = NULL, *reason = NULL;
	json_t *item;
	size_t i;

	json_array_foreach(ohb_json_at(json, "trajectory"), i,
			item) if (ohb_streq(ohb_json_text(item, "observation"),
						  "agent_state_changed"))
	{
		state = ohb_json_text(item, "extras.agent_state");
		reason = ohb_json_text(item, "extras.reason");
	}
	return ohb_outcome_classify(state, NULL, NULL, reason);
}

static const char *by_agent(json_t *json)
{
	return ohb_outcome_name(ohb_json_at(json, "trajectory") ?
					by_trajectory(json) :
					by_events(json));
}

START_TEST(endings_are_told_apart)
{
	struct endings sum;

	endings_judge("agent", by_agent, &sum);
	ck_assert_uint_ge(sum.all, ENOUGH);
	ck_assert_uint_ge(sum.held * 4, sum.all);
	ck_assert_uint_ge(sum.right * 100, sum.all * PERCENT);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("endings");
	TCase *tcase = tcase_create("endings");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_test(tcase, endings_are_told_apart);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
