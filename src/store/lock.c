#include "store/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "io/clock.h"
#include "io/fs.h"
#include "io/process.h"
#include "io/wait.h"

#define LOCK_FILE ".ohbuild/lock" /* for messages */
#define MARK "lock.held"
#define MARK_FILE ".ohbuild/" MARK
#define MAX_HOLDER 1024
#define POLL_MS 100

static const char *command_of(const struct ohb_store_options *options)
{
	return options->command ? options->command : "ohbuild";
}

/* Belongs to the open file, not to the process: threads and closing another
 * descriptor of the same file do not lose it, death of the process does. */
static int try_lock(int fd)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	if (fcntl(fd, F_OFD_SETLK, &lock) == 0)
		return 1;
	return errno == EAGAIN || errno == EACCES ? 0 : -1;
}

static void make_fit(char *text, size_t size)
{
	size_t i;

	for (i = 0; text[i]; i++)
		if ((unsigned char)text[i] < ' ' || text[i] == 0x7f)
			text[i] = '?';
	if (!*text)
		(void)snprintf(text, size, "unknown program");
}

/* What the holder wrote about itself, fit to be shown. */
static void read_holder(int fd, char *text, size_t size)
{
	ssize_t n = pread(fd, text, size - 1, 0);

	text[n > 0 ? n : 0] = '\0';
	make_fit(text, size);
}

static int write_holder(int fd, const char *command)
{
	char text[512], time[OHB_TIME_TEXT];
	int len = snprintf(text, sizeof(text), "%.400s (pid %d, since %s)",
			command, (int)getpid(),
			ohb_clock_format(ohb_clock_wall_ms(), time));

	if (ftruncate(fd, 0) < 0)
		return -1;
	return pwrite(fd, text, (size_t)len, 0) == len ? 0 : -1;
}

/*
 * Where other machines write, too, a lock may hold on this one only: there a
 * file that only one can make says who works: its owner, a newline, and words
 * for people.
 */
static int make_mark(int dirfd, const char *command, struct ohb_error *err)
{
	ohb_autoclose int fd = openat(dirfd, MARK,
			O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	struct utsname host = { .nodename = "" };
	char owner[OHB_OWNER_TEXT], time[OHB_TIME_TEXT], text[1024];
	int len;

	if (fd < 0 && errno == EEXIST)
		return 0;
	if (fd < 0)
		return ohb_fail_errno(err, errno, "make '%s'", MARK_FILE);
	(void)uname(&host);
	ohb_owner_self(owner);
	len = snprintf(text, sizeof(text),
			"%s\n%.400s (pid %d on '%s', since %s; if that was "
			"ended by force: rm " MARK_FILE ")",
			owner, command, (int)getpid(), host.nodename,
			ohb_clock_format(ohb_clock_wall_ms(), time));
	if (write(fd, text, (size_t)len) == len && fsync(fd) == 0)
		return 1;
	(void)ohb_fail_errno(err, errno, "write '%s'", MARK_FILE);
	(void)unlinkat(dirfd, MARK, 0);
	return -1;
}

/* Whether the mark is there of one that is not known to be dead; `text` gets
 * its words. */
static bool is_marked(int dirfd, char *text, size_t size)
{
	ohb_autoclose int fd = openat(dirfd, MARK, O_RDONLY | O_CLOEXEC);
	ssize_t n;
	char *words;

	if (fd < 0 && errno == ENOENT)
		return false;
	n = fd < 0 ? 0 : pread(fd, text, size - 1, 0);
	text[n > 0 ? n : 0] = '\0';
	words = strchrnul(text, '\n');
	if (*words)
		*words++ = '\0';
	if (ohb_owner_alive(text) == 0)
		return false;
	memmove(text, words, strlen(words) + 1);
	make_fit(text, size);
	return true;
}

/* For who has the lock: 1 it holds everywhere, 0 another machine works. */
static int take_mark(int dirfd, const struct ohb_store_options *options,
		char *text, size_t size, struct ohb_error *err)
{
	int made = 0;

	while (!made) {
		if (is_marked(dirfd, text, size))
			return 0;
		/* Of a dead one of this machine, whose lock is now ours. */
		if (unlinkat(dirfd, MARK, 0) < 0 && errno != ENOENT)
			return ohb_fail_errno(
					err, errno, "remove '%s'", MARK_FILE);
		if (!ohb_fs_remote(dirfd))
			return 1;
		made = make_mark(dirfd, command_of(options), err);
	}
	return made;
}

/* 1 taken, 0 somebody has it: `holder` says who. */
static int try_take(int dirfd, int fd, const struct ohb_store_options *options,
		char holder[MAX_HOLDER], struct ohb_error *err)
{
	int got = try_lock(fd);

	if (got < 0)
		return ohb_fail_errno(err, errno, "lock '%s'", LOCK_FILE);
	if (got > 0)
		return take_mark(dirfd, options, holder, MAX_HOLDER, err);
	read_holder(fd, holder, MAX_HOLDER);
	return 0;
}

static int wait_lock(int dirfd, int fd, const struct ohb_store_options *options,
		struct ohb_error *err)
{
	char holder[MAX_HOLDER];
	bool told = false;
	int got;

	while ((got = try_take(dirfd, fd, options, holder, err)) == 0) {
		if (options->mode == OHB_STORE_NO_WAIT)
			return ohb_fail(err, OHB_E_BUSY,
					"another ohbuild is at work here: %s; "
					"run again when it has ended, or "
					"without --no-wait",
					holder);
		if (!told && options->on_wait)
			options->on_wait(options->userdata, holder);
		told = true;
		if (ohb_wait_ms(options->cancel, POLL_MS, err) < 0)
			return ohb_fail_context(err, "wait for %s", holder);
	}
	return got < 0 ? -1 : 0;
}

static int take(int dirfd, int fd, const struct ohb_store_options *options,
		bool *ret_died, struct ohb_error *err)
{
	off_t left;

	if (wait_lock(dirfd, fd, options, err) < 0)
		return -1;
	left = lseek(fd, 0, SEEK_END);
	if (write_holder(fd, command_of(options)) < 0)
		return ohb_fail_errno(err, errno, "write '%s'", LOCK_FILE);
	*ret_died = left > 0;
	return 0;
}

int ohb_lock_take(int dirfd, const struct ohb_store_options *options,
		bool *ret_died, struct ohb_error *err)
{
	int fd = openat(dirfd, "lock", O_RDWR | O_CREAT | O_CLOEXEC, 0666);

	if (fd < 0)
		return ohb_fail_errno(err, errno, "open '%s'", LOCK_FILE);
	if (take(dirfd, fd, options, ret_died, err) < 0)
		ohb_closep(&fd);
	return fd;
}

void ohb_lock_release(int dirfd, int fd, bool died)
{
	/* A name that stays says that its owner died; it does no harm. */
	const int bad = died ? 0 : ftruncate(fd, 0);

	(void)bad;
	(void)unlinkat(dirfd, MARK, 0);
	(void)close(fd);
}

bool ohb_lock_held(int dirfd)
{
	ohb_autoclose int fd = openat(dirfd, "lock", O_RDONLY | O_CLOEXEC);
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	char holder[MAX_HOLDER];

	return (fd >= 0 && fcntl(fd, F_OFD_GETLK, &lock) == 0 &&
			       lock.l_type != F_UNLCK) ||
			is_marked(dirfd, holder, sizeof(holder));
}
