/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* RtlGenRandom(), which every Windows exports under another name. It asks the same generator as BCryptGenRandom(), and needs no further library. */
#include "windows.h"

BOOLEAN NTAPI SystemFunction036(void *bytes, ULONG n);

int osml__os_random(void *bytes, size_t n)
{
	const ULONG most = 1u << 30;
	unsigned char *at = bytes;

	while (n) {
		ULONG some = n < most ? (ULONG)n : most;
		if (!SystemFunction036(at, some))
			return -ERROR_GEN_FAILURE;
		at += some;
		n -= some;
	}
	return 0;
}

uint64_t osml__os_process_seed(void)
{
	LARGE_INTEGER ticks;
	uint64_t seed = (uintptr_t)&ticks;

	QueryPerformanceCounter(&ticks);
	return (seed ^ (uint64_t)ticks.QuadPart ^ (uint64_t)GetCurrentProcessId() << 32) * 0x9E3779B97F4A7C15u;
}
