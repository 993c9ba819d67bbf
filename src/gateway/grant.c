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

/* One request on its way; repeats of it wait for its answer. */
struct ohb_flight {
	struct ohb_flight *next;
	struct ohb_digest digest;
	unsigned waiting; /* threads that still need the answer */
	int landed;
	struct ohb_answer answer;
};

static void free_grant(struct ohb_grant *grant)
{
	assert(!grant->flights);
	ohb_cancel_release(&grant->cancel);
	ohb_redact_release(&grant->disguise.own);
	free(grant->dir);
	ohb_secret_free(grant->token);
	ohb_str_release(&grant->words);
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
	grant->options = *options;
	grant->options.target = NULL;
	grant->token = ohb_random_secret();
	grant->disguise.keys = gateway->options.redact;
	ohb_redact_add(&grant->disguise.own, grant->token);

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

void ohb_grant_leave(struct ohb_grant *grant)
{
	struct ohb_gateway *gateway = grant->gateway;

	pthread_mutex_lock(&gateway->lock);
	if (--grant->active == 0)
		pthread_cond_broadcast(&gateway->changed);
	pthread_mutex_unlock(&gateway->lock);
}

static struct ohb_flight *find_flight(
		struct ohb_grant *grant, const struct ohb_digest *digest)
{
	struct ohb_flight *flight = grant->flights;

	while (flight && !ohb_digest_eq(&flight->digest, digest))
		flight = flight->next;
	return flight;
}

/* Flies with the lock let go; the flight is unlisted when it has landed, so
 * that a later request of the same words is a new one. */
static void fly(struct ohb_grant *grant, const struct ohb_str *request,
		struct ohb_flight *flight)
{
	struct ohb_flight **at = &grant->flights;

	flight->next = grant->flights;
	grant->flights = flight;
	pthread_mutex_unlock(&grant->gateway->lock);
	ohb_forward(grant, request, &flight->answer);
	pthread_mutex_lock(&grant->gateway->lock);
	while (*at != flight)
		at = &(*at)->next;
	*at = flight->next;
	flight->landed = 1;
	pthread_cond_broadcast(&grant->gateway->changed);
}

void ohb_grant_answer(struct ohb_grant *grant, const struct ohb_str *request,
		struct ohb_answer *ret)
{
	struct ohb_gateway *gateway = grant->gateway;
	struct ohb_digest digest = ohb_digest_of(request->data, request->len);
	struct ohb_flight *flight;

	pthread_mutex_lock(&gateway->lock);
	flight = find_flight(grant, &digest);
	if (flight) {
		flight->waiting++;
		while (!flight->landed)
			pthread_cond_wait(&gateway->changed, &gateway->lock);
	} else {
		flight = ohb_alloc(sizeof(*flight));
		flight->digest = digest;
		flight->waiting = 1;
		fly(grant, request, flight);
	}
	ret->status = flight->answer.status;
	ohb_str_add(&ret->body, ohb_str_cstr(&flight->answer.body),
			flight->answer.body.len);
	if (--flight->waiting == 0) {
		ohb_str_release(&flight->answer.body);
		free(flight);
	}
	pthread_mutex_unlock(&gateway->lock);
}

void ohb_grant_succeeded(struct ohb_grant *grant, const char *model,
		const struct ohb_usage *delta)
{
	pthread_mutex_lock(&grant->gateway->lock);
	ohb_usage_add(&grant->usage, delta);
	grant->failure = OHB_PROVIDER_OK;
	ohb_str_clear(&grant->words);
	grant->model = model;
	pthread_mutex_unlock(&grant->gateway->lock);
	if (grant->options.on_usage)
		grant->options.on_usage(grant->options.userdata, delta, model);
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
