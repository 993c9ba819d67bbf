/*
 * A used container, as if it were new.  One script in it kills, wipes, and
 * prints what it cannot wipe; that must be what the first renewal printed,
 * when nothing had run there yet.
 */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "io/tar.h"
#include "sandbox/docker.h"

#define RENEW_MS 60000

/*
 * $1: the project's folder, $2: the new name in it.  Programs are taken from
 * the image alone, which is read-only.
 *
 * kill(-1) signals all but process 1 and the caller in one go: nothing forks
 * away from it.  What is being killed may still be in a system call, so its
 * end is awaited; the one that stays is process 1's next sleep.
 *
 * What is left of a network, of System V's objects and of writable mounts
 * that are not ours to wipe is told; a file in such a mount could have changed
 * unseen.
 */
static const char script[] =
		"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:"
		"/bin\n"
		"kill -9 -1 2>/dev/null\n"
		"round=0 root=$1 name=$2\n"
		"while :; do\n"
		"	busy=\n"
		"	for p in /proc/[0-9]*; do\n"
		"		case ${p#/proc/} in 1|$$) continue ;; esac\n"
		"		{ read -r line <\"$p/stat\"; } 2>/dev/null || "
		"continue\n"
		"		set -- ${line##*) }\n"
		"		case \"$1 $2 ${line%)*}\" in\n"
		"		Z*|X*|'S 1 '*'(sleep') ;;\n"
		"		*) busy=1 ;;\n"
		"		esac\n"
		"	done\n"
		"	[ \"$busy\" ] || break\n"
		"	[ $((round += 1)) -lt 500 ] || exit 1\n"
		"	sleep 0.01\n"
		"done\n"
		"left() {\n"
		"	for f in \"$1\"/..?* \"$1\"/.[!.]* \"$1\"/*; do\n"
		"		[ ! -e \"$f\" ] && [ ! -L \"$f\" ] || return "
		"0\n"
		"	done\n"
		"	return 1\n"
		"}\n"
		"for d in \"$root\" /tmp \"$HOME\" /dev/shm /dev/mqueue; do\n"
		"	[ -d \"$d\" ] || continue\n"
		"	for try in 1 2; do\n"
		"		left \"$d\" || break\n"
		"		[ $try = 1 ] || chmod -R u+rwx \"$d\" 2>/dev/null\n"
		"		rm -rf \"$d\"/..?* \"$d\"/.[!.]* \"$d\"/* "
		"2>/dev/null\n"
		"	done\n"
		"	! left \"$d\" || exit 1\n"
		"	stat -c '%n %f %u %g' \"$d\" || exit 1\n"
		"done\n"
		"cat /proc/sysvipc/* /proc/net/tcp* /proc/net/udp* /proc/net/unix"
		" 2>/dev/null\n"
		"while read -r dev d type options more; do\n"
		"	case $type in proc|devpts|mqueue) continue ;; esac\n"
		"	case $d in \"$HOME\"|/tmp|/dev/shm) continue ;; esac\n"
		"	case $options in rw*) ;; *) continue ;; esac\n"
		"	[ -w \"$d\" ] || continue\n"
		"	[ -z \"$(find \"$d\" -xdev -type f)\" ] || exit 1\n"
		"	find \"$d\" -xdev -exec stat -c '%n %f %u %s' {} + || "
		"exit 1\n"
		"done </proc/mounts\n"
		"mkdir \"$root/$name\"\n";

/* 1 it ran to its good end. */
static int clean(struct ohb_docker_sandbox *self, const char *name,
		struct ohb_str *ret_left, struct ohb_error *err)
{
	const char *const argv[] = { "/bin/sh", "-c", script, "sh",
		self->project, name, NULL };
	const struct ohb_exec_spec spec = {
		.argv = argv,
		.timeout_ms = RENEW_MS,
	};
	struct ohb_exec_result result = { .status = 0 };
	int done = 0;

	if (ohb_docker_exec(&self->sandbox, &spec, &result, err) < 0)
		return err->code == OHB_E_CANCELLED ? -1 : 0;
	if (result.status == 0 && !result.timed_out) {
		ohb_str_add(ret_left, result.out.data, result.out.len);
		done = 1;
	}
	ohb_exec_result_release(&result);
	return done;
}

int ohb_docker_renew(struct ohb_sandbox *sandbox, const char *name,
		struct ohb_error *err)
{
	struct ohb_docker_sandbox *self = (struct ohb_docker_sandbox *)sandbox;
	const bool used = self->used;
	ohb_autostr left = OHB_STR_INIT, dir = OHB_STR_INIT;
	int done;

	if (self->out_of_memory || (used && !self->left))
		return 0;
	/* A command may have removed the folder in which it was. */
	free(sandbox->dir);
	sandbox->dir = ohb_strdup(self->project);
	done = clean(self, name, &left, err);
	self->used = used;
	if (done <= 0)
		return done;
	if (self->left && strcmp(self->left, ohb_str_cstr(&left)) != 0)
		return 0;
	if (!self->left)
		self->left = ohb_strdup(ohb_str_cstr(&left));
	ohb_str_addf(&dir, "%s/%s", self->project, name);
	free(sandbox->dir);
	sandbox->dir = ohb_str_take(&dir);
	return 1;
}

int ohb_docker_beside(struct ohb_sandbox *sandbox, const char *name,
		struct ohb_sandbox **ret, struct ohb_error *err)
{
	struct ohb_docker_sandbox *self = (struct ohb_docker_sandbox *)sandbox;
	struct ohb_docker_sandbox *other;
	const struct ohb_tar_entry folder = {
		.path = name,
		.kind = OHB_TAR_DIR,
		.mode = 0755,
	};
	struct ohb_tar_writer *writer;
	ohb_autostr tar = OHB_STR_INIT, dir = OHB_STR_INIT;

	if (strcmp(sandbox->dir, self->project) == 0)
		return 0;
	writer = ohb_tar_writer_new(sandbox->uid, sandbox->gid);
	if (ohb_tar_add(writer, &folder, err) < 0) {
		ohb_tar_writer_free(writer);
		return -1;
	}
	if (ohb_tar_end(writer, &tar, err) < 0 ||
			ohb_docker_archive_put(
					(struct ohb_docker *)sandbox->engine,
					self->id, self->project, tar.data,
					tar.len, err) < 0)
		return -1;
	ohb_str_addf(&dir, "%s/%s", self->project, name);
	other = ohb_alloc(sizeof(*other));
	*other = (struct ohb_docker_sandbox){
		.sandbox = {
			.engine = sandbox->engine,
			.name = ohb_strdup(sandbox->name),
			.dir = ohb_str_take(&dir),
			.uid = sandbox->uid,
			.gid = sandbox->gid,
		},
		.id = ohb_strdup(self->id),
		.project = ohb_strdup(self->project),
		.place = self,
	};
	*ret = &other->sandbox;
	return 1;
}
