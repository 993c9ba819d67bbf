#ifndef OHB_SANDBOX_DOCKER_H
#define OHB_SANDBOX_DOCKER_H

/*
 * Private to this floor: the Docker Engine.  One object a build, used by all
 * its threads: what may change after it was opened is guarded by `mutex`,
 * which is held while an image is pulled or a network made, so that both
 * happen once.
 */

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "io/http.h"
#include "sandbox/engine.h"
#include "sandbox/user.h"
#include "text/json.h"

/* What we know of the API, as minor versions of 1.x. */
#define OHB_DOCKER_API_MIN 40 /* Docker 19.03 */
#define OHB_DOCKER_API_MAX 51 /* Docker 28.5 */

#define OHB_LABEL_RUN "ohbuild.run"
#define OHB_LABEL_TARGET "ohbuild.target"
#define OHB_LABEL_OWNER "ohbuild.owner"

/* Where an engine is.  Strings are the object's own; NULL: not used. */
struct ohb_docker_place {
	char *socket; /* a path; NULL: TCP */
	char *url; /* "http://localhost", "https://host:2376" */
	char *ca_file, *cert_file, *key_file;
};

/* From the values of DOCKER_HOST, DOCKER_TLS_VERIFY, DOCKER_CERT_PATH and
 * HOME; NULL when not set.  A NULL or empty host gives `socket`. */
struct ohb_docker_env {
	const char *host, *tls_verify, *cert_path, *home;
	const char *socket;
};
int ohb_docker_place(const struct ohb_docker_env *env,
		struct ohb_docker_place *ret,
		struct ohb_error *err) OHB_MUST_CHECK;
void ohb_docker_place_release(struct ohb_docker_place *place);

/* The version to speak to an engine that offers min to max ("1.41"; min
 * may be NULL): a minor number, -1 when there is none. */
int ohb_docker_api(const char *min, const char *max,
		struct ohb_error *err) OHB_MUST_CHECK;

struct ohb_docker_image {
	char *name, *id;
	json_t *config; /* "Config" of the engine's answer */
	bool has_user; /* what follows is known: a container was asked */
	struct ohb_user user; /* whom its processes run as */
	struct ohb_str lacks; /* "git, tmux"; empty: nothing */
};

struct ohb_docker_network {
	char *id; /* NULL: not made yet */
	char *name;
	char *gateway; /* numeric address of the bridge */
};

struct ohb_docker {
	struct ohb_engine engine;
	struct ohb_docker_place place;
	unsigned api; /* minor version spoken */
	bool has_init;
	pthread_mutex_t mutex;
	struct ohb_docker_image **images;
	size_t nimages, cap;
	atomic_flag warned; /* of what the agent's image lacks */
	struct ohb_docker_network inside, world;
};

struct ohb_docker_sandbox {
	struct ohb_sandbox sandbox;
	char *id; /* of the container */
	char *project; /* where it began: the dir, or what is above it */
	/* Beside whose folder its own is; NULL: the container is its own. */
	struct ohb_docker_sandbox *place;
	char *left; /* what the first renewal could not wipe; NULL: none yet */
	bool used; /* something was run in it */
	bool out_of_memory; /* some process of it was killed for that */
};

/* One request of the API.  Not set: none, a minute or two, no bound but
 * those of io/http.h. */
struct ohb_docker_call {
	const char *method;
	const char *path; /* from the slash behind the version */
	const json_t *json;
	const void *data; /* a tar; instead of json */
	size_t len;
	int64_t timeout_ms; /* 0: OHB_DOCKER_TIMEOUT_MS; -1: none */
	int64_t idle_timeout_ms;
	size_t max_body;
	int (*on_body)(void *userdata, const char *data, size_t len);
	bool (*on_tick)(void *userdata); /* false: no longer; NULL: no */
	void *userdata;
	bool cleanup; /* goes on although the build is cancelled */
	/* It makes a thing, which the engine would go on with after we looked
	 * for what to remove: only a second Ctrl-C cuts it short. */
	bool makes;
};

#define OHB_DOCKER_TIMEOUT_MS 120000

/* A status of 400 or more fails with the engine's words: OHB_E_MISSING for
 * 404, OHB_E_EXISTS for 409, else OHB_E_INFRA. */
int ohb_docker_do(struct ohb_docker *docker, const struct ohb_docker_call *call,
		struct ohb_str *ret_body, struct ohb_error *err) OHB_MUST_CHECK;
/* The same with JSON both ways; json may be NULL, ret (may be NULL) becomes a
 * new reference. */
int ohb_docker_ask(struct ohb_docker *docker, const char *method,
		const char *path, const json_t *json, json_t **ret,
		struct ohb_error *err) OHB_MUST_CHECK;
/* The same for a POST that makes a thing. */
int ohb_docker_make(struct ohb_docker *docker, const char *path,
		const json_t *json, json_t **ret,
		struct ohb_error *err) OHB_MUST_CHECK;
/* Removes what is at path, whatever the state of the build.  What is gone
 * already, or being removed by another, is success. */
int ohb_docker_delete(struct ohb_docker *docker, const char *path,
		struct ohb_error *err) OHB_MUST_CHECK;
/* "/a/<name>/b": a path with one foreign part. */
void ohb_docker_path(struct ohb_str *out, const char *before, const char *name,
		const char *after);

/* The labels of all we make; target may be NULL.  New reference. */
json_t *ohb_docker_labels(const struct ohb_docker *docker, const char *target);

enum ohb_docker_whose {
	OHB_DOCKER_DEAD, /* of owners that are no more */
	OHB_DOCKER_OURS, /* of this build */
};
/* Removes containers, networks and volumes.  What cannot be removed is
 * warned about. */
int ohb_docker_sweep(struct ohb_docker *docker, enum ohb_docker_whose whose,
		struct ohb_error *err) OHB_MUST_CHECK;

int ohb_docker_image(struct ohb_engine *engine, const char *image,
		enum ohb_image_pull pull, struct ohb_str *ret_id,
		struct ohb_error *err) OHB_MUST_CHECK;
/* The image with its user; it lives as long as the engine. */
int ohb_docker_image_get(struct ohb_docker *docker, const char *name,
		const struct ohb_docker_image **ret,
		struct ohb_error *err) OHB_MUST_CHECK;
void ohb_docker_images_release(struct ohb_docker *docker);
/* Fills image->lacks by what is in the container `id` of it. */
int ohb_docker_programs(struct ohb_docker *docker, const char *id,
		struct ohb_docker_image *image,
		struct ohb_error *err) OHB_MUST_CHECK;
int ohb_docker_lacks(struct ohb_engine *engine, const char *image,
		struct ohb_str *ret, struct ohb_error *err) OHB_MUST_CHECK;

int ohb_docker_host_address(struct ohb_engine *engine, struct ohb_str *ret,
		struct ohb_error *err) OHB_MUST_CHECK;
/* Makes it when it is first asked for; either lives as long as the engine. */
int ohb_docker_inside(struct ohb_docker *docker,
		const struct ohb_docker_network **ret,
		struct ohb_error *err) OHB_MUST_CHECK;
int ohb_docker_world(struct ohb_docker *docker,
		const struct ohb_docker_network **ret,
		struct ohb_error *err) OHB_MUST_CHECK;
void ohb_docker_networks_release(struct ohb_docker *docker);

int ohb_docker_sandbox_open(struct ohb_engine *engine,
		const struct ohb_sandbox_spec *spec, struct ohb_sandbox **ret,
		struct ohb_error *err) OHB_MUST_CHECK;
void ohb_docker_sandbox_close(struct ohb_sandbox *sandbox);
int ohb_docker_state(struct ohb_sandbox *sandbox, struct ohb_sandbox_state *ret,
		struct ohb_error *err) OHB_MUST_CHECK;
int ohb_docker_log(struct ohb_sandbox *sandbox, size_t max, struct ohb_str *out,
		struct ohb_error *err) OHB_MUST_CHECK;
int ohb_docker_exec(struct ohb_sandbox *sandbox,
		const struct ohb_exec_spec *spec, struct ohb_exec_result *ret,
		struct ohb_error *err) OHB_MUST_CHECK;
int ohb_docker_renew(struct ohb_sandbox *sandbox, const char *name,
		struct ohb_error *err) OHB_MUST_CHECK;
int ohb_docker_beside(struct ohb_sandbox *sandbox, const char *name,
		struct ohb_sandbox **ret, struct ohb_error *err) OHB_MUST_CHECK;
int ohb_docker_put(struct ohb_sandbox *sandbox, const void *tar, size_t len,
		struct ohb_error *err) OHB_MUST_CHECK;
int ohb_docker_get(struct ohb_sandbox *sandbox, const char *path, size_t max,
		struct ohb_str *tar, struct ohb_error *err) OHB_MUST_CHECK;

/* An archive in or out of any absolute path of a container. */
int ohb_docker_archive_put(struct ohb_docker *docker, const char *id,
		const char *path, const void *tar, size_t len,
		struct ohb_error *err) OHB_MUST_CHECK;
int ohb_docker_archive_get(struct ohb_docker *docker, const char *id,
		const char *path, size_t max, struct ohb_str *tar,
		struct ohb_error *err) OHB_MUST_CHECK;

/* Fails with how the container ended and its last lines, when it did end;
 * 0 while it runs. */
int ohb_docker_check_running(struct ohb_docker_sandbox *sandbox,
		struct ohb_error *err) OHB_MUST_CHECK;

#endif
