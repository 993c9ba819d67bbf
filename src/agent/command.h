#ifndef OHB_AGENT_COMMAND_H
#define OHB_AGENT_COMMAND_H

/*
 * OpenHands as a command that runs in the sandbox and ends: `cli` and
 * `headless`.  What they share is command.c, what differs a way.
 *
 * Each run is one process: it prints its events as lines of JSON among other
 * text, which is how it is followed.  Its exit status says nothing about the
 * task.  What it needs is put into the project's folder and moved beside it
 * before it begins.
 */

#include "agent/protocol.h"
#include "base/memory.h"
#include "base/str.h"

#define OHB_COMMAND_TASK ".ohbuild-task"
#define OHB_COMMAND_SETTINGS ".ohbuild-settings"

struct ohb_way;

struct ohb_command {
	struct ohb_agent agent;
	struct ohb_agent_options options;
	const struct ohb_way *way;
	const char *dir; /* of the project */
	struct ohb_str home; /* for what OpenHands keeps, beside it */
	char id[OHB_AGENT_ID]; /* of the conversation */
	struct ohb_str first; /* the first message */
	struct ohb_str trajectory;
	size_t events;
	struct ohb_str record; /* as the run before left it */
	double cost_usd; /* of the runs before, as far as it knows */
};

/* "NAME=value", and a NULL at the end. */
struct ohb_command_env {
	struct ohb_arena arena;
	const char **items;
	size_t count, cap;
};

void ohb_command_setenv(struct ohb_command_env *env, const char *name,
		const char *fmt, ...) OHB_PRINTF(3, 4);

struct ohb_way {
	const char *program; /* as a user would install it */
	/* Both for /bin/sh -c, in the project's folder.  `look` fails when
	 * the program is not there.  `start` gets: home, id, the most steps. */
	const char *look, *start;
	bool remembers; /* a later run knows what was said before */
	void (*add_env)(const struct ohb_command *command,
			struct ohb_command_env *env);
	/* More that it is given; NULL: nothing. */
	json_t *(*settings)(const struct ohb_command *command);
	/* The file that says how it ended and what it cost, in home; NULL:
	 * its events tell the end. */
	void (*add_record)(const struct ohb_command *command,
			struct ohb_str *path);
};

extern const struct ohb_way ohb_way_cli, ohb_way_headless;

/* How a run ended, pure.  A status of 0.x as one of the server: states that
 * it would wait in for ever are ends. */
const char *ohb_command_status(const char *state);
/* What `base_state.json` says of a whole conversation. */
struct ohb_command_record {
	char status[32]; /* "finished", "error", …; "" when it says none */
	double cost_usd; /* 0: it knows no price */
};

struct ohb_command_record ohb_command_record(const char *data, size_t len);

#endif
