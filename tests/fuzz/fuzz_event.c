#include "agent/agent.h"
#include "agent/event.h"
#include "agent/prompt.h"

#include <assert.h>
#include <string.h>

#include "text/json.h"
#include "text/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void assert_line(const struct ohb_str *line)
{
	size_t i;

	assert(ohb_utf8_valid(ohb_str_cstr(line), line->len));
	assert(line->len < 600);
	for (i = 0; i < line->len; i++)
		assert((unsigned char)line->data[i] >= ' ');
}

/* An event as the server gives it, and the words in it as last words. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	ohb_autostr line = OHB_STR_INIT;
	ohb_autostr reason = OHB_STR_INIT;
	struct ohb_agent_event event;
	struct ohb_error err;
	ohb_autojson *json = ohb_json_parse(text, size, &err);

	if (ohb_prompt_find_blocked(text, size, &reason))
		assert(reason.len);
	assert_line(&reason);
	ohb_str_clear(&reason);
	if (ohb_prompt_find_bug(text, size, &reason))
		assert(reason.len);
	assert_line(&reason);
	if (!json)
		return 0;
	ohb_agent_event_read(json, "/workspace/project", &event, &line);
	assert_line(&line);
	assert(!event.id || *event.id);
	(void)ohb_outcome_name(ohb_outcome_classify(
			"error", event.code, event.class, event.text));
	return 0;
}
