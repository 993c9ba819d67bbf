/* Where the engine is, and which of its versions we speak. */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "sandbox/docker.h"

static char *join(const char *a, const char *b)
{
	ohb_autostr text = OHB_STR_INIT;

	ohb_str_adds(&text, a);
	ohb_str_adds(&text, b);
	return ohb_str_take(&text);
}

/* "host", "host:port", "[::1]:port", perhaps a slash behind. */
static int add_authority(struct ohb_str *url, const char *rest,
		const char *port, struct ohb_error *err)
{
	size_t len = strcspn(rest, "/");
	const char *host_end = rest + strcspn(rest, ":/");

	if (*rest == '[' && strchr(rest, ']'))
		host_end = strchr(rest, ']') + 1;
	if (len == 0 || host_end == rest || (rest[len] && rest[len + 1]) ||
			strcspn(rest, "?#@% \\") < len)
		return ohb_fail(err, OHB_E_INFRA,
				"DOCKER_HOST has no host and port in '%s'",
				rest);
	ohb_str_add(url, rest, len);
	if (*host_end != ':')
		ohb_str_adds(url, port);
	return 0;
}

static int place_tcp(const char *rest, const struct ohb_docker_env *env,
		bool tls, struct ohb_docker_place *place, struct ohb_error *err)
{
	ohb_autostr url = OHB_STR_INIT;
	ohb_autofree char *certs = NULL;

	ohb_str_adds(&url, tls ? "https://" : "http://");
	if (add_authority(&url, rest, tls ? ":2376" : ":2375", err) < 0)
		return -1;
	place->url = ohb_str_take(&url);
	if (!tls)
		return 0;
	certs = env->cert_path && *env->cert_path ?
			ohb_strdup(env->cert_path) :
			join(env->home ? env->home : "", "/.docker");
	place->ca_file = join(certs, "/ca.pem");
	place->cert_file = join(certs, "/cert.pem");
	place->key_file = join(certs, "/key.pem");
	return 0;
}

int ohb_docker_place(const struct ohb_docker_env *env,
		struct ohb_docker_place *ret, struct ohb_error *err)
{
	static const struct {
		const char *scheme;
		bool tls;
	} tcp[] = {
		{ "tcp://", false },
		{ "http://", false },
		{ "https://", true },
	};
	const bool verify = env->tls_verify && *env->tls_verify;
	const char *host = env->host && *env->host ? env->host : NULL;
	struct ohb_docker_place place = { .socket = NULL };
	size_t i;

	if (!host || ohb_starts(host, "unix:///")) {
		place.socket = ohb_strdup(
				host ? host + strlen("unix://") : env->socket);
		place.url = ohb_strdup("http://localhost");
		*ret = place;
		return 0;
	}
	for (i = 0; i < OHB_ARRAY_LEN(tcp); i++) {
		if (!ohb_starts(host, tcp[i].scheme))
			continue;
		if (place_tcp(host + strlen(tcp[i].scheme), env,
				    verify || tcp[i].tls, &place, err) < 0)
			return -1;
		*ret = place;
		return 0;
	}
	return ohb_fail(err, OHB_E_INFRA,
			"DOCKER_HOST='%s' is not understood: give "
			"unix:///path/of/socket or tcp://host:port (for ssh, "
			"forward the socket: ssh -NL /tmp/docker.sock:"
			"/var/run/docker.sock host)",
			host);
}

void ohb_docker_place_release(struct ohb_docker_place *place)
{
	free(place->socket);
	free(place->url);
	free(place->ca_file);
	free(place->cert_file);
	free(place->key_file);
	*place = (struct ohb_docker_place){ .socket = NULL };
}

/* "1.41" is 41; -1 when it is nothing of the kind. */
static int minor_of(const char *version)
{
	unsigned long long minor;

	if (!ohb_starts(version, "1.") ||
			ohb_parse_u64(version + 2, strlen(version + 2), 9999,
					&minor) < 0)
		return -1;
	return (int)minor;
}

int ohb_docker_api(const char *min, const char *max, struct ohb_error *err)
{
	int low = min ? minor_of(min) : OHB_DOCKER_API_MIN;
	int high = max ? minor_of(max) : -1;

	if (low < 0 || high < 0)
		return ohb_fail(err, OHB_E_PROTOCOL,
				"it answers like no Docker Engine (API "
				"version '%s')",
				max ? max : "");
	if (high < OHB_DOCKER_API_MIN)
		return ohb_fail(err, OHB_E_INFRA,
				"its API is %s, 1.%d or newer is needed: "
				"update the engine",
				max, OHB_DOCKER_API_MIN);
	if (low > OHB_DOCKER_API_MAX)
		return ohb_fail(err, OHB_E_INFRA,
				"it speaks API %s and newer, this ohbuild "
				"knows 1.%d: update ohbuild",
				min, OHB_DOCKER_API_MAX);
	return high < OHB_DOCKER_API_MAX ? high : OHB_DOCKER_API_MAX;
}
