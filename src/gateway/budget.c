#include "gateway/budget.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "base/memory.h"
#include "io/clock.h"

#define NANO 1e9
#define DAY_MS ((int64_t)24 * 60 * 60 * 1000)
/* More than anybody has; sums of such do not overflow. */
#define MOST ((int64_t)1 << 52)
/* A row says this part more than is needed. */
#define AHEAD 2
/* How often a waiting request looks whether it is cancelled. */
#define LOOK_MS 200

/* One row of the store: what a purse spends on one day. */
struct page {
	struct page *next;
	struct ohb_spend row; /* as it would be now */
	int64_t reserved;
	int64_t written; /* what the row in the store says */
};

struct ohb_purse {
	struct ohb_budget *budget;
	char *target;
	struct page *pages; /* the latest day first */
	int64_t settled, reserved;
	enum ohb_purse_end end;
};

struct ohb_budget {
	struct ohb_budget_options options;
	int64_t limits[OHB_NLIMITS]; /* negative: none */
	bool limited;
	pthread_mutex_t lock; /* of all below, and of every purse */
	pthread_cond_t settled_one;
	int64_t settled, reserved; /* of the build */
	int64_t day, day_settled, day_reserved;
	struct ohb_str ended;
};

static const struct {
	const char *whose, *cure;
} words[OHB_NLIMITS] = {
	[OHB_LIMIT_TARGET] = { "target's",
			"raise 'limits.budget.target' in openhands.yml" },
	[OHB_LIMIT_BUILD] = { "build's",
			"run ohbuild again, which goes on with what is left, "
			"or raise '--budget' or 'limits.budget.build'" },
	[OHB_LIMIT_DAY] = { "day's",
			"run ohbuild again when the day (UTC) is over, or "
			"raise 'limits.budget.day' in openhands.yml" },
};

int64_t ohb_nano_of_usd(double usd)
{
	int64_t whole;

	if (usd < 0)
		return -1;
	/* A price of 0.1 is not 0.1: what is only that much above a whole
	 * number is that number. */
	usd = usd * NANO - 1e-3;
	if (!(usd < (double)MOST))
		return MOST;
	whole = (int64_t)usd;
	return (double)whole < usd ? whole + 1 : whole;
}

static int64_t today(const struct ohb_budget *budget)
{
	int64_t (*now)(void) = budget->options.wall_ms;

	return (now ? now() : ohb_clock_wall_ms()) / DAY_MS;
}

/* Makes day the one that is counted; the lock is held. */
static int turn_to(
		struct ohb_budget *budget, int64_t day, struct ohb_error *err)
{
	int64_t spent = 0;

	if (budget->day == day)
		return 0;
	if (budget->options.store &&
			ohb_spend_day(budget->options.store, day, &spent, err) <
					0)
		return -1;
	budget->day = day;
	budget->day_settled = spent;
	budget->day_reserved = 0;
	return 0;
}

int ohb_budget_open(const struct ohb_budget_options *options,
		struct ohb_budget **ret, struct ohb_error *err)
{
	struct ohb_budget *budget = ohb_alloc(sizeof(*budget));
	size_t i;

	budget->options = *options;
	budget->day = -1;
	for (i = 0; i < OHB_NLIMITS; i++) {
		budget->limits[i] = ohb_nano_of_usd(options->usd[i]);
		budget->limited |= budget->limits[i] >= 0;
	}
	pthread_mutex_init(&budget->lock, NULL);
	pthread_cond_init(&budget->settled_one, NULL);
	if (turn_to(budget, today(budget), err) < 0) {
		ohb_budget_close(budget);
		return -1;
	}
	*ret = budget;
	return 0;
}

void ohb_budget_close(struct ohb_budget *budget)
{
	if (!budget)
		return;
	pthread_cond_destroy(&budget->settled_one);
	pthread_mutex_destroy(&budget->lock);
	ohb_str_release(&budget->ended);
	free(budget);
}

bool ohb_budget_limited(const struct ohb_budget *budget)
{
	return budget->limited;
}

bool ohb_budget_ended(struct ohb_budget *budget, struct ohb_str *out)
{
	bool ended;

	pthread_mutex_lock(&budget->lock);
	ended = budget->ended.len > 0;
	ohb_str_adds(out, ohb_str_cstr(&budget->ended));
	pthread_mutex_unlock(&budget->lock);
	return ended;
}

void ohb_budget_sums(struct ohb_budget *budget, const struct ohb_purse *purse,
		int64_t ret[OHB_NLIMITS])
{
	pthread_mutex_lock(&budget->lock);
	ret[OHB_LIMIT_TARGET] = purse ? purse->settled + purse->reserved : 0;
	ret[OHB_LIMIT_BUILD] = budget->settled + budget->reserved;
	ret[OHB_LIMIT_DAY] = budget->day_settled + budget->day_reserved;
	pthread_mutex_unlock(&budget->lock);
}

struct ohb_purse *ohb_purse_open(struct ohb_budget *budget, const char *target)
{
	struct ohb_purse *purse;

	if (!budget)
		return NULL;
	purse = ohb_alloc(sizeof(*purse));
	purse->budget = budget;
	purse->target = ohb_strdup(target);
	return purse;
}

static int write_page(struct ohb_purse *purse, struct page *page, bool open,
		int64_t nano_usd, struct ohb_error *err)
{
	struct ohb_spend row = page->row;

	row.open = open;
	row.nano_usd = nano_usd;
	if (purse->budget->options.store &&
			ohb_spend_save(purse->budget->options.store, &row,
					err) < 0)
		return -1;
	page->written = nano_usd;
	return 0;
}

int ohb_purse_close(struct ohb_purse *purse, struct ohb_error *err)
{
	struct page *page;
	int result = 0;

	if (!purse)
		return 0;
	pthread_mutex_lock(&purse->budget->lock);
	while ((page = purse->pages)) {
		purse->pages = page->next;
		/* The row that is there says more: nothing is lost. */
		if (result == 0)
			result = write_page(purse, page, false,
					page->row.nano_usd, err);
		free(page);
	}
	pthread_mutex_unlock(&purse->budget->lock);
	free(purse->target);
	free(purse);
	return result;
}

enum ohb_purse_end ohb_purse_ended(struct ohb_purse *purse)
{
	enum ohb_purse_end end;

	if (!purse)
		return OHB_PURSE_OPEN;
	pthread_mutex_lock(&purse->budget->lock);
	end = purse->end;
	pthread_mutex_unlock(&purse->budget->lock);
	return end;
}

static struct page *page_of(struct ohb_purse *purse, int64_t day)
{
	struct page *page = purse->pages;

	while (page && page->row.day != day)
		page = page->next;
	return page;
}

static struct page *need_page(struct ohb_purse *purse, int64_t day)
{
	struct page *page = page_of(purse, day);

	if (page)
		return page;
	page = ohb_alloc(sizeof(*page));
	page->row = (struct ohb_spend){
		.run = purse->budget->options.run,
		.target = purse->target,
		.day = day,
	};
	page->written = -1;
	page->next = purse->pages;
	purse->pages = page;
	return page;
}

static void add_usd(struct ohb_str *out, int64_t nano_usd)
{
	double usd = (double)nano_usd / NANO;

	ohb_str_addf(out, usd > 0 && usd < 0.01 ? "$%.4f" : "$%.2f", usd);
}

/* "the build's budget of $1.00: $0.93 is spent, and the next request may cost
 * $0.11; to go on, …" */
static void explain(const struct ohb_budget *budget,
		enum ohb_budget_limit which, int64_t settled, int64_t nano_usd,
		struct ohb_str *out)
{
	ohb_str_addf(out, "the %s budget of ", words[which].whose);
	add_usd(out, budget->limits[which]);
	ohb_str_adds(out, ": ");
	add_usd(out, settled);
	ohb_str_adds(out, " is spent, and the next request may cost ");
	if (nano_usd < 0)
		ohb_str_adds(out, "any sum, as its price is not known");
	else
		add_usd(out, nano_usd);
	ohb_str_addf(out, "; to go on, %s", words[which].cure);
}

enum room { FITS, WAIT, NEVER };

/* Whether so much more fits beneath a limit: now, when all that is reserved
 * turns out to cost nothing, or not at all. */
static enum room look(int64_t limit, int64_t settled, int64_t reserved,
		int64_t nano_usd)
{
	if (limit < 0)
		return FITS;
	if (nano_usd < 0 || nano_usd > limit - settled)
		return NEVER;
	return nano_usd > limit - settled - reserved ? WAIT : FITS;
}

static enum room look_at_all(
		struct ohb_purse *purse, int64_t nano_usd, struct ohb_str *why)
{
	struct ohb_budget *budget = purse->budget;
	const int64_t settled[OHB_NLIMITS] = {
		[OHB_LIMIT_TARGET] = purse->settled,
		[OHB_LIMIT_BUILD] = budget->settled,
		[OHB_LIMIT_DAY] = budget->day_settled,
	};
	const int64_t reserved[OHB_NLIMITS] = {
		[OHB_LIMIT_TARGET] = purse->reserved,
		[OHB_LIMIT_BUILD] = budget->reserved,
		[OHB_LIMIT_DAY] = budget->day_reserved,
	};
	enum room all = FITS;
	size_t i;

	for (i = 0; i < OHB_NLIMITS; i++) {
		enum room room = look(budget->limits[i], settled[i],
				reserved[i], nano_usd);

		if (room == NEVER) {
			explain(budget, (enum ohb_budget_limit)i, settled[i],
					nano_usd, why);
			purse->end = i == OHB_LIMIT_TARGET ?
					OHB_PURSE_EMPTY :
					OHB_PURSE_BUILD_EMPTY;
			if (i != OHB_LIMIT_TARGET && !budget->ended.len)
				ohb_str_adds(&budget->ended, ohb_str_cstr(why));
			return NEVER;
		}
		all = room == WAIT ? WAIT : all;
	}
	return all;
}

/* On the disk before anything is sent. */
static int take(struct ohb_purse *purse, int64_t nano_usd,
		struct ohb_reservation *ret, struct ohb_error *err)
{
	struct ohb_budget *budget = purse->budget;
	struct page *page = need_page(purse, budget->day);
	int64_t nano = nano_usd > 0 ? nano_usd : 0;
	int64_t need = page->row.nano_usd + page->reserved + nano;
	bool unknown = page->row.unknown;

	page->row.unknown |= nano_usd < 0;
	if ((need > page->written || unknown != page->row.unknown) &&
			write_page(purse, page, true, need + need / AHEAD,
					err) < 0)
		return -1;
	page->reserved += nano;
	purse->reserved += nano;
	budget->reserved += nano;
	budget->day_reserved += nano;
	*ret = (struct ohb_reservation){
		.purse = purse,
		.nano_usd = nano,
		.day = budget->day,
	};
	return OHB_RESERVED;
}

static void wait_a_while(struct ohb_budget *budget)
{
	struct timespec until;

	(void)clock_gettime(CLOCK_REALTIME, &until);
	until.tv_nsec += (long)LOOK_MS * 1000 * 1000;
	until.tv_sec += until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	(void)pthread_cond_timedwait(
			&budget->settled_one, &budget->lock, &until);
}

static int reserve(struct ohb_purse *purse, int64_t nano_usd,
		struct ohb_cancel *cancel, struct ohb_reservation *ret,
		struct ohb_str *why, struct ohb_error *err)
{
	struct ohb_budget *budget = purse->budget;

	for (;;) {
		if (ohb_cancel_level(cancel))
			return ohb_fail(err, OHB_E_CANCELLED, "cancelled");
		if (turn_to(budget, today(budget), err) < 0)
			return -1;
		switch (look_at_all(purse, nano_usd, why)) {
		case FITS:
			return take(purse, nano_usd, ret, err);
		case NEVER:
			return OHB_REFUSED;
		case WAIT:
			wait_a_while(budget);
			break;
		}
	}
}

int ohb_budget_reserve(struct ohb_purse *purse, int64_t nano_usd,
		struct ohb_cancel *cancel, struct ohb_reservation *ret,
		struct ohb_str *why, struct ohb_error *err)
{
	int result;

	*ret = (struct ohb_reservation){ .purse = NULL };
	if (!purse)
		return OHB_RESERVED;
	if (nano_usd > MOST)
		nano_usd = MOST;
	pthread_mutex_lock(&purse->budget->lock);
	result = reserve(purse, nano_usd, cancel, ret, why, err);
	pthread_mutex_unlock(&purse->budget->lock);
	return result;
}

void ohb_budget_settle(struct ohb_reservation *reservation, int64_t nano_usd,
		const struct ohb_usage *usage)
{
	struct ohb_purse *purse = reservation->purse;
	int64_t reserved = reservation->nano_usd;
	int64_t nano = nano_usd < 0 ? reserved : nano_usd;
	struct ohb_budget *budget;
	struct page *page;

	if (!purse)
		return;
	budget = purse->budget;
	pthread_mutex_lock(&budget->lock);
	page = page_of(purse, reservation->day);
	page->reserved -= reserved;
	page->row.nano_usd += nano;
	if (usage) {
		page->row.requests += usage->requests;
		page->row.tokens_in += usage->tokens_in;
		page->row.tokens_cached += usage->tokens_cached;
		page->row.tokens_out += usage->tokens_out;
	}
	purse->reserved -= reserved;
	purse->settled += nano;
	budget->reserved -= reserved;
	budget->settled += nano;
	if (reservation->day == budget->day) {
		budget->day_reserved -= reserved;
		budget->day_settled += nano;
	}
	pthread_cond_broadcast(&budget->settled_one);
	pthread_mutex_unlock(&budget->lock);
	reservation->purse = NULL;
}
