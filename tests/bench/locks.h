/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What is really locked, asked of the kernel and never of the subject. */
#ifndef BENCH_LOCKS_H
#define BENCH_LOCKS_H

#include <stddef.h>

#include "subject.h"

/* How many of the `n` held secrets lie in locked memory whole, by /proc/self/smaps. */
size_t locks_count(const struct subject *subject, void **held, size_t n, size_t size);

long locks_vmlck_kib(void); /* VmLck of /proc/self/status, or -1 */

#endif
