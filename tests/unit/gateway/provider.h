#ifndef OHB_TEST_PROVIDER_H
#define OHB_TEST_PROVIDER_H

/*
 * A provider that does what a script says: request number k gets scene k, and
 * all after the last scene get the last.  One request at a time, as they
 * come, so that what was asked is in order.
 */

#include <arpa/inet.h>
#include <check.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/memory.h"
#include "gateway/gateway.h"
#include "io/clock.h"
#include "io/http.h"

#define GOOD                                                                   \
	"{\"id\":\"a\",\"object\":\"chat.completion\",\"choices\":[{"          \
	"\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"hi\"}," \
	"\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":100,"       \
	"\"completion_tokens\":10,\"total_tokens\":110}}"
#define QUESTION                                                   \
	"{\"model\":\"ohbuild\",\"messages\":[{\"role\":\"user\"," \
	"\"content\":\"hello\"}]}"

struct scene {
	int status;
	const char *body; /* NULL: GOOD */
	const char *headers; /* each line with its \r\n; NULL: none */
	int delay_ms;
	/* HELD: half of it, the rest when the test lets go. */
	enum { WHOLE, CUT, SILENT, HELD } manner;
};

#define MAX_ASKED 64

struct provider {
	const struct scene *scenes;
	size_t nscenes;
	int listener, stop;
	pthread_t thread;
	char url[64];
	atomic_uint asked;
	atomic_bool let_go;
	/* Of request k; read when asked is above k and all is quiet. */
	struct ohb_str requests[MAX_ASKED];
	int64_t times_ms[MAX_ASKED];
};

static inline void provider_wait(struct provider *provider, int fd, int ms)
{
	struct pollfd fds[2] = {
		{ .fd = provider->stop, .events = POLLIN },
		{ .fd = fd, .events = POLLIN },
	};

	(void)poll(fds, 2, ms);
}

/* Reads head and body; -1 when the other side went away. */
static inline int provider_read(int fd, struct ohb_str *request)
{
	const char *head_end, *length;
	char chunk[4096];
	size_t want = 0;
	ssize_t n;

	for (;;) {
		head_end = strstr(ohb_str_cstr(request), "\r\n\r\n");
		length = strcasestr(ohb_str_cstr(request), "Content-Length: ");
		if (head_end && length)
			want = (size_t)(head_end + 4 - request->data) +
					strtoul(length + 16, NULL, 10);
		if (want && request->len >= want)
			return 0;
		n = recv(fd, chunk, sizeof(chunk), 0);
		if (n <= 0)
			return -1;
		ohb_str_add(request, chunk, (size_t)n);
	}
}

static inline void provider_act(
		struct provider *provider, int fd, const struct scene *scene)
{
	const char *body = scene->body ? scene->body : GOOD;
	size_t len = strlen(body);
	ohb_autostr reply = OHB_STR_INIT;

	if (scene->manner == SILENT) {
		provider_wait(provider, fd, -1);
		return;
	}
	if (scene->delay_ms)
		provider_wait(provider, -1, scene->delay_ms);
	ohb_str_addf(&reply,
			"HTTP/1.1 %d X\r\nContent-Type: application/json\r\n"
			"Content-Length: %zu\r\nConnection: close\r\n%s\r\n",
			scene->status, len,
			scene->headers ? scene->headers : "");
	ohb_str_add(&reply, body, scene->manner == WHOLE ? len : len / 2);
	(void)send(fd, reply.data, reply.len, MSG_NOSIGNAL);
	if (scene->manner != HELD)
		return;
	while (!atomic_load(&provider->let_go))
		provider_wait(provider, -1, 5);
	(void)send(fd, body + len / 2, len - len / 2, MSG_NOSIGNAL);
}

static inline void *provider_run(void *userdata)
{
	struct provider *provider = userdata;
	struct pollfd fds[2] = {
		{ .fd = provider->stop, .events = POLLIN },
		{ .fd = provider->listener, .events = POLLIN },
	};

	while (poll(fds, 2, -1) > 0 && !fds[0].revents) {
		int fd = accept4(provider->listener, NULL, NULL, SOCK_CLOEXEC);
		unsigned at = atomic_load(&provider->asked);
		size_t scene = at < provider->nscenes ? at :
							provider->nscenes - 1;

		if (at < MAX_ASKED &&
				provider_read(fd, &provider->requests[at]) ==
						0) {
			provider->times_ms[at] = ohb_clock_mono_ms();
			atomic_store(&provider->asked, at + 1);
			provider_act(provider, fd, &provider->scenes[scene]);
		}
		close(fd);
	}
	return NULL;
}

static inline void provider_start(struct provider *provider,
		const struct scene *scenes, size_t nscenes)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	socklen_t len = sizeof(address);

	memset(provider, 0, sizeof(*provider));
	provider->scenes = scenes;
	provider->nscenes = nscenes;
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	provider->stop = eventfd(0, EFD_CLOEXEC);
	provider->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(bind(provider->listener, (struct sockaddr *)&address,
					 sizeof(address)),
			0);
	ck_assert_int_eq(listen(provider->listener, 64), 0);
	ck_assert_int_eq(getsockname(provider->listener,
					 (struct sockaddr *)&address, &len),
			0);
	(void)snprintf(provider->url, sizeof(provider->url),
			"http://127.0.0.1:%u/v1/", ntohs(address.sin_port));
	ck_assert_int_eq(pthread_create(&provider->thread, NULL, provider_run,
					 provider),
			0);
}

static inline void provider_stop(struct provider *provider)
{
	const uint64_t one = 1;
	size_t i;

	ck_assert_int_eq(write(provider->stop, &one, sizeof(one)), sizeof(one));
	pthread_join(provider->thread, NULL);
	close(provider->listener);
	close(provider->stop);
	for (i = 0; i < MAX_ASKED; i++)
		ohb_str_release(&provider->requests[i]);
}

/* As an agent asks; path after ".../v1". */
static inline void ask_path(const struct ohb_gateway *gateway,
		const struct ohb_secret *token, const char *path,
		const char *body, struct ohb_http_response *reply)
{
	static const char *const headers[] = { "Content-Type: application/json",
		NULL };
	struct ohb_error err = OHB_ERROR_INIT;
	ohb_autostr url = OHB_STR_INIT;
	struct ohb_http_request request = {
		.method = body ? "POST" : "GET",
		.headers = headers,
		.bearer = token,
		.body = body,
		.body_len = body ? strlen(body) : 0,
		.timeout_ms = 60000,
	};

	ohb_str_addf(&url, "%s%s", ohb_gateway_url(gateway), path);
	request.url = url.data;
	if (ohb_http_do(&request, NULL, reply, &err) < 0)
		reply->status = -1;
}

static inline void ask(const struct ohb_gateway *gateway,
		const struct ohb_secret *token, const char *body,
		struct ohb_http_response *reply)
{
	ask_path(gateway, token, "/chat/completions", body, reply);
}

/* One that asks on a thread of its own. */
struct asker {
	const struct ohb_gateway *gateway;
	const struct ohb_secret *token;
	const char *body;
	struct ohb_http_response reply;
	pthread_t thread;
};

static inline void *asker_run(void *userdata)
{
	struct asker *asker = userdata;

	ask(asker->gateway, asker->token, asker->body, &asker->reply);
	return NULL;
}

static inline void asker_start(struct asker *asker)
{
	ck_assert_int_eq(pthread_create(&asker->thread, NULL, asker_run, asker),
			0);
}

static inline void asker_join(struct asker *asker)
{
	pthread_join(asker->thread, NULL);
}

static inline void wait_until_asked(struct provider *provider, unsigned count)
{
	while (atomic_load(&provider->asked) < count)
		provider_wait(provider, -1, 5);
}

#endif
