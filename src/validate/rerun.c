#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "io/clock.h"
#include "validate/steps.h"

/* A run that was hurried may take so long: a machine has bad moments, and a
 * run beside it. */
#define HURRY_FACTOR 5
#define HURRY_MS 3000
#define CLOCK_MS 60000 /* to look for libfaketime */

struct work {
	struct ohb_trial *trial;
	const struct ohb_reruns *reruns;
	/* The trial's mutex guards what follows, and the callbacks. */
	bool idle; /* the first lane has nothing more to do */
	struct ohb_error err; /* of the first that failed */
	atomic_bool stop; /* as soon as may be */
};

struct lane {
	struct work *work;
	unsigned number;
	const char *fresh; /* its place was opened for a run in this folder */
	pthread_t thread;
};

struct ohb_early {
	struct work work;
	struct lane lane;
	bool over; /* guarded by the trial's mutex */
};

void ohb_rerun_release(struct ohb_rerun *rerun)
{
	/* The place is the lane's. */
	rerun->trial.sandbox = NULL;
	ohb_trial_close(&rerun->trial);
	ohb_arena_release(&rerun->arena);
}

/* The one before may not be gone yet, so each has a name of its own. */
static int open_place(struct lane *lane, const char *dir, struct ohb_error *err)
{
	struct ohb_trial *trial = lane->work->trial;
	struct ohb_sandbox **place = &trial->lanes[lane->number];
	ohb_autostr name = OHB_STR_INIT;

	ohb_str_addf(&name, "%s-%u", trial->spec->name, ++trial->opened);
	if (ohb_trial_place(trial->spec, name.data, place, err) < 0)
		return -1;
	/* So that it can be made as new later; fresh it is already. */
	return ohb_sandbox_renew(*place, dir, err) < 0 ? -1 : 0;
}

/* Beside a folder of PATH, and proven: it moves what date(1) says. */
static const char find_clock[] =
		"IFS=:\n"
		"for d in $PATH /usr/bin; do\n"
		"	for f in \"$d\"/../lib*/faketime/libfaketime.so.1 \\\n"
		"		\"$d\"/../lib*/*/faketime/libfaketime.so.1; do\n"
		"		[ -e \"$f\" ] || continue\n"
		"		f=$(cd \"${f%/*}\" && pwd -P)/libfaketime.so.1\n"
		"		now=$(date +%s)\n"
		"		later=$(LD_PRELOAD=$f FAKETIME=+400d date +%s)\n"
		"		[ \"$later\" -gt $((now + 34000000)) ] || continue\n"
		"		printf %s \"$f\"\n"
		"		exit\n"
		"	done\n"
		"done 2>/dev/null\n";

/* Appends the library's path, or nothing. */
static int find_clock_in(struct ohb_sandbox *place, struct ohb_str *ret,
		struct ohb_error *err)
{
	const char *const argv[] = { "/bin/sh", "-c", find_clock, NULL };
	const struct ohb_exec_spec spec = {
		.argv = argv,
		.timeout_ms = CLOCK_MS,
	};
	struct ohb_exec_result result = { .status = 0 };

	if (ohb_sandbox_exec(place, &spec, &result, err) < 0)
		return -1;
	ohb_str_add(ret, result.out.data, result.out.len);
	ohb_exec_result_release(&result);
	return 0;
}

static int find_place(struct lane *lane, const char *dir, struct ohb_error *err)
{
	struct ohb_sandbox **place = &lane->work->trial->lanes[lane->number];
	const char *fresh = lane->fresh;
	int renewed;

	lane->fresh = NULL;
	if (*place && fresh && strcmp(fresh, dir) == 0)
		return 0;
	if (!*place)
		return open_place(lane, dir, err);
	renewed = ohb_sandbox_renew(*place, dir, err);
	if (renewed != 0)
		return renewed < 0 ? -1 : 0;
	if (lane->number == 0 && *place == lane->work->trial->sandbox)
		lane->work->trial->sandbox = NULL; /* until all have ended */
	ohb_sandbox_close(*place);
	*place = NULL;
	return open_place(lane, dir, err);
}

/* A step that is hurried; how long the first took may be known only later. */
struct hurry {
	const struct work *work;
	struct ohb_step_config *config;
	size_t at;
	bool hurries;
	int64_t begin_ms;
};

static void hurry(struct hurry *hurry)
{
	const int64_t took_ms =
			atomic_load(&hurry->work->trial->took_ms[hurry->at]);
	const int64_t hurry_ms = took_ms * HURRY_FACTOR + HURRY_MS;

	if (took_ms && hurry->hurries && hurry_ms < hurry->config->timeout_ms)
		hurry->config->timeout_ms = hurry_ms;
}

static bool on_tick(void *userdata)
{
	struct hurry *step = userdata;

	hurry(step);
	return !atomic_load(&step->work->stop) &&
			ohb_clock_mono_ms() - step->begin_ms <
			step->config->timeout_ms;
}

static int run_step(struct lane *lane, struct ohb_rerun *rerun, size_t at,
		struct ohb_error *err)
{
	const struct ohb_step_config *steps =
			rerun->trial.spec->target->module->steps;
	struct ohb_step_config config = steps[at];
	struct ohb_step_result *result = ohb_step_add(&rerun->trial);
	struct hurry step = {
		.work = lane->work,
		.config = &config,
		.at = at,
		.hurries = rerun->hurry,
		.begin_ms = ohb_clock_mono_ms(),
	};
	struct ohb_command command;

	rerun->at = at;
	if (ohb_step_prepare(&rerun->trial, at, &command, err) < 0)
		return -1;
	if (rerun->measure)
		config.min = config.min_changed = 0;
	hurry(&step);
	command.config = &config;
	command.on_tick = on_tick;
	command.userdata = &step;
	result->step = command.step;
	if (ohb_command_judge(&rerun->trial, &command, result, err) < 0)
		return -1;
	result->ok = rerun->trial.nfindings == 0;
	rerun->trial.nsteps++;
	return 0;
}

/* What all steps together left: which of them it was the first run knows. */
static int compare_tree(struct ohb_rerun *rerun, struct ohb_error *err)
{
	struct ohb_trial *trial = &rerun->trial;

	if (!rerun->compare || trial->nfindings || trial->nsteps == 0)
		return 0;
	return ohb_tree_judge(trial, trial->steps[trial->nsteps - 1].step, err);
}

static int look_for_clock(struct ohb_rerun *rerun, struct ohb_error *err)
{
	ohb_autostr clock = OHB_STR_INIT;

	if (find_clock_in(rerun->trial.sandbox, &clock, err) < 0)
		return -1;
	if (clock.len)
		rerun->clock = ohb_arena_strdup(&rerun->arena, clock.data);
	return 0;
}

/* Where the run is, for what in its environment must know, and when.  One
 * without an environment is in nothing told from the first run: a test must not
 * know that it meets a fault. */
static const char *const *make_env(struct ohb_rerun *rerun)
{
	const char **env;
	size_t n = 0;

	if (!rerun->env)
		return NULL;
	while (rerun->env[n])
		n++;
	env = ohb_arena_alloc(&rerun->arena, (n + 6) * sizeof(*env));
	memcpy(env, rerun->env, n * sizeof(*env));
	env[n++] = ohb_arena_printf(&rerun->arena, "OHBUILD_JUDGE=%s",
			ohb_sandbox_dir(rerun->trial.sandbox));
	if (!rerun->clock)
		return env;
	env[n++] = ohb_arena_printf(
			&rerun->arena, "LD_PRELOAD=%s", rerun->clock);
	env[n++] = ohb_arena_printf(&rerun->arena, "FAKETIME=%s", rerun->date);
	/* How long a thing takes stays true; older releases know the second. */
	env[n++] = "FAKETIME_DONT_FAKE_MONOTONIC=1";
	env[n] = "DONT_FAKE_MONOTONIC=1";
	return env;
}

/* Whether a step of this kind is run again. */
static bool is_repeated(enum ohb_step_kind kind)
{
	switch (kind) {
	case OHB_STEP_BUILD:
	case OHB_STEP_COMMAND:
	case OHB_STEP_TEST:
		return true;
	case OHB_STEP_LINT:
	case OHB_STEP_COVERAGE:
	case OHB_STEP_SABOTAGE:
	case OHB_STEP_REPEAT:
	case OHB_STEP_SUITE:
		break;
	}
	return false;
}

bool ohb_rerun_possible(const struct ohb_module_config *module)
{
	size_t i;

	for (i = 0; i < module->nsteps; i++)
		if (is_repeated(module->steps[i].kind))
			return true;
	return false;
}

static bool is_wanted(const struct ohb_rerun *rerun, enum ohb_step_kind kind)
{
	if (rerun->trial.round && kind == OHB_STEP_BUILD)
		return false;
	return is_repeated(kind) ||
			(rerun->measure && kind == OHB_STEP_COVERAGE);
}

static void begin(struct lane *lane, struct ohb_rerun *rerun,
		const struct ohb_rerun *before)
{
	const struct ohb_trial *trial = lane->work->trial;
	size_t i;

	rerun->trial = (struct ohb_trial){
		.spec = trial->spec,
		.arena = &rerun->arena,
		.round = before != NULL,
		.compares = rerun->compare,
		.prepared = trial->prepared,
		.mutex = trial->mutex,
		.news = trial->news,
	};
	for (i = 0; i < trial->tree.count; i++)
		ohb_fileset_put(&rerun->trial.tree, &trial->tree.files[i]);
	for (i = 0; i < rerun->nfiles; i++)
		ohb_fileset_put(&rerun->trial.tree, &rerun->files[i]);
}

/* A pristine copy, or where the one before was. */
static int enter(struct lane *lane, struct ohb_rerun *rerun,
		const struct ohb_rerun *before, struct ohb_error *err)
{
	struct ohb_sandbox **place = &lane->work->trial->lanes[lane->number];

	begin(lane, rerun, before);
	if (!before && find_place(lane, rerun->dir, err) < 0)
		return -1;
	rerun->trial.sandbox = *place;
	if (before) {
		rerun->date = before->date;
		rerun->clock = before->clock;
	} else if (rerun->date && look_for_clock(rerun, err) < 0)
		return -1;
	rerun->trial.env = make_env(rerun);
	return 0;
}

/* Two that are beside each other begin each test together. */
static void meet(struct work *work, struct ohb_rerun *rerun, size_t reached)
{
	(void)pthread_mutex_lock(work->trial->mutex);
	rerun->reached = reached;
	(void)pthread_cond_broadcast(work->trial->news);
	while (rerun->beside->reached < reached)
		(void)pthread_cond_wait(work->trial->news, work->trial->mutex);
	(void)pthread_mutex_unlock(work->trial->mutex);
}

/* In what was entered. */
static int run(struct lane *lane, struct ohb_rerun *rerun,
		struct ohb_error *err)
{
	const struct ohb_module_config *module =
			rerun->trial.spec->target->module;
	int bad = rerun->trial.round ? 0 : ohb_trial_put(&rerun->trial, err);
	size_t i;

	for (i = 0; i < module->nsteps && !bad && !rerun->trial.nfindings;
			i++) {
		const enum ohb_step_kind kind = module->steps[i].kind;

		if (!is_wanted(rerun, kind) || atomic_load(&lane->work->stop))
			continue;
		if (rerun->beside && kind == OHB_STEP_TEST)
			meet(lane->work, rerun, i + 1);
		bad = run_step(lane, rerun, i, err);
	}
	return bad ? -1 : compare_tree(rerun, err);
}

struct neighbour {
	struct lane *lane;
	struct ohb_rerun *rerun;
	int bad;
	struct ohb_error err;
};

/* Nobody is to wait for it. */
static void leave(struct neighbour *self)
{
	struct work *work = self->lane->work;

	(void)pthread_mutex_lock(work->trial->mutex);
	self->rerun->reached = SIZE_MAX;
	(void)pthread_cond_broadcast(work->trial->news);
	(void)pthread_mutex_unlock(work->trial->mutex);
}

static int enter_beside(struct neighbour *self)
{
	struct ohb_rerun *rerun = self->rerun;

	begin(self->lane, rerun, NULL);
	if (ohb_sandbox_beside(rerun->beside->trial.sandbox, rerun->dir,
			    &rerun->trial.sandbox, &self->err) <= 0)
		return -1;
	rerun->trial.env = make_env(rerun);
	return 0;
}

static void *neighbour_main(void *userdata)
{
	struct neighbour *self = userdata;

	self->bad = enter_beside(self) < 0 ||
			run(self->lane, self->rerun, &self->err) < 0;
	leave(self);
	return NULL;
}

/* Its time has passed, which ends the place, or its memory was too little,
 * of which both have a share; or there was no place. */
static bool is_over(const struct neighbour *self)
{
	const struct ohb_trial *trial = &self->rerun->trial;
	struct ohb_sandbox_state state = { .running = true };
	struct ohb_error unread = OHB_ERROR_INIT;

	if (!self->bad && !trial->nfindings)
		return false;
	return !trial->sandbox ||
			(trial->nsteps &&
					trial->steps[trial->nsteps - 1]
							.timed_out) ||
			(ohb_sandbox_state(trial->sandbox, &state, &unread) ==
							0 &&
					state.out_of_memory);
}

/* 0: the place does not bear both. */
static int run_both(struct neighbour both[2], struct ohb_error *err)
{
	pthread_t thread;
	size_t i;

	if (pthread_create(&thread, NULL, neighbour_main, &both[1]) != 0)
		return 0;
	both[0].bad = run(both[0].lane, both[0].rerun, &both[0].err) < 0;
	leave(&both[0]);
	(void)pthread_join(thread, NULL);
	for (i = 0; i < 2; i++) {
		if (both[i].err.code == OHB_E_CANCELLED)
			break;
		if (is_over(&both[i]))
			return 0;
	}
	for (i = 0; i < 2; i++) {
		if (!both[i].bad)
			continue;
		*err = both[i].err;
		return -1;
	}
	return 1;
}

/* In the place of the first, which has been entered. */
static int run_beside(struct lane *lane, struct ohb_rerun *rerun,
		struct ohb_error *err)
{
	struct ohb_rerun *other = rerun->beside;
	struct neighbour both[] = {
		{ .lane = lane, .rerun = rerun, .err = OHB_ERROR_INIT },
		{ .lane = lane, .rerun = other, .err = OHB_ERROR_INIT },
	};
	const int done = run_both(both, err);

	ohb_sandbox_close(other->trial.sandbox);
	other->trial.sandbox = NULL;
	rerun->cut = other->cut = done == 0;
	return done < 0 ? -1 : 0;
}

/* NULL: there is nothing more to do. */
static struct ohb_rerun *take(struct work *work)
{
	const struct ohb_reruns *reruns = work->reruns;
	struct ohb_rerun *rerun = NULL;

	while (work->err.code == OHB_OK && !atomic_load(&work->stop)) {
		rerun = reruns->next(reruns->userdata);
		if (rerun || !reruns->waits || !reruns->waits(reruns->userdata))
			break;
		(void)pthread_cond_wait(work->trial->news, work->trial->mutex);
	}
	return rerun;
}

static void end(struct work *work, struct ohb_rerun *rerun, int bad)
{
	rerun->done = !bad;
	if (!bad)
		work->reruns->done(work->reruns->userdata, rerun);
}

static void *run_lane(void *userdata)
{
	struct lane *lane = userdata;
	struct work *work = lane->work;
	struct ohb_rerun *rerun, *before = NULL;
	struct ohb_error err = OHB_ERROR_INIT;
	int bad = 0;

	(void)pthread_mutex_lock(work->trial->mutex);
	while (work->err.code == OHB_OK && !atomic_load(&work->stop) &&
			(rerun = before ? before->then : take(work)) != NULL) {
		(void)pthread_mutex_unlock(work->trial->mutex);
		bad = enter(lane, rerun, before, &err) < 0 ||
				(rerun->beside ? run_beside : run)(
						lane, rerun, &err) < 0;
		(void)pthread_mutex_lock(work->trial->mutex);
		(void)pthread_cond_broadcast(work->trial->news);
		if (bad && work->err.code == OHB_OK)
			work->err = err;
		end(work, rerun, bad);
		if (rerun->beside)
			end(work, rerun->beside, bad);
		before = rerun->then && !rerun->trial.nfindings ? rerun : NULL;
	}
	(void)pthread_mutex_unlock(work->trial->mutex);
	return NULL;
}

/* The second lane may not be free yet; once the first has done all there is, it
 * is not waited for. */
static void *run_late(void *userdata)
{
	struct lane *lane = userdata;
	struct work *work = lane->work;
	const struct ohb_early *early = work->trial->early;
	bool idle;

	(void)pthread_mutex_lock(work->trial->mutex);
	while (early && !early->over && !work->idle)
		(void)pthread_cond_wait(work->trial->news, work->trial->mutex);
	idle = work->idle;
	(void)pthread_mutex_unlock(work->trial->mutex);
	return idle ? NULL : run_lane(lane);
}

int ohb_rerun_all(struct ohb_trial *trial, const struct ohb_reruns *reruns,
		struct ohb_error *err)
{
	struct work work = {
		.trial = trial,
		.reruns = reruns,
		.err = OHB_ERROR_INIT,
	};
	struct lane lanes[OHB_LANES];
	unsigned i, begun = 1;

	for (i = 0; i < OHB_LANES; i++)
		lanes[i] = (struct lane){ .work = &work, .number = i };
	if (!trial->lanes[0] && trial->renewable)
		trial->lanes[0] = trial->sandbox;
	/* One is enough where there can be no more. */
	while (begun < OHB_LANES &&
			pthread_create(&lanes[begun].thread, NULL, run_late,
					&lanes[begun]) == 0)
		begun++;
	(void)run_lane(&lanes[0]);
	(void)pthread_mutex_lock(trial->mutex);
	work.idle = true;
	(void)pthread_cond_broadcast(trial->news);
	(void)pthread_mutex_unlock(trial->mutex);
	for (i = 1; i < begun; i++)
		(void)pthread_join(lanes[i].thread, NULL);
	if (!trial->sandbox)
		trial->sandbox = trial->lanes[0];
	if (work.err.code == OHB_OK)
		return 0;
	*err = work.err;
	return -1;
}

static struct ohb_rerun *next_of_one(void *userdata)
{
	struct ohb_rerun **rerun = userdata, *ret = *rerun;

	*rerun = NULL;
	return ret;
}

static void ignore_done(void *userdata, struct ohb_rerun *rerun)
{
	(void)userdata;
	(void)rerun;
}

int ohb_rerun_one(struct ohb_trial *trial, struct ohb_rerun *rerun,
		struct ohb_error *err)
{
	const struct ohb_reruns reruns = {
		.next = next_of_one,
		.done = ignore_done,
		.userdata = &rerun,
	};

	return ohb_rerun_all(trial, &reruns, err);
}

static void *run_early(void *userdata)
{
	struct ohb_early *early = userdata;
	struct ohb_trial *trial = early->work.trial;
	struct ohb_sandbox **place = &trial->lanes[early->lane.number];

	if (open_place(&early->lane, early->lane.fresh, &early->work.err) == 0)
		(void)run_lane(&early->lane);
	if (early->work.err.code != OHB_OK) {
		ohb_sandbox_close(*place);
		*place = NULL;
	}
	(void)pthread_mutex_lock(trial->mutex);
	early->over = true;
	(void)pthread_cond_broadcast(trial->news);
	(void)pthread_mutex_unlock(trial->mutex);
	return NULL;
}

void ohb_early_begin(struct ohb_trial *trial, const struct ohb_reruns *reruns,
		const char *dir)
{
	struct ohb_early *early = ohb_arena_alloc(trial->arena, sizeof(*early));

	*early = (struct ohb_early){
		.work = { .trial = trial,
				.reruns = reruns,
				.err = OHB_ERROR_INIT },
		.lane = { .work = &early->work,
				.number = OHB_LANES - 1,
				.fresh = dir },
	};
	if (pthread_create(&early->lane.thread, NULL, run_early, early) == 0)
		trial->early = early;
}

int ohb_early_end(struct ohb_trial *trial, bool stop)
{
	struct ohb_early *early = trial->early;

	if (!early)
		return 0;
	if (stop) {
		(void)pthread_mutex_lock(trial->mutex);
		atomic_store(&early->work.stop, true);
		(void)pthread_cond_broadcast(trial->news);
		(void)pthread_mutex_unlock(trial->mutex);
	}
	(void)pthread_join(early->lane.thread, NULL);
	trial->early = NULL;
	return early->work.err.code == OHB_OK ? 0 : -1;
}
