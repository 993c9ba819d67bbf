/* The Docker Engine: the connection, and what every request needs. */
#include "sandbox/docker.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "io/fs.h"

/* A removal that the user waits for by pressing Ctrl-C again. */
#define HURRY_MS 1000
#define CLEANUP_MS 30000

static const char *name_of(const struct ohb_docker *docker)
{
	return docker->place.socket ? docker->place.socket : docker->place.url;
}

/* The request did not get through: why, and what helps. */
static int explain(const struct ohb_docker *docker, struct ohb_error *err)
{
	const char *name = name_of(docker);

	if (err->code == OHB_E_IO && strstr(err->msg, "Permission denied"))
		return ohb_fail(err, OHB_E_INFRA,
				"no permission to use the Docker Engine at "
				"'%s': 'sudo adduser \"$USER\" docker' and log "
				"in again, or run a rootless engine",
				name);
	if (err->code == OHB_E_CONNECT)
		return ohb_fail(err, OHB_E_CONNECT,
				"no Docker Engine answers at '%s': start it "
				"('sudo systemctl start docker', or 'sudo "
				"dockerd'), or name another in DOCKER_HOST",
				name);
	return ohb_fail_context(err, "Docker Engine at '%s'", name);
}

/* The engine refused: its own words, and what helps where we know it. */
static int refuse(
		const struct ohb_http_response *response, struct ohb_error *err)
{
	static const struct {
		const char *words, *cure;
	} cures[] = {
		{ "no space left on device",
				"free space where the engine keeps its data "
				"('docker system df' shows what takes it)" },
		{ "IPv4 address pool",
				"remove networks nobody uses: 'docker network "
				"prune'" },
		{ "predefined address pools",
				"remove networks nobody uses: 'docker network "
				"prune'" },
		{ "invalid symlink",
				"a link that leads out of the project cannot "
				"be put into a container: leave it out of "
				"'workspace'" },
		{ "exec format error",
				"the image is for another kind of processor" },
	};
	struct ohb_error unread = OHB_ERROR_INIT;
	ohb_autojson *json = ohb_json_parse(
			response->body.data, response->body.len, &unread);
	const char *words = json ? ohb_json_text(json, "message") : NULL;
	enum ohb_code code = response->status == 404 ? OHB_E_MISSING :
			response->status == 409	     ? OHB_E_EXISTS :
						       OHB_E_INFRA;
	size_t i;

	if (!words)
		return ohb_fail(err, code, "the engine answered %d",
				response->status);
	(void)ohb_fail(err, code, "the engine says: %.1500s", words);
	for (i = 0; i < OHB_ARRAY_LEN(cures); i++)
		if (strstr(words, cures[i].words))
			return ohb_fail(err, code,
					"the engine says: %.1500s; %s", words,
					cures[i].cure);
	return -1;
}

static int64_t timeout_of(const struct ohb_docker *docker,
		const struct ohb_docker_call *call)
{
	if (call->cleanup)
		return ohb_cancel_level(docker->engine.options.cancel) > 1 ?
				HURRY_MS :
				CLEANUP_MS;
	if (call->timeout_ms)
		return call->timeout_ms < 0 ? 0 : call->timeout_ms;
	return OHB_DOCKER_TIMEOUT_MS;
}

int ohb_docker_do(struct ohb_docker *docker, const struct ohb_docker_call *call,
		struct ohb_str *ret_body, struct ohb_error *err)
{
	static const char *const json_type[] = {
		"Content-Type: application/json", NULL
	};
	static const char *const tar_type[] = {
		"Content-Type: application/x-tar", NULL
	};
	ohb_autohttp response = OHB_HTTP_RESPONSE_INIT;
	ohb_autostr url = OHB_STR_INIT, json = OHB_STR_INIT;
	struct ohb_http_request request = {
		.method = call->method,
		.unix_socket = docker->place.socket,
		.ca_file = docker->place.ca_file,
		.cert_file = docker->place.cert_file,
		.key_file = docker->place.key_file,
		.body = call->data,
		.body_len = call->len,
		.timeout_ms = timeout_of(docker, call),
		.idle_timeout_ms = call->idle_timeout_ms,
		.max_body = call->max_body,
		.stubborn = call->makes,
		.on_body = call->on_body,
		.on_tick = call->on_tick,
		.userdata = call->userdata,
	};

	ohb_str_adds(&url, docker->place.url);
	if (docker->api)
		ohb_str_addf(&url, "/v1.%u", docker->api);
	ohb_str_adds(&url, call->path);
	request.url = url.data;
	if (call->json) {
		ohb_json_add(&json, call->json);
		request.body = json.data;
		request.body_len = json.len;
		request.headers = json_type;
	} else if (call->data) {
		request.headers = tar_type;
	}
	if (ohb_http_do(&request,
			    call->cleanup ? NULL :
					    docker->engine.options.cancel,
			    &response, err) < 0)
		return explain(docker, err);
	if (response.status >= 400)
		return refuse(&response, err);
	if (ret_body)
		ohb_str_add(ret_body, response.body.data, response.body.len);
	return 0;
}

static int ask(struct ohb_docker *docker, const struct ohb_docker_call *call,
		json_t **ret, struct ohb_error *err)
{
	ohb_autostr body = OHB_STR_INIT;

	if (ohb_docker_do(docker, call, &body, err) < 0)
		return -1;
	if (!ret)
		return 0;
	*ret = ohb_json_parse(body.data, body.len, err);
	if (!*ret)
		return ohb_fail_context(
				err, "the engine's answer to %s", call->path);
	return 0;
}

int ohb_docker_ask(struct ohb_docker *docker, const char *method,
		const char *path, const json_t *json, json_t **ret,
		struct ohb_error *err)
{
	const struct ohb_docker_call call = {
		.method = method, .path = path, .json = json
	};

	return ask(docker, &call, ret, err);
}

int ohb_docker_make(struct ohb_docker *docker, const char *path,
		const json_t *json, json_t **ret, struct ohb_error *err)
{
	const struct ohb_docker_call call = {
		.method = "POST", .path = path, .json = json, .makes = true
	};

	return ask(docker, &call, ret, err);
}

int ohb_docker_delete(struct ohb_docker *docker, const char *path,
		struct ohb_error *err)
{
	const struct ohb_docker_call call = {
		.method = "DELETE", .path = path, .cleanup = true
	};

	if (ohb_docker_do(docker, &call, NULL, err) == 0 ||
			err->code == OHB_E_MISSING ||
			strstr(err->msg, "already in progress"))
		return 0;
	return -1;
}

void ohb_docker_path(struct ohb_str *out, const char *before, const char *name,
		const char *after)
{
	ohb_str_adds(out, before);
	ohb_http_escape(out, name, strlen(name));
	ohb_str_adds(out, after);
}

json_t *ohb_docker_labels(const struct ohb_docker *docker, const char *target)
{
	const char *run = docker->engine.options.run;
	json_t *labels = json_pack("{s:o, s:s}", OHB_LABEL_RUN,
			ohb_json_bytes(run, strlen(run)), OHB_LABEL_OWNER,
			docker->engine.owner);

	if (target)
		(void)json_object_set_new(labels, OHB_LABEL_TARGET,
				ohb_json_bytes(target, strlen(target)));
	return labels;
}

/* The usual socket; the one of a rootless engine where only that exists. */
static void usual_socket(struct ohb_str *path)
{
	static const char usual[] = "/var/run/docker.sock";
	const char *runtime = getenv("XDG_RUNTIME_DIR");
	struct ohb_fs_info info = { .kind = OHB_FS_ABSENT };
	struct ohb_error err = OHB_ERROR_INIT;

	if (ohb_fs_stat(AT_FDCWD, usual, &info, &err) == 0 &&
			info.kind == OHB_FS_ABSENT && runtime) {
		ohb_str_addf(path, "%s/docker.sock", runtime);
		if (ohb_fs_stat(AT_FDCWD, path->data, &info, &err) == 0 &&
				info.kind != OHB_FS_ABSENT)
			return;
		ohb_str_clear(path);
	}
	ohb_str_adds(path, usual);
}

static int find_engine(struct ohb_docker *docker, struct ohb_error *err)
{
	ohb_autostr socket = OHB_STR_INIT;
	struct ohb_docker_env env = {
		.host = getenv("DOCKER_HOST"),
		.tls_verify = getenv("DOCKER_TLS_VERIFY"),
		.cert_path = getenv("DOCKER_CERT_PATH"),
		.home = getenv("HOME"),
	};

	usual_socket(&socket);
	env.socket = socket.data;
	return ohb_docker_place(&env, &docker->place, err);
}

static int negotiate(struct ohb_docker *docker, struct ohb_error *err)
{
	ohb_autojson *version = NULL;
	ohb_autojson *info = NULL;
	const char *os, *init;
	int api;

	if (ohb_docker_ask(docker, "GET", "/version", NULL, &version, err) < 0)
		return -1;
	api = ohb_docker_api(ohb_json_text(version, "MinAPIVersion"),
			ohb_json_text(version, "ApiVersion"), err);
	if (api < 0)
		return ohb_fail_context(
				err, "Docker Engine at '%s'", name_of(docker));
	docker->api = (unsigned)api;
	os = ohb_json_text(version, "Os");
	if (!os || strcmp(os, "linux") != 0)
		return ohb_fail(err, OHB_E_INFRA,
				"the Docker Engine at '%s' runs %s containers: "
				"switch it to Linux containers",
				name_of(docker), os ? os : "unknown");
	if (ohb_docker_ask(docker, "GET", "/info", NULL, &info, err) < 0)
		return -1;
	/* "N/A" is how the engine says that it did not find the program. */
	init = ohb_json_text(info, "InitCommit.ID");
	docker->has_init = init && strcmp(init, "N/A") != 0;
	return 0;
}

static int about(struct ohb_engine *engine, struct ohb_engine_about *ret,
		struct ohb_error *err)
{
	struct ohb_docker *docker = (struct ohb_docker *)engine;
	ohb_autojson *info = NULL;
	const char *version, *data;

	if (ohb_docker_ask(docker, "GET", "/info", NULL, &info, err) < 0)
		return -1;
	version = ohb_json_text(info, "ServerVersion");
	data = ohb_json_text(info, "DockerRootDir");
	ohb_str_adds(&ret->name, name_of(docker));
	ohb_str_adds(&ret->version, version ? version : "unknown");
	ohb_str_addf(&ret->api, "1.%u", docker->api);
	ohb_str_adds(&ret->data, data ? data : "");
	return 0;
}

static void release(struct ohb_docker *docker)
{
	ohb_docker_images_release(docker);
	ohb_docker_networks_release(docker);
	ohb_docker_place_release(&docker->place);
	(void)pthread_mutex_destroy(&docker->mutex);
	ohb_engine_release(&docker->engine);
	free(docker);
}

static void docker_close(struct ohb_engine *engine)
{
	struct ohb_docker *docker = (struct ohb_docker *)engine;
	struct ohb_error err = OHB_ERROR_INIT;

	if (ohb_docker_sweep(docker, OHB_DOCKER_OURS, &err) < 0)
		ohb_engine_warn(engine,
				"what this build made may be left in the "
				"engine until the next start: %s",
				err.msg);
	release(docker);
}

int ohb_docker_open(const struct ohb_engine_options *options,
		struct ohb_engine **ret, struct ohb_error *err)
{
	static const struct ohb_engine_ops ops = {
		.about = about,
		.image = ohb_docker_image,
		.lacks = ohb_docker_lacks,
		.host_address = ohb_docker_host_address,
		.open = ohb_docker_sandbox_open,
		.close = docker_close,
	};
	static const struct ohb_sandbox_ops sandbox_ops = {
		.close = ohb_docker_sandbox_close,
		.put = ohb_docker_put,
		.get = ohb_docker_get,
		.exec = ohb_docker_exec,
		.state = ohb_docker_state,
		.log = ohb_docker_log,
		.renew = ohb_docker_renew,
		.beside = ohb_docker_beside,
	};
	struct ohb_docker *docker = ohb_alloc(sizeof(*docker));

	ohb_engine_init(&docker->engine, options);
	docker->engine.ops = &ops;
	docker->engine.sandbox_ops = &sandbox_ops;
	(void)pthread_mutex_init(&docker->mutex, NULL);
	atomic_flag_clear(&docker->warned);
	if (find_engine(docker, err) < 0 || negotiate(docker, err) < 0 ||
			ohb_docker_sweep(docker, OHB_DOCKER_DEAD, err) < 0) {
		release(docker);
		return -1;
	}
	*ret = &docker->engine;
	return 0;
}
