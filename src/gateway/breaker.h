#ifndef OHB_GATEWAY_BREAKER_H
#define OHB_GATEWAY_BREAKER_H

/*
 * A breaker per model and address keeps requests from a provider that is
 * down.  It opens after OHB_BREAKER_FAILURES outages within
 * OHB_BREAKER_WINDOW_MS (table in failure.c), for pause_ms; then exactly one
 * request may try the model.  If that fails it stays open, twice as long each
 * time up to OHB_BREAKER_LONGEST times pause_ms; any reply of the model
 * closes it.  Open ones are kept in the store, so that they outlive the
 * program; nothing is written while all is well.
 *
 * A model whose key, money or name is refused is out: it is not asked again
 * in this build.  That is not kept: the next build may have a new key.
 *
 * Times are wall clock milliseconds.  All calls may come from any thread.
 */

#include "gateway/failure.h"
#include "store/store.h"

#define OHB_BREAKER_FAILURES 5
#define OHB_BREAKER_WINDOW_MS ((int64_t)60 * 1000)
#define OHB_BREAKER_LONGEST 8

struct ohb_breaker_options {
	struct ohb_store *store; /* NULL: nothing is kept */
	int64_t pause_ms; /* the first time it opens */
	/* For people: that one opened, or what announce says. */
	void (*say)(void *userdata, const char *text);
	void *userdata;
};

struct ohb_breakers;
struct ohb_breaker;

struct ohb_breakers *ohb_breakers_new(
		const struct ohb_breaker_options *options);
void ohb_breakers_free(struct ohb_breakers *breakers); /* NULL allowed */
/* Lives as long as the breakers. */
struct ohb_breaker *ohb_breaker_of(struct ohb_breakers *breakers,
		const char *model, const char *base_url);

enum ohb_gate {
	OHB_GATE_OPEN, /* ask it */
	OHB_GATE_PROBE, /* ask it; all others wait for what comes of it */
	OHB_GATE_WAIT, /* not before *ret_wait_ms */
	OHB_GATE_OUT, /* not in this build */
};

/* Whether the model may be asked.  Who may owes a call of tell or spare.
 * Else why not is appended to why, and *ret_failure is its class. */
enum ohb_gate ohb_breaker_ask(struct ohb_breaker *breaker, int64_t now_ms,
		int64_t *ret_wait_ms, enum ohb_provider_failure *ret_failure,
		struct ohb_str *why);
/* What came of it; words: of the failure.  In the class of a bad request the
 * settings are to blame until the model has answered once: returns the class
 * that holds. */
enum ohb_provider_failure ohb_breaker_tell(struct ohb_breaker *breaker,
		enum ohb_gate gate, enum ohb_provider_failure failure,
		const char *words, int64_t now_ms);
/* It was not asked after all. */
void ohb_breaker_spare(struct ohb_breaker *breaker, enum ohb_gate gate);
/* For a replay, in which no time passes: an outage that is only remembered,
 * and the words of the last one. */
void ohb_breaker_note(struct ohb_breaker *breaker, const char *words);
void ohb_breaker_why(struct ohb_breaker *breaker, struct ohb_str *out);
bool ohb_breaker_is_out(struct ohb_breaker *breaker);
/* Says, once, that it is out and another one is asked in its place. */
void ohb_breaker_announce(struct ohb_breaker *breaker, const char *next);

#endif
