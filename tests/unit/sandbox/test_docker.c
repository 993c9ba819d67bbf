/*
 * A Docker Engine that answers what a table says: for answers that the real
 * one gives once in a year.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/memory.h"
#include "io/http.h"
#include "io/process.h"
#include "io/wait.h"
#include "listener.h"
#include "sandbox/sandbox.h"

struct answer {
	const char *path; /* what the path begins with */
	int status;
	const char *body;
};

static const struct answer usual[] = {
	{ "/version", 200,
			"{\"ApiVersion\":\"1.41\",\"MinAPIVersion\":\"1.12\","
			"\"Os\":\"linux\"}" },
	{ "/v1.41/info", 200, "{\"InitCommit\":{\"ID\":\"N/A\"}}" },
	{ "/v1.41/containers/json", 200, "[]" },
	{ "/v1.41/networks?", 200, "[]" },
	{ "/v1.41/volumes?", 200, "{\"Volumes\":null,\"Warnings\":null}" },
	{ "/v1.41/images/here/json", 200,
			"{\"Id\":\"sha256:1\",\"Config\":{\"User\":\"\"}}" },
	{ "/v1.41/images/create", 200, "{\"status\":\"Pulling\"}\r\n" },
	{ "/v1.41/containers/create", 201, "{\"Id\":\"c1\",\"Warnings\":[]}" },
	{ "/v1.41/containers/c1/archive?path=%2Fetc", 404,
			"{\"message\":\"no such file\"}" },
	{ "/v1.41/containers/c1/archive", 200, "" },
	{ "/v1.41/containers/c1/start", 204, "" },
	{ "/v1.41/containers/c1/json", 200,
			"{\"State\":{\"Running\":true,\"ExitCode\":0}}" },
	{ "/v1.41/containers/c1/kill", 204, "" },
	{ "/v1.41/containers/c1?", 204, "" },
	{ "/v1.41/containers/c1/exec", 201, "{\"Id\":\"e1\"}" },
	{ "/v1.41/exec/e1/start", 200, "" },
	{ "/v1.41/exec/e1/json", 200, "{\"Running\":false,\"ExitCode\":0}" },
	{ "", 404, "{\"message\":\"No such thing\"}" },
};

static struct {
	pthread_mutex_t mutex;
	const struct answer *odd; /* comes first; ends with path NULL */
	bool once; /* the odd answer comes once */
	size_t odds;
	struct ohb_str asked; /* a path a line */
} engine_state = { .mutex = PTHREAD_MUTEX_INITIALIZER };

static struct listener listener;
static struct ohb_engine *engine;
static struct ohb_error err;
static struct ohb_str warnings;

static const struct answer *find_answer(const char *path)
{
	const struct answer *answer = engine_state.odd;

	for (; answer && answer->path; answer++)
		if (ohb_starts(path, answer->path) &&
				(!engine_state.once ||
						engine_state.odds++ == 0))
			return answer;
	for (answer = usual; !ohb_starts(path, answer->path); answer++)
		continue;
	return answer;
}

static void serve(void *userdata, int fd, const char *path, const char *head,
		const char *body)
{
	const struct answer *answer;

	(void)userdata;
	(void)head;
	(void)body;
	(void)pthread_mutex_lock(&engine_state.mutex);
	ohb_str_addf(&engine_state.asked, "%s\n", path);
	answer = find_answer(path);
	(void)pthread_mutex_unlock(&engine_state.mutex);
	listener_say(fd, answer->status, answer->body);
}

static size_t count_asked(const char *path)
{
	const char *at;
	size_t n = 0;

	(void)pthread_mutex_lock(&engine_state.mutex);
	at = ohb_str_cstr(&engine_state.asked);
	for (; (at = strstr(at, path)); at++)
		n++;
	(void)pthread_mutex_unlock(&engine_state.mutex);
	return n;
}

static bool asked(const char *path)
{
	return count_asked(path) > 0;
}

static void on_warning(void *userdata, const char *text)
{
	(void)userdata;
	ohb_str_addf(&warnings, "%s\n", text);
}

static int try_open(const struct answer *odd)
{
	const struct ohb_engine_options options = {
		.kind = OHB_ENGINE_DOCKER,
		.run = "r1",
		.on_warning = on_warning,
	};

	(void)pthread_mutex_lock(&engine_state.mutex);
	engine_state.odd = odd;
	engine_state.once = false;
	(void)pthread_mutex_unlock(&engine_state.mutex);
	return ohb_engine_open(&options, &engine, &err);
}

static void must_open(const struct answer *odd)
{
	ck_assert_msg(try_open(odd) == 0, "%s", err.msg);
}

static void setup(void)
{
	struct ohb_str host = OHB_STR_INIT;

	err = (struct ohb_error)OHB_ERROR_INIT;
	engine = NULL;
	listener_start(&listener, "127.0.0.1", serve, NULL);
	ohb_str_addf(&host, "tcp%s", listener.url + 4);
	ck_assert_int_eq(setenv("DOCKER_HOST", host.data, 1), 0);
	ohb_str_release(&host);
	ck_assert_int_eq(unsetenv("DOCKER_TLS_VERIFY"), 0);
}

static void teardown(void)
{
	ohb_engine_close(engine);
	listener_stop(&listener);
	ohb_str_release(&engine_state.asked);
	ohb_str_release(&warnings);
}

static void fails_with(int ret, const char *says)
{
	ck_assert_int_eq(ret, -1);
	ck_assert_int_eq(err.code, OHB_E_INFRA);
	ck_assert_msg(strstr(err.msg, says) != NULL, "'%s' is not in: %s", says,
			err.msg);
}

static const struct {
	struct answer odd[2];
	const char *says;
} no_engines[] = {
	{ { { "/version", 200, "<html>" } }, "line 1" },
	{ { { "/version", 200, "{}" } }, "no Docker Engine" },
	{ { { "/version", 200, "[1]" } }, "no Docker Engine" },
	{ { { "/version", 200, "{\"ApiVersion\":\"1.30\"}" } },
			"update the engine" },
	{ { { "/version", 200,
			  "{\"ApiVersion\":\"1.41\",\"Os\":\"windows\"}" } },
			"Linux containers" },
	{ { { "/version", 500, "{\"message\":\"boom\"}" } }, "boom" },
	{ { { "/version", 502, "bad gateway" } }, "answered 502" },
	{ { { "/v1.41/info", 403, "{\"message\":\"policy\"}" } }, "policy" },
	{ { { "/v1.41/containers/json", 500, "{\"message\":\"db\"}" } }, "db" },
};

START_TEST(no_engine_is_told_from_one)
{
	fails_with(try_open(no_engines[_i].odd), no_engines[_i].says);
}
END_TEST

static const struct {
	struct answer odd[3];
	enum ohb_image_pull pull;
	const char *image, *says;
} pulls[] = {
	/* The status was 200 long before it failed. */
	{ { { "/v1.41/images/create", 200,
			  "{\"status\":\"x\"}\r\n{\"errorDetail\":{},"
			  "\"error\":\"manifest unknown\"}\r\n" } },
			OHB_IMAGE_PULL_MISSING, "gone:1", "manifest unknown" },
	{ { { "/v1.41/images/create", 200, "{\"error\":\"no end of line\"}" } },
			OHB_IMAGE_PULL_ALWAYS, "here", "no end of line" },
	{ { { "/v1.41/images/create", 500,
			  "{\"message\":\"write: no space left on device\"}" } },
			OHB_IMAGE_PULL_MISSING, "gone:1", "free space" },
	{ { { "/v1.41/images/create", 200, "not JSON\n\n{}\n" } },
			OHB_IMAGE_PULL_MISSING, "gone:1",
			"was pulled but is not there" },
	{ { { "/v1.41/images/here/json", 200, "{}" } }, OHB_IMAGE_PULL_MISSING,
			"here", "says nothing" },
	{ { { NULL, 0, NULL } }, OHB_IMAGE_PULL_NEVER, "gone:1",
			"docker pull gone:1" },
};

START_TEST(a_pull_that_fails_is_told)
{
	ohb_autostr id = OHB_STR_INIT;

	must_open(pulls[_i].odd);
	fails_with(ohb_engine_image(engine, pulls[_i].image, pulls[_i].pull,
				   &id, &err),
			pulls[_i].says);
	ck_assert_uint_eq(id.len, 0);
}
END_TEST

static const struct {
	const char *image, *path;
} names[] = {
	{ "a/b", "create?fromImage=a%2Fb&tag=latest\n" },
	{ "host:5000/b", "create?fromImage=host%3A5000%2Fb&tag=latest\n" },
	{ "host:5000/b:2", "create?fromImage=host%3A5000%2Fb%3A2\n" },
	{ "b@sha256:12", "create?fromImage=b%40sha256%3A12\n" },
	{ "b c?x=1&tag=2", "create?fromImage=b%20c%3Fx%3D1%26tag%3D2&tag=" },
};

START_TEST(one_tag_is_pulled)
{
	must_open(NULL);
	ck_assert_int_eq(ohb_engine_image(engine, names[_i].image,
					 OHB_IMAGE_PULL_MISSING, NULL, &err),
			-1);
	ck_assert_msg(asked(names[_i].path), "%s", engine_state.asked.data);
}
END_TEST

static int open_judge(struct ohb_sandbox **ret)
{
	const struct ohb_sandbox_spec spec = {
		.role = OHB_ROLE_JUDGE, .image = "here", .name = "n1"
	};

	return ohb_sandbox_open(engine, &spec, ret, &err);
}

static const struct {
	struct answer odd[3];
	const char *says;
	bool removed;
} containers[] = {
	{ { { "/v1.41/containers/create?name", 409,
			  "{\"message\":\"Conflict: name in use\"}" } },
			"name in use", false },
	{ { { "/v1.41/containers/create?name", 201, "{}" } }, "without an id",
			false },
	{ { { "/v1.41/containers/c1/archive?path=%2Fworkspace", 500,
			  "{\"message\":\"no space left on device\"}" } },
			"free space", true },
	{ { { "/v1.41/containers/c1/start", 400,
			  "{\"message\":\"exec format error\"}" } },
			"kind of processor", true },
	{ { { "/v1.41/containers/c1/json", 200,
			  "{\"State\":{\"Running\":false,\"ExitCode\":9,"
			  "\"OOMKilled\":true}}" } },
			"out of memory", true },
	{ { { "/v1.41/containers/c1/json", 200,
			    "{\"State\":{\"Running\":false,\"ExitCode\":9}}" },
			  { "/v1.41/containers/c1/logs", 200, "not framed" } },
			"status 9", true },
};

START_TEST(a_container_that_does_not_start_is_told)
{
	struct ohb_sandbox *sandbox = NULL;

	must_open(containers[_i].odd);
	fails_with(open_judge(&sandbox), containers[_i].says);
	/* One removal is that of the container which was asked for the user,
	 * and a judge's is tried twice. */
	ck_assert_uint_eq(count_asked("/v1.41/containers/c1?v=1&force=1\n"),
			containers[_i].removed ? 3 : 1);
	ck_assert_ptr_null(sandbox);
}
END_TEST

static const struct {
	struct answer odd[2];
	const char *removed;
} chances[] = {
	{ { { "/v1.41/containers/create?name", 500, "{}" } }, NULL },
	/* Made, but nobody was told. */
	{ { { "/v1.41/containers/create?name", 409, "{}" } }, "n1" },
	{ { { "/v1.41/containers/c1/start", 500, "{}" } }, "c1" },
};

START_TEST(a_judge_is_asked_for_once_more)
{
	struct ohb_sandbox *sandbox = NULL;
	ohb_autostr path = OHB_STR_INIT;

	must_open(chances[_i].odd);
	engine_state.once = true;
	engine_state.odds = 0;
	ck_assert_msg(open_judge(&sandbox) == 0, "%s", err.msg);
	ohb_str_addf(&path, "/v1.41/containers/%s?v=1&force=1\n",
			chances[_i].removed ? chances[_i].removed : "n1");
	ck_assert_int_eq(asked(path.data), chances[_i].removed != NULL);
	ck_assert_uint_eq(count_asked("/v1.41/containers/create?name"), 2);
	ohb_sandbox_close(sandbox);
}
END_TEST

START_TEST(an_agent_is_not)
{
	static const struct answer odd[] = {
		{ "/v1.41/containers/create?name", 500, "{}" },
		{ "/v1.41/networks/create", 201, "{\"Id\":\"net\"}" },
		{ "/v1.41/networks/net", 200,
				"{\"IPAM\":{\"Config\":[{\"Gateway\":"
				"\"127.0.0.1\"}]}}" },
		{ NULL, 0, NULL },
	};
	const struct ohb_sandbox_spec spec = {
		.role = OHB_ROLE_COMMAND, .image = "here", .name = "n1"
	};
	struct ohb_sandbox *sandbox = NULL;

	must_open(odd);
	fails_with(ohb_sandbox_open(engine, &spec, &sandbox, &err), "");
	ck_assert_uint_eq(count_asked("/v1.41/containers/create?name"), 1);
}
END_TEST

static const struct {
	struct answer odd[3];
	const char *says;
	bool killed;
} execs[] = {
	{ { { "/v1.41/exec/e1/start", 200, "no frames here" } }, "not framed",
			true },
	{ { { "/v1.41/exec/e1/start", 500, "{\"message\":\"broken\"}" } },
			"broken", true },
	{ { { "/v1.41/containers/c1/exec", 201, "{}" } }, "without an id",
			false },
	{ { { "/v1.41/exec/e1/json", 200, "[]" } }, NULL, false },
	{ { { "/v1.41/exec/e1/json", 404, "{\"message\":\"No such exec\"}" } },
			"No such exec", false },
};

START_TEST(an_exec_that_fails_is_told)
{
	static const char *const argv[] = { "true", NULL };
	const struct ohb_exec_spec spec = { .argv = argv };
	struct ohb_exec_result result = { .status = 7 };
	struct ohb_sandbox *sandbox = NULL;
	int ret;

	must_open(execs[_i].odd);
	ck_assert_msg(open_judge(&sandbox) == 0, "%s", err.msg);
	ret = ohb_sandbox_exec(sandbox, &spec, &result, &err);
	if (execs[_i].says)
		fails_with(ret, execs[_i].says);
	else
		ck_assert_int_eq(result.status, -1);
	ck_assert_int_eq(asked("/kill\n"), execs[_i].killed);
	ohb_exec_result_release(&result);
	ohb_sandbox_close(sandbox);
}
END_TEST

/* The owner's label of a process that is no more. */
static void dead_owner(char text[OHB_OWNER_TEXT])
{
	int fds[2];
	pid_t pid;

	ck_assert_int_eq(pipe(fds), 0);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		ohb_owner_self(text);
		_exit(write(fds[1], text, OHB_OWNER_TEXT) != OHB_OWNER_TEXT);
	}
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	ck_assert_int_eq(read(fds[0], text, OHB_OWNER_TEXT), OHB_OWNER_TEXT);
	(void)close(fds[0]);
	(void)close(fds[1]);
}

START_TEST(only_the_things_of_the_dead_are_swept)
{
	char dead[OHB_OWNER_TEXT], self[OHB_OWNER_TEXT];
	ohb_autostr things = OHB_STR_INIT, volumes = OHB_STR_INIT;
	struct answer odd[] = {
		{ "/v1.41/containers/json", 200, NULL },
		{ "/v1.41/networks?", 200, NULL },
		{ "/v1.41/volumes?", 200, NULL },
		{ "/v1.41/networks/dead", 409,
				"{\"message\":\"has active endpoints\"}" },
		{ NULL, 0, NULL },
	};

	dead_owner(dead);
	ohb_owner_self(self);
	ohb_str_addf(&things,
			"[{\"Id\":\"dead\",\"Labels\":{\"ohbuild.owner\":"
			"\"%s\"}},{\"Id\":\"self\",\"Labels\":{"
			"\"ohbuild.owner\":\"%s\"}},{\"Id\":\"odd\",\"Labels\":"
			"{\"ohbuild.owner\":\"nobody\"}},{\"Id\":\"none\","
			"\"Labels\":null},{\"Labels\":{\"ohbuild.owner\":"
			"\"%s\"}},7]",
			dead, self, dead);
	ohb_str_addf(&volumes,
			"{\"Volumes\":[{\"Name\":\"v/1\",\"Labels\":{"
			"\"ohbuild.owner\":\"%s\"}}]}",
			dead);
	odd[0].body = things.data;
	odd[1].body = things.data;
	odd[2].body = volumes.data;
	must_open(odd);
	ck_assert(asked("/v1.41/containers/dead?v=1&force=1\n"));
	ck_assert(asked("/v1.41/networks/dead\n"));
	ck_assert(asked("/v1.41/volumes/v%2F1?force=1\n"));
	ck_assert(!asked("/self") && !asked("/odd") && !asked("/none"));
	/* What cannot be removed ends nothing. */
	ck_assert_ptr_nonnull(strstr(ohb_str_cstr(&warnings), "endpoints"));
	ohb_engine_close(engine);
	engine = NULL;
}
END_TEST

START_TEST(networks_elsewhere_are_told)
{
	static const struct answer odd[] = {
		{ "/v1.41/networks/create", 201, "{\"Id\":\"n1\"}" },
		{ "/v1.41/networks/n1", 200,
				"{\"IPAM\":{\"Config\":[{\"Gateway\":"
				"\"192.0.2.1/24\"}]}}" },
		{ NULL, 0, NULL },
	};
	ohb_autostr address = OHB_STR_INIT;

	must_open(odd);
	fails_with(ohb_engine_host_address(engine, &address, &err),
			"not on this machine (192.0.2.1");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("sandbox/docker");
	TCase *tcase = tcase_create("all");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_set_timeout(tcase, 60);
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, no_engine_is_told_from_one, 0,
			(int)OHB_ARRAY_LEN(no_engines));
	tcase_add_loop_test(tcase, a_pull_that_fails_is_told, 0,
			(int)OHB_ARRAY_LEN(pulls));
	tcase_add_loop_test(
			tcase, one_tag_is_pulled, 0, (int)OHB_ARRAY_LEN(names));
	tcase_add_loop_test(tcase, a_container_that_does_not_start_is_told, 0,
			(int)OHB_ARRAY_LEN(containers));
	tcase_add_loop_test(tcase, a_judge_is_asked_for_once_more, 0,
			(int)OHB_ARRAY_LEN(chances));
	tcase_add_test(tcase, an_agent_is_not);
	tcase_add_loop_test(tcase, an_exec_that_fails_is_told, 0,
			(int)OHB_ARRAY_LEN(execs));
	tcase_add_test(tcase, only_the_things_of_the_dead_are_swept);
	tcase_add_test(tcase, networks_elsewhere_are_told);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
