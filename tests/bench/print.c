/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <stdio.h>

#include "grid.h"

static const char *const figure_names[FIGURES] = { "new+write+free", "first new+write", "new+write", "free" };

static char *next_text(void)
{
	static char texts[4][32];
	static int turn;
	turn = (turn + 1) % 4;
	return texts[turn];
}

const char *size_text(size_t size)
{
	char *text = next_text();
	if (size >= 1 << 20)
		snprintf(text, 32, "%zu MiB", size >> 20);
	else if (size >= 1 << 10)
		snprintf(text, 32, "%zu KiB", size >> 10);
	else
		snprintf(text, 32, "%zu B", size);
	return text;
}

/* 1 000 000: grouped, as so many zeros are hard to count. */
const char *number_text(size_t number)
{
	char *text = next_text();
	char plain[24];
	int length = snprintf(plain, sizeof plain, "%zu", number);
	char *to = text;
	for (int i = 0; i < length; i++) {
		if (i > 0 && (length - i) % 3 == 0)
			*to++ = ' ';
		*to++ = plain[i];
	}
	*to = 0;
	return text;
}

static void print_cell(const struct row *row, const struct row *baseline, enum figure figure, int rounds)
{
	struct spread ns = spread_of(row->ns[figure], rounds);
	struct spread ratio = spread_of_ratios(row->ns[figure], baseline->ns[figure], rounds);
	printf(" | %9.0f %8.2f (%.2f-%.2f)", ns.median, ratio.median, ratio.p10, ratio.p90);
	int written = snprintf(NULL, 0, "(%.2f-%.2f)", ratio.p10, ratio.p90);
	printf("%*s", written < 15 ? 15 - written : 0, "");
}

/* A subject that did not hold all: what it did is said in place of its figures, which would not be of the same load. */
static void print_ending(const struct sample *sample)
{
	switch (sample->ending) {
	case REFUSED:
		printf(" | fails at %s", number_text(sample->held));
		break;
	case CAPPED:
		printf(" | capped at %s, by time: %.0f ns to fill, %.0f ns to free", number_text(sample->held), sample->ns[FIRST_FILL],
		       sample->ns[RELEASE]);
		break;
	case NO_START:
		printf(" | fails at 0: cannot set up");
		break;
	case CRASHED:
		printf(" | the process crashed");
		break;
	case TIMED_OUT:
		printf(" | stopped after 60 s");
		break;
	case DONE:
		break;
	}
}

static void print_row(const struct grid *grid, const struct row *row)
{
	const struct sample *sample = &row->first;
	int churn = grid->load.count == 0;
	printf("  %-27s", row->subject->name);
	if (sample->ending != DONE)
		print_ending(sample);
	else
		for (int f = churn ? CHURN : FIRST_FILL; f <= (churn ? CHURN : RELEASE); f++)
			print_cell(row, &grid->rows[0], (enum figure)f, grid->rounds);
	if (row->subject->locks && sample->locked < sample->held)
		printf(" | unlocked past %s", number_text(sample->locked));
	printf("\n");
}

void grid_print(const struct grid *grid)
{
	const struct load *load = &grid->load;
	const char *threads = load->threads == 1 ? "1 thread" : "2 threads";
	if (load->count)
		printf("\nhold %s x %s live, %s, rounds: %d\n", size_text(load->size), number_text(load->count), threads, grid->rounds);
	else
		printf("\nchurn %s, %s others live, %s, rounds: %d\n", size_text(load->size), number_text(load->others), threads,
		       grid->rounds);
	printf("  %-27s", "");
	for (int f = load->count ? FIRST_FILL : CHURN; f <= (load->count ? RELEASE : CHURN); f++)
		printf(" | %-15s: ns, ratio (p10-90)", figure_names[f]);
	printf("\n");
	for (int i = 0; i < grid->row_count; i++)
		print_row(grid, &grid->rows[i]);
	fflush(stdout);
}
