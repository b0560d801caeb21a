/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>

#include "grid.h"

enum { MOST_GRIDS = 64 };
static struct grid grids[MOST_GRIDS];
static int grid_count;

static void take_into(struct row *row, const struct load *load, int round)
{
	struct load asked = *load;
	asked.check_locks = round == 0 && row->subject->locks;
	if (round > 0 && row->first.ending != DONE)
		return;
	struct sample sample = sample_take(row->subject, &asked);
	if (round == 0 || sample.ending != DONE)
		row->first = sample;
	for (int f = 0; f < FIGURES; f++)
		row->ns[f][round] = sample.ns[f];
}

/* Each round begins with another subject, so that none always follows the same neighbour. */
static void take_round(struct grid *grid, int round)
{
	for (int i = 0; i < grid->row_count; i++)
		take_into(&grid->rows[(i + round) % grid->row_count], &grid->load, round);
}

static struct grid *grid_new(struct load load, const struct subject *const *subjects)
{
	if (grid_count == MOST_GRIDS)
		abort();
	struct grid *grid = &grids[grid_count++];
	*grid = (struct grid){ .load = load };
	for (; subjects[grid->row_count]; grid->row_count++)
		grid->rows[grid->row_count].subject = subjects[grid->row_count];
	return grid;
}

const struct grid *grid_measure_rounds(struct load load, const struct subject *const *subjects, int rounds)
{
	struct grid *grid = grid_new(load, subjects);
	for (; grid->rounds < rounds; grid->rounds++)
		take_round(grid, grid->rounds);
	return grid;
}

const struct grid *grid_measure(struct load load, const struct subject *const *subjects, double budget_ns)
{
	struct grid *grid = grid_new(load, subjects);
	double began = now_ns();
	while (grid->rounds < MOST_ROUNDS) {
		double passed = now_ns() - began;
		if (passed > budget_ns && (grid->rounds >= LEAST_ROUNDS || passed > 2 * budget_ns))
			break;
		take_round(grid, grid->rounds);
		grid->rounds++;
	}
	return grid;
}

const struct grid *grid_find(size_t size, size_t count, int threads)
{
	for (int i = 0; i < grid_count; i++) {
		const struct load *load = &grids[i].load;
		if (load->size == size && load->count == count && !load->others && load->threads == threads)
			return &grids[i];
	}
	return NULL;
}

const struct row *grid_row(const struct grid *grid, const struct subject *subject)
{
	for (int i = 0; grid && i < grid->row_count; i++)
		if (grid->rows[i].subject == subject && grid->rows[i].first.ending == DONE)
			return &grid->rows[i];
	return NULL;
}
