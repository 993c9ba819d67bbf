#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "cli/cli.h"
#include "report/export.h"
#include "report/plain.h"
#include "text/json.h"

/* The report says the rest. */
static void sink(void *userdata, const struct ohb_event *event)
{
	const struct ohb_cli *cli = userdata;
	struct ohb_plain plain = { stderr, OHB_DETAIL_VERBOSE };

	if (cli->options.verbose || event->type == OHB_EV_WARNING)
		ohb_plain_event(&plain, event);
}

/* Where a report goes; opened before anything is judged, and left as it was
 * until there is something to write. */
struct file {
	const char *path; /* NULL: nobody asked for it */
	FILE *file;
	bool is_new; /* and nothing is in it */
};

struct files {
	struct file junit, sarif;
};

static int open_file(struct file *file, struct ohb_error *err)
{
	if (!file->path)
		return 0;
	file->file = fopen(file->path, "wxe");
	file->is_new = file->file != NULL;
	if (!file->file)
		file->file = fopen(file->path, "ae");
	return file->file ? 0 :
			    ohb_fail_errno(err, errno, "open '%s'", file->path);
}

static int close_file(struct file *file, struct ohb_error *err)
{
	bool bad;

	if (!file->file)
		return 0;
	bad = ferror(file->file);
	bad = fclose(file->file) || bad;
	if (file->is_new)
		(void)!unlink(file->path);
	return bad ? ohb_fail(err, OHB_E_IO, "cannot write all of '%s'",
				     file->path) :
		     0;
}

static void write_file(struct file *file, const struct ohb_str *text)
{
	if (!file->file)
		return;
	file->is_new = false;
	/* Of a pipe or a terminal there is nothing to cut. */
	(void)!ftruncate(fileno(file->file), 0);
	(void)fwrite(text->data, 1, text->len, file->file);
}

static void write_files(struct files *files, json_t *answer)
{
	ohb_autostr junit = OHB_STR_INIT, sarif = OHB_STR_INIT;

	ohb_export_junit(answer, &junit);
	ohb_export_sarif(answer, ohb_version(), &sarif);
	write_file(&files->junit, &junit);
	write_file(&files->sarif, &sarif);
}

static int print(struct ohb_cli *cli, const char *answer, json_t *json,
		struct ohb_error *err)
{
	struct ohb_answer_style style = ohb_cli_style(cli);
	ohb_autostr out = OHB_STR_INIT;

	if (cli->options.json)
		ohb_str_addf(&out, "%s\n", answer);
	else
		ohb_answer_validate(json, &style, &out);
	return ohb_cli_print(ohb_str_cstr(&out), out.len, err);
}

static int validate(struct ohb_cli *cli, struct files *files,
		struct ohb_build_result *ret, struct ohb_error *err)
{
	const struct ohb_build_options options = {
		.selection = ohb_cli_selection(cli),
		.jobs = cli->options.jobs,
		.keep_going = cli->options.keep_going,
		.sink = sink,
		.userdata = cli,
	};
	ohb_autofree char *answer = NULL;
	ohb_autojson *json = NULL;

	if (ohb_project_validate(cli->project, &options, &answer, ret, err))
		return -1;
	json = ohb_json_parse(answer, strlen(answer), err);
	if (!json)
		return -1;
	write_files(files, json);
	return print(cli, answer, json, err);
}

int ohb_cli_validate(struct ohb_cli *cli, struct ohb_error *err)
{
	const struct ohb_options *options = &cli->options;
	struct files files = { { .path = options->junit },
		{ .path = options->sarif } };
	struct ohb_build_result result;
	int failed;

	failed = ohb_cli_open(cli, OHB_GLANCE_NEVER, err) ||
			open_file(&files.junit, err) ||
			open_file(&files.sarif, err) ||
			validate(cli, &files, &result, err);
	failed = close_file(&files.junit, err) || failed;
	failed = close_file(&files.sarif, err) || failed;
	return failed ? -1 : ohb_cli_exit(&result);
}
