/* Files in and out, as tar archives that the engine packs and unpacks. */
#include <string.h>

#include "base/limits.h"
#include "base/memory.h"
#include "io/tar.h"
#include "sandbox/docker.h"
#include "text/utf8.h"

#define ARCHIVE_TIMEOUT_MS 600000

int ohb_docker_archive_put(struct ohb_docker *docker, const char *id,
		const char *path, const void *tar, size_t len,
		struct ohb_error *err)
{
	ohb_autostr url = OHB_STR_INIT;
	struct ohb_docker_call call = {
		.method = "PUT",
		.data = tar,
		.len = len,
		.timeout_ms = ARCHIVE_TIMEOUT_MS,
	};

	ohb_docker_path(&url, "/containers/", id, "/archive");
	ohb_docker_path(&url, "?path=", path, "");
	call.path = url.data;
	return ohb_docker_do(docker, &call, NULL, err);
}

int ohb_docker_archive_get(struct ohb_docker *docker, const char *id,
		const char *path, size_t max, struct ohb_str *tar,
		struct ohb_error *err)
{
	ohb_autostr url = OHB_STR_INIT;
	struct ohb_docker_call call = {
		.method = "GET",
		.timeout_ms = ARCHIVE_TIMEOUT_MS,
		.max_body = max,
	};

	ohb_docker_path(&url, "/containers/", id, "/archive");
	ohb_docker_path(&url, "?path=", path, "");
	call.path = url.data;
	return ohb_docker_do(docker, &call, tar, err);
}

int ohb_docker_put(struct ohb_sandbox *sandbox, const void *tar, size_t len,
		struct ohb_error *err)
{
	return ohb_docker_archive_put((struct ohb_docker *)sandbox->engine,
			((struct ohb_docker_sandbox *)sandbox)->id,
			sandbox->dir, tar, len, err);
}

/* An entry of a folder's archive, as it would be in the archive of `path`. */
struct pick {
	const char *path; /* with the folder's name in front */
	size_t base; /* where its last part begins */
	struct ohb_tar_writer *writer;
	bool found;
};

static int pick_entry(void *userdata, const struct ohb_tar_entry *entry,
		struct ohb_error *err)
{
	struct pick *pick = userdata;
	struct ohb_tar_entry copy = *entry;
	size_t len = strlen(pick->path);

	if (strncmp(entry->path, pick->path, len) != 0 ||
			(entry->path[len] && entry->path[len] != '/'))
		return 0;
	pick->found = true;
	copy.path = entry->path + pick->base;
	return ohb_tar_add(pick->writer, &copy, err);
}

static int pick_from(const struct ohb_str *folder, struct pick *pick,
		struct ohb_str *tar, struct ohb_error *err)
{
	ohb_autostr out = OHB_STR_INIT;

	pick->writer = ohb_tar_writer_new(0, 0);
	if (ohb_tar_each(folder->data, folder->len, folder->len, pick_entry,
			    pick, err) < 0) {
		ohb_tar_writer_free(pick->writer);
		return -1;
	}
	if (ohb_tar_end(pick->writer, &out, err) < 0)
		return -1;
	if (!pick->found)
		return ohb_fail(err, OHB_E_MISSING, "there is no such file");
	ohb_str_add(tar, out.data, out.len);
	return 0;
}

/*
 * The engine hands the last part of a path on as JSON and then finds nothing
 * where that is not UTF-8.  So: the nearest folder above whose name it can
 * say (the sandbox's own has one), and out of that what was asked for.
 */
static int get_unspeakable(struct ohb_docker_sandbox *sandbox, const char *full,
		size_t max, struct ohb_str *tar, struct ohb_error *err)
{
	ohb_autofree char *folder = ohb_strdup(full);
	ohb_autostr all = OHB_STR_INIT;
	struct pick pick = { .path = NULL };
	const char *name;

	do {
		*strrchr(folder, '/') = '\0';
		name = strrchr(folder, '/') + 1;
	} while (!ohb_utf8_valid(name, strlen(name)));
	pick.path = full + (name - folder);
	pick.base = (size_t)(strrchr(full, '/') + 1 - pick.path);
	if (ohb_docker_archive_get((struct ohb_docker *)sandbox->sandbox.engine,
			    sandbox->id, folder, OHB_MAX_HTTP_BODY, &all,
			    err) < 0 ||
			pick_from(&all, &pick, tar, err) < 0)
		return -1;
	return tar->len > max ? ohb_fail(err, OHB_E_LIMIT,
						"larger than %zu bytes", max) :
				0;
}

int ohb_docker_get(struct ohb_sandbox *sandbox, const char *path, size_t max,
		struct ohb_str *tar, struct ohb_error *err)
{
	struct ohb_docker_sandbox *self = (struct ohb_docker_sandbox *)sandbox;
	ohb_autostr full = OHB_STR_INIT;
	const char *name;

	ohb_str_adds(&full, sandbox->dir);
	if (strcmp(path, ".") != 0)
		ohb_str_addf(&full, "/%s", path);
	name = strrchr(full.data, '/') + 1;
	if (!ohb_utf8_valid(name, strlen(name)))
		return get_unspeakable(self, full.data, max, tar, err);
	return ohb_docker_archive_get((struct ohb_docker *)sandbox->engine,
			self->id, full.data, max, tar, err);
}
