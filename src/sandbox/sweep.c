/*
 * Removing what builds left in the engine.  Everything we make carries the
 * label of its owner, a process; an owner that is no more cannot remove its
 * things.  A process of another machine or pid namespace, which an engine may
 * serve as well, counts as alive: whoever can see it will sweep.
 */
#include <string.h>

#include "sandbox/docker.h"

struct kind {
	const char *what;
	const char *list; /* to which the filter is added */
	const char *array; /* where in the answer; "": it is the answer */
	const char *id;
	const char *before, *after; /* the path of one, around its id */
};

/* In an order in which nothing is held by another. */
static const struct kind kinds[] = {
	{ "container", "/containers/json?all=1&filters=", "", "Id",
			"/containers/", "?v=1&force=1" },
	{ "network", "/networks?filters=", "", "Id", "/networks/", "" },
	{ "volume", "/volumes?filters=", "Volumes", "Name", "/volumes/",
			"?force=1" },
};

static bool is_his(const struct ohb_docker *docker, json_t *labels,
		enum ohb_docker_whose whose)
{
	const char *owner = json_string_value(
			json_object_get(labels, OHB_LABEL_OWNER));
	const char *run = json_string_value(
			json_object_get(labels, OHB_LABEL_RUN));

	if (!owner)
		return false;
	switch (whose) {
	case OHB_DOCKER_DEAD:
		return ohb_owner_alive(owner) == 0;
	case OHB_DOCKER_OURS:
		return strcmp(owner, docker->engine.owner) == 0 &&
				ohb_streq(run, docker->engine.options.run);
	}
	return false;
}

static int list(struct ohb_docker *docker, const struct kind *kind,
		json_t **ret, struct ohb_error *err)
{
	static const char filter[] = "{\"label\":[\"" OHB_LABEL_OWNER "\"]}";
	ohb_autostr path = OHB_STR_INIT, body = OHB_STR_INIT;
	struct ohb_docker_call call = { .method = "GET", .cleanup = true };

	ohb_docker_path(&path, kind->list, filter, "");
	call.path = path.data;
	if (ohb_docker_do(docker, &call, &body, err) < 0)
		return -1;
	*ret = ohb_json_parse(body.data, body.len, err);
	return *ret ? 0 : -1;
}

static void remove_one(struct ohb_docker *docker, const struct kind *kind,
		const char *id)
{
	ohb_autostr path = OHB_STR_INIT;
	struct ohb_error err = OHB_ERROR_INIT;

	ohb_docker_path(&path, kind->before, id, kind->after);
	if (ohb_docker_delete(docker, path.data, &err) < 0)
		ohb_engine_warn(&docker->engine,
				"cannot remove the %s '%s' that a build left: "
				"%s",
				kind->what, id, err.msg);
}

int ohb_docker_sweep(struct ohb_docker *docker, enum ohb_docker_whose whose,
		struct ohb_error *err)
{
	size_t i, n;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		ohb_autojson *answer = NULL;
		json_t *array, *one;

		if (list(docker, &kinds[i], &answer, err) < 0)
			return -1;
		array = ohb_json_at(answer, kinds[i].array);
		json_array_foreach(array, n, one)
		{
			const char *id = ohb_json_text(one, kinds[i].id);

			if (id &&
					is_his(docker, ohb_json_at(one, "Labels"),
							whose))
				remove_one(docker, &kinds[i], id);
		}
	}
	return 0;
}
