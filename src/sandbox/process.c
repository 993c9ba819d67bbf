/*
 * A folder and processes on this machine: for places without an engine, and
 * for judges that need what only this machine has.  It keeps apart (a folder,
 * a clean environment), it does not protect.
 *
 * One folder a build in the temporary folder of this machine: `owner` says
 * whose it is, beneath `box` lie the sandboxes.
 */
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/memory.h"
#include "io/clock.h"
#include "io/fileset.h"
#include "io/fs.h"
#include "io/host.h"
#include "io/stray.h"
#include "sandbox/engine.h"
#include "sandbox/openhands.h"

#define PROJECT "project"
#define GRACE_MS 1000
/* Processes of a sandbox carry it with the sandbox's folder as value. */
#define MARK "OHBUILD_SANDBOX"
/* Where tmux has an agent's terminals, in the sandbox's folder. */
#define SOCKET_MAX sizeof(((struct sockaddr_un *)0)->sun_path)
#define SOCKET "/tmux-4294967295/openhands"

struct process_engine {
	struct ohb_engine engine;
	char *root;
	atomic_flag warned;
};

struct process_sandbox {
	struct ohb_sandbox sandbox;
	char *folder;
	int dirfd; /* of the project */
	char *project; /* "project", renewed "project/<name>" */
	struct ohb_child server; /* of an agent */
	enum ohb_sandbox_role role;
	bool ended;
	bool beside; /* in the folder of another */
	char **env;
	size_t nenv, cap;
};

static char *join(const char *folder, const char *name)
{
	ohb_autostr path = OHB_STR_INIT;

	ohb_str_addf(&path, "%s/%s", folder, name);
	return ohb_str_take(&path);
}

static const char *temp_folder(void)
{
	const char *where = getenv("TMPDIR");

	return where && *where == '/' ? where : "/tmp";
}

static void kill_marked(const char *folder)
{
	ohb_autostr mark = OHB_STR_INIT;

	ohb_str_addf(&mark, MARK "=%s/", folder);
	(void)ohb_stray_kill(mark.data);
}

/* Removes a folder of a build that is no more, and what still runs in it. */
static int sweep_one(void *userdata, const char *name, enum ohb_fs_kind kind,
		struct ohb_error *err)
{
	struct ohb_engine *engine = userdata;
	ohb_autofree char *root = join(temp_folder(), name);
	ohb_autofree char *path = join(root, "owner");
	ohb_autostr owner = OHB_STR_INIT;
	struct ohb_error unread = OHB_ERROR_INIT;

	(void)err;
	if (kind != OHB_FS_DIR || !ohb_starts(name, "ohbuild-") ||
			ohb_fs_read(AT_FDCWD, path, OHB_OWNER_TEXT, &owner,
					&unread) < 0 ||
			ohb_owner_alive(ohb_str_cstr(&owner)) != 0)
		return 0;
	kill_marked(root);
	if (ohb_fs_remove_tree(AT_FDCWD, root, &unread) < 0)
		ohb_engine_warn(engine,
				"cannot remove '%s' that a build left: %s",
				root, unread.msg);
	return 0;
}

static int make_root(struct process_engine *self, struct ohb_error *err)
{
	const struct ohb_file owner = {
		.path = "owner",
		.mode = 0600,
		.data = self->engine.owner,
		.len = strlen(self->engine.owner),
	};
	struct ohb_fileset set = OHB_FILESET_INIT;
	ohb_autoclose int dirfd = -1;
	int bad;

	if (ohb_fs_temp_dir(&self->root, err) < 0)
		return -1;
	dirfd = open(self->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dirfd < 0)
		return ohb_fail(err, OHB_E_IO, "open '%s'", self->root);
	ohb_fileset_put(&set, &owner);
	bad = ohb_fileset_write(&set, dirfd, err);
	ohb_fileset_release(&set);
	return bad;
}

static void process_engine_close(struct ohb_engine *engine)
{
	struct process_engine *self = (struct process_engine *)engine;
	struct ohb_error err = OHB_ERROR_INIT;

	if (self->root) {
		kill_marked(self->root);
		if (ohb_fs_remove_tree(AT_FDCWD, self->root, &err) < 0)
			ohb_engine_warn(engine, "%s", err.msg);
	}
	free(self->root);
	ohb_engine_release(engine);
	free(self);
}

static int process_image(struct ohb_engine *engine, const char *image,
		enum ohb_image_pull pull, struct ohb_str *ret_id,
		struct ohb_error *err)
{
	(void)engine;
	(void)image;
	(void)pull;
	(void)err;
	if (ret_id)
		ohb_str_adds(ret_id, "host");
	return 0;
}

static int process_host_address(struct ohb_engine *engine, struct ohb_str *ret,
		struct ohb_error *err)
{
	(void)engine;
	(void)err;
	ohb_str_adds(ret, "127.0.0.1");
	return 0;
}

/* Takes the text. */
static void add_env(struct process_sandbox *self, char *text)
{
	char **slot = ohb_grow(
			&self->env, &self->cap, self->nenv, sizeof(*self->env));

	*slot = text;
	self->nenv++;
}

static void set_env(struct process_sandbox *self, const char *name,
		const char *value)
{
	ohb_autostr text = OHB_STR_INIT;

	ohb_str_addf(&text, "%s=%s", name, value);
	add_env(self, ohb_str_take(&text));
}

/* Nothing of our own environment but what finds programs and text. */
static void make_env(struct process_sandbox *self,
		const struct ohb_sandbox_spec *spec)
{
	const char *path = getenv("PATH"), *lang = getenv("LANG");
	ohb_autofree char *home = join(self->folder, "home");
	ohb_autofree char *temp = join(self->folder, "tmp");
	ohb_autofree char *mark = join(self->folder, "");
	size_t i;

	set_env(self, "PATH", path ? path : "/usr/local/bin:/usr/bin:/bin");
	set_env(self, "LANG", lang ? lang : "C.UTF-8");
	set_env(self, "HOME", home);
	set_env(self, "TMPDIR", temp);
	set_env(self, MARK, mark);
	if (self->role != OHB_ROLE_JUDGE)
		set_env(self, "TMUX_TMPDIR", self->folder);
	for (i = 0; self->role == OHB_ROLE_AGENT && i < OHB_OPENHANDS_PATHS;
			i++) {
		ohb_autofree char *folder = join(
				self->folder, ohb_openhands_paths[i].folder);

		set_env(self, ohb_openhands_paths[i].env, folder);
	}
	for (i = 0; spec->env && spec->env[i]; i++)
		add_env(self, ohb_strdup(spec->env[i]));
}

static int make_folders(struct process_sandbox *self, struct ohb_error *err)
{
	const char *const others[] = { "home", "tmp", self->project };
	ohb_autoclose int root = -1;
	struct process_engine *engine =
			(struct process_engine *)self->sandbox.engine;
	int bad = 0;
	size_t i;

	root = open(engine->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		return ohb_fail(err, OHB_E_IO, "open '%s'", engine->root);
	for (i = 0; !bad && i < OHB_ARRAY_LEN(others); i++) {
		ohb_autostr path = OHB_STR_INIT;

		ohb_str_addf(&path, "box/%s/%s", self->sandbox.name, others[i]);
		bad = ohb_fs_mkdirs(root, path.data, err);
	}
	for (i = 0; !bad && self->role != OHB_ROLE_JUDGE &&
			i < OHB_OPENHANDS_PATHS;
			i++) {
		ohb_autostr path = OHB_STR_INIT;

		ohb_str_addf(&path, "box/%s/%s", self->sandbox.name,
				ohb_openhands_paths[i].folder);
		bad = ohb_fs_mkdirs(root, path.data, err);
	}
	if (bad)
		return -1;
	self->dirfd = open(
			self->sandbox.dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return self->dirfd < 0 ? ohb_fail(err, OHB_E_IO, "open '%s'",
						 self->sandbox.dir) :
				 0;
}

static int check_socket(
		const struct process_sandbox *self, struct ohb_error *err)
{
	if (strlen(self->folder) + sizeof(SOCKET) <= SOCKET_MAX)
		return 0;
	return ohb_fail(err, OHB_E_INFRA,
			"TMPDIR '%s' is too long: the agent's terminal needs a "
			"socket in it; set TMPDIR to a folder such as '/tmp'",
			temp_folder());
}

static int start_server(struct process_sandbox *self, struct ohb_error *err)
{
	const char *program = getenv("OHBUILD_AGENT_SERVER");
	ohb_autofree char *log = join(self->folder, "log");
	ohb_autoclose int fd = -1;
	ohb_autostr url = OHB_STR_INIT, text = OHB_STR_INIT;
	const char *argv[] = { program && *program ? program : "agent-server",
		"--host", "127.0.0.1", "--port", NULL, NULL };
	const struct ohb_process_spec spec = {
		.argv = argv,
		.env = (const char *const *)self->env,
		.dir = self->folder,
	};
	unsigned port;

	if (ohb_host_free_port(&port, err) < 0)
		return -1;
	fd = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (fd < 0)
		return ohb_fail(err, OHB_E_IO, "open '%s'", log);
	ohb_str_addf(&text, "%u", port);
	argv[4] = text.data;
	ohb_str_addf(&url, "http://127.0.0.1:%u", port);
	self->sandbox.url = ohb_str_take(&url);
	if (ohb_child_start(&spec, fd, &self->server, err) == 0)
		return 0;
	if (err->code != OHB_E_MISSING)
		return -1;
	return ohb_fail(err, OHB_E_INFRA,
			"cannot start '%s': install it ('pip install "
			"openhands-agent-server') so that it is on PATH, or "
			"name it in OHBUILD_AGENT_SERVER",
			argv[0]);
}

static void process_close(struct ohb_sandbox *sandbox)
{
	struct process_sandbox *self = (struct process_sandbox *)sandbox;
	struct ohb_error err = OHB_ERROR_INIT;
	size_t i;

	ohb_child_stop(&self->server,
			ohb_cancel_level(sandbox->engine->options.cancel) > 1 ?
					0 :
					GRACE_MS);
	if (!self->beside)
		kill_marked(self->folder);
	ohb_closep(&self->dirfd);
	if (!self->beside &&
			ohb_fs_remove_tree(AT_FDCWD, self->folder, &err) < 0)
		ohb_engine_warn(sandbox->engine, "%s", err.msg);
	for (i = 0; i < self->nenv; i++)
		free(self->env[i]);
	free(self->env);
	free(self->project);
	free(self->folder);
	ohb_sandbox_release(sandbox);
	free(self);
}

/* When something is about to run: an engine may be opened to sweep only. */
static void warn_once(struct process_engine *self)
{
	if (!atomic_flag_test_and_set(&self->warned))
		ohb_engine_warn(&self->engine,
				"NO ISOLATION: what runs here runs as you, on "
				"this machine, with your files and your "
				"network");
}

static int process_open(struct ohb_engine *engine,
		const struct ohb_sandbox_spec *spec, struct ohb_sandbox **ret,
		struct ohb_error *err)
{
	struct process_sandbox *self;
	ohb_autofree char *box = NULL;

	if (strchr(spec->name, '/') || spec->name[0] == '.')
		return ohb_fail(err, OHB_E_USAGE,
				"'%s' cannot be the name of a sandbox",
				spec->name);
	self = ohb_alloc(sizeof(*self));
	box = join(((struct process_engine *)engine)->root, "box");
	self->sandbox.engine = engine;
	self->sandbox.name = ohb_strdup(spec->name);
	self->folder = join(box, spec->name);
	self->project = ohb_strdup(PROJECT);
	self->sandbox.dir = join(self->folder, self->project);
	self->sandbox.uid = geteuid();
	self->sandbox.gid = getegid();
	self->role = spec->role;
	self->dirfd = -1;
	warn_once((struct process_engine *)engine);
	make_env(self, spec);
	add_env(self, NULL);
	if (make_folders(self, err) < 0 ||
			(self->role != OHB_ROLE_JUDGE &&
					check_socket(self, err) < 0) ||
			(self->role == OHB_ROLE_AGENT &&
					start_server(self, err) < 0)) {
		process_close(&self->sandbox);
		return -1;
	}
	*ret = &self->sandbox;
	return 0;
}

static int make_folder(void *userdata, const struct ohb_tar_entry *entry,
		struct ohb_error *err)
{
	const struct process_sandbox *self = userdata;

	return entry->kind == OHB_TAR_DIR ?
			ohb_fs_mkdirs(self->dirfd, entry->path, err) :
			0;
}

static int process_put(struct ohb_sandbox *sandbox, const void *tar, size_t len,
		struct ohb_error *err)
{
	struct process_sandbox *self = (struct process_sandbox *)sandbox;
	struct ohb_arena arena = OHB_ARENA_INIT;
	struct ohb_fileset set = OHB_FILESET_INIT;
	int bad;

	bad = ohb_tar_each(tar, len, 0, make_folder, self, err) < 0 ||
			ohb_fileset_load_tar(&set, tar, len, "", len, &arena,
					err) < 0 ||
			ohb_fileset_write(&set, self->dirfd, err) < 0;
	ohb_fileset_release(&set);
	ohb_arena_release(&arena);
	return bad ? -1 : 0;
}

/* The files of a folder, by paths from the project. */
struct collect {
	struct ohb_arena arena;
	const char *folder; /* "": the project itself */
	const char **paths;
	size_t count, cap;
};

static int collect_path(void *userdata, const char *path, enum ohb_fs_kind kind,
		struct ohb_error *err)
{
	struct collect *collect = userdata;
	const char **slot;

	(void)err;
	/* A fifo or a socket has no form in an archive. */
	if (kind != OHB_FS_FILE && kind != OHB_FS_LINK)
		return 0;
	slot = ohb_grow(&collect->paths, &collect->cap, collect->count,
			sizeof(*collect->paths));
	*slot = ohb_arena_printf(&collect->arena, "%s%s%s", collect->folder,
			*collect->folder ? "/" : "", path);
	collect->count++;
	return 0;
}

static int find_files(struct process_sandbox *self, const char *path,
		struct collect *collect, struct ohb_error *err)
{
	ohb_autoclose int fd = ohb_fs_open_beneath(
			self->dirfd, path, O_PATH | O_NOFOLLOW, err);
	ohb_autoclose int folder = -1;
	struct ohb_error unread = OHB_ERROR_INIT;

	if (fd < 0)
		return -1;
	collect->folder = "";
	folder = ohb_fs_open_beneath(self->dirfd, path,
			O_RDONLY | O_DIRECTORY | O_NOFOLLOW, &unread);
	if (folder < 0)
		return collect_path(collect, path, OHB_FS_FILE, err);
	if (strcmp(path, ".") != 0)
		collect->folder = path;
	return ohb_fs_walk(folder, NULL, collect_path, collect, err);
}

/* `skip` bytes of each path give way to `front`. */
static int pack(struct process_sandbox *self, const struct collect *collect,
		const char *front, size_t skip, struct ohb_str *tar,
		struct ohb_error *err)
{
	struct ohb_arena arena = OHB_ARENA_INIT;
	struct ohb_fileset found = OHB_FILESET_INIT, named = OHB_FILESET_INIT;
	int bad = ohb_fileset_load(&found, self->dirfd, collect->paths,
			collect->count, &arena, err);
	size_t i;

	for (i = 0; !bad && i < found.count; i++) {
		struct ohb_file file = found.files[i];

		file.path = ohb_arena_printf(
				&arena, "%s%s", front, file.path + skip);
		ohb_fileset_put(&named, &file);
	}
	if (!bad)
		bad = ohb_fileset_tar(&named, self->sandbox.uid,
				self->sandbox.gid, tar, err);
	ohb_fileset_release(&found);
	ohb_fileset_release(&named);
	ohb_arena_release(&arena);
	return bad;
}

static int process_get(struct ohb_sandbox *sandbox, const char *path,
		size_t max, struct ohb_str *tar, struct ohb_error *err)
{
	struct process_sandbox *self = (struct process_sandbox *)sandbox;
	struct collect collect = { .arena = OHB_ARENA_INIT };
	const bool all = strcmp(path, ".") == 0;
	const char *slash = strrchr(path, '/');
	ohb_autofree char *front = all ?
			join(strrchr(sandbox->dir, '/') + 1, "") :
			ohb_strdup("");
	ohb_autostr out = OHB_STR_INIT;
	int bad;

	bad = find_files(self, path, &collect, err);
	if (!bad)
		bad = pack(self, &collect, front,
				slash ? (size_t)(slash + 1 - path) : 0, &out,
				err);
	free(collect.paths);
	ohb_arena_release(&collect.arena);
	if (bad)
		return -1;
	if (out.len > max)
		return ohb_fail(err, OHB_E_LIMIT, "larger than %zu bytes", max);
	ohb_str_add(tar, out.data, out.len);
	return 0;
}

/* The whole sandbox, as a container's end would. */
static void end_all(struct process_sandbox *self)
{
	self->ended = true;
	ohb_child_stop(&self->server, 0);
	kill_marked(self->folder);
}

static int process_renew(struct ohb_sandbox *sandbox, const char *name,
		struct ohb_error *err)
{
	struct process_sandbox *self = (struct process_sandbox *)sandbox;
	struct ohb_error left = OHB_ERROR_INIT;

	kill_marked(self->folder);
	if (ohb_fs_remove_tree(AT_FDCWD, self->folder, &left) < 0)
		return 0;
	ohb_closep(&self->dirfd);
	self->dirfd = -1;
	free(self->project);
	free(sandbox->dir);
	self->project = join(PROJECT, name);
	sandbox->dir = join(self->folder, self->project);
	self->ended = false;
	return make_folders(self, err) < 0 ? -1 : 1;
}

static int process_beside(struct ohb_sandbox *sandbox, const char *name,
		struct ohb_sandbox **ret, struct ohb_error *err)
{
	struct process_sandbox *self = (struct process_sandbox *)sandbox;
	struct process_sandbox *other;
	size_t i;

	if (strcmp(self->project, PROJECT) == 0)
		return 0;
	other = ohb_alloc(sizeof(*other));
	other->sandbox.engine = sandbox->engine;
	other->sandbox.name = ohb_strdup(sandbox->name);
	other->sandbox.uid = sandbox->uid;
	other->sandbox.gid = sandbox->gid;
	other->folder = ohb_strdup(self->folder);
	other->project = join(PROJECT, name);
	other->sandbox.dir = join(other->folder, other->project);
	other->role = self->role;
	other->beside = true;
	other->dirfd = -1;
	for (i = 0; i < self->nenv; i++)
		add_env(other, self->env[i] ? ohb_strdup(self->env[i]) : NULL);
	if (make_folders(other, err) < 0) {
		process_close(&other->sandbox);
		return -1;
	}
	*ret = &other->sandbox;
	return 1;
}

static int process_exec(struct ohb_sandbox *sandbox,
		const struct ohb_exec_spec *spec, struct ohb_exec_result *ret,
		struct ohb_error *err)
{
	struct process_sandbox *self = (struct process_sandbox *)sandbox;
	const char **env = NULL;
	size_t count = 0, cap = 0, i;
	struct ohb_process_result result = { .status = 0 };
	int bad;

	if (self->ended)
		return ohb_fail(err, OHB_E_INFRA,
				"the sandbox has ended with its time");
	for (i = 0; self->env[i]; i++)
		*(const char **)ohb_grow(&env, &cap, count++, sizeof(*env)) =
				self->env[i];
	for (i = 0; spec->env && spec->env[i]; i++)
		*(const char **)ohb_grow(&env, &cap, count++, sizeof(*env)) =
				spec->env[i];
	*(const char **)ohb_grow(&env, &cap, count, sizeof(*env)) = NULL;
	bad = ohb_process_run(
			&(struct ohb_process_spec){
					.argv = spec->argv,
					.env = env,
					.dir = sandbox->dir,
					.timeout_ms = spec->timeout_ms,
					.on_output = spec->on_output,
					.on_tick = spec->on_tick,
					.userdata = spec->userdata,
			},
			sandbox->engine->options.cancel, &result, err);
	free(env);
	if (bad && err->code == OHB_E_MISSING) {
		/* As a shell and the engine say it. */
		ohb_str_adds(&result.err, err->msg);
		result.status = 127;
		bad = 0;
	}
	if (bad || result.timed_out)
		end_all(self);
	if (bad)
		return -1;
	*ret = (struct ohb_exec_result){
		.status = result.status,
		.timed_out = result.timed_out,
		.out = result.out,
		.err = result.err,
		.duration_ms = result.duration_ms,
	};
	return 0;
}

static int process_state(struct ohb_sandbox *sandbox,
		struct ohb_sandbox_state *ret, struct ohb_error *err)
{
	struct process_sandbox *self = (struct process_sandbox *)sandbox;

	(void)err;
	*ret = (struct ohb_sandbox_state){
		.running = self->role == OHB_ROLE_AGENT ?
				ohb_child_alive(&self->server) :
				!self->ended,
		.status = -1,
	};
	return 0;
}

static int process_log(struct ohb_sandbox *sandbox, size_t max,
		struct ohb_str *out, struct ohb_error *err)
{
	struct process_sandbox *self = (struct process_sandbox *)sandbox;
	ohb_autofree char *path = join(self->folder, "log");

	return self->role == OHB_ROLE_AGENT ?
			ohb_fs_read_end(AT_FDCWD, path, max, out, err) :
			0;
}

int ohb_process_engine_open(const struct ohb_engine_options *options,
		struct ohb_engine **ret, struct ohb_error *err)
{
	static const struct ohb_engine_ops ops = {
		.image = process_image,
		.host_address = process_host_address,
		.open = process_open,
		.close = process_engine_close,
	};
	static const struct ohb_sandbox_ops sandbox_ops = {
		.close = process_close,
		.put = process_put,
		.get = process_get,
		.exec = process_exec,
		.state = process_state,
		.log = process_log,
		.renew = process_renew,
		.beside = process_beside,
	};
	struct process_engine *self = ohb_alloc(sizeof(*self));

	ohb_engine_init(&self->engine, options);
	atomic_flag_clear(&self->warned);
	self->engine.ops = &ops;
	self->engine.sandbox_ops = &sandbox_ops;
	if (ohb_fs_list(AT_FDCWD, temp_folder(), sweep_one, &self->engine,
			    err) < 0 ||
			make_root(self, err) < 0) {
		process_engine_close(&self->engine);
		return -1;
	}
	*ret = &self->engine;
	return 0;
}
