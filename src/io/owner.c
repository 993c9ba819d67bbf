#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/digest.h"
#include "io/fs.h"
#include "io/process.h"

/* A text of the kernel without the newline at its end; "" when there is
 * none. */
static void read_line(const char *path, struct ohb_str *out)
{
	struct ohb_error err = OHB_ERROR_INIT;

	if (ohb_fs_read(AT_FDCWD, path, 4096, out, &err) < 0)
		ohb_str_clear(out);
	ohb_str_cut(out, strcspn(ohb_str_cstr(out), "\n"));
}

/* In clock ticks since boot; 0: no such process, or no /proc. */
static unsigned long long start_of(pid_t pid)
{
	const int start_field =
			22; /* proc(5); the 2nd, the name, ends in ')' */
	ohb_autostr stat = OHB_STR_INIT;
	unsigned long long ticks = 0;
	char path[64];
	const char *at;
	int field;

	(void)snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	read_line(path, &stat);
	at = strrchr(ohb_str_cstr(&stat), ')');
	for (field = 2; at && field < start_field; field++) {
		at = strchr(at, ' ');
		at = at ? at + 1 : NULL;
	}
	if (at &&
			ohb_parse_u64(at, strcspn(at, " "),
					(unsigned long long)-1, &ticks) < 0)
		return 0;
	return ticks;
}

/* Where a process id means something: this machine, this pid namespace. */
static void place(char hex[17])
{
	ohb_autostr machine = OHB_STR_INIT;
	char full[OHB_DIGEST_HEX];
	struct ohb_framed framed;
	struct ohb_digest digest;
	struct utsname name = { .nodename = "" };
	struct stat st = { .st_ino = 0 };

	read_line("/etc/machine-id", &machine);
	(void)uname(&name);
	(void)stat("/proc/self/ns/pid", &st);
	ohb_framed_init(&framed);
	ohb_framed_add(&framed, "machine", machine.data, machine.len);
	ohb_framed_add(&framed, "host", name.nodename, strlen(name.nodename));
	ohb_framed_add(&framed, "pidns", &st.st_ino, sizeof(st.st_ino));
	digest = ohb_framed_end(&framed);
	(void)snprintf(hex, 17, "%.16s", ohb_digest_hex(&digest, full));
}

void ohb_owner_self(char text[OHB_OWNER_TEXT])
{
	ohb_autostr boot = OHB_STR_INIT;
	char where[17];

	read_line("/proc/sys/kernel/random/boot_id", &boot);
	place(where);
	(void)snprintf(text, OHB_OWNER_TEXT, "%d.%llu.%.36s.%s", (int)getpid(),
			start_of(getpid()), ohb_str_cstr(&boot), where);
}

int ohb_owner_alive(const char *text)
{
	char self[OHB_OWNER_TEXT], where[17];
	unsigned long long pid, start, now;
	const char *boot, *at;
	size_t len = strcspn(text, ".");

	if (!text[len] || ohb_parse_u64(text, len, 1u << 30, &pid) < 0)
		return -1;
	at = text + len + 1;
	len = strcspn(at, ".");
	if (!at[len] ||
			ohb_parse_u64(at, len, (unsigned long long)-1, &start) <
					0)
		return -1;
	boot = at + len + 1;
	at = strchr(boot, '.');
	if (!at || pid == 0)
		return -1;
	place(where);
	if (strcmp(at + 1, where) != 0)
		return 1; /* not for us to judge */
	ohb_owner_self(self);
	/* The rest of both, from the boot id on. */
	if (strcmp(boot, strchr(strchr(self, '.') + 1, '.') + 1) != 0)
		return 0;
	now = start_of((pid_t)pid);
	if (start && now)
		return start == now;
	return kill((pid_t)pid, 0) == 0 || errno == EPERM;
}
