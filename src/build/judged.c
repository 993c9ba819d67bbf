#include "build/judged.h"

#include "io/clock.h"
#include "text/json.h"

static json_t *step_of(const struct ohb_step_result *step)
{
	json_t *object = json_object();

	ohb_json_set(object, "step", ohb_json_string(step->step));
	ohb_json_set(object, "command", ohb_json_string(step->command));
	ohb_json_set(object, "ok", json_boolean(step->ok));
	ohb_json_set(object, "duration_ms", json_integer(step->duration_ms));
	ohb_json_set(object, "note", ohb_json_string(step->note));
	ohb_json_set(object, "lines",
			step->lines ? json_integer(step->lines) : json_null());
	ohb_json_set(object, "executed",
			step->lines ? json_integer(step->executed) :
				      json_null());
	return object;
}

static json_t *finding_of(const struct ohb_finding *finding)
{
	json_t *object = json_object();

	ohb_json_set(object, "step", ohb_json_string(finding->step));
	ohb_json_set(object, "name", ohb_json_string(finding->name));
	ohb_json_set(object, "file", ohb_json_string(finding->file));
	ohb_json_set(object, "line",
			finding->line ? json_integer(finding->line) :
					json_null());
	ohb_json_set(object, "column",
			finding->column ? json_integer(finding->column) :
					  json_null());
	ohb_json_set(object, "utf16_column",
			finding->utf16_column ?
					json_integer(finding->utf16_column) :
					json_null());
	ohb_json_set(object, "text", ohb_json_string(finding->text));
	return object;
}

static json_t *findings_of(const struct ohb_finding *findings, size_t n)
{
	json_t *array = json_array();
	size_t i;

	for (i = 0; i < n; i++)
		ohb_json_append(array, finding_of(&findings[i]));
	return array;
}

json_t *ohb_judged_json(const struct ohb_judgement *judgement)
{
	json_t *object = json_object(), *steps = json_array();
	size_t i;

	for (i = 0; i < judgement->nsteps; i++)
		ohb_json_append(steps, step_of(&judgement->steps[i]));
	ohb_json_set(object, "passed",
			json_boolean(judgement->class == OHB_JUDGE_OK));
	ohb_json_set(object, "summary", ohb_json_string(judgement->summary));
	ohb_json_set(object, "steps", steps);
	ohb_json_set(object, "findings",
			findings_of(judgement->findings, judgement->nfindings));
	ohb_json_set(object, "warnings",
			findings_of(judgement->warnings, judgement->nwarnings));
	return object;
}

static const char *text_at(
		json_t *object, const char *key, struct ohb_arena *arena)
{
	const char *text = ohb_json_text(object, key);

	return text ? ohb_arena_strdup(arena, text) : NULL;
}

static void read_steps(json_t *array, struct ohb_arena *arena,
		struct ohb_judgement *ret)
{
	struct ohb_step_result *steps = ohb_arena_alloc(
			arena, json_array_size(array) * sizeof(*steps));
	json_t *item;
	size_t i;

	json_array_foreach(array, i, item) steps[i] = (struct ohb_step_result){
		.step = text_at(item, "step", arena),
		.command = text_at(item, "command", arena),
		.ok = json_is_true(ohb_json_at(item, "ok")),
		.duration_ms = ohb_json_int(item, "duration_ms", 0),
		.note = text_at(item, "note", arena),
		.lines = (unsigned)ohb_json_int(item, "lines", 0),
		.executed = (unsigned)ohb_json_int(item, "executed", 0),
	};
	ret->steps = steps;
	ret->nsteps = json_array_size(array);
}

static const struct ohb_finding *read_findings(
		json_t *array, struct ohb_arena *arena, size_t *ret_n)
{
	struct ohb_finding *findings = ohb_arena_alloc(
			arena, json_array_size(array) * sizeof(*findings));
	json_t *item;
	size_t i;

	json_array_foreach(array, i, item) findings[i] = (struct ohb_finding){
		.step = text_at(item, "step", arena),
		.name = text_at(item, "name", arena),
		.file = text_at(item, "file", arena),
		.line = (unsigned)ohb_json_int(item, "line", 0),
		.column = (unsigned)ohb_json_int(item, "column", 0),
		.utf16_column = (unsigned)ohb_json_int(item, "utf16_column", 0),
		.text = text_at(item, "text", arena),
	};
	*ret_n = json_array_size(array);
	return findings;
}

static bool are_whole(const struct ohb_finding *findings, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (!findings[i].step || !findings[i].text)
			return false;
	return true;
}

static bool is_whole(const struct ohb_judgement *judgement)
{
	bool ok = judgement->class == OHB_JUDGE_OK;
	size_t i;

	for (i = 0; i < judgement->nsteps; i++)
		if (!judgement->steps[i].step)
			return false;
	return are_whole(judgement->findings, judgement->nfindings) &&
			are_whole(judgement->warnings, judgement->nwarnings) &&
			judgement->summary && judgement->nsteps &&
			ok == (judgement->nfindings == 0);
}

int ohb_judged_read(json_t *json, struct ohb_arena *arena,
		struct ohb_judgement *ret)
{
	struct ohb_judgement judgement = {
		.class = json_is_true(ohb_json_at(json, "passed")) ?
				OHB_JUDGE_OK :
				OHB_JUDGE_AGENT,
		.summary = text_at(json, "summary", arena),
	};

	read_steps(ohb_json_at(json, "steps"), arena, &judgement);
	judgement.findings = read_findings(ohb_json_at(json, "findings"), arena,
			&judgement.nfindings);
	judgement.warnings = read_findings(ohb_json_at(json, "warnings"), arena,
			&judgement.nwarnings);
	if (!is_whole(&judgement))
		return -1;
	*ret = judgement;
	return 0;
}

static const char *image_of(const struct ohb_work *work)
{
	return ohb_build_image_id(work->build,
			ohb_build_judge_image(work->build, work->target));
}

struct ohb_digest ohb_judged_key(const struct ohb_work *work)
{
	return ohb_judge_key(work->target, &work->stage.inputs, &work->outputs,
			image_of(work));
}

int ohb_judged_find(struct ohb_work *work, struct ohb_judgement *ret)
{
	const struct ohb_digest key = ohb_judged_key(work);
	struct ohb_error ignored = OHB_ERROR_INIT;
	ohb_autostr text = OHB_STR_INIT;
	ohb_autojson *json = NULL;

	if (!image_of(work) || work->build->always ||
			ohb_verdict_find(work->build->store, &key, &text,
					&ignored) != 1)
		return 0;
	json = ohb_json_parse(ohb_str_cstr(&text), text.len, &ignored);
	return json && ohb_judged_read(json, &work->stage.arena, ret) == 0;
}

void ohb_judged_keep(struct ohb_work *work)
{
	const struct ohb_digest key = ohb_judged_key(work);
	struct ohb_error err = OHB_ERROR_INIT;
	ohb_autostr text = OHB_STR_INIT;
	ohb_autojson *json = NULL;

	if (!image_of(work) || work->judgement.unkeyed)
		return;
	json = ohb_judged_json(&work->judgement);
	ohb_json_add(&text, json);
	ohb_redact_apply(work->build->redact, &text);
	if (ohb_verdict_save(work->build->store, &key, ohb_str_cstr(&text),
			    ohb_clock_wall_ms(), &err) < 0)
		ohb_emit_warning(work->build->emitter, work->target->name,
				"the verdict is not kept: %s", err.msg);
}
