/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The two bare calls, in a loop of their own, so that no interpreter and no ctypes is in the figure. */
#include <stddef.h>
#include <sys/mman.h>
#include <time.h>

/* Seconds for `loops` pairs of mlock(2) and munlock(2), or -1. */
double bare_locks(const void *memory, size_t length, long loops)
{
	struct timespec before, after;
	int failed = 0;
	clock_gettime(CLOCK_MONOTONIC, &before);
	for (long i = 0; i < loops; i++) {
		failed |= mlock(memory, length);
		failed |= munlock(memory, length);
	}
	clock_gettime(CLOCK_MONOTONIC, &after);
	if (failed)
		return -1;
	return (double)(after.tv_sec - before.tv_sec) + (double)(after.tv_nsec - before.tv_nsec) * 1e-9;
}
