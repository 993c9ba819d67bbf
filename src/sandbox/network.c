/*
 * The networks of a build: one that leads nowhere but to this machine's end
 * of it, where the gateway listens, and, only for those who ask for it, one
 * that leads into the world.
 */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "io/host.h"
#include "sandbox/docker.h"

static int make(struct ohb_docker *docker, struct ohb_docker_network *network,
		bool internal, struct ohb_error *err)
{
	ohb_autostr name = OHB_STR_INIT;
	ohb_autojson *answer = NULL;
	ohb_autojson *ask = NULL;
	const char *id;

	ohb_str_addf(&name, "ohbuild-%s%s", docker->engine.options.run,
			internal ? "" : "-open");
	/* Agents have nothing to say to each other. */
	ask = json_pack("{s:s, s:s, s:b, s:b, s:{s:s}, s:o}", "Name", name.data,
			"Driver", "bridge", "CheckDuplicate", 1, "Internal",
			internal, "Options",
			"com.docker.network.bridge.enable_icc", "false",
			"Labels", ohb_docker_labels(docker, NULL));
	if (ohb_docker_make(docker, "/networks/create", ask, &answer, err) < 0)
		return ohb_fail_context(err, "make network '%s'", name.data);
	id = ohb_json_text(answer, "Id");
	if (!id)
		return ohb_fail(err, OHB_E_PROTOCOL,
				"the engine made network '%s' without an id",
				name.data);
	network->id = ohb_strdup(id);
	network->name = ohb_str_take(&name);
	return 0;
}

static int read_gateway(struct ohb_docker *docker,
		struct ohb_docker_network *network, struct ohb_error *err)
{
	ohb_autostr path = OHB_STR_INIT;
	ohb_autojson *answer = NULL;
	const char *gateway;

	ohb_docker_path(&path, "/networks/", network->id, "");
	if (ohb_docker_ask(docker, "GET", path.data, NULL, &answer, err) < 0)
		return -1;
	gateway = ohb_json_text(answer, "IPAM.Config.0.Gateway");
	if (!gateway)
		return ohb_fail(err, OHB_E_PROTOCOL,
				"the engine gave network '%s' no gateway",
				network->name);
	network->gateway = ohb_strndup(gateway, strcspn(gateway, "/"));
	return 0;
}

static int get(struct ohb_docker *docker, struct ohb_docker_network *network,
		bool internal, struct ohb_error *err)
{
	if (!network->id && make(docker, network, internal, err) < 0)
		return -1;
	if (!network->gateway && read_gateway(docker, network, err) < 0)
		return -1;
	return 0;
}

int ohb_docker_inside(struct ohb_docker *docker,
		const struct ohb_docker_network **ret, struct ohb_error *err)
{
	int bad;

	(void)pthread_mutex_lock(&docker->mutex);
	bad = get(docker, &docker->inside, true, err);
	(void)pthread_mutex_unlock(&docker->mutex);
	if (bad)
		return -1;
	if (!ohb_host_has_address(docker->inside.gateway))
		return ohb_fail(err, OHB_E_INFRA,
				"the engine's networks are not on this machine "
				"(%s is not an address here): the engine is "
				"remote, rootless or in a virtual machine; use "
				"an engine on this machine, or 'sandbox: "
				"process'",
				docker->inside.gateway);
	*ret = &docker->inside;
	return 0;
}

int ohb_docker_world(struct ohb_docker *docker,
		const struct ohb_docker_network **ret, struct ohb_error *err)
{
	int bad;

	(void)pthread_mutex_lock(&docker->mutex);
	bad = get(docker, &docker->world, false, err);
	(void)pthread_mutex_unlock(&docker->mutex);
	*ret = &docker->world;
	return bad;
}

int ohb_docker_host_address(struct ohb_engine *engine, struct ohb_str *ret,
		struct ohb_error *err)
{
	struct ohb_docker *docker = (struct ohb_docker *)engine;
	const struct ohb_docker_network *network;

	if (ohb_docker_inside(docker, &network, err) < 0)
		return -1;
	ohb_str_adds(ret, docker->inside.gateway);
	return 0;
}

static void release(struct ohb_docker_network *network)
{
	free(network->id);
	free(network->name);
	free(network->gateway);
	*network = (struct ohb_docker_network){ .id = NULL };
}

void ohb_docker_networks_release(struct ohb_docker *docker)
{
	release(&docker->inside);
	release(&docker->world);
}
