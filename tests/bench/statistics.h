/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Rounds are noisy (a shared machine easily gives +-40 %), so every figure is a median with the 10th and 90th percentile beside it, and
 * every ratio is taken round by round between measurements that stand side by side in time.
 */
#ifndef BENCH_STATISTICS_H
#define BENCH_STATISTICS_H

struct spread {
	double median, p10, p90; /* all 0 when nothing was measured */
};

double now_ns(void); /* CLOCK_MONOTONIC */
double cpu_ns(void); /* of this process alone, whatever else the machine does; takes a fraction of a microsecond itself */
struct spread spread_of(const double *values, int n);
struct spread spread_of_ratios(const double *values, const double *baseline, int n);

#endif
