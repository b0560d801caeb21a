/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The targets of the project, each judged by the median; a ratio is of the same rounds. */
#include <stdio.h>

#include "figures.h"
#include "grid.h"

static void verdict(const char *target, int measured, int reached, const char *figure)
{
	const char *word = reached ? "reached" : "missed";
	printf("  %-62s | %-44s | %s\n", target, measured ? figure : "-", measured ? word : "not measured");
}

void target_at_most(const char *target, double limit, const struct spread *ratio)
{
	char figure[80];
	snprintf(figure, sizeof figure, "%.3f (%.3f-%.3f)", ratio->median, ratio->p10, ratio->p90);
	verdict(target, ratio->median > 0, ratio->median <= limit, figure);
}

/* osmemlock over malloc; the two figures of a secret's life are added first. */
static struct spread over_malloc(size_t count, enum figure a, enum figure b)
{
	double ours[MOST_ROUNDS], theirs[MOST_ROUNDS];
	const struct grid *grid = grid_find(32, count, 1);
	const struct row *row = grid_row(grid, &subject_osmemlock);
	const struct row *baseline = grid_row(grid, &subject_malloc);
	if (!row || !baseline)
		return (struct spread){ 0, 0, 0 };
	for (int i = 0; i < grid->rounds; i++) {
		ours[i] = row->ns[a][i] + (a == b ? 0 : row->ns[b][i]);
		theirs[i] = baseline->ns[a][i] + (a == b ? 0 : baseline->ns[b][i]);
	}
	return spread_of_ratios(ours, theirs, grid->rounds);
}

/* Flat: at no number is a secret dearer, or cheaper, by more than half. malloc is shown beside it, unjudged. */
static void flat(const struct flatness *flatness)
{
	char figure[80];
	double least = 1, most = 1;
	for (int i = 0; i < FLAT_COUNTS; i++) {
		double ratio = flatness->osmemlock[i].median;
		least = ratio < least ? ratio : least;
		most = ratio > most ? ratio : most;
	}
	snprintf(figure, sizeof figure, "%.2f to %.2f; malloc at 1 000 000: %.2f", least, most, flatness->baseline[FLAT_COUNTS - 1].median);
	verdict("per secret flat from 100 to 1 000 000 live (<= 1.5 x)", least > 0, most <= 1.5 * least, figure);
}

static void many_live(void)
{
	struct spread again = over_malloc(100000, FILL, RELEASE);
	struct spread first = over_malloc(100000, FIRST_FILL, RELEASE);
	target_at_most("100 000 live 32 B, new+write+free <= 2 x malloc", 2, &again);
	target_at_most("the same with the first fill of the process", 2, &first);
}

static void in_quota(size_t count)
{
	char figure[80];
	snprintf(figure, sizeof figure, "%s", number_text(count));
	verdict(">= 130 000 live 32 B secrets in 8 MiB", count > 0, count >= 130000, figure);
}

static void two_threads(const struct scaling *scaling)
{
	char figure[80];
	snprintf(figure, sizeof figure, "%.2f (%.2f-%.2f); malloc %.2f", scaling->osmemlock.median, scaling->osmemlock.p10,
	         scaling->osmemlock.p90, scaling->baseline.median);
	verdict("two threads >= 1.6 x the throughput of one", scaling->osmemlock.median > 0, scaling->osmemlock.median >= 1.6, figure);
}

static void direct_calls(void)
{
	char target[80];
	for (int i = 0; i < DIRECT_COMPARISONS; i++) {
		snprintf(target, sizeof target, "%s <= 1.02 x the bare calls", direct_comparisons[i].title);
		target_at_most(target, 1.02, &direct_comparisons[i].ratio[2]);
	}
}

/* Every contender from number 2 on is osmemlock with another coding. */
static void codings(const char *target, const struct comparison *comparison)
{
	char figure[80];
	double slowest = 0;
	for (int i = 2; i < comparison->count; i++)
		slowest = comparison->ns[i].median > slowest ? comparison->ns[i].median : slowest;
	double rate = slowest > 0 ? TEXT_SIZE / slowest * 1000 : 0;
	snprintf(figure, sizeof figure, "%.0f MB/s; base64 %.2f x a table's time", rate, comparison->ratio[2].median);
	verdict(target, rate > 0, rate >= 400, figure);
}

static void shared_library(const struct library *library)
{
	char figure[80];
	snprintf(figure, sizeof figure, "%ld bytes", library->stripped_bytes);
	verdict("stripped shared library <= 104 KiB", library->stripped_bytes > 0, library->stripped_bytes <= 104 << 10, figure);
	snprintf(figure, sizeof figure, "%d other", library->foreign_needed);
	verdict("it needs libc only", library->foreign_needed >= 0, library->foreign_needed == 0, figure);
}

void targets_print(const struct findings *findings)
{
	struct spread churn = over_malloc(0, CHURN, CHURN);
	printf("\nTARGETS (median of rounds, p10-p90)\n");
	target_at_most("32 B churn <= 2 x malloc+explicit_bzero+free", 2, &churn);
	target_at_most("  the aim: <= 1.5 x", 1.5, &churn);
	sizes_verdicts();
	many_live();
	flat(&findings->flatness);
	in_quota(findings->quota_count);
	two_threads(&findings->scaling);
	direct_calls();
	target_at_most("1 MiB, written, <= 1.1 x mmap+mlock+madvise+munlock+munmap", 1.1, &megabyte_written.ratio[2]);
	target_at_most("1 MiB, not written, <= 1.1 x the same", 1.1, &megabyte_unwritten.ratio[2]);
	target_at_most("join of two pieces <= 2 x new+write+write", 2, &text_join.ratio[2]);
	codings("encode, the slowest coding, >= 400 MB/s of bytes", &text_encode);
	codings("decode, the slowest coding, >= 400 MB/s of text", &text_decode);
	shared_library(&findings->shared_object);
	fflush(stdout);
}
