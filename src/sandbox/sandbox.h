#ifndef OHB_SANDBOX_SANDBOX_H
#define OHB_SANDBOX_SANDBOX_H

/*
 * A place to run things that are not trusted: a Docker container, or (with
 * no isolation, and saying so) a folder and processes on this machine.
 * Whatever is opened here is removed by close, by the end of the engine, or,
 * after a kill -9, by the sweep at the next start.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cancel.h"
#include "base/str.h"
#include "ohbuild/error.h"

struct ohb_engine;
struct ohb_sandbox;

enum ohb_engine_kind { OHB_ENGINE_DOCKER, OHB_ENGINE_PROCESS };

struct ohb_engine_options {
	enum ohb_engine_kind kind;
	const char *run; /* id of this build: in names and labels */
	struct ohb_cancel *cancel;
	void (*on_warning)(void *userdata, const char *text);
	void *userdata;
};

/*
 * Connects (DOCKER_HOST, else the usual socket), negotiates the version and
 * sweeps containers, networks and volumes that carry our label and whose
 * owner is dead.  OHB_E_INFRA with the cure when the engine does not answer
 * or the socket may not be opened.  For OHB_ENGINE_PROCESS: sweeps folders.
 */
int ohb_engine_open(const struct ohb_engine_options *options,
		struct ohb_engine **ret, struct ohb_error *err) OHB_MUST_CHECK;
/* Removes everything this build made that is still there.  NULL allowed. */
void ohb_engine_close(struct ohb_engine *engine);

struct ohb_engine_about {
	struct ohb_str name; /* where it is; "" for processes */
	struct ohb_str version, api; /* its own, and what is spoken */
	struct ohb_str data; /* the folder that fills */
};

/* The caller releases it, also after a failure. */
int ohb_engine_about(struct ohb_engine *engine, struct ohb_engine_about *ret,
		struct ohb_error *err) OHB_MUST_CHECK;
void ohb_engine_about_release(struct ohb_engine_about *about);

enum ohb_image_pull {
	OHB_IMAGE_PULL_MISSING,
	OHB_IMAGE_PULL_ALWAYS,
	OHB_IMAGE_PULL_NEVER,
};

/* Makes sure that the image is there; ret_id (may be NULL) becomes its
 * "sha256:…", "host" for processes.  Thread-safe; asked once per image. */
int ohb_engine_image(struct ohb_engine *engine, const char *image,
		enum ohb_image_pull pull, struct ohb_str *ret_id,
		struct ohb_error *err) OHB_MUST_CHECK;

/*
 * Appends what the image, which is ensured, lacks of the programs that an
 * agent works with: "git, tmux, tini, python" at most, nothing when all are
 * there.  Runs nothing in it; asked once per image.  OHB_IMAGE_CURE is what
 * helps.
 */
int ohb_engine_lacks(struct ohb_engine *engine, const char *image,
		struct ohb_str *ret, struct ohb_error *err) OHB_MUST_CHECK;
#define OHB_IMAGE_CURE                                                     \
	"git and tmux come with 'RUN apt-get install -y git tmux' in its " \
	"Dockerfile, tini and python with 'COPY --from=ohbuild-openhands " \
	"/opt/openhands /opt/openhands'"

/* The address on this machine that its sandboxes reach: the bridge of the
 * build's internal network (made when first asked for), or 127.0.0.1. */
int ohb_engine_host_address(struct ohb_engine *engine, struct ohb_str *ret,
		struct ohb_error *err) OHB_MUST_CHECK;

enum ohb_sandbox_role {
	OHB_ROLE_AGENT, /* runs the image's own entry point: agent-server */
	OHB_ROLE_COMMAND, /* the agent's place, and waits for execs */
	OHB_ROLE_JUDGE, /* waits for execs; no network, no key */
};

struct ohb_sandbox_spec {
	enum ohb_sandbox_role role;
	const char *image; /* already ensured */
	const char *name; /* unique: of the container or the folder */
	const char *target; /* for the label */
	const char *const *env; /* "NAME=value", NULL-terminated; may be NULL */
	uint64_t memory_bytes; /* 0: no limit */
	double cpus; /* 0: no limit */
	bool open_network; /* agent only: the world, not just the gateway */
	const char *workspace; /* its folder in a container; NULL:
				  OHB_WORKSPACE */
};

/* A judge's is asked for once more when the engine failed by chance; an
 * agent's by who asks for it, as that is told and booked. */
int ohb_sandbox_open(struct ohb_engine *engine,
		const struct ohb_sandbox_spec *spec, struct ohb_sandbox **ret,
		struct ohb_error *err) OHB_MUST_CHECK;
/*
 * A judge's place that was used becomes as if it were new: what runs in it is
 * killed, what was written is gone, and its dir is an empty folder whose last
 * part is `name`.  1 when that is so; 0 when it cannot be brought about or
 * not be proven (it has ended, the image has a volume of its own, something
 * is left that cannot be removed): close it and open another.  Far cheaper
 * than that.  Without isolation it holds for what lies in its folder.
 */
int ohb_sandbox_renew(struct ohb_sandbox *sandbox, const char *name,
		struct ohb_error *err) OHB_MUST_CHECK;
/*
 * Beside the folder of a place that was renewed another one, empty, whose last
 * part is `name`: what runs there has the same /tmp, home, network and
 * processes about it, and may run at the same time, in another thread.  To be
 * closed before the place is renewed or closed; that leaves all as it is.  1
 * when it is there; 0 when the place was not renewed.
 */
int ohb_sandbox_beside(struct ohb_sandbox *sandbox, const char *name,
		struct ohb_sandbox **ret, struct ohb_error *err) OHB_MUST_CHECK;
/* Removes it with its volumes.  NULL allowed. */
void ohb_sandbox_close(struct ohb_sandbox *sandbox);

/* In a container; each folder of a process has its own. */
#define OHB_WORKSPACE "/workspace"
#define OHB_PROJECT_DIR OHB_WORKSPACE "/project"

/* "project" in the workspace, or the folder's path: where put and exec
 * begin.  After a renewal another one beneath it.  A place of an agent has a folder "conversations" beside it. */
const char *ohb_sandbox_dir(const struct ohb_sandbox *sandbox);
/* Agent: "http://address:port" of its server. */
const char *ohb_sandbox_url(const struct ohb_sandbox *sandbox);
/* uid and gid that files put into it should have. */
void ohb_sandbox_owner(const struct ohb_sandbox *sandbox, unsigned *uid,
		unsigned *gid);

/* Unpacks a tar into the sandbox's dir. */
int ohb_sandbox_put(struct ohb_sandbox *sandbox, const void *tar, size_t len,
		struct ohb_error *err) OHB_MUST_CHECK;
/*
 * Appends a tar of `path` (relative to the dir) to out.  Entries begin with
 * the last part of the path: "test_a.c" for "tests/test_a.c", "project/…" (the
 * last part of the dir) for ".", which is all of it.  OHB_E_MISSING when there is no such path,
 * OHB_E_LIMIT when the tar is larger than max bytes.
 */
int ohb_sandbox_get(struct ohb_sandbox *sandbox, const char *path, size_t max,
		struct ohb_str *tar, struct ohb_error *err) OHB_MUST_CHECK;

struct ohb_exec_spec {
	const char *const *argv;
	const char *const *env; /* added; NULL: none */
	int64_t timeout_ms; /* the whole sandbox ends when it passes */
	void (*on_output)(void *userdata, int stream, const char *data,
			size_t len); /* as it comes; NULL: no */
	/* About twice a second while it runs; may exec in the same sandbox,
	 * which is how to end a command and nothing else.  false: its time has
	 * passed.  NULL: no. */
	bool (*on_tick)(void *userdata);
	void *userdata;
};

struct ohb_exec_result {
	int status;
	bool timed_out;
	struct ohb_str out, err; /* head and tail of at most
				    OHB_MAX_EXEC_OUTPUT */
	int64_t duration_ms;
};

int ohb_sandbox_exec(struct ohb_sandbox *sandbox,
		const struct ohb_exec_spec *spec, struct ohb_exec_result *ret,
		struct ohb_error *err) OHB_MUST_CHECK;
void ohb_exec_result_release(struct ohb_exec_result *result);

struct ohb_sandbox_state {
	bool running;
	bool out_of_memory; /* killed by its memory limit */
	int status; /* exit status when not running; -1: unknown */
};

int ohb_sandbox_state(struct ohb_sandbox *sandbox,
		struct ohb_sandbox_state *ret,
		struct ohb_error *err) OHB_MUST_CHECK;
/* The last max bytes that the entry point printed. */
int ohb_sandbox_log(struct ohb_sandbox *sandbox, size_t max,
		struct ohb_str *out, struct ohb_error *err) OHB_MUST_CHECK;

#endif
