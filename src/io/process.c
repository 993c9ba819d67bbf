#include "io/process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/memory.h"
#include "io/clock.h"
#include "io/fs.h"
#include "io/wait.h"

/* How long a process may take to end after SIGTERM when it is out of time
 * or the build is cancelled. */
#define GRACE_MS 500
#define TICK_MS 500

/* stdin as a file in memory: nothing to pump, no SIGPIPE, no deadlock. */
static int open_input(const struct ohb_process_spec *spec)
{
	const char *at = spec->input;
	size_t left = spec->input_len;
	ssize_t n;
	int fd;

	if (!spec->input)
		return open("/dev/null", O_RDONLY | O_CLOEXEC);
	fd = memfd_create("stdin", MFD_CLOEXEC);
	while (fd >= 0 && left > 0) {
		n = TEMP_FAILURE_RETRY(write(fd, at, left));
		if (n < 0) {
			ohb_closep(&fd);
			return -1;
		}
		at += n;
		left -= (size_t)n;
	}
	if (fd >= 0)
		(void)lseek(fd, 0, SEEK_SET);
	return fd;
}

/* argv and environment are not changed; posix_spawn's prototype is older
 * than const. */
static char *const *mutable(const char *const *strings)
{
	char *const *ret;

	memcpy(&ret, &strings, sizeof(ret));
	return ret;
}

static int spawn(const struct ohb_process_spec *spec, const int fds[3],
		struct ohb_child *ret)
{
	char *const *env = spec->env ? mutable(spec->env) : environ;
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	sigset_t signals;
	int bad = 0, i;

	(void)posix_spawn_file_actions_init(&files);
	(void)posix_spawnattr_init(&attr);
	for (i = 0; i < 3 && !bad; i++)
		bad = posix_spawn_file_actions_adddup2(&files, fds[i], i);
	if (!bad && spec->dir)
		bad = posix_spawn_file_actions_addchdir_np(&files, spec->dir);
	/* A new group, and none of our handlers, masks, ignored signals. */
	(void)posix_spawnattr_setflags(&attr,
			POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF |
					POSIX_SPAWN_SETSIGMASK);
	(void)sigemptyset(&signals);
	(void)posix_spawnattr_setsigmask(&attr, &signals);
	(void)sigfillset(&signals);
	(void)posix_spawnattr_setsigdefault(&attr, &signals);
	if (!bad)
		bad = posix_spawnp(&ret->pid, spec->argv[0], &files, &attr,
				mutable(spec->argv), env);
	(void)posix_spawnattr_destroy(&attr);
	(void)posix_spawn_file_actions_destroy(&files);
	errno = bad;
	return bad ? -1 : 0;
}

static int start(const struct ohb_process_spec *spec, int out, int errfd,
		struct ohb_child *ret, struct ohb_error *err)
{
	ohb_autoclose int in = open_input(spec);
	const int fds[3] = { in, out, errfd };
	int bad;

	if (in < 0)
		return ohb_fail_errno(err, errno, "start '%s': open its input",
				spec->argv[0]);
	ret->pid = 0;
	if (spawn(spec, fds, ret) == 0)
		return 0;
	ret->pid = 0;
	bad = errno;
	(void)ohb_fail_errno(err, bad, "start '%s'%s%s%s", spec->argv[0],
			spec->dir ? " in '" : "", spec->dir ? spec->dir : "",
			spec->dir ? "'" : "");
	if (bad != EAGAIN && bad != ENOMEM)
		err->code = OHB_E_MISSING;
	return -1;
}

/* True when it ended; it stays a zombie, so that its id stays its own. */
static bool ended(pid_t pid)
{
	siginfo_t info = { .si_pid = 0 };

	return TEMP_FAILURE_RETRY(waitid(P_PID, (id_t)pid, &info,
			       WEXITED | WNOHANG | WNOWAIT)) < 0 ||
			info.si_pid == pid;
}

/* The status of one that ended; also ends what it left in its group. */
static int reap(struct ohb_child *child)
{
	int status = 0;

	(void)kill(-child->pid, SIGKILL);
	if (TEMP_FAILURE_RETRY(waitpid(child->pid, &status, 0)) < 0)
		status = 0;
	child->pid = 0;
	if (WIFSIGNALED(status))
		return 128 + WTERMSIG(status);
	return WEXITSTATUS(status);
}

/* Readable when the process ended; -1 where the kernel (or a tool that
 * stands in for it) has no such thing. */
static int open_pidfd(pid_t pid)
{
	return (int)syscall(SYS_pidfd_open, pid, 0);
}

static void wait_ended(pid_t pid, int64_t ms)
{
	ohb_autoclose int pidfd = open_pidfd(pid);
	const int64_t deadline_ms = ohb_clock_mono_ms() + ms;
	struct ohb_error err = OHB_ERROR_INIT;
	int64_t left;

	while (!ended(pid)) {
		left = deadline_ms - ohb_clock_mono_ms();
		if (left <= 0)
			return;
		if (ohb_wait_fd(NULL, pidfd, POLLIN,
				    pidfd < 0 && left > 10 ? 10 : left,
				    &err) < 0)
			return;
	}
}

void ohb_child_stop(struct ohb_child *child, int64_t grace_ms)
{
	if (child->pid <= 0)
		return;
	if (grace_ms > 0 && !ended(child->pid)) {
		(void)kill(-child->pid, SIGTERM);
		wait_ended(child->pid, grace_ms);
	}
	(void)reap(child);
}

bool ohb_child_alive(struct ohb_child *child)
{
	return child->pid > 0 && !ended(child->pid);
}

int ohb_child_start(const struct ohb_process_spec *spec, int log_fd,
		struct ohb_child *ret, struct ohb_error *err)
{
	ohb_autoclose int none = -1;

	if (log_fd < 0) {
		none = open("/dev/null", O_WRONLY | O_CLOEXEC);
		log_fd = none;
	}
	if (log_fd < 0)
		return ohb_fail_errno(err, errno, "open '/dev/null'");
	return start(spec, log_fd, log_fd, ret, err);
}

/* One that runs while we read what it says. */
struct run {
	const struct ohb_process_spec *spec;
	struct ohb_child child;
	int pidfd;
	int fds[2]; /* its stdout and stderr; -1 after their end */
	struct ohb_tail tails[2];
	int64_t ticked_ms;
};

static void run_release(struct run *run)
{
	struct ohb_str rest = OHB_STR_INIT;
	int i;

	ohb_child_stop(&run->child, 0);
	ohb_closep(&run->pidfd);
	for (i = 0; i < 2; i++) {
		ohb_closep(&run->fds[i]);
		ohb_tail_end(&run->tails[i], &rest);
	}
	ohb_str_release(&rest);
}

static int run_start(struct run *run, struct ohb_error *err)
{
	ohb_autoclose int out = -1;
	ohb_autoclose int errfd = -1;
	int pipes[2][2];

	if (pipe2(pipes[0], O_CLOEXEC) < 0)
		return ohb_fail_errno(err, errno, "make a pipe");
	run->fds[0] = pipes[0][0];
	out = pipes[0][1];
	if (pipe2(pipes[1], O_CLOEXEC) < 0)
		return ohb_fail_errno(err, errno, "make a pipe");
	run->fds[1] = pipes[1][0];
	errfd = pipes[1][1];
	/* Only our ends: the other side shares nothing with these flags. */
	(void)fcntl(run->fds[0], F_SETFL, O_NONBLOCK);
	(void)fcntl(run->fds[1], F_SETFL, O_NONBLOCK);
	if (start(run->spec, out, errfd, &run->child, err) < 0)
		return -1;
	run->pidfd = open_pidfd(run->child.pid);
	return 0;
}

/* Reads what is there of stream i, at its end closes it.  Bounded, so that one
 * who never stops writing does not keep us from looking at the clock. */
static void run_read(struct run *run, int i)
{
	const struct ohb_process_spec *spec = run->spec;
	char chunk[16 * 1024];
	ssize_t n = 1;
	int more;

	for (more = 64; more > 0 && run->fds[i] >= 0; more--) {
		n = TEMP_FAILURE_RETRY(read(run->fds[i], chunk, sizeof(chunk)));
		if (n < 0 && errno == EAGAIN)
			return;
		if (n <= 0) {
			ohb_closep(&run->fds[i]);
			return;
		}
		ohb_tail_add(&run->tails[i], chunk, (size_t)n);
		if (spec->on_output)
			spec->on_output(spec->userdata, i + 1, chunk,
					(size_t)n);
	}
}

/* Waits for news of the child, at most so long. */
static int run_poll(
		struct run *run, const struct ohb_cancel *cancel, int64_t ms)
{
	const int64_t longest = run->pidfd < 0 ? 10 : 60000;
	struct pollfd fds[] = {
		{ .fd = run->fds[0], .events = POLLIN },
		{ .fd = run->fds[1], .events = POLLIN },
		{ .fd = run->pidfd, .events = POLLIN },
		{ .fd = cancel ? cancel->fd : -1, .events = POLLIN },
	};
	int i;

	if (poll(fds, OHB_ARRAY_LEN(fds), (int)(ms < longest ? ms : longest)) <
			0)
		return errno == EINTR ? 0 : -1;
	for (i = 0; i < 2; i++)
		if (fds[i].revents)
			run_read(run, i);
	return 0;
}

/* Calls on_tick when it is time; how long to wait at most, 0: no longer. */
static int64_t run_tick(struct run *run, int64_t ms)
{
	const int64_t now = ohb_clock_mono_ms();

	if (!run->spec->on_tick || ms <= 0)
		return ms;
	if (now - run->ticked_ms >= TICK_MS) {
		run->ticked_ms = now;
		if (!run->spec->on_tick(run->spec->userdata))
			return 0;
	}
	return ms < TICK_MS ? ms : TICK_MS;
}

/* Until it ends or is out of time; reads all the while. */
static int run_watch(struct run *run, struct ohb_cancel *cancel,
		struct ohb_error *err)
{
	const char *name = run->spec->argv[0];
	const int64_t timeout_ms = run->spec->timeout_ms;
	const int64_t deadline_ms = timeout_ms > 0 ?
			ohb_clock_mono_ms() + timeout_ms :
			INT64_MAX;
	int64_t left = 1;

	while (!ended(run->child.pid) && left > 0) {
		if (ohb_cancel_level(cancel) > 0)
			return ohb_fail(err, OHB_E_CANCELLED,
					"run '%s': cancelled", name);
		left = run_tick(run, deadline_ms - ohb_clock_mono_ms());
		if (left > 0 && run_poll(run, cancel, left) < 0)
			return ohb_fail_errno(err, errno, "run '%s'", name);
	}
	return 0;
}

int ohb_process_run(const struct ohb_process_spec *spec,
		struct ohb_cancel *cancel, struct ohb_process_result *ret,
		struct ohb_error *err)
{
	const int64_t begin_ms = ohb_clock_mono_ms();
	const size_t max = spec->max_output ? spec->max_output :
					      OHB_MAX_EXEC_OUTPUT;
	__attribute__((cleanup(run_release))) struct run run = {
		.spec = spec,
		.pidfd = -1,
		.fds = { -1, -1 },
		.ticked_ms = begin_ms,
	};
	struct ohb_process_result result = { .status = 0 };

	ohb_tail_init(&run.tails[0], max);
	ohb_tail_init(&run.tails[1], max);
	if (run_start(&run, err) < 0)
		return -1;
	if (run_watch(&run, cancel, err) < 0) {
		ohb_child_stop(&run.child, GRACE_MS);
		return -1;
	}
	result.timed_out = !ended(run.child.pid);
	if (result.timed_out) {
		(void)kill(-run.child.pid, SIGTERM);
		wait_ended(run.child.pid, GRACE_MS);
	}
	/* Its group is dead before the last look into the pipes: whoever left
	 * the group and holds them open must not hold us. */
	result.status = reap(&run.child);
	run_read(&run, 0);
	run_read(&run, 1);
	ohb_tail_end(&run.tails[0], &result.out);
	ohb_tail_end(&run.tails[1], &result.err);
	result.duration_ms = ohb_clock_mono_ms() - begin_ms;
	*ret = result;
	return 0;
}

void ohb_process_result_release(struct ohb_process_result *result)
{
	ohb_str_release(&result->out);
	ohb_str_release(&result->err);
}
