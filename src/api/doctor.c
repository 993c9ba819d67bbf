#include <stdlib.h>
#include <string.h>

#include "api/project.h"
#include "ask/document.h"
#include "build/doctor.h"
#include "text/json.h"

/* To count what models are asked; without it they are asked all the same. */
static struct ohb_store *open_ledger(struct ohb_project *project)
{
	const struct ohb_store_options options = {
		.mode = OHB_STORE_NO_WAIT,
		.command = "ohbuild doctor",
		.cancel = &project->cancel,
	};
	struct ohb_error ignored = OHB_ERROR_INIT;
	struct ohb_store *store = NULL;

	return ohb_store_open(project->tree.dirfd, &options, &store,
			       &ignored) == 0 ?
			store :
			NULL;
}

static const char *const states[] = {
	[OHB_FOUND_OK] = "ok",
	[OHB_FOUND_WARNING] = "warning",
	[OHB_FOUND_WRONG] = "not ok",
	[OHB_FOUND_FAULT] = "not ok",
	[OHB_FOUND_NOTHING] = "skipped",
};

static json_t *finding_json(const struct ohb_finding *finding)
{
	json_t *object = json_object();

	ohb_json_set(object, "check", json_string(finding->check));
	ohb_json_set(object, "state", json_string(states[finding->found]));
	ohb_json_set(object, "text", ohb_json_string(finding->text));
	ohb_json_set(object, "cure", ohb_json_string(finding->cure));
	return object;
}

static void answer(const struct ohb_findings *findings, char **ret_json,
		struct ohb_diagnosis *ret)
{
	ohb_autojson *root = ohb_ask_document("doctor");
	json_t *checks = json_array();
	ohb_autostr text = OHB_STR_INIT;
	size_t i;

	*ret = (struct ohb_diagnosis){ .warnings = 0 };
	for (i = 0; i < findings->count; i++) {
		const struct ohb_finding *finding = &findings->items[i];

		ret->warnings += finding->found == OHB_FOUND_WARNING;
		ret->wrong += finding->found == OHB_FOUND_WRONG;
		ret->faults += finding->found == OHB_FOUND_FAULT;
		ohb_json_append(checks, finding_json(finding));
	}
	ohb_json_set(root, "ok", json_boolean(!ret->wrong && !ret->faults));
	ohb_json_set(root, "checks", checks);
	ohb_json_add_rounded(&text, root);
	*ret_json = ohb_str_take(&text);
}

int ohb_project_doctor(struct ohb_project *project,
		const struct ohb_build_options *options, char **ret_json,
		struct ohb_diagnosis *ret, struct ohb_error *err)
{
	const bool loaded = project->trouble.code == OHB_OK;
	ohb_autofree char *report = ohb_project_report(project);
	struct ohb_doctor_options doctor = {
		.root = project->root,
		.dirfd = project->tree.dirfd,
		.config = loaded ? &project->config : NULL,
		.graph = loaded ? &project->graph : NULL,
		.files = &project->files,
		.trouble = report ? report : project->trouble.msg,
		.asks = !options->no_preflight,
		.cancel = &project->cancel,
	};
	struct ohb_findings findings = { .count = 0 };
	int result;

	if (loaded && doctor.asks)
		doctor.store = open_ledger(project);
	atomic_store(&project->busy, true);
	result = ohb_doctor_run(&doctor, &findings, err);
	atomic_store(&project->busy, false);
	if (result == 0)
		answer(&findings, ret_json, ret);
	ohb_findings_release(&findings);
	ohb_store_close(doctor.store);
	return result;
}
