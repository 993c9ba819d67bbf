#include "report/ndjson.h"

#include <assert.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/memory.h"
#include "base/str.h"
#include "text/json.h"

/* Fields beside "event" and "time"; each event has those of its row. */
enum field {
	F_TARGET = 1 << 0,
	F_ATTEMPT = 1 << 1,
	F_STEP = 1 << 2,
	F_OK = 1 << 3,
	F_VERDICT = 1 << 4,
	F_TEXT = 1 << 5,
	F_MODEL = 1 << 6,
	F_COUNT = 1 << 7,
	F_DURATION = 1 << 8,
	F_TOKENS = 1 << 9,
	F_COST = 1 << 10,
};

#define F_END (F_OK | F_DURATION | F_TOKENS | F_COST)

static const unsigned fields[] = {
	[OHB_EV_BUILD_STARTED] = F_COUNT,
	[OHB_EV_TARGET_QUEUED] = F_TARGET | F_OK | F_VERDICT | F_TEXT,
	[OHB_EV_TARGET_STARTED] = F_TARGET,
	[OHB_EV_STEP_STARTED] = F_TARGET | F_ATTEMPT | F_STEP,
	[OHB_EV_STEP_ENDED] = F_TARGET | F_ATTEMPT | F_STEP | F_OK | F_TEXT |
			F_DURATION,
	[OHB_EV_AGENT] = F_TARGET | F_ATTEMPT | F_TEXT,
	[OHB_EV_WAIT] = F_TARGET | F_ATTEMPT | F_TEXT | F_DURATION,
	[OHB_EV_USAGE] = F_TARGET | F_ATTEMPT | F_MODEL | F_TOKENS | F_COST,
	[OHB_EV_ATTEMPT_ENDED] = F_TARGET | F_ATTEMPT | F_VERDICT | F_TEXT |
			F_MODEL | F_END,
	[OHB_EV_TARGET_ENDED] = F_TARGET | F_ATTEMPT | F_VERDICT | F_TEXT |
			F_MODEL | F_END,
	[OHB_EV_WARNING] = F_TARGET | F_TEXT,
	[OHB_EV_BUILD_ENDED] = F_COUNT | F_OK | F_DURATION | F_COST,
};

static void put(json_t *object, const char *key, json_t *value)
{
	int failed = json_object_set_new(object, key, value);

	assert(!failed);
	(void)failed;
}

static json_t *text_or_null(const char *text)
{
	return text ? ohb_json_bytes(text, strlen(text)) : json_null();
}

/* "2026-11-22T18:51:18.042Z" */
static json_t *timestamp(int64_t time_ms)
{
	int64_t ms = time_ms % 1000;
	time_t seconds = (time_t)(time_ms / 1000);
	struct tm tm;
	char day[32];

	if (time_ms < 0 || !gmtime_r(&seconds, &tm) ||
			!strftime(day, sizeof(day), "%Y-%m-%dT%H:%M:%S", &tm))
		return json_null();
	return json_sprintf("%s.%03dZ", day, (int)ms);
}

static json_t *make(const struct ohb_event *event)
{
	const struct {
		unsigned field;
		const char *key, *text;
	} texts[] = {
		{ F_TARGET, "target", event->target },
		{ F_STEP, "step", event->step },
		{ F_VERDICT, "verdict", event->verdict },
		{ F_TEXT, "text", event->text },
		{ F_MODEL, "model", event->model },
	};
	unsigned has = fields[event->type];
	json_t *json = json_object();
	size_t i;

	put(json, "event", json_string(ohb_event_name(event->type)));
	put(json, "time", timestamp(event->time_ms));
	for (i = 0; i < OHB_ARRAY_LEN(texts); i++)
		if (has & texts[i].field)
			put(json, texts[i].key, text_or_null(texts[i].text));
	if (has & F_ATTEMPT)
		put(json, "attempt",
				event->attempt ? json_integer(event->attempt) :
						 json_null());
	if (has & F_OK)
		put(json, "ok", json_boolean(event->ok));
	if (has & F_COUNT)
		put(json, "count", json_integer((json_int_t)event->count));
	if (has & F_DURATION)
		put(json, "duration_ms", json_integer(event->duration_ms));
	if (has & F_TOKENS) {
		put(json, "tokens_in",
				json_integer((json_int_t)event->tokens_in));
		put(json, "tokens_out",
				json_integer((json_int_t)event->tokens_out));
	}
	if (has & F_COST)
		put(json, "cost_usd",
				event->cost_usd >= 0 ?
						json_real(event->cost_usd) :
						json_null());
	return json;
}

void ohb_ndjson_event(void *file, const struct ohb_event *event)
{
	ohb_autojson *json = make(event);

	/* A write error stays in ferror(); 12 digits: 0.08 is "0.08". */
	(void)json_dumpf(json, file, JSON_COMPACT | JSON_REAL_PRECISION(12));
	(void)fputc('\n', file);
	(void)fflush(file);
}
