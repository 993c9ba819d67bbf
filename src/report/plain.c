#include "report/plain.h"

#include "base/memory.h"
#include "report/words.h"

/* "tests/test_a.c: ", or "ohbuild: " for what belongs to no target. */
static void add_subject(struct ohb_str *out, const struct ohb_event *event)
{
	ohb_words_line(out, event->target ? event->target : "ohbuild");
	ohb_str_adds(out, ": ");
}

static void add_color(struct ohb_str *out, const char *text, bool colors,
		enum ohb_color color)
{
	ohb_words_color(out, colors, color);
	ohb_str_adds(out, text);
	ohb_words_color(out, colors, OHB_PLAIN);
}

static void add_queued(struct ohb_str *out, const struct ohb_event *event)
{
	add_subject(out, event);
	if (event->verdict) {
		ohb_words_line(out, event->verdict);
		ohb_str_adds(out, event->text && *event->text ? ": " : "");
	}
	ohb_words_line(out, event->text);
}

static void add_step(struct ohb_str *out, const struct ohb_event *event)
{
	add_subject(out, event);
	ohb_words_line(out, event->step);
	if (event->type != OHB_EV_STEP_ENDED)
		return;
	ohb_str_adds(out, event->ok ? ": ok" : ": failed");
	if (!event->ok && event->text) {
		ohb_str_adds(out, ": ");
		ohb_words_line(out, event->text);
	}
	ohb_str_adds(out, " (");
	ohb_words_duration(out, event->duration_ms);
	ohb_str_addc(out, ')');
}

static void add_attempt(struct ohb_str *out, const struct ohb_event *event)
{
	add_subject(out, event);
	ohb_str_addf(out, "attempt %u: ", event->attempt);
	ohb_words_line(out,
			event->text && *event->text ? event->text :
						      event->verdict);
}

/* Shorter waits are told to those who want to know everything. */
#define LONG_WAIT_MS 10000

static void add_wait(struct ohb_str *out, const struct ohb_event *event)
{
	add_subject(out, event);
	ohb_str_adds(out, "waits up to ");
	ohb_words_duration(out, event->duration_ms);
	ohb_str_adds(out, ": ");
	ohb_words_line(out, event->text);
}

/* "ok (attempt 2, 41s, $0.08)" */
static void add_end(
		struct ohb_str *out, const struct ohb_event *event, bool colors)
{
	add_subject(out, event);
	if (event->ok)
		add_color(out, "ok", colors, OHB_GREEN);
	else
		add_color(out, "failed", colors, OHB_RED);
	if (!event->ok || !ohb_streq(event->verdict, "ok")) {
		ohb_str_adds(out, event->text && *event->text ? ": " : "");
		ohb_words_line(out, event->text);
	}
	ohb_str_adds(out, " (");
	if (event->attempt)
		ohb_str_addf(out, "attempt %u, ", event->attempt);
	ohb_words_duration(out, event->duration_ms);
	ohb_str_adds(out, ", ");
	ohb_words_money(out, event->cost_usd);
	ohb_str_addc(out, ')');
}

static bool is_worth_it(const struct ohb_event *event, enum ohb_detail detail)
{
	switch (event->type) {
	case OHB_EV_WARNING:
		return true;
	case OHB_EV_TARGET_ENDED:
		return !event->ok || detail >= OHB_DETAIL_NORMAL;
	case OHB_EV_TARGET_QUEUED:
		return detail >= OHB_DETAIL_NORMAL;
	case OHB_EV_WAIT:
		return detail >=
				(event->duration_ms < LONG_WAIT_MS ?
								OHB_DETAIL_VERBOSE :
								OHB_DETAIL_NORMAL);
	case OHB_EV_ATTEMPT_ENDED:
		/* Without a number nothing was attempted: the end says it. */
		return event->attempt && !event->ok &&
				!ohb_streq(event->verdict, "ok") &&
				detail >= OHB_DETAIL_NORMAL;
	case OHB_EV_STEP_STARTED:
	case OHB_EV_STEP_ENDED:
	case OHB_EV_AGENT:
		return detail >= OHB_DETAIL_VERBOSE;
	case OHB_EV_BUILD_STARTED:
	case OHB_EV_TARGET_STARTED:
	case OHB_EV_USAGE:
	case OHB_EV_BUILD_ENDED:
		return false;
	}
	return false;
}

void ohb_plain_line(struct ohb_str *out, const struct ohb_event *event,
		enum ohb_detail detail, bool colors)
{
	if (!is_worth_it(event, detail))
		return;
	switch (event->type) {
	case OHB_EV_TARGET_QUEUED:
		add_queued(out, event);
		break;
	case OHB_EV_STEP_STARTED:
	case OHB_EV_STEP_ENDED:
		add_step(out, event);
		break;
	case OHB_EV_AGENT:
		add_subject(out, event);
		ohb_str_adds(out, "agent: ");
		ohb_words_line(out, event->text);
		break;
	case OHB_EV_WAIT:
		add_wait(out, event);
		break;
	case OHB_EV_ATTEMPT_ENDED:
		add_attempt(out, event);
		break;
	case OHB_EV_TARGET_ENDED:
		add_end(out, event, colors);
		break;
	case OHB_EV_WARNING:
		add_subject(out, event);
		add_color(out, "warning: ", colors, OHB_YELLOW);
		ohb_words_line(out, event->text);
		break;
	case OHB_EV_BUILD_STARTED:
	case OHB_EV_TARGET_STARTED:
	case OHB_EV_USAGE:
	case OHB_EV_BUILD_ENDED:
		break;
	}
	ohb_str_addc(out, '\n');
}

void ohb_plain_event(void *plain, const struct ohb_event *event)
{
	const struct ohb_plain *sink = plain;
	ohb_autostr line = OHB_STR_INIT;

	ohb_plain_line(&line, event, sink->detail, false);
	if (line.len == 0)
		return;
	(void)fwrite(line.data, 1, line.len, sink->out);
	(void)fflush(sink->out);
}
