/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#define _GNU_SOURCE
#include "../internal.h"

#include <sys/mman.h>

/* qemu-user answers 0 to any advice and does nothing (T23): there dump exclusion is unavailable. */
static int advise(void *addr, size_t size, int advice)
{
	if (osml__os_emulated())
		return OSML_EUNSUPPORTED;
	if (!size)
		return 0;
	return madvise(addr, size, advice) ? -errno : 0;
}

int osml__os_nodump(void *addr, size_t size)
{
	return advise(addr, size, MADV_DONTDUMP);
}

int osml__os_dodump(void *addr, size_t size)
{
	return advise(addr, size, MADV_DODUMP);
}
