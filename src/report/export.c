#include "report/export.h"

#include <stdbool.h>
#include <string.h>

#include "base/map.h"
#include "base/memory.h"
#include "text/json.h"
#include "text/utf8.h"

/* --- JUnit --- */

/* XML 1.0 has no form at all for the other control characters, nor for U+FFFE
 * and U+FFFF. */
static bool has_form(const char *at, size_t len)
{
	if (len == 3)
		return memcmp(at, "\xef\xbf\xbe", len) != 0 &&
				memcmp(at, "\xef\xbf\xbf", len) != 0;
	return len > 1 || (len == 1 && (unsigned char)*at >= ' ');
}

static void add_xml(struct ohb_str *out, const char *text)
{
	static const struct {
		char c;
		const char *entity;
	} entities[] = {
		{ '&', "&amp;" },
		{ '<', "&lt;" },
		{ '>', "&gt;" },
		{ '"', "&quot;" },
		{ '\n', "&#10;" },
		{ '\t', "&#9;" },
		{ '\r', "&#13;" },
	};
	size_t left = text ? strlen(text) : 0, len, i;

	for (; left; text += len, left -= len) {
		len = ohb_utf8_next(text, left);
		for (i = 0; i < OHB_ARRAY_LEN(entities); i++)
			if (entities[i].c == *text)
				break;
		if (i < OHB_ARRAY_LEN(entities))
			ohb_str_adds(out, entities[i].entity);
		else if (has_form(text, len))
			ohb_str_add(out, text, len);
		else
			ohb_str_adds(out, "\xef\xbf\xbd");
		len += len == 0; /* what is not UTF-8 */
	}
}

static void add_attribute(
		struct ohb_str *out, const char *name, const char *value)
{
	ohb_str_addf(out, " %s=\"", name);
	add_xml(out, value);
	ohb_str_addc(out, '"');
}

/* How a verdict is called there; NULL: a case that passed. */
static const char *element_of(const char *verdict)
{
	static const struct {
		const char *verdict, *element;
	} rows[] = {
		{ "passed", NULL },
		{ "failed", "failure" },
		{ "missing", "skipped" },
		{ "not run", "skipped" },
	};
	size_t i;

	for (i = 0; i < OHB_ARRAY_LEN(rows); i++)
		if (ohb_streq(rows[i].verdict, verdict))
			return rows[i].element;
	return "error";
}

static void add_finding_line(struct ohb_str *out, json_t *finding)
{
	const char *file = ohb_json_text(finding, "file");
	const char *name = ohb_json_text(finding, "name");
	int64_t line = ohb_json_int(finding, "line", 0);

	if (file)
		ohb_str_adds(out, file);
	if (file && line > 0)
		ohb_str_addf(out, ":%lld", (long long)line);
	ohb_str_addf(out, "%s%s: ", file ? ": " : "",
			ohb_json_text(finding, "step"));
	if (name)
		ohb_str_addf(out, "%s: ", name);
	ohb_str_addf(out, "%s\n", ohb_json_text(finding, "text"));
}

static void add_case(struct ohb_str *out, json_t *target)
{
	const char *verdict = ohb_json_text(target, "verdict");
	const char *element = element_of(verdict);
	const char *reason = ohb_json_text(target, "reason");
	ohb_autostr text = OHB_STR_INIT;
	json_t *finding;
	size_t i;

	ohb_str_adds(out, "    <testcase");
	add_attribute(out, "classname", ohb_json_text(target, "module"));
	add_attribute(out, "name", ohb_json_text(target, "name"));
	ohb_str_addf(out, " time=\"%.3f\"",
			(double)ohb_json_int(target, "duration_ms", 0) / 1000);
	if (!element) {
		ohb_str_adds(out, "/>\n");
		return;
	}
	json_array_foreach(ohb_json_at(target, "findings"), i, finding)
			add_finding_line(&text, finding);
	ohb_str_addf(out, ">\n      <%s", element);
	add_attribute(out, "message", reason ? reason : verdict);
	if (!ohb_streq(element, "skipped"))
		add_attribute(out, "type", verdict);
	ohb_str_addc(out, '>');
	add_xml(out, ohb_str_cstr(&text));
	ohb_str_addf(out, "</%s>\n    </testcase>\n", element);
}

void ohb_export_junit(json_t *answer, struct ohb_str *out)
{
	static const char *const elements[] = { "failure", "error", "skipped" };
	static const char *const names[] = { "failures", "errors", "skipped" };
	json_t *targets = ohb_json_at(answer, "targets"), *target;
	size_t i, k, counts[OHB_ARRAY_LEN(elements)] = { 0 };

	json_array_foreach(targets, i,
			target) for (k = 0; k < OHB_ARRAY_LEN(elements); k++)
			counts[k] +=
			ohb_streq(element_of(ohb_json_text(target, "verdict")),
					elements[k]);
	ohb_str_adds(out,
			"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
			"<testsuites>\n  <testsuite name=\"ohbuild "
			"validate\"");
	ohb_str_addf(out, " tests=\"%zu\"", json_array_size(targets));
	for (k = 0; k < OHB_ARRAY_LEN(names); k++)
		ohb_str_addf(out, " %s=\"%zu\"", names[k], counts[k]);
	ohb_str_adds(out, ">\n");
	json_array_foreach(targets, i, target) add_case(out, target);
	ohb_str_adds(out, "  </testsuite>\n</testsuites>\n");
}

/* --- SARIF --- */

static json_t *text_object(const char *text)
{
	json_t *object = json_object();

	ohb_json_set(object, "text", ohb_json_string(text));
	return object;
}

/* A path as a relative URI reference (RFC 3986). */
static json_t *uri_of(const char *path)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789-._~/!$&'()*+,;=@";
	ohb_autostr uri = OHB_STR_INIT;

	for (; *path; path++)
		if (strchr(plain, *path))
			ohb_str_addc(&uri, *path);
		else
			ohb_str_addf(&uri, "%%%02X", (unsigned char)*path);
	return json_string(ohb_str_cstr(&uri));
}

struct place {
	const char *file;
	int64_t line; /* 0: unknown */
	int64_t column; /* in UTF-16 code units; 0: unknown */
};

static json_t *locations(const struct place *place)
{
	json_t *artifact = json_object(), *region = json_object();
	json_t *physical = json_object(), *location = json_object();
	json_t *array = json_array();

	ohb_json_set(artifact, "uri", uri_of(place->file));
	ohb_json_set(artifact, "uriBaseId", json_string("%SRCROOT%"));
	ohb_json_set(physical, "artifactLocation", artifact);
	ohb_json_set(region, "startLine",
			json_integer(place->line > 0 ? place->line : 1));
	if (place->line > 0 && place->column > 0)
		ohb_json_set(region, "startColumn",
				json_integer(place->column));
	ohb_json_set(physical, "region", region);
	ohb_json_set(location, "physicalLocation", physical);
	ohb_json_append(array, location);
	return array;
}

struct sarif {
	json_t *rules, *results, *notes;
	struct ohb_map seen; /* ids of rules */
};

static void add_rule(struct sarif *sarif, const char *id, const char *what)
{
	json_t *rule;

	if (ohb_map_get(&sarif->seen, id))
		return;
	rule = json_object();
	ohb_json_set(rule, "id", ohb_json_string(id));
	ohb_json_set(rule, "shortDescription", text_object(what));
	ohb_json_append(sarif->rules, rule);
	ohb_map_add(&sarif->seen, json_string_value(ohb_json_at(rule, "id")),
			rule);
}

static void add_result(struct sarif *sarif, const char *rule, const char *level,
		const char *text, const struct place *place)
{
	json_t *result = json_object();

	ohb_json_set(result, "ruleId", ohb_json_string(rule));
	ohb_json_set(result, "level", json_string(level));
	ohb_json_set(result, "message", text_object(text));
	ohb_json_set(result, "locations", locations(place));
	ohb_json_append(sarif->results, result);
}

/* "guard/no-assertion"; of other steps a name is that of a case: "test". */
static void add_finding(struct sarif *sarif, json_t *target, json_t *finding,
		const char *level)
{
	const char *step = ohb_json_text(finding, "step");
	const char *name = ohb_json_text(finding, "name");
	const char *file = ohb_json_text(finding, "file");
	const struct place place = {
		.file = file ? file : ohb_json_text(target, "name"),
		.line = file ? ohb_json_int(finding, "line", 0) : 0,
		.column = ohb_json_int(finding, "utf16_column", 0),
	};
	ohb_autostr rule = OHB_STR_INIT, text = OHB_STR_INIT;

	/* "test 2" is a test. */
	ohb_str_add(&rule, step, strcspn(step, " "));
	if (ohb_streq(step, "guard") && name)
		ohb_str_addf(&rule, "/%s", name);
	else if (name)
		ohb_str_addf(&text, "%s: ", name);
	ohb_str_adds(&text, ohb_json_text(finding, "text"));
	add_rule(sarif, rule.data,
			ohb_streq(level, "error") ?
					"the judge refuses the test at this "
					"step" :
					"the judge lets it pass");
	add_result(sarif, rule.data, level, text.data, &place);
}

/* "suspected bug: src/ring.c:12 the last slot is lost" */
static struct place place_of(
		const char *said, json_t *target, struct ohb_str *file)
{
	static const char prefix[] = "suspected bug: ";
	const char *words =
			ohb_starts(said, prefix) ? said + strlen(prefix) : said;
	struct place place = { .file = ohb_json_text(target, "name") };
	unsigned long long line;
	size_t len, digits;

	len = strcspn(words, " :");
	if (words[len] != ':' || len == 0 || words[0] == '/')
		return place;
	digits = strspn(words + len + 1, "0123456789");
	if (ohb_parse_u64(words + len + 1, digits, INT32_MAX, &line) < 0)
		return place;
	ohb_str_add(file, words, len);
	place.file = ohb_str_cstr(file);
	place.line = (int64_t)line;
	return place;
}

static void add_said(struct sarif *sarif, json_t *target, const char *key,
		const char *rule, const char *what)
{
	const char *said = ohb_json_text(target, key);
	ohb_autostr file = OHB_STR_INIT;
	struct place place;

	if (!said)
		return;
	place = place_of(said, target, &file);
	add_rule(sarif, rule, what);
	add_result(sarif, rule, "warning", said, &place);
}

/* What kept the judge from its work is no result. */
static void add_note(struct sarif *sarif, json_t *target)
{
	const char *verdict = ohb_json_text(target, "verdict");
	const char *reason = ohb_json_text(target, "reason");
	ohb_autostr text = OHB_STR_INIT;
	json_t *note;

	if (!ohb_streq(verdict, "config") && !ohb_streq(verdict, "infra"))
		return;
	ohb_str_addf(&text, "%s: %s", ohb_json_text(target, "name"),
			reason ? reason : verdict);
	note = json_object();
	ohb_json_set(note, "level", json_string("error"));
	ohb_json_set(note, "message", text_object(text.data));
	ohb_json_append(sarif->notes, note);
}

static void add_target(struct sarif *sarif, json_t *target)
{
	json_t *finding;
	size_t i;

	add_note(sarif, target);
	json_array_foreach(ohb_json_at(target, "findings"), i, finding)
			add_finding(sarif, target, finding, "error");
	json_array_foreach(ohb_json_at(target, "warnings"), i, finding)
			add_finding(sarif, target, finding, "warning");
	add_said(sarif, target, "suspected_bug", "suspected-bug",
			"an agent suspects a bug in the source");
	add_said(sarif, target, "blocked", "blocked",
			"an agent says that the test cannot be written");
}

static json_t *run_of(struct sarif *sarif, const char *version)
{
	json_t *run = json_object(), *tool = json_object();
	json_t *driver = json_object(), *invocation = json_object();
	json_t *invocations = json_array();

	ohb_json_set(driver, "name", json_string("ohbuild"));
	ohb_json_set(driver, "version", ohb_json_string(version));
	ohb_json_set(driver, "rules", sarif->rules);
	ohb_json_set(tool, "driver", driver);
	ohb_json_set(run, "tool", tool);
	ohb_json_set(run, "columnKind", json_string("utf16CodeUnits"));
	ohb_json_set(invocation, "executionSuccessful",
			json_boolean(json_array_size(sarif->notes) == 0));
	ohb_json_set(invocation, "toolExecutionNotifications", sarif->notes);
	ohb_json_append(invocations, invocation);
	ohb_json_set(run, "invocations", invocations);
	ohb_json_set(run, "results", sarif->results);
	return run;
}

void ohb_export_sarif(json_t *answer, const char *version, struct ohb_str *out)
{
	struct sarif sarif = {
		.rules = json_array(),
		.results = json_array(),
		.notes = json_array(),
	};
	ohb_autojson *root = json_object();
	json_t *target, *runs = json_array();
	size_t i;

	json_array_foreach(ohb_json_at(answer, "targets"), i, target)
			add_target(&sarif, target);
	ohb_json_set(root, "$schema",
			json_string("https://json.schemastore.org/"
				    "sarif-2.1.0.json"));
	ohb_json_set(root, "version", json_string("2.1.0"));
	ohb_json_append(runs, run_of(&sarif, version));
	ohb_json_set(root, "runs", runs);
	ohb_map_release(&sarif.seen);
	ohb_json_add(out, root);
	ohb_str_addc(out, '\n');
}
