/* Any text: taken exactly when the JSON library takes it as an object. */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "text/json.h"
#include "text/members.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool condition)
{
	if (!condition)
		abort();
}

struct seen {
	const char *at, *end;
	size_t count;
};

static void look(void *userdata, const struct ohb_json_member *member)
{
	struct seen *seen = userdata;

	must(member->name > seen->at &&
			member->name + member->name_len < member->value &&
			member->value_len > 0 &&
			member->value + member->value_len <= seen->end);
	seen->at = member->value;
	seen->count++;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	struct ohb_error err = OHB_ERROR_INIT, other = OHB_ERROR_INIT;
	struct seen seen = { .at = text, .end = text + size };
	int taken = ohb_json_members(text, size, look, &seen, &err);
	ohb_autojson *json = ohb_json_parse(text, size, &other);

	if (taken == 0 && json)
		must(json_is_object(json) &&
				json_object_size(json) <= seen.count);
	/* The library has limits for numbers. */
	if (taken == 0 && !json)
		must(strstr(other.msg, "too big") ||
				strstr(other.msg, "too large") ||
				strstr(other.msg, "overflow"));
	/* It also takes a NUL behind a number. */
	if (taken < 0 && !memchr(text, '\0', size))
		must(!json_is_object(json));
	return 0;
}
