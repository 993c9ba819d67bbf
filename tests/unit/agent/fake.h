#ifndef OHB_TEST_FAKE_H
#define OHB_TEST_FAKE_H

/*
 * An agent-server that does as it is told, wrongly when asked to: for faults
 * that the real one does not show on demand.
 */

#include <stdbool.h>

#include "io/wait.h"
#include "listener.h"

#define FAKE_KEY "the-session-key"
#define FAKE_HELD 64
#define FAKE_FROM(digit) "@" #digit

struct fake_script {
	unsigned unhealthy; /* answers before /health is well */
	const char *version; /* NULL: "1.43.1" */
	int create_status, message_status; /* 0: as it should be */
	const char *words; /* of those statuses */
	/* After the message, a space between them; the last one stays. */
	const char *statuses;
	/* What a real event has between its braces, but for its id; FAKE_FROM
	 * in front says which request for events is the first to see it. */
	const char *events[16];
	unsigned page; /* events a page; 0: 100 */
	int run_status; /* of POST /run */
	bool wakes; /* POST /run really starts it */
	bool strict; /* refuses what servers before 1.7 did not know */
	bool only_pauses; /* knows no /interrupt, as before 1.40 */
	bool loses_message, hangs_events, hangs_message, breaks_json;
	bool endless_pages;
	unsigned dies; /* status requests before it ends; 0: never */
	unsigned cancels; /* status requests before Ctrl-C; 0: never */
	size_t huge_bytes; /* of one more event */
	size_t flood_bytes; /* instead of a page of events */
};

struct fake {
	const struct fake_script *script;
	struct ohb_cancel cancel;
	struct listener listener;
	int held[FAKE_HELD];
	size_t nheld;
	struct ohb_str create; /* body of the request */
	bool has_message, awake;
	unsigned health, status, listed, messages, runs, interrupts, refused;
	unsigned pauses;
};

static void fake_hold(struct fake *fake, int fd)
{
	ck_assert_uint_lt(fake->nheld, FAKE_HELD);
	fake->held[fake->nheld++] = dup(fd);
}

static unsigned fake_visible(const struct fake *fake)
{
	const char *const *events = fake->script->events;
	unsigned n = 0;

	while (n < 16 && events[n] &&
			(*events[n] != '@' ||
					(unsigned)(events[n][1] - '0') <=
							fake->listed))
		n++;
	return fake->has_message ? n : 0;
}

static void fake_page(struct fake *fake, const char *path, struct ohb_str *body)
{
	const char *id = strstr(path, "&page_id=e");
	unsigned page = fake->script->page ? fake->script->page : 100;
	unsigned at = id ? (unsigned)strtoul(id + 10, NULL, 10) : 0;
	unsigned end = fake_visible(fake);
	unsigned last = at + page < end ? at + page : end;
	const char *comma = "";

	ohb_str_adds(body, "{\"items\":[");
	if (fake->script->huge_bytes && fake->has_message) {
		ohb_str_adds(body,
				"{\"id\":\"huge\",\"kind\":\"ActionEvent\","
				"\"tool_name\":\"terminal\",\"action\":{"
				"\"command\":\"");
		for (size_t i = 0; i < fake->script->huge_bytes; i++)
			ohb_str_addc(body, 'x');
		ohb_str_adds(body, "\"}}");
		comma = ",";
	}
	for (; at < last; at++, comma = ",") {
		const char *json = fake->script->events[at];

		ohb_str_addf(body, "%s{\"id\":\"e%u\",%s}", comma, at,
				*json == '@' ? json + 2 : json);
	}
	if (fake->script->endless_pages)
		ohb_str_adds(body, "],\"next_page_id\":\"e0\"}");
	else if (last < end)
		ohb_str_addf(body, "],\"next_page_id\":\"e%u\"}", last);
	else
		ohb_str_adds(body, "],\"next_page_id\":null}");
}

static void fake_events(struct fake *fake, int fd, const char *path)
{
	ohb_autostr body = OHB_STR_INIT;

	if (fake->has_message)
		fake->listed++;
	if (fake->script->hangs_events && fake->has_message) {
		fake_hold(fake, fd);
		return;
	}
	if (fake->script->breaks_json && fake->has_message) {
		listener_say(fd, 200, "{\"items\":[");
		return;
	}
	if (fake->script->flood_bytes && fake->has_message) {
		ohb_str_addc(&body, '"');
		while (body.len < fake->script->flood_bytes)
			ohb_str_adds(&body, "flooooooooooooooooooooooooooood");
		ohb_str_addc(&body, '"');
	} else {
		fake_page(fake, path, &body);
	}
	listener_answer(fd, 200, &body);
}

static void fake_status(struct fake *fake, int fd)
{
	const char *word = fake->script->statuses;
	ohb_autostr body = OHB_STR_INIT;
	unsigned n;

	fake->status++;
	if (fake->script->dies && fake->status >= fake->script->dies) {
		atomic_store(&fake->listener.ends, true);
		return;
	}
	if (fake->status == fake->script->cancels)
		ohb_cancel_raise(&fake->cancel);
	for (n = 1; n < fake->status && strchr(word, ' '); n++)
		word = strchr(word, ' ') + 1;
	if (fake->interrupts || fake->pauses)
		word = "paused";
	else if (fake->awake)
		word = "finished";
	ohb_str_addf(&body, "{\"execution_status\":\"%.*s\",\"new_key\":[1]}",
			(int)strcspn(word, " "), word);
	listener_answer(fd, 200, &body);
}

static void fake_message(struct fake *fake, int fd)
{
	int status = fake->script->message_status;

	fake->messages++;
	fake->has_message = !fake->script->loses_message;
	if (fake->script->hangs_message)
		fake_hold(fake, fd);
	else if (status)
		listener_say(fd, status, fake->script->words);
	else
		listener_say(fd, 200, "{\"success\":true}");
}

static void fake_serve(void *userdata, int fd, const char *path,
		const char *head, const char *body)
{
	struct fake *fake = userdata;
	const struct fake_script *script = fake->script;
	ohb_autostr info = OHB_STR_INIT;

	if (!strstr(head, "X-Session-API-Key: " FAKE_KEY "\r\n")) {
		fake->refused++;
		listener_say(fd, 401, "{\"detail\":\"Unauthorized\"}");
	} else if (ohb_streq(path, "/health")) {
		listener_say(fd, fake->health < script->unhealthy ? 503 : 200,
				"{\"status\":\"ok\"}");
		fake->health++;
	} else if (ohb_streq(path, "/server_info")) {
		ohb_str_addf(&info, "{\"version\":\"%s\"}",
				script->version ? script->version : "1.43.1");
		listener_answer(fd, 200, &info);
	} else if (ohb_streq(path, "/api/conversations")) {
		ohb_str_clear(&fake->create);
		ohb_str_adds(&fake->create, body);
		if (script->strict && strstr(body, "api_mode"))
			listener_say(fd, 422,
					"{\"detail\":[{\"msg\":\"Extra inputs "
					"are not permitted\"}]}");
		else
			listener_say(fd,
					script->create_status ?
							script->create_status :
							201,
					script->create_status ? script->words :
								"{}");
	} else if (strstr(path, "/events/search?")) {
		fake_events(fake, fd, path);
	} else if (ohb_ends(path, "/events")) {
		fake_message(fake, fd);
	} else if (ohb_ends(path, "/pause")) {
		fake->pauses++;
		listener_say(fd, 200, "{\"success\":true}");
	} else if (ohb_ends(path, "/interrupt") && script->only_pauses) {
		listener_say(fd, 404, "{\"detail\":\"Not Found\"}");
	} else if (ohb_ends(path, "/interrupt")) {
		fake->interrupts++;
		listener_say(fd, 200, "{\"success\":true}");
	} else if (ohb_ends(path, "/run")) {
		fake->runs++;
		fake->awake = script->wakes;
		listener_say(fd, script->run_status ? script->run_status : 200,
				"{\"detail\":\"already running\"}");
	} else {
		fake_status(fake, fd);
	}
}

static void fake_start(struct fake *fake, const struct fake_script *script)
{
	struct ohb_error err;

	*fake = (struct fake){ .script = script };
	ck_assert_int_eq(ohb_cancel_init(&fake->cancel, &err), 0);
	listener_start(&fake->listener, "127.0.0.1", fake_serve, fake);
}

static void fake_stop(struct fake *fake)
{
	listener_stop(&fake->listener);
	while (fake->nheld)
		(void)close(fake->held[--fake->nheld]);
	ohb_str_release(&fake->create);
	ohb_cancel_release(&fake->cancel);
}

#endif
