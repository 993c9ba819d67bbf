/* Compiled against the installed headers only. */
#include <ohbuild/event.h>
#include <ohbuild/version.h>

#include <stdio.h>
#include <string.h>

int main(void)
{
	const char *name = ohb_event_name(OHB_EV_BUILD_STARTED);

	printf("ohbuild %s, %s\n", OHB_VERSION, name);
	return strcmp(name, "build_started") != 0;
}
