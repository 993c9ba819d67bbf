#include "io/wait.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "io/clock.h"

int ohb_cancel_init(struct ohb_cancel *cancel, struct ohb_error *err)
{
	int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

	if (fd < 0)
		return ohb_fail_errno(err, errno, "make an event descriptor");
	atomic_init(&cancel->level, 0);
	cancel->fd = cancel->own_fd = fd;
	cancel->parent = NULL;
	return 0;
}

/* An epoll descriptor is readable while one of its members is: no thread has
 * to carry the news from parent to child. */
int ohb_cancel_init_child(struct ohb_cancel *cancel,
		const struct ohb_cancel *parent, struct ohb_error *err)
{
	struct epoll_event event = { .events = EPOLLIN };
	int both;

	if (ohb_cancel_init(cancel, err) < 0)
		return -1;
	if (!parent)
		return 0;
	both = epoll_create1(EPOLL_CLOEXEC);
	if (both < 0 ||
			epoll_ctl(both, EPOLL_CTL_ADD, cancel->own_fd, &event) <
					0 ||
			(parent->fd >= 0 &&
					epoll_ctl(both, EPOLL_CTL_ADD,
							parent->fd,
							&event) < 0)) {
		int saved = errno;

		if (both >= 0)
			(void)close(both);
		ohb_cancel_release(cancel);
		return ohb_fail_errno(err, saved, "make an event descriptor");
	}
	cancel->fd = both;
	cancel->parent = parent;
	return 0;
}

void ohb_cancel_release(struct ohb_cancel *cancel)
{
	if (cancel->parent && cancel->own_fd >= 0)
		(void)close(cancel->own_fd);
	if (cancel->fd >= 0)
		(void)close(cancel->fd);
	cancel->fd = cancel->own_fd = -1;
	cancel->parent = NULL;
}

void ohb_cancel_raise(struct ohb_cancel *cancel)
{
	const uint64_t one = 1;
	int saved = errno;
	int level = atomic_load(&cancel->level);

	while (level < 2 &&
			!atomic_compare_exchange_weak(
					&cancel->level, &level, level + 1))
		;
	/* Fails only when the counter is full, and then it is readable. */
	while (write(cancel->own_fd, &one, sizeof(one)) < 0 && errno == EINTR)
		;
	errno = saved;
}

/* What is left until the deadline, for poll; -1: for ever. */
static int remaining(int64_t deadline_ms)
{
	int64_t left;

	if (deadline_ms < 0)
		return -1;
	left = deadline_ms - ohb_clock_mono_ms();
	if (left < 0)
		return 0;
	return left > INT_MAX ? INT_MAX : (int)left;
}

int ohb_wait_fd(struct ohb_cancel *cancel, int fd, short events, int64_t ms,
		struct ohb_error *err)
{
	struct pollfd fds[2] = {
		{ .fd = cancel ? cancel->fd : -1, .events = POLLIN },
		{ .fd = fd, .events = events },
	};
	const int64_t deadline_ms = ms < 0 ? -1 : ohb_clock_mono_ms() + ms;
	int n;

	for (;;) {
		if (ohb_cancel_level(cancel) > 0)
			return ohb_fail(err, OHB_E_CANCELLED, "cancelled");
		n = poll(fds, 2, remaining(deadline_ms));
		if (n < 0 && errno != EINTR)
			break;
		if (n > 0 && fds[1].revents)
			return 1;
		if (n == 0 && remaining(deadline_ms) == 0)
			return 0;
	}
	return ohb_fail_errno(err, errno, "wait");
}

int ohb_wait_ms(struct ohb_cancel *cancel, int64_t ms, struct ohb_error *err)
{
	return ohb_wait_fd(cancel, -1, 0, ms < 0 ? 0 : ms, err);
}
