#include "build/adopt.h"

#include "build/past.h"
#include "io/clock.h"
#include "io/fs.h"

/* The output that is not there, or NULL. */
static const char *absent_of(
		const struct ohb_target *target, const struct ohb_fact *fact)
{
	size_t i;

	for (i = 0; i < target->noutputs; i++)
		if (fact->outputs[i] == OHB_OUTPUT_ABSENT)
			return target->outputs[i];
	return NULL;
}

void ohb_adopt_plan(const struct ohb_adoption *adoption,
		struct ohb_arena *arena, struct ohb_plan *plan,
		void (*fn)(void *userdata, const char *target,
				const char *absent),
		void *userdata)
{
	struct ohb_step *steps =
			ohb_arena_alloc(arena, plan->nsteps * sizeof(*steps));
	struct ohb_plan adopt = { .steps = steps };
	size_t i;

	for (i = 0; i < plan->nsteps; i++) {
		const size_t at = plan->steps[i].target;
		const struct ohb_target *target =
				&adoption->build->graph->targets[at];
		struct ohb_step *step = &steps[adopt.nsteps];
		const char *absent =
				absent_of(target, &adoption->facts->items[at]);

		*step = plan->steps[i];
		if (!adoption->selected[at] || step->verdict == OHB_FRESH)
			continue;
		if (absent) {
			fn(userdata, target->name, absent);
			continue;
		}
		step->will_build = true;
		step->way = OHB_WAY_JUDGE;
		step->nwaits = 0;
		adopt.nsteps++;
		adopt.counts[step->verdict]++;
		adopt.will_build++;
	}
	*plan = adopt;
}

static int load(const struct ohb_adoption *adoption,
		const struct ohb_target *target, struct ohb_arena *arena,
		struct ohb_fileset *ret, struct ohb_error *err)
{
	const int dirfd = adoption->build->dirfd;
	struct ohb_fs_info info;
	size_t i;

	for (i = 0; i < target->noutputs; i++) {
		if (ohb_fs_stat(dirfd, target->outputs[i], &info, err) < 0)
			return -1;
		if (info.kind != OHB_FS_FILE)
			return ohb_fail(err, OHB_E_EXISTS,
					"'%s' is not a file: it is not adopted",
					target->outputs[i]);
	}
	return ohb_fileset_load(ret, dirfd, target->outputs, target->noutputs,
			arena, err);
}

/* Key and parts are those of the facts: what has changed since is stale. */
static struct ohb_record record_of(const struct ohb_target *target,
		const struct ohb_fact *fact, const struct ohb_fileset *files,
		struct ohb_arena *arena)
{
	struct ohb_record_output *outputs =
			ohb_arena_alloc(arena, files->count * sizeof(*outputs));
	const int64_t now = ohb_clock_wall_ms();
	size_t i;

	for (i = 0; i < files->count; i++)
		outputs[i] = (struct ohb_record_output){
			.path = files->files[i].path,
			.digest = files->files[i].digest,
			.mode = files->files[i].mode,
		};
	return (struct ohb_record){
		.target = target->name,
		.status = OHB_RECORD_OK,
		.key = fact->key,
		.parts = fact->parts.items,
		.nparts = fact->parts.count,
		.outputs = outputs,
		.noutputs = files->count,
		.started_ms = now,
		.finished_ms = now,
	};
}

static int take(const struct ohb_adoption *adoption, size_t at,
		struct ohb_arena *arena, struct ohb_error *err)
{
	const struct ohb_target *target = &adoption->build->graph->targets[at];
	struct ohb_store *store = adoption->build->store;
	struct ohb_fileset files = OHB_FILESET_INIT;
	const struct ohb_standing standing = { target->name, &files,
		OHB_BY_PERSON };
	int result = load(adoption, target, arena, &files, err);

	if (result == 0)
		result = ohb_past_keep(store, &standing, err);
	if (result == 0) {
		const struct ohb_record record = record_of(target,
				&adoption->facts->items[at], &files, arena);

		result = ohb_record_save(store, &record, err);
	}
	ohb_fileset_release(&files);
	return result;
}

int ohb_adopt_take(const struct ohb_adoption *adoption,
		const struct ohb_plan *plan, size_t *ret_n,
		struct ohb_error *err)
{
	const struct ohb_build *build = adoption->build;
	size_t i;

	*ret_n = 0;
	for (i = 0; i < plan->nsteps; i++) {
		const size_t at = plan->steps[i].target;
		struct ohb_arena arena = OHB_ARENA_INIT;
		int result = take(adoption, at, &arena, err);

		ohb_arena_release(&arena);
		if (result < 0)
			return -1;
		(*ret_n)++;
		ohb_emit(build->emitter,
				&(struct ohb_event){
						.type = OHB_EV_TARGET_ENDED,
						.target = build->graph->targets[at]
									  .name,
						.verdict = "adopted",
						.ok = 1,
						.text = "taken as it stands, "
							"not judged",
				});
	}
	return 0;
}
