#include "sandbox/user.h"

#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/str.h"

/* "name:x:0:0:text:/root:/bin/sh" and "name:x:0:members". */
enum { NAME = 0, ID = 2, GROUP = 3, HOME = 5 };

/* Field number n of a line; ret_len bytes, none when there is no such. */
static const char *field(const char *line, unsigned n, size_t *ret_len)
{
	while (n > 0 && line[strcspn(line, ":\n")] == ':') {
		line += strcspn(line, ":\n") + 1;
		n--;
	}
	*ret_len = n ? 0 : strcspn(line, ":\n");
	return line;
}

static bool field_is(const char *line, unsigned n, const char *text, size_t len)
{
	size_t have;
	const char *at = field(line, n, &have);

	return have == len && memcmp(at, text, len) == 0;
}

/* The first line whose field n is the text, or NULL. */
static const char *find(
		const char *file, unsigned n, const char *text, size_t len)
{
	const char *line = file;

	while (line && *line) {
		if (len && field_is(line, n, text, len))
			return line;
		line = strchr(line, '\n');
		line = line ? line + 1 : NULL;
	}
	return NULL;
}

static int parse_id(const char *text, size_t len, unsigned *ret)
{
	unsigned long long id;

	/* The engine takes what fits an int. */
	if (ohb_parse_u64(text, len, INT_MAX, &id) < 0)
		return -1;
	*ret = (unsigned)id;
	return 0;
}

static int id_of(const char *line, unsigned n, unsigned *ret)
{
	size_t len;
	const char *at = field(line, n, &len);

	return parse_id(at, len, ret);
}

/* A name wins over a number that looks the same, as with chown(1). */
static int resolve(const char *file, const char *text, size_t len,
		const char **ret_line, unsigned *ret_id)
{
	*ret_line = find(file, NAME, text, len);
	if (*ret_line)
		return id_of(*ret_line, ID, ret_id);
	*ret_line = find(file, ID, text, len);
	return parse_id(text, len, ret_id);
}

int ohb_user_resolve(const char *user, const char *passwd, const char *group,
		struct ohb_user *ret, struct ohb_error *err)
{
	const char *name = *user && *user != ':' ? user : "0";
	const char *colon = strchr(user, ':');
	const char *line, *unused, *at;
	struct ohb_user result = { .uid = 0 };
	size_t len = 0;

	if (resolve(passwd, name, strcspn(name, ":"), &line, &result.uid) < 0)
		return ohb_fail(err, OHB_E_MISSING,
				"the image's user '%s' is not in its "
				"/etc/passwd",
				user);
	if (line && id_of(line, GROUP, &result.gid) < 0)
		result.gid = 0;
	if (colon && colon[1] &&
			resolve(group, colon + 1, strlen(colon + 1), &unused,
					&result.gid) < 0)
		return ohb_fail(err, OHB_E_MISSING,
				"the image's group '%s' is not in its "
				"/etc/group",
				colon + 1);
	at = line ? field(line, HOME, &len) : NULL;
	if (at && len > 1 && at[0] == '/')
		result.home = ohb_strndup(at, len);
	*ret = result;
	return 0;
}

void ohb_user_release(struct ohb_user *user)
{
	free(user->home);
	*user = (struct ohb_user){ .uid = 0 };
}
