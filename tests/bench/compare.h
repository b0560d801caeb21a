/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Short operations side by side in one process: in each round every contender runs once, in turn, and its time is divided by that of
 * contender 0 in the same round. Contender 1 should be contender 0 again: how far its ratio is from 1.00 is the error of the method.
 */
#ifndef BENCH_COMPARE_H
#define BENCH_COMPARE_H

#include "statistics.h"

enum { MOST_CONTENDERS = 8 };

struct contender {
	const char *name;
	void (*run)(int times);
};

struct comparison {
	const char *title;
	void (*start)(void); /* in the child, before all */
	const struct contender *contenders;
	int count, rounds, times; /* times: of the operation in one round, for each contender */
	struct spread ns[MOST_CONTENDERS];
	struct spread ratio[MOST_CONTENDERS];
};

/* In a process of its own. 0, or -1 when that process crashed: then all figures are 0. */
int compare(struct comparison *comparison);
void compare_print(const struct comparison *comparison);

#endif
