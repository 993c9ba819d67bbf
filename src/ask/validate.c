/* What became of tests that were judged as they stand on disk. */

#include "build/validate.h"
#include "ask/ask.h"
#include "ask/document.h"
#include "build/judged.h"
#include "text/json.h"

static json_t *tell(const struct ohb_validated *item)
{
	json_t *object = json_object();
	ohb_autojson *judged = ohb_judged_json(&item->judgement);

	ohb_json_set(object, "name", ohb_json_string(item->target->name));
	ohb_json_set(object, "module",
			ohb_json_string(item->target->module->name));
	ohb_json_set(object, "verdict",
			json_string(ohb_validated_name(item->state)));
	ohb_json_set(object, "reason", ohb_json_string(item->reason));
	ohb_json_set(object, "known", json_boolean(item->known));
	ohb_json_set(object, "duration_ms", json_integer(item->duration_ms));
	ohb_json_set(object, "steps",
			json_incref(ohb_json_at(judged, "steps")));
	ohb_json_set(object, "findings",
			json_incref(ohb_json_at(judged, "findings")));
	ohb_json_set(object, "warnings",
			json_incref(ohb_json_at(judged, "warnings")));
	ohb_json_set(object, "suspected_bug", ohb_json_string(item->suspicion));
	ohb_json_set(object, "blocked", ohb_json_string(item->blocked));
	return object;
}

static const struct {
	enum ohb_validated_state state;
	const char *key;
} counted[] = {
	{ OHB_VALIDATED_PASSED, "passed" },
	{ OHB_VALIDATED_FAILED, "failed" },
	{ OHB_VALIDATED_MISSING, "missing" },
	{ OHB_VALIDATED_CONFIG, "config" },
	{ OHB_VALIDATED_INFRA, "infra" },
	{ OHB_VALIDATED_NOT_RUN, "not_run" },
};

json_t *ohb_ask_validate(const struct ohb_validated *items, size_t n)
{
	json_t *root = ohb_ask_document("validate"), *array = json_array();
	json_t *summary = json_object();
	size_t i, k;

	for (i = 0; i < n; i++)
		ohb_json_append(array, tell(&items[i]));
	ohb_json_set(summary, "targets", json_integer((json_int_t)n));
	for (k = 0; k < OHB_ARRAY_LEN(counted); k++) {
		json_int_t count = 0;

		for (i = 0; i < n; i++)
			count += items[i].state == counted[k].state;
		ohb_json_set(summary, counted[k].key, json_integer(count));
	}
	ohb_json_set(root, "targets", array);
	ohb_json_set(root, "summary", summary);
	return root;
}
