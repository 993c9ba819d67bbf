#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/memory.h"
#include "cli/cli.h"

static const struct {
	const char *word;
	enum ohb_hook_action action;
} actions[] = {
	{ "install", OHB_HOOK_INSTALL },
	{ "remove", OHB_HOOK_REMOVE },
};

static int find_action(const struct ohb_options *options,
		enum ohb_hook_action *ret, struct ohb_error *err)
{
	const char *word = options->nwords == 1 ? options->words[0] : NULL;
	size_t i;

	for (i = 0; i < OHB_ARRAY_LEN(actions); i++) {
		if (!word || !ohb_streq(actions[i].word, word))
			continue;
		*ret = actions[i].action;
		return 0;
	}
	return ohb_fail(err, OHB_E_USAGE,
			"say 'ohbuild hook install' or 'ohbuild hook remove'");
}

int ohb_cli_hook(struct ohb_cli *cli, struct ohb_error *err)
{
	const struct ohb_project_options options = {
		.file = cli->options.file,
	};
	ohb_autofree char *program = realpath("/proc/self/exe", NULL);
	ohb_autofree char *said = NULL;
	enum ohb_hook_action action = OHB_HOOK_INSTALL;
	ohb_autostr out = OHB_STR_INIT;

	if (find_action(&cli->options, &action, err) < 0)
		return -1;
	if (!program)
		return ohb_fail_errno(err, errno, "find this program");
	if (ohb_project_hook(&options, action, program, &said, err) < 0) {
		/* As with a file that is not there. */
		if (err->code == OHB_E_IO)
			err->code = OHB_E_CONFIG;
		return -1;
	}
	ohb_str_adds(&out, said);
	return ohb_cli_print(ohb_str_cstr(&out), out.len, err);
}
