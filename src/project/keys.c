#include "project/keys.h"

#include "base/limits.h"

#define ROWS(table) .keys = (table), .count = OHB_ARRAY_LEN(table)
#define AT(type, field) .at = offsetof(struct ohb_##type, field)

#define SECOND 1000.0
#define HOUR (3600 * SECOND)
#define MIB (1024.0 * 1024)
#define DEFAULT_IMAGE "ghcr.io/openhands/agent-server:1.43.1-python"

static const struct ohb_form word = {
	.expected = "a word of letters, digits, '.', '_' and '-'",
	.pattern = "^[A-Za-z0-9_][A-Za-z0-9._-]*$",
	.number = true,
};

static const struct ohb_form image = {
	.expected = "the name of an image",
	.pattern = "^[A-Za-z0-9][A-Za-z0-9._:/@-]*$",
};

static const struct ohb_form env = {
	.expected = "the name of an environment variable",
	.pattern = "^[A-Za-z_][A-Za-z0-9_]*$",
	.hint = "the key itself stays out of the file: write the name of the "
		"variable that holds it, without '$'",
};

static const struct ohb_form url = {
	.expected = "an address such as https://host/v1",
	.pattern = "^https?://[A-Za-z0-9][A-Za-z0-9._:-]*(/[^ ?#]*)?$",
	.hint = "no user, password, '?' or '#' belongs in it",
};

static const struct ohb_form model_id = {
	.expected = "provider/model, such as "
		    "openrouter/deepseek/deepseek-chat-v3.1",
	.pattern = "^[A-Za-z0-9][A-Za-z0-9_.-]*/[^ ]+$",
};

static const struct ohb_choice sandboxes[] = {
	{ "docker", OHB_SANDBOX_DOCKER },
	{ "process", OHB_SANDBOX_PROCESS },
	{ NULL, 0 },
};

static const struct ohb_choice protocols[] = {
	{ "server", OHB_PROTOCOL_SERVER },
	{ "cli", OHB_PROTOCOL_CLI },
	{ "headless", OHB_PROTOCOL_HEADLESS },
	{ NULL, 0 },
};

static const struct ohb_choice pulls[] = {
	{ "missing", OHB_PULL_MISSING },
	{ "always", OHB_PULL_ALWAYS },
	{ "never", OHB_PULL_NEVER },
	{ NULL, 0 },
};

static const struct ohb_choice networks[] = {
	{ "gateway", OHB_NETWORK_GATEWAY },
	{ "open", OHB_NETWORK_OPEN },
	{ NULL, 0 },
};

static const struct ohb_key agent_rows[] = {
	{
			.name = "image",
			.about = "The image with OpenHands: by default that of its "
				 "agent-server.",
			.kind = OHB_KEY_TEXT,
			.form = &image,
			.fallback = DEFAULT_IMAGE,
			AT(agent_config, image),
			.pos_at = offsetof(struct ohb_agent_config, image_pos),
	},
	{
			.name = "sandbox",
			.about = "Where agents run: in containers, or as plain "
				 "processes without isolation.",
			.kind = OHB_KEY_CHOICE,
			.choices = sandboxes,
			.fallback = "docker",
			AT(agent_config, sandbox),
	},
	{
			.name = "protocol",
			.about = "How OpenHands is run: as its agent-server, as its "
				 "command line program, or as openhands.core.main "
				 "of 0.x.",
			.kind = OHB_KEY_CHOICE,
			.choices = protocols,
			.fallback = "server",
			AT(agent_config, protocol),
			.pos_at = offsetof(
					struct ohb_agent_config, protocol_pos),
	},
	{
			.name = "pull",
			.about = "When images are pulled.",
			.kind = OHB_KEY_CHOICE,
			.choices = pulls,
			.fallback = "missing",
			AT(agent_config, pull),
	},
	{
			.name = "max_iterations",
			.about = "Steps an agent may take in one attempt.",
			.kind = OHB_KEY_INTEGER,
			.fallback = "60",
			.min = 1,
			.max = 10000,
			AT(agent_config, max_iterations),
	},
	{
			.name = "timeout",
			.about = "The longest time of one attempt.",
			.kind = OHB_KEY_DURATION,
			.fallback = "20m",
			.min = SECOND,
			.max = 168 * HOUR,
			AT(agent_config, timeout_ms),
	},
	{
			.name = "idle_timeout",
			.about = "The longest time without a new event from the agent.",
			.kind = OHB_KEY_DURATION,
			.fallback = "5m",
			.min = SECOND,
			.max = 168 * HOUR,
			AT(agent_config, idle_timeout_ms),
	},
	{
			.name = "memory",
			.about = "Memory of one container.",
			.kind = OHB_KEY_SIZE,
			.fallback = "4GiB",
			.min = 64 * MIB,
			.max = 64 * MIB * MIB,
			AT(agent_config, memory_bytes),
	},
	{
			.name = "cpus",
			.about = "Processors of one container; parts are allowed.",
			.kind = OHB_KEY_NUMBER,
			.fallback = "2",
			.min = 0.1,
			.max = 1024,
			AT(agent_config, cpus),
	},
	{
			.name = "network",
			.about = "What an agent reaches: the model gateway and "
				 "services of this machine, or the world.",
			.kind = OHB_KEY_CHOICE,
			.choices = networks,
			.fallback = "gateway",
			AT(agent_config, network),
	},
	{
			.name = "allow_secrets",
			.about = "Files that may be sent to a model with what looks "
				 "like a secret in them.",
			.kind = OHB_KEY_LIST,
			AT(agent_config, allow_secrets),
	},
};

static const struct ohb_keys agent_keys = {
	.what = "'agent'",
	ROWS(agent_rows),
	.pos_at = offsetof(struct ohb_agent_config, pos),
};

static const struct ohb_key price_rows[] = {
	{
			.name = "input",
			.about = "A million tokens sent, in USD.",
			.kind = OHB_KEY_NUMBER,
			.flags = OHB_KEY_REQUIRED,
			.max = 1e6,
			AT(model_config, price_input),
	},
	{
			.name = "cached",
			.about = "A million tokens sent that the provider had cached, "
				 "in USD; as 'input' when it is not given.",
			.kind = OHB_KEY_NUMBER,
			.max = 1e6,
			AT(model_config, price_cached),
	},
	{
			.name = "written",
			.about = "A million tokens sent that the provider put into "
				 "its cache, in USD; when it is not given as 'input', "
				 "and 1.25 times that for models of Anthropic.",
			.kind = OHB_KEY_NUMBER,
			.max = 1e6,
			AT(model_config, price_written),
	},
	{
			.name = "output",
			.about = "A million tokens received, in USD.",
			.kind = OHB_KEY_NUMBER,
			.flags = OHB_KEY_REQUIRED,
			.max = 1e6,
			AT(model_config, price_output),
	},
};

static const struct ohb_keys price_keys = {
	.what = "'price'",
	ROWS(price_rows),
};

static const struct ohb_key model_rows[] = {
	{
			.name = "id",
			.about = "The model, with its provider in front.",
			.kind = OHB_KEY_TEXT,
			.flags = OHB_KEY_REQUIRED,
			.form = &model_id,
			AT(model_config, id),
			.pos_at = offsetof(struct ohb_model_config, pos),
	},
	{
			.name = "key",
			.about = "The environment variable that holds the key.",
			.kind = OHB_KEY_TEXT,
			.flags = OHB_KEY_SECRET,
			.form = &env,
			AT(model_config, key_env),
	},
	{
			.name = "key_file",
			.about = "A file that holds the key and nothing else.",
			.kind = OHB_KEY_TEXT,
			AT(model_config, key_file),
	},
	{
			.name = "key_command",
			.about = "A program and its arguments that print the key.",
			.kind = OHB_KEY_ARGV,
			.flags = OHB_KEY_NOT_EMPTY,
			AT(model_config, key_command),
	},
	{
			.name = "base_url",
			.about = "Where the provider's chat completions are; known "
				 "for well-known providers.",
			.kind = OHB_KEY_TEXT,
			.form = &url,
			AT(model_config, base_url),
	},
	{
			.name = "max_output_tokens",
			.about = "The longest answer to one request.",
			.kind = OHB_KEY_INTEGER,
			.fallback = "8192",
			.min = 16,
			.max = 1e7,
			AT(model_config, max_output_tokens),
	},
	{
			.name = "price",
			.about = "USD for a million tokens; when it is not given, "
				 "what ohbuild knows of the model, or unknown.",
			.kind = OHB_KEY_MAP,
			.keys = &price_keys,
			.given_at = offsetof(
					struct ohb_model_config, has_price),
	},
};

const struct ohb_keys ohb_model_keys = {
	.what = "a model",
	ROWS(model_rows),
};

#define BUDGET(field)                                                        \
	.kind = OHB_KEY_NUMBER, .max = 1e6, AT(limits_config, budget.field), \
	.given_at = offsetof(struct ohb_limits_config, budget.has_##field)

static const struct ohb_key budget_rows[] = {
	{
			.name = "target",
			.about = "The most that one target may cost in a build, in "
				 "USD.",
			BUDGET(target),
	},
	{
			.name = "build",
			.about = "The most that one build may cost, in USD.",
			BUDGET(build),
	},
	{
			.name = "day",
			.about = "The most that all builds of a day (UTC) may cost, "
				 "in USD.",
			BUDGET(day),
	},
};

static const struct ohb_keys budget_keys = {
	.what = "'budget'",
	ROWS(budget_rows),
};

static const struct ohb_key limits_rows[] = {
	{
			.name = "jobs",
			.about = "Targets that run at the same time.",
			.kind = OHB_KEY_INTEGER,
			.fallback = "4",
			.min = 1,
			.max = OHB_MAX_JOBS,
			AT(limits_config, jobs),
	},
	{
			.name = "attempts",
			.about = "How often an agent may try one target.",
			.kind = OHB_KEY_INTEGER,
			.fallback = "3",
			.min = 1,
			.max = 100,
			AT(limits_config, attempts),
	},
	{
			.name = "budget",
			.about = "What may be spent; checked before each request.",
			.kind = OHB_KEY_MAP,
			.keys = &budget_keys,
			.pos_at = offsetof(
					struct ohb_limits_config, budget_pos),
	},
};

static const struct ohb_keys limits_keys = {
	.what = "'limits'",
	ROWS(limits_rows),
};

static const struct ohb_choice sabotages[] = {
	{ "off", OHB_SABOTAGE_OFF },
	{ NULL, 0 },
};

static const struct ohb_key sabotage_rows[] = {
	{
			.name = "mutants",
			.about = "So many small faults are put into the source, one "
				 "at a time.",
			.kind = OHB_KEY_INTEGER,
			.fallback = "8",
			.min = 1,
			.max = 100,
			AT(step_config, proof.mutants),
	},
	{
			.name = "min_killed",
			.about = "So many of them the test must notice.",
			.kind = OHB_KEY_INTEGER,
			.fallback = "1",
			.min = 1,
			.max = 100,
			AT(step_config, proof.min_killed),
	},
};

static const struct ohb_keys sabotage_keys = {
	.what = "'sabotage'",
	ROWS(sabotage_rows),
};

static const struct ohb_key step_rows[] = {
	{
			.name = "lint",
			.about = "A command that looks at the test; passes with exit "
				 "status 0.",
			.kind = OHB_KEY_TEXT,
			.flags = OHB_KEY_STEP,
			AT(step_config, command),
	},
	{
			.name = "build",
			.about = "A command that builds the test; passes with exit "
				 "status 0.",
			.kind = OHB_KEY_TEXT,
			.flags = OHB_KEY_STEP,
			AT(step_config, command),
	},
	{
			.name = "command",
			.about = "Any command; passes with exit status 0.",
			.kind = OHB_KEY_TEXT,
			.flags = OHB_KEY_STEP,
			AT(step_config, command),
	},
	{
			.name = "test",
			.about = "The command that runs the test; passes with exit "
				 "status 0 and, with 'junit' or 'tap', a fresh report "
				 "without failures.",
			.kind = OHB_KEY_TEXT,
			.flags = OHB_KEY_STEP,
			AT(step_config, command),
	},
	{
			.name = "junit",
			.about = "The JUnit report that the command writes; "
				 "\"{report}\" is a fresh path.",
			.kind = OHB_KEY_TEXT,
			.needs = "test|suite",
			AT(step_config, reports[OHB_REPORT_JUNIT]),
	},
	{
			.name = "tap",
			.about = "The TAP that the command writes, instead of "
				 "'junit'.",
			.kind = OHB_KEY_TEXT,
			.needs = "test|suite",
			AT(step_config, reports[OHB_REPORT_TAP]),
	},
	{
			.name = "coverage",
			.about = "A command that runs the test and reports which "
				 "lines were executed.",
			.kind = OHB_KEY_TEXT,
			.flags = OHB_KEY_STEP,
			AT(step_config, command),
	},
	{
			.name = "lcov",
			.about = "The tracefile of lcov that the command writes.",
			.kind = OHB_KEY_TEXT,
			.needs = "coverage",
			AT(step_config, reports[OHB_REPORT_LCOV]),
	},
	{
			.name = "cobertura",
			.about = "The XML of Cobertura that the command writes.",
			.kind = OHB_KEY_TEXT,
			.needs = "coverage",
			AT(step_config, reports[OHB_REPORT_COBERTURA]),
	},
	{
			.name = "gcov",
			.about = "The JSON of gcov that the command writes, by "
				 "--json-format --stdout.",
			.kind = OHB_KEY_TEXT,
			.needs = "coverage",
			AT(step_config, reports[OHB_REPORT_GCOV]),
	},
	{
			.name = "goprofile",
			.about = "The coverage profile of Go that the command writes.",
			.kind = OHB_KEY_TEXT,
			.needs = "coverage",
			AT(step_config, reports[OHB_REPORT_GOPROFILE]),
	},
	{
			.name = "min",
			.about = "Cases the report must have at least; of coverage, "
				 "the percentage of lines that must be executed.",
			.kind = OHB_KEY_INTEGER,
			.needs = "junit|tap|coverage",
			.fallback = "1",
			.min = 1,
			.max = 1e6,
			AT(step_config, min),
	},
	{
			.name = "min_changed",
			.about = "Percentage of the changed lines that must be "
				 "executed, where it is known which ones are.",
			.kind = OHB_KEY_INTEGER,
			.needs = "coverage",
			.fallback = "0",
			.max = 100,
			AT(step_config, min_changed),
	},
	{
			.name = "max_skipped",
			.about = "Cases of the report that may be skipped.",
			.kind = OHB_KEY_INTEGER,
			.needs = "junit|tap",
			.fallback = "0",
			.max = 1e6,
			AT(step_config, max_skipped),
	},
	{
			.name = "timeout",
			.about = "The longest time of this step.",
			.kind = OHB_KEY_DURATION,
			.fallback = "300s",
			.min = SECOND,
			.max = 24 * HOUR,
			AT(step_config, timeout_ms),
	},
	{
			.name = "sabotage",
			.about = "The source is broken on purpose: the test must "
				 "notice.",
			.kind = OHB_KEY_CHOICE,
			.flags = OHB_KEY_STEP,
			.choices = sabotages,
			.keys = &sabotage_keys,
			.map_value = OHB_SABOTAGE_ON,
			AT(step_config, proof.sabotage),
	},
	{
			.name = "repeat",
			.about = "The test must pass so often in all, each time in "
				 "another environment.",
			.kind = OHB_KEY_INTEGER,
			.flags = OHB_KEY_STEP,
			.fallback = "5",
			.min = 1,
			.max = 100,
			AT(step_config, proof.repeat),
	},
	{
			.name = "suite",
			.about = "The command that runs the whole suite: no case that "
				 "passes without the new test may fail with it.",
			.kind = OHB_KEY_TEXT,
			.flags = OHB_KEY_STEP,
			.needs = "junit|tap",
			AT(step_config, command),
	},
};

const struct ohb_keys ohb_step_keys = {
	.what = "a step",
	ROWS(step_rows),
	.pos_at = offsetof(struct ohb_step_config, pos),
};

static const struct ohb_choice places[] = {
	{ "sandbox", OHB_IN_SANDBOX },
	{ "host", OHB_IN_HOST },
	{ NULL, 0 },
};

static const struct ohb_key place_rows[] = {
	{
			.name = "image",
			.about = "An image in which the steps run.",
			.kind = OHB_KEY_TEXT,
			.flags = OHB_KEY_REQUIRED,
			.form = &image,
			AT(module_config, validate_image),
	},
};

static const struct ohb_keys place_keys = {
	.what = "'validate_in'",
	ROWS(place_rows),
};

static const struct ohb_choice edits[] = {
	{ "keep", OHB_EDITED_KEEP },
	{ "merge", OHB_EDITED_MERGE },
	{ "overwrite", OHB_EDITED_OVERWRITE },
	{ NULL, 0 },
};

static const struct ohb_choice orders[] = {
	{ "written", OHB_ORDER_WRITTEN },
	{ "measured", OHB_ORDER_MEASURED },
	{ NULL, 0 },
};

static const struct ohb_choice changes[] = {
	{ "revalidate", OHB_ON_CHANGE_REVALIDATE },
	{ "regenerate", OHB_ON_CHANGE_REGENERATE },
	{ NULL, 0 },
};

static const struct ohb_choice parts[] = {
	{ "model", offsetof(struct ohb_module_config, key_model) },
	{ "image", offsetof(struct ohb_module_config, key_image) },
	{ NULL, 0 },
};

static const struct ohb_choice levels[] = {
	{ "off", OHB_GUARD_OFF },
	{ "warn", OHB_GUARD_WARN },
	{ "error", OHB_GUARD_ERROR },
	{ NULL, 0 },
};

#define GUARD_ROW(rule, id, level, text, advice)          \
	{                                                 \
		.name = (id),                             \
		.about = (text),                          \
		.kind = OHB_KEY_CHOICE,                   \
		.choices = levels,                        \
		.at = offsetof(struct ohb_guard_config,   \
				levels[OHB_RULE_##rule]), \
	},
static const struct ohb_key guard_rows[] = { OHB_GUARD_RULES(GUARD_ROW) };

static const struct ohb_keys guard_keys = {
	.what = "'guard'",
	ROWS(guard_rows),
};

static const struct ohb_key module_rows[] = {
	{
			.name = "name",
			.about = "What the module is called on the command line.",
			.kind = OHB_KEY_TEXT,
			.flags = OHB_KEY_OWN,
			.form = &word,
			AT(module_config, name),
	},
	{
			.name = "source",
			.about = "The files under test: {name} is one path segment, "
				 "{dir:**} any number.",
			.kind = OHB_KEY_LIST,
			.flags = OHB_KEY_OWN | OHB_KEY_REQUIRED |
					OHB_KEY_NOT_EMPTY,
			AT(module_config, source),
	},
	{
			.name = "test",
			.about = "The files an agent writes for each source.",
			.kind = OHB_KEY_LIST,
			.flags = OHB_KEY_OWN | OHB_KEY_REQUIRED |
					OHB_KEY_NOT_EMPTY,
			.max = OHB_MAX_OUTPUTS,
			AT(module_config, test),
	},
	{
			.name = "exclude",
			.about = "Sources that have no test.",
			.kind = OHB_KEY_LIST,
			AT(module_config, exclude),
	},
	{
			.name = "inputs",
			.about = "Further files that the test depends on; a folder "
				 "stands for all files inside of it.",
			.kind = OHB_KEY_LIST,
			AT(module_config, inputs),
	},
	{
			.name = "optional_inputs",
			.about = "The same, where what is not there is no error; "
				 "the test is out of date when it appears.",
			.kind = OHB_KEY_LIST,
			AT(module_config, optional_inputs),
	},
	{
			.name = "depfile",
			.about = "A command that prints further inputs of a test, as a "
				 "Makefile or one a line; {source} {test} {name} {dir} "
				 "{module} expand.",
			.kind = OHB_KEY_TEXT,
			AT(module_config, depfile),
			.pos_at = offsetof(
					struct ohb_module_config, depfile_pos),
	},
	{
			.name = "workspace",
			.about = "The files that agent and judge see; what git tracks "
				 "when not given.",
			.kind = OHB_KEY_LIST,
			AT(module_config, workspace),
	},
	{
			.name = "prompt",
			.about = "The task in words: a file, or text after '|'; "
				 "{source} {test} {name} {dir} {inputs} expand.",
			.kind = OHB_KEY_TEXT,
			AT(module_config, prompt),
	},
	{
			.name = "models",
			.about = "Models of this module, in this order; all when not "
				 "given.",
			.kind = OHB_KEY_LIST,
			.form = &model_id,
			AT(module_config, models),
	},
	{
			.name = "order",
			.about = "Models are asked in the order in which they are "
				 "written, or of what they have done here.",
			.kind = OHB_KEY_CHOICE,
			.choices = orders,
			.fallback = "written",
			AT(module_config, order),
	},
	{
			.name = "tags",
			.about = "Words that choose the module's targets: @fast.",
			.kind = OHB_KEY_LIST,
			.form = &word,
			AT(module_config, tags),
	},
	{
			.name = "priority",
			.about = "Targets with a higher one run earlier.",
			.kind = OHB_KEY_INTEGER,
			.fallback = "0",
			.min = -1e6,
			.max = 1e6,
			AT(module_config, priority),
	},
	{
			.name = "key",
			.about = "What else makes a test out of date when it changes.",
			.kind = OHB_KEY_FLAGS,
			.choices = parts,
	},
	{
			.name = "validate_in",
			.about = "Where the steps run: in agent.image, in another "
				 "image, or on this machine without isolation.",
			.kind = OHB_KEY_CHOICE,
			.choices = places,
			.keys = &place_keys,
			.map_value = OHB_IN_IMAGE,
			.fallback = "sandbox",
			AT(module_config, validate_in),
	},
	{
			.name = "edited",
			.about = "What becomes of a test that a person changed.",
			.kind = OHB_KEY_CHOICE,
			.choices = edits,
			.fallback = "keep",
			AT(module_config, edited),
	},
	{
			.name = "on_change",
			.about = "What happens when a source changed and nothing "
				 "else: the old test is judged first, or an "
				 "agent makes it again.",
			.kind = OHB_KEY_CHOICE,
			.choices = changes,
			.fallback = "revalidate",
			AT(module_config, on_change),
	},
	{
			.name = "validate",
			.about = "The steps that judge the test, in this order; one "
				 "'test' at least.",
			.kind = OHB_KEY_MAPS,
			.flags = OHB_KEY_NOT_EMPTY,
			.keys = &ohb_step_keys,
	},
	{
			.name = "guard",
			.about = "How the rules on the test's code are taken: off, "
				 "warn or error.",
			.kind = OHB_KEY_MAP,
			.keys = &guard_keys,
			AT(module_config, guard),
	},
};

const struct ohb_keys ohb_module_keys = {
	.what = "a module",
	ROWS(module_rows),
	.pos_at = offsetof(struct ohb_module_config, pos),
};

const struct ohb_keys ohb_defaults_keys = {
	.what = "'defaults'",
	ROWS(module_rows),
	.without = OHB_KEY_OWN,
	.pos_at = offsetof(struct ohb_module_config, pos),
};

static const struct ohb_key document_rows[] = {
	{
			.name = "version",
			.about = "The form of this file.",
			.kind = OHB_KEY_INTEGER,
			.flags = OHB_KEY_REQUIRED,
			.min = 1,
			.max = 1,
			AT(document, version),
	},
	{
			.name = "include",
			.about = "Further files of this form, relative to the "
				 "project; what stands here goes before them.",
			.kind = OHB_KEY_LIST,
			.at = OHB_NOWHERE,
	},
	{
			.name = "agent",
			.about = "How OpenHands runs.",
			.kind = OHB_KEY_MAP,
			.keys = &agent_keys,
			AT(document, agent),
	},
	{
			.name = "models",
			.about = "The models, in the order in which they are tried.",
			.kind = OHB_KEY_MAPS,
			.flags = OHB_KEY_NOT_EMPTY,
			.keys = &ohb_model_keys,
	},
	{
			.name = "limits",
			.about = "How much at once, and how often.",
			.kind = OHB_KEY_MAP,
			.keys = &limits_keys,
			AT(document, limits),
	},
	{
			.name = "defaults",
			.about = "For every module, unless it says otherwise.",
			.kind = OHB_KEY_MAP,
			.keys = &ohb_defaults_keys,
			AT(document, defaults),
	},
	{
			.name = "modules",
			.about = "Which tests are made from which sources, and how.",
			.kind = OHB_KEY_MAPS,
			.flags = OHB_KEY_NOT_EMPTY,
			.keys = &ohb_module_keys,
	},
};

const struct ohb_keys ohb_document_keys = {
	.what = "the document",
	ROWS(document_rows),
};

const struct ohb_keys *const ohb_all_keys[] = {
	&ohb_document_keys,
	&agent_keys,
	&ohb_model_keys,
	&price_keys,
	&limits_keys,
	&budget_keys,
	&ohb_module_keys,
	&place_keys,
	&guard_keys,
	&ohb_step_keys,
	&sabotage_keys,
	NULL,
};
