#include <string.h>

#include "agent/prompt.h"
#include "base/limits.h"
#include "build/commit.h"
#include "build/judged.h"
#include "build/name.h"
#include "build/work.h"
#include "gateway/budget.h"
#include "io/clock.h"
#include "io/fs.h"

static void warn_of_strays(
		struct ohb_work *work, const struct ohb_fileset *strays)
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
			ohb_work_ignored(work, paths, strays->count, ignored,
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

static int collect(struct ohb_work *work, struct ohb_error *err)
{
	struct ohb_fileset strays = OHB_FILESET_INIT;
	int result;

	ohb_fileset_release(&work->outputs);
	result = ohb_stage_collect(&work->stage, work->target,
			work->session.sandbox, &work->outputs, &strays, err);
	if (result == 0)
		warn_of_strays(work, &strays);
	ohb_fileset_release(&strays);
	return result < 0 ? -1 : ohb_account_outputs(work, err);
}

void ohb_proof_keep(struct ohb_work *work)
{
	struct ohb_error ignored = OHB_ERROR_INIT;

	(void)!collect(work, &ignored);
}

/* What the judge found and lets pass. */
static void warn_of_code(const struct ohb_work *work)
{
	size_t i;

	for (i = 0; i < work->judgement.nwarnings; i++) {
		const struct ohb_finding *warning =
				&work->judgement.warnings[i];

		ohb_emit_warning(work->build->emitter, work->target->name,
				"%s:%u: %s: %s", warning->file, warning->line,
				warning->name, warning->text);
	}
}

int ohb_proof_judge(struct ohb_work *work, const struct ohb_fileset *previous,
		struct ohb_error *err)
{
	ohb_autofree char *name = ohb_build_sandbox_name(work->build, "judge");
	struct ohb_judge_spec spec = ohb_work_judge_spec(work, name);

	ohb_str_clear(&work->feedback);
	/* A first test has nothing before it either, but an agent wrote it. */
	spec.standing = previous != &work->stage.previous &&
			work->base.count == 0;
	work->known = spec.standing && spec.nchanged == 0 &&
			ohb_judged_find(work, &work->judgement);
	if (!work->known &&
			ohb_judge_run(&spec, &work->outputs, previous,
					&work->stage.arena, &work->judgement,
					err) < 0)
		return -1;
	/* A refusal may not be the test's fault: see ohb_proof_blame. */
	if (!work->known && work->judgement.class == OHB_JUDGE_OK)
		ohb_judged_keep(work);
	warn_of_code(work);
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

int ohb_proof_blame(struct ohb_work *work, struct ohb_error *err)
{
	int result;

	/* What is known was asked then. */
	if (work->known)
		return OHB_NEXT_ROUND;
	result = ohb_work_baseline(work, err);
	if (result == OHB_NEXT_ROUND)
		ohb_judged_keep(work);
	return result;
}

/* Nothing may have moved under us: not the inputs, not the person's file. */
int ohb_proof_unmoved(struct ohb_work *work, struct ohb_error *err)
{
	const char *path = NULL;
	int same = ohb_stage_inputs_unchanged(&work->stage, work->build->dirfd,
			work->target, &path, err);

	if (same < 0)
		return -1;
	if (same == 0)
		return ohb_work_end(work, OHB_END_CHANGED,
				"'%s' changed while the agent worked: the "
				"result is not taken (log has it); run ohbuild "
				"again",
				path);
	same = ohb_stage_outputs_unchanged(&work->stage, work->build->dirfd,
			work->target, &path, err);
	if (same < 0)
		return -1;
	return same ? OHB_NEXT_ROUND :
		      ohb_work_end(work, OHB_END_CONFLICT,
				      "'%s' was written by somebody else "
				      "meanwhile: it is left as it is",
				      path);
}

/* Once: many targets have the same inputs. */
static int keep_blob(struct ohb_work *work, const char *data, size_t len,
		struct ohb_error *err)
{
	struct ohb_digest digest = ohb_digest_of(data, len);
	ohb_autostr known = OHB_STR_INIT;
	int found = ohb_blob_find(work->build->store, &digest, &known, err);

	if (found != 0)
		return found < 0 ? -1 : 0;
	return ohb_blob_add(work->build->store, data, len, &digest, err);
}

/* A file as the record names it; a large one is no reading for people. */
static int keep_file(struct ohb_work *work, const struct ohb_file *file,
		struct ohb_error *err)
{
	const bool link = file->kind == OHB_TAR_LINK;
	ohb_autostr frame = OHB_STR_INIT;

	if ((!file->data && !link) || file->len > OHB_MAX_OUTPUT_FILE)
		return 0;
	ohb_fs_frame(&frame, link ? OHB_FS_LINK : OHB_FS_FILE, file->mode,
			link ? file->target : file->data,
			link ? strlen(file->target) : file->len);
	return keep_blob(work, frame.data, frame.len, err);
}

static int keep_files(struct ohb_work *work, const char *const *paths, size_t n,
		struct ohb_error *err)
{
	size_t i;

	for (i = 0; i < n; i++) {
		const struct ohb_file *file =
				ohb_fileset_find(&work->stage.inputs, paths[i]);

		if (file && keep_file(work, file, err) < 0)
			return -1;
	}
	return 0;
}

/* Not everything that was built was committed. */
int ohb_proof_inputs(struct ohb_work *work, struct ohb_error *err)
{
	const struct ohb_target *target = work->target;

	if (keep_files(work, target->sources, target->nsources, err) < 0 ||
			keep_files(work, target->inputs, target->ninputs, err) <
					0)
		return -1;
	return target->prompt ? keep_blob(work, target->prompt,
						strlen(target->prompt), err) :
				0;
}

int ohb_proof_commit(struct ohb_work *work, struct ohb_error *err)
{
	struct ohb_record record;
	const struct ohb_change_set change = {
		.target = work->target->name,
		.previous = &work->stage.previous,
		.outputs = &work->outputs,
		.record = &record,
	};
	int result = ohb_proof_unmoved(work, err);

	if (result != OHB_NEXT_ROUND)
		return result;
	ohb_work_begin(work, "commit");
	ohb_account_usage(work);
	work->end->duration_ms = ohb_clock_mono_ms() - work->started_ms;
	record = ohb_account_record(work, OHB_RECORD_OK,
			work->suspects ? "bug" : NULL,
			work->suspects ? work->end->reason : NULL);
	if (ohb_names_keep(work->build->store, &work->stage, &work->outputs,
			    work->target, work->build->config, err) < 0 ||
			ohb_proof_inputs(work, err) < 0 ||
			ohb_commit_outputs(work->build->dirfd,
					work->build->store, &change,
					&work->stage.arena, err) < 0)
		return -1;
	ohb_work_done(work, "commit", 1, NULL);
	return ohb_work_end(work, work->suspects ? OHB_END_BUG : OHB_END_OK,
			"%s",
			work->suspects ? work->end->reason :
					 work->judgement.summary);
}

enum repetition {
	REPEATS_NONE,
	REPEATS_LAST, /* what it was told was in vain */
	REPEATS_OLDER, /* it goes round in circles */
};

static enum repetition note_refusal(
		struct ohb_work *work, const struct ohb_digest *fingerprint)
{
	enum repetition repeats = REPEATS_NONE;
	struct ohb_digest *place;
	size_t i;

	for (i = 0; i < work->nrefused; i++)
		if (ohb_digest_eq(&work->refused[i], fingerprint))
			repeats = i + 1 == work->nrefused ? REPEATS_LAST :
							    REPEATS_OLDER;
	place = ohb_grow(&work->refused, &work->crefused, work->nrefused,
			sizeof(*work->refused));
	*place = *fingerprint;
	work->nrefused++;
	return repeats;
}

/* What the judge's refusal means for the target. */
static int refused(struct ohb_work *work, const struct ohb_outcome *outcome)
{
	const struct ohb_judgement *judgement = &work->judgement;
	ohb_autostr why = OHB_STR_INIT;
	enum repetition repeats;

	if (ohb_prompt_find_blocked(ohb_str_cstr(&outcome->message),
			    outcome->message.len, &why) == 1)
		return ohb_work_end(work, OHB_END_BLOCKED,
				"the agent says that it cannot be done: %s",
				ohb_str_cstr(&why));
	if (outcome->class == OHB_RUN_BUDGET)
		return ohb_work_end(work, OHB_END_BUDGET, "%s",
				ohb_purse_ended(work->purse) == OHB_PURSE_BUILD_EMPTY ?
						"no money is left in the "
						"build" :
						outcome->detail);
	repeats = note_refusal(work, &judgement->fingerprint);
	if (repeats == REPEATS_LAST)
		return ohb_work_end(work, OHB_END_SAME,
				"refused twice for the same reason: %s",
				judgement->summary);
	if (work->attempt >= work->build->config->limits.attempts)
		return ohb_work_end(
				work, OHB_END_AGENT, "%s", judgement->summary);
	ohb_str_clear(&work->message);
	if (outcome->class != OHB_RUN_FINISHED)
		ohb_str_addf(&work->message,
				"Your last run ended early: %s\n\n",
				outcome->detail);
	ohb_str_add(&work->message, ohb_str_cstr(&work->feedback),
			work->feedback.len);
	/* A conversation that is full, or repeats itself, is left: the next
	 * one starts with the file. */
	if (repeats == REPEATS_OLDER || outcome->class == OHB_RUN_CONTEXT)
		ohb_session_close(&work->session);
	return OHB_NEXT_ROUND;
}

/* Looks at what was written, whatever the agent says of it. */
int ohb_proof_look(struct ohb_work *work, const struct ohb_outcome *outcome,
		struct ohb_error *err)
{
	ohb_autostr bug = OHB_STR_INIT;

	if (collect(work, err) < 0 ||
			ohb_proof_judge(work, &work->stage.previous, err) < 0)
		return -1;
	if (work->judgement.class == OHB_JUDGE_OK) {
		work->suspects =
				ohb_prompt_find_bug(
						ohb_str_cstr(&outcome->message),
						outcome->message.len,
						&bug) == 1;
		if (work->suspects)
			(void)ohb_work_end(work, OHB_END_BUG,
					"suspected bug: %s",
					ohb_str_cstr(&bug));
		return work->base.count ? ohb_stand_merge(work, err) :
					  ohb_proof_commit(work, err);
	}
	/* Its end says why there was no further try. */
	if (outcome->class != OHB_RUN_BUDGET &&
			ohb_account_close(work,
					ohb_end_row(OHB_END_AGENT)->name,
					work->judgement.summary, err) < 0)
		return -1;
	return refused(work, outcome);
}
