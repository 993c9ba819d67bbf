/* What this machine has: git, room, libraries. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "base/memory.h"
#include "build/doctor.h"
#include "gateway/gateway.h"
#include "io/clock.h"
#include "io/git.h"
#include "io/http.h"
#include "io/tar.h"
#include "syntax/syntax.h"
#include "text/utf8.h"

#define GIT_MS ((int64_t)20 * 1000)
#define MAX_SAID ((size_t)64 * 1024)
#define MAX_LINE 300
#define LATER_MS ((int64_t)60 * 1000)
#define MIB ((uint64_t)1 << 20)

static void look_at_project(struct ohb_exam *exam)
{
	const struct ohb_doctor_options *o = exam->options;

	if (!o->config)
		ohb_find(exam, "project", OHB_FOUND_WRONG,
				"see above; man openhands.yml", "%s",
				o->trouble);
	else
		ohb_find(exam, "project", OHB_FOUND_OK, NULL,
				"openhands.yml: %zu module%s, %zu target%s",
				o->config->nmodules,
				o->config->nmodules == 1 ? "" : "s",
				o->graph->count,
				o->graph->count == 1 ? "" : "s");
}

/* One call; its first line is appended to said, what is wrong as well. */
static int ask_git(const struct ohb_exam *exam, const char *const *args,
		struct ohb_str *said, struct ohb_error *err)
{
	const struct ohb_git_call call = {
		.dirfd = exam->options->dirfd,
		.args = args,
		.max_output = MAX_SAID,
		.timeout_ms = GIT_MS,
	};
	struct ohb_git_result result = { .status = 0 };
	const struct ohb_str *text;
	int status;

	if (ohb_git_run(&call, &result, err) < 0)
		return -1;
	status = result.status;
	text = status ? &result.err : &result.out;
	ohb_utf8_line(said, ohb_str_cstr(text),
			strcspn(ohb_str_cstr(text), "\n"), MAX_LINE);
	ohb_git_result_release(&result);
	return status;
}

static void look_at_repository(struct ohb_exam *exam, const char *version)
{
	static const char *const args[] = { "rev-parse", "--show-toplevel",
		NULL };
	const char *root = exam->options->root;
	ohb_autostr said = OHB_STR_INIT, cure = OHB_STR_INIT;
	struct ohb_error err = OHB_ERROR_INIT;
	int status = ask_git(exam, args, &said, &err);

	if (status < 0) {
		ohb_find(exam, "git", OHB_FOUND_FAULT, NULL, "%s", err.msg);
	} else if (status == 0) {
		ohb_find(exam, "git", OHB_FOUND_OK, NULL, "%s, repository '%s'",
				version, said.data);
	} else if (strstr(ohb_str_cstr(&said), "dubious ownership") ||
			strstr(ohb_str_cstr(&said), "safe.directory") ||
			strstr(ohb_str_cstr(&said), "unsafe repository")) {
		ohb_str_addf(&cure,
				"git config --global --add safe.directory "
				"'%s'",
				root);
		ohb_find(exam, "git", OHB_FOUND_FAULT, cure.data,
				"%s does not trust the repository: it belongs "
				"to another user",
				version);
	} else {
		ohb_str_addf(&cure, "git -C '%s' init", root);
		ohb_find(exam, "git", OHB_FOUND_WARNING, cure.data,
				"%s, but no repository: what agents see is "
				"all that is in the folder (%s)",
				version, ohb_str_cstr(&said));
	}
}

static void look_at_git(struct ohb_exam *exam)
{
	static const char *const args[] = { "--version", NULL };
	ohb_autostr version = OHB_STR_INIT;
	struct ohb_error err = OHB_ERROR_INIT;

	if (ask_git(exam, args, &version, &err) == 0)
		look_at_repository(exam, ohb_str_cstr(&version));
	else
		ohb_find(exam, "git", OHB_FOUND_WARNING,
				"sudo apt-get install git", "%s",
				err.msg[0] ? err.msg : ohb_str_cstr(&version));
}

/* Files of the future are read again each time, and so confuse make. */
static void look_at_times(struct ohb_exam *exam)
{
	const int64_t later_ns =
			(ohb_clock_wall_ms() + LATER_MS) * (int64_t)1000000;
	const struct ohb_files *files = exam->options->files;
	const char *first = NULL;
	size_t i, n = 0;

	if (!files || !exam->options->config)
		return;
	for (i = 0; i < files->count; i++) {
		struct ohb_error ignored = OHB_ERROR_INIT;
		struct ohb_fs_info info;

		if (ohb_fs_stat(exam->options->dirfd, files->paths[i], &info,
				    &ignored) < 0 ||
				info.kind == OHB_FS_ABSENT ||
				info.mtime_ns < later_ns)
			continue;
		first = first ? first : files->paths[i];
		n++;
	}
	if (n)
		ohb_find(exam, "clock", OHB_FOUND_WARNING,
				"set the clock, then touch them",
				"%zu file%s changed in the future, '%s' for "
				"one: they are read again each time",
				n, n == 1 ? "" : "s", first);
}

static void look_at_room(struct ohb_exam *exam)
{
	const char *root = exam->options->root;
	struct statvfs room;
	uint64_t mib;

	if (statvfs(root, &room) != 0) {
		ohb_find(exam, "disk", OHB_FOUND_WARNING, NULL,
				"the room at '%s' is not known", root);
		return;
	}
	mib = (uint64_t)room.f_bavail * room.f_frsize / MIB;
	ohb_find(exam, "disk",
			mib < 100		   ? OHB_FOUND_FAULT :
					mib < 1024 ? OHB_FOUND_WARNING :
						     OHB_FOUND_OK,
			mib < 1024 ? "free some: 'du -sh .ohbuild' shows what "
				     "is ohbuild's" :
				     NULL,
			"%llu MiB free for .ohbuild", (unsigned long long)mib);
}

static void look_at_libraries(struct ohb_exam *exam)
{
	static const struct {
		const char *name;
		int (*load)(struct ohb_error *err);
	} libraries[] = {
		{ "libcurl", ohb_http_load },
		{ "libarchive", ohb_tar_load },
		{ "libmicrohttpd", ohb_gateway_load },
	};
	ohb_autostr there = OHB_STR_INIT;
	size_t i, n = 0;

	for (i = 0; i < OHB_ARRAY_LEN(libraries); i++) {
		struct ohb_error err = OHB_ERROR_INIT;

		if (libraries[i].load(&err) < 0) {
			ohb_find(exam, "libraries", OHB_FOUND_FAULT, NULL, "%s",
					err.msg);
			continue;
		}
		ohb_str_addf(&there, "%s%s", n++ ? ", " : "",
				libraries[i].name);
	}
	if (n == OHB_ARRAY_LEN(libraries))
		ohb_find(exam, "libraries", OHB_FOUND_OK, NULL, "%s",
				there.data);
}

/* By which the judge reads code. */
static void look_at_grammars(struct ohb_exam *exam)
{
	ohb_autostr with = OHB_STR_INIT, without = OHB_STR_INIT;

	ohb_syntax_survey(&with, &without);
	if (with.len)
		ohb_find(exam, "grammars", OHB_FOUND_OK, NULL, "%s", with.data);
	if (without.len || !with.len)
		ohb_find(exam, "grammars", OHB_FOUND_WARNING,
				"build ohbuild with -DOHB_GRAMMARS=ON, or name "
				"a folder with LANGUAGE.so in "
				"OHBUILD_LANGUAGES",
				"code is not judged without one: %s",
				without.len ? without.data :
					      "no language is known");
}

void ohb_exam_host(struct ohb_exam *exam)
{
	look_at_project(exam);
	look_at_git(exam);
	look_at_times(exam);
	look_at_room(exam);
	look_at_libraries(exam);
	look_at_grammars(exam);
}
