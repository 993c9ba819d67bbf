#include "build/attempt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/prompt.h"
#include "base/failpoint.h"
#include "base/limits.h"
#include "build/brief.h"
#include "build/commit.h"
#include "build/facts.h"
#include "build/ignore.h"
#include "build/session.h"
#include "io/clock.h"
#include "io/process.h"
#include "io/wait.h"
#include "text/utf8.h"
#include "validate/judge.h"

/* Infrastructure that failed is given so many more chances, which cost no
 * attempt; the first after INFRA_WAIT_MS, then twice as long each time. */
#define INFRA_TRIES 3
#define INFRA_WAIT_MS ((int64_t)2000)

/* What a step of a target says to its caller, besides -1 for an error. */
enum next { NEXT_ROUND, NEXT_END };

struct work {
	struct ohb_build *build;
	const struct ohb_target *target;
	const struct ohb_fact *fact;
	const struct ohb_step *step;
	struct ohb_target_end *end;
	struct ohb_stage stage;
	struct ohb_parts parts; /* of the key, as staged */
	struct ohb_digest key;
	struct ohb_session session; /* open while session.agent is there */
	struct ohb_fileset outputs; /* as collected last */
	struct ohb_judgement judgement; /* of them */
	struct ohb_attempt row; /* of the ledger, while it is open */
	struct ohb_usage before; /* of the session, when the row began */
	struct ohb_str brief; /* the first message */
	struct ohb_str message; /* the next one */
	struct ohb_str feedback; /* the judge's, for a fresh conversation */
	struct ohb_digest refused; /* fingerprint of the last refusal */
	bool was_refused;
	bool suspects; /* the agent suspects a bug */
	unsigned attempt, infra;
	int64_t step_ms; /* when the present step began */
};

static int end_with(struct work *work, enum ohb_end_class class,
		const char *fmt, ...) OHB_PRINTF(3, 4);

static int end_with(struct work *work, enum ohb_end_class class,
		const char *fmt, ...)
{
	ohb_autostr text = OHB_STR_INIT, line = OHB_STR_INIT;
	va_list ap;

	va_start(ap, fmt);
	ohb_str_addv(&text, fmt, ap);
	va_end(ap);
	ohb_utf8_line(&line, ohb_str_cstr(&text), text.len,
			sizeof(work->end->reason) - 1);
	(void)snprintf(work->end->reason, sizeof(work->end->reason), "%s",
			ohb_str_cstr(&line));
	work->end->class = class;
	return NEXT_END;
}

static void begin(struct work *work, const char *step)
{
	work->step_ms = ohb_clock_mono_ms();
	ohb_emit(work->build->emitter,
			&(struct ohb_event){
					.type = OHB_EV_STEP_STARTED,
					.target = work->target->name,
					.attempt = work->attempt,
					.step = step,
					.cost_usd = -1,
			});
}

static void done(struct work *work, const char *step, int ok, const char *text)
{
	ohb_emit(work->build->emitter,
			&(struct ohb_event){
					.type = OHB_EV_STEP_ENDED,
					.target = work->target->name,
					.attempt = work->attempt,
					.step = step,
					.ok = ok,
					.text = text,
					.duration_ms = ohb_clock_mono_ms() -
							work->step_ms,
					.cost_usd = -1,
			});
}

static void on_judge_step(void *userdata, const char *step, int started, int ok,
		int64_t duration_ms, const char *text)
{
	struct work *work = userdata;
	ohb_autostr name = OHB_STR_INIT;

	ohb_str_addf(&name, "judge:%s", step);
	ohb_emit(work->build->emitter,
			&(struct ohb_event){
					.type = started ? OHB_EV_STEP_STARTED :
							  OHB_EV_STEP_ENDED,
					.target = work->target->name,
					.attempt = work->attempt,
					.step = ohb_str_cstr(&name),
					.ok = ok,
					.text = text,
					.duration_ms = duration_ms,
					.cost_usd = -1,
			});
}

static int on_ignored(void *userdata, const char *const *paths, size_t n,
		int *ret_ignored, struct ohb_error *err)
{
	struct work *work = userdata;

	return ohb_ignored(work->build->root, work->build->cancel, paths, n,
			ret_ignored, err);
}

static struct ohb_judge_spec judge_spec(struct work *work, const char *name)
{
	const struct ohb_build *build = work->build;

	return (struct ohb_judge_spec){
		.engine = ohb_build_judge_engine(build, work->target),
		.image = ohb_build_judge_image(build, work->target),
		.name = name,
		.target = work->target,
		.inputs = &work->stage.inputs,
		.memory_bytes = build->config->agent.memory_bytes,
		.cpus = build->config->agent.cpus,
		.cancel = build->cancel,
		.ignored = build->git ? on_ignored : NULL,
		.on_step = on_judge_step,
		.userdata = work,
	};
}

/* It waited for another target, which came out as it was. */
static bool is_fresh_after_all(const struct work *work)
{
	const struct ohb_step *step = work->step;
	const struct ohb_fact *fact = work->fact;

	return !work->build->always && step->verdict == OHB_STALE &&
			step->nwaits && step->nchanges == 0 &&
			fact->has_record && !fact->failed &&
			ohb_digest_eq(&fact->recorded_key, &work->key);
}

static int stage(struct work *work, struct ohb_error *err)
{
	const char *dir = work->build->config->agent.sandbox ==
					OHB_SANDBOX_DOCKER ?
			"/workspace/project" :
			".";

	begin(work, "stage");
	if (ohb_stage_load(&work->stage, work->build->dirfd, work->target,
			    err) < 0)
		return -1;
	work->parts = ohb_facts_of_stage(&work->stage, work->target,
			work->build->config, &work->stage.arena);
	work->key = ohb_key_of(&work->parts);
	if (ohb_brief_make(work->target, dir, work->stage.previous.count > 0,
			    &work->stage.arena, &work->brief, err) < 0)
		return -1;
	ohb_str_add(&work->message, work->brief.data, work->brief.len);
	done(work, "stage", 1, NULL);
	if (is_fresh_after_all(work))
		return end_with(work, OHB_END_OK,
				"what it waited for changed nothing");
	return NEXT_ROUND;
}

/* Finds out, before money is spent, what no test could mend. */
static int baseline(struct work *work, struct ohb_error *err)
{
	ohb_autofree char *name = ohb_build_sandbox_name(work->build, "base");
	struct ohb_judge_spec spec = judge_spec(work, name);
	struct ohb_judgement judgement;

	begin(work, "baseline");
	if (ohb_judge_baseline(&spec, &work->stage.arena, &judgement, err) < 0)
		return -1;
	done(work, "baseline", judgement.class == OHB_JUDGE_OK,
			judgement.nfindings ? judgement.summary : NULL);
	if (judgement.class == OHB_JUDGE_OK)
		return NEXT_ROUND;
	return end_with(work, OHB_END_CONFIG, "%s", judgement.summary);
}

/* The ledger knows of the container before there is one. */
static int open_row(
		struct work *work, const char *container, struct ohb_error *err)
{
	char owner[OHB_OWNER_TEXT];

	ohb_owner_self(owner);
	work->row = (struct ohb_attempt){
		.run = work->build->run,
		.target = work->target->name,
		.number = work->attempt,
		.container = container,
		.owner = owner,
		.started_ms = ohb_clock_wall_ms(),
		.cost_usd = -1,
	};
	if (ohb_attempt_add(work->build->store, &work->row, &work->row.id,
			    err) < 0)
		return -1;
	work->row.owner = NULL;
	ohb_failpoint("attempt-started");
	return 0;
}

/* Puts text into the blobs, free of secrets. */
static int keep_text(struct work *work, const char *data, size_t len,
		struct ohb_digest *ret, struct ohb_error *err)
{
	ohb_autostr text = OHB_STR_INIT;

	ohb_str_add(&text, data, len);
	ohb_redact_apply(work->build->redact, &text);
	return ohb_blob_add(work->build->store, text.data, text.len, ret, err);
}

static void add_usage(struct work *work)
{
	struct ohb_usage now = { .requests = 0 };
	struct ohb_usage *all = &work->end->usage;
	const struct ohb_usage *was = &work->before;

	if (!work->session.grant)
		return;
	ohb_grant_usage(work->session.grant, &now);
	work->row.tokens_in = now.tokens_in - was->tokens_in;
	work->row.tokens_out = now.tokens_out - was->tokens_out;
	work->row.cost_usd =
			now.cost_unknown ? -1 : now.cost_usd - was->cost_usd;
	work->row.model = ohb_grant_model(work->session.grant);
	all->requests += now.requests - was->requests;
	all->tokens_in += now.tokens_in - was->tokens_in;
	all->tokens_cached += now.tokens_cached - was->tokens_cached;
	all->tokens_out += now.tokens_out - was->tokens_out;
	all->cost_usd += now.cost_usd - was->cost_usd;
	all->cost_unknown |= now.cost_unknown;
	work->before = now;
}

/* Everything that happened so far, as the server tells it.  Nothing is lost
 * when it cannot be had: the row says how it ended all the same. */
static void keep_trajectory(struct work *work)
{
	ohb_autostr text = OHB_STR_INIT;
	struct ohb_error ignored = OHB_ERROR_INIT;

	if (!work->session.agent ||
			ohb_agent_trajectory(work->session.agent, &text,
					&ignored) < 0 ||
			keep_text(work, ohb_str_cstr(&text), text.len,
					&work->row.trajectory, &ignored) < 0)
		work->row.trajectory = (struct ohb_digest){ .bytes = { 0 } };
}

/* What an attempt wrote is kept, also when it was refused. */
static int keep_outputs(struct work *work, struct ohb_error *err)
{
	size_t i;

	for (i = 0; i < work->outputs.count; i++) {
		const struct ohb_file *file = &work->outputs.files[i];
		struct ohb_digest blob;

		if (file->data &&
				ohb_blob_add(work->build->store, file->data,
						file->len, &blob, err) < 0)
			return -1;
	}
	return 0;
}

static int close_row(struct work *work, const char *class, const char *reason,
		struct ohb_error *err)
{
	int64_t now = ohb_clock_wall_ms();
	ohb_autostr text = OHB_STR_INIT;

	if (!work->row.id)
		return 0;
	add_usage(work);
	keep_trajectory(work);
	ohb_str_adds(&text, reason);
	ohb_redact_apply(work->build->redact, &text);
	work->row.class = class;
	work->row.reason = ohb_str_cstr(&text);
	work->row.ended_ms = now;
	work->row.duration_ms = now - work->row.started_ms;
	ohb_emit(work->build->emitter,
			&(struct ohb_event){
					.type = OHB_EV_ATTEMPT_ENDED,
					.target = work->target->name,
					.attempt = work->attempt,
					.verdict = class,
					.text = text.data,
					.ok = strcmp(class, "ok") == 0,
					.model = work->row.model,
					.duration_ms = work->row.duration_ms,
					.tokens_in = work->row.tokens_in,
					.tokens_out = work->row.tokens_out,
					.cost_usd = work->row.cost_usd,
			});
	if (keep_text(work, work->message.data, work->message.len,
			    &work->row.prompt, err) < 0 ||
			keep_outputs(work, err) < 0 ||
			ohb_attempt_end(work->build->store, &work->row, err) <
					0)
		return -1;
	work->row.id = 0;
	ohb_failpoint("attempt-ended");
	return 0;
}

/* What an earlier conversation wrote is given to the next one. */
static int put_outputs(struct work *work, struct ohb_error *err)
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
static int open_round(struct work *work, struct ohb_error *err)
{
	char *name;

	if (work->session.agent)
		return open_row(work, work->session.name, err);
	name = ohb_build_sandbox_name(work->build, "agent");
	begin(work, "sandbox");
	if (open_row(work, ohb_arena_strdup(&work->stage.arena, name), err) <
			0) {
		free(name);
		return -1;
	}
	work->before = (struct ohb_usage){ .requests = 0 };
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
	done(work, "sandbox", 1, NULL);
	return 0;
}

/* The provider's own words, where the gateway has them, say more than what
 * reached the agent through two libraries. */
static void correct(struct work *work, struct ohb_outcome *outcome)
{
	static const enum ohb_outcome_class classes[] = {
		[OHB_PROVIDER_OK] = OHB_RUN_UNKNOWN,
		[OHB_PROVIDER_AUTH] = OHB_RUN_AUTH,
		[OHB_PROVIDER_QUOTA] = OHB_RUN_QUOTA,
		[OHB_PROVIDER_RATE_LIMIT] = OHB_RUN_RATE_LIMIT,
		[OHB_PROVIDER_CONFIG] = OHB_RUN_CONFIG,
		[OHB_PROVIDER_CONTEXT] = OHB_RUN_CONTEXT,
		[OHB_PROVIDER_UNAVAILABLE] = OHB_RUN_TRANSIENT,
		[OHB_PROVIDER_REPLAY_END] = OHB_RUN_CONFIG,
	};
	ohb_autostr words = OHB_STR_INIT;
	enum ohb_provider_failure failure =
			ohb_grant_failure(work->session.grant, &words);

	if (failure == OHB_PROVIDER_OK || outcome->class == OHB_RUN_FINISHED ||
			outcome->class == OHB_RUN_INTERRUPTED)
		return;
	outcome->class = classes[failure];
	(void)snprintf(outcome->detail, sizeof(outcome->detail), "%s",
			ohb_str_cstr(&words));
}

static int converse(struct work *work, struct ohb_outcome *outcome,
		struct ohb_error *err)
{
	begin(work, "agent");
	if (ohb_agent_run(work->session.agent, work->message.data,
			    work->message.len, outcome, err) < 0)
		return -1;
	correct(work, outcome);
	done(work, "agent", outcome->class == OHB_RUN_FINISHED,
			outcome->class == OHB_RUN_FINISHED ? NULL :
							     outcome->detail);
	return 0;
}

/* Infrastructure failed: the same attempt once more, after a while. */
static int again(struct work *work, const struct ohb_outcome *outcome,
		struct ohb_error *err)
{
	static const char go_on[] = "The connection was interrupted for a "
				    "while. Go on with the task where you "
				    "were.";

	if (close_row(work, "infra", outcome->detail, err) < 0)
		return -1;
	if (work->infra >= INFRA_TRIES)
		return end_with(work, OHB_END_INFRA, "%s: %s",
				ohb_outcome_name(outcome->class),
				outcome->detail);
	begin(work, "wait");
	if (ohb_wait_ms(work->build->cancel, INFRA_WAIT_MS << work->infra++,
			    err) < 0)
		return -1;
	done(work, "wait", 1, outcome->detail);
	work->attempt--;
	if (outcome->class == OHB_RUN_DIED) {
		ohb_session_close(&work->session);
		return NEXT_ROUND;
	}
	ohb_str_clear(&work->message);
	ohb_str_adds(&work->message, go_on);
	return NEXT_ROUND;
}

static void warn_of_strays(struct work *work, const struct ohb_fileset *strays)
{
	ohb_autofree const char **paths =
			ohb_alloc((strays->count + 1) * sizeof(*paths));
	ohb_autofree int *ignored =
			ohb_alloc((strays->count + 1) * sizeof(*ignored));
	ohb_autostr list = OHB_STR_INIT;
	struct ohb_error unused = OHB_ERROR_INIT;
	size_t i, shown = 0;

	for (i = 0; i < strays->count; i++)
		paths[i] = strays->files[i].path;
	if (strays->count && work->build->git &&
			on_ignored(work, paths, strays->count, ignored,
					&unused) < 0)
		return;
	for (i = 0; i < strays->count && shown < 10; i++)
		if (!ignored[i])
			ohb_str_addf(&list, "%s%s", shown++ ? ", " : "",
					paths[i]);
	if (shown)
		ohb_emit_warning(work->build->emitter, work->target->name,
				"the agent also wrote %s%s: not taken",
				ohb_str_cstr(&list),
				i < strays->count ? ", …" : "");
}

static int collect(struct work *work, struct ohb_error *err)
{
	struct ohb_fileset strays = OHB_FILESET_INIT;
	int result;

	ohb_fileset_release(&work->outputs);
	result = ohb_stage_collect(&work->stage, work->target,
			work->session.sandbox, &work->outputs, &strays, err);
	if (result == 0)
		warn_of_strays(work, &strays);
	ohb_fileset_release(&strays);
	return result;
}

static int judge(struct work *work, struct ohb_error *err)
{
	ohb_autofree char *name = ohb_build_sandbox_name(work->build, "judge");
	struct ohb_judge_spec spec = judge_spec(work, name);

	ohb_str_clear(&work->feedback);
	if (ohb_judge_run(&spec, &work->outputs, &work->stage.previous,
			    &work->stage.arena, &work->judgement, err) < 0)
		return -1;
	if (work->judgement.class != OHB_JUDGE_OK) {
		ohb_judge_digest(&spec, &work->judgement, work->attempt,
				work->build->config->limits.attempts,
				&work->feedback);
		ohb_redact_apply(work->build->redact, &work->feedback);
	}
	work->row.findings = work->feedback.len ? work->feedback.data : NULL;
	work->row.fingerprint = work->judgement.fingerprint;
	return 0;
}

static struct ohb_record make_record(struct work *work,
		enum ohb_record_status status, const char *class,
		const char *evidence)
{
	struct ohb_record_part *parts = ohb_arena_alloc(
			&work->stage.arena, work->parts.count * sizeof(*parts));
	const struct ohb_usage *usage = &work->end->usage;
	int64_t now = ohb_clock_wall_ms();
	size_t i;

	for (i = 0; i < work->parts.count; i++)
		parts[i] = (struct ohb_record_part){
			.name = work->parts.items[i].name,
			.digest = work->parts.items[i].digest,
		};
	return (struct ohb_record){
		.target = work->target->name,
		.status = status,
		.key = work->key,
		.parts = parts,
		.nparts = work->parts.count,
		.class = class,
		.evidence = evidence,
		.fingerprint = work->judgement.fingerprint,
		.model = work->row.model,
		.image = work->build->config->agent.image,
		.cost_usd = usage->cost_unknown ? -1 : usage->cost_usd,
		.tokens_in = usage->tokens_in,
		.tokens_out = usage->tokens_out,
		.started_ms = now - work->end->duration_ms,
		.finished_ms = now,
		.duration_ms = work->end->duration_ms,
		.attempts = work->attempt,
	};
}

/* Nothing may have moved under us: not the inputs, not the person's file. */
static int unmoved(struct work *work, struct ohb_error *err)
{
	const char *path = NULL;
	int same = ohb_stage_inputs_unchanged(&work->stage, work->build->dirfd,
			work->target, &path, err);

	if (same < 0)
		return -1;
	if (same == 0)
		return end_with(work, OHB_END_CHANGED,
				"'%s' changed while the agent worked: the "
				"result is not taken (log has it); run ohbuild "
				"again",
				path);
	same = ohb_stage_outputs_unchanged(&work->stage, work->build->dirfd,
			work->target, &path, err);
	if (same < 0)
		return -1;
	return same ? NEXT_ROUND :
		      end_with(work, OHB_END_CONFLICT,
				      "'%s' was written by somebody else "
				      "meanwhile: it is left as it is",
				      path);
}

static int commit(struct work *work, int64_t started, struct ohb_error *err)
{
	struct ohb_record record;
	int result = unmoved(work, err);

	if (result != NEXT_ROUND)
		return result;
	begin(work, "commit");
	add_usage(work);
	work->end->duration_ms = ohb_clock_mono_ms() - started;
	record = make_record(work, OHB_RECORD_OK, NULL, NULL);
	record.validation_key = ohb_judge_key(work->target, &work->stage.inputs,
			&work->outputs,
			ohb_build_judge_image(work->build, work->target));
	if (ohb_commit_outputs(work->build->dirfd, work->build->store,
			    &work->stage, &work->outputs, &record,
			    &work->stage.arena, err) < 0)
		return -1;
	done(work, "commit", 1, NULL);
	return end_with(work, work->suspects ? OHB_END_BUG : OHB_END_OK, "%s",
			work->suspects ? work->end->reason :
					 work->judgement.summary);
}

/* What the judge's refusal means for the target. */
static int refused(struct work *work, const struct ohb_outcome *outcome)
{
	const struct ohb_judgement *judgement = &work->judgement;
	ohb_autostr why = OHB_STR_INIT;
	bool same = work->was_refused &&
			ohb_digest_eq(&work->refused, &judgement->fingerprint);

	if (ohb_prompt_find_blocked(ohb_str_cstr(&outcome->message),
			    outcome->message.len, &why) == 1)
		return end_with(work, OHB_END_BLOCKED,
				"the agent says that it cannot be done: %s",
				ohb_str_cstr(&why));
	work->was_refused = true;
	work->refused = judgement->fingerprint;
	if (same)
		return end_with(work, OHB_END_SAME,
				"refused twice for the same reason: %s",
				judgement->summary);
	if (work->attempt >= work->build->config->limits.attempts)
		return end_with(work, OHB_END_AGENT, "%s", judgement->summary);
	ohb_str_clear(&work->message);
	if (outcome->class != OHB_RUN_FINISHED)
		ohb_str_addf(&work->message,
				"Your last run ended early: %s\n\n",
				outcome->detail);
	ohb_str_add(&work->message, ohb_str_cstr(&work->feedback),
			work->feedback.len);
	return NEXT_ROUND;
}

/* Looks at what was written, whatever the agent says of it. */
static int look(struct work *work, const struct ohb_outcome *outcome,
		int64_t started, struct ohb_error *err)
{
	ohb_autostr bug = OHB_STR_INIT;
	int result;

	if (collect(work, err) < 0 || judge(work, err) < 0)
		return -1;
	if (work->judgement.class == OHB_JUDGE_OK) {
		work->suspects =
				ohb_prompt_find_bug(
						ohb_str_cstr(&outcome->message),
						outcome->message.len,
						&bug) == 1;
		if (work->suspects)
			(void)end_with(work, OHB_END_BUG, "suspected bug: %s",
					ohb_str_cstr(&bug));
		result = commit(work, started, err);
		if (result < 0)
			return -1;
		return close_row(work,
				       ohb_end_row(work->end->class)->made ?
						       "ok" :
						       ohb_end_row(work->end->class)
								       ->name,
				       work->end->reason, err) < 0 ?
				-1 :
				NEXT_END;
	}
	if (close_row(work, "agent", work->judgement.summary, err) < 0)
		return -1;
	result = refused(work, outcome);
	/* This conversation is full: the next one starts with the file. */
	if (result == NEXT_ROUND && outcome->class == OHB_RUN_CONTEXT)
		ohb_session_close(&work->session);
	return result;
}

static int go_round(struct work *work, int64_t started, struct ohb_error *err)
{
	struct ohb_outcome outcome = { .class = OHB_RUN_UNKNOWN };
	enum ohb_outcome_action action;
	int result = -1;

	work->attempt++;
	work->session.attempt = work->attempt;
	if (open_round(work, err) < 0 || converse(work, &outcome, err) < 0) {
		ohb_outcome_release(&outcome);
		return -1;
	}
	action = ohb_outcome_action(outcome.class);
	work->end->end_build = action == OHB_ACT_END_BUILD;
	switch (action) {
	case OHB_ACT_JUDGE:
		result = look(work, &outcome, started, err);
		break;
	case OHB_ACT_RETRY_LATER:
		result = again(work, &outcome, err);
		break;
	case OHB_ACT_END_BUILD:
	case OHB_ACT_END_TARGET:
		result = end_with(work, ohb_end_of_outcome(outcome.class),
				"%s: %s", ohb_outcome_name(outcome.class),
				outcome.detail);
		break;
	}
	ohb_outcome_release(&outcome);
	return result;
}

/* A failure with evidence is not paid for twice. */
static void remember(struct work *work)
{
	const struct ohb_end_row *row = ohb_end_row(work->end->class);
	struct ohb_error err = OHB_ERROR_INIT;
	struct ohb_record record;

	if (close_row(work, row->name, work->end->reason, &err) < 0)
		ohb_emit_warning(work->build->emitter, work->target->name,
				"the ledger: %s", err.msg);
	if (!row->remember)
		return;
	record = make_record(
			work, OHB_RECORD_FAILED, row->name, work->end->reason);
	if (ohb_record_save(work->build->store, &record, &err) < 0)
		ohb_emit_warning(work->build->emitter, work->target->name,
				"the record: %s", err.msg);
}

static void carry(struct work *work, int64_t started)
{
	struct ohb_error err = OHB_ERROR_INIT;
	int result = stage(work, &err);

	if (result == NEXT_ROUND)
		result = baseline(work, &err);
	while (result == NEXT_ROUND)
		result = go_round(work, started, &err);
	if (result < 0)
		(void)end_with(work, ohb_end_of_error(&err), "%s", err.msg);
	work->end->attempts = work->attempt;
	work->end->duration_ms = ohb_clock_mono_ms() - started;
	remember(work);
}

void ohb_attempt_run(struct ohb_build *build, const struct ohb_target *target,
		const struct ohb_fact *fact, const struct ohb_step *step,
		struct ohb_target_end *ret)
{
	struct work work = {
		.build = build,
		.target = target,
		.fact = fact,
		.step = step,
		.end = ret,
	};
	int64_t started = ohb_clock_mono_ms();

	*ret = (struct ohb_target_end){ .class = OHB_END_INFRA };
	ohb_emit(build->emitter,
			&(struct ohb_event){
					.type = OHB_EV_TARGET_STARTED,
					.target = target->name,
					.cost_usd = -1,
			});
	carry(&work, started);
	ohb_session_close(&work.session);
	ohb_fileset_release(&work.outputs);
	ohb_str_release(&work.brief);
	ohb_str_release(&work.message);
	ohb_str_release(&work.feedback);
	ohb_stage_release(&work.stage);
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
