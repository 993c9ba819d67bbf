/* What stands on disk: judged as it is, or merged with an agent's version. */
#include "build/chance.h"
#include "build/merge.h"
#include "build/name.h"
#include "build/past.h"
#include "build/work.h"
#include "io/clock.h"

static void take(struct ohb_work *work, const struct ohb_fileset *set)
{
	size_t i;

	ohb_fileset_release(&work->outputs);
	for (i = 0; i < set->count; i++)
		ohb_fileset_put(&work->outputs, &set->files[i]);
}

/* The files stay untouched: kept as a version and recorded.  unproven: of
 * what changed in the sources, or NULL. */
static int adopt(struct ohb_work *work, const char *unproven,
		struct ohb_error *err)
{
	struct ohb_store *store = work->build->store;
	const struct ohb_standing standing = { work->target->name,
		&work->outputs, OHB_BY_PERSON };
	struct ohb_record record;
	int result = ohb_proof_unmoved(work, err);

	if (result != OHB_NEXT_ROUND)
		return result;
	work->end->duration_ms = ohb_clock_mono_ms() - work->started_ms;
	record = ohb_account_record(work, OHB_RECORD_OK, NULL, NULL);
	ohb_account_name(work, &record);
	if (ohb_names_keep(store, &work->stage, &work->outputs, work->target,
			    work->build->config, err) < 0 ||
			ohb_proof_inputs(work, err) < 0 ||
			ohb_past_keep(store, &standing, err) < 0 ||
			ohb_record_save(store, &record, err) < 0)
		return -1;
	if (unproven)
		ohb_emit_warning(work->build->emitter, work->target->name,
				"it is not shown that it tests what changed: "
				"%s",
				unproven);
	return ohb_work_end(work, OHB_END_ADOPTED, "taken as it stands: %s",
			work->judgement.summary);
}

static void advise(struct ohb_work *work)
{
	const char *name = work->target->name;

	ohb_emit_warning(work->build->emitter, name,
			"it is left as it is: mend it; or take it as it "
			"stands: 'ohbuild adopt %s'; or have it made again: "
			"delete it, or say 'edited: merge' or 'edited: "
			"overwrite' in openhands.yml",
			name);
}

/*
 * What changed in the sources is looked at, too, but refuses nothing that a
 * person wrote: a refusal that may rest on it becomes *ret_unproven, and the
 * judge is asked again without.
 */
static int judge(struct ohb_work *work, const char **ret_unproven,
		struct ohb_error *err)
{
	const struct ohb_fileset nothing = OHB_FILESET_INIT;
	const struct ohb_judgement *judgement = &work->judgement;

	ohb_chance_standing(work);
	if (ohb_proof_judge(work, &nothing, err) < 0)
		return -1;
	if (judgement->class == OHB_JUDGE_OK) {
		*ret_unproven = ohb_chance_unproven(work);
		return 0;
	}
	if (!judgement->tried_changed && !judgement->lines_changed)
		return 0;
	*ret_unproven = judgement->summary;
	work->nchanged = 0;
	return ohb_proof_judge(work, &nothing, err);
}

int ohb_stand_judge(struct ohb_work *work, struct ohb_error *err)
{
	const char *unproven = NULL;
	int result;

	take(work, &work->stage.previous);
	if (ohb_account_open(work, NULL, err) < 0 ||
			judge(work, &unproven, err) < 0)
		return -1;
	if (work->judgement.class == OHB_JUDGE_OK)
		return adopt(work, unproven, err);
	/* It may not be the person's fault. */
	result = ohb_proof_blame(work, err);
	if (result != OHB_NEXT_ROUND)
		return result;
	advise(work);
	return ohb_work_end(work, OHB_END_EDITED,
			"the judge refuses it as it stands: %s",
			work->judgement.summary);
}

int ohb_stand_prepare(struct ohb_work *work, struct ohb_error *err)
{
	const struct ohb_merge probe = {
		.base = &work->base,
		.ours = &work->stage.previous,
		.theirs = &work->base,
	};
	struct ohb_fileset merged = OHB_FILESET_INIT;
	const char *path = NULL;
	int found = ohb_merge_base(work->build->store, work->target->name,
			&work->stage.arena, &work->base, err);
	int result;

	if (found < 0)
		return -1;
	if (!found) {
		ohb_emit_warning(work->build->emitter, work->target->name,
				"nothing to merge with: what ohbuild wrote last "
				"is not known here; it is judged as it stands");
		return ohb_stand_judge(work, err);
	}
	/* Whether git can, before an agent is paid. */
	result = ohb_merge_files(
			&probe, &work->stage.arena, &merged, &path, err);
	ohb_fileset_release(&merged);
	return result < 0 ? -1 : OHB_NEXT_ROUND;
}

/* The agent's version is paid for: it can be had. */
static int end_apart(struct ohb_work *work, const char *why)
{
	const char *name = work->target->name;

	ohb_emit_warning(work->build->emitter, name,
			"it is left as it is; the agent's version is kept: "
			"'ohbuild log -v %s' shows it, 'ohbuild restore %s@1' "
			"puts it in place",
			name, name);
	return ohb_work_end(work, OHB_END_MERGE, "%s", why);
}

static bool same_set(const struct ohb_fileset *a, const struct ohb_fileset *b)
{
	size_t i;

	for (i = 0; i < a->count && a->count == b->count; i++)
		if (!ohb_digest_eq(&a->files[i].digest, &b->files[i].digest))
			return false;
	return a->count == b->count;
}

/* One of both is judged like any other. */
static int judge_merged(struct ohb_work *work, const struct ohb_fileset *merged,
		struct ohb_error *err)
{
	const struct ohb_fileset nothing = OHB_FILESET_INIT;
	ohb_autostr why = OHB_STR_INIT;

	if (same_set(&work->outputs, merged))
		return ohb_proof_commit(work, err);
	take(work, merged);
	if (ohb_proof_judge(work, &nothing, err) < 0)
		return -1;
	if (work->judgement.class == OHB_JUDGE_OK)
		return ohb_proof_commit(work, err);
	ohb_str_addf(&why,
			"what became of your version and the agent's is "
			"refused: %s",
			work->judgement.summary);
	return end_apart(work, ohb_str_cstr(&why));
}

int ohb_stand_merge(struct ohb_work *work, struct ohb_error *err)
{
	const struct ohb_merge merge = {
		.base = &work->base,
		.ours = &work->stage.previous,
		.theirs = &work->outputs,
	};
	const struct ohb_standing ours = { work->target->name, merge.ours,
		OHB_BY_PERSON };
	const struct ohb_standing theirs = { work->target->name, merge.theirs,
		OHB_BY_AGENT };
	struct ohb_store *store = work->build->store;
	const char *path = NULL;
	struct ohb_fileset merged = OHB_FILESET_INIT;
	ohb_autostr why = OHB_STR_INIT;
	int result;

	ohb_work_begin(work, "merge");
	if (ohb_past_keep(store, &ours, err) < 0 ||
			ohb_past_keep(store, &theirs, err) < 0)
		return -1;
	result = ohb_merge_files(
			&merge, &work->stage.arena, &merged, &path, err);
	if (result < 0)
		return -1;
	ohb_work_done(work, "merge", result == 1,
			result == 1 ? NULL : "conflict");
	if (result == 1) {
		result = judge_merged(work, &merged, err);
		ohb_fileset_release(&merged);
		return result;
	}
	ohb_str_addf(&why, "you and the agent changed the same lines of '%s'",
			path);
	return end_apart(work, ohb_str_cstr(&why));
}
