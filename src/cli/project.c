#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/memory.h"
#include "cli/cli.h"
#include "report/plain.h"
#include "text/json.h"

#define OHB_FILE "openhands.yml"
#define MAX_ABOVE 20 /* folders that are looked at */

bool ohb_cli_colors(const struct ohb_cli *cli, int fd)
{
	const char *no_color = getenv("NO_COLOR");
	const char *term = getenv("TERM");

	return !cli->options.no_color && !(no_color && *no_color) && term &&
			*term && !ohb_streq(term, "dumb") && isatty(fd);
}

struct ohb_answer_style ohb_cli_style(const struct ohb_cli *cli)
{
	return (struct ohb_answer_style){
		.colors = ohb_cli_colors(cli, STDOUT_FILENO),
		.verbose = cli->options.verbose,
		.program = cli->program.data,
		.git = cli->options.staged ? cli->git.data : NULL,
	};
}

struct ohb_selection ohb_cli_selection(const struct ohb_cli *cli)
{
	return (struct ohb_selection){
		.words = cli->options.words,
		.nwords = cli->options.nwords,
		.always = cli->options.always,
		.retry_failed = cli->options.retry_failed,
		.affected = cli->options.affected,
	};
}

int ohb_cli_print(const char *text, size_t len, struct ohb_error *err)
{
	/* A reader that has seen enough, as head(1), is no failure. */
	if ((fwrite(text, 1, len, stdout) == len && fflush(stdout) == 0) ||
			errno == EPIPE)
		return 0;
	return ohb_fail_errno(err, errno, "write to the standard output");
}

static void warn(void *userdata, const struct ohb_event *event)
{
	struct ohb_plain plain = { stderr, OHB_DETAIL_SILENT };

	(void)userdata;
	ohb_plain_event(&plain, event);
}

/* Whether the project is that of a folder above: a frequent place to be. */
static void look_above(const struct ohb_cli *cli)
{
	ohb_autostr folder = OHB_STR_INIT;
	ohb_autostr file = OHB_STR_INIT;
	size_t i;

	if (cli->options.file || cli->options.ndirs ||
			access(OHB_FILE, F_OK) == 0)
		return;
	for (i = 0; i < MAX_ABOVE; i++) {
		ohb_str_adds(&folder, i ? "/.." : "..");
		ohb_str_clear(&file);
		ohb_str_addf(&file, "%s/" OHB_FILE, folder.data);
		if (access(file.data, F_OK) != 0)
			continue;
		(void)fprintf(stderr,
				"ohbuild: there is one in '%s': "
				"ohbuild -C %s ...\n",
				folder.data, folder.data);
		return;
	}
}

int ohb_cli_open(struct ohb_cli *cli, enum ohb_glance glance,
		struct ohb_error *err)
{
	const struct ohb_options *words = &cli->options;
	bool selects = words->nwords || words->always || words->retry_failed ||
			words->affected;
	struct ohb_project_options options = {
		.glance = selects ? OHB_GLANCE_NEVER : glance,
		.file = cli->options.file,
		.staged = cli->options.staged,
		.take_keys = true,
		.sink = warn,
	};
	ohb_autofree char *report = NULL;

	if (ohb_project_open(&options, &cli->project, &report, err) == 0) {
		cli->interruptible(cli->project);
		return 0;
	}
	if (report) {
		(void)fputs(report, stderr);
		err->msg[0] = '\0';
	}
	if (err->code == OHB_E_MISSING && err->msg[0]) {
		(void)fprintf(stderr, "ohbuild: %s\n", err->msg);
		err->msg[0] = '\0';
		look_above(cli);
	}
	/* Nothing has begun: what cannot be read is the user's to mend. */
	if (err->code == OHB_E_IO)
		err->code = OHB_E_CONFIG;
	return -1;
}

int ohb_cli_ask(struct ohb_cli *cli, enum ohb_question question, json_t **ret,
		struct ohb_error *err)
{
	struct ohb_selection selection = ohb_cli_selection(cli);
	ohb_autofree char *answer = NULL;
	ohb_autostr line = OHB_STR_INIT;

	if (ohb_cli_open(cli, OHB_GLANCE_NEVER, err) ||
			ohb_project_ask(cli->project, question, &selection,
					&answer, err))
		return -1;
	ohb_str_adds(&line, answer);
	if (!cli->options.json) {
		*ret = ohb_json_parse(line.data, line.len, err);
		return *ret ? 0 : -1;
	}
	if (!ohb_ends(line.data, "\n"))
		ohb_str_addc(&line, '\n');
	*ret = NULL;
	return ohb_cli_print(line.data, line.len, err);
}
