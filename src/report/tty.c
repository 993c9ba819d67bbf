#include "report/tty.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "base/memory.h"
#include "report/words.h"
#include "text/utf8.h"

#define FRAME_MS 100 /* between two drawings, at least */
#define CLOCK_MS 1000 /* and at most, for the clock */
#define NARROW 48 /* columns below which money and time are left out */
#define ELLIPSIS "\xe2\x80\xa6"

#define HIDE_CURSOR "\033[?25l"
#define SHOW_CURSOR "\033[?25h"
#define ERASE_BELOW "\033[J"

/* A target that is running. */
struct running {
	char *target;
	char *step;
	char *now; /* what the agent does */
	unsigned attempt;
	int64_t since_ms;
	double cost_usd;
	bool cost_unknown;
};

struct ohb_tty {
	struct ohb_tty_options options;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	pthread_t thread;
	bool started, stop, dirty;

	struct running *running;
	size_t nrunning, crunning;
	struct ohb_str above; /* lines that wait to scroll by */
	size_t wanted, done, failed;
	double cost_usd;
	bool cost_unknown;
	int64_t since_ms; /* 0: not yet */

	size_t *widths; /* columns of each line on the screen */
	size_t nwidths, cwidths;
	unsigned columns, lines; /* of the terminal, now */
};

/* Read by the signal handler, which knows no object. */
static volatile sig_atomic_t cursor_hidden;

void ohb_tty_restore(int fd)
{
	static const char text[] = "\r" ERASE_BELOW SHOW_CURSOR;
	ssize_t ignored;

	if (!cursor_hidden)
		return;
	ignored = write(fd, text, sizeof(text) - 1);
	(void)ignored;
	cursor_hidden = 0;
}

struct ohb_tty *ohb_tty_new(const struct ohb_tty_options *options)
{
	struct ohb_tty *tty = ohb_alloc(sizeof(*tty));
	pthread_condattr_t attr;

	tty->options = *options;
	(void)pthread_mutex_init(&tty->lock, NULL);
	(void)pthread_condattr_init(&attr);
	(void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&tty->wake, &attr);
	(void)pthread_condattr_destroy(&attr);
	return tty;
}

static int64_t wall_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* --- the picture --- */

static char *clean(const char *text)
{
	ohb_autostr line = OHB_STR_INIT;

	ohb_words_line(&line, text);
	ohb_str_adds(&line, "");
	return ohb_strdup(ohb_str_cstr(&line));
}

static void replace(char **field, const char *text)
{
	free(*field);
	*field = clean(text);
}

static struct running *find(struct ohb_tty *tty, const char *target)
{
	ohb_autofree char *name = clean(target);
	size_t i;

	for (i = 0; i < tty->nrunning; i++)
		if (ohb_streq(tty->running[i].target, name))
			return &tty->running[i];
	return NULL;
}

static void start(struct ohb_tty *tty, const struct ohb_event *event)
{
	struct running *row;

	if (find(tty, event->target))
		return;
	row = ohb_grow(&tty->running, &tty->crunning, tty->nrunning,
			sizeof(*tty->running));
	tty->nrunning++;
	row->target = clean(event->target);
	row->step = clean("");
	row->now = clean("");
	row->since_ms = event->time_ms;
}

static void release_row(struct running *row)
{
	free(row->target);
	free(row->step);
	free(row->now);
}

static void end(struct ohb_tty *tty, const struct ohb_event *event)
{
	struct running *row = find(tty, event->target);
	size_t i;

	tty->done++;
	tty->failed += !event->ok;
	if (!row)
		return;
	i = (size_t)(row - tty->running);
	release_row(row);
	memmove(row, row + 1, (tty->nrunning - i - 1) * sizeof(*row));
	tty->nrunning--;
}

static void spend(struct ohb_tty *tty, const struct ohb_event *event)
{
	struct running *row = event->target ? find(tty, event->target) : NULL;
	bool known = event->cost_usd >= 0;
	double cost = known ? event->cost_usd : 0;

	tty->cost_usd += cost;
	tty->cost_unknown |= !known;
	if (!row)
		return;
	row->cost_usd += cost;
	row->cost_unknown |= !known;
}

static void step(struct ohb_tty *tty, const struct ohb_event *event)
{
	struct running *row = event->target ? find(tty, event->target) : NULL;

	if (!row)
		return;
	replace(&row->step, event->step);
	replace(&row->now, "");
	row->attempt = event->attempt;
}

static void say(struct ohb_tty *tty, const struct ohb_event *event)
{
	struct running *row = event->target ? find(tty, event->target) : NULL;

	if (row)
		replace(&row->now, event->text);
}

static void pause_row(struct ohb_tty *tty, const struct ohb_event *event)
{
	struct running *row = event->target ? find(tty, event->target) : NULL;
	ohb_autostr line = OHB_STR_INIT;

	if (!row)
		return;
	ohb_str_adds(&line, "waits up to ");
	ohb_words_duration(&line, event->duration_ms);
	ohb_str_addf(&line, ": %s", event->text ? event->text : "");
	replace(&row->now, line.data);
}

static void update(struct ohb_tty *tty, const struct ohb_event *event)
{
	switch (event->type) {
	case OHB_EV_BUILD_STARTED:
		tty->wanted = event->count;
		break;
	case OHB_EV_TARGET_STARTED:
		start(tty, event);
		break;
	case OHB_EV_STEP_STARTED:
		step(tty, event);
		break;
	case OHB_EV_AGENT:
		say(tty, event);
		break;
	case OHB_EV_WAIT:
		pause_row(tty, event);
		break;
	case OHB_EV_USAGE:
		spend(tty, event);
		break;
	case OHB_EV_TARGET_ENDED:
		end(tty, event);
		break;
	case OHB_EV_TARGET_QUEUED:
	case OHB_EV_STEP_ENDED:
	case OHB_EV_ATTEMPT_ENDED:
	case OHB_EV_WARNING:
	case OHB_EV_BUILD_ENDED:
		break;
	}
}

void ohb_tty_event(void *userdata, const struct ohb_event *event)
{
	struct ohb_tty *tty = userdata;

	(void)pthread_mutex_lock(&tty->lock);
	if (!tty->since_ms)
		tty->since_ms = event->time_ms;
	ohb_plain_line(&tty->above, event, tty->options.detail,
			tty->options.colors);
	update(tty, event);
	tty->dirty = true;
	(void)pthread_cond_signal(&tty->wake);
	(void)pthread_mutex_unlock(&tty->lock);
}

/* --- the drawing --- */

static void measure(struct ohb_tty *tty)
{
	struct winsize size;

	tty->columns = tty->options.columns;
	tty->lines = tty->options.lines;
	if (tty->options.fd >= 0 &&
			ioctl(tty->options.fd, TIOCGWINSZ, &size) == 0) {
		tty->columns = size.ws_col;
		tty->lines = size.ws_row;
	}
	if (!tty->columns)
		tty->columns = 80;
	if (!tty->lines)
		tty->lines = 24;
}

/* A line as wide as the terminal may or may not wrap: one column stays free
 * where there are two. */
static size_t room(const struct ohb_tty *tty)
{
	return tty->columns > 1 ? tty->columns - 1 : 1;
}

/* As much of text as columns hold, with "…" where it was cut. */
static size_t add_fit(struct ohb_str *out, const char *text, size_t columns)
{
	size_t len = strlen(text);
	size_t width = ohb_utf8_width(text, len);

	if (width <= columns) {
		ohb_str_add(out, text, len);
		return width;
	}
	if (columns == 0)
		return 0;
	len = ohb_utf8_fit(text, len, columns - 1);
	ohb_str_add(out, text, len);
	ohb_str_adds(out, ELLIPSIS);
	return ohb_utf8_width(text, len) + 1;
}

/* The end of a path says more than its beginning. */
static size_t add_fit_end(struct ohb_str *out, const char *text, size_t columns)
{
	size_t len = strlen(text), n;

	if (ohb_utf8_width(text, len) <= columns || columns < 8)
		return add_fit(out, text, columns);
	while (len && ohb_utf8_width(text, len) > columns - 1) {
		n = ohb_utf8_next(text, len);
		n += n == 0;
		text += n;
		len -= n;
	}
	ohb_str_adds(out, ELLIPSIS);
	ohb_str_add(out, text, len);
	return ohb_utf8_width(text, len) + 1;
}

/* What is unknown comes on top: "$0.08+?". */
static void add_money(struct ohb_str *out, double usd, bool unknown)
{
	ohb_words_money(out, usd);
	if (unknown)
		ohb_str_adds(out, "+?");
}

static void add_elapsed(struct ohb_str *out, int64_t since_ms, int64_t now_ms)
{
	ohb_words_duration(out,
			since_ms && now_ms > since_ms ? now_ms - since_ms : 0);
}

static size_t name_width(const struct ohb_tty *tty)
{
	size_t i, width, max = 0;

	for (i = 0; i < tty->nrunning; i++) {
		width = ohb_utf8_width(tty->running[i].target,
				strlen(tty->running[i].target));
		if (width > max)
			max = width;
	}
	return max > room(tty) * 2 / 5 ? room(tty) * 2 / 5 : max;
}

/* "tests/test_a.c  agent #2: writes tests/test_a.c      $0.08  41s" */
static size_t add_running(const struct ohb_tty *tty, const struct running *row,
		size_t names, int64_t now_ms, struct ohb_str *out)
{
	ohb_autostr right = OHB_STR_INIT;
	ohb_autostr left = OHB_STR_INIT;
	size_t columns = room(tty), used;

	if (columns < NARROW)
		return add_fit_end(out, row->target, columns);
	add_money(&right, row->cost_usd, row->cost_unknown);
	ohb_str_adds(&right, "  ");
	add_elapsed(&right, row->since_ms, now_ms);
	ohb_str_adds(&left, row->step);
	if (row->attempt > 1)
		ohb_str_addf(&left, " #%u", row->attempt);
	if (*row->now)
		ohb_str_addf(&left, ": %s", row->now);
	used = add_fit_end(out, row->target, names);
	ohb_str_addf(out, "%*s", (int)(names - used) + 2, "");
	columns -= names + 2;
	if (right.len + 2 > columns)
		ohb_str_clear(&right);
	used = add_fit(out, ohb_str_cstr(&left),
			columns - (right.len ? right.len + 2 : 0));
	ohb_str_addf(out, "%*s%s", (int)(columns - right.len - used), "",
			ohb_str_cstr(&right));
	return room(tty);
}

static size_t add_summary(const struct ohb_tty *tty, size_t hidden,
		int64_t now_ms, struct ohb_str *out)
{
	ohb_autostr line = OHB_STR_INIT;

	if (tty->options.stopping && *tty->options.stopping)
		ohb_str_adds(&line, "stopping (Ctrl-C: at once), ");
	ohb_str_addf(&line, "%zu of %zu done, ", tty->done, tty->wanted);
	if (tty->failed)
		ohb_str_addf(&line, "%zu failed, ", tty->failed);
	if (hidden)
		ohb_str_addf(&line, "%zu more running, ", hidden);
	add_money(&line, tty->cost_usd, tty->cost_unknown);
	ohb_str_adds(&line, ", ");
	add_elapsed(&line, tty->since_ms, now_ms);
	return add_fit(out, line.data, room(tty));
}

static void keep_width(struct ohb_tty *tty, size_t width)
{
	*(size_t *)ohb_grow(&tty->widths, &tty->cwidths, tty->nwidths,
			sizeof(*tty->widths)) = width;
	tty->nwidths++;
}

/* To the first column of the first live line.  A terminal that has become
 * narrower has wrapped them. */
static void add_home(struct ohb_tty *tty, struct ohb_str *out)
{
	size_t i, up = 0;

	for (i = 0; i < tty->nwidths; i++)
		up += 1 +
				(tty->widths[i] ? tty->widths[i] - 1 : 0) /
						tty->columns;
	up -= up > 0;
	if (up >= tty->lines)
		up = tty->lines - 1;
	ohb_str_adds(out, "\r");
	if (up)
		ohb_str_addf(out, "\033[%zuA", up);
	ohb_str_adds(out, ERASE_BELOW);
	tty->nwidths = 0;
}

static void flush(struct ohb_tty *tty, const struct ohb_str *text)
{
	(void)fwrite(text->data, 1, text->len, tty->options.out);
	(void)fflush(tty->options.out);
}

static void draw(struct ohb_tty *tty, int64_t now_ms)
{
	ohb_autostr out = OHB_STR_INIT;
	size_t i, names, shown;

	measure(tty);
	if (!cursor_hidden) {
		cursor_hidden = 1;
		ohb_str_adds(&out, HIDE_CURSOR);
	}
	add_home(tty, &out);
	ohb_str_adds(&out, ohb_str_cstr(&tty->above));
	ohb_str_clear(&tty->above);
	names = name_width(tty);
	shown = tty->nrunning < tty->lines ? tty->nrunning : tty->lines - 1;
	for (i = 0; i < shown; i++) {
		keep_width(tty,
				add_running(tty, &tty->running[i], names,
						now_ms, &out));
		ohb_str_adds(&out, "\n");
	}
	keep_width(tty, add_summary(tty, tty->nrunning - shown, now_ms, &out));
	flush(tty, &out);
}

void ohb_tty_draw(struct ohb_tty *tty, int64_t now_ms)
{
	(void)pthread_mutex_lock(&tty->lock);
	draw(tty, now_ms);
	(void)pthread_mutex_unlock(&tty->lock);
}

/* --- the thread --- */

static struct timespec after(struct timespec from, long ms)
{
	from.tv_sec += ms / 1000;
	from.tv_nsec += ms % 1000 * 1000000;
	from.tv_sec += from.tv_nsec / 1000000000;
	from.tv_nsec %= 1000000000;
	return from;
}

/* Until the time is over, the picture changes (when asked to), or the end. */
static void wait_until(
		struct ohb_tty *tty, const struct timespec *time, bool or_dirty)
{
	while (!tty->stop && !(or_dirty && tty->dirty))
		if (pthread_cond_timedwait(&tty->wake, &tty->lock, time) ==
				ETIMEDOUT)
			return;
}

static void *run(void *userdata)
{
	struct ohb_tty *tty = userdata;
	struct timespec drawn, time;

	(void)pthread_mutex_lock(&tty->lock);
	while (!tty->stop) {
		if (tty->wanted || tty->nrunning || tty->above.len)
			draw(tty, wall_ms());
		tty->dirty = false;
		(void)clock_gettime(CLOCK_MONOTONIC, &drawn);
		time = after(drawn, FRAME_MS);
		wait_until(tty, &time, false);
		time = after(drawn, CLOCK_MS);
		wait_until(tty, &time, true);
	}
	(void)pthread_mutex_unlock(&tty->lock);
	return NULL;
}

int ohb_tty_start(struct ohb_tty *tty, struct ohb_error *err)
{
	int failed = pthread_create(&tty->thread, NULL, run, tty);

	if (failed)
		return ohb_fail_errno(err, failed, "start the display");
	tty->started = true;
	return 0;
}

void ohb_tty_free(struct ohb_tty *tty)
{
	ohb_autostr out = OHB_STR_INIT;
	size_t i;

	if (!tty)
		return;
	(void)pthread_mutex_lock(&tty->lock);
	tty->stop = true;
	(void)pthread_cond_signal(&tty->wake);
	(void)pthread_mutex_unlock(&tty->lock);
	if (tty->started)
		(void)pthread_join(tty->thread, NULL);
	if (tty->nwidths) {
		measure(tty);
		add_home(tty, &out);
		ohb_str_adds(&out, SHOW_CURSOR);
	}
	ohb_str_adds(&out, ohb_str_cstr(&tty->above));
	flush(tty, &out);
	cursor_hidden = 0;
	for (i = 0; i < tty->nrunning; i++)
		release_row(&tty->running[i]);
	free(tty->running);
	free(tty->widths);
	ohb_str_release(&tty->above);
	(void)pthread_cond_destroy(&tty->wake);
	(void)pthread_mutex_destroy(&tty->lock);
	free(tty);
}
