#ifndef OHB_IO_PROCESS_H
#define OHB_IO_PROCESS_H

/*
 * Programs on the host, by argv, never by a shell.  A child runs in a
 * process group of its own; one that is not reaped is killed and reaped.
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/cancel.h"
#include "base/str.h"

struct ohb_process_spec {
	const char *const *argv; /* NULL-terminated; argv[0] by PATH */
	const char *const *env; /* "NAME=value", NULL-terminated; NULL: ours */
	const char *dir; /* NULL: ours */
	const void *input; /* for stdin; NULL: /dev/null */
	size_t input_len;
	int64_t timeout_ms; /* 0: none */
	size_t max_output; /* per stream; 0: OHB_MAX_EXEC_OUTPUT */
	/* Called with pieces as they come (stream 1 or 2); NULL: no. */
	void (*on_output)(void *userdata, int stream, const char *data,
			size_t len);
	/* About twice a second; false: its time has passed.  NULL: no. */
	bool (*on_tick)(void *userdata);
	void *userdata;
};

struct ohb_process_result {
	int status; /* exit status; 128 + signal */
	bool timed_out;
	struct ohb_str out, err; /* bounded: head and tail, with a line
				    "[… N bytes left out …]" between */
	int64_t duration_ms;
};

/* Runs to its end.  A program that cannot be started is OHB_E_MISSING;
 * a non-zero status is not an error. */
int ohb_process_run(const struct ohb_process_spec *spec,
		struct ohb_cancel *cancel, struct ohb_process_result *ret,
		struct ohb_error *err) OHB_MUST_CHECK;
void ohb_process_result_release(struct ohb_process_result *result);

/* A child that stays: its stdout and stderr go to log_fd (-1: /dev/null). */
struct ohb_child {
	pid_t pid; /* 0: none */
};

int ohb_child_start(const struct ohb_process_spec *spec, int log_fd,
		struct ohb_child *ret, struct ohb_error *err) OHB_MUST_CHECK;
bool ohb_child_alive(struct ohb_child *child);
/* SIGTERM to the group, SIGKILL after grace_ms, reaped. */
void ohb_child_stop(struct ohb_child *child, int64_t grace_ms);

/*
 * Keeps the first and the last max/2 bytes of a stream.  Used for every
 * output we keep: processes, container execs.
 */
struct ohb_tail {
	struct ohb_str head, ring;
	size_t max, at;
	uint64_t total;
};

void ohb_tail_init(struct ohb_tail *tail, size_t max);
void ohb_tail_add(struct ohb_tail *tail, const char *data, size_t len);
/* Writes what was kept to out and releases. */
void ohb_tail_end(struct ohb_tail *tail, struct ohb_str *out);

/* Who we are, for owner labels: pid, its start time in clock ticks since
 * boot, the boot id, and a digest of where such a pid means something
 * (machine, host name, pid namespace).  Text form
 * "<pid>.<start>.<boot id>.<place>". */
#define OHB_OWNER_TEXT 96
void ohb_owner_self(char text[OHB_OWNER_TEXT]);
/* 1 alive, or of another place and so not ours to judge; 0 dead (or another
 * boot); -1 not such a text. */
int ohb_owner_alive(const char *text);

#endif
