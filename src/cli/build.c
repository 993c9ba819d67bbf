#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/memory.h"
#include "cli/cli.h"
#include "report/ndjson.h"
#include "report/plain.h"
#include "report/tty.h"
#include "report/words.h"
#include "text/json.h"

#define SHOWN 3 /* targets in a command that is to be typed */

/* Where the events go: one form of progress, and perhaps a file. */
struct sinks {
	ohb_event_fn *progress;
	void *userdata;
	struct ohb_plain plain;
	struct ohb_tty *tty;
	FILE *events;
	int64_t started_ms, ended_ms; /* times of the first and last event */
	struct ohb_str suspects; /* " a b": targets with a suspected bug */
	size_t nsuspects;
};

/* Those that the summary tells how to see. */
static void note_suspect(struct sinks *sinks, const struct ohb_event *event)
{
	if (event->type != OHB_EV_TARGET_ENDED ||
			!ohb_streq(event->verdict, "bug"))
		return;
	if (sinks->nsuspects++ == SHOWN) {
		ohb_str_adds(&sinks->suspects, " ...");
	} else if (sinks->nsuspects <= SHOWN) {
		ohb_str_addc(&sinks->suspects, ' ');
		ohb_words_shell(&sinks->suspects, event->target);
	}
}

static void sink(void *userdata, const struct ohb_event *event)
{
	struct sinks *sinks = userdata;

	sinks->progress(sinks->userdata, event);
	if (sinks->events)
		ohb_ndjson_event(sinks->events, event);
	note_suspect(sinks, event);
	if (!sinks->started_ms)
		sinks->started_ms = event->time_ms;
	sinks->ended_ms = event->time_ms;
}

static enum ohb_progress choose(const struct ohb_options *options)
{
	const char *term = getenv("TERM");

	if (options->progress != OHB_PROGRESS_AUTO)
		return options->progress;
	return isatty(STDERR_FILENO) && term && *term &&
					!ohb_streq(term, "dumb") &&
					!options->silent ?
			OHB_PROGRESS_TTY :
			OHB_PROGRESS_PLAIN;
}

static int open_tty(const struct ohb_cli *cli, struct sinks *sinks,
		struct ohb_error *err)
{
	struct ohb_tty_options options = {
		.out = stderr,
		.fd = STDERR_FILENO,
		.detail = sinks->plain.detail,
		.colors = ohb_cli_colors(cli, STDERR_FILENO),
		.stopping = cli->signals,
	};

	sinks->tty = ohb_tty_new(&options);
	sinks->progress = ohb_tty_event;
	sinks->userdata = sinks->tty;
	return ohb_tty_start(sinks->tty, err);
}

static int open_sinks(const struct ohb_cli *cli, struct sinks *sinks,
		struct ohb_error *err)
{
	const struct ohb_options *options = &cli->options;

	sinks->plain.out = stderr;
	sinks->plain.detail = options->silent ? OHB_DETAIL_SILENT :
			options->verbose      ? OHB_DETAIL_VERBOSE :
						OHB_DETAIL_NORMAL;
	if (options->events) {
		sinks->events = fopen(options->events, "we");
		if (!sinks->events)
			return ohb_fail_errno(err, errno, "open '%s'",
					options->events);
	}
	switch (choose(options)) {
	case OHB_PROGRESS_TTY:
		return open_tty(cli, sinks, err);
	case OHB_PROGRESS_JSON:
		sinks->progress = ohb_ndjson_event;
		sinks->userdata = stderr;
		return 0;
	case OHB_PROGRESS_AUTO:
	case OHB_PROGRESS_PLAIN:
		break;
	}
	sinks->progress = ohb_plain_event;
	sinks->userdata = &sinks->plain;
	return 0;
}

/* The picture is gone and the file complete when this returns. */
static int close_sinks(const struct ohb_cli *cli, struct sinks *sinks,
		struct ohb_error *err)
{
	bool bad;

	ohb_tty_free(sinks->tty);
	if (!sinks->events)
		return 0;
	bad = ferror(sinks->events);
	bad = fclose(sinks->events) || bad;
	if (bad)
		return ohb_fail(err, OHB_E_IO,
				"cannot write all events to '%s'",
				cli->options.events);
	return 0;
}

static void add_part(struct ohb_str *out, size_t n, const char *words)
{
	if (n)
		ohb_str_addf(out, ", %zu %s", n, words);
}

/* What failed for want of an engine or a model is tried again anyway. */
static void add_advice(struct ohb_cli *cli, struct ohb_str *out)
{
	struct ohb_selection selection = ohb_cli_selection(cli);
	struct ohb_error ignored = OHB_ERROR_INIT;
	struct ohb_summary now;

	if (ohb_project_summary(cli->project, &selection, &now, &ignored) ==
					0 &&
			now.failed_before)
		ohb_str_adds(out,
				"ohbuild: what failed is tried again when its "
				"sources change, or with '--retry-failed'\n");
}

/* "ohbuild: 3 targets: 2 made, 1 adopted, 0 failed; $0.12, 41s" */
static void add_result(struct ohb_str *out, const struct ohb_build_result *r,
		int64_t duration_ms)
{
	ohb_str_adds(out,
			r->interrupted ? "ohbuild: interrupted: " :
					 "ohbuild: ");
	ohb_words_count(out,
			r->made + r->revalidated + r->adopted + r->failed +
					r->not_run,
			"target");
	ohb_str_addf(out, ": %zu made", r->made);
	add_part(out, r->revalidated, "revalidated");
	add_part(out, r->adopted, "adopted");
	ohb_str_addf(out, ", %zu failed", r->failed);
	add_part(out, r->not_run, "not run");
	add_part(out, r->suspected_bugs, "with a suspected bug");
	if (r->wanted) {
		ohb_str_adds(out, "; ");
		ohb_words_money(out, r->cost_usd);
		ohb_str_adds(out, ", ");
		ohb_words_duration(out, duration_ms);
	}
	ohb_str_addc(out, '\n');
}

static int print_result(struct ohb_cli *cli, const struct ohb_build_result *r,
		const struct sinks *sinks, struct ohb_error *err)
{
	struct ohb_selection selection = ohb_cli_selection(cli);
	struct ohb_summary now;
	ohb_autostr out = OHB_STR_INIT;

	if (r->taken) {
		ohb_str_adds(&out, "ohbuild: took ");
		ohb_words_count(&out, r->taken, "record");
		ohb_str_adds(&out, " from openhands.lock\n");
	}
	if (r->wanted || r->failed || r->not_run) {
		add_result(&out, r, sinks->ended_ms - sinks->started_ms);
		if (r->failed && !r->interrupted)
			add_advice(cli, &out);
		if (sinks->nsuspects)
			ohb_str_addf(&out,
					"ohbuild: to see what is suspected: "
					"ohbuild log%s\n",
					ohb_str_cstr(&sinks->suspects));
	} else {
		if (ohb_project_summary(cli->project, &selection, &now, err))
			return -1;
		ohb_str_adds(&out, "ohbuild: nothing to do (");
		ohb_words_count(&out, now.fresh, "target");
		ohb_str_adds(&out, " fresh)\n");
	}
	(void)fputs(out.data, stderr);
	return 0;
}

int ohb_cli_exit(const struct ohb_build_result *result)
{
	const struct {
		bool holds;
		enum ohb_exit status;
	} rows[] = {
		{ result->interrupted, OHB_EXIT_INTERRUPTED },
		{ result->configuration, OHB_EXIT_CONFIG },
		{ result->budget, OHB_EXIT_BUDGET },
		{ result->infrastructure, OHB_EXIT_INFRA },
		{ result->failed || result->not_run || result->absent,
				OHB_EXIT_FAILED },
		{ result->suspected_bugs, OHB_EXIT_SUSPECTED_BUG },
	};
	size_t i;

	for (i = 0; i < OHB_ARRAY_LEN(rows); i++)
		if (rows[i].holds)
			return (int)rows[i].status;
	return OHB_EXIT_OK;
}

static int run(struct ohb_cli *cli, struct sinks *sinks,
		struct ohb_build_result *ret, struct ohb_error *err)
{
	struct ohb_build_options options = {
		.selection = ohb_cli_selection(cli),
		.jobs = cli->options.jobs,
		.keep_going = cli->options.keep_going,
		.no_wait = cli->options.no_wait,
		.replay = cli->options.replay,
		.budget_usd = cli->options.has_budget ?
				&cli->options.budget_usd :
				NULL,
		.replay_strict = cli->options.replay_strict,
		.record = cli->options.record,
		.no_preflight = cli->options.no_preflight,
		.sink = sink,
		.userdata = sinks,
	};

	return ohb_project_build(cli->project, &options, ret, err);
}

static int build(struct ohb_cli *cli, struct ohb_error *err)
{
	struct sinks sinks = { .tty = NULL };
	struct ohb_build_result result = { .cost_usd = -1 };
	struct ohb_error also = OHB_ERROR_INIT;
	int failed;

	failed = open_sinks(cli, &sinks, err) || run(cli, &sinks, &result, err);
	if (close_sinks(cli, &sinks, &also))
		(void)fprintf(stderr, "ohbuild: warning: %s\n", also.msg);
	if (!failed && !cli->options.silent &&
			cli->options.progress != OHB_PROGRESS_JSON)
		failed = print_result(cli, &result, &sinks, err);
	ohb_str_release(&sinks.suspects);
	if (failed)
		return -1;
	return ohb_cli_exit(&result);
}

static int dry_run(struct ohb_cli *cli, struct ohb_error *err)
{
	struct ohb_answer_style style = ohb_cli_style(cli);
	ohb_autojson *answer = NULL;
	ohb_autostr out = OHB_STR_INIT;

	if (ohb_cli_ask(cli, OHB_ASK_STATUS, &answer, err))
		return -1;
	ohb_answer_plan(answer, &style, &out);
	return ohb_cli_print(out.data, out.len, err);
}

int ohb_cli_build(struct ohb_cli *cli, struct ohb_error *err)
{
	if (cli->options.question) {
		cli->options.dry_run = false;
		return ohb_cli_check(cli, err);
	}
	if (cli->options.dry_run)
		return dry_run(cli, err);
	return ohb_cli_open(cli, OHB_GLANCE_BUILD, err) ? -1 : build(cli, err);
}
