#ifndef OHB_TEST_LISTENER_H
#define OHB_TEST_LISTENER_H

/*
 * A server of a test: one thread, one request at a time, one answer a
 * connection.
 */

#include <arpa/inet.h>
#include <check.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/str.h"

/* Answers (listener_answer) or does not; head are the header lines. */
typedef void listener_fn(void *userdata, int fd, const char *path,
		const char *head, const char *body);

struct listener {
	char url[64];
	listener_fn *serve;
	void *userdata;
	int fd;
	pthread_t thread;
	atomic_bool ends; /* set by serve: no further connection is taken */
};

static inline void listener_send(int fd, const char *data, size_t len)
{
	while (len) {
		ssize_t n = send(fd, data, len, MSG_NOSIGNAL);

		if (n <= 0)
			return;
		data += n;
		len -= (size_t)n;
	}
}

static inline void listener_answer(
		int fd, int status, const struct ohb_str *body)
{
	ohb_autostr head = OHB_STR_INIT;

	ohb_str_addf(&head,
			"HTTP/1.1 %d Word\r\nConnection: close\r\n"
			"Content-Type: application/json\r\n"
			"Content-Length: %zu\r\n\r\n",
			status, body->len);
	listener_send(fd, head.data, head.len);
	listener_send(fd, ohb_str_cstr(body), body->len);
}

static inline void listener_say(int fd, int status, const char *text)
{
	ohb_autostr body = OHB_STR_INIT;

	ohb_str_adds(&body, text);
	listener_answer(fd, status, &body);
}

/* Reads one request; its parts are cut out in place. */
static inline void listener_read(struct listener *listener, int fd)
{
	ohb_autostr in = OHB_STR_INIT;
	char chunk[4096];
	char *path, *end, *head = NULL;
	const char *length;
	size_t need = 1;
	ssize_t n;

	while (in.len < need && (n = recv(fd, chunk, sizeof(chunk), 0)) > 0) {
		ohb_str_add(&in, chunk, (size_t)n);
		head = strstr(in.data, "\r\n\r\n");
		length = strcasestr(in.data, "content-length:");
		need = !head ? in.len + 1 :
			       (size_t)(head + 4 - in.data) +
						(length && length < head ? strtoul(length + 15,
											   NULL,
											   10) :
									   0);
	}
	if (in.len < need || !head)
		return;
	path = strchr(in.data, ' ');
	end = path ? strchr(path + 1, ' ') : NULL;
	if (!end)
		return;
	*end = '\0';
	listener->serve(listener->userdata, fd, path + 1, end + 1, head + 4);
}

static inline void *listener_loop(void *data)
{
	struct listener *listener = data;

	while (!atomic_load(&listener->ends)) {
		int fd = accept(listener->fd, NULL, NULL);

		if (fd < 0)
			break;
		if (!atomic_load(&listener->ends))
			listener_read(listener, fd);
		(void)close(fd);
	}
	/* From now on a connection is refused. */
	(void)shutdown(listener->fd, SHUT_RDWR);
	return NULL;
}

static inline void listener_start(struct listener *listener, const char *host,
		listener_fn *serve, void *userdata)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	socklen_t size = sizeof(address);

	listener->serve = serve;
	listener->userdata = userdata;
	atomic_init(&listener->ends, false);
	ck_assert_int_eq(inet_pton(AF_INET, host, &address.sin_addr), 1);
	listener->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_ge(listener->fd, 0);
	ck_assert_int_eq(bind(listener->fd, (struct sockaddr *)&address, size),
			0);
	ck_assert_int_eq(listen(listener->fd, 16), 0);
	ck_assert_int_eq(getsockname(listener->fd, (struct sockaddr *)&address,
					 &size),
			0);
	(void)snprintf(listener->url, sizeof(listener->url), "http://%s:%u",
			host, ntohs(address.sin_port));
	ck_assert_int_eq(pthread_create(&listener->thread, NULL, listener_loop,
					 listener),
			0);
}

static inline void listener_stop(struct listener *listener)
{
	atomic_store(&listener->ends, true);
	(void)shutdown(listener->fd, SHUT_RDWR);
	ck_assert_int_eq(pthread_join(listener->thread, NULL), 0);
	(void)close(listener->fd);
}

#endif
