/* Compiled against the installed headers only. */
#include <ohbuild/ohbuild.h>
#include <ohbuild/version.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(void)
{
	struct ohb_project_options options = { .dir = "/nonexistent" };
	struct ohb_project *project = NULL;
	struct ohb_error err = OHB_ERROR_INIT;
	char *report = NULL;

	if (!ohb_project_open(&options, &project, &report, &err)) {
		ohb_project_free(project);
		return 1;
	}
	printf("ohbuild %s: %s\n", ohb_version(), err.msg);
	free(report);
	return strcmp(ohb_version(), OHB_VERSION) || !err.msg[0];
}
