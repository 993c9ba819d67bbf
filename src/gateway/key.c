#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/str.h"
#include "gateway/gateway.h"
#include "io/fs.h"
#include "io/process.h"

#define MAX_KEY ((size_t)16 * 1024)
#define COMMAND_MS ((int64_t)60 * 1000)

/* Wiped as well as freed, whatever happens. */
static void wipe_str(struct ohb_str *str)
{
	if (str->data)
		ohb_wipe(str->data, str->cap);
	ohb_str_release(str);
}

/* A key goes into a header: one line of visible ASCII. */
static int accept(const char *text, size_t len, struct ohb_secret **ret,
		struct ohb_error *err)
{
	size_t i;

	while (len && strchr(" \t\r\n", text[len - 1]) && text[len - 1])
		len--;
	while (len && (*text == ' ' || *text == '\t')) {
		text++;
		len--;
	}
	if (!len)
		return ohb_fail(err, OHB_E_CONFIG, "it is empty");
	for (i = 0; i < len; i++)
		if (text[i] <= ' ' || text[i] > '~')
			return ohb_fail(err, OHB_E_CONFIG,
					"a key is one line without spaces");
	*ret = ohb_secret_new(text, len);
	return 0;
}

/* What was taken out of the environment.  It is one for the whole process, so
 * this is, too. */
static struct taken {
	struct taken *next;
	char *name;
	struct ohb_secret *value;
} * all_taken;
static pthread_mutex_t taken_lock = PTHREAD_MUTEX_INITIALIZER;

static struct taken *find_taken(const char *name)
{
	struct taken *taken = all_taken;

	while (taken && !ohb_streq(taken->name, name))
		taken = taken->next;
	return taken;
}

void ohb_key_take(const char *name)
{
	char *value = getenv(name);
	struct taken *taken;

	if (!value)
		return;
	pthread_mutex_lock(&taken_lock);
	taken = find_taken(name);
	if (!taken) {
		taken = ohb_alloc(sizeof(*taken));
		taken->name = ohb_strdup(name);
		taken->next = all_taken;
		all_taken = taken;
	}
	ohb_secret_free(taken->value);
	taken->value = ohb_secret_new(value, strlen(value));
	pthread_mutex_unlock(&taken_lock);
	/* The bytes stand where the kernel shows them to others. */
	ohb_wipe(value, strlen(value));
	(void)unsetenv(name);
}

static const char *look_up(const char *name)
{
	const char *value = getenv(name);
	const struct taken *taken;

	if (value)
		return value;
	pthread_mutex_lock(&taken_lock);
	taken = find_taken(name);
	value = taken ? ohb_secret_reveal(taken->value) : NULL;
	pthread_mutex_unlock(&taken_lock);
	return value;
}

static int load_env(const char *name, struct ohb_secret **ret,
		struct ohb_error *err)
{
	const char *value = look_up(name);

	if (!value)
		return ohb_fail(err, OHB_E_CONFIG,
				"key: the environment variable '%s' is not "
				"set; export it, or use key_file or "
				"key_command",
				name);
	if (accept(value, strlen(value), ret, err) < 0)
		return ohb_fail_context(err,
				"key from the environment variable '%s'", name);
	return 0;
}

static int load_file(const char *path, struct ohb_secret **ret,
		struct ohb_error *err)
{
	struct ohb_str text = OHB_STR_INIT;
	int failed;

	failed = ohb_fs_read(AT_FDCWD, path, MAX_KEY, &text, err) < 0 ||
			accept(ohb_str_cstr(&text), text.len, ret, err) < 0;
	wipe_str(&text);
	if (!failed)
		return 0;
	(void)ohb_fail_context(err, "key from the file '%s'", path);
	if (err && err->code != OHB_E_CANCELLED)
		err->code = OHB_E_CONFIG;
	return -1;
}

static int run_command(const char *const *argv, struct ohb_cancel *cancel,
		struct ohb_process_result *result, struct ohb_error *err)
{
	const struct ohb_process_spec spec = {
		.argv = argv,
		.timeout_ms = COMMAND_MS,
		.max_output = MAX_KEY,
	};

	if (ohb_process_run(&spec, cancel, result, err) < 0)
		return -1;
	if (result->timed_out)
		return ohb_fail(err, OHB_E_CONFIG, "no end after %lld seconds",
				(long long)(COMMAND_MS / 1000));
	if (result->status)
		return ohb_fail(err, OHB_E_CONFIG,
				"exit status %d; run it by hand to see why",
				result->status);
	return 0;
}

static int load_command(const char *const *argv, struct ohb_cancel *cancel,
		struct ohb_secret **ret, struct ohb_error *err)
{
	struct ohb_process_result result = { 0 };
	int failed;

	failed = run_command(argv, cancel, &result, err) < 0 ||
			accept(ohb_str_cstr(&result.out), result.out.len, ret,
					err) < 0;
	wipe_str(&result.out);
	ohb_process_result_release(&result);
	if (!failed)
		return 0;
	(void)ohb_fail_context(err, "key from the command '%s'", argv[0]);
	if (err && err->code != OHB_E_CANCELLED)
		err->code = OHB_E_CONFIG;
	return -1;
}

int ohb_key_load(const char *env, const char *file, const char *const *command,
		struct ohb_cancel *cancel, struct ohb_secret **ret,
		struct ohb_error *err)
{
	if (env)
		return load_env(env, ret, err);
	if (file)
		return load_file(file, ret, err);
	return load_command(command, cancel, ret, err);
}
