/* Commands in a container. */
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/memory.h"
#include "io/clock.h"
#include "io/wait.h"
#include "sandbox/docker.h"
#include "sandbox/frames.h"
#include "text/utf8.h"

#define KILLED 137
/* The end of the output and the exit status reach us by two ways. */
#define STATUS_WAIT_MS 10000
/* So does the news that the kernel killed for memory. */
#define OOM_WAIT_MS 100

struct exec {
	const struct ohb_exec_spec *spec;
	struct ohb_docker *docker;
	struct ohb_docker_sandbox *sandbox;
	struct ohb_frames frames;
	struct ohb_tail tails[2];
	struct ohb_error err; /* of the frames */
	struct ohb_str id;
};

static void exec_release(struct exec *exec)
{
	struct ohb_str rest = OHB_STR_INIT;

	ohb_tail_end(&exec->tails[0], &rest);
	ohb_tail_end(&exec->tails[1], &rest);
	ohb_str_release(&rest);
	ohb_str_release(&exec->id);
}

static void on_data(void *userdata, int stream, const char *data, size_t len)
{
	struct exec *exec = userdata;

	ohb_tail_add(&exec->tails[stream - 1], data, len);
	if (exec->spec->on_output)
		exec->spec->on_output(exec->spec->userdata, stream, data, len);
}

static int on_body(void *userdata, const char *data, size_t len)
{
	struct exec *exec = userdata;

	return ohb_frames_add(&exec->frames, data, len, &exec->err);
}

static bool on_tick(void *userdata)
{
	struct exec *exec = userdata;

	return exec->spec->on_tick(exec->spec->userdata);
}

/* The engine's JSON has no form for bytes that are not UTF-8, but printf(1)
 * has: "\377".  The mark at the end keeps the newlines before it. */
static void add_encoded(struct ohb_str *script, const char *arg)
{
	ohb_str_adds(script, "a=$(printf '");
	for (; *arg; arg++)
		ohb_str_addf(script, "\\%03o", (unsigned char)*arg);
	ohb_str_adds(script, ".') && set -- \"$@\" \"${a%.}\" && ");
}

static json_t *argv_json(const char *const *argv)
{
	ohb_autostr script = OHB_STR_INIT;
	json_t *json = json_array();
	bool plain = true;
	size_t i;

	for (i = 0; argv[i]; i++) {
		plain = plain && ohb_utf8_valid(argv[i], strlen(argv[i]));
		add_encoded(&script, argv[i]);
	}
	ohb_str_adds(&script, "exec \"$@\"");
	if (!plain) {
		json_decref(json);
		return json_pack("[s, s, s]", "/bin/sh", "-c", script.data);
	}
	for (i = 0; argv[i]; i++)
		(void)json_array_append_new(json, json_string(argv[i]));
	return json;
}

static json_t *env_json(const char *const *env)
{
	json_t *json = json_array();

	for (; env && *env; env++)
		(void)json_array_append_new(
				json, ohb_json_bytes(*env, strlen(*env)));
	return json;
}

static int create(struct exec *exec, struct ohb_error *err)
{
	ohb_autojson *ask = json_pack("{s:b, s:b, s:o, s:o, s:s}",
			"AttachStdout", 1, "AttachStderr", 1, "Cmd",
			argv_json(exec->spec->argv), "Env",
			env_json(exec->spec->env), "WorkingDir",
			exec->sandbox->sandbox.dir);
	ohb_autojson *answer = NULL;
	ohb_autostr path = OHB_STR_INIT;
	struct ohb_error ended = OHB_ERROR_INIT;
	const char *id;

	ohb_docker_path(&path, "/containers/", exec->sandbox->id, "/exec");
	if (ohb_docker_ask(exec->docker, "POST", path.data, ask, &answer, err) <
			0) {
		/* "is not running": why, and its last words, help more. */
		if (err->code == OHB_E_EXISTS &&
				ohb_docker_check_running(
						exec->sandbox, &ended) < 0)
			*err = ended;
		return -1;
	}
	id = ohb_json_text(answer, "Id");
	if (!id)
		return ohb_fail(err, OHB_E_PROTOCOL,
				"the engine made an exec without an id");
	ohb_str_adds(&exec->id, id);
	return 0;
}

static int follow(struct exec *exec, struct ohb_error *err)
{
	ohb_autojson *ask = json_pack("{s:b, s:b}", "Detach", 0, "Tty", 0);
	ohb_autostr path = OHB_STR_INIT;
	struct ohb_docker_call call = {
		.method = "POST",
		.json = ask,
		.timeout_ms = exec->spec->timeout_ms ? exec->spec->timeout_ms :
						       -1,
		.on_body = on_body,
		.on_tick = exec->spec->on_tick ? on_tick : NULL,
		.userdata = exec,
	};

	ohb_docker_path(&path, "/exec/", exec->id.data, "/start");
	call.path = path.data;
	if (ohb_docker_do(exec->docker, &call, NULL, err) < 0)
		return -1;
	if (exec->err.code != OHB_OK) {
		*err = exec->err;
		return -1;
	}
	return 0;
}

static int read_status(struct exec *exec, int *ret, struct ohb_error *err)
{
	const int64_t until_ms = ohb_clock_mono_ms() + STATUS_WAIT_MS;
	ohb_autostr path = OHB_STR_INIT;
	bool running = true;

	ohb_docker_path(&path, "/exec/", exec->id.data, "/json");
	while (running) {
		ohb_autojson *answer = NULL;

		if (ohb_docker_ask(exec->docker, "GET", path.data, NULL,
				    &answer, err) < 0)
			return -1;
		running = json_is_true(ohb_json_at(answer, "Running"));
		*ret = (int)ohb_json_int(answer, "ExitCode", -1);
		if (running && ohb_clock_mono_ms() > until_ms)
			return ohb_fail(err, OHB_E_PROTOCOL,
					"the engine gives no exit status");
		if (running &&
				ohb_wait_ms(exec->docker->engine.options.cancel,
						20, err) < 0)
			return -1;
	}
	return 0;
}

/* Engines before 23 tell of memory only when the whole container has ended;
 * their recent events tell it of any process. */
static void look_for_oom(struct exec *exec)
{
	const int64_t until_ms = ohb_clock_wall_ms() + OOM_WAIT_MS;
	ohb_autojson *filter = json_pack("{s:[s], s:[s]}", "container",
			exec->sandbox->id, "event", "oom");
	ohb_autostr text = OHB_STR_INIT, path = OHB_STR_INIT;
	ohb_autostr body = OHB_STR_INIT;
	struct ohb_error unread = OHB_ERROR_INIT;
	struct ohb_docker_call call = { .method = "GET" };

	ohb_json_add(&text, filter);
	ohb_str_addf(&path, "/events?since=1&until=%lld.%03d000000&filters=",
			(long long)(until_ms / 1000), (int)(until_ms % 1000));
	ohb_http_escape(&path, text.data, text.len);
	call.path = path.data;
	if (ohb_docker_do(exec->docker, &call, &body, &unread) == 0 && body.len)
		exec->sandbox->out_of_memory = true;
}

/* Nothing short of the container's end is sure to end all that a command
 * started. */
static void kill_container(struct exec *exec)
{
	ohb_autostr path = OHB_STR_INIT;
	struct ohb_error err = OHB_ERROR_INIT;
	struct ohb_docker_call call = { .method = "POST", .cleanup = true };

	ohb_docker_path(&path, "/containers/", exec->sandbox->id, "/kill");
	call.path = path.data;
	if (ohb_docker_do(exec->docker, &call, NULL, &err) < 0 &&
			err.code != OHB_E_EXISTS && err.code != OHB_E_MISSING)
		ohb_engine_warn(&exec->docker->engine,
				"cannot end container '%s': %s",
				exec->sandbox->sandbox.name, err.msg);
}

static int run(struct exec *exec, struct ohb_exec_result *ret,
		struct ohb_error *err)
{
	struct ohb_error ended = OHB_ERROR_INIT;

	if (create(exec, err) < 0)
		return -1;
	if (follow(exec, err) < 0) {
		kill_container(exec);
		ret->timed_out = err->code == OHB_E_TIMEOUT;
		ret->status = KILLED;
		return ret->timed_out ? 0 : -1;
	}
	if (read_status(exec, &ret->status, err) == 0) {
		if (ret->status != 0)
			look_for_oom(exec);
		return 0;
	}
	if (err->code != OHB_E_CANCELLED &&
			ohb_docker_check_running(exec->sandbox, &ended) < 0)
		*err = ended;
	return -1;
}

int ohb_docker_exec(struct ohb_sandbox *sandbox,
		const struct ohb_exec_spec *spec, struct ohb_exec_result *ret,
		struct ohb_error *err)
{
	__attribute__((cleanup(exec_release))) struct exec exec = {
		.spec = spec,
		.docker = (struct ohb_docker *)sandbox->engine,
		.sandbox = (struct ohb_docker_sandbox *)sandbox,
		.frames = { .on_data = on_data, .userdata = &exec },
		.err = OHB_ERROR_INIT,
		.id = OHB_STR_INIT,
	};
	struct ohb_exec_result result = { .status = 0 };
	const int64_t begin_ms = ohb_clock_mono_ms();

	exec.sandbox->used = true;
	ohb_tail_init(&exec.tails[0], OHB_MAX_EXEC_OUTPUT);
	ohb_tail_init(&exec.tails[1], OHB_MAX_EXEC_OUTPUT);
	if (run(&exec, &result, err) < 0)
		return -1;
	ohb_tail_end(&exec.tails[0], &result.out);
	ohb_tail_end(&exec.tails[1], &result.err);
	result.duration_ms = ohb_clock_mono_ms() - begin_ms;
	*ret = result;
	return 0;
}
