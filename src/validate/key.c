#include "validate/judge.h"

#include <string.h>

#include "ohbuild/version.h"
#include "syntax/syntax.h"

#define RULE_ID(rule, id, level, about, text) (id),
static const char *const rule_ids[] = { OHB_GUARD_RULES(RULE_ID) };
#undef RULE_ID

static void add_text(
		struct ohb_framed *framed, const char *tag, const char *text)
{
	if (text)
		ohb_framed_add(framed, tag, text, strlen(text));
}

/* The same bytes everywhere: the lock file carries what is made of them. */
static void add_number(struct ohb_framed *framed, const char *tag, int64_t n)
{
	unsigned char bytes[sizeof(n)];
	size_t i;

	for (i = 0; i < sizeof(bytes); i++)
		bytes[i] = (unsigned char)((uint64_t)n >> (8 * i));
	ohb_framed_add(framed, tag, bytes, sizeof(bytes));
}

static void add_step(
		struct ohb_framed *framed, const struct ohb_step_config *step)
{
	add_text(framed, "step", ohb_step_kind_name(step->kind));
	add_text(framed, "command", step->command);
	if (step->format != OHB_REPORT_NONE)
		add_text(framed, ohb_report_key(step->format),
				step->reports[step->format]);
	add_number(framed, "min", step->min);
	add_number(framed, "max_skipped", step->max_skipped);
	add_number(framed, "min_changed", step->min_changed);
	add_number(framed, "timeout", step->timeout_ms);
}

static void add_proof(
		struct ohb_framed *framed, const struct ohb_proof_config *proof)
{
	if (proof->sabotage == OHB_SABOTAGE_ON) {
		add_number(framed, "mutants", proof->mutants);
		add_number(framed, "min_killed", proof->min_killed);
	}
	if (proof->repeat > 1)
		add_number(framed, "repeat", proof->repeat);
}

/* As they are given: what a language says is the program's. */
static void add_guard(
		struct ohb_framed *framed, const struct ohb_guard_config *guard)
{
	size_t i;

	for (i = 0; i < OHB_GUARD_COUNT; i++)
		if (guard->levels[i] != OHB_GUARD_DEFAULT) {
			add_text(framed, "guard", rule_ids[i]);
			add_number(framed, "level", guard->levels[i]);
		}
}

struct ohb_digest ohb_judge_settings(const struct ohb_module_config *module)
{
	struct ohb_framed framed;
	size_t i;

	ohb_framed_init(&framed);
	add_number(&framed, "in", module->validate_in);
	add_text(&framed, "image", module->validate_image);
	for (i = 0; i < module->nsteps; i++)
		add_step(&framed, &module->steps[i]);
	add_proof(&framed, &module->proof);
	add_guard(&framed, &module->guard);
	return ohb_framed_end(&framed);
}

static void add_files(struct ohb_framed *framed, const char *tag,
		const struct ohb_fileset *set)
{
	size_t i;

	for (i = 0; i < set->count; i++) {
		add_text(framed, tag, set->files[i].path);
		ohb_framed_add(framed, "digest", set->files[i].digest.bytes,
				sizeof(set->files[i].digest.bytes));
	}
}

static void add_settings(
		struct ohb_framed *framed, const struct ohb_target *target)
{
	const struct ohb_digest settings = ohb_judge_settings(target->module);

	add_text(framed, "target", target->name);
	ohb_framed_add(framed, "settings", settings.bytes,
			sizeof(settings.bytes));
}

struct ohb_digest ohb_judge_seed(
		const struct ohb_target *target, const struct ohb_fileset *tree)
{
	struct ohb_framed framed;

	ohb_framed_init(&framed);
	add_settings(&framed, target);
	add_files(&framed, "input", tree);
	return ohb_framed_end(&framed);
}

static void add_list(struct ohb_framed *framed, const char *tag,
		const char *const *items, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		add_text(framed, tag, items[i]);
}

/* Commands expand with the variables; faults and coverage are of the sources;
 * a declared output that is not there is a finding. */
static void add_target(
		struct ohb_framed *framed, const struct ohb_target *target)
{
	size_t i;

	add_list(framed, "declared", target->outputs, target->noutputs);
	add_list(framed, "source", target->sources, target->nsources);
	add_list(framed, "further", target->inputs, target->ninputs);
	for (i = 0; i < target->nvars; i++) {
		add_text(framed, "variable", target->vars[i].name);
		add_text(framed, "value", target->vars[i].value);
	}
}

struct ohb_digest ohb_judge_key(const struct ohb_target *target,
		const struct ohb_fileset *inputs,
		const struct ohb_fileset *outputs, const char *image_id)
{
	const struct ohb_digest languages = ohb_syntax_digest();
	struct ohb_framed framed;

	ohb_framed_init(&framed);
	add_text(&framed, "program", OHB_VERSION);
	ohb_framed_add(&framed, "languages", languages.bytes,
			sizeof(languages.bytes));
	add_settings(&framed, target);
	add_target(&framed, target);
	add_text(&framed, "image", image_id);
	add_files(&framed, "input", inputs);
	add_files(&framed, "output", outputs);
	return ohb_framed_end(&framed);
}
