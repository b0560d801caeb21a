/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Many live secrets at once: fill, then free them all, in the order of their making. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "locks.h"
#include "sample.h"
#include "statistics.h"

enum { CLOCK_EVERY = 4096, MOST_REPEATS = 4000 }; /* CLOCK_EVERY in bytes of secrets, a page of them */

struct hold {
	const struct subject *subject;
	const struct load *load;
	const unsigned char *secret;
	void **held;
	pthread_barrier_t barrier;
	struct sample *sample;
};

struct holder {
	struct hold *hold;
	void **held; /* its part of hold->held */
	size_t count, filled, released;
	int capped, repeats;
	double first_fill, fill, release; /* ns, of all repeats together */
};

/* How often to look at the clock: rarely for small secrets, since that is as dear as one of them. */
static size_t clock_mask(size_t size)
{
	size_t every = CLOCK_EVERY / power_of_two(size);
	return (every ? every : 1) - 1;
}

/* To ask the clock of the processor takes as long as a few secrets. */
static double (*clock_for(const struct holder *holder))(void)
{
	const struct load *load = holder->hold->load;
	return load->threads == 1 && !load->wall && holder->count >= 1000 ? cpu_ns : now_ns;
}

static double fill(struct holder *holder)
{
	const struct subject *subject = holder->hold->subject;
	size_t size = holder->hold->load->size;
	size_t mask = clock_mask(size);
	double (*clock)(void) = clock_for(holder);
	double began = clock();
	size_t i;
	for (i = 0; i < holder->count; i++) {
		holder->held[i] = subject->hold(holder->hold->secret, size);
		if (!holder->held[i])
			break;
		if ((i & mask) == mask && clock() - began > SLOWEST_FILL_NS) {
			holder->capped = 1;
			i++;
			break;
		}
	}
	holder->filled = i;
	return clock() - began;
}

static double release(struct holder *holder)
{
	const struct subject *subject = holder->hold->subject;
	size_t size = holder->hold->load->size;
	size_t mask = clock_mask(size);
	double (*clock)(void) = clock_for(holder);
	double began = clock();
	size_t i;
	for (i = 0; i < holder->filled; i++) {
		subject->release(holder->held[i], size);
		if ((i & mask) == mask && clock() - began > SLOWEST_FILL_NS) {
			i++;
			break;
		}
	}
	holder->released = i;
	return clock() - began;
}

static void repeat(struct holder *holder)
{
	double first = holder->fill + holder->release;
	int repeats = first > 0 ? (int)(REPEAT_NS / first) : 0;
	if (first > SLOWEST_FILL_NS / 2 || holder->filled < holder->count)
		return;
	if (repeats < 1)
		repeats = 1;
	if (repeats > MOST_REPEATS)
		repeats = MOST_REPEATS;
	holder->repeats = repeats;
	holder->fill = 0;
	holder->release = 0;
	for (int i = 0; i < repeats; i++) {
		holder->fill += fill(holder);
		holder->release += release(holder);
	}
}

static void check_locks(struct hold *hold)
{
	hold->sample->vmlck_kib = locks_vmlck_kib();
	if (hold->load->check_locks)
		hold->sample->locked = locks_count(hold->subject, hold->held, hold->load->count, hold->load->size);
}

static void *hold_thread(void *arg)
{
	struct holder *holder = arg;
	struct hold *hold = holder->hold;
	pthread_barrier_wait(&hold->barrier);
	holder->first_fill = fill(holder);
	holder->fill = holder->first_fill;
	pthread_barrier_wait(&hold->barrier);
	if (holder->held == hold->held)
		check_locks(hold);
	pthread_barrier_wait(&hold->barrier);
	holder->release = release(holder);
	repeat(holder);
	return NULL;
}

static double larger(double a, double b)
{
	return a > b ? a : b;
}

/* The threads work at the same time, so the process has `threads` secrets done in the time in which one thread has one done. */
static void conclude(const struct holder *holders, struct sample *sample, int threads)
{
	for (int i = 0; i < threads; i++) {
		const struct holder *holder = &holders[i];
		double filled = (double)holder->filled * threads;
		double released = (double)holder->released * threads;
		int repeats = holder->repeats ? holder->repeats : 1;
		sample->held += holder->filled;
		if (holder->filled < holder->count && sample->ending != REFUSED)
			sample->ending = holder->capped ? CAPPED : REFUSED;
		if (filled > 0) {
			sample->ns[FIRST_FILL] = larger(sample->ns[FIRST_FILL], holder->first_fill / filled);
			sample->ns[FILL] = larger(sample->ns[FILL], holder->fill / filled / repeats);
		}
		if (released > 0)
			sample->ns[RELEASE] = larger(sample->ns[RELEASE], holder->release / released / repeats);
	}
}

void hold_run(const struct subject *subject, const struct load *load, struct sample *sample)
{
	struct holder holders[MOST_THREADS] = { { 0 } };
	pthread_t threads[MOST_THREADS];
	struct hold hold = { .subject = subject, .load = load, .sample = sample };
	size_t share = load->count / (size_t)load->threads;
	unsigned char *secret = malloc(load->size);
	/* Populated, so that the page faults of this list are not counted as the subject's. */
	hold.held = mmap(NULL, load->count * sizeof *hold.held, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	if (!secret || hold.held == MAP_FAILED)
		abort(); /* counted as a crash of this sample */
	memset(secret, 0xa5, load->size);
	hold.secret = secret;
	pthread_barrier_init(&hold.barrier, NULL, (unsigned)load->threads);
	for (int i = 0; i < load->threads; i++)
		holders[i] = (struct holder){ .hold = &hold, .held = hold.held + (size_t)i * share, .count = share };
	for (int i = 1; i < load->threads; i++)
		pthread_create(&threads[i], NULL, hold_thread, &holders[i]);
	hold_thread(&holders[0]);
	for (int i = 1; i < load->threads; i++)
		pthread_join(threads[i], NULL);
	conclude(holders, sample, load->threads);
}
