/* Clients that ask for a large answer and never read it: nothing of theirs
 * stays, and nobody else notices. */
#include "provider.h"

#include <dirent.h>
#include <malloc.h>

#define CONNECTIONS 32
#define UNREAD (CONNECTIONS / 4 - 1) /* all of one address but one */
#define ANSWER_BYTES ((size_t)6 << 20) /* more than a system takes in advance */
#define SMALL 4096

static const char *const manners[] = { "false", "true" }; /* streamed */

struct fixture {
	struct provider provider;
	struct scene scene;
	struct ohb_str body; /* of the scene */
	struct ohb_gateway *gateway;
	struct ohb_grant *grant;
	struct ohb_gateway_model model;
};

static void set_up(struct fixture *fixture)
{
	const struct ohb_gateway_options options = {
		.address = "127.0.0.1",
		.client_ms = 1000,
		.connections = CONNECTIONS,
	};
	struct ohb_grant_options grant = { .target = "tests/test_a.c",
		.models = &fixture->model,
		.nmodels = 1 };
	struct ohb_error err = OHB_ERROR_INIT;

	memset(fixture, 0, sizeof(*fixture));
	ohb_str_adds(&fixture->body,
			"{\"id\":\"a\",\"object\":\"chat.completion\","
			"\"choices\":[{\"index\":0,\"message\":{\"role\":"
			"\"assistant\",\"content\":\"");
	while (fixture->body.len < ANSWER_BYTES)
		ohb_str_adds(&fixture->body, "much to say, and more; ");
	ohb_str_adds(&fixture->body, "\"},\"finish_reason\":\"stop\"}]}");
	fixture->scene = (struct scene){ 200, fixture->body.data, NULL, 0,
		WHOLE };
	provider_start(&fixture->provider, &fixture->scene, 1);
	fixture->model = (struct ohb_gateway_model){
		.id = "openai/first",
		.name = "first-2026",
		.base_url = fixture->provider.url,
		.max_output_tokens = 777,
	};
	ck_assert_msg(ohb_gateway_open(&options, &fixture->gateway, &err) == 0,
			"%s", err.msg);
	ck_assert_msg(ohb_gateway_grant(fixture->gateway, &grant,
				      &fixture->grant, &err) == 0,
			"%s", err.msg);
}

static void tear_down(struct fixture *fixture)
{
	ohb_gateway_revoke(fixture->gateway, fixture->grant);
	ohb_gateway_close(fixture->gateway);
	provider_stop(&fixture->provider);
	ohb_str_release(&fixture->body);
}

/* Asks question number n and will not read. */
static int ask_only(
		const struct fixture *fixture, unsigned n, const char *streamed)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	const char *port = strrchr(ohb_gateway_url(fixture->gateway), ':') + 1;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	const int size = SMALL;
	ohb_autostr body = OHB_STR_INIT, request = OHB_STR_INIT;

	ohb_str_addf(&body,
			"{\"messages\":[{\"role\":\"user\",\"content\":"
			"\"%u\"}],\"stream\":%s}",
			n, streamed);
	ohb_str_addf(&request,
			"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\n"
			"Authorization: Bearer %s\r\nContent-Length: %zu"
			"\r\n\r\n%s",
			ohb_secret_reveal(ohb_grant_token(fixture->grant)),
			body.len, body.data);
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	address.sin_port = htons((uint16_t)strtoul(port, NULL, 10));
	ck_assert_int_eq(setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size,
					 sizeof(size)),
			0);
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&address,
					 sizeof(address)),
			0);
	ck_assert_int_eq(send(fd, request.data, request.len, 0),
			(ssize_t)request.len);
	return fd;
}

/* Reads what the system has taken for it. */
static size_t rest_of(int fd)
{
	char chunk[SMALL];
	size_t len = 0;
	ssize_t n;

	while ((n = recv(fd, chunk, sizeof(chunk), 0)) > 0)
		len += (size_t)n;
	return len;
}

static unsigned entries(const char *path)
{
	DIR *dir = opendir(path);
	unsigned n = 0;

	ck_assert_ptr_nonnull(dir);
	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

static size_t memory(void)
{
	struct mallinfo2 info = mallinfo2();

	return info.uordblks + info.hblkhd;
}

static void must_answer(const struct fixture *fixture)
{
	ohb_autohttp reply = OHB_HTTP_RESPONSE_INIT;

	ask(fixture->gateway, ohb_grant_token(fixture->grant), QUESTION,
			&reply);
	ck_assert_msg(reply.status == 200, "%d: %s", reply.status,
			ohb_str_cstr(&reply.body));
	ck_assert_uint_ge(reply.body.len, ANSWER_BYTES);
}

/* Until no more than so many are left. */
static void wait_for_threads(struct fixture *fixture, unsigned threads)
{
	while (entries("/proc/self/task") > threads)
		provider_wait(&fixture->provider, -1, 20);
}

START_TEST(an_answer_that_nobody_reads_is_let_go)
{
	struct fixture fixture;
	int fds[UNREAD];
	unsigned threads, files, i;
	size_t before;

	set_up(&fixture);
	threads = entries("/proc/self/task");
	must_answer(&fixture);
	wait_for_threads(&fixture, threads);
	files = entries("/proc/self/fd");
	before = memory();
	for (i = 0; i < UNREAD; i++)
		fds[i] = ask_only(&fixture, i, manners[_i]);
	wait_until_asked(&fixture.provider, 1 + UNREAD);
	must_answer(&fixture);
	wait_for_threads(&fixture, threads);
	ck_assert_uint_eq(atomic_load(&fixture.provider.asked), UNREAD + 2);
	ck_assert_uint_lt(memory(), before + ANSWER_BYTES / 2);
	for (i = 0; i < UNREAD; i++) {
		ck_assert_uint_lt(rest_of(fds[i]), ANSWER_BYTES);
		close(fds[i]);
	}
	ck_assert_uint_le(entries("/proc/self/fd"), files);
	must_answer(&fixture);
	tear_down(&fixture);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("unread");
	TCase *tcase = tcase_create("unread");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tcase, 60);
	tcase_add_loop_test(tcase, an_answer_that_nobody_reads_is_let_go, 0,
			(int)OHB_ARRAY_LEN(manners));
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
