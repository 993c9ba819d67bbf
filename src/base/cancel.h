#ifndef OHB_BASE_CANCEL_H
#define OHB_BASE_CANCEL_H

/*
 * Ctrl-C, as data.  One token for the program; everything that waits (HTTP,
 * a process, a delay) also waits for its descriptor.  `fd` is readable from
 * the moment the token is raised and stays so: nobody reads it empty.
 * Made and raised in io/wait.h, which has the system calls.
 */

#include <stdatomic.h>
#include <stdbool.h>

struct ohb_cancel {
	atomic_int level; /* 0 go on, 1 stop in order, 2 stop at once */
	int fd; /* to wait for; -1 when there is none */
	/* Of a child: raised with its parent, or alone. */
	const struct ohb_cancel *parent;
	int own_fd; /* the eventfd; that of a plain token is fd */
};

static inline int ohb_cancel_level(const struct ohb_cancel *cancel)
{
	int level = 0, own;

	for (; cancel; cancel = cancel->parent) {
		own = atomic_load(&cancel->level);
		level = own > level ? own : level;
	}
	return level;
}

#endif
