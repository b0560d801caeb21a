/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* New, write, free, over and over: one secret a thread, and perhaps others that stay. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "locks.h"
#include "sample.h"
#include "statistics.h"

struct churner {
	const struct subject *subject;
	const unsigned char *secret;
	size_t size;
	pthread_barrier_t *barrier;
	double (*clock)(void);
	double per_second; /* 0: memory was refused */
};

static int churn_once(const struct churner *churner, long times)
{
	for (long i = 0; i < times; i++) {
		void *held = churner->subject->hold(churner->secret, churner->size);
		if (!held)
			return -1;
		churner->subject->release(held, churner->size);
	}
	return 0;
}

/* Doubles the number of turns between two looks at the clock until the clock is cheap beside them, and warms up on the way. */
static long warm_up(const struct churner *churner)
{
	const double chunk_ns = 50e3;
	double began = churner->clock();
	long chunk = 1;
	while (churner->clock() - began < CHURN_NS) {
		double from = churner->clock();
		if (churn_once(churner, chunk) != 0)
			return 0;
		if (churner->clock() - from < chunk_ns)
			chunk *= 2;
	}
	return chunk;
}

static void *churn_thread(void *arg)
{
	struct churner *churner = arg;
	long chunk = warm_up(churner);
	long done = 0;
	pthread_barrier_wait(churner->barrier);
	double began = churner->clock();
	double passed = 0;
	if (chunk == 0)
		return NULL;
	while (passed < CHURN_NS) {
		if (churn_once(churner, chunk) != 0)
			return NULL;
		done += chunk;
		passed = churner->clock() - began;
	}
	churner->per_second = (double)done / passed * 1e9;
	return NULL;
}

void churn_run(const struct subject *subject, const struct load *load, struct sample *sample)
{
	struct churner churners[MOST_THREADS];
	pthread_t threads[MOST_THREADS];
	pthread_barrier_t barrier;
	double per_second = 0;
	unsigned char *secret = malloc(load->size);
	if (!secret)
		return;
	memset(secret, 0xa5, load->size);
	for (size_t i = 0; i < load->others; i++) {
		if (!subject->hold(secret, load->size)) {
			sample->ending = REFUSED;
			sample->held = i;
			return;
		}
	}
	pthread_barrier_init(&barrier, NULL, (unsigned)load->threads);
	for (int i = 0; i < load->threads; i++)
		churners[i] =
		        (struct churner){ subject, secret, load->size, &barrier, load->threads == 1 && !load->wall ? cpu_ns : now_ns, 0 };
	for (int i = 1; i < load->threads; i++)
		pthread_create(&threads[i], NULL, churn_thread, &churners[i]);
	churn_thread(&churners[0]); /* so that one thread means a process without any other */
	for (int i = 1; i < load->threads; i++)
		pthread_join(threads[i], NULL);
	for (int i = 0; i < load->threads; i++) {
		per_second += churners[i].per_second;
		if (churners[i].per_second == 0)
			sample->ending = REFUSED;
	}
	if (per_second > 0)
		sample->ns[CHURN] = 1e9 / per_second;
	if (load->check_locks) {
		void *held = subject->hold(secret, load->size);
		sample->held = held != NULL;
		sample->locked = held ? locks_count(subject, &held, 1, load->size) : 0;
	}
}
