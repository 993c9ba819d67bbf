#include "gateway/pool.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/memory.h"
#include "io/clock.h"
#include "io/wait.h"

/* One that waits; on its thread's stack. */
struct waiter {
	struct waiter *next;
	int64_t deadline_ms;
	int fd; /* readable: it is the first now, or things have changed */
};

struct ohb_pool {
	pthread_mutex_t lock;
	struct ohb_pace pace;
	struct waiter *first;
};

struct ohb_pool *ohb_pool_new(double floor)
{
	struct ohb_pool *pool = ohb_alloc(sizeof(*pool));

	(void)pthread_mutex_init(&pool->lock, NULL);
	ohb_pace_init(&pool->pace, floor);
	return pool;
}

void ohb_pool_free(struct ohb_pool *pool)
{
	if (!pool)
		return;
	(void)pthread_mutex_destroy(&pool->lock);
	free(pool);
}

/* The first one looks again; the lock is held. */
static void wake_first(struct ohb_pool *pool)
{
	const uint64_t one = 1;

	if (!pool->first)
		return;
	while (write(pool->first->fd, &one, sizeof(one)) < 0 && errno == EINTR)
		;
}

static void join_queue(struct ohb_pool *pool, struct waiter *waiter)
{
	struct waiter **at = &pool->first;

	while (*at && (*at)->deadline_ms <= waiter->deadline_ms)
		at = &(*at)->next;
	waiter->next = *at;
	*at = waiter;
}

static void leave_queue(struct ohb_pool *pool, struct waiter *waiter)
{
	struct waiter **at = &pool->first;

	while (*at != waiter)
		at = &(*at)->next;
	*at = waiter->next;
	wake_first(pool);
}

static int too_late(struct ohb_error *err)
{
	return ohb_fail(err, OHB_E_TIMEOUT,
			"the provider's limit leaves no room while a request "
			"may be held");
}

/* Sleeps with the lock let go until there may be room; the lock is held
 * again when it returns. */
static int sleep_in_queue(struct ohb_pool *pool, struct waiter *waiter,
		const struct ohb_pool_wish *wish, int64_t wait_ms,
		struct ohb_error *err)
{
	int64_t left_ms = wish->until_ms - ohb_clock_mono_ms();
	uint64_t count;
	int result;

	if (left_ms <= 0 || wait_ms > left_ms)
		return too_late(err);
	(void)pthread_mutex_unlock(&pool->lock);
	if (wish->on_wait)
		wish->on_wait(wish->userdata, wait_ms < 0 ? left_ms : wait_ms);
	result = ohb_wait_fd(wish->cancel, waiter->fd, POLLIN,
			wait_ms < 0 ? left_ms : wait_ms, err);
	(void)pthread_mutex_lock(&pool->lock);
	if (result > 0 && read(waiter->fd, &count, sizeof(count)) < 0 &&
			errno != EAGAIN)
		return ohb_fail_errno(err, errno, "wait in a queue");
	return result < 0 ? -1 : 0;
}

static int wait_for_turn(struct ohb_pool *pool, struct waiter *waiter,
		const struct ohb_pool_wish *wish, struct ohb_error *err)
{
	for (;;) {
		int64_t wait_ms = -1;

		if (pool->first == waiter)
			wait_ms = ohb_pace_wait_ms(&pool->pace, wish->tokens,
					ohb_clock_mono_ms());
		if (wait_ms == 0)
			return 0;
		if (sleep_in_queue(pool, waiter, wish, wait_ms, err) < 0)
			return -1;
	}
}

/* The lock is held. */
static int queue_up(struct ohb_pool *pool, const struct ohb_pool_wish *wish,
		struct ohb_error *err)
{
	struct waiter waiter = {
		.deadline_ms = wish->deadline_ms,
		.fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK),
	};
	int result;

	if (waiter.fd < 0)
		return ohb_fail_errno(err, errno, "make an event descriptor");
	join_queue(pool, &waiter);
	result = wait_for_turn(pool, &waiter, wish, err);
	leave_queue(pool, &waiter);
	(void)close(waiter.fd);
	return result;
}

int ohb_pool_enter(struct ohb_pool *pool, const struct ohb_pool_wish *wish,
		struct ohb_pace_use *ret, struct ohb_error *err)
{
	int result = 0;

	(void)pthread_mutex_lock(&pool->lock);
	if (pool->first ||
			ohb_pace_wait_ms(&pool->pace, wish->tokens,
					ohb_clock_mono_ms()) != 0)
		result = queue_up(pool, wish, err);
	if (result == 0)
		*ret = ohb_pace_take(
				&pool->pace, wish->tokens, ohb_clock_mono_ms());
	(void)pthread_mutex_unlock(&pool->lock);
	return result;
}

void ohb_pool_leave(struct ohb_pool *pool, const struct ohb_pace_use *use,
		const struct ohb_pool_end *end)
{
	int64_t now_ms = ohb_clock_mono_ms();

	(void)pthread_mutex_lock(&pool->lock);
	ohb_pace_give(&pool->pace, use, end->end, end->tokens, now_ms);
	ohb_pace_hear(&pool->pace, &end->limits, now_ms);
	if (end->close_ms > 0)
		ohb_pace_close(&pool->pace, end->close_ms, now_ms);
	wake_first(pool);
	(void)pthread_mutex_unlock(&pool->lock);
}
