#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "sandbox/docker.h"

static const struct {
	const char *host, *verify, *certs;
	const char *socket, *url, *ca; /* url NULL: refused */
} places[] = {
	{ NULL, NULL, NULL, "/usual", "http://localhost", NULL },
	{ "", "1", NULL, "/usual", "http://localhost", NULL },
	{ "unix:///run/user/1/docker.sock", NULL, NULL,
			"/run/user/1/docker.sock", "http://localhost", NULL },
	{ "tcp://10.0.0.1:4000", NULL, NULL, NULL, "http://10.0.0.1:4000",
			NULL },
	{ "tcp://engine", NULL, NULL, NULL, "http://engine:2375", NULL },
	{ "tcp://engine/", NULL, NULL, NULL, "http://engine:2375", NULL },
	{ "tcp://engine", "1", NULL, NULL, "https://engine:2376",
			"/home/me/.docker/ca.pem" },
	{ "tcp://engine", "", NULL, NULL, "http://engine:2375", NULL },
	{ "tcp://engine:1", "1", "/certs", NULL, "https://engine:1",
			"/certs/ca.pem" },
	{ "https://engine", NULL, NULL, NULL, "https://engine:2376",
			"/home/me/.docker/ca.pem" },
	{ "http://engine:80", NULL, NULL, NULL, "http://engine:80", NULL },
	{ "tcp://[::1]:2375", NULL, NULL, NULL, "http://[::1]:2375", NULL },
	{ "tcp://[::1]", NULL, NULL, NULL, "http://[::1]:2375", NULL },
	{ "tcp://", NULL, NULL, NULL, NULL, NULL },
	{ "tcp://:2375", NULL, NULL, NULL, NULL, NULL },
	{ "tcp://engine/path", NULL, NULL, NULL, NULL, NULL },
	{ "tcp://me@engine", NULL, NULL, NULL, NULL, NULL },
	{ "tcp://engine?x", NULL, NULL, NULL, NULL, NULL },
	{ "unix://relative", NULL, NULL, NULL, NULL, NULL },
	{ "ssh://me@engine", NULL, NULL, NULL, NULL, NULL },
	{ "npipe:////./pipe/docker", NULL, NULL, NULL, NULL, NULL },
	{ "engine:2375", NULL, NULL, NULL, NULL, NULL },
};

static void same(const char *a, const char *b)
{
	ck_assert_msg(ohb_streq(a, b), "'%s' is not '%s'", a ? a : "none",
			b ? b : "none");
}

START_TEST(the_environment_says_where)
{
	const struct ohb_docker_env env = {
		.host = places[_i].host,
		.tls_verify = places[_i].verify,
		.cert_path = places[_i].certs,
		.home = "/home/me",
		.socket = "/usual",
	};
	struct ohb_docker_place place = { .socket = NULL };
	struct ohb_error err = OHB_ERROR_INIT;
	int ret = ohb_docker_place(&env, &place, &err);

	if (!places[_i].url) {
		ck_assert_int_eq(ret, -1);
		ck_assert_int_eq(err.code, OHB_E_INFRA);
		ck_assert_ptr_nonnull(strstr(err.msg, "DOCKER_HOST"));
		return;
	}
	ck_assert_msg(ret == 0, "%s", err.msg);
	same(place.socket, places[_i].socket);
	same(place.url, places[_i].url);
	same(place.ca_file, places[_i].ca);
	ck_assert_int_eq(!place.key_file, !places[_i].ca);
	ohb_docker_place_release(&place);
}
END_TEST

static const struct {
	const char *min, *max;
	int api; /* -1: refused, with */
	const char *says;
} versions[] = {
	{ "1.12", "1.41", 41, NULL },
	{ NULL, "1.40", 40, NULL },
	{ "1.44", "1.60", OHB_DOCKER_API_MAX, NULL },
	{ "1.24", "1.39", -1, "update the engine" },
	{ "1.52", "1.60", -1, "update ohbuild" },
	{ "1.12", "2.0", -1, "no Docker Engine" },
	{ "1.12", NULL, -1, "no Docker Engine" },
	{ "1.12", "1.", -1, "no Docker Engine" },
	{ "1.12", "1.4x", -1, "no Docker Engine" },
	{ "x", "1.41", -1, "no Docker Engine" },
};

START_TEST(a_common_version_is_found)
{
	struct ohb_error err = OHB_ERROR_INIT;

	ck_assert_int_eq(ohb_docker_api(versions[_i].min, versions[_i].max,
					 &err),
			versions[_i].api);
	if (versions[_i].says)
		ck_assert_msg(strstr(err.msg, versions[_i].says) != NULL, "%s",
				err.msg);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("sandbox/place");
	TCase *tcase = tcase_create("all");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_loop_test(tcase, the_environment_says_where, 0,
			(int)OHB_ARRAY_LEN(places));
	tcase_add_loop_test(tcase, a_common_version_is_found, 0,
			(int)OHB_ARRAY_LEN(versions));
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
