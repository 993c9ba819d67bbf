#include "build/validate.h"

#include <pthread.h>
#include <stdatomic.h>

#include "build/facts.h"
#include "build/work.h"
#include "io/clock.h"

const char *ohb_validated_name(enum ohb_validated_state state)
{
	static const char *const names[] = {
		[OHB_VALIDATED_NOT_RUN] = "not run",
		[OHB_VALIDATED_PASSED] = "passed",
		[OHB_VALIDATED_FAILED] = "failed",
		[OHB_VALIDATED_MISSING] = "missing",
		[OHB_VALIDATED_CONFIG] = "config",
		[OHB_VALIDATED_INFRA] = "infra",
	};

	return names[state];
}

static void tell(const struct ohb_build *build,
		const struct ohb_validated *item, enum ohb_event_type type)
{
	ohb_emit(build->emitter,
			&(struct ohb_event){
					.type = type,
					.target = item->target->name,
					.verdict = ohb_validated_name(
							item->state),
					.text = item->reason,
					.ok = item->state ==
							OHB_VALIDATED_PASSED,
					.duration_ms = item->duration_ms,
			});
}

static enum ohb_validated_state state_of(const struct ohb_error *err)
{
	const struct ohb_end_row *row = ohb_end_row(ohb_end_of_error(err));

	if (row->cut_short)
		return OHB_VALIDATED_NOT_RUN;
	return row->configuration ? OHB_VALIDATED_CONFIG : OHB_VALIDATED_INFRA;
}

/* What is recorded of these sources and inputs. */
static int recall(struct ohb_work *work, struct ohb_validated *item,
		struct ohb_error *err)
{
	struct ohb_arena *arena = &work->stage.arena;
	struct ohb_parts parts = ohb_facts_of_stage(
			&work->stage, work->target, work->build->config, arena);
	struct ohb_digest key = ohb_key_of(&parts);
	struct ohb_record record;
	int found = ohb_record_find(work->build->store, work->target->name,
			arena, &record, err);

	if (found <= 0 || !ohb_digest_eq(&record.key, &key))
		return found < 0 ? -1 : 0;
	if (ohb_streq(record.class, ohb_end_row(OHB_END_BUG)->name))
		item->suspicion = record.evidence;
	if (ohb_streq(record.class, ohb_end_row(OHB_END_BLOCKED)->name))
		item->blocked = record.evidence;
	return 0;
}

/* A failure may not be the test's fault. */
static int judge(struct ohb_work *work, struct ohb_validated *item,
		struct ohb_error *err)
{
	const struct ohb_fileset nothing = OHB_FILESET_INIT;
	size_t i;

	if (ohb_stage_load(&work->stage, work->build->dirfd, work->target,
			    err) < 0 ||
			recall(work, item, err) < 0)
		return -1;
	if (work->stage.previous.count == 0) {
		item->state = OHB_VALIDATED_MISSING;
		item->reason = "no test is there";
		return 0;
	}
	for (i = 0; i < work->stage.previous.count; i++)
		ohb_fileset_put(&work->outputs, &work->stage.previous.files[i]);
	tell(work->build, item, OHB_EV_TARGET_STARTED);
	if (ohb_proof_judge(work, &nothing, err) < 0)
		return -1;
	item->judgement = work->judgement;
	item->known = work->known;
	item->state = work->judgement.class == OHB_JUDGE_OK ?
			OHB_VALIDATED_PASSED :
			OHB_VALIDATED_FAILED;
	item->reason = work->judgement.summary;
	if (item->state == OHB_VALIDATED_PASSED)
		return 0;
	switch (ohb_proof_blame(work, err)) {
	case OHB_NEXT_ROUND:
		return 0;
	case OHB_NEXT_END:
		item->state = OHB_VALIDATED_CONFIG;
		item->reason = ohb_arena_strdup(
				&work->stage.arena, work->end->reason);
		return 0;
	default:
		return -1;
	}
}

static void carry(struct ohb_build *build, struct ohb_validated *item)
{
	struct ohb_target_end end = { .reason = "" };
	struct ohb_work work = {
		.build = build,
		.target = item->target,
		.end = &end,
		.started_ms = ohb_clock_mono_ms(),
	};
	struct ohb_error err = OHB_ERROR_INIT;

	if (judge(&work, item, &err) < 0) {
		item->state = state_of(&err);
		item->reason = ohb_arena_strdup(&work.stage.arena, err.msg);
	}
	item->duration_ms = ohb_clock_mono_ms() - work.started_ms;
	if (item->state != OHB_VALIDATED_MISSING)
		tell(build, item, OHB_EV_TARGET_ENDED);
	ohb_fileset_release(&work.outputs);
	ohb_str_release(&work.feedback);
	/* What the judgement names lives on. */
	item->arena = work.stage.arena;
	work.stage.arena = (struct ohb_arena)OHB_ARENA_INIT;
	ohb_stage_release(&work.stage);
}

struct queue {
	struct ohb_validating *validating;
	atomic_size_t next;
	atomic_bool stop;
};

static void *work(void *userdata)
{
	struct queue *queue = userdata;
	struct ohb_validating *all = queue->validating;
	struct ohb_validated *item;
	size_t i;

	while ((i = atomic_fetch_add(&queue->next, 1)) < all->count) {
		if (atomic_load(&queue->stop) ||
				ohb_cancel_level(all->build->cancel))
			break;
		item = &all->items[i];
		carry(all->build, item);
		if (item->state != OHB_VALIDATED_PASSED &&
				item->state != OHB_VALIDATED_MISSING &&
				!all->keep_going)
			atomic_store(&queue->stop, true);
	}
	return NULL;
}

void ohb_validate_run(struct ohb_validating *validating)
{
	struct queue queue = { .validating = validating };
	unsigned jobs = validating->jobs ? validating->jobs : 1, i, started = 0;
	ohb_autofree pthread_t *threads = NULL;

	if (jobs > validating->count)
		jobs = (unsigned)validating->count;
	threads = ohb_alloc((jobs + 1) * sizeof(*threads));
	for (i = 0; i < jobs; i++)
		if (pthread_create(&threads[started], NULL, work, &queue) == 0)
			started++;
	/* Not one thread to be had: this one does it. */
	if (started == 0)
		(void)work(&queue);
	for (i = 0; i < started; i++)
		(void)pthread_join(threads[i], NULL);
}
