/* Which step comes first: needs, priority, length, name. */
#include <stdlib.h>

#include "plan/planning.h"

struct rank {
	int priority; /* the highest of those that wait for it */
	int64_t length_ms;
	size_t left; /* needs that are listed and not yet placed */
	size_t first; /* in `dependents` */
};

struct queue {
	const struct rank *ranks;
	size_t *heap;
	size_t count;
};

/* Targets are in the order of their names. */
static bool goes_before(const struct queue *queue, size_t a, size_t b)
{
	const struct rank *x = &queue->ranks[a], *y = &queue->ranks[b];

	if (x->priority != y->priority)
		return x->priority > y->priority;
	if (x->length_ms != y->length_ms)
		return x->length_ms > y->length_ms;
	return a < b;
}

static void push(struct queue *queue, size_t target)
{
	size_t at = queue->count++;

	while (at > 0) {
		size_t above = (at - 1) / 2;

		if (!goes_before(queue, target, queue->heap[above]))
			break;
		queue->heap[at] = queue->heap[above];
		at = above;
	}
	queue->heap[at] = target;
}

static size_t pop(struct queue *queue)
{
	size_t first = queue->heap[0], last = queue->heap[--queue->count];
	size_t at = 0, below;

	while ((below = 2 * at + 1) < queue->count) {
		if (below + 1 < queue->count &&
				goes_before(queue, queue->heap[below + 1],
						queue->heap[below]))
			below++;
		if (!goes_before(queue, queue->heap[below], last))
			break;
		queue->heap[at] = queue->heap[below];
		at = below;
	}
	queue->heap[at] = last;
	return first;
}

static int by_length(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* Of the known lengths of what will be built; 0 when none is known. */
static int64_t median_length(
		const struct ohb_planning *planning, const bool *listed)
{
	size_t n = planning->graph->count, known = 0, i;
	ohb_autofree int64_t *lengths = ohb_alloc(n * sizeof(*lengths));

	for (i = 0; i < n; i++)
		if (listed[i] && planning->all[i].will_build &&
				planning->facts->items[i].forecast.ms >= 0)
			lengths[known++] =
					planning->facts->items[i].forecast.ms;
	if (!known)
		return 0;
	qsort(lengths, known, sizeof(*lengths), by_length);
	return lengths[known / 2];
}

/* Fills the ranks, with one more for the end of the last, and `dependents`: for each target those that need it. */
static void fill_ranks(const struct ohb_planning *planning, const bool *listed,
		struct rank *ranks, size_t *dependents)
{
	const struct ohb_graph *graph = planning->graph;
	int64_t median = median_length(planning, listed);
	size_t i, j, total = 0;

	for (i = 0; i < graph->count; i++) {
		int64_t length = planning->facts->items[i].forecast.ms;

		ranks[i].priority = graph->targets[i].module->priority;
		ranks[i].length_ms = length < 0 ? median : length;
		for (j = 0; listed[i] && j < graph->targets[i].nneeds; j++)
			ranks[graph->targets[i].needs[j]].first++;
	}
	for (i = 0; i < graph->count; i++) {
		total += ranks[i].first;
		ranks[i].first = total; /* its end; goes down to its start */
	}
	ranks[graph->count].first = total;
	for (i = graph->count; i-- > 0;) {
		size_t at = graph->order[i];

		for (j = 0; listed[at] && j < graph->targets[at].nneeds; j++) {
			struct rank *need = &ranks[graph->targets[at].needs[j]];

			dependents[--need->first] = at;
			ranks[at].left += listed[graph->targets[at].needs[j]];
			if (need->priority < ranks[at].priority)
				need->priority = ranks[at].priority;
		}
	}
}

static size_t count_needs(const struct ohb_graph *graph)
{
	size_t i, count = 0;

	for (i = 0; i < graph->count; i++)
		count += graph->targets[i].nneeds;
	return count;
}

size_t ohb_planning_order(const struct ohb_planning *planning,
		const bool *listed, size_t *ret)
{
	const struct ohb_graph *graph = planning->graph;
	size_t n = graph->count, needs = count_needs(graph), placed = 0, i;
	ohb_autofree struct rank *ranks = ohb_alloc((n + 1) * sizeof(*ranks));
	ohb_autofree size_t *dependents =
			ohb_alloc(needs * sizeof(*dependents));
	ohb_autofree size_t *heap = ohb_alloc(n * sizeof(*heap));
	struct queue queue = { .ranks = ranks, .heap = heap };

	fill_ranks(planning, listed, ranks, dependents);
	for (i = 0; i < n; i++)
		if (listed[i] && ranks[i].left == 0)
			push(&queue, i);
	while (queue.count) {
		size_t at = pop(&queue);

		ret[placed++] = at;
		for (i = ranks[at].first; i < ranks[at + 1].first; i++)
			if (--ranks[dependents[i]].left == 0)
				push(&queue, dependents[i]);
	}
	return placed;
}
