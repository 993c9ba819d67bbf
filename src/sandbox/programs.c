/* What an image lacks of the programs that an agent works with, found through
 * a container that is never started. */
#include <string.h>

#include "base/memory.h"
#include "sandbox/docker.h"

#define OWN "/opt/openhands/bin/" /* of images made as docs/images.md says */
#define USUAL_PATH \
	"/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

/* Any of the names will do; all of them where the engine has an init. */
struct program {
	const char *names[4];
	bool is_init;
};

static const struct program programs[] = {
	{ .names = { "git" } },
	{ .names = { "tmux" } },
	{ .names = { OWN "tini", "tini", "tini-static", "dumb-init" },
			.is_init = true },
	{ .names = { OWN "python", "python3", "python" } },
};

static const char *path_of(const struct ohb_docker_image *image)
{
	json_t *env = ohb_json_at(image->config, "Env");
	json_t *one;
	size_t i;

	json_array_foreach(env, i, one)
	{
		const char *text = json_string_value(one);

		if (text && ohb_starts(text, "PATH=/"))
			return text + strlen("PATH=");
	}
	return USUAL_PATH;
}

/* 1 when there is such a file, 0 when not. */
static int is_there(struct ohb_docker *docker, const char *id, const char *path,
		struct ohb_error *err)
{
	ohb_autostr url = OHB_STR_INIT;
	struct ohb_docker_call call = { .method = "HEAD" };

	ohb_docker_path(&url, "/containers/", id, "/archive");
	ohb_docker_path(&url, "?path=", path, "");
	call.path = url.data;
	if (ohb_docker_do(docker, &call, NULL, err) == 0)
		return 1;
	return err->code == OHB_E_MISSING ? 0 : -1;
}

static int on_path(struct ohb_docker *docker, const char *id, const char *path,
		const char *name, struct ohb_error *err)
{
	ohb_autostr full = OHB_STR_INIT;
	int found = 0;

	if (*name == '/')
		return is_there(docker, id, name, err);
	for (; *path && !found; path += *path == ':') {
		size_t len = strcspn(path, ":");

		ohb_str_clear(&full);
		ohb_str_addf(&full, "%.*s/%s", (int)len, path, name);
		found = is_there(docker, id, full.data, err);
		path += len;
	}
	return found;
}

static int has_program(struct ohb_docker *docker, const char *id,
		const char *path, const struct program *program,
		struct ohb_error *err)
{
	size_t i;
	int found = program->is_init && docker->has_init;

	for (i = 0; !found && i < OHB_ARRAY_LEN(program->names) &&
			program->names[i];
			i++)
		found = on_path(docker, id, path, program->names[i], err);
	return found;
}

int ohb_docker_programs(struct ohb_docker *docker, const char *id,
		struct ohb_docker_image *image, struct ohb_error *err)
{
	const char *path = path_of(image);
	size_t i;

	for (i = 0; i < OHB_ARRAY_LEN(programs); i++) {
		int found = has_program(docker, id, path, &programs[i], err);
		const char *slash = strrchr(programs[i].names[0], '/');

		if (found < 0)
			return -1;
		if (!found)
			ohb_str_addf(&image->lacks, "%s%s",
					image->lacks.len ? ", " : "",
					slash ? slash + 1 :
						programs[i].names[0]);
	}
	return 0;
}

int ohb_docker_lacks(struct ohb_engine *engine, const char *image,
		struct ohb_str *ret, struct ohb_error *err)
{
	const struct ohb_docker_image *found;

	if (ohb_docker_image_get((struct ohb_docker *)engine, image, &found,
			    err) < 0)
		return -1;
	ohb_str_add(ret, ohb_str_cstr(&found->lacks), found->lacks.len);
	return 0;
}
