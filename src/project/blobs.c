#include "project/blobs.h"

#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/limits.h"
#include "base/memory.h"
#include "io/git.h"

#define SHA1_HEX 40

/* Git knows the empty tree in every repository. */
static const char tree_sha1[] = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";
static const char tree_sha256[] = "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14"
				  "b4b9b939dd74decc5321";

/*
 * Git says how long an object is, not what a filter makes of it.  So behind
 * each one a tree is asked for by a name that no content can foresee: the
 * digest of all that is asked.
 */
struct reading {
	const struct ohb_blob_want *wants;
	const size_t *queue; /* which of them, in the order of the answers */
	size_t count, at;
	struct ohb_str text; /* what has come and is not taken yet */
	size_t taken, searched; /* bytes of text */
	struct ohb_str end; /* stands behind a content */
	ohb_blob_fn *fn;
	void *userdata;
	struct ohb_error *err;
	bool failed;
};

static int fail_missing(const struct ohb_blob_want *want, struct ohb_error *err)
{
	return ohb_fail(err, OHB_E_MISSING,
			"read '%s' from git's index: its object %s is not in "
			"the repository; type: git fsck",
			want->path, want->object);
}

static int fail_length(const struct ohb_blob_want *want, struct ohb_error *err)
{
	return ohb_fail(err, OHB_E_LIMIT,
			"read '%s' from git's index: more than %u bytes",
			want->path, OHB_MAX_INPUT_FILE);
}

/* 1: one more content was taken; 0: it is not all there yet; -1. */
static int take(struct reading *reading)
{
	const struct ohb_blob_want *want =
			&reading->wants[reading->queue[reading->at]];
	const char *text = ohb_str_cstr(&reading->text) + reading->taken;
	size_t left = reading->text.len - reading->taken, header, len;
	size_t name = strlen(want->object);
	const char *body = memchr(text, '\n', left), *end;

	/* "<object> blob <path>\n", or "<object> missing\n" */
	if (!body)
		return 0;
	header = (size_t)(++body - text);
	if (header < name + 6 || memcmp(text + name, " blob ", 6) != 0)
		return fail_missing(want, reading->err);
	if (reading->searched < header)
		reading->searched = header;
	end = memmem(text + reading->searched, left - reading->searched,
			reading->end.data, reading->end.len);
	if (!end) {
		if (left - header > OHB_MAX_INPUT_FILE + reading->end.len)
			return fail_length(want, reading->err);
		if (left > reading->searched + reading->end.len)
			reading->searched = left - reading->end.len;
		return 0;
	}
	len = (size_t)(end - body);
	if (len > OHB_MAX_INPUT_FILE)
		return fail_length(want, reading->err);
	if (reading->fn(reading->userdata, reading->queue[reading->at], body,
			    len, reading->err) < 0)
		return -1;
	reading->taken += header + len + reading->end.len;
	reading->searched = 0;
	reading->at++;
	return 1;
}

static void on_output(void *userdata, const char *data, size_t len)
{
	struct reading *reading = userdata;
	struct ohb_str *text = &reading->text;
	int taken = 1;

	/* Of one alone the length is looked at in the end. */
	if (reading->failed ||
			(!reading->count && text->len > OHB_MAX_INPUT_FILE))
		return;
	ohb_str_add(text, data, len);
	while (taken > 0 && reading->at < reading->count)
		taken = take(reading);
	if (taken < 0)
		reading->failed = true;
	if (reading->taken) {
		memmove(text->data, text->data + reading->taken,
				text->len - reading->taken);
		ohb_str_cut(text, text->len - reading->taken);
		reading->taken = 0;
	}
}

/* What to ask git, and what will stand behind each answer. */
static void ask(struct reading *reading, bool converted, struct ohb_str *out)
{
	const struct ohb_blob_want *first = &reading->wants[reading->queue[0]];
	const char *tree = strlen(first->object) == SHA1_HEX ? tree_sha1 :
							       tree_sha256;
	struct ohb_framed framed;
	struct ohb_digest digest;
	char hex[OHB_DIGEST_HEX];
	size_t i;

	ohb_framed_init(&framed);
	for (i = 0; i < reading->count; i++)
		ohb_framed_add(&framed, "object",
				reading->wants[reading->queue[i]].object,
				strlen(tree));
	digest = ohb_framed_end(&framed);
	(void)ohb_digest_hex(&digest, hex);
	ohb_str_addf(&reading->end, "\n%s tree %s\n\n", tree, hex);
	for (i = 0; i < reading->count; i++) {
		const struct ohb_blob_want *want =
				&reading->wants[reading->queue[i]];

		ohb_str_adds(out, want->object);
		ohb_str_addc(out, ' ');
		ohb_str_adds(out, converted ? want->path : "-");
		ohb_str_addf(out, "\n%s %s\n", tree, hex);
	}
}

/* git-lfs would go and get its files. */
#define NO_LFS                                                         \
	"-c", "filter.lfs.process=", "-c", "filter.lfs.smudge=", "-c", \
			"filter.lfs.required=false"

static int run(const struct ohb_blob_source *source, struct reading *reading,
		const char *const *args, bool filters,
		const struct ohb_str *input)
{
	const struct ohb_git_call call = {
		.dirfd = source->attributes ? source->attributes_fd :
					      source->dirfd,
		.args = args,
		.env = source->env,
		.filters = filters,
		.input = input ? input->data : NULL,
		.input_len = input ? input->len : 0,
		.on_output = on_output,
		.userdata = reading,
	};
	struct ohb_git_result result;
	int ret = 0;

	if (ohb_git_run(&call, &result, reading->err) < 0)
		return -1;
	if (reading->failed)
		ret = -1;
	else if (result.status != 0 || reading->at < reading->count)
		ret = ohb_git_fail(&result, "read files from git's index",
				reading->err);
	ohb_git_result_release(&result);
	return ret;
}

static int read_batch(const struct ohb_blob_source *source,
		struct reading *reading, bool converted)
{
	static const char format[] =
			"--batch=%(objectname) %(objecttype) %(rest)";
	const char *const args[] = { NO_LFS, "cat-file", "--buffer", format,
		converted ? "--filters" : NULL, NULL };
	ohb_autostr input = OHB_STR_INIT;
	int ret;

	if (!reading->count)
		return 0;
	ask(reading, converted, &input);
	ret = run(source, reading, args, converted, &input);
	ohb_str_release(&reading->text);
	ohb_str_release(&reading->end);
	return ret;
}

/* One whose path the protocol of many cannot carry. */
static int read_alone(const struct ohb_blob_source *source,
		struct reading *reading, size_t at)
{
	const struct ohb_blob_want *want = &reading->wants[at];
	ohb_autostr path = OHB_STR_INIT;
	const char *args[] = { NO_LFS, "cat-file", "--filters", NULL,
		want->object, NULL };
	int ret;

	ohb_str_addf(&path, "--path=%s", want->path);
	args[OHB_ARRAY_LEN(args) - 3] = path.data;
	reading->count = reading->at = 0;
	ret = run(source, reading, args, true, NULL);
	if (ret == 0 && reading->text.len > OHB_MAX_INPUT_FILE)
		ret = fail_length(want, reading->err);
	if (ret == 0)
		ret = reading->fn(reading->userdata, at,
				ohb_str_cstr(&reading->text), reading->text.len,
				reading->err);
	ohb_str_release(&reading->text);
	return ret;
}

static bool is_odd(const char *path)
{
	return *path == ' ' || *path == '\t' || strchr(path, '\n');
}

int ohb_blobs_read(const struct ohb_blob_source *source,
		const struct ohb_blob_want *wants, size_t n, ohb_blob_fn *fn,
		void *userdata, struct ohb_error *err)
{
	ohb_autofree size_t *plain = ohb_alloc((n + 1) * sizeof(*plain));
	ohb_autofree size_t *converted = ohb_alloc((n + 1) * sizeof(*plain));
	struct reading reading = {
		.wants = wants,
		.queue = plain,
		.fn = fn,
		.userdata = userdata,
		.err = err,
	};
	size_t nconverted = 0, i;

	for (i = 0; i < n; i++)
		if (wants[i].plain || !source->attributes)
			plain[reading.count++] = i;
		else if (!is_odd(wants[i].path))
			converted[nconverted++] = i;
	if (read_batch(source, &reading, false) < 0)
		return -1;
	reading.queue = converted;
	reading.count = nconverted;
	reading.at = 0;
	if (read_batch(source, &reading, true) < 0)
		return -1;
	for (i = 0; source->attributes && i < n; i++)
		if (!wants[i].plain && is_odd(wants[i].path) &&
				read_alone(source, &reading, i) < 0)
			return -1;
	return 0;
}
