/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#ifndef BENCH_PLOT_H
#define BENCH_PLOT_H

/* Measures and prints the series of docs/performance.md, in minutes. */
void plot(void);

#endif
