#include "gateway/breaker.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

/* Others look again so often while one tries. */
#define PROBE_POLL_MS 200

struct ohb_breaker {
	struct ohb_breaker *next;
	struct ohb_breakers *all;
	char *model, *base_url;

	/* Guarded by the lock. */
	bool answered; /* once, in this build */
	bool announced; /* that it is out */
	enum ohb_provider_failure out; /* OHB_PROVIDER_OK: it is not */
	struct ohb_str why; /* it is open or out */
	/* Outages since the last reply; the oldest at `failed`. */
	int64_t failed_ms[OHB_BREAKER_FAILURES];
	unsigned failed;
	bool open, probed;
	unsigned openings; /* in a row */
	int64_t opened_ms, until_ms;
};

struct ohb_breakers {
	struct ohb_breaker_options options;
	pthread_mutex_t lock;
	struct ohb_breaker *first;
};

static void say(const struct ohb_breakers *breakers, const struct ohb_str *text)
{
	if (breakers->options.say)
		breakers->options.say(
				breakers->options.userdata, ohb_str_cstr(text));
}

static int64_t pause_of(const struct ohb_breaker *breaker)
{
	int64_t pause_ms = breaker->all->options.pause_ms;
	unsigned i;

	for (i = 1; i < breaker->openings &&
			pause_ms < breaker->all->options.pause_ms *
							OHB_BREAKER_LONGEST;
			i++)
		pause_ms *= 2;
	return pause_ms;
}

/* What cannot be kept is only forgotten by the next program. */
static void keep(const struct ohb_breaker *breaker)
{
	struct ohb_store *store = breaker->all->options.store;
	const struct ohb_breaker_row row = {
		.model = breaker->model,
		.base_url = breaker->base_url,
		.opened_ms = breaker->opened_ms,
		.until_ms = breaker->until_ms,
		.openings = breaker->openings,
		.reason = ohb_str_cstr(&breaker->why),
	};
	struct ohb_error ignored = OHB_ERROR_INIT;

	if (!store)
		return;
	if (breaker->open)
		(void)!ohb_breaker_save(store, &row, &ignored);
	else
		(void)!ohb_breaker_drop(
				store, row.model, row.base_url, &ignored);
}

static struct ohb_breaker *find(const struct ohb_breakers *breakers,
		const char *model, const char *base_url)
{
	struct ohb_breaker *at = breakers->first;

	while (at &&
			(strcmp(at->model, model) != 0 ||
					strcmp(at->base_url, base_url) != 0))
		at = at->next;
	return at;
}

static struct ohb_breaker *add(struct ohb_breakers *breakers, const char *model,
		const char *base_url)
{
	struct ohb_breaker *breaker = ohb_alloc(sizeof(*breaker));

	breaker->all = breakers;
	breaker->model = ohb_strdup(model);
	breaker->base_url = ohb_strdup(base_url);
	breaker->next = breakers->first;
	breakers->first = breaker;
	return breaker;
}

static void load(struct ohb_breakers *breakers)
{
	__attribute__((cleanup(ohb_arena_release))) struct ohb_arena arena =
			OHB_ARENA_INIT;
	struct ohb_error ignored = OHB_ERROR_INIT;
	const struct ohb_breaker_row *rows = NULL;
	size_t n = 0, i;

	if (!breakers->options.store ||
			ohb_breaker_load(breakers->options.store, &arena, &rows,
					&n, &ignored) < 0)
		return;
	for (i = 0; i < n; i++) {
		struct ohb_breaker *breaker =
				add(breakers, rows[i].model, rows[i].base_url);

		breaker->open = true;
		breaker->openings = rows[i].openings;
		breaker->opened_ms = rows[i].opened_ms;
		breaker->until_ms = rows[i].until_ms;
		ohb_str_adds(&breaker->why, rows[i].reason);
	}
}

struct ohb_breakers *ohb_breakers_new(const struct ohb_breaker_options *options)
{
	struct ohb_breakers *breakers = ohb_alloc(sizeof(*breakers));

	breakers->options = *options;
	(void)pthread_mutex_init(&breakers->lock, NULL);
	load(breakers);
	return breakers;
}

void ohb_breakers_free(struct ohb_breakers *breakers)
{
	if (!breakers)
		return;
	while (breakers->first) {
		struct ohb_breaker *breaker = breakers->first;

		breakers->first = breaker->next;
		ohb_str_release(&breaker->why);
		free(breaker->model);
		free(breaker->base_url);
		free(breaker);
	}
	(void)pthread_mutex_destroy(&breakers->lock);
	free(breakers);
}

struct ohb_breaker *ohb_breaker_of(struct ohb_breakers *breakers,
		const char *model, const char *base_url)
{
	struct ohb_breaker *breaker;

	(void)pthread_mutex_lock(&breakers->lock);
	breaker = find(breakers, model, base_url);
	if (!breaker)
		breaker = add(breakers, model, base_url);
	(void)pthread_mutex_unlock(&breakers->lock);
	return breaker;
}

/* Until the next request may try it.  A clock that was set back must not keep
 * it shut for longer than it would have been. */
static int64_t wait_of(struct ohb_breaker *breaker, int64_t now_ms)
{
	int64_t left_ms = breaker->until_ms - now_ms;
	int64_t pause_ms = pause_of(breaker);

	if (left_ms > pause_ms) {
		breaker->until_ms = now_ms + pause_ms;
		left_ms = pause_ms;
	}
	if (left_ms <= 0)
		return breaker->probed ? PROBE_POLL_MS : 0;
	return left_ms;
}

static enum ohb_gate ask(struct ohb_breaker *breaker, int64_t now_ms,
		int64_t *ret_wait_ms)
{
	*ret_wait_ms = 0;
	if (breaker->out)
		return OHB_GATE_OUT;
	if (!breaker->open)
		return OHB_GATE_OPEN;
	*ret_wait_ms = wait_of(breaker, now_ms);
	if (*ret_wait_ms > 0)
		return OHB_GATE_WAIT;
	breaker->probed = true;
	return OHB_GATE_PROBE;
}

enum ohb_gate ohb_breaker_ask(struct ohb_breaker *breaker, int64_t now_ms,
		int64_t *ret_wait_ms, enum ohb_provider_failure *ret_failure,
		struct ohb_str *why)
{
	enum ohb_gate gate;

	(void)pthread_mutex_lock(&breaker->all->lock);
	gate = ask(breaker, now_ms, ret_wait_ms);
	*ret_failure = OHB_PROVIDER_OK;
	if (gate == OHB_GATE_OUT || gate == OHB_GATE_WAIT) {
		*ret_failure = gate == OHB_GATE_OUT ? breaker->out :
						      OHB_PROVIDER_SERVER;
		ohb_str_adds(why, ohb_str_cstr(&breaker->why));
	}
	(void)pthread_mutex_unlock(&breaker->all->lock);
	return gate;
}

static void open_for_a_while(struct ohb_breaker *breaker, const char *words,
		int64_t now_ms, struct ohb_str *news)
{
	if (!breaker->open)
		breaker->opened_ms = now_ms;
	breaker->open = true;
	breaker->openings++;
	breaker->until_ms = now_ms + pause_of(breaker);
	ohb_str_clear(&breaker->why);
	ohb_str_adds(&breaker->why, words);
	keep(breaker);
	ohb_str_addf(news,
			"model '%s' does not work (%s): the next request to it "
			"in %lld s",
			breaker->model, words,
			(long long)(pause_of(breaker) + 999) / 1000);
}

static void count_outage(struct ohb_breaker *breaker, enum ohb_gate gate,
		const char *words, int64_t now_ms, struct ohb_str *news)
{
	int64_t *oldest = &breaker->failed_ms[breaker->failed %
			OHB_BREAKER_FAILURES];

	if (breaker->open) {
		/* One that was on its way before says nothing new. */
		if (gate == OHB_GATE_PROBE)
			open_for_a_while(breaker, words, now_ms, news);
		return;
	}
	*oldest = now_ms;
	breaker->failed++;
	/* The next one is the oldest now. */
	oldest = &breaker->failed_ms[breaker->failed % OHB_BREAKER_FAILURES];
	if (breaker->failed >= OHB_BREAKER_FAILURES &&
			now_ms - *oldest <= OHB_BREAKER_WINDOW_MS)
		open_for_a_while(breaker, words, now_ms, news);
}

/* It replied, whatever it said: it is there. */
static void close_again(struct ohb_breaker *breaker)
{
	breaker->failed = 0;
	breaker->openings = 0;
	if (!breaker->open)
		return;
	breaker->open = false;
	ohb_str_clear(&breaker->why);
	keep(breaker);
}

static void put_out(struct ohb_breaker *breaker,
		enum ohb_provider_failure failure, const char *words)
{
	if (breaker->out)
		return;
	breaker->out = failure;
	ohb_str_clear(&breaker->why);
	ohb_str_adds(&breaker->why, words);
}

enum ohb_provider_failure ohb_breaker_tell(struct ohb_breaker *breaker,
		enum ohb_gate gate, enum ohb_provider_failure failure,
		const char *words, int64_t now_ms)
{
	ohb_autostr news = OHB_STR_INIT;

	(void)pthread_mutex_lock(&breaker->all->lock);
	if (failure == OHB_PROVIDER_OK || failure == OHB_PROVIDER_CONTEXT)
		breaker->answered = true;
	if (failure == OHB_PROVIDER_REQUEST && !breaker->answered)
		failure = OHB_PROVIDER_CONFIG;
	switch (ohb_failure_rule(failure)->mark) {
	case OHB_MARK_NONE:
		close_again(breaker);
		break;
	case OHB_MARK_OUTAGE:
		count_outage(breaker, gate, words, now_ms, &news);
		break;
	case OHB_MARK_OUT:
		close_again(breaker);
		put_out(breaker, failure, words);
		break;
	}
	if (gate == OHB_GATE_PROBE)
		breaker->probed = false;
	(void)pthread_mutex_unlock(&breaker->all->lock);
	if (news.len)
		say(breaker->all, &news);
	return failure;
}

void ohb_breaker_spare(struct ohb_breaker *breaker, enum ohb_gate gate)
{
	if (gate != OHB_GATE_PROBE)
		return;
	(void)pthread_mutex_lock(&breaker->all->lock);
	breaker->probed = false;
	(void)pthread_mutex_unlock(&breaker->all->lock);
}

void ohb_breaker_note(struct ohb_breaker *breaker, const char *words)
{
	(void)pthread_mutex_lock(&breaker->all->lock);
	if (!breaker->out) {
		ohb_str_clear(&breaker->why);
		ohb_str_adds(&breaker->why, words);
	}
	(void)pthread_mutex_unlock(&breaker->all->lock);
}

void ohb_breaker_why(struct ohb_breaker *breaker, struct ohb_str *out)
{
	(void)pthread_mutex_lock(&breaker->all->lock);
	ohb_str_adds(out, ohb_str_cstr(&breaker->why));
	(void)pthread_mutex_unlock(&breaker->all->lock);
}

bool ohb_breaker_is_out(struct ohb_breaker *breaker)
{
	bool out;

	(void)pthread_mutex_lock(&breaker->all->lock);
	out = breaker->out != OHB_PROVIDER_OK;
	(void)pthread_mutex_unlock(&breaker->all->lock);
	return out;
}

void ohb_breaker_announce(struct ohb_breaker *breaker, const char *next)
{
	ohb_autostr news = OHB_STR_INIT;

	(void)pthread_mutex_lock(&breaker->all->lock);
	if (breaker->out && !breaker->announced) {
		breaker->announced = true;
		ohb_str_addf(&news,
				"model '%s' is not asked again in this build, "
				"'%s' is (%s: %s); correct it in openhands.yml",
				breaker->model, next,
				ohb_failure_rule(breaker->out)->name,
				ohb_str_cstr(&breaker->why));
	}
	(void)pthread_mutex_unlock(&breaker->all->lock);
	if (news.len)
		say(breaker->all, &news);
}
