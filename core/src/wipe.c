/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "internal.h"

/*
 * memset(), and then an empty assembly statement that is declared to read the memory, as in glibc's explicit_bzero(): the stores cannot be
 * dropped as dead, which gcc 12 does to a plain memset() before free().
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

int osml_wipe(void *addr, size_t len)
{
	if (len && (!addr || !osml__range_ok(addr, len)))
		return OSML_EINVAL;
	if (len)
		osml__wipe(addr, len);
	return 0;
}
