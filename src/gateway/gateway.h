#ifndef OHB_GATEWAY_GATEWAY_H
#define OHB_GATEWAY_GATEWAY_H

/*
 * Every word between an agent and a model passes here.  A small HTTP server
 * inside ohbuild that speaks the OpenAI chat-completions dialect; the
 * agent's model is `openai/ohbuild` at this address with a random token as
 * its key.  The provider's key is added here and never goes further in.
 */

#include <stddef.h>
#include <stdint.h>

#include "base/cancel.h"
#include "base/secret.h"
#include "base/str.h"
#include "ohbuild/error.h"
#include "text/redact.h"

struct ohb_gateway;
struct ohb_store;
struct ohb_grant;
struct ohb_purse; /* budget.h */

/* USD per million tokens; written: into the cache, 0: as input. */
struct ohb_rates {
	double input, cached, written, output;
};

struct ohb_price {
	struct ohb_rates usual;
	uint64_t above; /* tokens of a prompt; 0: there is no other price */
	struct ohb_rates long_prompt; /* of a whole request with more */
};

struct ohb_gateway_model {
	const char *id; /* as in openhands.yml, for records and output */
	const char *name; /* what the provider is asked for */
	const char *base_url; /* without /chat/completions */
	const struct ohb_secret *key; /* NULL: none is sent */
	unsigned max_output_tokens;
	int has_price;
	struct ohb_price price;
};

struct ohb_usage {
	uint64_t requests; /* answers a model gave; refusals do not count */
	uint64_t tokens_in, tokens_cached, tokens_out;
	double cost_usd; /* of those whose price is known */
	int cost_unknown; /* some request had no known price */
	int cost_reported; /* by the provider; of one request */
};

struct ohb_gateway_options {
	const char *address; /* numeric; the port is chosen by the system */
	const char *replay; /* folder of cassettes, or NULL */
	const char *record; /* folder that cassettes are written to, or NULL */
	int strict; /* with replay: other requests than were recorded fail */
	const struct ohb_redact *redact; /* every key, for what is kept and
					    told; or NULL */
	struct ohb_store *store; /* keeps the breakers; or NULL */
	int64_t hold_ms; /* the longest one request is held while waiting
				and retrying; 0: 10 minutes */
	/* 0: the default in exchange.h; tests want shorter ones. */
	int64_t retry_base_ms; /* before the first retry, then doubled */
	int64_t request_ms; /* one request to a provider */
	int64_t silence_ms; /* of a provider that has been asked */
	int64_t client_ms; /* an agent that neither sends nor
				  reads; in whole seconds; a body
				  may take four times as long */
	unsigned connections; /* at once, a quarter of them of one
				 address; more are closed */
	struct ohb_cancel *cancel; /* ends every held request; or NULL */
	void (*on_warning)(void *userdata, const char *text); /* or NULL;
				from any thread */
	void *userdata;
};

int ohb_gateway_open(const struct ohb_gateway_options *options,
		struct ohb_gateway **ret, struct ohb_error *err) OHB_MUST_CHECK;
/* Ends every request that is still held and revokes what is still granted.
 * NULL allowed. */
void ohb_gateway_close(struct ohb_gateway *gateway);
/* Loads libmicrohttpd; OHB_E_INFRA when it is not there. */
int ohb_gateway_load(struct ohb_error *err) OHB_MUST_CHECK;
/* "http://address:port/v1" */
const char *ohb_gateway_url(const struct ohb_gateway *gateway);
/* The agent's own time limit must be above this: milliseconds. */
int64_t ohb_gateway_hold_ms(const struct ohb_gateway *gateway);

/*
 * The right to ask these models, in this order (the next one when one is
 * exhausted), for one target's conversation.  The models are borrowed until
 * revoke.  on_usage is called after each request, from a gateway thread.
 */
struct ohb_grant_options {
	const char *target; /* names the cassette in replay */
	const struct ohb_gateway_model *models;
	size_t nmodels;
	struct ohb_purse *purse; /* pays for it; NULL: nobody counts */
	void (*on_usage)(void *userdata, const struct ohb_usage *delta,
			const char *model);
	/* Or NULL: before a request waits for long; from any thread. */
	void (*on_wait)(void *userdata, const char *model, int64_t wait_ms,
			const char *why);
	void *userdata;
};

/* With replay a cassette that is missing or wrong is OHB_E_CONFIG here,
 * before any container starts. */
int ohb_gateway_grant(struct ohb_gateway *gateway,
		const struct ohb_grant_options *options, struct ohb_grant **ret,
		struct ohb_error *err) OHB_MUST_CHECK;
/* No request is in flight when it returns; later ones get 401. */
void ohb_gateway_revoke(struct ohb_gateway *gateway, struct ohb_grant *grant);

/*
 * What a cassette has by another name, told before the agent asks: where its
 * project lies, and secrets of its sandbox, which differ from run to run.
 */
void ohb_grant_disguise(struct ohb_grant *grant, const char *dir,
		const struct ohb_secret *const *secrets, size_t n);

const struct ohb_secret *ohb_grant_token(const struct ohb_grant *grant);
void ohb_grant_usage(struct ohb_grant *grant, struct ohb_usage *ret);

/* What went to one model of a grant, and came back. */
struct ohb_tally {
	uint64_t requests; /* sent */
	int64_t latency_ms; /* of the answers, together */
	int64_t answered_ms; /* the last answer; wall clock, 0: none */
	struct ohb_usage usage; /* its requests are the answers */
};

/* One for each model, in order, which begin anew.  Of a replay: zeros. */
void ohb_grant_tally(struct ohb_grant *grant, struct ohb_tally *ret);

/*
 * Why the last request that failed for good did: the gateway reads the
 * provider's own words, which the agent only sees through two libraries.
 */
enum ohb_provider_failure {
	OHB_PROVIDER_OK,
	OHB_PROVIDER_CONNECTION, /* refused, no such host, cut off */
	OHB_PROVIDER_TIMEOUT, /* silent, or a gateway before it gave up */
	OHB_PROVIDER_AUTH,
	OHB_PROVIDER_RATE_LIMIT,
	OHB_PROVIDER_QUOTA,
	OHB_PROVIDER_CONTEXT, /* context window exceeded */
	OHB_PROVIDER_CONFIG, /* no such model, wrong address or settings */
	OHB_PROVIDER_REQUEST, /* refuses this request, not the model */
	OHB_PROVIDER_POLICY, /* content it will not touch */
	OHB_PROVIDER_SERVER, /* 5xx, overloaded */
	OHB_PROVIDER_MALFORMED, /* not JSON, no choices */
	OHB_PROVIDER_BUDGET, /* refused here: it may cost too much */
	OHB_PROVIDER_REPLAY_END, /* the cassette has no further reply */
};

/* Appends "model: words" for each model that was asked, the last one last;
 * returns the class of the last; reset by the next success. */
enum ohb_provider_failure ohb_grant_failure(
		struct ohb_grant *grant, struct ohb_str *text);
/* The model that answered last, its id; NULL before the first answer.
 * Borrowed from the models. */
const char *ohb_grant_model(struct ohb_grant *grant);

/*
 * Takes a variable out of this process's environment, so that no child has
 * it and nobody sees it there; ohb_key_load still finds it.  Before threads
 * start.
 */
void ohb_key_take(const char *name);

/*
 * A key from where openhands.yml says: the environment variable, the file
 * (one line), or what the command prints (argv, one line).  Exactly one is
 * not NULL.  Errors name the source, never the value.
 */
int ohb_key_load(const char *env, const char *file, const char *const *command,
		struct ohb_cancel *cancel, struct ohb_secret **ret,
		struct ohb_error *err) OHB_MUST_CHECK;

#endif
