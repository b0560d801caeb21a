/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* One measurement of one subject, in a process of its own. */
#ifndef BENCH_SAMPLE_H
#define BENCH_SAMPLE_H

#include <stddef.h>

#include "subject.h"

enum { MOST_THREADS = 2 };

struct load {
	size_t size;
	size_t count;  /* live secrets at once, over all threads; 0: churn */
	size_t others; /* of a churn: how many more are alive all the time */
	int threads;
	int wall;        /* by the wall with one thread, too, to be compared with two threads, or with short fills */
	int check_locks; /* ask the kernel; slow with many mappings, so not in each round */
};

/*
 * Nanoseconds for one secret, as the whole process gets on: with two threads the wall time by the secrets of both; with one the time of the
 * processor, which other programs disturb less, but for fills too short for that clock.
 */
enum figure {
	CHURN,      /* new + write + free */
	FIRST_FILL, /* new + write into a fresh process: pages are faulted in and locked */
	FILL,       /* new + write again, after a fill and a release; equal to FIRST_FILL when that took long */
	RELEASE,    /* free, likewise */
	FIGURES
};

enum ending { DONE, NO_START, REFUSED, CAPPED, CRASHED, TIMED_OUT };

struct sample {
	double ns[FIGURES];
	enum ending ending;
	size_t held;    /* how many were live at most */
	size_t locked;  /* how many of them the kernel confirms; only with check_locks */
	long vmlck_kib; /* the process then */
};

/* Not constants of the machine but of patience. */
#define CHURN_NS        15e6  /* a churn sample, after as long again to warm up */
#define REPEAT_NS       10e6  /* fills that are shorter are repeated this long */
#define SLOWEST_FILL_NS 1.2e9 /* a fill is stopped here, and so is a release */

void churn_run(const struct subject *subject, const struct load *load, struct sample *sample);
void hold_run(const struct subject *subject, const struct load *load, struct sample *sample);

/* Calls `body` in a forked child, for up to 60 s. What it writes to `shared` is seen here. How it ended: DONE, CRASHED or TIMED_OUT. */
enum ending run_in_child(void (*body)(void *shared), void *shared);
void *shared_memory(size_t size);

struct sample sample_take(const struct subject *subject, const struct load *load);

#endif
