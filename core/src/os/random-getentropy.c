/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Random bytes by getentropy(3) of the BSDs and macOS. It is all or nothing, and refuses more than 256 bytes a call. */
#include <errno.h>
#include <unistd.h> /* the BSDs declare it here */
#if __has_include(<sys/random.h>)
#include <sys/random.h> /* and macOS here */
#endif

#include "../os.h"

#define MOST 256

int osml__os_random(void *bytes, size_t n)
{
	unsigned char *next = bytes;

	while (n > 0) {
		size_t piece = n < MOST ? n : MOST;

		if (getentropy(next, piece) != 0)
			return -errno;
		next += piece;
		n -= piece;
	}
	return 0;
}

uint64_t osml__os_process_seed(void)
{
	uint64_t seed = (uintptr_t)&seed;

	return seed * 0x9E3779B97F4A7C15u;
}
