#include "io/stray.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/limits.h"
#include "io/fs.h"

/* One that forks while we look is met in the next round. */
#define ROUNDS 20

struct search {
	const char *mark;
	size_t killed;
};

static int is_marked(const char *pid, const char *mark)
{
	ohb_autostr path = OHB_STR_INIT, env = OHB_STR_INIT;
	struct ohb_error unread = OHB_ERROR_INIT;
	const char *at, *end;

	ohb_str_addf(&path, "/proc/%s/environ", pid);
	if (ohb_fs_read(AT_FDCWD, path.data, OHB_MAX_JSON_BYTES, &env,
			    &unread) < 0 ||
			!env.len)
		return 0;
	end = env.data + env.len;
	for (at = env.data; at < end; at += strlen(at) + 1)
		if (ohb_starts(at, mark))
			return 1;
	return 0;
}

static int look_at(void *userdata, const char *name, enum ohb_fs_kind kind,
		struct ohb_error *err)
{
	struct search *search = userdata;
	unsigned long long pid;

	(void)kind;
	(void)err;
	if (ohb_parse_u64(name, strlen(name), 1u << 30, &pid) == 0 &&
			(pid_t)pid != getpid() &&
			is_marked(name, search->mark) &&
			kill((pid_t)pid, SIGKILL) == 0)
		search->killed++;
	return 0;
}

size_t ohb_stray_kill(const char *mark)
{
	size_t total = 0, before, round;
	struct search search = { .mark = mark };
	struct ohb_error unread = OHB_ERROR_INIT;

	for (round = 0; round < ROUNDS; round++) {
		before = search.killed;
		if (ohb_fs_list(AT_FDCWD, "/proc", look_at, &search, &unread) <
						0 ||
				search.killed == before)
			break;
		total = search.killed;
	}
	return total;
}
