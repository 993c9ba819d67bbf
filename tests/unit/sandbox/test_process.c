#include <check.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "io/clock.h"
#include "io/fileset.h"
#include "io/fs.h"
#include "io/wait.h"
#include "sandbox/sandbox.h"

static char stray[32]; /* a process that nobody else has */
static char *folder; /* stands for the temporary folder of the machine */
static struct ohb_cancel cancel;
static struct ohb_engine *engine;
static struct ohb_error err;
static struct ohb_str warnings;

static void on_warning(void *userdata, const char *text)
{
	(void)userdata;
	ohb_str_addf(&warnings, "%s\n", text);
}

static struct ohb_engine *open_engine(void)
{
	const struct ohb_engine_options options = {
		.kind = OHB_ENGINE_PROCESS,
		.run = "r1",
		.cancel = &cancel,
		.on_warning = on_warning,
	};
	struct ohb_engine *ret = NULL;

	ck_assert_msg(ohb_engine_open(&options, &ret, &err) == 0, "%s",
			err.msg);
	return ret;
}

static int count_name(void *userdata, const char *name, enum ohb_fs_kind kind,
		struct ohb_error *unused)
{
	size_t *count = userdata;

	(void)kind;
	(void)unused;
	*count += ohb_starts(name, "ohbuild-");
	return 0;
}

static size_t count_folders(void)
{
	size_t count = 0;

	ck_assert_int_eq(
			ohb_fs_list(AT_FDCWD, folder, count_name, &count, &err),
			0);
	return count;
}

static struct ohb_sandbox *open_as(enum ohb_sandbox_role role)
{
	static const char *const env[] = { "GIVEN=1", NULL };
	const struct ohb_sandbox_spec spec = {
		.role = role, .name = "n1", .env = env
	};
	struct ohb_sandbox *ret = NULL;

	ck_assert_msg(ohb_sandbox_open(engine, &spec, &ret, &err) == 0, "%s",
			err.msg);
	return ret;
}

static void setup(void)
{
	err = (struct ohb_error)OHB_ERROR_INIT;
	ck_assert_int_eq(unsetenv("TMPDIR"), 0);
	ck_assert_int_eq(ohb_fs_temp_dir(&folder, &err), 0);
	ck_assert_int_eq(setenv("TMPDIR", folder, 1), 0);
	(void)snprintf(stray, sizeof(stray), "sleep 600.%d", (int)getpid());
	ck_assert_int_eq(setenv("A_KEY", "secret", 1), 0);
	ck_assert_int_eq(ohb_cancel_init(&cancel, &err), 0);
	engine = open_engine();
	ck_assert_uint_eq(warnings.len, 0);
	ohb_sandbox_close(open_as(OHB_ROLE_JUDGE));
	ck_assert_ptr_nonnull(strstr(warnings.data, "NO ISOLATION"));
	ohb_str_clear(&warnings); /* once is enough */
}

static void teardown(void)
{
	ohb_engine_close(engine);
	ohb_cancel_release(&cancel);
	ck_assert_uint_eq(count_folders(), 0);
	ck_assert_str_eq(ohb_str_cstr(&warnings), "");
	ohb_str_release(&warnings);
	ck_assert_int_eq(ohb_fs_remove_tree(AT_FDCWD, folder, &err), 0);
	free(folder);
}

static void expect(struct ohb_sandbox *sandbox, const char *script,
		const char *out)
{
	const char *const argv[] = { "sh", "-c", script, NULL };
	const struct ohb_exec_spec spec = { .argv = argv, .timeout_ms = 60000 };
	struct ohb_exec_result result = { .status = -1 };

	ck_assert_msg(ohb_sandbox_exec(sandbox, &spec, &result, &err) == 0,
			"%s", err.msg);
	ck_assert_msg(result.status == 0, "%s", ohb_str_cstr(&result.err));
	ck_assert_str_eq(ohb_str_cstr(&result.out), out);
	ohb_exec_result_release(&result);
}

START_TEST(has_a_clean_environment)
{
	struct ohb_sandbox *judge = open_as(OHB_ROLE_JUDGE);
	ohb_autostr where = OHB_STR_INIT;

	ohb_str_addf(&where, "%s\n", ohb_sandbox_dir(judge));
	expect(judge, "pwd", where.data);
	expect(judge,
			"env | cut -d= -f1 | grep -v -e PWD -e SHLVL -e '^_$' | sort | "
			"xargs",
			"GIVEN HOME LANG OHBUILD_SANDBOX PATH TMPDIR\n");
	expect(judge, "touch $HOME/x $TMPDIR/x ./x && ls", "x\n");
	ck_assert_ptr_null(ohb_sandbox_url(judge));
	ohb_sandbox_close(judge);
}
END_TEST

START_TEST(tells_statuses_and_separates_streams)
{
	const char *const argv[] = { "sh", "-c", "echo o; echo e >&2; exit 3",
		NULL };
	const char *const none[] = { "no-such-program", NULL };
	const struct ohb_exec_spec good = { .argv = argv };
	const struct ohb_exec_spec bad = { .argv = none };
	struct ohb_sandbox *judge = open_as(OHB_ROLE_JUDGE);
	struct ohb_exec_result result;

	ck_assert_int_eq(ohb_sandbox_exec(judge, &good, &result, &err), 0);
	ck_assert_int_eq(result.status, 3);
	ck_assert_str_eq(result.out.data, "o\n");
	ck_assert_str_eq(result.err.data, "e\n");
	ohb_exec_result_release(&result);
	ck_assert_int_eq(ohb_sandbox_exec(judge, &bad, &result, &err), 0);
	ck_assert_int_eq(result.status, 127);
	ck_assert_ptr_nonnull(strstr(result.err.data, "no-such-program"));
	ohb_exec_result_release(&result);
	ohb_sandbox_close(judge);
}
END_TEST

static bool runs(void)
{
	char pattern[40];
	struct ohb_exec_result result = { .status = -1 };
	const char *const argv[] = { "pgrep", "-f", pattern, NULL };
	const struct ohb_exec_spec spec = { .argv = argv };
	struct ohb_sandbox *judge;
	const struct ohb_sandbox_spec place = { .role = OHB_ROLE_JUDGE,
		.name = "look" };

	(void)snprintf(pattern, sizeof(pattern), "^%s", stray);
	ck_assert_int_eq(ohb_sandbox_open(engine, &place, &judge, &err), 0);
	ck_assert_int_eq(ohb_sandbox_exec(judge, &spec, &result, &err), 0);
	ohb_exec_result_release(&result);
	ohb_sandbox_close(judge);
	return result.status == 0;
}

static void wait_until_runs(void)
{
	while (!runs())
		ck_assert_int_eq(ohb_wait_ms(NULL, 20, &err), 0);
}

START_TEST(ends_with_its_time)
{
	/* One in a session of its own outlives the group. */
	const char *const argv[] = { "sh", "-c",
		"setsid $0 $1 & echo begun; sleep 600", "sleep", stray + 6,
		NULL };
	const struct ohb_exec_spec spec = { .argv = argv, .timeout_ms = 500 };
	struct ohb_sandbox *judge = open_as(OHB_ROLE_JUDGE);
	struct ohb_sandbox_state state;
	struct ohb_exec_result result;

	ck_assert_int_eq(ohb_sandbox_exec(judge, &spec, &result, &err), 0);
	ck_assert(result.timed_out);
	ck_assert_str_eq(result.out.data, "begun\n");
	ohb_exec_result_release(&result);
	ck_assert_int_eq(ohb_sandbox_state(judge, &state, &err), 0);
	ck_assert(!state.running);
	ck_assert(!runs());
	ck_assert_int_eq(ohb_sandbox_exec(judge, &spec, &result, &err), -1);
	ck_assert_int_eq(err.code, OHB_E_INFRA);
	ohb_sandbox_close(judge);
}
END_TEST

static void *raise_soon(void *unused)
{
	struct ohb_error ignored;

	(void)unused;
	if (ohb_wait_ms(NULL, 300, &ignored) == 0)
		ohb_cancel_raise(&cancel);
	return NULL;
}

START_TEST(ends_when_cancelled)
{
	const char *const argv[] = { "sleep", "600", NULL };
	const struct ohb_exec_spec spec = { .argv = argv };
	struct ohb_sandbox *judge = open_as(OHB_ROLE_JUDGE);
	struct ohb_exec_result result;
	pthread_t thread;

	ck_assert_int_eq(pthread_create(&thread, NULL, raise_soon, NULL), 0);
	ck_assert_int_eq(ohb_sandbox_exec(judge, &spec, &result, &err), -1);
	ck_assert_int_eq(err.code, OHB_E_CANCELLED);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	ohb_sandbox_close(judge);
}
END_TEST

static void put(struct ohb_sandbox *sandbox, const struct ohb_fileset *set)
{
	ohb_autostr tar = OHB_STR_INIT;
	unsigned uid, gid;

	ohb_sandbox_owner(sandbox, &uid, &gid);
	ck_assert_int_eq(ohb_fileset_tar(set, uid, gid, &tar, &err), 0);
	ck_assert_msg(ohb_sandbox_put(sandbox, tar.data, tar.len, &err) == 0,
			"%s", err.msg);
}

static void get(struct ohb_sandbox *sandbox, const char *path,
		const char *strip, struct ohb_fileset *set,
		struct ohb_arena *arena)
{
	ohb_autostr tar = OHB_STR_INIT;

	ck_assert_msg(ohb_sandbox_get(sandbox, path, 1 << 20, &tar, &err) == 0,
			"%s", err.msg);
	ck_assert_int_eq(ohb_fileset_load_tar(set, tar.data, tar.len, strip,
					 1 << 20, arena, &err),
			0);
}

START_TEST(takes_and_gives_files)
{
	struct ohb_arena arena = OHB_ARENA_INIT;
	struct ohb_fileset in = OHB_FILESET_INIT, out = OHB_FILESET_INIT;
	struct ohb_sandbox *judge = open_as(OHB_ROLE_JUDGE);
	struct ohb_file file = { .mode = 0755,
		.path = "a/b/run",
		.data = "#!/bin/sh\necho it runs\n",
		.len = 23 };
	ohb_autostr tar = OHB_STR_INIT;
	size_t i;
	int c;

	ohb_fileset_put(&in, &file);
	for (c = 1; c < 256; c++) {
		if (c == '/')
			continue;
		file.path = ohb_arena_printf(&arena, "d/n %c", c);
		file.mode = 0644;
		file.data = file.path;
		file.len = strlen(file.path);
		ohb_fileset_put(&in, &file);
	}
	file = (struct ohb_file){
		.path = "link", .kind = OHB_TAR_LINK, .target = "../../out"
	};
	ohb_fileset_put(&in, &file);
	put(judge, &in);
	put(judge, &in); /* in place of what is there */
	expect(judge, "a/b/run; ls d | wc -l; readlink link; mkfifo pipe",
			"it runs\n255\n../../out\n");
	get(judge, ".", "project/", &out, &arena);
	ck_assert_uint_eq(out.count, in.count);
	for (i = 0; i < in.count; i++) {
		ck_assert_str_eq(out.files[i].path, in.files[i].path);
		ck_assert_int_eq(out.files[i].kind, in.files[i].kind);
		ck_assert_uint_eq(out.files[i].len, in.files[i].len);
	}
	ohb_fileset_release(&out);
	get(judge, "a/b/run", "", &out, &arena);
	ck_assert_str_eq(out.files[0].path, "run");
	ohb_fileset_release(&out);
	get(judge, "a/b", "", &out, &arena);
	ck_assert_str_eq(out.files[0].path, "b/run");
	ohb_fileset_release(&out);

	ck_assert_int_eq(ohb_sandbox_get(judge, "none", 1 << 20, &tar, &err),
			-1);
	ck_assert_int_eq(err.code, OHB_E_MISSING);
	ck_assert_int_eq(ohb_sandbox_get(judge, "d", 1000, &tar, &err), -1);
	ck_assert_int_eq(err.code, OHB_E_LIMIT);
	ck_assert_int_eq(ohb_sandbox_get(judge, "../home", 1000, &tar, &err),
			-1);
	ck_assert_uint_eq(tar.len, 0);
	ohb_fileset_release(&in);
	ohb_arena_release(&arena);
	ohb_sandbox_close(judge);
}
END_TEST

/* A server that tells what it was given and leaves a daemon behind. */
static void make_server(void)
{
	ohb_autostr path = OHB_STR_INIT, text = OHB_STR_INIT;
	int fd;

	ohb_str_addf(&text,
			"#!/bin/sh\necho \"$@\"\n"
			"env | grep -e OH_ -e A_KEY -e TMUX | sort\n"
			"setsid %s &\nsleep 600\n",
			stray);
	ohb_str_addf(&path, "%s/server", folder);
	fd = open(path.data, O_WRONLY | O_CREAT | O_CLOEXEC, 0755);
	ck_assert_int_eq(write(fd, text.data, text.len), (int)text.len);
	(void)close(fd);
	ck_assert_int_eq(setenv("OHBUILD_AGENT_SERVER", path.data, 1), 0);
}

START_TEST(renews_a_judge)
{
	struct ohb_sandbox *judge = open_as(OHB_ROLE_JUDGE);
	const char *const forever[] = { "sleep", "60", NULL };
	const struct ohb_exec_spec slow = { .argv = forever, .timeout_ms = 1 };
	struct ohb_exec_result result;
	ohb_autostr tar = OHB_STR_INIT;
	size_t i;

	for (i = 0; i < 3; i++) {
		ck_assert_msg(ohb_sandbox_renew(judge, "again", &err) == 1,
				"%s", err.msg);
		expect(judge,
				"ls -A . ..; ls -A $HOME; ls -A $TMPDIR; "
				"basename $PWD; "
				"echo x >f; echo x >$HOME/f; echo x >$TMPDIR/f; "
				"setsid sleep 600 >/dev/null 2>&1 & "
				"echo x >../f",
				".:\n\n..:\nagain\nagain\n");
	}
	ck_assert_int_eq(ohb_sandbox_get(judge, ".", 1 << 20, &tar, &err), 0);
	ck_assert_ptr_nonnull(memmem(tar.data, tar.len, "again/f", 7));
	/* Even after its time has passed. */
	ck_assert_int_eq(ohb_sandbox_exec(judge, &slow, &result, &err), 0);
	ck_assert(result.timed_out);
	ohb_exec_result_release(&result);
	ck_assert_int_eq(ohb_sandbox_renew(judge, "again", &err), 1);
	expect(judge, "ls -A", "");
	ohb_sandbox_close(judge);
}
END_TEST

START_TEST(opens_a_folder_beside)
{
	struct ohb_sandbox *judge = open_as(OHB_ROLE_JUDGE), *other = NULL;

	ck_assert_int_eq(ohb_sandbox_beside(judge, "b", &other, &err), 0);
	ck_assert_int_eq(ohb_sandbox_renew(judge, "a", &err), 1);
	ck_assert_msg(ohb_sandbox_beside(judge, "b", &other, &err) == 1, "%s",
			err.msg);
	expect(judge,
			"echo 1 >f; echo 2 >$TMPDIR/f; sleep 60 & "
			"echo $! >$HOME/pid",
			"");
	expect(other,
			"basename $PWD; ls -A; ls ..; cat ../a/f $TMPDIR/f; "
			"kill -0 $(cat $HOME/pid) && echo runs",
			"b\na\nb\n1\n2\nruns\n");
	ohb_sandbox_close(other);
	expect(judge, "cat f; kill -0 $(cat $HOME/pid) && echo runs",
			"1\nruns\n");
	ck_assert_int_eq(ohb_sandbox_renew(judge, "c", &err), 1);
	expect(judge, "ls ..", "c\n");
	ohb_sandbox_close(judge);
}
END_TEST

START_TEST(starts_a_server)
{
	struct ohb_sandbox *agent;
	struct ohb_sandbox_state state;
	ohb_autostr log = OHB_STR_INIT, want = OHB_STR_INIT;
	const char *dir;
	int top;

	make_server();
	agent = open_as(OHB_ROLE_AGENT);
	wait_until_runs();
	ck_assert_int_eq(ohb_sandbox_state(agent, &state, &err), 0);
	ck_assert(state.running);
	ck_assert_int_eq(ohb_sandbox_log(agent, 10000, &log, &err), 0);
	dir = ohb_sandbox_dir(agent);
	top = (int)(strlen(dir) - strlen("/project"));
	ohb_str_addf(&want,
			"--host 127.0.0.1 --port %s\n"
			"OH_BASH_EVENTS_DIR=%.*s/bash_events\n"
			"OH_CONVERSATIONS_PATH=%.*s/conversations\n"
			"OH_WORKSPACE_PATH=%s\n"
			"TMUX_TMPDIR=%.*s\n",
			strrchr(ohb_sandbox_url(agent), ':') + 1, top, dir, top,
			dir, dir, top, dir);
	ck_assert_str_eq(log.data, want.data);
	ohb_str_clear(&log);
	ck_assert_int_eq(ohb_sandbox_log(agent, 3, &log, &err), 0);
	ck_assert_str_eq(log.data, "n1\n");
	ohb_sandbox_close(agent);
	ck_assert(!runs());
}
END_TEST

START_TEST(says_what_is_missing)
{
	const struct ohb_sandbox_spec spec = { .role = OHB_ROLE_AGENT,
		.name = "n1" };
	struct ohb_sandbox *agent = NULL;

	ck_assert_int_eq(
			setenv("OHBUILD_AGENT_SERVER", "no-such-server", 1), 0);
	ck_assert_int_eq(ohb_sandbox_open(engine, &spec, &agent, &err), -1);
	ck_assert_int_eq(err.code, OHB_E_INFRA);
	ck_assert_ptr_nonnull(strstr(err.msg, "pip install"));
}
END_TEST

START_TEST(sweeps_only_the_dead)
{
	int fds[2];
	char ready;
	pid_t pid;

	make_server();
	ck_assert_int_eq(pipe(fds), 0);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		engine = open_engine();
		(void)open_as(OHB_ROLE_AGENT);
		wait_until_runs();
		(void)!write(fds[1], "r", 1);
		for (;;)
			(void)pause();
	}
	(void)close(fds[1]);
	ck_assert_int_eq(read(fds[0], &ready, 1), 1);
	(void)close(fds[0]);
	ck_assert_uint_eq(count_folders(), 2);
	ohb_engine_close(open_engine());
	ck_assert_uint_eq(count_folders(), 2);
	ck_assert_int_eq(kill(pid, SIGKILL), 0);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	ck_assert(runs());
	ohb_engine_close(open_engine());
	ck_assert_uint_eq(count_folders(), 1);
	ck_assert(!runs());
}
END_TEST

/* The agent-server would start, and fail at the first message. */
START_TEST(refuses_a_long_place)
{
	const struct ohb_sandbox_spec spec = { .role = OHB_ROLE_AGENT,
		.name = "n1" };
	struct ohb_sandbox *agent = NULL;
	struct ohb_engine *deep;
	ohb_autostr path = OHB_STR_INIT;

	make_server();
	ohb_str_addf(&path, "%s/%060d", folder, 0);
	ck_assert_int_eq(mkdir(path.data, 0700), 0);
	ck_assert_int_eq(setenv("TMPDIR", path.data, 1), 0);
	deep = open_engine();
	ck_assert_int_eq(ohb_sandbox_open(deep, &spec, &agent, &err), -1);
	ck_assert_int_eq(err.code, OHB_E_INFRA);
	ck_assert_ptr_nonnull(strstr(err.msg, path.data));
	ohb_engine_close(deep);
	ohb_str_clear(&warnings);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("sandbox/process");
	TCase *tcase = tcase_create("all");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_set_timeout(tcase, 60);
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, has_a_clean_environment);
	tcase_add_test(tcase, tells_statuses_and_separates_streams);
	tcase_add_test(tcase, ends_with_its_time);
	tcase_add_test(tcase, ends_when_cancelled);
	tcase_add_test(tcase, takes_and_gives_files);
	tcase_add_test(tcase, renews_a_judge);
	tcase_add_test(tcase, opens_a_folder_beside);
	tcase_add_test(tcase, starts_a_server);
	tcase_add_test(tcase, says_what_is_missing);
	tcase_add_test(tcase, sweeps_only_the_dead);
	tcase_add_test(tcase, refuses_a_long_place);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
