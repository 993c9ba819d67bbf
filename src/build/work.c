#include "build/work.h"

#include <stdio.h>

#include "build/facts.h"
#include "build/ignore.h"
#include "io/clock.h"
#include "text/utf8.h"

int ohb_work_end(struct ohb_work *work, enum ohb_end_class class,
		const char *fmt, ...)
{
	ohb_autostr text = OHB_STR_INIT, line = OHB_STR_INIT;
	va_list ap;

	va_start(ap, fmt);
	ohb_str_addv(&text, fmt, ap);
	va_end(ap);
	ohb_redact_apply(work->build->redact, &text);
	ohb_utf8_line(&line, ohb_str_cstr(&text), text.len,
			sizeof(work->end->reason) - 1);
	(void)snprintf(work->end->reason, sizeof(work->end->reason), "%s",
			ohb_str_cstr(&line));
	work->end->class = class;
	return OHB_NEXT_END;
}

int ohb_work_stage(struct ohb_work *work, struct ohb_error *err)
{
	if (ohb_stage_load(&work->stage, work->build->dirfd, work->target,
			    err) < 0)
		return -1;
	work->parts = ohb_facts_of_stage(&work->stage, work->target,
			work->build->config, &work->stage.arena);
	work->key = ohb_key_of(&work->parts);
	if (work->fact->has_record)
		work->changes = ohb_key_compare(&work->fact->recorded,
				&work->parts, &work->stage.arena,
				&work->nchanges);
	return 0;
}

void ohb_work_begin(struct ohb_work *work, const char *step)
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

void ohb_work_done(struct ohb_work *work, const char *step, int ok,
		const char *text)
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

void ohb_work_wait(struct ohb_work *work, int64_t wait_ms, const char *text)
{
	ohb_emit(work->build->emitter,
			&(struct ohb_event){
					.type = OHB_EV_WAIT,
					.target = work->target->name,
					.attempt = work->attempt,
					.text = text,
					.duration_ms = wait_ms,
					.cost_usd = -1,
			});
}

static void on_judge_step(void *userdata, const char *step, int started, int ok,
		int64_t duration_ms, const char *text)
{
	struct ohb_work *work = userdata;
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

int ohb_work_ignored(void *userdata, const char *const *paths, size_t n,
		int *ret_ignored, struct ohb_error *err)
{
	struct ohb_work *work = userdata;

	return ohb_ignored(work->build->root, work->build->cancel, paths, n,
			ret_ignored, err);
}

struct ohb_judge_spec ohb_work_judge_spec(
		struct ohb_work *work, const char *name)
{
	const struct ohb_build *build = work->build;

	return (struct ohb_judge_spec){
		.engine = ohb_build_judge_engine(build, work->target),
		.image = ohb_build_judge_image(build, work->target),
		.name = name,
		.target = work->target,
		.inputs = &work->stage.inputs,
		.suites = build->suites,
		.changed = work->changed,
		.nchanged = work->nchanged,
		.exempting = &work->stage.previous,
		.memory_bytes = build->config->agent.memory_bytes,
		.cpus = build->config->agent.cpus,
		.ignored = build->git ? ohb_work_ignored : NULL,
		.on_step = on_judge_step,
		.userdata = work,
	};
}
