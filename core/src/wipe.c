/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "internal.h"

/*
 * memset(), and then an empty assembly statement that claims to read the memory: the stores cannot be dropped as dead (gcc 12 does drop a
 * plain memset before free(): systems.md 0.10 in the research; the same trick is glibc's explicit_bzero()). Faster than explicit_bzero()
 * for small slots, because it can be inlined where the size is known.
 */
void osml__wipe(void *bytes, size_t n)
{
#if defined(__GNUC__)
	memset(bytes, 0, n);
	__asm__ __volatile__("" : : "r"(bytes) : "memory");
#else
	volatile unsigned char *p = bytes;
	while (n--)
		*p++ = 0;
#endif
}
