/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Looks at this process as an attacker with its /proc files would. Linux only: elsewhere every function fails with -ENOENT. */
#ifndef EXAMPLE_LOOK_H
#define EXAMPLE_LOOK_H

#include <osmemlock.h>

/* The last bytes of a secret, as two buffers that hold it only together: their XOR. What we search with must not be found itself. */
struct look_pattern {
	osml_buffer *pad, *masked;
};

/* Both must be released with look_pattern_free(), also after a failure. */
int look_pattern_new(struct look_pattern *pattern, const osml_buffer *secret);
void look_pattern_free(struct look_pattern *pattern);

/* `*copies` := how often the pattern lies in this process, the stack, the heap and all libraries included. */
int look_count(size_t *copies, const struct look_pattern *pattern);

/* `*has` := 1 when the kernel reports `flag`, such as "lo", for the page at `address` (VmFlags in /proc/self/smaps, proc(5)). */
int look_flag(int *has, const void *address, const char *flag);

#endif
