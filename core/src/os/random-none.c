/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* No random bytes: rather none than weak ones. Windows has a source, but only buffers need one, and it has no buffers yet. */
#include "../os.h"

int osml__os_random(void *bytes, size_t n)
{
	(void)bytes;
	(void)n;
	return OSML_EUNSUPPORTED;
}

uint64_t osml__os_process_seed(void)
{
	uint64_t seed = (uintptr_t)&seed;

	return seed * 0x9E3779B97F4A7C15u;
}
