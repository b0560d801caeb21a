/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#define _GNU_SOURCE
#include "../internal.h"

#include <sys/mman.h>

/* qemu-user answers 0 to any advice and does nothing (item T23): then the truth is that it cannot be had. */
static int advise(void *addr, size_t pages, int advice)
{
	if (osml__os_emulated())
		return OSML_EUNSUPPORTED;
	if (!pages)
		return 0;
	return madvise(addr, pages, advice) ? -errno : 0;
}

int osml__os_nodump(void *addr, size_t pages)
{
	return advise(addr, pages, MADV_DONTDUMP);
}

int osml__os_dodump(void *addr, size_t pages)
{
	return advise(addr, pages, MADV_DODUMP);
}
