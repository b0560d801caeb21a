/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "statistics.h"

enum { MOST_VALUES = 1024 };

static double read_clock(clockid_t clock)
{
	struct timespec t;
	clock_gettime(clock, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

double now_ns(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

double cpu_ns(void)
{
	return read_clock(CLOCK_PROCESS_CPUTIME_ID);
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a;
	double y = *(const double *)b;
	return (x > y) - (x < y);
}

/* Between two neighbours the value is interpolated, so that few rounds do not make p10 the minimum by accident of rounding. */
static double percentile(const double *sorted, int n, double fraction)
{
	double place = fraction * (n - 1);
	int below = (int)place;
	if (below + 1 >= n)
		return sorted[n - 1];
	return sorted[below] + (place - below) * (sorted[below + 1] - sorted[below]);
}

struct spread spread_of(const double *values, int n)
{
	double sorted[MOST_VALUES];
	if (n > MOST_VALUES)
		n = MOST_VALUES;
	if (n <= 0)
		return (struct spread){ 0, 0, 0 };
	memcpy(sorted, values, (size_t)n * sizeof *sorted);
	qsort(sorted, (size_t)n, sizeof *sorted, by_value);
	return (struct spread){ percentile(sorted, n, 0.5), percentile(sorted, n, 0.1), percentile(sorted, n, 0.9) };
}

struct spread spread_of_ratios(const double *values, const double *baseline, int n)
{
	double ratios[MOST_VALUES];
	if (n > MOST_VALUES)
		n = MOST_VALUES;
	for (int i = 0; i < n; i++) {
		if (baseline[i] <= 0)
			return (struct spread){ 0, 0, 0 };
		ratios[i] = values[i] / baseline[i];
	}
	return spread_of(ratios, n);
}
