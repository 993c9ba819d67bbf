#include "io/git.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "io/process.h"

/* The repository is found from the folder, in the hook of another one or of
 * this one (whose index may be a temporary one) as in a shell. */
static bool is_dropped(const char *variable)
{
	static const char *const names[] = {
		"GIT_DIR=",
		"GIT_WORK_TREE=",
		"GIT_IMPLICIT_WORK_TREE=",
		"GIT_COMMON_DIR=",
		"GIT_INDEX_FILE=",
		"GIT_OBJECT_DIRECTORY=",
		"GIT_ALTERNATE_OBJECT_DIRECTORIES=",
		"GIT_PREFIX=",
		"GIT_INTERNAL_SUPER_PREFIX=",
		"GIT_LITERAL_PATHSPECS=",
		"GIT_GLOB_PATHSPECS=",
		"GIT_NOGLOB_PATHSPECS=",
		"GIT_ICASE_PATHSPECS=",
		"GIT_EXTERNAL_DIFF=",
		"GIT_ALLOW_PROTOCOL=",
		"LC_ALL=",
		"LANGUAGE=",
	};
	size_t i;

	for (i = 0; i < OHB_ARRAY_LEN(names); i++)
		if (ohb_starts(variable, names[i]))
			return true;
	return false;
}

/* What git itself needs of it; all else may be a secret of somebody else, and
 * is no business of a program that looks for files. */
static bool is_needed(const char *variable)
{
	static const char *const begins[] = {
		"GIT_",
		"HOME=",
		"LD_LIBRARY_PATH=",
		"LD_PRELOAD=",
		"LOGNAME=",
		"PATH=",
		"SUDO_UID=", /* whose repositories are trusted */
		"TMPDIR=",
		"USER=",
		"XDG_CONFIG_HOME=",
	};
	size_t i;

	for (i = 0; i < OHB_ARRAY_LEN(begins); i++)
		if (ohb_starts(variable, begins[i]))
			return true;
	return false;
}

static const char **environment(const struct ohb_git_call *call)
{
	const char *const *more = call->env;
	size_t count = 0, kept = 0, added = 0, i;
	const char **env;

	while (environ[count])
		count++;
	while (more && more[added])
		added++;
	env = ohb_alloc((count + added + 4) * sizeof(*env));
	for (i = 0; i < count; i++)
		if (!is_dropped(environ[i]) &&
				(call->filters || is_needed(environ[i])))
			env[kept++] = environ[i];
	for (i = 0; i < added; i++)
		env[kept++] = more[i];
	env[kept++] = "LC_ALL=C"; /* its messages are read */
	env[kept++] = "GIT_OPTIONAL_LOCKS=0";
	env[kept] = "GIT_ALLOW_PROTOCOL=none";
	return env;
}

/* "git -c core.fsmonitor=false …": a hook of the repository is not run. */
static const char **command(const char *const *args)
{
	size_t count = 0, i;
	const char **argv;

	while (args[count])
		count++;
	argv = ohb_alloc((count + 4) * sizeof(*argv));
	argv[0] = "git";
	argv[1] = "-c";
	argv[2] = "core.fsmonitor=false";
	for (i = 0; i < count; i++)
		argv[3 + i] = args[i];
	return argv;
}

struct output {
	const struct ohb_git_call *call;
	struct ohb_str text;
	bool too_long;
};

static void keep_output(
		void *userdata, int stream, const char *data, size_t len)
{
	struct output *output = userdata;

	if (stream != 1 || output->too_long)
		return;
	if (output->call->on_output)
		output->call->on_output(output->call->userdata, data, len);
	else if (len > output->call->max_output - output->text.len)
		output->too_long = true;
	else
		ohb_str_add(&output->text, data, len);
}

int ohb_git_run(const struct ohb_git_call *call, struct ohb_git_result *ret,
		struct ohb_error *err)
{
	ohb_autofree const char **env = environment(call);
	ohb_autofree const char **argv = command(call->args);
	struct output output = { .call = call };
	struct ohb_process_result result;
	char dir[64];
	bool late;
	struct ohb_process_spec spec = {
		.argv = argv,
		.env = env,
		.dir = call->dirfd == AT_FDCWD ? NULL : dir,
		.input = call->input,
		.input_len = call->input_len,
		.on_output = keep_output,
		.userdata = &output,
		.timeout_ms = call->timeout_ms,
	};

	(void)snprintf(dir, sizeof(dir), "/proc/self/fd/%d", call->dirfd);
	if (ohb_process_run(&spec, NULL, &result, err) < 0) {
		ohb_str_release(&output.text);
		return -1;
	}
	*ret = (struct ohb_git_result){
		.status = result.status, .out = output.text, .err = result.err
	};
	result.err = (struct ohb_str)OHB_STR_INIT;
	late = result.timed_out;
	ohb_process_result_release(&result);
	if (!output.too_long && !late)
		return 0;
	ohb_git_result_release(ret);
	if (late)
		return ohb_fail(err, OHB_E_TIMEOUT,
				"git %s: no end after %lld seconds",
				call->args[0],
				(long long)call->timeout_ms / 1000);
	return ohb_fail(err, OHB_E_LIMIT, "git %s: it says more than %zu bytes",
			call->args[0], call->max_output);
}

void ohb_git_result_release(struct ohb_git_result *result)
{
	ohb_str_release(&result->out);
	ohb_str_release(&result->err);
}

int ohb_git_fail(const struct ohb_git_result *result, const char *what,
		struct ohb_error *err)
{
	const char *said = ohb_str_cstr(&result->err);

	return ohb_fail(err, OHB_E_IO, "%s: git ended with status %d: %.*s%s",
			what, result->status, (int)strcspn(said, "\n"), said,
			strstr(said, "dubious ownership") ?
					"; if you trust its owner: git config "
					"--global --add safe.directory PATH" :
					"");
}

const char *ohb_git_next(const struct ohb_str *out, const char *record)
{
	const char *next = record ? record + strlen(record) + 1 : out->data;

	return out->len && next < out->data + out->len ? next : NULL;
}
