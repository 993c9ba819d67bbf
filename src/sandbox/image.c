/* Images: there, or pulled; and whom they run their processes as. */
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/memory.h"
#include "io/tar.h"
#include "sandbox/docker.h"

#define PULL_IDLE_MS 300000 /* the engine is silent only when it is stuck */
#define MAX_PASSWD ((size_t)1 << 20)

/* The engine reports on a pull in lines of JSON, long after its status 200:
 * a failure is a line with "error". */
struct pull {
	struct ohb_str line;
	struct ohb_str error;
};

static void end_line(struct pull *pull)
{
	struct ohb_error unread = OHB_ERROR_INIT;
	ohb_autojson *json = ohb_json_parse(
			ohb_str_cstr(&pull->line), pull->line.len, &unread);
	const char *words = ohb_json_text(json, "error");

	if (words) {
		ohb_str_clear(&pull->error);
		ohb_str_adds(&pull->error, words);
	}
	ohb_str_clear(&pull->line);
}

static int on_progress(void *userdata, const char *data, size_t len)
{
	struct pull *pull = userdata;
	const char *newline;

	for (; len > 0 && (newline = memchr(data, '\n', len));) {
		size_t n = (size_t)(newline - data);

		ohb_str_add(&pull->line, data, n);
		end_line(pull);
		data += n + 1;
		len -= n + 1;
	}
	ohb_str_add(&pull->line, data, len);
	if (pull->line.len > OHB_MAX_SCALAR)
		ohb_str_clear(&pull->line);
	return 0;
}

static void pull_release(struct pull *pull)
{
	ohb_str_release(&pull->line);
	ohb_str_release(&pull->error);
}

static int fail_pull(const char *name, const char *words, struct ohb_error *err)
{
	return ohb_fail(err, OHB_E_INFRA,
			"cannot pull image '%s': %.1000s; check the name and "
			"the network, log in and try 'docker pull %s', or make "
			"it here with 'docker build -t %s'",
			name, words, name, name);
}

static int pull_image(struct ohb_docker *docker, const char *name,
		struct ohb_error *err)
{
	__attribute__((cleanup(pull_release))) struct pull pull = {
		.line = OHB_STR_INIT
	};
	const char *slash = strrchr(name, '/');
	ohb_autostr path = OHB_STR_INIT;
	struct ohb_docker_call call = {
		.method = "POST",
		.timeout_ms = -1,
		.idle_timeout_ms = PULL_IDLE_MS,
		.on_body = on_progress,
		.userdata = &pull,
	};

	ohb_docker_path(&path, "/images/create?fromImage=", name, "");
	/* Without a tag the engine pulls all there are. */
	if (!strpbrk(slash ? slash : name, ":@"))
		ohb_str_adds(&path, "&tag=latest");
	call.path = path.data;
	if (ohb_docker_do(docker, &call, NULL, err) < 0) {
		ohb_autofree char *words = ohb_strdup(err->msg);

		return err->code == OHB_E_CANCELLED ?
				-1 :
				fail_pull(name, words, err);
	}
	end_line(&pull);
	if (pull.error.len)
		return fail_pull(name, pull.error.data, err);
	return 0;
}

/* 1 when the image is there, 0 when not. */
static int inspect(struct ohb_docker *docker, const char *name,
		struct ohb_docker_image *ret, struct ohb_error *err)
{
	ohb_autostr path = OHB_STR_INIT;
	ohb_autojson *answer = NULL;
	const char *id;

	ohb_docker_path(&path, "/images/", name, "/json");
	if (ohb_docker_ask(docker, "GET", path.data, NULL, &answer, err) < 0) {
		if (err->code == OHB_E_MISSING)
			return 0;
		return ohb_fail_context(err, "look for image '%s'", name);
	}
	id = ohb_json_text(answer, "Id");
	if (!id)
		return ohb_fail(err, OHB_E_PROTOCOL,
				"the engine says nothing of image '%s'", name);
	ret->id = ohb_strdup(id);
	ret->config = json_incref(ohb_json_at(answer, "Config"));
	return 1;
}

static struct ohb_docker_image *find(
		struct ohb_docker *docker, const char *name)
{
	size_t i;

	for (i = 0; i < docker->nimages; i++)
		if (strcmp(docker->images[i]->name, name) == 0)
			return docker->images[i];
	return NULL;
}

static int ensure(struct ohb_docker *docker, const char *name,
		enum ohb_image_pull pull, struct ohb_docker_image *ret,
		struct ohb_error *err)
{
	int found = 0;

	if (pull != OHB_IMAGE_PULL_ALWAYS)
		found = inspect(docker, name, ret, err);
	if (found)
		return found < 0 ? -1 : 0;
	if (pull == OHB_IMAGE_PULL_NEVER)
		return ohb_fail(err, OHB_E_INFRA,
				"image '%s' is not in the engine and 'pull' is "
				"never: 'docker pull %s', or make it with "
				"'docker build -t %s'",
				name, name, name);
	if (pull_image(docker, name, err) < 0)
		return -1;
	found = inspect(docker, name, ret, err);
	if (found < 0)
		return -1;
	return found ? 0 :
		       ohb_fail(err, OHB_E_INFRA,
				       "image '%s' was pulled but is not there",
				       name);
}

static struct ohb_docker_image *add(struct ohb_docker *docker, const char *name,
		const struct ohb_docker_image *image)
{
	struct ohb_docker_image **slot = ohb_grow(&docker->images, &docker->cap,
			docker->nimages, sizeof(struct ohb_docker_image *));

	*slot = ohb_alloc(sizeof(**slot));
	**slot = *image;
	(*slot)->name = ohb_strdup(name);
	docker->nimages++;
	return *slot;
}

/* With the mutex held. */
static int get(struct ohb_docker *docker, const char *name,
		enum ohb_image_pull pull, struct ohb_docker_image **ret,
		struct ohb_error *err)
{
	struct ohb_docker_image image = { .name = NULL };

	*ret = find(docker, name);
	if (*ret)
		return 0;
	if (ensure(docker, name, pull, &image, err) < 0)
		return -1;
	*ret = add(docker, name, &image);
	return 0;
}

int ohb_docker_image(struct ohb_engine *engine, const char *image,
		enum ohb_image_pull pull, struct ohb_str *ret_id,
		struct ohb_error *err)
{
	struct ohb_docker *docker = (struct ohb_docker *)engine;
	struct ohb_docker_image *found;
	int bad;

	(void)pthread_mutex_lock(&docker->mutex);
	bad = get(docker, image, pull, &found, err);
	(void)pthread_mutex_unlock(&docker->mutex);
	if (bad)
		return -1;
	if (ret_id)
		ohb_str_adds(ret_id, found->id);
	return 0;
}

static int keep_data(void *userdata, const struct ohb_tar_entry *entry,
		struct ohb_error *err)
{
	struct ohb_str *out = userdata;

	(void)err;
	if (entry->kind == OHB_TAR_FILE && entry->data)
		ohb_str_add(out, entry->data, entry->len);
	return 0;
}

/* A small file out of a container; none, or no file, leaves out empty. */
static int read_file(struct ohb_docker *docker, const char *id,
		const char *path, struct ohb_str *out, struct ohb_error *err)
{
	ohb_autostr tar = OHB_STR_INIT;

	if (ohb_docker_archive_get(
			    docker, id, path, 2 * MAX_PASSWD, &tar, err) < 0)
		return err->code == OHB_E_MISSING ? 0 : -1;
	return ohb_tar_each(tar.data, tar.len, MAX_PASSWD, keep_data, out, err);
}

static int read_user(struct ohb_docker *docker, const char *id,
		struct ohb_docker_image *image, struct ohb_error *err)
{
	const char *user = ohb_json_text(image->config, "User");
	ohb_autostr passwd = OHB_STR_INIT, group = OHB_STR_INIT;

	if (read_file(docker, id, "/etc/passwd", &passwd, err) < 0 ||
			read_file(docker, id, "/etc/group", &group, err) < 0)
		return -1;
	if (ohb_user_resolve(user ? user : "", passwd.data, group.data,
			    &image->user, err) < 0)
		return -1;
	image->has_user = true;
	return 0;
}

/* The image's own files say who its user is: looked at through a container
 * that is never started. */
static int ask_user(struct ohb_docker *docker, struct ohb_docker_image *image,
		struct ohb_error *err)
{
	ohb_autojson *ask = NULL;
	ohb_autojson *answer = NULL;
	ohb_autostr path = OHB_STR_INIT;
	struct ohb_error unread = OHB_ERROR_INIT;
	const char *id;
	int ret;

	ask = json_pack("{s:s, s:[s], s:b, s:o}", "Image", image->id,
			"Entrypoint", "/none", "NetworkDisabled", 1, "Labels",
			ohb_docker_labels(docker, NULL));
	if (ohb_docker_make(docker, "/containers/create", ask, &answer, err) <
			0)
		return -1;
	id = ohb_json_text(answer, "Id");
	if (!id)
		return ohb_fail(err, OHB_E_PROTOCOL,
				"the engine made a container without an id");
	ret = ohb_docker_programs(docker, id, image, err) < 0 ?
			-1 :
			read_user(docker, id, image, err);
	ohb_docker_path(&path, "/containers/", id, "?v=1&force=1");
	if (ohb_docker_delete(docker, path.data, &unread) < 0)
		ohb_engine_warn(&docker->engine, "%s", unread.msg);
	return ret;
}

int ohb_docker_image_get(struct ohb_docker *docker, const char *name,
		const struct ohb_docker_image **ret, struct ohb_error *err)
{
	struct ohb_docker_image *image;
	int bad;

	(void)pthread_mutex_lock(&docker->mutex);
	bad = get(docker, name, OHB_IMAGE_PULL_NEVER, &image, err);
	if (!bad && !image->has_user)
		bad = ask_user(docker, image, err);
	(void)pthread_mutex_unlock(&docker->mutex);
	if (bad)
		return ohb_fail_context(err, "image '%s'", name);
	*ret = image;
	return 0;
}

void ohb_docker_images_release(struct ohb_docker *docker)
{
	size_t i;

	for (i = 0; i < docker->nimages; i++) {
		struct ohb_docker_image *image = docker->images[i];

		free(image->name);
		free(image->id);
		json_decref(image->config);
		ohb_user_release(&image->user);
		ohb_str_release(&image->lacks);
		free(image);
	}
	free(docker->images);
}
