/* Containers: how they are confined, their life, and how they ended. */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "io/tar.h"
#include "sandbox/docker.h"
#include "sandbox/frames.h"
#include "sandbox/openhands.h"

#define PROJECT "project"
#define PIDS 2048
#define OPEN_FILES 4096 /* more than the engine's own cannot be given */
#define TMPFS_BYTES ((uint64_t)1 << 30)
#define OWN_HOME "/home/ohbuild" /* for a user without one */
#define MAX_LOG_LINES "400"

/* A container for execs waits.  The loop reaps orphans where there is no init
 * to do so; the engine ends it by force.  A judge has no init: the loop is its
 * process 1, which one call can spare that kills all else (renew.c). */
#define IDLE "while :; do sleep 86400 & wait; done"

static bool is_below(const char *path, const char *dir)
{
	size_t len = strlen(dir);

	return strncmp(path, dir, len) == 0 &&
			(path[len] == '/' || path[len] == '\0');
}

static const char *workspace_of(const struct ohb_sandbox_spec *spec)
{
	return spec->workspace ? spec->workspace : OHB_WORKSPACE;
}

/* Where its user may write when the root is read-only. */
static const char *home_of(const struct ohb_docker_image *image)
{
	json_t *env = ohb_json_at(image->config, "Env");
	json_t *one;
	size_t i;

	json_array_foreach(env, i, one)
	{
		const char *text = json_string_value(one);

		if (text && ohb_starts(text, "HOME=/") && text[6])
			return text + strlen("HOME=");
	}
	return image->user.home ? image->user.home : OWN_HOME;
}

static void add_tmpfs(json_t *tmpfs, const char *path, const char *more,
		const struct ohb_sandbox_spec *spec)
{
	uint64_t half = spec->memory_bytes / 2;
	ohb_autostr options = OHB_STR_INIT;

	ohb_str_addf(&options, "rw,exec,nosuid,nodev,size=%llu%s",
			(unsigned long long)(half && half < TMPFS_BYTES ?
							half :
							TMPFS_BYTES),
			more);
	(void)json_object_set_new(tmpfs, path, json_string(options.data));
}

/* Memory that pretends to be files: /tmp, and a home where none else is. */
static json_t *tmpfs_of(const struct ohb_docker_image *image,
		const struct ohb_sandbox_spec *spec)
{
	const char *home = home_of(image);
	ohb_autostr owner = OHB_STR_INIT;
	json_t *tmpfs = json_object();

	add_tmpfs(tmpfs, "/tmp", ",mode=1777", spec);
	ohb_str_addf(&owner, ",mode=0700,uid=%u,gid=%u", image->user.uid,
			image->user.gid);
	if (!is_below(home, "/tmp") && !is_below(home, workspace_of(spec)))
		add_tmpfs(tmpfs, home, owner.data, spec);
	return tmpfs;
}

/* Some images bring an init of their own. */
static bool brings_init(const struct ohb_docker_image *image)
{
	static const char *const inits[] = { "tini", "tini-static", "dumb-init",
		"docker-init", "catatonit" };
	const char *first = ohb_json_text(image->config, "Entrypoint.0");
	const char *slash = first ? strrchr(first, '/') : NULL;
	const char *name = slash ? slash + 1 : first;
	size_t i;

	for (i = 0; i < OHB_ARRAY_LEN(inits); i++)
		if (ohb_streq(name, inits[i]))
			return true;
	return false;
}

static json_t *host_config(const struct ohb_docker *docker,
		const struct ohb_docker_image *image,
		const struct ohb_sandbox_spec *spec, const char *network)
{
	const bool waits = spec->role != OHB_ROLE_AGENT;
	json_t *config = json_pack(
			"{s:[s], s:[s], s:b, s:o, s:s, s:i, s:b, s:s}",
			"CapDrop", "ALL", "SecurityOpt", "no-new-privileges",
			"ReadonlyRootfs", 1, "Tmpfs", tmpfs_of(image, spec),
			"NetworkMode", network, "PidsLimit", PIDS, "Init",
			docker->has_init && spec->role != OHB_ROLE_JUDGE &&
					(waits || !brings_init(image)),
			"IpcMode", "private");

	/* A volume of its own, without a name: removed with the container. An
	 * archive put into a tmpfs would be lost. */
	(void)json_object_set_new(config, "Mounts",
			json_pack("[{s:s, s:s, s:{s:o}}]", "Type", "volume",
					"Target", workspace_of(spec),
					"VolumeOptions", "Labels",
					ohb_docker_labels(
							docker, spec->target)));
	/* No core files: they would be found in the workspace. */
	(void)json_object_set_new(config, "Ulimits",
			json_pack("[{s:s, s:i, s:i}, {s:s, s:i, s:i}]", "Name",
					"nofile", "Soft", OPEN_FILES, "Hard",
					OPEN_FILES, "Name", "core", "Soft", 0,
					"Hard", 0));
	(void)json_object_set_new(config, "LogConfig",
			json_pack("{s:s, s:{s:s, s:s}}", "Type", "json-file",
					"Config", "max-size", "10m", "max-file",
					"1"));
	if (spec->memory_bytes) {
		json_int_t bytes = (json_int_t)spec->memory_bytes;

		/* Equal: no swap beyond it. */
		(void)json_object_set_new(
				config, "Memory", json_integer(bytes));
		(void)json_object_set_new(
				config, "MemorySwap", json_integer(bytes));
	}
	if (spec->cpus > 0)
		(void)json_object_set_new(config, "NanoCpus",
				json_integer((json_int_t)(spec->cpus * 1e9)));
	return config;
}

static json_t *env_of(const struct ohb_docker_image *image,
		const struct ohb_sandbox_spec *spec)
{
	ohb_autostr home = OHB_STR_INIT;
	json_t *env = json_array();
	size_t i;

	ohb_str_addf(&home, "HOME=%s", home_of(image));
	(void)json_array_append_new(env, ohb_json_bytes(home.data, home.len));
	for (i = 0; spec->role == OHB_ROLE_AGENT && i < OHB_OPENHANDS_PATHS;
			i++) {
		ohb_autostr one = OHB_STR_INIT;

		ohb_str_addf(&one, "%s=%s/%s", ohb_openhands_paths[i].env,
				workspace_of(spec),
				ohb_openhands_paths[i].folder);
		(void)json_array_append_new(
				env, ohb_json_bytes(one.data, one.len));
	}
	for (i = 0; spec->env && spec->env[i]; i++)
		(void)json_array_append_new(env,
				ohb_json_bytes(spec->env[i],
						strlen(spec->env[i])));
	return env;
}

static int check_entry_point(
		const struct ohb_docker_image *image, struct ohb_error *err)
{
	if (ohb_json_text(image->config, "Entrypoint.0"))
		return 0;
	return ohb_fail(err, OHB_E_INFRA,
			"image '%s' has no entry point, an agent's image must "
			"start the agent-server with it: examples/agent-image "
			"makes such an image",
			image->name);
}

/* Names are ours alone: one that is taken is that of a container whose making
 * we were not told of. */
static int ask_for(struct ohb_docker *docker, const char *name,
		const json_t *ask, json_t **ret, struct ohb_error *err)
{
	ohb_autostr path = OHB_STR_INIT, taken = OHB_STR_INIT;

	ohb_docker_path(&path, "/containers/create?name=", name, "");
	if (ohb_docker_make(docker, path.data, ask, ret, err) == 0)
		return 0;
	if (err->code != OHB_E_EXISTS)
		return -1;
	ohb_docker_path(&taken, "/containers/", name, "?v=1&force=1");
	if (ohb_docker_delete(docker, taken.data, err) < 0)
		return -1;
	return ohb_docker_make(docker, path.data, ask, ret, err);
}

static int create(struct ohb_docker_sandbox *sandbox,
		const struct ohb_docker_image *image,
		const struct ohb_sandbox_spec *spec, const char *network,
		struct ohb_error *err)
{
	struct ohb_docker *docker =
			(struct ohb_docker *)sandbox->sandbox.engine;
	ohb_autojson *answer = NULL;
	ohb_autojson *ask = NULL;
	json_t *warning;
	size_t i;

	/* One name for all: what an agent is told is the same in each run. */
	ask = json_pack("{s:s, s:s, s:o, s:o, s:o, s:{s:[s]}}", "Image",
			image->id, "Hostname", "ohbuild", "Env",
			env_of(image, spec), "Labels",
			ohb_docker_labels(docker, spec->target), "HostConfig",
			host_config(docker, image, spec, network),
			"Healthcheck", "Test", "NONE");
	if (spec->role != OHB_ROLE_AGENT) {
		(void)json_object_set_new(ask, "Entrypoint",
				json_pack("[s, s, s]", "/bin/sh", "-c", IDLE));
		(void)json_object_set_new(ask, "Cmd", json_array());
	} else {
		(void)json_object_set_new(ask, "Cmd",
				json_pack("[s, s, s, s]", "--host", "0.0.0.0",
						"--port", OHB_OPENHANDS_PORT));
	}
	if (ask_for(docker, spec->name, ask, &answer, err) < 0)
		return -1;
	if (!ohb_json_text(answer, "Id"))
		return ohb_fail(err, OHB_E_PROTOCOL,
				"the engine made a container without an id");
	sandbox->id = ohb_strdup(ohb_json_text(answer, "Id"));
	json_array_foreach(ohb_json_at(answer, "Warnings"), i, warning)
			ohb_engine_warn(&docker->engine, "the engine warns: %s",
					json_string_value(warning));
	return 0;
}

/* The folders that are there before anything runs, owned by its user; a judge
 * needs the project alone. */
static int make_folders(struct ohb_docker_sandbox *sandbox,
		const struct ohb_sandbox_spec *spec, struct ohb_error *err)
{
	struct ohb_sandbox *base = &sandbox->sandbox;
	struct ohb_tar_writer *writer =
			ohb_tar_writer_new(base->uid, base->gid);
	ohb_autostr tar = OHB_STR_INIT;
	size_t i;

	for (i = 0; i < OHB_OPENHANDS_PATHS; i++) {
		const struct ohb_tar_entry entry = {
			.path = ohb_openhands_paths[i].folder,
			.kind = OHB_TAR_DIR,
			.mode = 0755,
		};

		if (spec->role == OHB_ROLE_JUDGE &&
				strcmp(entry.path, PROJECT) != 0)
			continue;
		if (ohb_tar_add(writer, &entry, err) < 0) {
			ohb_tar_writer_free(writer);
			return -1;
		}
	}
	if (ohb_tar_end(writer, &tar, err) < 0)
		return -1;
	return ohb_docker_archive_put((struct ohb_docker *)base->engine,
			sandbox->id, workspace_of(spec), tar.data, tar.len,
			err);
}

static int inspect(struct ohb_docker_sandbox *sandbox, json_t **ret,
		struct ohb_error *err)
{
	ohb_autostr path = OHB_STR_INIT;

	ohb_docker_path(&path, "/containers/", sandbox->id, "/json");
	return ohb_docker_ask((struct ohb_docker *)sandbox->sandbox.engine,
			"GET", path.data, NULL, ret, err);
}

static int connect_world(
		struct ohb_docker_sandbox *sandbox, struct ohb_error *err)
{
	struct ohb_docker *docker =
			(struct ohb_docker *)sandbox->sandbox.engine;
	const struct ohb_docker_network *world;
	ohb_autojson *ask = json_pack("{s:s}", "Container", sandbox->id);
	ohb_autostr path = OHB_STR_INIT;

	if (ohb_docker_world(docker, &world, err) < 0)
		return -1;
	ohb_docker_path(&path, "/networks/", world->id, "/connect");
	return ohb_docker_ask(docker, "POST", path.data, ask, NULL, err);
}

/* Its address on the network it shares with us. */
static int read_address(struct ohb_docker_sandbox *sandbox,
		const struct ohb_docker_network *network, struct ohb_error *err)
{
	ohb_autostr url = OHB_STR_INIT;
	ohb_autojson *answer = NULL;
	json_t *networks;
	const char *address;

	if (inspect(sandbox, &answer, err) < 0)
		return -1;
	networks = ohb_json_at(answer, "NetworkSettings.Networks");
	address = ohb_json_text(
			json_object_get(networks, network->name), "IPAddress");
	/* It loses the address when it ends, and that says more. */
	if ((!address || !*address) &&
			ohb_docker_check_running(sandbox, err) < 0)
		return -1;
	if (!address || !*address)
		return ohb_fail(err, OHB_E_INFRA,
				"the container got no address on network '%s'",
				network->name);
	ohb_str_addf(&url, "http://%s:" OHB_OPENHANDS_PORT, address);
	sandbox->sandbox.url = ohb_str_take(&url);
	return 0;
}

static int start(struct ohb_docker_sandbox *sandbox, struct ohb_error *err)
{
	ohb_autostr path = OHB_STR_INIT;

	ohb_docker_path(&path, "/containers/", sandbox->id, "/start");
	if (ohb_docker_ask((struct ohb_docker *)sandbox->sandbox.engine, "POST",
			    path.data, NULL, NULL, err) < 0)
		return -1;
	return ohb_docker_check_running(sandbox, err);
}

static int fill(struct ohb_docker_sandbox *sandbox,
		const struct ohb_sandbox_spec *spec, struct ohb_error *err)
{
	struct ohb_docker *docker =
			(struct ohb_docker *)sandbox->sandbox.engine;
	const bool server = spec->role == OHB_ROLE_AGENT;
	const bool agent = spec->role != OHB_ROLE_JUDGE;
	const struct ohb_docker_network *inside = NULL;
	const struct ohb_docker_image *image;

	if (ohb_docker_image_get(docker, spec->image, &image, err) < 0)
		return -1;
	if (server && check_entry_point(image, err) < 0)
		return -1;
	if (agent && ohb_docker_inside(docker, &inside, err) < 0)
		return -1;
	if (agent && image->lacks.len &&
			!atomic_flag_test_and_set(&docker->warned))
		ohb_engine_warn(&docker->engine,
				"image '%s' lacks %s: " OHB_IMAGE_CURE,
				image->name, image->lacks.data);
	sandbox->sandbox.uid = image->user.uid;
	sandbox->sandbox.gid = image->user.gid;
	if (create(sandbox, image, spec, agent ? inside->id : "none", err) <
					0 ||
			make_folders(sandbox, spec, err) < 0)
		return -1;
	if (agent && spec->open_network && connect_world(sandbox, err) < 0)
		return -1;
	if (start(sandbox, err) < 0)
		return -1;
	return server ? read_address(sandbox, inside, err) : 0;
}

int ohb_docker_sandbox_open(struct ohb_engine *engine,
		const struct ohb_sandbox_spec *spec, struct ohb_sandbox **ret,
		struct ohb_error *err)
{
	struct ohb_docker_sandbox *sandbox = ohb_alloc(sizeof(*sandbox));
	ohb_autostr dir = OHB_STR_INIT;

	sandbox->sandbox.engine = engine;
	sandbox->sandbox.name = ohb_strdup(spec->name);
	ohb_str_addf(&dir, "%s/" PROJECT, workspace_of(spec));
	sandbox->project = ohb_str_take(&dir);
	sandbox->sandbox.dir = ohb_strdup(sandbox->project);
	if (fill(sandbox, spec, err) < 0) {
		ohb_docker_sandbox_close(&sandbox->sandbox);
		return ohb_fail_context(
				err, "start container '%s'", spec->name);
	}
	*ret = &sandbox->sandbox;
	return 0;
}

void ohb_docker_sandbox_close(struct ohb_sandbox *sandbox)
{
	struct ohb_docker_sandbox *self = (struct ohb_docker_sandbox *)sandbox;
	struct ohb_error err = OHB_ERROR_INIT;
	ohb_autostr path = OHB_STR_INIT;

	if (self->place && self->out_of_memory)
		self->place->out_of_memory = true;
	/* One whose making was cut short has no id that we know: the end of
	 * the engine removes it by its labels. */
	if (self->id && !self->place) {
		ohb_docker_path(&path, "/containers/", self->id,
				"?v=1&force=1");
		if (ohb_docker_delete((struct ohb_docker *)sandbox->engine,
				    path.data, &err) < 0)
			ohb_engine_warn(sandbox->engine,
					"cannot remove container '%s': %s",
					sandbox->name, err.msg);
	}
	free(self->id);
	free(self->project);
	free(self->left);
	ohb_sandbox_release(sandbox);
	free(self);
}

int ohb_docker_state(struct ohb_sandbox *sandbox, struct ohb_sandbox_state *ret,
		struct ohb_error *err)
{
	ohb_autojson *answer = NULL;

	if (inspect((struct ohb_docker_sandbox *)sandbox, &answer, err) < 0)
		return ohb_fail_context(
				err, "look at container '%s'", sandbox->name);
	ret->running = json_is_true(ohb_json_at(answer, "State.Running"));
	ret->out_of_memory =
			((struct ohb_docker_sandbox *)sandbox)->out_of_memory ||
			json_is_true(ohb_json_at(answer, "State.OOMKilled"));
	ret->status = (int)ohb_json_int(answer, "State.ExitCode", -1);
	return 0;
}

struct log {
	struct ohb_frames frames;
	struct ohb_error err;
	struct ohb_str text;
	size_t max;
};

static void on_text(void *userdata, int stream, const char *data, size_t len)
{
	struct log *log = userdata;

	(void)stream;
	ohb_str_add(&log->text, data, len);
	if (log->text.len > 2 * log->max)
		ohb_keep_end(&log->text, log->max);
}

static int on_log(void *userdata, const char *data, size_t len)
{
	struct log *log = userdata;

	return ohb_frames_add(&log->frames, data, len, &log->err);
}

int ohb_docker_log(struct ohb_sandbox *sandbox, size_t max, struct ohb_str *out,
		struct ohb_error *err)
{
	struct ohb_docker_sandbox *self = (struct ohb_docker_sandbox *)sandbox;
	struct log log = {
		.frames = { .on_data = on_text, .userdata = &log },
		.err = OHB_ERROR_INIT,
		.text = OHB_STR_INIT,
		.max = max,
	};
	struct ohb_docker_call call = {
		.method = "GET",
		.max_body = SIZE_MAX,
		.on_body = on_log,
		.userdata = &log,
		.cleanup = true,
	};
	ohb_autostr path = OHB_STR_INIT;
	int ret;

	ohb_docker_path(&path, "/containers/", self->id,
			"/logs?stdout=1&stderr=1&tail=" MAX_LOG_LINES);
	call.path = path.data;
	ret = ohb_docker_do(
			(struct ohb_docker *)sandbox->engine, &call, NULL, err);
	if (ret == 0 && log.err.code != OHB_OK) {
		*err = log.err;
		ret = -1;
	}
	ohb_keep_end(&log.text, max);
	if (ret == 0)
		ohb_str_add(out, log.text.data, log.text.len);
	ohb_str_release(&log.text);
	return ret;
}

int ohb_docker_check_running(
		struct ohb_docker_sandbox *sandbox, struct ohb_error *err)
{
	struct ohb_sandbox_state state = { .running = true };
	struct ohb_error unread = OHB_ERROR_INIT;
	ohb_autostr log = OHB_STR_INIT;

	if (ohb_docker_state(&sandbox->sandbox, &state, err) < 0)
		return -1;
	if (state.running)
		return 0;
	if (ohb_docker_log(&sandbox->sandbox, 1000, &log, &unread) < 0)
		ohb_str_clear(&log);
	if (state.out_of_memory)
		return ohb_fail(err, OHB_E_INFRA,
				"the container ran out of memory: give it more "
				"with 'memory'; its last lines: %s",
				ohb_str_cstr(&log));
	return ohb_fail(err, OHB_E_INFRA,
			"the container ended with status %d; its last lines: "
			"%s",
			state.status, ohb_str_cstr(&log));
}
