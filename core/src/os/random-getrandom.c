/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "../internal.h"

#include <sys/random.h>

int osml__os_random(void *bytes, size_t n)
{
	unsigned char *at = bytes;

	while (n) {
		ssize_t got = getrandom(at, n, 0);
		if (got < 0 && errno != EINTR)
			return -errno;
		if (got > 0) {
			at += got;
			n -= (size_t)got;
		}
	}
	return 0;
}
