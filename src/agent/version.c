#include "agent/version.h"

#include <string.h>

#include "base/memory.h"
#include "text/json.h"

/* As in examples/agent-image/versions, which the tests build; oldest first. */
static const char *const tested[] = { "1.5.2", "1.21.1", "1.39.1", "1.43.1",
	"1.58.0" };
#define TESTED OHB_ARRAY_LEN(tested)

/* The server keeps what it deprecates for so many minor versions. */
#define KEPT_MINORS 5u

struct version {
	unsigned long long major, minor;
};

static bool read_version(const char *text, struct version *ret)
{
	size_t major = strcspn(text, ".");
	const char *minor = text + major + (text[major] == '.');

	return ohb_parse_u64(text, major, 1000, &ret->major) == 0 &&
			ohb_parse_u64(minor, strspn(minor, "0123456789"), 10000,
					&ret->minor) == 0;
}

const char *ohb_version_tested(size_t i)
{
	return i < TESTED ? tested[i] : NULL;
}

int ohb_version_check(const char *version, struct ohb_str *warning,
		struct ohb_error *err)
{
	struct version oldest = { 0 }, newest = { 0 }, it = { 0 };
	bool known = version && read_version(version, &it);

	(void)read_version(tested[0], &oldest);
	(void)read_version(tested[TESTED - 1], &newest);
	if (!version)
		version = "of an unknown version";
	if (known &&
			(it.major < oldest.major ||
					(it.major == oldest.major &&
							it.minor < oldest.minor)))
		return ohb_fail(err, OHB_E_INFRA,
				"agent-server %.40s is too old: ohbuild was "
				"tested with %s to %s; put a newer one into "
				"the image (docs/images.md)",
				version, tested[0], tested[TESTED - 1]);
	if (!known || it.major != newest.major ||
			it.minor > newest.minor + KEPT_MINORS)
		ohb_str_addf(warning,
				"warning: agent-server %.40s; ohbuild was "
				"tested with %s to %s",
				version, tested[0], tested[TESTED - 1]);
	return 0;
}

void ohb_version_simplify(json_t *conversation)
{
	/* `chat` is what every server takes for our model, and those that
	 * refuse the word have no other mode; a title is only made by those
	 * that know how not to. */
	static const char *const llms[] = { "agent.llm",
		"agent.condenser.llm" };
	size_t i;

	for (i = 0; i < OHB_ARRAY_LEN(llms); i++)
		(void)json_object_del(
				ohb_json_at(conversation, llms[i]), "api_mode");
	(void)json_object_del(conversation, "autotitle");
}
