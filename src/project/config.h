#ifndef OHB_PROJECT_CONFIG_H
#define OHB_PROJECT_CONFIG_H

/*
 * openhands.yml, typed, with every default filled in and `include` and
 * `defaults` resolved.  Lives in the project's arena; read-only once loaded.
 * The key table in keys.c is the one place that knows the keys: the loader
 * and schema/openhands.schema.json both come from it.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/memory.h"
#include "project/guard.h"
#include "text/diag.h"

struct ohb_tree;

enum ohb_sandbox_kind { OHB_SANDBOX_DOCKER, OHB_SANDBOX_PROCESS };
enum ohb_protocol {
	OHB_PROTOCOL_SERVER, /* REST calls of the agent-server */
	OHB_PROTOCOL_CLI, /* openhands --headless, a process a run */
	OHB_PROTOCOL_HEADLESS, /* openhands.core.main of 0.x, the same */
};
enum ohb_pull { OHB_PULL_MISSING, OHB_PULL_ALWAYS, OHB_PULL_NEVER };
enum ohb_network { OHB_NETWORK_GATEWAY, OHB_NETWORK_OPEN };
enum ohb_validate_in {
	OHB_IN_SANDBOX, /* agent.image */
	OHB_IN_IMAGE, /* an image of the user's */
	OHB_IN_HOST, /* a temporary folder on this machine: no isolation */
};

enum ohb_edited { /* a test that a person changed */
	OHB_EDITED_KEEP, /* is judged as it is */
	OHB_EDITED_MERGE, /* and the agent's new version come together */
	OHB_EDITED_OVERWRITE, /* is made again */
};

enum ohb_on_change { /* of a source, and of nothing else */
	OHB_ON_CHANGE_REVALIDATE, /* an agent, if the old test does not hold */
	OHB_ON_CHANGE_REGENERATE, /* an agent makes the test again */
};

enum ohb_order { /* of the models of a target */
	OHB_ORDER_WRITTEN,
	OHB_ORDER_MEASURED, /* by what they have done */
};

struct ohb_list { /* of strings with places */
	const char **items;
	struct ohb_pos *pos;
	size_t count;
};

struct ohb_agent_config {
	const char *image;
	enum ohb_sandbox_kind sandbox;
	enum ohb_protocol protocol;
	enum ohb_pull pull;
	unsigned max_iterations;
	int64_t timeout_ms; /* one attempt */
	int64_t idle_timeout_ms; /* no new event */
	uint64_t memory_bytes;
	double cpus;
	enum ohb_network network;
	struct ohb_list allow_secrets; /* patterns of files */
	struct ohb_pos pos, image_pos, protocol_pos;
};

struct ohb_model_config {
	const char *id; /* "openrouter/deepseek/deepseek-chat-v3.1" */
	const char *provider; /* "openrouter": the first segment */
	const char *name; /* the rest: what the provider is asked for */
	const char *base_url; /* never NULL: given, or known by provider */
	/* at most one of three; all NULL: no key is sent */
	const char *key_env, *key_file;
	const char *const *key_command; /* argv, NULL-terminated */
	unsigned max_output_tokens;
	bool has_price; /* USD per million tokens */
	double price_input, price_cached, price_written, price_output;
	struct ohb_pos pos;
};

/* USD. */
struct ohb_budget_config {
	bool has_target, has_build, has_day;
	double target, build, day;
};

struct ohb_limits_config {
	unsigned jobs;
	unsigned attempts;
	struct ohb_budget_config budget;
	struct ohb_pos budget_pos;
};

/* What a step runs. */
enum ohb_step_kind {
	OHB_STEP_LINT,
	OHB_STEP_BUILD,
	OHB_STEP_COMMAND,
	OHB_STEP_TEST,
	OHB_STEP_COVERAGE,
	OHB_STEP_SUITE,
	/* Without a command; kept in the module, not among its steps. */
	OHB_STEP_SABOTAGE,
	OHB_STEP_REPEAT,
};

/* What a command says about itself in a file; each is a key of its own. */
enum ohb_report_format {
	OHB_REPORT_NONE,
	OHB_REPORT_JUNIT, /* test */
	OHB_REPORT_TAP,
	OHB_REPORT_LCOV, /* coverage */
	OHB_REPORT_COBERTURA,
	OHB_REPORT_GCOV,
	OHB_REPORT_GOPROFILE,
	OHB_REPORT_FORMATS,
};

enum ohb_sabotage { OHB_SABOTAGE_OFF, OHB_SABOTAGE_ON };

/* What a test must survive besides its steps, and after them. */
struct ohb_proof_config {
	enum ohb_sabotage sabotage;
	unsigned mutants, min_killed; /* of sabotage */
	unsigned repeat; /* runs in all; 1: no more than the one */
};

struct ohb_step_config {
	enum ohb_step_kind kind;
	const char *command; /* for /bin/sh -c in the sandbox; {source}
				{test} {name} {dir} {report} … expand, quoted */
	const char *reports[OHB_REPORT_FORMATS]; /* templates of their paths */
	enum ohb_report_format format; /* the one that is given */
	unsigned min; /* cases, or percent of the lines; default 1 */
	unsigned min_changed; /* percent of the changed lines */
	unsigned max_skipped;
	int64_t timeout_ms; /* default 300 s */
	struct ohb_proof_config proof; /* sabotage and repeat only */
	struct ohb_pos pos;
};

struct ohb_module_config {
	const char *name; /* given, or "" */
	struct ohb_list source; /* patterns; usually one */
	struct ohb_list test; /* templates of outputs; at least one */
	struct ohb_list exclude, inputs, optional_inputs, workspace;
	struct ohb_list tags, models;
	const char *depfile; /* command; NULL: none */
	struct ohb_pos depfile_pos;
	const char *prompt; /* text after reading the file; NULL: built in */
	const char *prompt_file; /* where it came from, or NULL */
	bool key_model, key_image; /* `key: [model, image]` */
	int priority;
	enum ohb_edited edited;
	enum ohb_on_change on_change;
	enum ohb_order order;
	enum ohb_validate_in validate_in;
	const char *validate_image; /* OHB_IN_IMAGE only */
	const struct ohb_step_config *steps; /* validate, in order */
	size_t nsteps;
	struct ohb_proof_config proof; /* said in validate, or else default */
	struct ohb_guard_config guard;
	struct ohb_pos pos;
};

struct ohb_config {
	const char *lock; /* "openhands.lock" beside openhands.yml; or NULL */
	struct ohb_agent_config agent;
	const struct ohb_model_config *models;
	size_t nmodels;
	struct ohb_limits_config limits;
	const struct ohb_module_config *modules;
	size_t nmodules;
};

/*
 * Reads name from the tree with everything it includes.  Diagnostics go to
 * diags (the caller looks at diags->nitems); -1 when there is any or the
 * file cannot be read (err set: OHB_E_CONFIG, or OHB_E_MISSING with the
 * advice how to begin).
 */
int ohb_config_load(const struct ohb_tree *tree, const char *name,
		struct ohb_arena *arena, struct ohb_diags *diags,
		struct ohb_config *ret, struct ohb_error *err) OHB_MUST_CHECK;

/* schema/openhands.schema.json, made from the key table. */
void ohb_config_schema(struct ohb_str *out);

/* "docker", "process", … for messages and output. */
const char *ohb_step_kind_name(enum ohb_step_kind kind);
/* "junit", "lcov", …; not of none. */
const char *ohb_report_key(enum ohb_report_format format);

#endif
