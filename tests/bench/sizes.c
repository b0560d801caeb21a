/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* New, write, free at sizes up to 64 KiB, alone and with others alive: over malloc, and over the best rival that locks. */
#include <stdio.h>

#include "figures.h"
#include "grid.h"

#define SIZE_NS 1.2e9 /* time for one size, over all subjects and rounds */

static const struct size_target {
	size_t size, others;
	double limit;
} size_targets[] = {
	{ 32, 0, 1.5 },   { 32, 16, 1.5 },   { 32, 100, 1.5 },   { 256, 0, 1.6 },   { 256, 16, 1.6 }, { 256, 100, 1.6 },
	{ 1024, 0, 1.6 }, { 1024, 16, 1.6 }, { 1024, 100, 1.6 }, { 2100, 0, 1.5 },  { 2100, 16, 2 },  { 4096, 0, 1.5 },
	{ 4096, 16, 2 },  { 16384, 0, 1.5 }, { 16384, 16, 2 },   { 65536, 0, 1.5 }, { 65536, 16, 2 },
};
enum { SIZE_TARGETS = sizeof size_targets / sizeof *size_targets };
static const struct grid *measured[SIZE_TARGETS];

void sizes_measure(void)
{
	for (int i = 0; i < SIZE_TARGETS; i++) {
		struct load load = { .size = size_targets[i].size, .others = size_targets[i].others, .threads = 1 };
		measured[i] = grid_measure(load, all_subjects, SIZE_NS);
		grid_print(measured[i]);
	}
}

static struct spread over(const struct grid *grid, const struct subject *theirs)
{
	const struct row *a = grid_row(grid, &subject_osmemlock), *b = grid_row(grid, theirs);
	return a && b ? spread_of_ratios(a->ns[CHURN], b->ns[CHURN], grid->rounds) : (struct spread){ 0, 0, 0 };
}

/* Of those that locked what they were asked to lock. */
static struct spread over_best_rival(const struct grid *grid, const char **name)
{
	struct spread worst = { 0, 0, 0 };
	for (int i = 0; i < grid->row_count; i++) {
		const struct row *row = &grid->rows[i];
		struct spread ratio = over(grid, row->subject);
		if (row->subject == &subject_osmemlock || !row->subject->locks || row->first.locked < row->first.held)
			continue;
		if (ratio.median > worst.median) {
			worst = ratio;
			*name = row->subject->name;
		}
	}
	return worst;
}

void sizes_verdicts(void)
{
	char target[96];
	for (int i = 0; i < SIZE_TARGETS; i++) {
		const struct size_target *t = &size_targets[i];
		const char *name = "no rival";
		struct spread ratio = over(measured[i], &subject_malloc), rival = over_best_rival(measured[i], &name);
		snprintf(target, sizeof target, "%zu B, %zu others live, <= %.1f x malloc", t->size, t->others, t->limit);
		target_at_most(target, t->limit, &ratio);
		snprintf(target, sizeof target, "  and not slower than any rival (%s)", name);
		target_at_most(target, 1, &rival);
	}
}
