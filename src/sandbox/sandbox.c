#include "sandbox/sandbox.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "io/wait.h"
#include "sandbox/engine.h"

#define AGAIN_MS 1000

/* Codes of the layers below say how a call went wrong; to a caller they all
 * mean that the place to run things does not work. */
static int infra(struct ohb_error *err)
{
	switch (err->code) {
	case OHB_E_CONFIG:
	case OHB_E_LIMIT:
	case OHB_E_CANCELLED:
		break;
	case OHB_OK:
	case OHB_E_IO:
	case OHB_E_USAGE:
	case OHB_E_SYNTAX:
	case OHB_E_MISSING:
	case OHB_E_EXISTS:
	case OHB_E_CHANGED:
	case OHB_E_BUSY:
	case OHB_E_STATE:
	case OHB_E_INFRA:
	case OHB_E_CONNECT:
	case OHB_E_TIMEOUT:
	case OHB_E_PROTOCOL:
		err->code = OHB_E_INFRA;
		break;
	}
	return -1;
}

void ohb_engine_init(struct ohb_engine *engine,
		const struct ohb_engine_options *options)
{
	engine->options = *options;
	engine->options.run = ohb_strdup(options->run);
	ohb_owner_self(engine->owner);
}

void ohb_engine_release(struct ohb_engine *engine)
{
	ohb_freep(&engine->options.run);
}

void ohb_sandbox_release(struct ohb_sandbox *sandbox)
{
	free(sandbox->name);
	free(sandbox->dir);
	free(sandbox->url);
}

void ohb_engine_warn(struct ohb_engine *engine, const char *fmt, ...)
{
	ohb_autostr text = OHB_STR_INIT;
	va_list ap;

	if (!engine->options.on_warning)
		return;
	va_start(ap, fmt);
	ohb_str_addv(&text, fmt, ap);
	va_end(ap);
	engine->options.on_warning(
			engine->options.userdata, ohb_str_cstr(&text));
}

void ohb_keep_end(struct ohb_str *text, size_t max)
{
	if (text->len <= max)
		return;
	memmove(text->data, text->data + text->len - max, max);
	ohb_str_cut(text, max);
}

int ohb_engine_open(const struct ohb_engine_options *options,
		struct ohb_engine **ret, struct ohb_error *err)
{
	static int (*const open[])(const struct ohb_engine_options *options,
			struct ohb_engine **ret, struct ohb_error *err) = {
		[OHB_ENGINE_DOCKER] = ohb_docker_open,
		[OHB_ENGINE_PROCESS] = ohb_process_engine_open,
	};

	return open[options->kind](options, ret, err) < 0 ? infra(err) : 0;
}

void ohb_engine_close(struct ohb_engine *engine)
{
	if (engine)
		engine->ops->close(engine);
}

int ohb_engine_image(struct ohb_engine *engine, const char *image,
		enum ohb_image_pull pull, struct ohb_str *ret_id,
		struct ohb_error *err)
{
	return engine->ops->image(engine, image, pull, ret_id, err) < 0 ?
			infra(err) :
			0;
}

int ohb_engine_lacks(struct ohb_engine *engine, const char *image,
		struct ohb_str *ret, struct ohb_error *err)
{
	if (!engine->ops->lacks)
		return 0;
	return engine->ops->lacks(engine, image, ret, err) < 0 ? infra(err) : 0;
}

int ohb_engine_about(struct ohb_engine *engine, struct ohb_engine_about *ret,
		struct ohb_error *err)
{
	if (!engine->ops->about)
		return 0;
	return engine->ops->about(engine, ret, err) < 0 ? infra(err) : 0;
}

void ohb_engine_about_release(struct ohb_engine_about *about)
{
	ohb_str_release(&about->name);
	ohb_str_release(&about->version);
	ohb_str_release(&about->api);
	ohb_str_release(&about->data);
}

int ohb_engine_host_address(struct ohb_engine *engine, struct ohb_str *ret,
		struct ohb_error *err)
{
	return engine->ops->host_address(engine, ret, err) < 0 ? infra(err) : 0;
}

/* A failure that may have been chance. */
static bool may_pass(const struct ohb_error *err)
{
	return err->code == OHB_E_INFRA || err->code == OHB_E_CONNECT ||
			err->code == OHB_E_TIMEOUT ||
			err->code == OHB_E_PROTOCOL;
}

int ohb_sandbox_open(struct ohb_engine *engine,
		const struct ohb_sandbox_spec *spec, struct ohb_sandbox **ret,
		struct ohb_error *err)
{
	if (engine->ops->open(engine, spec, ret, err) == 0)
		return 0;
	/* What is to be judged was paid for. */
	if (spec->role == OHB_ROLE_JUDGE && may_pass(err) &&
			ohb_wait_ms(engine->options.cancel, AGAIN_MS, err) ==
					0 &&
			engine->ops->open(engine, spec, ret, err) == 0)
		return 0;
	return infra(err);
}

void ohb_sandbox_close(struct ohb_sandbox *sandbox)
{
	if (sandbox)
		sandbox->engine->sandbox_ops->close(sandbox);
}

int ohb_sandbox_renew(struct ohb_sandbox *sandbox, const char *name,
		struct ohb_error *err)
{
	int done = sandbox->engine->sandbox_ops->renew(sandbox, name, err);

	if (done >= 0)
		return done;
	(void)ohb_fail_context(err, "renew '%s'", sandbox->name);
	return infra(err);
}

int ohb_sandbox_beside(struct ohb_sandbox *sandbox, const char *name,
		struct ohb_sandbox **ret, struct ohb_error *err)
{
	int done = sandbox->engine->sandbox_ops->beside(
			sandbox, name, ret, err);

	if (done >= 0)
		return done;
	(void)ohb_fail_context(err, "make a folder in '%s'", sandbox->name);
	return infra(err);
}

const char *ohb_sandbox_dir(const struct ohb_sandbox *sandbox)
{
	return sandbox->dir;
}

const char *ohb_sandbox_url(const struct ohb_sandbox *sandbox)
{
	return sandbox->url;
}

void ohb_sandbox_owner(
		const struct ohb_sandbox *sandbox, unsigned *uid, unsigned *gid)
{
	*uid = sandbox->uid;
	*gid = sandbox->gid;
}

int ohb_sandbox_put(struct ohb_sandbox *sandbox, const void *tar, size_t len,
		struct ohb_error *err)
{
	if (sandbox->engine->sandbox_ops->put(sandbox, tar, len, err) == 0)
		return 0;
	(void)ohb_fail_context(err, "put files into '%s'", sandbox->name);
	return infra(err);
}

int ohb_sandbox_get(struct ohb_sandbox *sandbox, const char *path, size_t max,
		struct ohb_str *tar, struct ohb_error *err)
{
	if (sandbox->engine->sandbox_ops->get(sandbox, path, max, tar, err) ==
			0)
		return 0;
	(void)ohb_fail_context(
			err, "get '%s' out of '%s'", path, sandbox->name);
	return err->code == OHB_E_MISSING ? -1 : infra(err);
}

int ohb_sandbox_exec(struct ohb_sandbox *sandbox,
		const struct ohb_exec_spec *spec, struct ohb_exec_result *ret,
		struct ohb_error *err)
{
	if (sandbox->engine->sandbox_ops->exec(sandbox, spec, ret, err) == 0)
		return 0;
	(void)ohb_fail_context(
			err, "run '%s' in '%s'", spec->argv[0], sandbox->name);
	return infra(err);
}

void ohb_exec_result_release(struct ohb_exec_result *result)
{
	ohb_str_release(&result->out);
	ohb_str_release(&result->err);
}

int ohb_sandbox_state(struct ohb_sandbox *sandbox,
		struct ohb_sandbox_state *ret, struct ohb_error *err)
{
	return sandbox->engine->sandbox_ops->state(sandbox, ret, err) < 0 ?
			infra(err) :
			0;
}

int ohb_sandbox_log(struct ohb_sandbox *sandbox, size_t max,
		struct ohb_str *out, struct ohb_error *err)
{
	return sandbox->engine->sandbox_ops->log(sandbox, max, out, err) < 0 ?
			infra(err) :
			0;
}
