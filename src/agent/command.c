#include "agent/command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/progress.h"
#include "base/limits.h"
#include "io/clock.h"
#include "io/fileset.h"
#include "text/json.h"

#define SHORT_MS 30000 /* for a script of ours */
#define LAST_MS 60000 /* beyond 'agent.timeout': then the sandbox ends */
#define WORDS_BYTES 400u
#define MARK "OHBUILD_COMMAND"

/* One message and what came of it. */
struct run {
	struct ohb_command *command;
	struct ohb_progress progress;
	struct ohb_str line; /* of its output, as far as it has come */
	bool skipping; /* the rest of a line that is too long */
	bool stopped; /* by us; then the outcome's class is set */
	bool over; /* it said so, though its process goes on */
	char step[64]; /* the model's last answer */
	unsigned steps;
};

/* Ends what carries the mark $1, and prints the file $2.  What a command
 * started need not be in its process group. */
static const char end_script[] =
		"for s in TERM KILL KILL; do\n"
		"	n=\n"
		"	for e in $(grep -lzxF \"$1\" /proc/[0-9]*/environ "
		"2>/dev/null); do\n"
		"		p=${e#/proc/}\n"
		"		kill -s $s \"${p%%/*}\" 2>/dev/null && n=1\n"
		"	done\n"
		"	[ -n \"$n\" ] || break\n"
		"	sleep 0.3\n"
		"done\n"
		"[ -z \"$2\" ] || cat \"$2\" 2>/dev/null || :\n";

void ohb_command_setenv(struct ohb_command_env *env, const char *name,
		const char *fmt, ...)
{
	ohb_autostr text = OHB_STR_INIT;
	const char **slot;
	va_list ap;

	ohb_str_addf(&text, "%s=", name);
	va_start(ap, fmt);
	ohb_str_addv(&text, fmt, ap);
	va_end(ap);
	slot = ohb_grow(&env->items, &env->cap, env->count++, sizeof(*slot));
	*slot = ohb_arena_strdup(&env->arena, text.data);
	ohb_wipe(text.data, text.len);
	/* The NULL at the end. */
	(void)ohb_grow(&env->items, &env->cap, env->count, sizeof(*slot));
}

static void release_env(struct ohb_command_env *env)
{
	ohb_arena_release(&env->arena);
	free(env->items);
}

/* Runs a short script of ours with two arguments; its output goes to out. */
static int run_script(const struct ohb_command *command, const char *script,
		const char *const args[2], struct ohb_exec_result *ret,
		struct ohb_error *err)
{
	const char *const argv[] = { "/bin/sh", "-c", script, "sh", args[0],
		args[1], NULL };
	const struct ohb_exec_spec spec = {
		.argv = argv,
		.timeout_ms = SHORT_MS,
	};

	return ohb_sandbox_exec(command->options.sandbox, &spec, ret, err);
}

static void close_command(struct ohb_agent *base)
{
	struct ohb_command *command = (struct ohb_command *)base;

	ohb_str_release(&command->home);
	ohb_str_release(&command->first);
	ohb_str_release(&command->record);
	ohb_str_release(&command->trajectory);
	free(command);
}

static int look(const struct ohb_command *command, struct ohb_error *err)
{
	static const char *const none[2] = { NULL, NULL };
	struct ohb_exec_result result = { .status = 0 };

	if (run_script(command, command->way->look, none, &result, err) < 0)
		return -1;
	ohb_exec_result_release(&result);
	if (result.status == 0)
		return 0;
	return ohb_fail(err, OHB_E_INFRA,
			"there is no '%s' where the agent is to run: "
			"'agent.image' must bring what 'agent.protocol' asks "
			"for (examples/agent-image makes such an image)",
			command->way->program);
}

static int open_command(const struct ohb_agent_options *options,
		struct ohb_agent **ret, struct ohb_error *err)
{
	static const struct ohb_way *const ways[] = {
		[OHB_AGENT_CLI] = &ohb_way_cli,
		[OHB_AGENT_HEADLESS] = &ohb_way_headless,
	};
	struct ohb_command *command = ohb_alloc(sizeof(*command));
	const char *slash;

	command->agent.ops = &ohb_agent_command;
	command->options = *options;
	command->way = ways[options->protocol];
	command->dir = ohb_sandbox_dir(options->sandbox);
	slash = strrchr(command->dir, '/');
	ohb_str_add(&command->home, command->dir,
			(size_t)(slash - command->dir));
	ohb_str_adds(&command->home, "/conversations");
	ohb_agent_make_id(command->id);
	if (look(command, err) < 0) {
		close_command(&command->agent);
		return -1;
	}
	*ret = &command->agent;
	return 0;
}

static void take_status(struct run *run, const char *state)
{
	struct ohb_progress *progress = &run->progress;

	ohb_progress_set_status(progress, ohb_command_status(state));
	if (ohb_streq(state, progress->status))
		return;
	run->over = true;
	ohb_str_clear(&progress->detail);
	ohb_str_adds(&progress->detail, "rate limit");
	progress->failed = ohb_streq(progress->status, "error");
}

static void take_event(struct run *run, const struct ohb_agent_event *event)
{
	struct ohb_progress *progress = &run->progress;

	switch (event->kind) {
	case OHB_EVENT_ACTION:
		progress->calls++;
		break;
	case OHB_EVENT_RESULT:
		progress->calls -= progress->calls > 0;
		return;
	case OHB_EVENT_STATUS:
		take_status(run, event->text);
		return;
	case OHB_EVENT_ERROR:
		ohb_progress_fail(progress, event);
		ohb_progress_set_status(progress, "error");
		return;
	case OHB_EVENT_WORDS:
		break;
	case OHB_EVENT_PROMPT:
	case OHB_EVENT_OTHER:
		return;
	}
	ohb_progress_say(progress, event->text);
}

static void keep_event(struct ohb_command *command, json_t *json)
{
	size_t before = command->trajectory.len;

	command->events++;
	ohb_json_add(&command->trajectory, json);
	ohb_str_addc(&command->trajectory, '\n');
	if (command->trajectory.len > OHB_MAX_TRAJECTORY)
		ohb_str_cut(&command->trajectory, before);
}

/* Several calls may come with one answer of the model. */
static void count_step(struct run *run, json_t *json)
{
	const char *step = ohb_json_text(json, "llm_response_id");

	if (step && strncmp(step, run->step, sizeof(run->step) - 1) == 0)
		return;
	(void)snprintf(run->step, sizeof(run->step), "%s", step ? step : "");
	run->steps++;
}

/* Its events are among other text: an object that says its kind is one. */
static void take_line(struct run *run)
{
	struct ohb_command *command = run->command;
	ohb_autostr said = OHB_STR_INIT;
	struct ohb_agent_event event;
	struct ohb_error ignored;
	ohb_autojson *json = NULL;

	if (ohb_str_cstr(&run->line)[0] != '{' ||
			command->events >= OHB_MAX_EVENTS)
		return;
	json = ohb_json_parse(run->line.data, run->line.len, &ignored);
	if (!json || !ohb_agent_event_is(json))
		return;
	run->progress.news_ms = ohb_clock_mono_ms();
	keep_event(command, json);
	ohb_agent_event_read(json, command->dir, &event, &said);
	if (event.kind == OHB_EVENT_ACTION)
		count_step(run, json);
	take_event(run, &event);
	if (said.len)
		command->options.say(command->options.userdata, said.data);
}

static void on_output(void *userdata, int stream, const char *data, size_t len)
{
	struct run *run = userdata;
	const char *end = data + len;

	while (stream == 1 && data < end) {
		const char *newline = memchr(data, '\n', (size_t)(end - data));
		const char *stop = newline ? newline : end;

		if ((size_t)(stop - data) >
				OHB_MAX_JSON_BYTES - run->line.len) {
			run->skipping = true;
			ohb_str_clear(&run->line);
		}
		if (!run->skipping)
			ohb_str_add(&run->line, data, (size_t)(stop - data));
		data = stop + 1;
		if (!newline)
			return;
		if (!run->skipping)
			take_line(run);
		ohb_str_clear(&run->line);
		run->skipping = false;
	}
}

static bool is_end(const char *status)
{
	static const char *const ends[] = { "finished", "error", "stuck",
		"paused" };
	size_t i;

	for (i = 0; i < OHB_ARRAY_LEN(ends); i++)
		if (ohb_streq(status, ends[i]))
			return true;
	return false;
}

/* A record that is as before is of the run before. */
static void take_record(struct run *run, const struct ohb_str *text)
{
	struct ohb_command *command = run->command;
	struct ohb_command_record record;

	if (text->len == command->record.len &&
			memcmp(ohb_str_cstr(text),
					ohb_str_cstr(&command->record),
					text->len) == 0)
		return;
	record = ohb_command_record(ohb_str_cstr(text), text->len);
	if (is_end(record.status) && !run->stopped)
		ohb_progress_set_status(&run->progress, record.status);
	if (record.cost_usd > command->cost_usd) {
		run->progress.outcome->cost_usd =
				record.cost_usd - command->cost_usd;
		command->cost_usd = record.cost_usd;
	}
	ohb_str_clear(&command->record);
	ohb_str_add(&command->record, ohb_str_cstr(text), text->len);
}

/* Ends the command and all it started, and reads what it left of its end. */
static void end_command(struct run *run)
{
	const struct ohb_command *command = run->command;
	struct ohb_exec_result result = { .status = 0 };
	struct ohb_error ignored;
	ohb_autostr mark = OHB_STR_INIT, path = OHB_STR_INIT;
	const char *args[2];

	ohb_str_addf(&mark, MARK "=%s", command->id);
	if (command->way->add_record)
		command->way->add_record(command, &path);
	args[0] = mark.data;
	args[1] = ohb_str_cstr(&path);
	if (run_script(command, end_script, args, &result, &ignored) < 0)
		return;
	take_record(run, &result.out);
	ohb_exec_result_release(&result);
}

static void stop(struct run *run, enum ohb_outcome_class class,
		const char *reason)
{
	ohb_progress_conclude(&run->progress, class, reason);
	run->stopped = true;
	end_command(run);
}

static bool is_late(struct run *run)
{
	enum ohb_outcome_class class;
	char reason[128];

	if (!ohb_progress_is_late(&run->progress, &class, reason))
		return false;
	stop(run, class, reason);
	return true;
}

static void end_if_due(struct run *run)
{
	const unsigned most = run->command->options.max_iterations;
	char reason[96];

	if (run->stopped || is_late(run))
		return;
	if (ohb_cancel_level(run->command->options.cancel)) {
		stop(run, OHB_RUN_INTERRUPTED, "interrupted");
	} else if (run->over) {
		run->stopped = true;
		end_command(run);
	} else if (run->steps > most) {
		(void)snprintf(reason, sizeof(reason),
				"no end after %u steps "
				"('agent.max_iterations')",
				most);
		stop(run, OHB_RUN_ITERATIONS, reason);
	} else if (run->command->events >= OHB_MAX_EVENTS) {
		stop(run, OHB_RUN_STUCK,
				"the conversation has too many events");
	}
}

/* It is stopped by its own means, never by the end of its place. */
static bool on_tick(void *userdata)
{
	end_if_due(userdata);
	return true;
}

/* The message, and what the way wants besides, for the run's script. */
static int put_files(const struct ohb_command *command, const char *message,
		size_t len, struct ohb_error *err)
{
	ohb_autojson *settings = NULL;
	ohb_autostr task = OHB_STR_INIT, text = OHB_STR_INIT;
	ohb_autostr tar = OHB_STR_INIT;
	struct ohb_fileset set = OHB_FILESET_INIT;
	struct ohb_file file = { .kind = OHB_TAR_FILE, .mode = 0600 };
	unsigned uid, gid;
	int bad;

	if (command->first.len && !command->way->remembers) {
		ohb_str_add(&task, command->first.data, command->first.len);
		ohb_str_adds(&task, "\n\n");
	}
	ohb_str_add(&task, message, len);
	file.path = OHB_COMMAND_TASK;
	file.data = ohb_str_cstr(&task);
	file.len = task.len;
	ohb_fileset_put(&set, &file);
	if (command->way->settings) {
		settings = command->way->settings(command);
		ohb_json_add(&text, settings);
		file.path = OHB_COMMAND_SETTINGS;
		file.data = text.data;
		file.len = text.len;
		ohb_fileset_put(&set, &file);
	}
	ohb_sandbox_owner(command->options.sandbox, &uid, &gid);
	bad = ohb_fileset_tar(&set, uid, gid, &tar, err);
	ohb_fileset_release(&set);
	if (!bad)
		bad = ohb_sandbox_put(command->options.sandbox, tar.data,
				tar.len, err);
	if (text.len)
		ohb_wipe(text.data, text.len);
	if (tar.len)
		ohb_wipe(tar.data, tar.len);
	return bad;
}

static int run_command(struct run *run, struct ohb_exec_result *ret,
		struct ohb_error *err)
{
	const struct ohb_command *command = run->command;
	const struct ohb_agent_options *options = &command->options;
	struct ohb_command_env env = { .arena = OHB_ARENA_INIT };
	char steps[16];
	const char *const argv[] = { "/bin/sh", "-c", command->way->start, "sh",
		ohb_str_cstr(&command->home), command->id, steps, NULL };
	struct ohb_exec_spec spec = {
		.argv = argv,
		.timeout_ms = options->timeout_ms ?
				options->timeout_ms + LAST_MS :
				0,
		.on_output = on_output,
		.on_tick = on_tick,
		.userdata = run,
	};
	int result;

	(void)snprintf(steps, sizeof(steps), "%u", options->max_iterations);
	ohb_command_setenv(&env, MARK, "%s", command->id);
	ohb_command_setenv(&env, "PYTHONUNBUFFERED", "1");
	command->way->add_env(command, &env);
	spec.env = env.items;
	result = ohb_sandbox_exec(options->sandbox, &spec, ret, err);
	release_env(&env);
	return result;
}

/* It ended in the middle of its work: why, with its last words. */
static void end_died(struct run *run, const struct ohb_exec_result *result)
{
	const struct ohb_command *command = run->command;
	struct ohb_sandbox_state state = { .running = true };
	ohb_autostr why = OHB_STR_INIT;
	const struct ohb_str *last =
			result->err.len ? &result->err : &result->out;
	size_t skip = last->len > WORDS_BYTES ? last->len - WORDS_BYTES : 0;
	struct ohb_error ignored;

	if (ohb_sandbox_state(command->options.sandbox, &state, &ignored) ==
					0 &&
			state.out_of_memory) {
		ohb_progress_conclude(&run->progress, OHB_RUN_MEMORY,
				"the agent's container ran out of memory: "
				"raise 'agent.memory'");
		return;
	}
	ohb_str_addf(&why, "'%s' ended with status %d", command->way->program,
			result->status);
	if (last->len) {
		ohb_str_adds(&why, "; it said last: ");
		ohb_str_add(&why, last->data + skip, last->len - skip);
	}
	ohb_progress_conclude(&run->progress, OHB_RUN_DIED, why.data);
}

static void end_by_status(struct run *run, const struct ohb_exec_result *result)
{
	if (is_end(run->progress.status))
		ohb_progress_end(&run->progress);
	else
		end_died(run, result);
}

static void follow(struct run *run)
{
	struct ohb_exec_result result = { .status = 0 };
	struct ohb_error err = OHB_ERROR_INIT;

	if (run_command(run, &result, &err) < 0) {
		if (err.code == OHB_E_CANCELLED)
			ohb_progress_conclude(&run->progress,
					OHB_RUN_INTERRUPTED, "interrupted");
		else if (!run->stopped || run->over)
			ohb_progress_conclude(
					&run->progress, OHB_RUN_DIED, err.msg);
		return;
	}
	if (!run->stopped)
		end_command(run);
	if (!run->stopped || run->over)
		end_by_status(run, &result);
	ohb_exec_result_release(&result);
}

static int run_message(struct ohb_agent *base, const char *message, size_t len,
		struct ohb_outcome *ret, struct ohb_error *err)
{
	struct ohb_command *command = (struct ohb_command *)base;
	struct ohb_outcome outcome = { .class = OHB_RUN_UNKNOWN };
	struct run run = {
		.command = command,
		.line = OHB_STR_INIT,
	};

	if (put_files(command, message, len, err) < 0)
		return -1;
	if (!command->first.len)
		ohb_str_add(&command->first, message, len);
	run.progress = ohb_progress_begin(&command->options, &outcome);
	follow(&run);
	ohb_str_release(&run.line);
	ohb_progress_release(&run.progress);
	*ret = outcome;
	return 0;
}

static int trajectory(struct ohb_agent *base, struct ohb_str *out,
		struct ohb_error *err)
{
	const struct ohb_command *command = (const struct ohb_command *)base;

	(void)err;
	ohb_str_add(out, ohb_str_cstr(&command->trajectory),
			command->trajectory.len);
	return 0;
}

const struct ohb_agent_ops ohb_agent_command = {
	.open = open_command,
	.run = run_message,
	.trajectory = trajectory,
	.close = close_command,
};
