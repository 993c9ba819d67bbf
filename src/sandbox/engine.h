#ifndef OHB_SANDBOX_ENGINE_H
#define OHB_SANDBOX_ENGINE_H

/*
 * Private to this floor: what the two kinds of engine share, and the seam
 * between them.  Functions behind the seam may fail with any code; the public
 * ones in sandbox.c turn those that mean nothing to a caller into
 * OHB_E_INFRA.
 */

#include "io/process.h"
#include "sandbox/sandbox.h"

struct ohb_engine_ops {
	int (*about)(struct ohb_engine *engine, struct ohb_engine_about *ret,
			struct ohb_error *err); /* NULL: nothing to tell */
	int (*image)(struct ohb_engine *engine, const char *image,
			enum ohb_image_pull pull, struct ohb_str *ret_id,
			struct ohb_error *err);
	/* NULL: nothing is lacking. */
	int (*lacks)(struct ohb_engine *engine, const char *image,
			struct ohb_str *ret, struct ohb_error *err);
	int (*host_address)(struct ohb_engine *engine, struct ohb_str *ret,
			struct ohb_error *err);
	int (*open)(struct ohb_engine *engine,
			const struct ohb_sandbox_spec *spec,
			struct ohb_sandbox **ret, struct ohb_error *err);
	void (*close)(struct ohb_engine *engine); /* frees it */
};

struct ohb_sandbox_ops {
	void (*close)(struct ohb_sandbox *sandbox); /* frees it */
	int (*put)(struct ohb_sandbox *sandbox, const void *tar, size_t len,
			struct ohb_error *err);
	int (*get)(struct ohb_sandbox *sandbox, const char *path, size_t max,
			struct ohb_str *tar, struct ohb_error *err);
	int (*exec)(struct ohb_sandbox *sandbox,
			const struct ohb_exec_spec *spec,
			struct ohb_exec_result *ret, struct ohb_error *err);
	int (*state)(struct ohb_sandbox *sandbox, struct ohb_sandbox_state *ret,
			struct ohb_error *err);
	int (*log)(struct ohb_sandbox *sandbox, size_t max, struct ohb_str *out,
			struct ohb_error *err);
	int (*renew)(struct ohb_sandbox *sandbox, const char *name,
			struct ohb_error *err);
	int (*beside)(struct ohb_sandbox *sandbox, const char *name,
			struct ohb_sandbox **ret, struct ohb_error *err);
};

/* The first member of either kind's own struct. */
struct ohb_engine {
	const struct ohb_engine_ops *ops;
	const struct ohb_sandbox_ops *sandbox_ops;
	struct ohb_engine_options options; /* run is our own copy */
	char owner[OHB_OWNER_TEXT];
};

struct ohb_sandbox {
	struct ohb_engine *engine;
	char *name, *dir;
	char *url; /* NULL for a judge */
	unsigned uid, gid;
};

int ohb_docker_open(const struct ohb_engine_options *options,
		struct ohb_engine **ret, struct ohb_error *err) OHB_MUST_CHECK;
int ohb_process_engine_open(const struct ohb_engine_options *options,
		struct ohb_engine **ret, struct ohb_error *err) OHB_MUST_CHECK;

void ohb_engine_init(struct ohb_engine *engine,
		const struct ohb_engine_options *options);
void ohb_engine_release(struct ohb_engine *engine);
void ohb_sandbox_release(struct ohb_sandbox *sandbox);
void ohb_engine_warn(struct ohb_engine *engine, const char *fmt, ...)
		OHB_PRINTF(2, 3);

/* Cuts text to its last max bytes. */
void ohb_keep_end(struct ohb_str *text, size_t max);

#endif
