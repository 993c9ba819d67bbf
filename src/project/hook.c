#include "project/hook.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/memory.h"
#include "io/fs.h"
#include "io/git.h"
#include "text/template.h"

#define NAME "pre-commit"
#define MAX_HOOK (1u << 20)
#define MAX_ANSWER (64u << 10)

/* What makes a file ours. */
static const char head[] =
		"#!/bin/sh\n"
		"# ohbuild hook: 'ohbuild hook install' and 'remove' write "
		"this file anew.\n";

static const char find_program[] =
		"! command -v ohbuild >/dev/null 2>&1 || ohbuild=ohbuild\n"
		"command -v \"$ohbuild\" >/dev/null 2>&1 || {\n"
		"\techo \"ohbuild: neither on the PATH nor '$ohbuild': the "
		"tests were not checked\" >&2\n"
		"\techo \"install it, or remove this hook: rm '$0'; to commit "
		"unchecked: git commit --no-verify\" >&2\n"
		"\texit 1\n"
		"}\n"
		"status=0\n";

/* Around what a project adds: one line, run in the top folder. */
#define LINE_BEGIN "[ ! -f "
#define LINE_END " || status=1\n"

static const char tail[] = "exit $status\n";

/* Programs that own the hooks of a repository, by a word of theirs. */
static const struct {
	const char *word, *cure;
} managers[] = {
	{ "https://pre-commit.com",
			"pre-commit wrote it: add the hook 'ohbuild-check' to "
			"'.pre-commit-config.yaml' as ohbuild(1) shows, or, "
			"with it, add to another hook" },
	{ "husky", "husky wrote it: add to '.husky/" NAME "'" },
};

/* One change of a hook. */
struct change {
	const struct ohb_hook *hook;
	struct ohb_str top; /* folder of the work tree */
	struct ohb_str prefix; /* of the project in it: "" or "a/b/" */
	struct ohb_str dir; /* of the hooks, relative to top or absolute */
	struct ohb_str command; /* what checks, without the program */
	struct ohb_str line; /* of this project */
	struct ohb_str old; /* the file as it is */
	bool executable;
	int fd; /* of the hooks' folder; -1: there is none */
};

/* The one line that git rev-parse answers. */
static int ask_git(int dirfd, const char *const *args, struct ohb_str *ret,
		struct ohb_error *err)
{
	const struct ohb_git_call call = {
		.dirfd = dirfd,
		.args = args,
		.max_output = MAX_ANSWER,
	};
	struct ohb_git_result result;
	const char *said;
	int bad = 0;

	if (ohb_git_run(&call, &result, err) < 0)
		return -1;
	said = ohb_str_cstr(&result.err);
	if (result.status)
		bad = ohb_fail(err, OHB_E_CONFIG,
				"a hook belongs to a git work tree: 'git %s "
				"%s' says '%.*s'",
				args[0], args[1], (int)strcspn(said, "\n"),
				said);
	else if (result.out.len)
		ohb_str_add(ret, result.out.data, result.out.len - 1);
	ohb_git_result_release(&result);
	return bad;
}

/* Where git looks for hooks, as it says in the top folder: a relative
 * core.hooksPath counts from there. */
static int find_dir(struct change *change, struct ohb_error *err)
{
	static const char *const top[] = { "rev-parse", "--show-toplevel",
		NULL };
	static const char *const prefix[] = { "rev-parse", "--show-prefix",
		NULL };
	static const char *const hooks[] = { "rev-parse", "--git-path", "hooks",
		NULL };
	ohb_autoclose int fd = -1;

	if (ask_git(change->hook->dirfd, top, &change->top, err) < 0 ||
			ask_git(change->hook->dirfd, prefix, &change->prefix,
					err) < 0)
		return -1;
	fd = open(ohb_str_cstr(&change->top),
			O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return ohb_fail_errno(err, errno, "open the folder '%s'",
				ohb_str_cstr(&change->top));
	if (ask_git(fd, hooks, &change->dir, err) < 0)
		return -1;
	if (ohb_str_cstr(&change->dir)[0] != '/') {
		ohb_autostr relative = change->dir;

		change->dir = (struct ohb_str)OHB_STR_INIT;
		ohb_str_addf(&change->dir, "%s/%s", ohb_str_cstr(&change->top),
				ohb_str_cstr(&relative));
	}
	return 0;
}

static int open_dir(struct change *change, struct ohb_error *err)
{
	const char *dir = ohb_str_cstr(&change->dir);

	change->fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (change->fd >= 0 || errno == ENOENT)
		return 0;
	return ohb_fail_errno(err, errno,
			"open the folder of git's hooks, '%s'", dir);
}

/* The hook that is there: 1 ours, 0 none, 2 somebody else's. */
static int read_old(struct change *change, struct ohb_error *err)
{
	struct ohb_fs_info info = { .kind = OHB_FS_ABSENT };

	if (change->fd < 0)
		return 0;
	if (ohb_fs_stat(change->fd, NAME, &info, err) < 0)
		return -1;
	if (info.kind == OHB_FS_ABSENT)
		return 0;
	if (info.kind != OHB_FS_FILE || info.size > MAX_HOOK)
		return 2;
	if (ohb_fs_read(change->fd, NAME, MAX_HOOK, &change->old, err) < 0)
		return -1;
	change->executable = info.mode & S_IXUSR;
	return ohb_starts(ohb_str_cstr(&change->old), head) ? 1 : 2;
}

static int describe(struct change *change, struct ohb_error *err)
{
	const char *prefix = ohb_str_cstr(&change->prefix);
	const char *file = change->hook->file;
	ohb_autostr path = OHB_STR_INIT;

	if (strchr(prefix, '\n') || strchr(file, '\n'))
		return ohb_fail(err, OHB_E_CONFIG,
				"a hook cannot name '%s%s': there is a line "
				"break in it",
				prefix, file);
	if (*prefix) {
		ohb_str_adds(&change->command, " -C ");
		ohb_shell_quote(&change->command, prefix);
	}
	if (!ohb_streq(file, "openhands.yml")) {
		ohb_str_adds(&change->command, " -f ");
		ohb_shell_quote(&change->command, file);
	}
	ohb_str_adds(&change->command, " check --staged");
	ohb_str_addf(&path, "%s%s", *file == '/' ? "" : prefix, file);
	ohb_str_adds(&change->line, LINE_BEGIN);
	ohb_shell_quote(&change->line, path.data);
	ohb_str_addf(&change->line, " ] || \"$ohbuild\"%s" LINE_END,
			change->command.data);
	return 0;
}

/* The projects' lines of the old hook, but for ours; how many. */
static size_t add_others(const struct change *change, struct ohb_str *out)
{
	const char *at = ohb_str_cstr(&change->old);
	size_t len, count = 0;

	for (; *at; at += len) {
		ohb_autofree char *line = NULL;

		len = strcspn(at, "\n");
		len += at[len] == '\n';
		line = ohb_strndup(at, len);
		if (!ohb_starts(line, LINE_BEGIN) ||
				!ohb_ends(line, LINE_END) ||
				ohb_streq(line, change->line.data))
			continue;
		ohb_str_adds(out, line);
		count++;
	}
	return count;
}

static void render(const struct change *change, const char *lines,
		struct ohb_str *out)
{
	ohb_str_adds(out, head);
	ohb_str_adds(out, "ohbuild=");
	ohb_shell_quote(out, change->hook->program);
	ohb_str_addf(out, "\n%s%s%s", find_program, lines, tail);
}

static int write_hook(struct change *change, const struct ohb_str *text,
		struct ohb_error *err)
{
	ohb_autofree char *temp = NULL;

	if (change->fd < 0 && mkdir(ohb_str_cstr(&change->dir), 0777) < 0)
		return ohb_fail_errno(err, errno,
				"make the folder of git's hooks, '%s'",
				ohb_str_cstr(&change->dir));
	if (change->fd < 0 && open_dir(change, err) < 0)
		return -1;
	if (ohb_fs_write_temp(change->fd, NAME, text->data, text->len, 0755,
			    &temp, err) == 0 &&
			ohb_fs_rename(change->fd, temp, NAME, err) == 0)
		return 0;
	return ohb_fail_context(err, "write the hook '%s/" NAME "'",
			ohb_str_cstr(&change->dir));
}

static int refuse(const struct change *change, struct ohb_error *err)
{
	const char *text = ohb_str_cstr(&change->old);
	const char *cure = "add to it";
	size_t i;

	for (i = 0; i < OHB_ARRAY_LEN(managers); i++)
		if (strstr(text, managers[i].word) ||
				strstr(ohb_str_cstr(&change->dir),
						managers[i].word))
			cure = managers[i].cure;
	return ohb_fail(err, OHB_E_CONFIG,
			"the hook '%s/" NAME "' is not ohbuild's and is left "
			"as it is; %s the line: ohbuild%s || exit 1",
			ohb_str_cstr(&change->dir), cure, change->command.data);
}

static int install(struct change *change, struct ohb_str *said,
		struct ohb_error *err)
{
	ohb_autostr lines = OHB_STR_INIT, text = OHB_STR_INIT;
	int there;

	there = read_old(change, err);
	if (there == 2)
		return refuse(change, err);
	if (there < 0)
		return -1;
	(void)add_others(change, &lines);
	ohb_str_adds(&lines, change->line.data);
	render(change, lines.data, &text);
	if (!ohb_streq(text.data, ohb_str_cstr(&change->old)) ||
			!change->executable) {
		if (write_hook(change, &text, err) < 0)
			return -1;
	}
	ohb_str_addf(said,
			"'%s/" NAME "' refuses commits while tests of '%s%s' "
			"are not fresh; to end that: ohbuild hook remove\n",
			ohb_str_cstr(&change->dir),
			ohb_str_cstr(&change->prefix), change->hook->file);
	return 0;
}

static int take_away(struct change *change, struct ohb_str *said,
		struct ohb_error *err)
{
	ohb_autostr lines = OHB_STR_INIT, text = OHB_STR_INIT;
	int there = read_old(change, err);
	size_t others;

	if (there < 0)
		return -1;
	if (there != 1 || !strstr(change->old.data, change->line.data)) {
		ohb_str_addf(said, "nothing to remove: '%s/" NAME "' %s\n",
				ohb_str_cstr(&change->dir),
				there == 0 ? "is not there" :
						there == 1 ?
					     "does not check "
					     "this project" :
					     "is not ohbuild's");
		return 0;
	}
	others = add_others(change, &lines);
	render(change, ohb_str_cstr(&lines), &text);
	if (others ? write_hook(change, &text, err) :
		     ohb_fs_unlink(change->fd, NAME, err))
		return -1;
	ohb_str_addf(said, "'%s/" NAME "' %s\n", ohb_str_cstr(&change->dir),
			others ? "does not check this project any more" :
				 "is removed");
	return 0;
}

static int run(const struct ohb_hook *hook,
		int (*what)(struct change *change, struct ohb_str *said,
				struct ohb_error *err),
		struct ohb_str *said, struct ohb_error *err)
{
	struct change change = { .hook = hook, .fd = -1 };
	int bad = find_dir(&change, err);

	if (!bad)
		bad = describe(&change, err);
	if (!bad)
		bad = open_dir(&change, err);
	if (!bad)
		bad = what(&change, said, err);
	ohb_str_release(&change.top);
	ohb_str_release(&change.prefix);
	ohb_str_release(&change.dir);
	ohb_str_release(&change.command);
	ohb_str_release(&change.line);
	ohb_str_release(&change.old);
	ohb_closep(&change.fd);
	return bad;
}

int ohb_hook_install(const struct ohb_hook *hook, struct ohb_str *said,
		struct ohb_error *err)
{
	struct ohb_fs_info info;

	if (ohb_fs_stat(hook->dirfd, hook->file, &info, err) < 0)
		return -1;
	if (info.kind == OHB_FS_ABSENT)
		return ohb_fail(err, OHB_E_CONFIG,
				"there is no '%s' here, so nothing that a hook "
				"could check",
				hook->file);
	return run(hook, install, said, err);
}

int ohb_hook_remove(const struct ohb_hook *hook, struct ohb_str *said,
		struct ohb_error *err)
{
	return run(hook, take_away, said, err);
}
