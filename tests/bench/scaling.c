/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <stdio.h>

#include "figures.h"
#include "sample.h"

enum { ROUNDS = 31 };

static double churn_ns(const struct subject *subject, int threads)
{
	struct load load = { .size = 32, .threads = threads, .wall = 1 };
	return sample_take(subject, &load).ns[CHURN];
}

static void take_round(const struct subject *subject, double *one, double *two)
{
	*one = churn_ns(subject, 1);
	*two = churn_ns(subject, 2);
}

/* malloc shares next to nothing between threads either: its ratio is what the machine can give at this hour. */
struct scaling scaling_measure(void)
{
	double one[ROUNDS], two[ROUNDS], malloc_one[ROUNDS], malloc_two[ROUNDS];
	for (int i = 0; i < ROUNDS; i++) {
		take_round(&subject_osmemlock, &one[i], &two[i]);
		take_round(&subject_malloc, &malloc_one[i], &malloc_two[i]);
	}
	struct scaling scaling = { spread_of_ratios(one, two, ROUNDS), spread_of_ratios(malloc_one, malloc_two, ROUNDS) };
	printf("\ntwo threads over one, throughput of 32 B churn, rounds: %d\n", ROUNDS);
	printf("  osmemlock %.2f (%.2f-%.2f), malloc %.2f (%.2f-%.2f)\n", scaling.osmemlock.median, scaling.osmemlock.p10,
	       scaling.osmemlock.p90, scaling.baseline.median, scaling.baseline.p10, scaling.baseline.p90);
	fflush(stdout);
	return scaling;
}
