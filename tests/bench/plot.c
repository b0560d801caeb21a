/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * bench plot: the series that tests/bench/performance draws, a line each: kind, x, subject, median, 10th and 90th percentile, rounds, and a note
 * on what was not measured. Nanoseconds, but for "quota": secrets of 32 bytes that are really locked in 8 MiB.
 */
#include <stdio.h>

#include "figures.h"
#include "grid.h"
#include "plot.h"

enum { ROUNDS = 9, BESIDE = 16, MANY = 10000, SLOW_NS = 5000 };

static const char *note_on(const struct row *row)
{
	static const char *const endings[] = { "", "cannot be set up", "refused", "too slow", "crashed", "stopped after 60 s" };
	if (row->first.ending != DONE)
		return endings[row->first.ending];
	return row->subject->locks && row->first.locked < row->first.held ? "not all locked" : "";
}

static void print_series(const char *kind, size_t x, const struct grid *grid)
{
	for (int i = 0; i < grid->row_count; i++) {
		const struct row *row = &grid->rows[i];
		struct spread ns = spread_of(row->ns[CHURN], grid->rounds);
		printf("%s\t%zu\t%s\t%.1f\t%.1f\t%.1f\t%d\t%s\n", kind, x, row->subject->name, ns.median, ns.p10, ns.p90, grid->rounds,
		       note_on(row));
	}
	fflush(stdout);
}

static const struct grid *series(const char *kind, size_t x, struct load load, const struct subject *const *subjects)
{
	const struct grid *grid = grid_measure_rounds(load, subjects, ROUNDS);
	print_series(kind, x, grid);
	return grid;
}

/* Beside ever more others. The slow ones would take hours to make a million, so those that need microseconds end at MANY. */
static void live_series(void)
{
	const struct subject *swift[MOST_SUBJECTS + 1] = { NULL };
	const struct subject *const *subjects = all_subjects;
	for (size_t live = 1; live <= 1000000; live *= 10) {
		const struct grid *grid = series("live", live, (struct load){ .size = 32, .others = live, .threads = 1 }, subjects);
		if (live != MANY)
			continue;
		for (int i = 0, n = 0; i < grid->row_count; i++)
			if (spread_of(grid->rows[i].ns[CHURN], grid->rounds).median < SLOW_NS)
				swift[n++] = grid->rows[i].subject;
		subjects = swift;
	}
}

void plot(void)
{
	for (size_t size = 1; size <= 1 << 20; size *= size < 16 ? 4 : 2)
		series("size", size, (struct load){ .size = size, .others = BESIDE, .threads = 1 }, all_subjects);
	live_series();
	for (int threads = 1; threads <= MOST_THREADS; threads++)
		series("threads", (size_t)threads, (struct load){ .size = 32, .others = BESIDE, .threads = threads, .wall = 1 },
		       all_subjects);
	printf("#\n");
	for (int i = 0; all_subjects[i]; i++)
		if (all_subjects[i]->locks)
			printf("quota\t32\t%s\t%zu\t0\t0\t1\t\n", all_subjects[i]->name, quota_measure(all_subjects[i]));
}
