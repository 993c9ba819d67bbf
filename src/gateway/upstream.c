#include "gateway/upstream.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "gateway/exchange.h"
#include "gateway/retry.h"
#include "gateway/tape.h"
#include "gateway/try.h"
#include "io/clock.h"
#include "io/wait.h"

/* In units of the first back-off, which is a second but in tests: how long a
 * breaker opens first, and how long one model is waited for while there is
 * another one. */
#define OPEN_TIMES 15
#define PATIENCE_TIMES 30
/* Of a model that has refused by 429: one request in so many of them. */
#define FLOOR_TIMES 10
/* Rough, and only for sharing: what was really used is told afterwards. */
#define BYTES_PER_TOKEN 4
/* Waits that are shorter are not worth a word. */
#define SAY_MS ((int64_t)5000)

struct ohb_upstream {
	struct ohb_upstream *next;
	struct ohb_breaker *breaker;
	struct ohb_pool *pool;
};

void ohb_upstreams_open(struct ohb_gateway *gateway)
{
	const struct ohb_breaker_options options = {
		.store = gateway->options.store,
		.pause_ms = gateway->options.retry_base_ms * OPEN_TIMES,
		.say = gateway->options.on_warning,
		.userdata = gateway->options.userdata,
	};

	gateway->breakers = ohb_breakers_new(&options);
}

void ohb_upstreams_close(struct ohb_gateway *gateway)
{
	while (gateway->upstreams) {
		struct ohb_upstream *upstream = gateway->upstreams;

		gateway->upstreams = upstream->next;
		ohb_pool_free(upstream->pool);
		free(upstream);
	}
	ohb_breakers_free(gateway->breakers);
}

/* Always at least so many requests a minute: none fails for our caution. */
static double floor_of(const struct ohb_gateway_options *options)
{
	int64_t apart_ms = options->retry_base_ms * FLOOR_TIMES;

	if (apart_ms > options->hold_ms / FLOOR_TIMES)
		apart_ms = options->hold_ms / FLOOR_TIMES;
	return 60000.0 / (double)(apart_ms > 0 ? apart_ms : 1);
}

static struct ohb_upstream *upstream_of(
		struct ohb_gateway *gateway, struct ohb_breaker *breaker)
{
	struct ohb_upstream *upstream;

	(void)pthread_mutex_lock(&gateway->lock);
	upstream = gateway->upstreams;
	while (upstream && upstream->breaker != breaker)
		upstream = upstream->next;
	if (!upstream) {
		upstream = ohb_alloc(sizeof(*upstream));
		upstream->breaker = breaker;
		upstream->pool = ohb_pool_new(floor_of(&gateway->options));
		upstream->next = gateway->upstreams;
		gateway->upstreams = upstream;
	}
	(void)pthread_mutex_unlock(&gateway->lock);
	return upstream;
}

static struct ohb_breaker *breaker_of(const struct ohb_try *try)
{
	return ohb_breaker_of(try->grant->gateway->breakers, try->model->id,
			try->model->base_url);
}

static bool has_another(const struct ohb_try *try)
{
	struct ohb_gateway *gateway = try->grant->gateway;
	const struct ohb_grant_options *options = &try->grant->options;
	size_t i;

	for (i = try->index + 1; i < options->nmodels; i++)
		if (!ohb_breaker_is_out(ohb_breaker_of(gateway->breakers,
				    options->models[i].id,
				    options->models[i].base_url)))
			return true;
	return false;
}

static bool skip(struct ohb_try *try, enum ohb_provider_failure failure,
		const char *words)
{
	try->skipped = true;
	try->failure = failure;
	ohb_str_clear(&try->words);
	ohb_str_adds(&try->words, words);
	ohb_failure_mask(&try->words, try->model->key);
	return false;
}

void ohb_upstream_say_wait(const struct ohb_grant *grant,
		const struct ohb_gateway_model *model, int64_t wait_ms,
		const char *why)
{
	if (grant->options.on_wait && wait_ms > SAY_MS)
		grant->options.on_wait(grant->options.userdata, model->id,
				wait_ms, why);
}

static void say_wait(void *userdata, int64_t wait_ms)
{
	const struct ohb_try *try = userdata;

	ohb_upstream_say_wait(try->grant, try->model, wait_ms,
			ohb_str_cstr(&try->words));
}

/* Until when this model is waited for. */
static int64_t patience_of(const struct ohb_try *try)
{
	int64_t until_ms = ohb_clock_mono_ms() +
			try->grant->gateway->options.retry_base_ms *
					PATIENCE_TIMES;

	return has_another(try) && until_ms < try->deadline_ms ?
			until_ms :
			try->deadline_ms;
}

static bool pass_breaker(struct ohb_try *try, struct ohb_upstream *upstream,
		enum ohb_gate *ret)
{
	ohb_autostr why = OHB_STR_INIT;
	enum ohb_provider_failure failure;
	int64_t wait_ms;

	for (;;) {
		ohb_str_clear(&why);
		*ret = ohb_breaker_ask(upstream->breaker, ohb_clock_wall_ms(),
				&wait_ms, &failure, &why);
		if (*ret == OHB_GATE_OPEN || *ret == OHB_GATE_PROBE)
			break;
		if (*ret == OHB_GATE_OUT || has_another(try) ||
				ohb_clock_mono_ms() + wait_ms >=
						try->deadline_ms)
			return skip(try, failure, ohb_str_cstr(&why));
		ohb_str_clear(&try->words);
		ohb_str_adds(&try->words, ohb_str_cstr(&why));
		say_wait(try, wait_ms);
		if (ohb_wait_ms(&try->grant->cancel, wait_ms, &try->err) < 0) {
			try->failure = OHB_PROVIDER_CONNECTION;
			return false;
		}
	}
	ohb_str_clear(&try->words);
	return true;
}

static bool pass_pool(struct ohb_try *try, struct ohb_upstream *upstream,
		struct ohb_pace_use *ret)
{
	const struct ohb_pool_wish wish = {
		.tokens = try->body.len / BYTES_PER_TOKEN + 1,
		.deadline_ms = try->deadline_ms,
		.until_ms = patience_of(try),
		.cancel = &try->grant->cancel,
		.on_wait = say_wait,
		.userdata = try,
	};
	struct ohb_error err = OHB_ERROR_INIT;

	ohb_str_adds(&try->words, "the provider's rate limit");
	if (ohb_pool_enter(upstream->pool, &wish, ret, &err) == 0) {
		ohb_str_clear(&try->words);
		return true;
	}
	if (err.code == OHB_E_TIMEOUT)
		return skip(try, OHB_PROVIDER_RATE_LIMIT, err.msg);
	try->err = err;
	return skip(try, OHB_PROVIDER_CONNECTION, err.msg);
}

/* Of what was recorded only the models that are out come again: that follows
 * from the replies, all else from the time. */
static bool enter_replay(struct ohb_try *try)
{
	ohb_autostr why = OHB_STR_INIT;
	enum ohb_provider_failure failure;
	int64_t wait_ms;

	return !ohb_tape_is_quick(try->grant) ||
			ohb_breaker_ask(breaker_of(try), 0, &wait_ms, &failure,
					&why) == OHB_GATE_OPEN ||
			skip(try, failure, ohb_str_cstr(&why));
}

static void leave_replay(struct ohb_try *try)
{
	const char *words = ohb_str_cstr(&try->words);

	if (!ohb_tape_is_quick(try->grant))
		return;
	if (ohb_failure_rule(try->failure)->mark == OHB_MARK_OUTAGE)
		ohb_breaker_note(breaker_of(try), words);
	else
		try->failure = ohb_breaker_tell(breaker_of(try), OHB_GATE_OPEN,
				try->failure, words, 0);
}

bool ohb_upstream_enter(struct ohb_try *try)
{
	struct ohb_upstream *upstream;
	enum ohb_gate gate;
	struct ohb_pace_use use;

	if (try->grant->gateway->replay)
		return enter_replay(try);
	upstream = upstream_of(try->grant->gateway, breaker_of(try));
	if (!pass_breaker(try, upstream, &gate))
		return false;
	if (!pass_pool(try, upstream, &use)) {
		ohb_breaker_spare(upstream->breaker, gate);
		return false;
	}
	try->pass = (struct ohb_upstream_pass){
		.upstream = upstream,
		.gate = gate,
		.use = use,
	};
	return true;
}

bool ohb_upstream_gives_up(const struct ohb_try *try, int64_t wait_ms)
{
	return ohb_clock_mono_ms() + wait_ms >= patience_of(try);
}

int64_t ohb_upstream_asked_ms(const struct ohb_http_response *reply)
{
	int64_t now_ms = ohb_clock_wall_ms();
	int64_t asked_ms = ohb_retry_asked_ms(reply, now_ms);
	const struct ohb_limits limits = ohb_limits_read(reply, now_ms);

	if (asked_ms >= 0 || reply->status != 429)
		return asked_ms;
	if (limits.requests.left == 0)
		asked_ms = limits.requests.reset_ms;
	if (limits.tokens.left == 0 && limits.tokens.reset_ms > asked_ms)
		asked_ms = limits.tokens.reset_ms;
	return asked_ms;
}

static struct ohb_pool_end end_of(const struct ohb_try *try)
{
	int64_t asked_ms = ohb_upstream_asked_ms(&try->reply);
	struct ohb_pool_end end = {
		.end = OHB_PACE_OTHER,
		.tokens = try->usage.tokens_in + try->usage.tokens_out,
		.limits = ohb_limits_read(&try->reply, ohb_clock_wall_ms()),
	};

	if (try->failure == OHB_PROVIDER_OK)
		end.end = OHB_PACE_OK;
	if (try->failure == OHB_PROVIDER_RATE_LIMIT) {
		end.end = OHB_PACE_LIMITED;
		end.close_ms = asked_ms > 0 ? asked_ms : 0;
	}
	return end;
}

void ohb_upstream_leave(struct ohb_try *try)
{
	struct ohb_upstream *upstream = try->pass.upstream;
	struct ohb_pool_end end;

	if (try->grant->gateway->replay) {
		leave_replay(try);
		return;
	}
	/* Who was interrupted says nothing of the model. */
	if (!upstream || ohb_cancel_level(&try->grant->cancel)) {
		ohb_upstream_spare(try);
		return;
	}
	end = end_of(try);
	ohb_pool_leave(upstream->pool, &try->pass.use, &end);
	try->failure = ohb_breaker_tell(upstream->breaker, try->pass.gate,
			try->failure, ohb_str_cstr(&try->words),
			ohb_clock_wall_ms());
	try->pass.upstream = NULL;
}

void ohb_upstream_spare(struct ohb_try *try)
{
	const struct ohb_pool_end end = {
		.end = OHB_PACE_OTHER,
		.limits = { { -1, -1, -1 }, { -1, -1, -1 } },
	};

	if (!try->pass.upstream)
		return;
	ohb_pool_leave(try->pass.upstream->pool, &try->pass.use, &end);
	ohb_breaker_spare(try->pass.upstream->breaker, try->pass.gate);
	try->pass.upstream = NULL;
}

void ohb_upstream_announce(const struct ohb_try *try)
{
	const struct ohb_grant_options *options = &try->grant->options;

	if (!try->grant->gateway->replay && try->index + 1 < options->nmodels)
		ohb_breaker_announce(breaker_of(try),
				options->models[try->index + 1].id);
}

void ohb_upstream_why(const struct ohb_grant *grant,
		const struct ohb_gateway_model *model, struct ohb_str *out)
{
	ohb_breaker_why(ohb_breaker_of(grant->gateway->breakers, model->id,
					model->base_url),
			out);
}
