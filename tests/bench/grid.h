/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* A load, measured for several subjects in interleaved rounds: the first round of all, then the second of all ... */
#ifndef BENCH_GRID_H
#define BENCH_GRID_H

#include "sample.h"
#include "statistics.h"

enum { MOST_ROUNDS = 41, LEAST_ROUNDS = 3, MOST_SUBJECTS = 9 };

struct row {
	const struct subject *subject;
	struct sample first; /* of the first round: its ending stands for all, since a subject that failed is not asked again */
	double ns[FIGURES][MOST_ROUNDS];
};

struct grid {
	struct load load;
	int rounds, row_count;
	struct row rows[MOST_SUBJECTS]; /* the first is the baseline */
};

/* The subjects of this build, the baseline first; NULL ends the list. */
extern const struct subject *const all_subjects[];

/* Measures, until `budget_ns` is used up or MOST_ROUNDS are done; LEAST_ROUNDS are done unless one takes all the budget. Kept for later. */
const struct grid *grid_measure(struct load load, const struct subject *const *subjects, double budget_ns);
/* The same, as long as that takes: for figures that do not depend on what else the machine does. */
const struct grid *grid_measure_rounds(struct load load, const struct subject *const *subjects, int rounds);
/* A measured grid without others, or NULL. */
const struct grid *grid_find(size_t size, size_t count, int threads);
/* NULL when the subject was not in the grid or did not come to its end there. */
const struct row *grid_row(const struct grid *grid, const struct subject *subject);

void grid_print(const struct grid *grid);
const char *size_text(size_t size); /* valid for four calls */
const char *number_text(size_t number);

#endif
