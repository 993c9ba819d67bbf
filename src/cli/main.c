/* ohbuild: reads the command line, runs one command, maps errors to exit
 * statuses. */

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "cli/cli.h"
#include "report/tty.h"
#include "report/words.h"
#include "text/diag.h"

/* A signal handler has no argument but these. */
static struct ohb_project *volatile interruptible;
static volatile sig_atomic_t signals;

/* The first one ends a build in order; the second, or one when nothing has
 * to be put in order, at once. */
static void on_signal(int number)
{
	struct ohb_project *project = interruptible;
	int saved = errno;

	(void)number;
	signals = signals < 2 ? signals + 1 : 2;
	if (!project || !ohb_project_interrupt(project) || signals > 1) {
		ohb_tty_restore(STDERR_FILENO);
		_exit(OHB_EXIT_INTERRUPTED);
	}
	errno = saved;
}

static void set_interruptible(struct ohb_project *project)
{
	interruptible = project;
}

static void catch_signals(void)
{
	static const int caught[] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction action = { .sa_handler = on_signal };
	struct sigaction ignore = { .sa_handler = SIG_IGN };
	struct sigaction old;
	size_t i;

	action.sa_flags = SA_RESTART;
	(void)sigemptyset(&action.sa_mask);
	(void)sigemptyset(&ignore.sa_mask);
	(void)sigaction(SIGPIPE, &ignore, NULL);
	for (i = 0; i < OHB_ARRAY_LEN(caught); i++) {
		/* nohup(1) */
		if (caught[i] == SIGHUP && sigaction(SIGHUP, NULL, &old) == 0 &&
				old.sa_handler == SIG_IGN)
			continue;
		(void)sigaction(caught[i], &action, NULL);
	}
}

static int status_of(enum ohb_code code)
{
	static const int statuses[] = {
		[OHB_OK] = OHB_EXIT_OK,
		[OHB_E_IO] = OHB_EXIT_INFRA,
		[OHB_E_USAGE] = OHB_EXIT_CONFIG,
		[OHB_E_CONFIG] = OHB_EXIT_CONFIG,
		[OHB_E_SYNTAX] = OHB_EXIT_CONFIG,
		[OHB_E_LIMIT] = OHB_EXIT_CONFIG,
		[OHB_E_MISSING] = OHB_EXIT_CONFIG,
		[OHB_E_EXISTS] = OHB_EXIT_INFRA,
		[OHB_E_CHANGED] = OHB_EXIT_INFRA,
		[OHB_E_BUSY] = OHB_EXIT_INFRA,
		[OHB_E_STATE] = OHB_EXIT_INFRA,
		[OHB_E_INFRA] = OHB_EXIT_INFRA,
		[OHB_E_CONNECT] = OHB_EXIT_INFRA,
		[OHB_E_TIMEOUT] = OHB_EXIT_INFRA,
		[OHB_E_PROTOCOL] = OHB_EXIT_INFRA,
		[OHB_E_CANCELLED] = OHB_EXIT_INTERRUPTED,
	};

	return statuses[code];
}

static int change_dir(const struct ohb_options *options, struct ohb_error *err)
{
	size_t i;

	for (i = 0; i < options->ndirs; i++) {
		if (chdir(options->dirs[i]) == 0)
			continue;
		(void)ohb_fail_errno(
				err, errno, "change to '%s'", options->dirs[i]);
		err->code = OHB_E_USAGE;
		return -1;
	}
	return 0;
}

/* What finds the same project from the same folder. */
static void describe_programs(struct ohb_cli *cli)
{
	const struct ohb_options *options = &cli->options;
	size_t i;

	ohb_str_adds(&cli->program, "ohbuild");
	ohb_str_adds(&cli->git, "git");
	for (i = 0; i < options->ndirs; i++) {
		ohb_str_adds(&cli->program, " -C ");
		ohb_words_shell(&cli->program, options->dirs[i]);
		ohb_str_adds(&cli->git, " -C ");
		ohb_words_shell(&cli->git, options->dirs[i]);
	}
	if (options->file) {
		ohb_str_adds(&cli->program, " -f ");
		ohb_words_shell(&cli->program, options->file);
	}
}

static int print_help(const struct ohb_options *options, struct ohb_error *err)
{
	ohb_autostr out = OHB_STR_INIT;

	if (options->help)
		ohb_options_help(options->command, &out);
	else
		ohb_str_addf(&out, "ohbuild %s\n", ohb_version());
	return ohb_cli_print(out.data, out.len, err);
}

static int run(struct ohb_cli *cli, struct ohb_error *err)
{
	static ohb_command_fn *const commands[OHB_NCOMMANDS] = {
		[OHB_CMD_BUILD] = ohb_cli_build,
		[OHB_CMD_CHECK] = ohb_cli_check,
		[OHB_CMD_STATUS] = ohb_cli_status,
		[OHB_CMD_WHY] = ohb_cli_why,
		[OHB_CMD_SHOW] = ohb_cli_show,
		[OHB_CMD_LIST] = ohb_cli_list,
		[OHB_CMD_LOG] = ohb_cli_log,
		[OHB_CMD_GRAPH] = ohb_cli_graph,
		[OHB_CMD_VALIDATE] = ohb_cli_validate,
		[OHB_CMD_ADOPT] = ohb_cli_adopt,
		[OHB_CMD_RESTORE] = ohb_cli_restore,
		[OHB_CMD_HOOK] = ohb_cli_hook,
		[OHB_CMD_DOCTOR] = ohb_cli_doctor,
		[OHB_CMD_MODELS] = ohb_cli_models,
	};

	if (cli->options.help || cli->options.version)
		return print_help(&cli->options, err);
	describe_programs(cli);
	if (change_dir(&cli->options, err))
		return -1;
	return commands[cli->options.command](cli, err);
}

static void tell(struct ohb_project *project, const struct ohb_error *err)
{
	ohb_autofree char *report = NULL;

	if (err->code == OHB_E_CONFIG)
		report = ohb_project_report(project);
	if (report)
		(void)fputs(report, stderr);
	else if (err->msg[0])
		(void)fprintf(stderr, "ohbuild: %s\n", err->msg);
}

/* A word that is no target may be meant as a command. */
static void suggest_command(
		const struct ohb_options *options, const struct ohb_error *err)
{
	const char *names[OHB_NCOMMANDS + 1] = { NULL };
	const char *word = options->nwords ? options->words[0] : NULL;
	const char *best;
	size_t i;

	if (err->code != OHB_E_USAGE || options->named || !word ||
			!strstr(err->msg, word))
		return;
	for (i = 0; i < OHB_NCOMMANDS; i++)
		names[i] = ohb_commands[i].name;
	best = ohb_suggest(word, names);
	if (best)
		(void)fprintf(stderr,
				"ohbuild: or did you mean the command '%s'?\n",
				best);
}

int main(int argc, char **argv)
{
	struct ohb_cli cli = {
		.signals = &signals,
		.interruptible = set_interruptible,
	};
	struct ohb_error err = OHB_ERROR_INIT;
	int status = -1;

	catch_signals();
	if (ohb_options_parse(argc, (const char *const *)argv, &cli.options,
			    &err) == 0)
		status = run(&cli, &err);
	if (status < 0) {
		tell(cli.project, &err);
		suggest_command(&cli.options, &err);
		status = status_of(err.code);
	}
	set_interruptible(NULL);
	ohb_project_free(cli.project);
	ohb_options_release(&cli.options);
	ohb_str_release(&cli.program);
	ohb_str_release(&cli.git);
	return status;
}
