/*
 * The sandbox against the real Docker Engine, with a tiny image.  Fails where
 * no engine answers.
 * label: alone
 */
#include <arpa/inet.h>
#include <check.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/limits.h"
#include "io/clock.h"
#include "io/fileset.h"
#include "io/fs.h"
#include "io/http.h"
#include "io/process.h"
#include "io/wait.h"
#include "sandbox/sandbox.h"

#define MIB ((uint64_t)1 << 20)

static char image[128];
static char run_id[64];
static struct ohb_cancel cancel;
static struct ohb_engine *engine;
static struct ohb_error err;
static char warnings[4096];

static void on_warning(void *userdata, const char *text)
{
	size_t len = strlen(warnings);

	/* This image has nothing that an agent works with. */
	if (strstr(text, "lacks git, tmux"))
		return;

	(void)userdata;
	(void)snprintf(warnings + len, sizeof(warnings) - len, "%s\n", text);
}

static struct ohb_engine *open_engine(const char *run)
{
	const struct ohb_engine_options options = {
		.kind = OHB_ENGINE_DOCKER,
		.run = run,
		.cancel = &cancel,
		.on_warning = on_warning,
	};
	struct ohb_engine *ret = NULL;

	ck_assert_msg(ohb_engine_open(&options, &ret, &err) == 0, "%s",
			err.msg);
	return ret;
}

/* What `docker ARGS...` prints. */
static void docker(struct ohb_str *out, const char *const *argv)
{
	const struct ohb_process_spec spec = { .argv = argv };
	struct ohb_process_result result;

	ck_assert_msg(ohb_process_run(&spec, NULL, &result, &err) == 0, "%s",
			err.msg);
	ck_assert_msg(result.status == 0, "docker: %s",
			ohb_str_cstr(&result.err));
	ohb_str_adds(out, ohb_str_cstr(&result.out));
	ohb_process_result_release(&result);
}

/* All that carries the label of a run. */
static void list_left(const char *run, struct ohb_str *out)
{
	char filter[128];
	const char *const lists[][8] = {
		{ "docker", "ps", "-aq", "--filter", filter, NULL },
		{ "docker", "network", "ls", "-q", "--filter", filter, NULL },
		{ "docker", "volume", "ls", "-q", "--filter", filter, NULL },
	};
	size_t i;

	(void)snprintf(filter, sizeof(filter), "label=ohbuild.run=%s", run);
	for (i = 0; i < 3; i++)
		docker(out, lists[i]);
}

static void setup(void)
{
	uint64_t random;

	err = (struct ohb_error)OHB_ERROR_INIT;
	warnings[0] = '\0';
	ohb_random(&random, sizeof(random));
	(void)snprintf(run_id, sizeof(run_id), "test-%08x", (unsigned)random);
	ck_assert_int_eq(ohb_cancel_init(&cancel, &err), 0);
	engine = open_engine(run_id);
}

static void teardown(void)
{
	ohb_autostr left = OHB_STR_INIT;

	ohb_engine_close(engine);
	ohb_cancel_release(&cancel);
	list_left(run_id, &left);
	ck_assert_msg(left.len == 0, "left: %s", left.data);
	ck_assert_str_eq(warnings, "");
}

static const char *name(const char *what)
{
	static _Thread_local char text[128];

	(void)snprintf(text, sizeof(text), "ohbuild-%s-%s", run_id, what);
	return text;
}

static struct ohb_sandbox *open_as(enum ohb_sandbox_role role, const char *what,
		const char *tag, const char *const *env)
{
	char full[160];
	const struct ohb_sandbox_spec spec = {
		.role = role,
		.image = full,
		.name = name(what),
		.target = "tests/test_\xff.c",
		.env = env,
		.memory_bytes = 128 * MIB,
		.cpus = 1.5,
	};
	struct ohb_sandbox *ret = NULL;

	(void)snprintf(full, sizeof(full), "%s%s", image, tag);
	ck_assert_msg(ohb_sandbox_open(engine, &spec, &ret, &err) == 0, "%s",
			err.msg);
	return ret;
}

static struct ohb_sandbox *open_judge(const char *what)
{
	return open_as(OHB_ROLE_JUDGE, what, "", NULL);
}

static struct ohb_exec_result run_argv(struct ohb_sandbox *sandbox,
		const char *const *argv, int64_t timeout_ms)
{
	const struct ohb_exec_spec spec = { .argv = argv,
		.timeout_ms = timeout_ms };
	struct ohb_exec_result result = { .status = -1 };

	ck_assert_msg(ohb_sandbox_exec(sandbox, &spec, &result, &err) == 0,
			"%s", err.msg);
	return result;
}

static struct ohb_exec_result run_sh(
		struct ohb_sandbox *sandbox, const char *script)
{
	const char *const argv[] = { "sh", "-c", script, NULL };

	return run_argv(sandbox, argv, 60000);
}

/* The script must succeed and print exactly this. */
static void expect(struct ohb_sandbox *sandbox, const char *script,
		const char *out)
{
	struct ohb_exec_result result = run_sh(sandbox, script);

	ck_assert_msg(result.status == 0, "%s: status %d: %s%s", script,
			result.status, ohb_str_cstr(&result.out),
			ohb_str_cstr(&result.err));
	ck_assert_str_eq(ohb_str_cstr(&result.out), out);
	ohb_exec_result_release(&result);
}

START_TEST(confines)
{
	static const struct {
		const char *script, *out;
	} checks[] = {
		{ "grep Cap /proc/self/status | cut -f2 | sort -u",
				"0000000000000000\n" },
		{ "grep NoNewPrivs /proc/self/status | cut -f2", "1\n" },
		{ "grep Seccomp: /proc/self/status | cut -f2", "2\n" },
		{ "ls /sys/class/net", "lo\n" },
		{ "pwd; id -u; id -g; echo $HOME",
				"/workspace/project\n1234\n1235\n"
				"/home/tester\n" },
		{ "touch /x 2>&1; touch /bin/x 2>&1 || echo no",
				"touch: /x: Read-only file system\n"
				"touch: /bin/x: Read-only file system\nno\n" },
		{ "for d in /tmp ~ /workspace/project; do "
		  "printf '#!/bin/sh\\necho ran\\n' >$d/x && "
		  "chmod 755 $d/x && $d/x; done",
				"ran\nran\nran\n" },
		{ "df -k /tmp | awk 'NR == 2 { print $2 }'", "65536\n" },
		{ "ulimit -c; ulimit -n", "0\n4096\n" },
		{ "cat /sys/fs/cgroup/memory.max 2>/dev/null || "
		  "cat /sys/fs/cgroup/memory/memory.limit_in_bytes",
				"134217728\n" },
		{ "cat /sys/fs/cgroup/cpu.max 2>/dev/null || "
		  "echo $(cat /sys/fs/cgroup/cpu/cpu.cfs_quota_us "
		  "/sys/fs/cgroup/cpu/cpu.cfs_period_us)",
				"150000 100000\n" },
		{ "env | grep -E 'OH_|DOCKER' || echo none", "none\n" },
		{ "dmesg >/dev/null 2>&1 || echo no", "no\n" },
		{ "mount -t tmpfs x /tmp 2>/dev/null || echo no", "no\n" },
	};
	struct ohb_sandbox *judge = open_judge("confined");
	size_t i;

	for (i = 0; i < OHB_ARRAY_LEN(checks); i++)
		expect(judge, checks[i].script, checks[i].out);
	ck_assert_str_eq(ohb_sandbox_dir(judge), "/workspace/project");
	ck_assert_ptr_null(ohb_sandbox_url(judge));
	ohb_sandbox_close(judge);
}
END_TEST

START_TEST(limits_processes)
{
	const struct ohb_sandbox_spec spec = {
		.role = OHB_ROLE_JUDGE, .image = image, .name = name("pids")
	};
	struct ohb_sandbox *judge = NULL;
	struct ohb_exec_result result;

	ck_assert_msg(ohb_sandbox_open(engine, &spec, &judge, &err) == 0, "%s",
			err.msg);
	result = run_sh(judge,
			"i=0; while [ $i -lt 2500 ]; do sleep 60 & "
			"i=$((i + 1)); done; echo all");
	ck_assert_ptr_null(strstr(ohb_str_cstr(&result.out), "all"));
	ck_assert_ptr_nonnull(strstr(ohb_str_cstr(&result.err), "fork"));
	ohb_exec_result_release(&result);
	ohb_sandbox_close(judge);
}
END_TEST

START_TEST(limits_memory)
{
	struct ohb_sandbox *judge = open_judge("memory");
	struct ohb_sandbox_state state;
	struct ohb_exec_result result;

	ck_assert_int_eq(ohb_sandbox_state(judge, &state, &err), 0);
	ck_assert(state.running && !state.out_of_memory);
	result = run_sh(judge, "dd if=/dev/zero of=/dev/null bs=300M count=1");
	ck_assert_int_eq(result.status, 137);
	ck_assert(!result.timed_out);
	ck_assert_int_eq(ohb_sandbox_state(judge, &state, &err), 0);
	ck_assert(state.out_of_memory);
	ohb_exec_result_release(&result);
	ohb_sandbox_close(judge);
}
END_TEST

START_TEST(separates_streams_and_statuses)
{
	const char *const missing[] = { "no-such-program", NULL };
	const char *const bytes[] = { "printf", "%s|", "a\xff\n\n", "it's", "",
		NULL };
	const char *const env[] = { "ADDED=b c", NULL };
	const char *const show[] = { "sh", "-c", "echo $ADDED", NULL };
	const struct ohb_exec_spec with_env = { .argv = show, .env = env };
	struct ohb_sandbox *judge = open_judge("exec");
	struct ohb_exec_result result;

	result = run_sh(judge, "echo out; echo err >&2; printf '\\0'; exit 7");
	ck_assert_int_eq(result.status, 7);
	ck_assert_uint_eq(result.out.len, 5);
	ck_assert_int_eq(memcmp(result.out.data, "out\n", 5), 0);
	ck_assert_str_eq(result.err.data, "err\n");
	ohb_exec_result_release(&result);

	result = run_sh(judge, "kill -9 $$");
	ck_assert_int_eq(result.status, 137);
	ohb_exec_result_release(&result);

	result = run_argv(judge, missing, 0);
	ck_assert_int_ge(result.status, 126);
	ck_assert_int_le(result.status, 127);
	ohb_exec_result_release(&result);

	result = run_argv(judge, bytes, 0);
	ck_assert_str_eq(result.out.data, "a\xff\n\n|it's||");
	ohb_exec_result_release(&result);

	ck_assert_int_eq(ohb_sandbox_exec(judge, &with_env, &result, &err), 0);
	ck_assert_str_eq(result.out.data, "b c\n");
	ohb_exec_result_release(&result);
	ohb_sandbox_close(judge);
}
END_TEST

/* Who leaves a process behind that holds the output does not hold us. */
START_TEST(does_not_wait_for_the_left_behind)
{
	const char *const argv[] = { "sh", "-c", "sleep 600 & echo started",
		NULL };
	struct ohb_sandbox *judge = open_judge("behind");
	struct ohb_exec_result result = run_argv(judge, argv, 60000);

	ck_assert(!result.timed_out);
	ck_assert_int_eq(result.status, 0);
	ck_assert_str_eq(result.out.data, "started\n");
	ohb_exec_result_release(&result);
	ohb_sandbox_close(judge);
}
END_TEST

/* The same place, another folder. */
START_TEST(opens_a_folder_beside)
{
	struct ohb_sandbox *judge = open_judge("beside"), *other = NULL;
	struct ohb_exec_result result;

	ck_assert_int_eq(ohb_sandbox_beside(judge, "b", &other, &err), 0);
	ck_assert_int_eq(ohb_sandbox_renew(judge, "a", &err), 1);
	ck_assert_msg(ohb_sandbox_beside(judge, "b", &other, &err) == 1, "%s",
			err.msg);
	result = run_sh(judge,
			"echo 1 >f; echo 2 >/tmp/f; "
			"sleep 60 >/dev/null 2>&1 & echo $! >~/pid");
	ohb_exec_result_release(&result);
	result = run_sh(other,
			"pwd; ls -A; echo x >g; cat ../a/f /tmp/f; "
			"kill -0 $(cat ~/pid) && echo runs");
	ck_assert_str_eq(ohb_str_cstr(&result.out),
			OHB_PROJECT_DIR "/b\n1\n2\nruns\n");
	ohb_exec_result_release(&result);
	ohb_sandbox_close(other);
	result = run_sh(judge, "cat f; kill -0 $(cat ~/pid) && echo runs");
	ck_assert_str_eq(ohb_str_cstr(&result.out), "1\nruns\n");
	ohb_exec_result_release(&result);
	ck_assert_int_eq(ohb_sandbox_renew(judge, "c", &err), 1);
	result = run_sh(judge, "ls ..");
	ck_assert_str_eq(ohb_str_cstr(&result.out), "c\n");
	ohb_exec_result_release(&result);
	ohb_sandbox_close(judge);
}
END_TEST

/* Of what ran before nothing can be seen, or it is said that it can. */
START_TEST(renews_a_judge)
{
	static const char mess[] =
			"set -e; pwd; echo x >f; mkdir -p .d/e; echo x >.d/e/f; "
			"chmod 0 .d/e; ln -s /etc .l; echo x >/tmp/..f; "
			"echo x >$HOME/.profile; echo x >/dev/shm/f; "
			"chmod 0 .; (setsid sleep 601 >/dev/null 2>&1 &); "
			"(while :; do (sh -c 'echo x >/tmp/again' &); done "
			">/dev/null 2>&1 &); nc -l -p 7777 >/dev/null 2>&1 & "
			"sleep 0.3";
	static const char look[] =
			"pwd; ls -A . .. /tmp $HOME /dev/shm /dev/mqueue; "
			"stat -c '%n %f %u' .. /tmp $HOME; "
			"for p in /proc/[0-9]*; do case ${p#/proc/} in $$) ;; *) "
			"tr '\\0' ' ' <$p/cmdline; echo; ;; esac; done";
	struct ohb_sandbox *judge = open_judge("renew");
	ohb_autostr first = OHB_STR_INIT;
	struct ohb_exec_result result;
	unsigned i;

	for (i = 0; i < 3; i++) {
		ck_assert_msg(ohb_sandbox_renew(judge, "p", &err) == 1, "%s",
				err.msg);
		result = run_sh(judge, look);
		if (i == 0)
			ohb_str_add(&first, result.out.data, result.out.len);
		ck_assert_str_eq(result.out.data, ohb_str_cstr(&first));
		ohb_exec_result_release(&result);
		result = run_sh(judge, mess);
		ck_assert_msg(result.status == 0, "%s",
				ohb_str_cstr(&result.err));
		ck_assert_str_eq(result.out.data, OHB_PROJECT_DIR "/p\n");
		ohb_exec_result_release(&result);
	}
	ck_assert_ptr_nonnull(strstr(first.data, "sleep 86400"));
	ck_assert_int_eq(ohb_sandbox_renew(judge, "q", &err), 1);
	/* The kernel remembers a connection for a minute. */
	result = run_sh(judge,
			"ifconfig lo >/dev/null; (nc -l -p 7778 "
			"</dev/null & echo x | nc 127.0.0.1 7778; wait)");
	ohb_exec_result_release(&result);
	ck_assert_int_eq(ohb_sandbox_renew(judge, "r", &err), 0);
	ohb_sandbox_close(judge);
	/* Root may write in more places. */
	judge = open_as(OHB_ROLE_JUDGE, "renew3", "-root", NULL);
	for (i = 0; i < 2; i++) {
		ck_assert_int_eq(ohb_sandbox_renew(judge, "p", &err), 1);
		expect(judge, "echo x >f; echo x >/tmp/f", "");
	}
	expect(judge, "mkdir /dev/left", "");
	ck_assert_int_eq(ohb_sandbox_renew(judge, "p", &err), 0);
	ohb_sandbox_close(judge);
	/* Where something ran before the first look, nothing is known. */
	judge = open_judge("renew2");
	result = run_sh(judge, "true");
	ohb_exec_result_release(&result);
	ck_assert_int_eq(ohb_sandbox_renew(judge, "p", &err), 0);
	ohb_sandbox_close(judge);
}
END_TEST

static void count(void *userdata, int stream, const char *data, size_t len)
{
	uint64_t *totals = userdata;

	(void)data;
	totals[stream] += len;
}

START_TEST(bounds_output)
{
	const char *const argv[] = { "sh", "-c",
		"echo first; dd if=/dev/zero bs=1M count=200 2>/dev/null; "
		"echo; echo last; echo done >&2",
		NULL };
	uint64_t totals[3] = { 0 };
	const struct ohb_exec_spec spec = { .argv = argv,
		.timeout_ms = 120000,
		.on_output = count,
		.userdata = totals };
	struct ohb_sandbox *judge = open_judge("output");
	struct ohb_exec_result result;

	ck_assert_msg(ohb_sandbox_exec(judge, &spec, &result, &err) == 0, "%s",
			err.msg);
	ck_assert_int_eq(result.status, 0);
	ck_assert_uint_eq(totals[1], 200 * MIB + 12);
	ck_assert_uint_eq(totals[2], 5);
	ck_assert_uint_lt(result.out.len, OHB_MAX_EXEC_OUTPUT + 100);
	ck_assert_int_eq(memcmp(result.out.data, "first\n", 6), 0);
	ck_assert_int_eq(memcmp(result.out.data + result.out.len - 6,
					 "\nlast\n", 6),
			0);
	ck_assert_str_eq(result.err.data, "done\n");
	ohb_exec_result_release(&result);
	ohb_sandbox_close(judge);
}
END_TEST

START_TEST(ends_with_its_time)
{
	const char *const argv[] = { "sh", "-c", "echo begun; sleep 600",
		NULL };
	struct ohb_sandbox *judge = open_judge("time");
	struct ohb_exec_result result = run_argv(judge, argv, 1000);
	const struct ohb_exec_spec again = { .argv = argv };
	struct ohb_sandbox_state state = { .running = true };

	ck_assert(result.timed_out);
	ck_assert_int_ge(result.duration_ms, 1000);
	ck_assert_str_eq(result.out.data, "begun\n");
	ohb_exec_result_release(&result);
	ck_assert_int_eq(ohb_sandbox_state(judge, &state, &err), 0);
	ck_assert(!state.running);
	ck_assert_int_eq(ohb_sandbox_exec(judge, &again, &result, &err), -1);
	ck_assert_int_eq(err.code, OHB_E_INFRA);
	ck_assert_msg(strstr(err.msg, "ended with status 137") != NULL, "%s",
			err.msg);
	ohb_sandbox_close(judge);
}
END_TEST

static bool no_longer(void *unused)
{
	(void)unused;
	return false;
}

START_TEST(ends_by_a_tick)
{
	const char *const argv[] = { "sleep", "600", NULL };
	const struct ohb_exec_spec spec = { .argv = argv,
		.on_tick = no_longer };
	struct ohb_sandbox *judge = open_judge("tick");
	struct ohb_sandbox_state state = { .running = true };
	struct ohb_exec_result result;

	ck_assert_int_eq(ohb_sandbox_exec(judge, &spec, &result, &err), 0);
	ck_assert(result.timed_out);
	ohb_exec_result_release(&result);
	ck_assert_int_eq(ohb_sandbox_state(judge, &state, &err), 0);
	ck_assert(!state.running);
	ohb_sandbox_close(judge);
}
END_TEST

static void *raise_soon(void *unused)
{
	struct ohb_error ignored;

	(void)unused;
	if (ohb_wait_ms(NULL, 500, &ignored) == 0)
		ohb_cancel_raise(&cancel);
	return NULL;
}

START_TEST(ends_when_cancelled)
{
	const char *const argv[] = { "sleep", "600", NULL };
	const struct ohb_exec_spec spec = { .argv = argv };
	struct ohb_sandbox *judge = open_judge("cancel");
	struct ohb_exec_result result;
	pthread_t thread;
	ohb_autostr out = OHB_STR_INIT;
	const char *const state[] = { "docker", "inspect", "-f",
		"{{.State.Running}}", name("cancel"), NULL };

	ck_assert_int_eq(pthread_create(&thread, NULL, raise_soon, NULL), 0);
	ck_assert_int_eq(ohb_sandbox_exec(judge, &spec, &result, &err), -1);
	ck_assert_int_eq(err.code, OHB_E_CANCELLED);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	docker(&out, state);
	ck_assert_str_eq(out.data, "false\n");
	/* Removing goes on. */
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

	ck_assert_msg(ohb_sandbox_get(sandbox, path, 64 * MIB, &tar, &err) == 0,
			"%s", err.msg);
	ck_assert_msg(ohb_fileset_load_tar(set, tar.data, tar.len, strip, MIB,
				      arena, &err) == 0,
			"%s", err.msg);
}

START_TEST(takes_and_gives_files)
{
	struct ohb_arena arena = OHB_ARENA_INIT;
	struct ohb_fileset in = OHB_FILESET_INIT, out = OHB_FILESET_INIT;
	struct ohb_sandbox *judge = open_judge("files");
	struct ohb_file file = { .mode = 0644, .data = "x", .len = 1 };
	ohb_autostr tar = OHB_STR_INIT;
	size_t i;
	int c;

	for (c = 1; c < 256; c++) {
		if (c == '/')
			continue;
		file.path = ohb_arena_printf(&arena, "d/name %c", c);
		file.data = file.path;
		file.len = strlen(file.path);
		ohb_fileset_put(&in, &file);
	}
	file.path = "a/b/run";
	file.mode = 0755;
	file.data = "#!/bin/sh\necho it runs\n";
	file.len = strlen(file.data);
	ohb_fileset_put(&in, &file);
	file = (struct ohb_file){
		.path = "link", .kind = OHB_TAR_LINK, .target = "d/../a/b/run"
	};
	ohb_fileset_put(&in, &file);

	put(judge, &in);
	expect(judge, "a/b/run; ls d | wc -l; readlink link",
			"it runs\n254\nd/../a/b/run\n");
	expect(judge, "stat -c '%u %g %a %F' . a a/b/run link",
			"1234 1235 755 directory\n1234 1235 755 directory\n"
			"1234 1235 755 regular file\n"
			"1234 1235 777 symbolic link\n");
	get(judge, ".", "project/", &out, &arena);
	ck_assert_uint_eq(out.count, in.count);
	for (i = 0; i < in.count; i++) {
		ck_assert_str_eq(out.files[i].path, in.files[i].path);
		ck_assert_int_eq(out.files[i].kind, in.files[i].kind);
		if (in.files[i].kind == OHB_TAR_FILE)
			ck_assert_mem_eq(out.files[i].data, in.files[i].data,
					in.files[i].len);
	}
	ohb_fileset_release(&out);

	get(judge, "a/b/run", "", &out, &arena);
	ck_assert_uint_eq(out.count, 1);
	ck_assert_str_eq(out.files[0].path, "run");
	ohb_fileset_release(&out);
	get(judge, "d/name \xff", "", &out, &arena);
	ck_assert_str_eq(out.files[0].data, "d/name \xff");

	ck_assert_int_eq(ohb_sandbox_get(judge, "none", MIB, &tar, &err), -1);
	ck_assert_int_eq(err.code, OHB_E_MISSING);
	expect(judge, "dd if=/dev/zero of=big bs=1M count=3 2>/dev/null", "");
	ck_assert_int_eq(ohb_sandbox_get(judge, "big", MIB, &tar, &err), -1);
	ck_assert_int_eq(err.code, OHB_E_LIMIT);

	ohb_fileset_release(&in);
	ohb_fileset_release(&out);
	ohb_arena_release(&arena);
	ohb_sandbox_close(judge);
}
END_TEST

static int ask_health(const char *url, struct ohb_str *body)
{
	ohb_autohttp response = OHB_HTTP_RESPONSE_INIT;
	char full[160];
	const struct ohb_http_request request = {
		.method = "GET", .url = full, .timeout_ms = 5000
	};
	int tries;

	(void)snprintf(full, sizeof(full), "%s/health", url);
	for (tries = 0; tries < 100; tries++) {
		ohb_http_response_release(&response);
		response = (struct ohb_http_response)OHB_HTTP_RESPONSE_INIT;
		if (ohb_http_do(&request, NULL, &response, &err) == 0)
			break;
		ck_assert_int_eq(err.code, OHB_E_CONNECT);
		ck_assert_int_eq(ohb_wait_ms(NULL, 50, &err), 0);
	}
	ohb_str_add(body, response.body.data, response.body.len);
	return response.status;
}

START_TEST(serves_an_agent)
{
	static const char *const env[] = { "GIVEN=yes", NULL };
	struct ohb_sandbox *agent = open_as(OHB_ROLE_AGENT, "agent", "", env);
	ohb_autostr body = OHB_STR_INIT, log = OHB_STR_INIT;

	ck_assert_int_eq(ask_health(ohb_sandbox_url(agent), &body), 200);
	ck_assert_str_eq(body.data, "healthy\n");
	ck_assert_int_eq(ohb_sandbox_log(agent, 1000, &log, &err), 0);
	ck_assert_str_eq(log.data, "entry point: --host 0.0.0.0 --port 8000\n");
	ohb_str_clear(&log);
	ck_assert_int_eq(ohb_sandbox_log(agent, 5, &log, &err), 0);
	ck_assert_str_eq(log.data, "8000\n");
	expect(agent,
			"echo $GIVEN; env | grep OH_ | sort; touch "
			"$OH_CONVERSATIONS_PATH/x $OH_BASH_EVENTS_DIR/x",
			"yes\nOH_BASH_EVENTS_DIR=/workspace/bash_events\n"
			"OH_CONVERSATIONS_PATH=/workspace/conversations\n"
			"OH_WORKSPACE_PATH=/workspace/project\n");

	ohb_sandbox_close(agent);
}
END_TEST

/* A port of ours on an address; nobody accepts, connecting works. */
static unsigned listen_on(const char *address, int *ret_fd)
{
	struct sockaddr_in at = { .sin_family = AF_INET };
	socklen_t len = sizeof(at);

	*ret_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(inet_pton(AF_INET, address, &at.sin_addr), 1);
	ck_assert_int_eq(bind(*ret_fd, (struct sockaddr *)&at, len), 0);
	ck_assert_int_eq(listen(*ret_fd, 8), 0);
	ck_assert_int_eq(getsockname(*ret_fd, (struct sockaddr *)&at, &len), 0);
	return ntohs(at.sin_port);
}

START_TEST(lets_an_agent_reach_us_alone)
{
	struct ohb_sandbox *agent = open_as(OHB_ROLE_AGENT, "agent", "", NULL);
	struct ohb_sandbox *other = open_as(OHB_ROLE_AGENT, "other", "", NULL);
	ohb_autostr host = OHB_STR_INIT, out = OHB_STR_INIT;
	char network[80], script[512];
	const char *const argv[] = { "docker", "network", "inspect", "-f",
		"{{.Internal}} {{index .Labels \"ohbuild.run\"}}", network,
		NULL };
	int fd;

	ck_assert_int_eq(ohb_engine_host_address(engine, &host, &err), 0);
	(void)snprintf(script, sizeof(script),
			"nc -w 5 %s %u -e true && echo connected", host.data,
			listen_on(host.data, &fd));
	expect(agent, script, "connected\n");
	close(fd);
	(void)snprintf(script, sizeof(script),
			"wget -T 2 -q -O - %s/health || echo unreachable",
			ohb_sandbox_url(other));
	expect(agent, script, "unreachable\n");
	(void)snprintf(network, sizeof(network), "ohbuild-%s", run_id);
	docker(&out, argv);
	ck_assert_int_eq(strncmp(out.data, "true ", 5), 0);
	ohb_sandbox_close(agent);
	ohb_sandbox_close(other);
}
END_TEST

START_TEST(opens_the_network_when_asked)
{
	const struct ohb_sandbox_spec spec = {
		.role = OHB_ROLE_AGENT,
		.image = image,
		.name = name("open"),
		.open_network = true,
	};
	struct ohb_sandbox *agent = NULL;
	ohb_autostr body = OHB_STR_INIT;

	ck_assert_msg(ohb_sandbox_open(engine, &spec, &agent, &err) == 0, "%s",
			err.msg);
	ck_assert_int_eq(ask_health(ohb_sandbox_url(agent), &body), 200);
	expect(agent, "ip route | grep -c default", "1\n");
	expect(agent, "grep Cap /proc/self/status | cut -f2 | sort -u",
			"0000000000000000\n");
	ohb_sandbox_close(agent);
}
END_TEST

START_TEST(tells_how_it_died)
{
	static const char *const env[] = {
		"ENTRY=echo last words; sleep 1; exit 3", NULL
	};
	const char *const argv[] = { "true", NULL };
	const struct ohb_exec_spec exec = { .argv = argv };
	struct ohb_sandbox *agent = open_as(OHB_ROLE_AGENT, "dies", "", env);
	struct ohb_sandbox_state state = { .running = true };
	struct ohb_exec_result result;

	while (state.running) {
		ck_assert_int_eq(ohb_sandbox_state(agent, &state, &err), 0);
		ck_assert_int_eq(ohb_wait_ms(NULL, 50, &err), 0);
	}
	ck_assert_int_eq(state.status, 3);
	ck_assert_int_eq(ohb_sandbox_exec(agent, &exec, &result, &err), -1);
	ck_assert_int_eq(err.code, OHB_E_INFRA);
	ck_assert_msg(strstr(err.msg, "status 3") != NULL, "%s", err.msg);
	ck_assert_msg(strstr(err.msg, "last words") != NULL, "%s", err.msg);
	ohb_sandbox_close(agent);
}
END_TEST

START_TEST(knows_the_user)
{
	static const struct {
		const char *tag, *out;
		unsigned uid, gid;
	} cases[] = {
		{ "-root", "0:0 /root ok\n", 0, 0 },
		{ "-number", "4321:0 /home/ohbuild ok\n", 4321, 0 },
		{ "-bare", "1234:1235 /home/tester ok\n", 1234, 1235 },
	};
	size_t i;

	for (i = 0; i < OHB_ARRAY_LEN(cases); i++) {
		struct ohb_sandbox *judge = open_as(OHB_ROLE_JUDGE,
				cases[i].tag + 1, cases[i].tag, NULL);
		unsigned uid = 7, gid = 7;

		ohb_sandbox_owner(judge, &uid, &gid);
		ck_assert_uint_eq(uid, cases[i].uid);
		ck_assert_uint_eq(gid, cases[i].gid);
		expect(judge,
				"touch ~/x ./x /tmp/x && echo "
				"$(id -u):$(id -g) $HOME ok",
				cases[i].out);
		ohb_sandbox_close(judge);
	}
}
END_TEST

START_TEST(knows_what_is_lacking)
{
	ohb_autostr words = OHB_STR_INIT;

	ck_assert_msg(ohb_engine_lacks(engine, image, &words, &err) == 0, "%s",
			err.msg);
	ck_assert_msg(ohb_starts(ohb_str_cstr(&words), "git, tmux"), "%s",
			ohb_str_cstr(&words));
	ck_assert_ptr_nonnull(strstr(words.data, "python"));
}
END_TEST

START_TEST(refuses_what_cannot_run)
{
	char bare[160];
	const struct ohb_sandbox_spec spec = {
		.role = OHB_ROLE_AGENT, .image = bare, .name = name("bare")
	};
	struct ohb_sandbox *none = NULL;
	ohb_autostr id = OHB_STR_INIT;

	(void)snprintf(bare, sizeof(bare), "%s-bare", image);
	ck_assert_int_eq(ohb_sandbox_open(engine, &spec, &none, &err), -1);
	ck_assert_int_eq(err.code, OHB_E_INFRA);
	ck_assert_msg(strstr(err.msg, "no entry point") != NULL, "%s", err.msg);

	ck_assert_int_eq(ohb_engine_image(engine, "ohbuild-none:1",
					 OHB_IMAGE_PULL_NEVER, &id, &err),
			-1);
	ck_assert_int_eq(err.code, OHB_E_INFRA);
	ck_assert_msg(strstr(err.msg, "docker pull ohbuild-none:1") != NULL,
			"%s", err.msg);
	ck_assert_int_eq(ohb_engine_image(engine, "localhost:1/none:1",
					 OHB_IMAGE_PULL_MISSING, &id, &err),
			-1);
	ck_assert_int_eq(err.code, OHB_E_INFRA);
	ck_assert_msg(strstr(err.msg, "cannot pull") != NULL, "%s", err.msg);
	ck_assert_int_eq(ohb_engine_image(engine, image, OHB_IMAGE_PULL_NEVER,
					 &id, &err),
			0);
	ck_assert_int_eq(memcmp(id.data, "sha256:", 7), 0);
}
END_TEST

static void *judge_in_thread(void *what)
{
	struct ohb_error mine = OHB_ERROR_INIT;
	const char *const argv[] = { "sh", "-c", "echo $$; touch only-mine; ls",
		NULL };
	const struct ohb_exec_spec exec = { .argv = argv, .timeout_ms = 60000 };
	const struct ohb_sandbox_spec spec = {
		.role = OHB_ROLE_AGENT, .image = image, .name = name(what)
	};
	struct ohb_exec_result result = { .status = -1 };
	struct ohb_sandbox *sandbox = NULL;
	void *bad = what;

	if (ohb_sandbox_open(engine, &spec, &sandbox, &mine) == 0 &&
			ohb_sandbox_exec(sandbox, &exec, &result, &mine) == 0 &&
			result.status == 0 &&
			strstr(ohb_str_cstr(&result.out), "\nonly-mine\n"))
		bad = NULL;
	if (bad)
		(void)fprintf(stderr, "%s: %s\n", (const char *)what, mine.msg);
	ohb_exec_result_release(&result);
	ohb_sandbox_close(sandbox);
	return bad;
}

START_TEST(serves_threads)
{
	static char names[][4] = { "t1", "t2", "t3", "t4" };
	pthread_t threads[OHB_ARRAY_LEN(names)];
	void *bad;
	size_t i;

	for (i = 0; i < OHB_ARRAY_LEN(names); i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL,
						 judge_in_thread, names[i]),
				0);
	for (i = 0; i < OHB_ARRAY_LEN(names); i++) {
		ck_assert_int_eq(pthread_join(threads[i], &bad), 0);
		ck_assert_ptr_null(bad);
	}
}
END_TEST

/* A build that has a network and two containers, and then stands still. */
static pid_t start_other(char other[64], int ret_pipe[2])
{
	pid_t pid;
	char ready;

	(void)snprintf(other, 64, "%.40s-other", run_id);
	ck_assert_int_eq(pipe(ret_pipe), 0);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		(void)snprintf(run_id, sizeof(run_id), "%s", other);
		engine = open_engine(run_id);
		(void)open_judge("one");
		(void)open_as(OHB_ROLE_AGENT, "two", "", NULL);
		(void)!write(ret_pipe[1], "r", 1);
		for (;;)
			(void)pause();
	}
	/* Or the end of it, when the other could not. */
	close(ret_pipe[1]);
	ck_assert_int_eq(read(ret_pipe[0], &ready, 1), 1);
	return pid;
}

START_TEST(sweeps_only_the_dead)
{
	ohb_autostr alive = OHB_STR_INIT, dead = OHB_STR_INIT;
	char other[64], third[80];
	int fds[2];
	pid_t pid = start_other(other, fds);

	(void)snprintf(third, sizeof(third), "%s-third", run_id);
	ohb_engine_close(open_engine(third));
	list_left(other, &alive);
	/* Two containers, a network, two volumes. */
	ck_assert_msg(strlen(alive.data) > 2 * 13 + 13 + 2 * 65 - 5, "%s",
			alive.data);

	ck_assert_int_eq(kill(pid, SIGKILL), 0);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	ohb_engine_close(open_engine(third));
	list_left(other, &dead);
	ck_assert_msg(dead.len == 0, "left: %s", dead.data);
	close(fds[0]);
}
END_TEST

static void expect_no_engine(const char *host, const char *says)
{
	const struct ohb_engine_options options = {
		.kind = OHB_ENGINE_DOCKER, .run = "none", .cancel = &cancel
	};
	struct ohb_engine *none = NULL;

	ck_assert_int_eq(setenv("DOCKER_HOST", host, 1), 0);
	err = (struct ohb_error)OHB_ERROR_INIT;
	ck_assert_int_eq(ohb_engine_open(&options, &none, &err), -1);
	ck_assert_int_eq(err.code, OHB_E_INFRA);
	ck_assert_msg(strstr(err.msg, says) != NULL, "%s: %s", host, err.msg);
	ck_assert_int_eq(unsetenv("DOCKER_HOST"), 0);
}

START_TEST(says_why_there_is_no_engine)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	char host[200];
	char *dir;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	pid_t pid;
	int status;

	expect_no_engine("unix:///nowhere/docker.sock", "systemctl start");
	expect_no_engine("tcp://127.0.0.1:1", "systemctl start");
	expect_no_engine("ssh://host", "forward the socket");

	ck_assert_int_eq(ohb_fs_temp_dir(&dir, &err), 0);
	(void)snprintf(at.sun_path, sizeof(at.sun_path), "%s/s", dir);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	ck_assert_int_eq(listen(fd, 1), 0);
	ck_assert_int_eq(chmod(at.sun_path, 0), 0);
	(void)snprintf(host, sizeof(host), "unix://%s", at.sun_path);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		if (geteuid() == 0 && seteuid(65534) < 0)
			_exit(1);
		expect_no_engine(host, "adduser");
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	close(fd);
	ck_assert_int_eq(ohb_fs_remove_tree(AT_FDCWD, dir, &err), 0);
	free(dir);
}
END_TEST

/* Read by people, asserted by nobody. */
START_TEST(tells_times)
{
	const char *const argv[] = { "true", NULL };
	struct ohb_fileset set = OHB_FILESET_INIT, out = OHB_FILESET_INIT;
	struct ohb_arena arena = OHB_ARENA_INIT;
	struct ohb_sandbox *judge;
	int64_t at[6];
	size_t i;

	for (i = 0; i < 1000; i++) {
		struct ohb_file file = { .mode = 0644, .len = 4096 };

		file.path = ohb_arena_printf(&arena, "d%zu/f%zu", i / 50, i);
		file.data = ohb_arena_alloc(&arena, file.len);
		ohb_fileset_put(&set, &file);
	}
	judge = open_judge("first"); /* asks for the image's user */
	ohb_sandbox_close(judge);
	at[0] = ohb_clock_mono_ms();
	judge = open_judge("timed");
	at[1] = ohb_clock_mono_ms();
	for (i = 0; i < 10; i++) {
		struct ohb_exec_result result = run_argv(judge, argv, 0);

		ohb_exec_result_release(&result);
	}
	at[2] = ohb_clock_mono_ms();
	put(judge, &set);
	at[3] = ohb_clock_mono_ms();
	get(judge, ".", "project/", &out, &arena);
	at[4] = ohb_clock_mono_ms();
	ohb_sandbox_close(judge);
	at[5] = ohb_clock_mono_ms();
	printf("open %d ms, exec %d ms, put and get of 1000 files of 4 KiB "
	       "%d ms and %d ms, close %d ms\n",
			(int)(at[1] - at[0]), (int)(at[2] - at[1]) / 10,
			(int)(at[3] - at[2]), (int)(at[4] - at[3]),
			(int)(at[5] - at[4]));
	ck_assert_uint_eq(out.count, set.count);
	ohb_fileset_release(&set);
	ohb_fileset_release(&out);
	ohb_arena_release(&arena);
}
END_TEST

/* tests/image-busybox.sh makes the image and prints its tag. */
static int make_image(void)
{
	const char *root = getenv("OHBUILD_SOURCE_DIR");
	const char *const argv[] = { "sh", "tests/image-busybox.sh", NULL };
	const struct ohb_process_spec spec = { .argv = argv,
		.dir = root ? root : "." };
	struct ohb_process_result result;
	int status = -1;

	if (ohb_process_run(&spec, NULL, &result, &err) < 0) {
		(void)fprintf(stderr, "%s\n", err.msg);
		return -1;
	}
	status = result.status;
	(void)snprintf(image, sizeof(image), "%.*s",
			(int)strcspn(ohb_str_cstr(&result.out), "\n"),
			ohb_str_cstr(&result.out));
	(void)fputs(ohb_str_cstr(&result.err), stderr);
	ohb_process_result_release(&result);
	return status;
}

int main(void)
{
	const struct {
		const char *name;
		const TTest *test;
	} tests[] = {
		{ "confines", confines },
		{ "pids", limits_processes },
		{ "memory", limits_memory },
		{ "exec", separates_streams_and_statuses },
		{ "behind", does_not_wait_for_the_left_behind },
		{ "renewal", renews_a_judge },
		{ "beside", opens_a_folder_beside },
		{ "output", bounds_output },
		{ "time", ends_with_its_time },
		{ "tick", ends_by_a_tick },
		{ "cancel", ends_when_cancelled },
		{ "files", takes_and_gives_files },
		{ "agent", serves_an_agent },
		{ "inside", lets_an_agent_reach_us_alone },
		{ "open", opens_the_network_when_asked },
		{ "death", tells_how_it_died },
		{ "user", knows_the_user },
		{ "lacking", knows_what_is_lacking },
		{ "refusals", refuses_what_cannot_run },
		{ "threads", serves_threads },
		{ "sweep", sweeps_only_the_dead },
		{ "no-engine", says_why_there_is_no_engine },
		{ "times", tells_times },
	};
	Suite *suite = suite_create("sandbox/docker");
	SRunner *runner = srunner_create(suite);
	size_t i;
	int failed;

	if (make_image() != 0)
		return EXIT_FAILURE;
	for (i = 0; i < OHB_ARRAY_LEN(tests); i++) {
		TCase *tcase = tcase_create(tests[i].name);

		tcase_set_timeout(tcase, 120);
		tcase_add_checked_fixture(tcase, setup, teardown);
		tcase_add_test(tcase, tests[i].test);
		suite_add_tcase(suite, tcase);
	}
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
