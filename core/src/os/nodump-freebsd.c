/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Dump exclusion by MADV_NOCORE, which FreeBSD's madvise(2) undoes with MADV_CORE. */
#include <errno.h>
#include <sys/mman.h>

#include "../os.h"

static int advise(void *addr, size_t size, int advice)
{
	if (size == 0)
		return 0;
	return madvise(addr, size, advice) == 0 ? 0 : -errno;
}

int osml__os_nodump(void *addr, size_t size)
{
	return advise(addr, size, MADV_NOCORE);
}

int osml__os_dodump(void *addr, size_t size)
{
	return advise(addr, size, MADV_CORE);
}
