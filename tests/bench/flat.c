/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <stdio.h>

#include "figures.h"
#include "grid.h"
#include "sample.h"

enum { ROUNDS = 9 };
static const size_t counts[FLAT_COUNTS] = { 100, 10000, 100000, 1000000 };

/* New, write and free of one secret in a process whose pages are faulted in; 0 when the load was not held. */
static double life_ns(const struct subject *subject, size_t count)
{
	struct load load = { .size = 32, .count = count, .threads = 1, .wall = 1 };
	struct sample sample = sample_take(subject, &load);
	return sample.ending == DONE ? sample.ns[FILL] + sample.ns[RELEASE] : 0;
}

static void print(const struct subject *subject, const struct spread *spreads)
{
	printf("  %-27s", subject->name);
	for (int i = 1; i < FLAT_COUNTS; i++)
		printf(" | %9s: %.2f (%.2f-%.2f)", number_text(counts[i]), spreads[i].median, spreads[i].p10, spreads[i].p90);
	printf("\n");
}

/* malloc is measured too: what grows for both, such as misses of the processor's caches, is the machine's. */
struct flatness flatness_measure(void)
{
	double ours[FLAT_COUNTS][ROUNDS], theirs[FLAT_COUNTS][ROUNDS];
	struct flatness flatness;
	for (int round = 0; round < ROUNDS; round++) {
		for (int i = 0; i < FLAT_COUNTS; i++) {
			ours[i][round] = life_ns(&subject_osmemlock, counts[i]);
			theirs[i][round] = life_ns(&subject_malloc, counts[i]);
		}
	}
	for (int i = 0; i < FLAT_COUNTS; i++) {
		flatness.osmemlock[i] = spread_of_ratios(ours[i], ours[0], ROUNDS);
		flatness.baseline[i] = spread_of_ratios(theirs[i], theirs[0], ROUNDS);
	}
	printf("\n32 B among many live over 32 B among 100 live, new+write+free, rounds: %d\n", ROUNDS);
	print(&subject_osmemlock, flatness.osmemlock);
	print(&subject_malloc, flatness.baseline);
	fflush(stdout);
	return flatness;
}
