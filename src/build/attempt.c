#include "build/attempt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "build/brief.h"
#include "build/chance.h"
#include "build/leak.h"
#include "build/work.h"
#include "gateway/budget.h"
#include "io/clock.h"
#include "io/wait.h"

/* Infrastructure that failed is given so many more chances, which cost no
 * attempt; the first after INFRA_WAIT_MS, then twice as long each time. */
#define INFRA_TRIES 3
#define INFRA_WAIT_MS ((int64_t)2000)

/* It waited for another target, which came out as it was: what is known of
 * this key still holds. */
static bool is_known(const struct ohb_work *work)
{
	const struct ohb_step *step = work->step;
	const struct ohb_fact *fact = work->fact;

	return !work->build->always && step->verdict == OHB_STALE &&
			step->nwaits && fact->has_record &&
			ohb_digest_eq(&fact->recorded_key, &work->key);
}

static int stage(struct ohb_work *work, struct ohb_error *err)
{
	ohb_work_begin(work, "stage");
	if (ohb_work_stage(work, err) < 0 ||
			ohb_brief_make(work->target, work->build->config,
					work->stage.previous.count > 0,
					&work->stage.arena, &work->brief,
					err) < 0)
		return -1;
	ohb_work_done(work, "stage", 1, NULL);
	if (!is_known(work))
		return OHB_NEXT_ROUND;
	if (work->fact->failed)
		return ohb_work_end(work, OHB_END_BEFORE, "%s",
				work->fact->evidence ? work->fact->evidence :
						       "nothing has changed");
	return ohb_work_end(
			work, OHB_END_OK, "what it waited for changed nothing");
}

int ohb_work_baseline(struct ohb_work *work, struct ohb_error *err)
{
	ohb_autofree char *name = ohb_build_sandbox_name(work->build, "base");
	struct ohb_judge_spec spec = ohb_work_judge_spec(work, name);
	struct ohb_judgement judgement;

	ohb_work_begin(work, "baseline");
	if (ohb_judge_baseline(&spec, &work->stage.arena, &judgement, err) < 0)
		return -1;
	ohb_work_done(work, "baseline", judgement.class == OHB_JUDGE_OK,
			judgement.nfindings ? judgement.summary : NULL);
	if (judgement.class == OHB_JUDGE_OK)
		return OHB_NEXT_ROUND;
	return ohb_work_end(work, OHB_END_CONFIG, "%s", judgement.summary);
}

/* What an earlier conversation wrote is given to the next one. */
static int put_outputs(struct ohb_work *work, struct ohb_error *err)
{
	struct ohb_fileset files = OHB_FILESET_INIT;
	ohb_autostr tar = OHB_STR_INIT;
	unsigned uid, gid;
	size_t i;
	int result;

	for (i = 0; i < work->outputs.count; i++)
		if (work->outputs.files[i].kind == OHB_TAR_FILE &&
				work->outputs.files[i].data)
			ohb_fileset_put(&files, &work->outputs.files[i]);
	ohb_sandbox_owner(work->session.sandbox, &uid, &gid);
	result = files.count == 0 ?
			0 :
			ohb_fileset_tar(&files, uid, gid, &tar, err);
	ohb_fileset_release(&files);
	if (result < 0 || tar.len == 0)
		return result;
	return ohb_sandbox_put(work->session.sandbox, tar.data, tar.len, err);
}

/* A conversation for this round: the one that is open, or a new one, which
 * is told everything from the beginning. */
static int open_round(struct ohb_work *work, struct ohb_error *err)
{
	char *name;

	if (work->session.agent)
		return ohb_account_open(work, work->session.name, err);
	name = ohb_build_sandbox_name(work->build, "agent");
	ohb_work_begin(work, "sandbox");
	if (ohb_account_open(work, ohb_arena_strdup(&work->stage.arena, name),
			    err) < 0) {
		free(name);
		return -1;
	}
	work->before = (struct ohb_usage){ .requests = 0 };
	work->told = 0;
	if (ohb_session_open(&work->session, work->build, work->target,
			    &work->stage, name, err) < 0 ||
			put_outputs(work, err) < 0)
		return -1;
	ohb_str_clear(&work->message);
	ohb_str_add(&work->message, ohb_str_cstr(&work->brief),
			work->brief.len);
	if (work->feedback.len) {
		ohb_str_adds(&work->message, "\n\n");
		ohb_str_add(&work->message, work->feedback.data,
				work->feedback.len);
	}
	ohb_work_done(work, "sandbox", 1, NULL);
	return 0;
}

/* The provider's own words, where the gateway has them, say more than what
 * reached the agent through two libraries. */
static void correct(struct ohb_work *work, struct ohb_outcome *outcome)
{
	ohb_autostr words = OHB_STR_INIT;
	enum ohb_provider_failure failure =
			ohb_grant_failure(work->session.grant, &words);

	if (failure == OHB_PROVIDER_OK || outcome->class == OHB_RUN_FINISHED ||
			outcome->class == OHB_RUN_INTERRUPTED)
		return;
	outcome->class = ohb_end_outcome(failure);
	(void)snprintf(outcome->detail, sizeof(outcome->detail), "%s",
			ohb_str_cstr(&words));
}

static uint64_t answers(const struct ohb_work *work)
{
	struct ohb_usage usage;

	ohb_grant_usage(work->session.grant, &usage);
	return usage.requests;
}

static int converse(struct ohb_work *work, struct ohb_outcome *outcome,
		struct ohb_error *err)
{
	uint64_t before = answers(work);

	ohb_work_begin(work, "agent");
	if (ohb_agent_run(work->session.agent, work->message.data,
			    work->message.len, outcome, err) < 0)
		return -1;
	work->agent_usd = outcome->cost_usd;
	/* An agent that was not answered has done nothing wrong. */
	if ((outcome->class == OHB_RUN_TIMEOUT ||
			    outcome->class == OHB_RUN_SILENT) &&
			answers(work) == before)
		outcome->class = OHB_RUN_NO_ANSWER;
	correct(work, outcome);
	ohb_work_done(work, "agent", outcome->class == OHB_RUN_FINISHED,
			outcome->class == OHB_RUN_FINISHED ? NULL :
							     outcome->detail);
	return 0;
}

/* What to do about it, with the target's name where it belongs. */
static void add_cure(struct ohb_str *out, const struct ohb_work *work,
		const struct ohb_outcome *outcome)
{
	static const char placeholder[] = "TARGET";
	const char *cure = ohb_outcome_cure(outcome->class);
	const char *at = strstr(cure, placeholder);

	if (!at) {
		ohb_str_adds(out, cure);
		return;
	}
	ohb_str_add(out, cure, (size_t)(at - cure));
	ohb_str_adds(out, work->target->name);
	ohb_str_adds(out, at + strlen(placeholder));
}

static int end_early(struct ohb_work *work)
{
	return ohb_work_end(work, OHB_END_ENDED,
			"cut short, as no model would answer; what it wrote "
			"is kept");
}

static int end_run(struct ohb_work *work, const struct ohb_outcome *outcome)
{
	ohb_autostr cure = OHB_STR_INIT;

	add_cure(&cure, work, outcome);
	/* What was paid for is kept, good or not, while there is time. */
	if (outcome->class != OHB_RUN_INTERRUPTED)
		ohb_proof_keep(work);
	/* The end says "config" itself. */
	if (outcome->class == OHB_RUN_CONFIG)
		return ohb_work_end(work, OHB_END_CONFIG, "%s; %s",
				outcome->detail, ohb_str_cstr(&cure));
	return ohb_work_end(work, ohb_end_of_outcome(outcome->class),
			"%s: %s; %s", ohb_outcome_name(outcome->class),
			outcome->detail, ohb_str_cstr(&cure));
}

static int pause_for(
		struct ohb_work *work, const char *why, struct ohb_error *err)
{
	int64_t wait_ms = INFRA_WAIT_MS << work->infra++;

	if (ohb_account_close(work, ohb_end_row(OHB_END_INFRA)->name, why,
			    err) < 0)
		return -1;
	ohb_work_begin(work, "wait");
	ohb_work_wait(work, wait_ms, why);
	if (ohb_wait_ms(&work->build->ending, wait_ms, err) < 0)
		return -1;
	ohb_work_done(work, "wait", 1, NULL);
	work->attempt--;
	return 0;
}

/* How often an opening that failed so is tried again: an engine that does not
 * answer may be starting, other failures are chance or for good. */
static unsigned chances(enum ohb_code code)
{
	if (code == OHB_E_CONNECT)
		return INFRA_TRIES;
	return code == OHB_E_INFRA || code == OHB_E_TIMEOUT ||
			code == OHB_E_PROTOCOL;
}

static int open_again(struct ohb_work *work, struct ohb_error *err)
{
	struct ohb_error why = *err;

	if (work->infra >= chances(why.code))
		return -1;
	ohb_work_done(work, "sandbox", 0, why.msg);
	ohb_session_close(&work->session);
	return pause_for(work, why.msg, err) < 0 ? -1 : OHB_NEXT_ROUND;
}

/* Infrastructure failed: the same attempt once more, after a while. */
static int again(struct ohb_work *work, const struct ohb_outcome *outcome,
		struct ohb_error *err)
{
	static const char go_on[] = "The connection was interrupted for a "
				    "while. Go on with the task where you "
				    "were.";

	if (work->infra >= INFRA_TRIES)
		return end_run(work, outcome);
	if (pause_for(work, outcome->detail, err) < 0)
		return -1;
	if (outcome->class == OHB_RUN_DIED) {
		ohb_session_close(&work->session);
		return OHB_NEXT_ROUND;
	}
	ohb_str_clear(&work->message);
	ohb_str_adds(&work->message, go_on);
	return OHB_NEXT_ROUND;
}

/* What ended this run would end every other one: they are cut short.  One
 * tells it; a cassette is that of one target. */
static int end_build(struct ohb_work *work, const struct ohb_outcome *outcome)
{
	if (outcome->class == OHB_RUN_INTERRUPTED ?
					ohb_build_is_over(work->build) :
					outcome->class != OHB_RUN_REPLAY_END &&
							!ohb_build_end(work->build)) {
		ohb_proof_keep(work);
		return end_early(work);
	}
	return end_run(work, outcome);
}

static int go_round(struct ohb_work *work, struct ohb_error *err)
{
	struct ohb_outcome outcome = { .class = OHB_RUN_UNKNOWN };
	enum ohb_outcome_action action;
	int result = -1;

	if (ohb_build_is_over(work->build))
		return end_early(work);
	work->attempt++;
	work->session.attempt = work->attempt;
	work->session.purse = work->purse;
	if (open_round(work, err) < 0)
		return open_again(work, err);
	if (converse(work, &outcome, err) < 0) {
		ohb_outcome_release(&outcome);
		return -1;
	}
	action = ohb_outcome_action(outcome.class);
	work->end->end_build = action == OHB_ACT_END_BUILD ||
			ohb_purse_ended(work->purse) == OHB_PURSE_BUILD_EMPTY;
	switch (action) {
	case OHB_ACT_JUDGE:
		result = ohb_proof_look(work, &outcome, err);
		break;
	case OHB_ACT_RETRY_LATER:
		result = again(work, &outcome, err);
		break;
	case OHB_ACT_END_BUILD:
		result = end_build(work, &outcome);
		break;
	case OHB_ACT_END_TARGET:
		result = end_run(work, &outcome);
		break;
	}
	ohb_outcome_release(&outcome);
	return result;
}

static int end_undecided(struct ohb_work *work)
{
	work->end->told = ohb_str_take(&work->feedback);
	return ohb_work_end(work, OHB_END_OUTDATED,
			"the old test does not hold any more");
}

/* What stands on disk is asked before an agent is. */
static int judge_old(struct ohb_work *work, struct ohb_error *err)
{
	if (work->step->way == OHB_WAY_JUDGE)
		return ohb_stand_judge(work, err);
	if (work->step->way == OHB_WAY_REVALIDATE)
		return ohb_chance_take(work, err);
	return OHB_NEXT_ROUND;
}

static void carry(struct ohb_work *work)
{
	struct ohb_error err = OHB_ERROR_INIT;
	int result = stage(work, &err);

	if (result == OHB_NEXT_ROUND)
		result = judge_old(work, &err);
	/* The rest is done when there are agents. */
	if (result == OHB_NEXT_ROUND && work->build->judges_only)
		result = end_undecided(work);
	if (result == OHB_NEXT_ROUND)
		ohb_chance_changed(work);
	if (result == OHB_NEXT_ROUND && work->step->told)
		ohb_str_adds(&work->feedback, work->step->told);
	if (result == OHB_NEXT_ROUND && work->step->way == OHB_WAY_MERGE)
		result = ohb_stand_prepare(work, &err);
	/* Before anything leaves, and before money is spent. */
	if (result == OHB_NEXT_ROUND)
		result = ohb_leak_look(work);
	if (result == OHB_NEXT_ROUND)
		result = ohb_work_baseline(work, &err);
	while (result == OHB_NEXT_ROUND)
		result = go_round(work, &err);
	if (result < 0 && err.code == OHB_E_CANCELLED &&
			ohb_build_is_over(work->build))
		(void)end_early(work);
	else if (result < 0)
		(void)ohb_work_end(work, ohb_end_of_error(&err), "%s", err.msg);
	work->end->attempts = work->attempt;
	work->end->duration_ms = ohb_clock_mono_ms() - work->started_ms;
	ohb_account_end(work);
}

/* Nothing is asked any more. */
static void close_purse(struct ohb_work *work)
{
	struct ohb_error err = OHB_ERROR_INIT;

	if (ohb_purse_close(work->purse, &err) < 0)
		ohb_emit_warning(work->build->emitter, work->target->name,
				"what was spent counts at its bound: %s",
				err.msg);
}

void ohb_attempt_run(struct ohb_build *build, const struct ohb_target *target,
		const struct ohb_fact *fact, const struct ohb_step *step,
		struct ohb_target_end *ret)
{
	struct ohb_work work = {
		.build = build,
		.target = target,
		.fact = fact,
		.step = step,
		.end = ret,
		.started_ms = ohb_clock_mono_ms(),
	};

	*ret = (struct ohb_target_end){ .class = OHB_END_INFRA };
	if (!step->told)
		ohb_emit(build->emitter,
				&(struct ohb_event){
						.type = OHB_EV_TARGET_STARTED,
						.target = target->name,
						.cost_usd = -1,
				});
	work.purse = ohb_purse_open(build->budget, target->name);
	carry(&work);
	ohb_session_close(&work.session);
	close_purse(&work);
	ohb_fileset_release(&work.outputs);
	ohb_fileset_release(&work.base);
	free(work.refused);
	ohb_str_release(&work.brief);
	ohb_str_release(&work.message);
	ohb_str_release(&work.feedback);
	ohb_stage_release(&work.stage);
	if (ohb_end_row(ret->class)->undecided)
		return;
	ohb_emit(build->emitter,
			&(struct ohb_event){
					.type = OHB_EV_TARGET_ENDED,
					.target = target->name,
					.attempt = ret->attempts,
					.verdict = ohb_end_row(ret->class)
								   ->name,
					.ok = ohb_end_row(ret->class)->made,
					.text = ret->reason,
					.duration_ms = ret->duration_ms,
					.tokens_in = ret->usage.tokens_in,
					.tokens_out = ret->usage.tokens_out,
					.cost_usd = ret->usage.cost_unknown ?
							-1 :
							ret->usage.cost_usd,
			});
}
