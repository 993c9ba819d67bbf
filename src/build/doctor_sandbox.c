/* The engine, the images, and what an agent would find and reach inside. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>

#include "agent/agent.h"
#include "agent/server.h"
#include "base/memory.h"
#include "build/doctor.h"
#include "gateway/gateway.h"
#include "io/clock.h"
#include "io/host.h"
#include "sandbox/sandbox.h"
#include "text/utf8.h"

#define MIB ((uint64_t)1 << 20)
#define EXEC_MS ((int64_t)40 * 1000)
#define START_MS ((int64_t)120 * 1000)
#define REQUEST_MS ((int64_t)5 * 1000)
#define MAX_PORTS 64
#define SHORT_ID 19 /* "sha256:" and 12 digits */

struct ward {
	struct ohb_exam *exam;
	const struct ohb_agent_config *agent;
	struct ohb_engine *engine;
	struct ohb_sandbox *sandbox;
	struct ohb_gateway *gateway;
	struct ohb_secret *key; /* of the agent-server */
	struct ohb_str address; /* of this machine, from inside */
	char run[17], name[40];
};

/*
 * What a shell of the agent's finds.  Names of folders do not come from
 * openhands.yml.
 */
static const char look_around[] =
		"echo \"user $(id -u) $(id -g)\"\n"
		"for dir in . \"$HOME\" /tmp; do\n"
		"	if (: >\"$dir/.ohbuild-doctor\") 2>/dev/null; then\n"
		"		rm -f \"$dir/.ohbuild-doctor\"\n"
		"	else\n"
		"		echo \"readonly $dir\"\n"
		"	fi\n"
		"done\n";

/* Tries to reach each "name host port" at the same time, and says which
 * could be; and whether names of the world are resolved. */
static const char reach[] =
		"import socket, sys, threading\n"
		"done = []\n"
		"def reach(name, host, port):\n"
		"    try:\n"
		"        socket.create_connection((host, int(port)), 3).close()\n"
		"        done.append(name)\n"
		"    except OSError:\n"
		"        pass\n"
		"def resolve():\n"
		"    try:\n"
		"        socket.getaddrinfo('example.com', 443)\n"
		"        done.append('names')\n"
		"    except OSError:\n"
		"        pass\n"
		"threads = [threading.Thread(target=reach, args=line.split(),\n"
		"    daemon=True) for line in sys.argv[1:]]\n"
		"threads.append(threading.Thread(target=resolve, daemon=True))\n"
		"for thread in threads:\n"
		"    thread.start()\n"
		"for thread in threads:\n"
		"    thread.join(8)\n"
		"print('tried')\n"
		"for name in list(done):\n"
		"    print(name)\n";

static void on_warning(void *userdata, const char *text)
{
	const struct ward *ward = userdata;

	ohb_find(ward->exam, "engine", OHB_FOUND_WARNING, NULL, "%s", text);
}

static int open_engine(struct ward *ward, enum ohb_engine_kind kind,
		struct ohb_error *err)
{
	const struct ohb_engine_options options = {
		.kind = kind,
		.run = ward->run,
		.cancel = &ward->exam->cancel,
		.on_warning = on_warning,
		.userdata = ward,
	};

	return ohb_engine_open(&options, &ward->engine, err);
}

static void look_at_room(struct ohb_exam *exam, const char *folder)
{
	struct statvfs room;
	uint64_t mib;

	if (!*folder || statvfs(folder, &room) != 0)
		return;
	mib = (uint64_t)room.f_bavail * room.f_frsize / MIB;
	ohb_find(exam, "disk",
			mib < 500		       ? OHB_FOUND_FAULT :
					mib < 4 * 1024 ? OHB_FOUND_WARNING :
							 OHB_FOUND_OK,
			mib < 4 * 1024 ? "'docker system df' shows what takes "
					 "it" :
					 NULL,
			"%llu MiB free for the engine, in '%s'",
			(unsigned long long)mib, folder);
}

/* The messages of an engine that is not there have their cure behind it. */
static void tell_no_engine(struct ohb_exam *exam, const struct ohb_error *err)
{
	const char *cure = strstr(err->msg, "': ");

	if (cure &&
			(ohb_starts(err->msg, "no permission") ||
					ohb_starts(err->msg,
							"no Docker Engine")))
		ohb_find(exam, "engine", OHB_FOUND_FAULT, cure + 3, "%.*s",
				(int)(cure + 1 - err->msg), err->msg);
	else
		ohb_find(exam, "engine", OHB_FOUND_FAULT,
				"see whether 'docker info' works", "%s",
				err->msg);
}

static bool look_at_engine(struct ward *ward)
{
	struct ohb_engine_about about = { .name = OHB_STR_INIT };
	struct ohb_error err = OHB_ERROR_INIT;
	bool there;

	there = open_engine(ward, OHB_ENGINE_DOCKER, &err) == 0 &&
			ohb_engine_about(ward->engine, &about, &err) == 0;
	if (there) {
		ohb_find(ward->exam, "engine", OHB_FOUND_OK, NULL,
				"Docker %s at '%s', API %s",
				ohb_str_cstr(&about.version),
				ohb_str_cstr(&about.name),
				ohb_str_cstr(&about.api));
		look_at_room(ward->exam, ohb_str_cstr(&about.data));
	} else {
		tell_no_engine(ward->exam, &err);
	}
	ohb_engine_about_release(&about);
	return there;
}

/* Not pulled here: that may take long. */
static bool look_at_image(struct ward *ward, const char *image)
{
	struct ohb_exam *exam = ward->exam;
	ohb_autostr id = OHB_STR_INIT, pull = OHB_STR_INIT;
	struct ohb_error err = OHB_ERROR_INIT;

	if (ohb_engine_image(ward->engine, image, OHB_IMAGE_PULL_NEVER, &id,
			    &err) == 0) {
		ohb_find(exam, "image", OHB_FOUND_OK, NULL, "%s is %.*s", image,
				SHORT_ID, ohb_str_cstr(&id));
		return true;
	}
	ohb_str_addf(&pull, "docker pull %s", image);
	if (ward->agent->pull == OHB_PULL_NEVER)
		ohb_find(exam, "image", OHB_FOUND_FAULT, pull.data,
				"'%s' is not in the engine, and 'agent.pull' "
				"is never",
				image);
	else
		ohb_find(exam, "image", OHB_FOUND_WARNING, pull.data,
				"'%s' is not in the engine: the next build "
				"pulls it, if it can",
				image);
	return false;
}

static void look_at_other_images(struct ward *ward)
{
	const struct ohb_config *config = ward->exam->options->config;
	size_t i, k;

	for (i = 0; i < config->nmodules; i++) {
		const char *image = config->modules[i].validate_image;
		bool seen = ohb_streq(image, ward->agent->image);

		for (k = 0; k < i && !seen; k++)
			seen = ohb_streq(image,
					config->modules[k].validate_image);
		if (image && !seen)
			(void)look_at_image(ward, image);
	}
}

static void look_at_tools(struct ward *ward)
{
	ohb_autostr lacks = OHB_STR_INIT;
	struct ohb_error err = OHB_ERROR_INIT;

	if (ohb_engine_lacks(ward->engine, ward->agent->image, &lacks, &err) <
			0)
		ohb_find(ward->exam, "tools", OHB_FOUND_FAULT, NULL, "%s",
				err.msg);
	else if (lacks.len)
		ohb_find(ward->exam, "tools", OHB_FOUND_WARNING, OHB_IMAGE_CURE,
				"the image lacks %s", lacks.data);
	else
		ohb_find(ward->exam, "tools", OHB_FOUND_OK, NULL,
				"git, tmux, tini and python are in the image");
}

/* A command is run in its sandbox; else a server waits there. */
static bool serves(const struct ward *ward)
{
	return ward->agent->protocol == OHB_PROTOCOL_SERVER;
}

static int open_sandbox(struct ward *ward, struct ohb_error *err)
{
	ohb_autostr key = OHB_STR_INIT;
	const char *env[] = { NULL, "LITELLM_LOCAL_MODEL_COST_MAP=True",
		"OH_ENABLE_VSCODE=false", "OH_PRELOAD_TOOLS=false", NULL };
	const struct ohb_sandbox_spec spec = {
		.role = serves(ward) ? OHB_ROLE_AGENT : OHB_ROLE_COMMAND,
		.image = ward->agent->image,
		.name = ward->name,
		.target = "doctor",
		.env = env,
		.memory_bytes = ward->agent->memory_bytes,
		.cpus = ward->agent->cpus,
		.open_network = ward->agent->network == OHB_NETWORK_OPEN,
		.workspace = ward->agent->protocol == OHB_PROTOCOL_HEADLESS ?
				OHB_HEADLESS_WORKSPACE :
				NULL,
	};
	int bad;

	ohb_str_addf(&key, "SESSION_API_KEY=%s", ohb_secret_reveal(ward->key));
	env[0] = key.data;
	bad = ohb_sandbox_open(ward->engine, &spec, &ward->sandbox, err);
	ohb_wipe(key.data, key.len);
	return bad;
}

static int run(struct ward *ward, const char *const *argv, struct ohb_str *out,
		struct ohb_error *err)
{
	const struct ohb_exec_spec spec = {
		.argv = argv,
		.timeout_ms = EXEC_MS,
	};
	struct ohb_exec_result result = { .status = 0 };
	int bad;

	bad = ohb_sandbox_exec(ward->sandbox, &spec, &result, err);
	if (bad == 0 && (result.timed_out || result.status))
		bad = ohb_fail(err, OHB_E_INFRA, "'%s' ended with %d: %.200s",
				argv[0], result.status,
				ohb_str_cstr(&result.err));
	ohb_str_add(out, ohb_str_cstr(&result.out), result.out.len);
	ohb_exec_result_release(&result);
	return bad;
}

/* Appends the rest of each line that begins so, with ", " between. */
static size_t lines(const struct ohb_str *text, const char *begin,
		struct ohb_str *out)
{
	const size_t skip = strlen(begin);
	const char *line = ohb_str_cstr(text);
	size_t n = 0, len;

	for (; *line; line += len + (line[len] == '\n')) {
		len = strcspn(line, "\n");
		if (!ohb_starts(line, begin))
			continue;
		if (n++)
			ohb_str_adds(out, ", ");
		ohb_utf8_line(out, line + skip, len - skip, 200);
	}
	return n;
}

static void look_inside(struct ward *ward)
{
	static const char *const argv[] = { "/bin/sh", "-c", look_around,
		NULL };
	ohb_autostr said = OHB_STR_INIT, user = OHB_STR_INIT,
		    readonly = OHB_STR_INIT;
	struct ohb_error err = OHB_ERROR_INIT;

	if (run(ward, argv, &said, &err) < 0)
		ohb_find(ward->exam, "sandbox", OHB_FOUND_FAULT, NULL, "%s",
				err.msg);
	else if (lines(&said, "readonly ", &readonly))
		ohb_find(ward->exam, "sandbox", OHB_FOUND_FAULT,
				"let the image's user own /workspace and have "
				"a home",
				"inside, the user cannot write to: %s",
				readonly.data);
	else if (lines(&said, "user ", &user))
		ohb_find(ward->exam, "sandbox", OHB_FOUND_OK, NULL,
				"starts; user and group %s can write to the "
				"workspace",
				user.data);
}

static void look_at_server(struct ward *ward, int64_t started_ms)
{
	const struct ohb_server server = {
		.url = ohb_sandbox_url(ward->sandbox),
		.key = ward->key,
		.sandbox = ward->sandbox,
		.request_timeout_ms = REQUEST_MS,
	};
	struct ohb_cancel *cancel = &ward->exam->cancel;
	ohb_autoanswer answer = OHB_ANSWER_INIT;
	struct ohb_error err = OHB_ERROR_INIT;
	const char *version;
	double seconds;

	if (ohb_server_wait(&server, START_MS, cancel, &err) < 0 ||
			ohb_server_ask(&server, "/server_info", NULL, cancel,
					&answer, &err) < 0) {
		ohb_find(ward->exam, "server", OHB_FOUND_FAULT,
				"is 'agent.image' an image of the agent-server "
				"(docs/images.md), and 'agent.memory' enough?",
				"%s", err.msg);
		return;
	}
	version = ohb_json_text(answer.json, "version");
	seconds = (double)(ohb_clock_mono_ms() - started_ms) / 1000;
	ohb_find(ward->exam, "server", OHB_FOUND_OK, NULL,
			"agent-server %.40s answers %.1f s after its start",
			version ? version : "of an unknown version", seconds);
}

static void look_at_command(struct ward *ward)
{
	const bool cli = ward->agent->protocol == OHB_PROTOCOL_CLI;
	const struct ohb_agent_options options = {
		.protocol = cli ? OHB_AGENT_CLI : OHB_AGENT_HEADLESS,
		.sandbox = ward->sandbox,
	};
	struct ohb_error err = OHB_ERROR_INIT;
	struct ohb_agent *agent = NULL;

	if (ohb_agent_open(&options, &agent, &err) < 0)
		ohb_find(ward->exam, "server", OHB_FOUND_FAULT, NULL, "%s",
				err.msg);
	else
		ohb_find(ward->exam, "server", OHB_FOUND_OK, NULL,
				"'agent.protocol: %s' finds its command",
				cli ? "cli" : "headless");
	ohb_agent_close(agent);
}

/* Whether a line of what the network script printed is this name. */
static bool reached(const struct ohb_str *said, const char *name)
{
	ohb_autostr rest = OHB_STR_INIT;
	ohb_autostr line = OHB_STR_INIT;

	ohb_str_addf(&line, "%s\n", name);
	return lines(said, name, &rest) && strstr(said->data, line.data);
}

static void tell_services(struct ohb_exam *exam, const struct ohb_str *said,
		const char *address)
{
	ohb_autostr ports = OHB_STR_INIT;

	if (lines(said, "port-", &ports))
		ohb_find(exam, "network", OHB_FOUND_WARNING,
				"let them listen on 127.0.0.1 only, or have a "
				"firewall keep Docker's networks from them",
				"agents reach what listens on all addresses of "
				"this machine (%s): port %s",
				address, ports.data);
}

static void tell_network(struct ward *ward, const struct ohb_str *said)
{
	struct ohb_exam *exam = ward->exam;
	const bool open = ward->agent->network == OHB_NETWORK_OPEN;
	const bool outside = reached(said, "outside-1") ||
			reached(said, "outside-2");

	if (!reached(said, "gateway"))
		ohb_find(exam, "network", OHB_FOUND_FAULT,
				"a firewall of this machine keeps containers "
				"away: let Docker's networks (172.16.0.0/12) "
				"in",
				"from inside the model gateway at %s cannot be "
				"reached",
				ohb_str_cstr(&ward->address));
	else if (outside && !open)
		ohb_find(exam, "network", OHB_FOUND_FAULT,
				"see whether the engine's 'iptables' is off "
				"(/etc/docker/daemon.json)",
				"an internal network reaches the world: agents "
				"would not be isolated");
	else if (open)
		ohb_find(exam, "network", OHB_FOUND_WARNING,
				"'agent.network: gateway' closes it",
				"agents reach the gateway and, as 'network: "
				"open' says, the world%s",
				outside ? "" :
					  ", which could not be reached now");
	else
		ohb_find(exam, "network", OHB_FOUND_OK, NULL,
				"agents reach the gateway at %s, and nothing "
				"outside of this machine",
				ohb_str_cstr(&ward->address));
	if (!open && reached(said, "names"))
		ohb_find(exam, "network", OHB_FOUND_WARNING,
				"use Docker 23.0.11, 25.0.5, 26.0 or newer",
				"the engine resolves names of the world for "
				"agents, who could tell something by them");
	tell_services(exam, said, ohb_str_cstr(&ward->address));
}

static int open_gateway(struct ward *ward, struct ohb_error *err)
{
	struct ohb_gateway_options options = {
		.cancel = &ward->exam->cancel,
	};

	if (ohb_engine_host_address(ward->engine, &ward->address, err) < 0)
		return -1;
	options.address = ohb_str_cstr(&ward->address);
	return ohb_gateway_open(&options, &ward->gateway, err);
}

/* The words "name host port" of all that is tried. */
static size_t make_tries(const struct ward *ward, struct ohb_arena *arena,
		const char **argv)
{
	unsigned ports[MAX_PORTS];
	const char *address = ward->address.data;
	const char *url = ohb_gateway_url(ward->gateway);
	const char *colon = strrchr(url, ':');
	unsigned own = (unsigned)strtoul(colon + 1, NULL, 10);
	size_t i, n = 0, count = ohb_host_listeners(ports, MAX_PORTS);

	argv[n++] = ohb_arena_printf(arena, "gateway %s %u", address, own);
	argv[n++] = "outside-1 1.1.1.1 443";
	argv[n++] = "outside-2 9.9.9.9 53";
	for (i = 0; i < count; i++)
		if (ports[i] != own)
			argv[n++] = ohb_arena_printf(arena, "port-%u %s %u",
					ports[i], address, ports[i]);
	return n;
}

static void look_at_network(struct ward *ward)
{
	static const char find_python[] =
			"for python in python3 python /opt/openhands/bin/"
			"python; do\n"
			"	command -v $python >/dev/null && exec $python "
			"-c \"$0\" \"$@\"\n"
			"done; echo no python >&2; exit 1";
	const char *argv[MAX_PORTS + 8] = { "/bin/sh", "-c", find_python,
		reach };
	struct ohb_arena arena = OHB_ARENA_INIT;
	ohb_autostr said = OHB_STR_INIT;
	struct ohb_error err = OHB_ERROR_INIT;

	(void)make_tries(ward, &arena, argv + 4);
	if (run(ward, argv, &said, &err) < 0)
		ohb_find(ward->exam, "network", OHB_FOUND_WARNING, NULL,
				"could not be tried from inside: %s", err.msg);
	else
		tell_network(ward, &said);
	ohb_arena_release(&arena);
}

static void look_at_sandbox(struct ward *ward, bool isolated)
{
	int64_t started_ms = ohb_clock_mono_ms();
	struct ohb_error err = OHB_ERROR_INIT;

	if (open_gateway(ward, &err) < 0 || open_sandbox(ward, &err) < 0) {
		ohb_find(ward->exam, "sandbox", OHB_FOUND_FAULT, NULL, "%s",
				err.msg);
		return;
	}
	look_inside(ward);
	if (isolated)
		look_at_network(ward);
	else
		ohb_find(ward->exam, "network", OHB_FOUND_WARNING,
				"'agent.sandbox: docker' isolates them",
				"agents reach all that you reach: 'sandbox: "
				"process'");
	if (serves(ward))
		look_at_server(ward, started_ms);
	else
		look_at_command(ward);
}

static void look_at_docker(struct ward *ward)
{
	const struct ohb_config *config = ward->exam->options->config;

	if (!look_at_engine(ward))
		return;
	if (!config) {
		ohb_find(ward->exam, "image", OHB_FOUND_NOTHING, NULL,
				"openhands.yml says which");
		return;
	}
	look_at_other_images(ward);
	if (!look_at_image(ward, ward->agent->image))
		return;
	look_at_tools(ward);
	look_at_sandbox(ward, true);
}

static void look_at_process(struct ward *ward)
{
	struct ohb_error err = OHB_ERROR_INIT;

	if (open_engine(ward, OHB_ENGINE_PROCESS, &err) < 0)
		ohb_find(ward->exam, "sandbox", OHB_FOUND_FAULT, NULL, "%s",
				err.msg);
	else
		look_at_sandbox(ward, false);
}

void ohb_exam_sandbox(struct ohb_exam *exam)
{
	const struct ohb_config *config = exam->options->config;
	struct ward ward = {
		.exam = exam,
		.agent = config ? &config->agent : NULL,
		.key = ohb_random_secret(),
		.address = OHB_STR_INIT,
	};
	unsigned long long number;

	ohb_random(&number, sizeof(number));
	(void)snprintf(ward.run, sizeof(ward.run), "%016llx", number);
	(void)snprintf(ward.name, sizeof(ward.name), "ohb-%s-0-doctor",
			ward.run);
	if (config && config->agent.sandbox == OHB_SANDBOX_PROCESS)
		look_at_process(&ward);
	else
		look_at_docker(&ward);
	ohb_sandbox_close(ward.sandbox);
	ohb_gateway_close(ward.gateway);
	ohb_engine_close(ward.engine);
	ohb_secret_free(ward.key);
	ohb_str_release(&ward.address);
}
