#include <string.h>

#include "io/fs.h"
#include "syntax/layout.h"
#include "validate/steps.h"

#define MAX_TEXT 400 /* bytes of what the test says */
#define MANY 3 /* green runs, of which one can be on another text */

bool ohb_control_is_repeat(const struct ohb_module_config *module)
{
	return module->proof.repeat >= MANY &&
			module->proof.sabotage == OHB_SABOTAGE_ON;
}

/* The same code, another text; false: there is none. */
static bool widen(const struct ohb_file *source, struct ohb_arena *arena,
		struct ohb_file *ret)
{
	ohb_autostr text = OHB_STR_INIT;

	if (!source || source->kind != OHB_TAR_FILE || !source->data ||
			!ohb_layout_widen(source->path, source->data,
					source->len, &text))
		return false;
	*ret = *source;
	ret->data = ohb_arena_strndup(arena, text.data, text.len);
	ret->len = text.len;
	ret->digest = ohb_fs_digest_of(
			OHB_FS_FILE, ret->mode, ret->data, ret->len);
	return true;
}

size_t ohb_control_files(
		const struct ohb_trial *trial, const struct ohb_file **ret)
{
	const struct ohb_target *target = trial->spec->target;
	struct ohb_file *files = ohb_arena_alloc(
			trial->arena, (target->nsources + 1) * sizeof(*files));
	size_t i, n = 0;

	for (i = 0; i < target->nsources; i++)
		n += widen(ohb_fileset_find(&trial->tree, target->sources[i]),
				trial->arena, &files[n]);
	*ret = files;
	return n;
}

bool ohb_control_failed(const struct ohb_rerun *run)
{
	const struct ohb_trial *trial = &run->trial;

	return trial->nfindings &&
			trial->spec->target->module->steps[run->at].kind ==
			OHB_STEP_TEST &&
			!trial->steps[trial->nsteps - 1].timed_out;
}

/* A case says so, not the command: it may look at the style as well. */
static bool case_failed(const struct ohb_rerun *run)
{
	const struct ohb_report *report =
			run->trial.steps[run->trial.nsteps - 1].report;

	return report && report->failed + report->errors > 0;
}

void ohb_control_judge(struct ohb_trial *trial, const char *step,
		const struct ohb_rerun *run, const struct ohb_rerun *plain)
{
	static const char flaky[] =
			"flaky: it passed, and failed when it was run once "
			"more on the same source";
	static const char reads[] =
			"it fails when the blanks between the source's words "
			"are wider, which is the same code: it looks at the "
			"source's text. Run the code and assert what it does";
	const bool steady = plain->trial.nfindings == 0;
	const struct ohb_finding *first = steady ? &run->trial.findings[0] :
						   &plain->trial.findings[0];
	struct ohb_finding *finding = (steady && !case_failed(run) ?
					ohb_trial_warn :
					ohb_trial_add)(trial, step,
			"%s. What it says:%s%s%s\n%s", steady ? reads : flaky,
			first->name ? " '" : "", first->name ? first->name : "",
			first->name ? "'" : "",
			ohb_trial_text(trial, first->text, strlen(first->text),
					MAX_TEXT));

	finding->name = steady ? "reads the source" : "flaky";
	finding->file = trial->spec->target->outputs[0];
}
