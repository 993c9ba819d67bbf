#include "build/tool.h"

#include <ctype.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/limits.h"
#include "io/process.h"
#include "text/utf8.h"

#define TIMEOUT_MS 60000
#define MAX_THREADS 64
#define NOT_FOUND 127 /* what a shell says of a program that is not there */
#define SAID_LINES 3 /* of stderr, the last ones */
#define SAID_BYTES 600

/* What the threads share. */
struct queue {
	const struct ohb_tools *tools;
	atomic_size_t next;
	atomic_bool *failed; /* by module */
};

const char *ohb_tool_command(
		const struct ohb_target *target, struct ohb_arena *arena)
{
	/* Without the last, {inputs}: they are what is sought. */
	size_t nvars = target->nvars - 1, i;
	struct ohb_var *vars = ohb_arena_alloc(arena, nvars * sizeof(*vars));
	const char *text = target->module->depfile;
	struct ohb_error ignored = OHB_ERROR_INIT;
	ohb_autostr line = OHB_STR_INIT;

	for (i = 0; i < nvars; i++) {
		ohb_autostr value = OHB_STR_INIT;

		ohb_shell_quote(&value, target->vars[i].value);
		vars[i].name = target->vars[i].name;
		vars[i].value = ohb_arena_strdup(arena, ohb_str_cstr(&value));
	}
	/* Lenient, which does not fail: braces are the shell's as well. */
	(void)!ohb_template_expand(text, strlen(text), vars, nvars,
			OHB_TEMPLATE_LENIENT, &line, NULL, &ignored);
	return ohb_arena_strdup(arena, ohb_str_cstr(&line));
}

struct output {
	struct ohb_str text;
	bool too_long;
};

static void keep_output(
		void *userdata, int stream, const char *data, size_t len)
{
	struct output *output = userdata;

	if (stream != 1 || output->too_long)
		return;
	if (len > OHB_MAX_DEPFILE - output->text.len)
		output->too_long = true;
	else
		ohb_str_add(&output->text, data, len);
}

static bool has_drive(const char *path)
{
	return isalpha((unsigned char)path[0]) && path[1] == ':' &&
			(path[2] == '/' || path[2] == '\\');
}

/* The path beneath root, or NULL. */
static const char *beneath(const char *root, const char *path)
{
	size_t len = strlen(root);

	if (len == 1)
		len = 0;
	return strncmp(path, root, len) == 0 && path[len] == '/' ?
			path + len + 1 :
			NULL;
}

/*
 * As a path of the project, or NULL: what lies outside is the system's and
 * none of ours.  A tool may have gone there by another name of the folder,
 * through a link.
 */
static const char *project_path(
		const char *root, const char *path, struct ohb_arena *arena)
{
	ohb_autostr whole = OHB_STR_INIT;
	ohb_autofree char *folder = NULL;
	const char *inside;
	char *slash;

	if (has_drive(path))
		return NULL;
	ohb_depfile_resolve(root, path, &whole);
	inside = beneath(root, whole.data);
	if (!inside) {
		slash = strrchr(whole.data, '/');
		*slash = '\0';
		folder = realpath(*whole.data ? whole.data : "/", NULL);
		if (!folder)
			return NULL;
		path = ohb_arena_printf(arena, "%s/%s",
				ohb_streq(folder, "/") ? "" : folder,
				slash + 1);
		inside = beneath(root, path);
	}
	if (!inside || !*inside || strlen(inside) > OHB_MAX_PATH ||
			ohb_files_skip(inside))
		return NULL;
	return ohb_arena_strdup(arena, inside);
}

static void take_paths(const struct ohb_tools *tools, struct ohb_tool_run *run,
		const struct ohb_depfile *said)
{
	const char **paths = ohb_arena_alloc(
			&run->arena, said->count * sizeof(*paths));
	size_t n = 0, i;

	for (i = 0; i < said->count; i++) {
		const char *path = project_path(
				tools->root, said->files[i], &run->arena);

		if (path)
			paths[n++] = path;
	}
	run->form = said->form;
	run->paths = paths;
	run->npaths = ohb_paths_sort(paths, n);
}

/* The first line that says "error", as compilers do above the line they
 * quote, or NULL. */
static const char *error_line(const char *text)
{
	const char *at = strcasestr(text, "error");

	while (at && at > text && at[-1] != '\n')
		at--;
	return at;
}

/* The last lines; text has no newline at its end. */
static const char *last_lines(const struct ohb_str *text)
{
	const char *from = text->data + text->len;
	unsigned lines = 0;

	for (; from > text->data; from--)
		if (from[-1] == '\n' && ++lines == SAID_LINES)
			break;
	return from;
}

/* What it said of the failure, from ": " on; a diagnostic is one line. */
static void add_said(struct ohb_str *out, const struct ohb_str *text)
{
	ohb_autostr clean = OHB_STR_INIT;
	const char *from;
	size_t len;

	ohb_utf8_clean(&clean, ohb_str_cstr(text), text->len);
	while (clean.len && clean.data[clean.len - 1] == '\n')
		ohb_str_cut(&clean, clean.len - 1);
	if (!clean.len)
		return;
	from = error_line(clean.data);
	len = from ? strcspn(from, "\n") : 0;
	if (!from) {
		from = last_lines(&clean);
		len = strlen(from);
	}
	ohb_str_adds(out, ": ");
	ohb_utf8_line(out, from, len, SAID_BYTES);
}

static void fail(struct ohb_tool_run *run, const char *hint, const char *fmt,
		...) OHB_PRINTF(3, 4);

static void fail(struct ohb_tool_run *run, const char *hint, const char *fmt,
		...)
{
	ohb_autostr text = OHB_STR_INIT;
	va_list ap;

	va_start(ap, fmt);
	ohb_str_addv(&text, fmt, ap);
	va_end(ap);
	run->failure = ohb_arena_strdup(&run->arena, ohb_str_cstr(&text));
	run->hint = ohb_arena_printf(&run->arena, "%s: %s", hint, run->command);
}

static void fail_status(struct ohb_tool_run *run,
		const struct ohb_process_result *result)
{
	ohb_autostr said = OHB_STR_INIT;

	add_said(&said, &result->err);
	if (result->timed_out)
		fail(run, "try it in the project's folder",
				"did not end within %d s%s", TIMEOUT_MS / 1000,
				ohb_str_cstr(&said));
	else
		fail(run,
				result->status == NOT_FOUND ?
						"install what is missing, or "
						"mend the command" :
						"try it in the project's "
						"folder",
				"ended with status %d%s", result->status,
				ohb_str_cstr(&said));
}

static void read_output(const struct ohb_tools *tools, struct ohb_tool_run *run,
		const struct output *output)
{
	struct ohb_arena scratch = OHB_ARENA_INIT;
	struct ohb_depfile said;
	struct ohb_error err = OHB_ERROR_INIT;

	if (output->too_long)
		fail(run, "it is to print the files that it read",
				"printed more than %u bytes", OHB_MAX_DEPFILE);
	else if (ohb_depfile_parse(ohb_str_cstr(&output->text),
				 output->text.len, &scratch, &said, &err) < 0)
		fail(run,
				"it is to print a Makefile's rules, as 'cc "
				"-MM' does, or one file a line",
				"printed what cannot be read: %s", err.msg);
	else
		take_paths(tools, run, &said);
	ohb_arena_release(&scratch);
}

/* Without a result it was cancelled, or there is no shell. */
static bool run_one(const struct ohb_tools *tools, struct ohb_tool_run *run,
		struct output *output)
{
	const char *const argv[] = { "/bin/sh", "-c", run->command, NULL };
	const struct ohb_process_spec spec = {
		.argv = argv,
		.dir = tools->root,
		.timeout_ms = TIMEOUT_MS,
		.on_output = keep_output,
		.userdata = output,
	};
	struct ohb_process_result result;
	struct ohb_error err = OHB_ERROR_INIT;

	run->ran = true;
	if (ohb_process_run(&spec, tools->cancel, &result, &err) < 0) {
		fail(run, "the command is", "could not be run: %s", err.msg);
		return false;
	}
	if (result.status != 0 || result.timed_out)
		fail_status(run, &result);
	else
		read_output(tools, run, output);
	ohb_process_result_release(&result);
	return run->failure == NULL;
}

static void *work(void *userdata)
{
	struct queue *queue = userdata;
	const struct ohb_tools *tools = queue->tools;
	size_t at;

	while ((at = atomic_fetch_add(&queue->next, 1)) < tools->nruns &&
			ohb_cancel_level(tools->cancel) == 0) {
		struct ohb_tool_run *run = &tools->runs[at];
		struct output output = { .text = OHB_STR_INIT };
		atomic_bool *failed = &queue->failed[run->target->module -
				tools->config->modules];

		if (!atomic_load(failed) && !run_one(tools, run, &output))
			atomic_store(failed, true);
		ohb_str_release(&output.text);
	}
	return NULL;
}

int ohb_tools_run(const struct ohb_tools *tools, struct ohb_error *err)
{
	struct queue queue = { .tools = tools };
	pthread_t threads[MAX_THREADS];
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	size_t wanted = processors > 1 ? (size_t)processors : 1, n = 0, i;

	if (wanted > MAX_THREADS)
		wanted = MAX_THREADS;
	if (wanted > tools->nruns)
		wanted = tools->nruns;
	queue.failed = ohb_alloc(
			tools->config->nmodules * sizeof(*queue.failed));
	/* This thread is one of them. */
	for (i = 1; i < wanted; i++)
		if (pthread_create(&threads[n], NULL, work, &queue) == 0)
			n++;
	(void)work(&queue);
	for (i = 0; i < n; i++)
		(void)pthread_join(threads[i], NULL);
	free(queue.failed);
	if (ohb_cancel_level(tools->cancel) == 0)
		return 0;
	return ohb_fail(err, OHB_E_CANCELLED, "interrupted");
}
