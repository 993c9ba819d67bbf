#ifndef OHB_GATEWAY_PACE_H
#define OHB_GATEWAY_PACE_H

/*
 * How fast one model may be asked: arithmetic only, the time comes from the
 * caller (monotonic milliseconds).  Nothing is limited until the provider
 * limits something.  A 429 halves what was in use (requests and tokens a
 * minute, requests at a time), once for all that were on their way together;
 * each success adds a little.  What is allowed a minute flows in evenly; a
 * sixth of it may be used at once.  What the headers say is left is not exceeded.
 */

#include <stdbool.h>
#include <stdint.h>

#include "gateway/limits.h"

/* What a header says is believed for no longer; a 429 says it again. */
#define OHB_PACE_BELIEF_MS ((int64_t)60 * 1000)

struct ohb_rate {
	double limit; /* a minute; 0: none is known */
	double level; /* of it may be used now; negative: was used already */
	int64_t level_ms; /* when that was so */
	double now, before; /* used in this minute and in the last one */
	int64_t minute_ms; /* when this one began */
	int64_t total, left; /* by the headers; -1: they do not say */
	int64_t heard_ms, reset_ms; /* when, and when it is full again */
};

struct ohb_pace {
	double floor;
	struct ohb_rate requests, tokens;
	double places; /* requests at a time; 0: no limit is known */
	unsigned running;
	int64_t closed_ms; /* nothing before this */
	unsigned epoch; /* how often it was slowed down */
};

/* A request that was let through. */
struct ohb_pace_use {
	uint64_t tokens; /* as it was thought before */
	unsigned epoch;
};

enum ohb_pace_end {
	OHB_PACE_OK,
	OHB_PACE_LIMITED, /* 429 */
	OHB_PACE_OTHER, /* says nothing about speed */
};

/* floor: there is always room for so many requests a minute. */
void ohb_pace_init(struct ohb_pace *pace, double floor);
/* How long such a request must wait; 0: not at all; -1: until another one
 * ends. */
int64_t ohb_pace_wait_ms(
		struct ohb_pace *pace, uint64_t tokens, int64_t now_ms);
struct ohb_pace_use ohb_pace_take(
		struct ohb_pace *pace, uint64_t tokens, int64_t now_ms);
/* tokens: those that were really used, 0 when that is not known. */
void ohb_pace_give(struct ohb_pace *pace, const struct ohb_pace_use *use,
		enum ohb_pace_end end, uint64_t tokens, int64_t now_ms);
void ohb_pace_hear(struct ohb_pace *pace, const struct ohb_limits *limits,
		int64_t now_ms);
/* Nothing for so long: what a 429 asks for. */
void ohb_pace_close(struct ohb_pace *pace, int64_t ms, int64_t now_ms);

#endif
