/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Locks by VirtualLock. Like mlock(2) it takes any address, works on whole pages and does not count: one VirtualUnlock undoes all
 * locks of a page. Unlocking a page that is not locked is ERROR_NOT_LOCKED and drops it from the working set (S10 of peers.md).
 * The working set is not grown here: the quota is the caller's to raise (S13).
 */
#include <windows.h>

#include "../os.h"

/* VirtualLock refuses an empty range; the seam promises 0 (S2). */
int osml__os_lock(const void *addr, size_t len)
{
	if (len == 0)
		return 0;
	return VirtualLock((void *)addr, len) ? 0 : -(int)GetLastError();
}

int osml__os_unlock(const void *addr, size_t len)
{
	if (len == 0)
		return 0;
	return VirtualUnlock((void *)addr, len) ? 0 : -(int)GetLastError();
}
