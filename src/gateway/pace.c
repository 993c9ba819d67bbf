#include "gateway/pace.h"

#define MINUTE_MS ((int64_t)60 * 1000)
/* The part of a minute's limit that may be used at once. */
#define AT_ONCE 6
/* Each success adds this part of itself to a limit a minute. */
#define GROWTH 0.5
/* Above so many times the floor, and so many places, there is no limit. */
#define ENDLESS 200.0

void ohb_pace_init(struct ohb_pace *pace, double floor)
{
	*pace = (struct ohb_pace){
		.floor = floor,
		.requests = { .left = -1, .total = -1 },
		.tokens = { .left = -1, .total = -1 },
	};
}

static int64_t later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static int64_t sooner(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* A sliding minute, made of this one and what of the last one is not yet a
 * minute ago. */
static double used(struct ohb_rate *rate, int64_t now_ms)
{
	int64_t age_ms = now_ms - rate->minute_ms;

	if (age_ms >= MINUTE_MS) {
		rate->before = age_ms < 2 * MINUTE_MS ? rate->now : 0;
		rate->now = 0;
		rate->minute_ms += age_ms / MINUTE_MS * MINUTE_MS;
		age_ms = now_ms - rate->minute_ms;
	}
	return rate->now +
			rate->before * (double)(MINUTE_MS - age_ms) /
			(double)MINUTE_MS;
}

/* Lets flow in what has come since it was last looked at. */
static void fill(struct ohb_rate *rate, double most, int64_t now_ms)
{
	if (rate->level < most) {
		rate->level += rate->limit * (double)(now_ms - rate->level_ms) /
				(double)MINUTE_MS;
		if (rate->level > most)
			rate->level = most;
	}
	rate->level_ms = now_ms;
}

/* Until the limit has room for n. */
static int64_t wait_for_limit(struct ohb_rate *rate, double n, int64_t now_ms)
{
	double most = rate->limit / AT_ONCE;

	if (rate->limit <= 0)
		return 0;
	if (most < 1)
		most = 1;
	fill(rate, most, now_ms);
	/* One that is larger than that goes when all of it is there. */
	if (n > most)
		n = most;
	if (rate->level >= n)
		return 0;
	return (int64_t)((n - rate->level) / rate->limit * (double)MINUTE_MS) +
			1;
}

/* Until the provider has so much left.  With a total it is taken to flow in
 * evenly until the reset. */
static int64_t wait_for_rest(
		const struct ohb_rate *rate, double n, int64_t now_ms)
{
	int64_t left_ms = sooner(rate->reset_ms,
					  rate->heard_ms + OHB_PACE_BELIEF_MS) -
			now_ms;
	double missing = n - (double)rate->left, per_ms;

	if (rate->left < 0 || left_ms <= 0 || missing <= 0)
		return 0;
	if (rate->total <= rate->left || rate->reset_ms <= rate->heard_ms)
		return left_ms;
	per_ms = (double)(rate->total - rate->left) /
			(double)(rate->reset_ms - rate->heard_ms);
	missing -= per_ms * (double)(now_ms - rate->heard_ms);
	if (missing <= 0)
		return 0;
	if (missing / per_ms >= (double)left_ms)
		return left_ms;
	return (int64_t)(missing / per_ms) + 1;
}

int64_t ohb_pace_wait_ms(struct ohb_pace *pace, uint64_t tokens, int64_t now_ms)
{
	double many = (double)tokens;
	int64_t wait_ms = later(pace->closed_ms - now_ms, 0);

	wait_ms = later(wait_ms, wait_for_limit(&pace->requests, 1, now_ms));
	wait_ms = later(wait_ms, wait_for_limit(&pace->tokens, many, now_ms));
	wait_ms = later(wait_ms, wait_for_rest(&pace->requests, 1, now_ms));
	wait_ms = later(wait_ms, wait_for_rest(&pace->tokens, many, now_ms));
	if (wait_ms == 0 && pace->places > 0 && pace->running &&
			pace->running + 1 > pace->places)
		return -1;
	return wait_ms;
}

static void spend(struct ohb_rate *rate, int64_t n, int64_t now_ms)
{
	(void)used(rate, now_ms);
	rate->now += (double)n;
	if (rate->now < 0)
		rate->now = 0;
	rate->level -= (double)n;
	if (rate->left >= 0)
		rate->left = later(rate->left - n, 0);
}

struct ohb_pace_use ohb_pace_take(
		struct ohb_pace *pace, uint64_t tokens, int64_t now_ms)
{
	spend(&pace->requests, 1, now_ms);
	spend(&pace->tokens, (int64_t)tokens, now_ms);
	pace->running++;
	return (struct ohb_pace_use){ .tokens = tokens, .epoch = pace->epoch };
}

static void halve(struct ohb_rate *rate, double floor, int64_t now_ms)
{
	double half = (rate->limit > 0 ? rate->limit : used(rate, now_ms)) / 2;

	rate->limit = half > floor ? half : floor;
	rate->level = 0;
	rate->level_ms = now_ms;
}

/* All that were let through before the last time were part of it. */
static void slow_down(struct ohb_pace *pace, const struct ohb_pace_use *use,
		int64_t now_ms)
{
	if (use->epoch != pace->epoch)
		return;
	pace->epoch++;
	halve(&pace->requests, pace->floor, now_ms);
	halve(&pace->tokens, pace->floor * (double)use->tokens, now_ms);
	pace->places = (pace->running + 1) / 2.0;
	if (pace->places < 1)
		pace->places = 1;
}

static void speed_up(struct ohb_pace *pace, double tokens)
{
	if (pace->places > 0)
		pace->places += 1 / pace->places;
	if (pace->requests.limit > 0)
		pace->requests.limit += GROWTH;
	if (pace->tokens.limit > 0)
		pace->tokens.limit += GROWTH * tokens;
	if (pace->places > ENDLESS)
		pace->places = 0;
	if (pace->requests.limit > ENDLESS * pace->floor)
		pace->requests.limit = pace->tokens.limit = 0;
}

void ohb_pace_give(struct ohb_pace *pace, const struct ohb_pace_use *use,
		enum ohb_pace_end end, uint64_t tokens, int64_t now_ms)
{
	pace->running--;
	if (tokens)
		spend(&pace->tokens, (int64_t)(tokens - use->tokens), now_ms);
	switch (end) {
	case OHB_PACE_OK:
		speed_up(pace, (double)(tokens ? tokens : use->tokens));
		break;
	case OHB_PACE_LIMITED:
		slow_down(pace, use, now_ms);
		break;
	case OHB_PACE_OTHER:
		break;
	}
}

static void hear(struct ohb_rate *rate, const struct ohb_limit *limit,
		int64_t running, int64_t now_ms)
{
	if (limit->left < 0 || limit->reset_ms < 0)
		return;
	rate->total = limit->total;
	rate->left = later(limit->left - running, 0);
	rate->heard_ms = now_ms;
	rate->reset_ms = now_ms + limit->reset_ms;
}

/* Those that are on their way may not have been counted yet. */
void ohb_pace_hear(struct ohb_pace *pace, const struct ohb_limits *limits,
		int64_t now_ms)
{
	hear(&pace->requests, &limits->requests, pace->running, now_ms);
	hear(&pace->tokens, &limits->tokens, 0, now_ms);
}

void ohb_pace_close(struct ohb_pace *pace, int64_t ms, int64_t now_ms)
{
	pace->closed_ms = later(pace->closed_ms, now_ms + ms);
}
