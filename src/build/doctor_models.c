/* Keys and models. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/memory.h"
#include "build/doctor.h"
#include "build/preflight.h"
#include "build/setup.h"
#include "gateway/budget.h"
#include "gateway/failure.h"
#include "gateway/probe.h"
#include "io/clock.h"
#include "io/git.h"

#define GREP_MS ((int64_t)30 * 1000)
#define MAX_PATHS ((size_t)1 << 20)
#define MIN_KEY 8 /* shorter ones are placeholders of local servers */

/* One of openhands.yml, as far as it can be used. */
struct patient {
	const struct ohb_model_config *config;
	struct ohb_secret *key; /* NULL: none is sent */
	struct ohb_digest name; /* of the key, in the ledger */
	bool usable; /* its key was loaded, or it needs none */
};

/* A key in a file that git would take is one commit away from everybody. */
static void look_for_key(struct ohb_exam *exam, const struct patient *patient)
{
	static const char *const args[] = { "grep", "--untracked", "-l", "-z",
		"-F", "-f", "-", NULL };
	struct ohb_git_call call = {
		.dirfd = exam->options->dirfd,
		.args = args,
		.input = ohb_secret_reveal(patient->key),
		.input_len = ohb_secret_len(patient->key),
		.max_output = MAX_PATHS,
		.timeout_ms = GREP_MS,
	};
	const char *id = patient->config->id;
	struct ohb_git_result result = { .status = 0 };
	struct ohb_error err = OHB_ERROR_INIT;

	if (ohb_secret_len(patient->key) < MIN_KEY) {
		ohb_find(exam, "key", OHB_FOUND_OK, NULL, "%s: loaded", id);
	} else if (ohb_git_run(&call, &result, &err) < 0) {
		ohb_find(exam, "key", OHB_FOUND_WARNING, NULL,
				"%s: loaded; whether the repository has it is "
				"not known: %s",
				id, err.msg);
	} else if (result.status == 0 && result.out.len) {
		ohb_find(exam, "key", OHB_FOUND_WRONG,
				"take it out of the file and its history, and "
				"have the provider make a new one",
				"%s: it stands in '%s', which git knows or "
				"would take",
				id, result.out.data);
	} else if (result.status == 1) {
		ohb_find(exam, "key", OHB_FOUND_OK, NULL,
				"%s: loaded, and in no file that git would "
				"take",
				id);
	} else {
		ohb_find(exam, "key", OHB_FOUND_OK, NULL,
				"%s: loaded; no repository was searched for it",
				id);
	}
	ohb_git_result_release(&result);
}

static void look_at_file(struct ohb_exam *exam, const char *path)
{
	struct stat info;

	if (path && stat(path, &info) == 0 && info.st_mode & 077)
		ohb_find(exam, "key", OHB_FOUND_WARNING, "chmod 600 it",
				"'%s' can be read by other users", path);
}

static const char *cure_of_key(const struct ohb_model_config *model)
{
	return model->key_env ? "export the variable, or correct 'key' in "
				"openhands.yml" :
			model->key_file ? "correct the file, or 'key_file' in "
					  "openhands.yml" :
					  "run the command by hand, or correct "
					  "'key_command' in openhands.yml";
}

/* Over plain HTTP anybody on the way reads it. */
static void look_at_address(
		struct ohb_exam *exam, const struct ohb_model_config *model)
{
	static const char *const near[] = { "http://127.", "http://localhost",
		"http://[::1]" };
	size_t i;

	if (!ohb_starts(model->base_url, "http://"))
		return;
	for (i = 0; i < OHB_ARRAY_LEN(near); i++)
		if (ohb_starts(model->base_url, near[i]))
			return;
	ohb_find(exam, "key", OHB_FOUND_WARNING,
			"use https:// in its base_url, or a network that you "
			"trust",
			"%s: its key goes unencrypted to '%s'", model->id,
			model->base_url);
}

static void load_key(struct ohb_exam *exam, struct patient *patient)
{
	const struct ohb_model_config *model = patient->config;
	struct ohb_error err = OHB_ERROR_INIT;

	patient->usable = true;
	if (!model->key_env && !model->key_file && !model->key_command) {
		ohb_find(exam, "key", OHB_FOUND_OK, NULL, "%s: none is sent",
				model->id);
		return;
	}
	if (ohb_key_load(model->key_env, model->key_file, model->key_command,
			    &exam->cancel, &patient->key, &err) < 0) {
		patient->usable = false;
		ohb_find(exam, "key", OHB_FOUND_WRONG, cure_of_key(model),
				"%s: %s", model->id, err.msg);
		return;
	}
	ohb_redact_add(&exam->redact, patient->key);
	look_for_key(exam, patient);
	look_at_file(exam, model->key_file);
	look_at_address(exam, model);
}

/* Whether a build could go on, perhaps with another model. */
static enum ohb_found found_of(enum ohb_provider_failure failure, bool others)
{
	const struct ohb_failure_rule *rule = ohb_failure_rule(failure);

	if (others)
		return OHB_FOUND_WARNING;
	if (failure == OHB_PROVIDER_CONFIG)
		return OHB_FOUND_WRONG;
	if (failure == OHB_PROVIDER_AUTH)
		return OHB_FOUND_FAULT;
	if (rule->cure != OHB_CURE_RETRY && !rule->ends_build)
		return OHB_FOUND_WARNING;
	return OHB_FOUND_FAULT;
}

static void add_answer(struct ohb_exam *exam, const struct ohb_probe *probe)
{
	const struct ohb_usage *usage = &probe->tally.usage;

	if (usage->cost_unknown)
		ohb_find(exam, "model", OHB_FOUND_OK, NULL,
				"%s: answers after %lld ms; its price is not "
				"known",
				probe->model->id,
				(long long)probe->tally.latency_ms);
	else
		ohb_find(exam, "model", OHB_FOUND_OK, NULL,
				"%s: answers after %lld ms, for $%.6f",
				probe->model->id,
				(long long)probe->tally.latency_ms,
				usage->cost_usd);
}

static void tell(
		struct ohb_exam *exam, const struct ohb_probe *probes, size_t n)
{
	bool any = false;
	size_t i;

	for (i = 0; i < n; i++)
		any |= probes[i].failure == OHB_PROVIDER_OK;
	for (i = 0; i < n; i++) {
		const struct ohb_probe *probe = &probes[i];

		if (probe->date_ms) {
			exam->dated = true;
			exam->ahead_ms = probe->ahead_ms;
		}
		if (probe->failure == OHB_PROVIDER_OK)
			add_answer(exam, probe);
		else
			ohb_find(exam, "model", found_of(probe->failure, any),
					ohb_probe_cure(probe->failure),
					"%s: %s: %s", probe->model->id,
					ohb_failure_rule(probe->failure)->name,
					ohb_str_cstr(&probe->words));
	}
}

/* What was asked is in the ledger, as all that is paid for. */
static void keep(struct ohb_exam *exam, const struct ohb_probe *probes,
		const struct patient *const *asked, size_t n)
{
	ohb_autofree struct ohb_traffic *rows = ohb_alloc(n * sizeof(*rows));
	struct ohb_store *store = exam->options->store;
	struct ohb_error err = OHB_ERROR_INIT;
	size_t i;
	int bad = 0;

	if (n == 0)
		return;
	if (!store) {
		ohb_find(exam, "model", OHB_FOUND_WARNING, NULL,
				"what was asked is not in the ledger, which "
				"another ohbuild holds or nobody can write");
		return;
	}
	for (i = 0; i < n; i++) {
		struct ohb_digest key = { .bytes = { 0 } };
		const struct ohb_secret *secret = asked[i]->key;

		if (secret)
			bad |= ohb_traffic_key(store, ohb_secret_reveal(secret),
					ohb_secret_len(secret), &key, &err);
		rows[i] = ohb_traffic_of(
				probes[i].model, &key, &probes[i].tally);
	}
	if (bad || ohb_traffic_add(store, rows, n, &err) < 0)
		ohb_find(exam, "model", OHB_FOUND_WARNING, NULL,
				"what was asked is not in the ledger: %s",
				err.msg);
}

/* Nothing limits it, but the day's sum has it. */
static struct ohb_purse *open_purse(struct ohb_exam *exam, const char *run,
		struct ohb_budget **ret_budget)
{
	const struct ohb_budget_options options = {
		.usd = { -1, -1, -1 },
		.store = exam->options->store,
		.run = run,
	};
	struct ohb_error ignored = OHB_ERROR_INIT;

	if (!options.store ||
			ohb_budget_open(&options, ret_budget, &ignored) < 0)
		return NULL;
	return ohb_purse_open(*ret_budget, "(doctor)");
}

static void ask(struct ohb_exam *exam, const struct patient *patients, size_t n)
{
	ohb_autofree struct ohb_gateway_model *models =
			ohb_alloc(n * sizeof(*models));
	ohb_autofree struct ohb_probe *probes = ohb_alloc(n * sizeof(*probes));
	ohb_autofree const struct patient **asked =
			ohb_alloc(n * sizeof(const struct patient *));
	struct ohb_error err = OHB_ERROR_INIT;
	struct ohb_budget *budget = NULL;
	struct ohb_purse *purse;
	unsigned long long number;
	char run[17];
	size_t i, count = 0;

	ohb_random(&number, sizeof(number));
	(void)snprintf(run, sizeof(run), "%016llx", number);
	for (i = 0; i < n; i++) {
		if (!patients[i].usable) {
			ohb_find(exam, "model", OHB_FOUND_NOTHING, NULL,
					"%s: not asked without its key",
					patients[i].config->id);
			continue;
		}
		models[count] = ohb_setup_model(
				patients[i].config, patients[i].key);
		probes[count].model = &models[count];
		asked[count++] = &patients[i];
	}
	purse = open_purse(exam, run, &budget);
	if (ohb_probe_run(probes, count, purse, &exam->cancel, &err) < 0) {
		ohb_find(exam, "model", OHB_FOUND_FAULT, NULL, "%s", err.msg);
	} else {
		tell(exam, probes, count);
		keep(exam, probes, asked, count);
	}
	if (ohb_purse_close(purse, &err) < 0)
		ohb_find(exam, "model", OHB_FOUND_WARNING, NULL, "%s", err.msg);
	ohb_budget_close(budget);
	for (i = 0; i < count; i++)
		ohb_probe_release(&probes[i]);
}

void ohb_exam_models(struct ohb_exam *exam)
{
	const struct ohb_config *config = exam->options->config;
	size_t i, n = config ? config->nmodels : 0;
	ohb_autofree struct patient *patients =
			ohb_alloc(n * sizeof(*patients));

	for (i = 0; i < n; i++) {
		patients[i].config = &config->models[i];
		load_key(exam, &patients[i]);
	}
	if (exam->options->asks)
		ask(exam, patients, n);
	else
		ohb_find(exam, "model", OHB_FOUND_NOTHING, NULL,
				"none was asked: --no-preflight");
	for (i = 0; i < n; i++)
		ohb_secret_free(patients[i].key);
}
