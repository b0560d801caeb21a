/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The figures beside the grid, and what the table of targets reads from them. */
#ifndef BENCH_FIGURES_H
#define BENCH_FIGURES_H

#include <stddef.h>

#include "compare.h"
#include "subject.h"

enum { DIRECT_COMPARISONS = 3 };
extern struct comparison direct_comparisons[DIRECT_COMPARISONS];
extern struct comparison megabyte_written, megabyte_unwritten; /* contender 2 is osmemlock */
enum { TEXT_SIZE = 48000 };                                    /* bytes of what is encoded, and of the text that is decoded */
extern struct comparison text_join, text_encode, text_decode;
extern struct comparison wipe_large, wipe_small;

/* quota.c: live secrets of 32 bytes with RLIMIT_MEMLOCK at 8 MiB and without CAP_IPC_LOCK. */
enum { QUOTA_BYTES = 8 << 20 };
/* How many are really locked, printed and returned; 0 when it could not be measured. */
size_t quota_measure(const struct subject *subject);

/* scaling.c: the throughput of two threads over that of one, 32 B churn, measured in turn. */
struct scaling {
	struct spread osmemlock, baseline;
};
struct scaling scaling_measure(void);

/* flat.c: the cost of a 32 B secret among many over its cost among 100, measured in turn. */
enum { FLAT_COUNTS = 4 };
struct flatness {
	struct spread osmemlock[FLAT_COUNTS], baseline[FLAT_COUNTS]; /* for 100, 10 000, 100 000, 1 000 000 */
};
struct flatness flatness_measure(void);

/* library.c: the shared library that this program runs with. */
struct library {
	long stripped_bytes; /* 0: not measured */
	int foreign_needed;  /* libraries it needs besides libc; -1: not measured */
};
struct library library_measure(void);

struct findings {
	size_t quota_count;
	struct scaling scaling;
	struct flatness flatness;
	struct library shared_object;
};
/* sizes.c: churns at sizes up to 64 KiB. */
void sizes_measure(void);
void sizes_verdicts(void);

void target_at_most(const char *target, double limit, const struct spread *ratio);
void targets_print(const struct findings *findings);

#endif
