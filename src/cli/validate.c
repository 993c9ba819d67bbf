#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

/* Where reports go; opened before anything is judged. */
struct files {
	FILE *junit, *sarif;
};

static int open_file(const char *path, FILE **ret, struct ohb_error *err)
{
	if (!path)
		return 0;
	*ret = fopen(path, "we");
	return *ret ? 0 : ohb_fail_errno(err, errno, "open '%s'", path);
}

static int close_file(FILE *file, const char *path, struct ohb_error *err)
{
	bool bad;

	if (!file)
		return 0;
	bad = ferror(file);
	bad = fclose(file) || bad;
	return bad ? ohb_fail(err, OHB_E_IO, "cannot write all of '%s'", path) :
		     0;
}

static void write_files(const struct files *files, json_t *answer)
{
	ohb_autostr junit = OHB_STR_INIT, sarif = OHB_STR_INIT;

	ohb_export_junit(answer, &junit);
	ohb_export_sarif(answer, ohb_version(), &sarif);
	if (files->junit)
		(void)fwrite(junit.data, 1, junit.len, files->junit);
	if (files->sarif)
		(void)fwrite(sarif.data, 1, sarif.len, files->sarif);
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

static int validate(struct ohb_cli *cli, const struct files *files,
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
	struct files files = { .junit = NULL };
	struct ohb_build_result result;
	int failed;

	failed = ohb_cli_open(cli, OHB_GLANCE_NEVER, err) ||
			open_file(options->junit, &files.junit, err) ||
			open_file(options->sarif, &files.sarif, err) ||
			validate(cli, &files, &result, err);
	failed = close_file(files.junit, options->junit, err) || failed;
	failed = close_file(files.sarif, options->sarif, err) || failed;
	return failed ? -1 : ohb_cli_exit(&result);
}
