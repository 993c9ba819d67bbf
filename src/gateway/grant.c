#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/memory.h"
#include "gateway/exchange.h"
#include "gateway/price.h"
#include "gateway/tape.h"
#include "io/clock.h"
#include "io/wait.h"

static void free_grant(struct ohb_grant *grant)
{
	assert(!grant->flights);
	ohb_cancel_release(&grant->cancel);
	ohb_redact_release(&grant->disguise.own);
	free(grant->dir);
	ohb_secret_free(grant->token);
	ohb_str_release(&grant->words);
	free(grant->known);
	free(grant->tally);
	free(grant);
}

int ohb_gateway_grant(struct ohb_gateway *gateway,
		const struct ohb_grant_options *options, struct ohb_grant **ret,
		struct ohb_error *err)
{
	struct ohb_tape *tape = NULL;
	struct ohb_grant *grant;

	if (!options->nmodels)
		return ohb_fail(err, OHB_E_CONFIG, "no model for '%s'",
				options->target);
	if ((gateway->replay || gateway->record) &&
			ohb_tape_begin(gateway, options->target, &tape, err) <
					0)
		return -1;
	grant = ohb_alloc(sizeof(*grant));
	grant->tape = tape;
	if (ohb_cancel_init(&grant->cancel, err) < 0) {
		free(grant);
		return -1;
	}
	grant->gateway = gateway;
	grant->known = ohb_alloc(options->nmodels * sizeof(*grant->known));
	grant->options = *options;
	grant->options.target = NULL;
	grant->token = ohb_random_secret();
	grant->disguise.keys = gateway->options.redact;
	ohb_redact_add(&grant->disguise.own, grant->token);
	grant->tally = ohb_alloc(options->nmodels * sizeof(*grant->tally));

	pthread_mutex_lock(&gateway->lock);
	grant->next = gateway->grants;
	gateway->grants = grant;
	/* The watcher may have been here already. */
	if (ohb_cancel_level(gateway->options.cancel))
		ohb_cancel_raise(&grant->cancel);
	pthread_mutex_unlock(&gateway->lock);
	*ret = grant;
	return 0;
}

void ohb_gateway_revoke(struct ohb_gateway *gateway, struct ohb_grant *grant)
{
	struct ohb_grant **at = &gateway->grants;

	pthread_mutex_lock(&gateway->lock);
	while (*at != grant)
		at = &(*at)->next;
	*at = grant->next;
	ohb_cancel_raise(&grant->cancel);
	while (grant->active)
		pthread_cond_wait(&gateway->changed, &gateway->lock);
	pthread_mutex_unlock(&gateway->lock);
	if (grant->tape)
		ohb_tape_end(grant->tape);
	free_grant(grant);
}

void ohb_grants_cancel(struct ohb_gateway *gateway)
{
	struct ohb_grant *grant;

	pthread_mutex_lock(&gateway->lock);
	for (grant = gateway->grants; grant; grant = grant->next)
		ohb_cancel_raise(&grant->cancel);
	pthread_mutex_unlock(&gateway->lock);
}

struct ohb_grant *ohb_grant_enter(
		struct ohb_gateway *gateway, const char *token)
{
	struct ohb_grant *grant, *found = NULL;
	size_t len = strlen(token);

	pthread_mutex_lock(&gateway->lock);
	for (grant = gateway->grants; grant; grant = grant->next)
		if (ohb_secret_matches(grant->token, token, len))
			found = grant;
	if (found)
		found->active++;
	pthread_mutex_unlock(&gateway->lock);
	return found;
}

void ohb_grant_stay(struct ohb_grant *grant)
{
	pthread_mutex_lock(&grant->gateway->lock);
	grant->active++;
	pthread_mutex_unlock(&grant->gateway->lock);
}

void ohb_grant_leave(struct ohb_grant *grant)
{
	struct ohb_gateway *gateway = grant->gateway;

	pthread_mutex_lock(&gateway->lock);
	if (--grant->active == 0)
		pthread_cond_broadcast(&gateway->changed);
	pthread_mutex_unlock(&gateway->lock);
}

void ohb_grant_spent(struct ohb_grant *grant, const char *model,
		const struct ohb_usage *delta)
{
	pthread_mutex_lock(&grant->gateway->lock);
	ohb_usage_add(&grant->usage, delta);
	pthread_mutex_unlock(&grant->gateway->lock);
	if (grant->options.on_usage)
		grant->options.on_usage(grant->options.userdata, delta, model);
}

void ohb_grant_sent(struct ohb_grant *grant, size_t model, int64_t latency_ms,
		const struct ohb_usage *usage)
{
	struct ohb_tally *tally = &grant->tally[model];

	if (grant->gateway->replay)
		return;
	pthread_mutex_lock(&grant->gateway->lock);
	tally->requests++;
	if (usage->requests) {
		tally->latency_ms += latency_ms;
		tally->answered_ms = ohb_clock_wall_ms();
		ohb_usage_add(&tally->usage, usage);
	}
	pthread_mutex_unlock(&grant->gateway->lock);
}

void ohb_grant_succeeded(struct ohb_grant *grant, const char *model,
		const struct ohb_usage *delta)
{
	pthread_mutex_lock(&grant->gateway->lock);
	grant->failure = OHB_PROVIDER_OK;
	ohb_str_clear(&grant->words);
	grant->model = model;
	pthread_mutex_unlock(&grant->gateway->lock);
	ohb_grant_spent(grant, model, delta);
}

void ohb_grant_failed(struct ohb_grant *grant,
		enum ohb_provider_failure failure, const char *words)
{
	pthread_mutex_lock(&grant->gateway->lock);
	grant->failure = failure;
	ohb_str_clear(&grant->words);
	ohb_str_adds(&grant->words, words);
	pthread_mutex_unlock(&grant->gateway->lock);
}

void ohb_grant_disguise(struct ohb_grant *grant, const char *dir,
		const struct ohb_secret *const *secrets, size_t n)
{
	size_t i;

	grant->dir = ohb_strdup(dir);
	grant->disguise.dir = grant->dir;
	for (i = 0; i < n; i++)
		ohb_redact_add(&grant->disguise.own, secrets[i]);
}

const struct ohb_secret *ohb_grant_token(const struct ohb_grant *grant)
{
	return grant->token;
}

void ohb_grant_usage(struct ohb_grant *grant, struct ohb_usage *ret)
{
	pthread_mutex_lock(&grant->gateway->lock);
	*ret = grant->usage;
	pthread_mutex_unlock(&grant->gateway->lock);
}

void ohb_grant_tally(struct ohb_grant *grant, struct ohb_tally *ret)
{
	const size_t size = grant->options.nmodels * sizeof(*ret);

	pthread_mutex_lock(&grant->gateway->lock);
	memcpy(ret, grant->tally, size);
	memset(grant->tally, 0, size);
	pthread_mutex_unlock(&grant->gateway->lock);
}

enum ohb_provider_failure ohb_grant_failure(
		struct ohb_grant *grant, struct ohb_str *text)
{
	enum ohb_provider_failure failure;

	pthread_mutex_lock(&grant->gateway->lock);
	failure = grant->failure;
	ohb_str_add(text, ohb_str_cstr(&grant->words), grant->words.len);
	pthread_mutex_unlock(&grant->gateway->lock);
	return failure;
}

const char *ohb_grant_model(struct ohb_grant *grant)
{
	const char *model;

	pthread_mutex_lock(&grant->gateway->lock);
	model = grant->model;
	pthread_mutex_unlock(&grant->gateway->lock);
	return model;
}
