#include "build/workers.h"

#include <pthread.h>
#include <stdlib.h>

#include "gateway/budget.h"
#include "io/wait.h"

enum progress { WAITING, RUNNING, MADE, FAILED, NOT_RUN };

/* The queue, shared by the workers and guarded by its lock. */
struct queue {
	pthread_mutex_t lock;
	pthread_cond_t changed; /* a target ended, or all must stop */
	struct ohb_build *build;
	const struct ohb_workers_options *options;
	enum progress *states; /* by index in the graph */
	size_t first; /* steps before it are done */
	size_t running, undecided;
	bool stop; /* no further target is begun */
	struct ohb_build_result *result;
};

enum readiness { READY, NOT_YET, NEVER };

static enum readiness is_ready(
		const struct queue *queue, const struct ohb_step *step)
{
	enum readiness ready = READY;
	size_t i;

	for (i = 0; i < step->nwaits; i++) {
		switch (queue->states[step->waits_for[i]]) {
		case MADE:
			break;
		case WAITING:
		case RUNNING:
			ready = NOT_YET;
			break;
		case FAILED:
		case NOT_RUN:
			return NEVER;
		}
	}
	return ready;
}

/* The next step to carry; NULL when there is none at the moment.  *ret_wait
 * says whether one may come. */
static const struct ohb_step *next(struct queue *queue, bool *ret_wait)
{
	const struct ohb_plan *plan = queue->options->plan;
	size_t i;

	*ret_wait = false;
	if (queue->stop || ohb_cancel_level(&queue->build->ending))
		return NULL;
	for (i = queue->first; i < plan->nsteps; i++) {
		const struct ohb_step *step = &plan->steps[i];
		enum progress *state = &queue->states[step->target];

		if (!step->will_build || *state != WAITING) {
			queue->first += i == queue->first &&
					(*state != RUNNING ||
							!step->will_build);
			continue;
		}
		switch (is_ready(queue, step)) {
		case READY:
			*state = RUNNING;
			queue->running++;
			return step;
		case NOT_YET:
			*ret_wait = true;
			break;
		case NEVER:
			*state = NOT_RUN;
			break;
		}
	}
	return NULL;
}

static void count(struct queue *queue, const struct ohb_step *step,
		const struct ohb_target_end *end)
{
	const struct ohb_end_row *row = ohb_end_row(end->class);
	struct ohb_build_result *result = queue->result;

	queue->states[step->target] = row->made ? MADE : FAILED;
	queue->running--;
	if (queue->options->outlooks)
		queue->options->outlooks[step->target] = (struct ohb_outlook){
			.told = end->told,
			.made = row->made,
		};
	if (row->undecided) {
		queue->undecided++;
		return;
	}
	result->adopted += end->class == OHB_END_ADOPTED;
	result->revalidated += end->class == OHB_END_REVALIDATED;
	result->made += row->made && end->class != OHB_END_ADOPTED &&
			end->class != OHB_END_REVALIDATED;
	/* What was cut short has not failed: it was not run to its end. */
	result->failed += !row->made && !row->cut_short;
	result->suspected_bugs += end->class == OHB_END_BUG;
	result->infrastructure |= row->infrastructure;
	result->configuration |= row->configuration;
	result->budget |= row->budget;
	result->interrupted |= end->class == OHB_END_INTERRUPTED;
	if (end->usage.cost_unknown || result->cost_usd < 0)
		result->cost_usd = -1;
	else
		result->cost_usd += end->usage.cost_usd;
	if (end->end_build || row->end_build ||
			(!row->made && !row->go_on &&
					!queue->options->keep_going))
		queue->stop = true;
}

static void *work(void *userdata)
{
	struct queue *queue = userdata;
	const struct ohb_graph *graph = queue->build->graph;
	bool wait;

	(void)pthread_mutex_lock(&queue->lock);
	for (;;) {
		const struct ohb_step *step = next(queue, &wait);
		struct ohb_target_end end;

		if (!step && !(wait && queue->running))
			break;
		if (!step) {
			(void)pthread_cond_wait(&queue->changed, &queue->lock);
			continue;
		}
		(void)pthread_mutex_unlock(&queue->lock);
		ohb_attempt_run(queue->build, &graph->targets[step->target],
				&queue->options->facts->items[step->target],
				step, &end);
		(void)pthread_mutex_lock(&queue->lock);
		count(queue, step, &end);
		(void)pthread_cond_broadcast(&queue->changed);
	}
	(void)pthread_mutex_unlock(&queue->lock);
	return NULL;
}

static void run_threads(struct queue *queue, unsigned jobs)
{
	ohb_autofree pthread_t *threads = ohb_alloc(jobs * sizeof(*threads));
	unsigned i, started = 0;

	for (i = 0; i < jobs; i++)
		if (pthread_create(&threads[started], NULL, work, queue) == 0)
			started++;
	/* Not one thread to be had: this one does it. */
	if (started == 0)
		(void)work(queue);
	for (i = 0; i < started; i++)
		(void)pthread_join(threads[i], NULL);
}

/* Once, not for each target that it ended. */
static void tell_end_of_budget(
		struct ohb_build *build, struct ohb_build_result *result)
{
	ohb_autostr why = OHB_STR_INIT;

	if (!build->budget || !ohb_budget_ended(build->budget, &why))
		return;
	result->budget = true;
	ohb_emit_warning(build->emitter, NULL, "%s", why.data);
}

static size_t ended(const struct ohb_build_result *result)
{
	return result->made + result->adopted + result->revalidated +
			result->failed;
}

void ohb_workers_run(struct ohb_build *build,
		const struct ohb_workers_options *options,
		struct ohb_build_result *ret)
{
	const struct ohb_plan *plan = options->plan;
	struct queue queue = {
		.build = build,
		.options = options,
		.result = ret,
	};
	unsigned jobs = options->jobs ? options->jobs : 1;
	struct ohb_error err = OHB_ERROR_INIT;
	size_t i, began = ended(ret);

	if (jobs > plan->will_build)
		jobs = (unsigned)plan->will_build;
	queue.states = ohb_alloc(build->graph->count * sizeof(*queue.states));
	(void)pthread_mutex_init(&queue.lock, NULL);
	(void)pthread_cond_init(&queue.changed, NULL);
	/* What will not be built stands for itself. */
	for (i = 0; i < plan->nsteps; i++)
		if (!plan->steps[i].will_build)
			queue.states[plan->steps[i].target] = MADE;
	if (ohb_cancel_init_child(&build->ending, build->cancel, &err) == 0)
		run_threads(&queue, jobs);
	else
		ohb_emit_warning(build->emitter, NULL, "%s", err.msg);
	ohb_cancel_release(&build->ending);
	tell_end_of_budget(build, ret);
	ret->not_run += plan->will_build - (ended(ret) - began) -
			queue.undecided;
	ret->interrupted |= ohb_cancel_level(build->cancel) != 0;
	(void)pthread_cond_destroy(&queue.changed);
	(void)pthread_mutex_destroy(&queue.lock);
	free(queue.states);
}
