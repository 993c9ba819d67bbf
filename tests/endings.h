#ifndef OHB_TEST_ENDINGS_H
#define OHB_TEST_ENDINGS_H

/* The corpus of endings: tests/endings/README.md says what is in a file. */

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "base/memory.h"
#include "base/str.h"
#include "text/json.h"

/* Of all, and of those that were written before the rules were looked at. */
struct endings {
	unsigned all, right, held, held_right;
};

/* What the rules under test say of this ending; NULL: not a case of theirs. */
typedef const char *ending_fn(json_t *json);

static json_t *ending_load(const char *path)
{
	json_error_t error;
	json_t *json = json_load_file(path, 0, &error);

	ck_assert_msg(json != NULL, "%s:%d: %s", path, error.line, error.text);
	ck_assert_msg(ohb_json_text(json, "class") &&
					ohb_json_text(json, "origin"),
			"%s: no class, or no origin", path);
	return json;
}

static void ending_count(struct endings *sum, const char *what,
		const char *name, json_t *json, const char *is)
{
	const char *wanted = ohb_json_text(json, what);
	bool held = json_is_true(ohb_json_at(json, "held"));
	bool right;

	if (!wanted)
		wanted = ohb_json_text(json, "class");
	right = ohb_streq(is, wanted);

	sum->all++;
	sum->right += right;
	sum->held += held;
	sum->held_right += held && right;
	if (!right)
		(void)printf("%s is '%s', not '%s'\n", name, wanted, is);
}

/* Goes through the corpus and prints what came out. */
static void endings_judge(const char *what, ending_fn *fn, struct endings *sum)
{
	ohb_autostr dir = OHB_STR_INIT, path = OHB_STR_INIT;
	struct dirent **names;
	int n;

	ohb_str_addf(&dir, "%s/tests/endings", getenv("OHBUILD_SOURCE_DIR"));
	n = scandir(dir.data, &names, NULL, alphasort);
	*sum = (struct endings){ 0 };
	ck_assert_msg(n > 0, "'%s' is not there", dir.data);
	while (n--) {
		ohb_str_clear(&path);
		ohb_str_addf(&path, "%s/%s", dir.data, names[n]->d_name);
		if (ohb_ends(path.data, ".json")) {
			ohb_autojson *json = ending_load(path.data);
			const char *is = fn(json);

			if (is)
				ending_count(sum, what, names[n]->d_name, json,
						is);
		}
		free(names[n]);
	}
	free(names);
	(void)printf("%s: %u of %u endings right (%.1f %%), of those held out "
		     "%u of %u\n",
			what, sum->right, sum->all,
			100.0 * sum->right / sum->all, sum->held_right,
			sum->held);
	(void)fflush(stdout); /* Check leaves by _exit */
}

#endif
