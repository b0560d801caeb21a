/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#define _GNU_SOURCE
#include "../internal.h"

#include <sys/mman.h>

#ifndef MADV_WIPEONFORK
#define MADV_WIPEONFORK 18 /* Linux 4.14 */
#endif

int osml__os_wipe_on_fork(void *addr, size_t size)
{
	if (osml__os_emulated())
		return OSML_EUNSUPPORTED;
	return madvise(addr, size, MADV_WIPEONFORK) ? -errno : 0;
}

int osml__os_no_fork(void *addr, size_t size)
{
	if (osml__os_emulated())
		return OSML_EUNSUPPORTED;
	return madvise(addr, size, MADV_DONTFORK) ? -errno : 0;
}
