/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Locks by VirtualLock(). Like mlock(2) it takes any address, works on whole pages and does not count: one VirtualUnlock() undoes all locks of a
 * page (S10, S11). Nothing is unlocked that is not locked (lockedpages-windows.c).
 */
#include "windows.h"

#include <psapi.h>

bool osml__windows_says_locked(const void *page)
{
	PSAPI_WORKING_SET_EX_INFORMATION info = { .VirtualAddress = (void *)page };

	return K32QueryWorkingSetEx(GetCurrentProcess(), &info, sizeof info) && info.VirtualAttributes.Valid &&
	       info.VirtualAttributes.Locked;
}

/* VirtualLock() refuses an empty range, for which os.h promises 0 (S2). */
int osml__os_lock(const void *addr, size_t len)
{
	void *start;
	size_t size;
	int rc;

	if (len == 0)
		return 0;
	osml__range_outward(&start, &size, addr, len);
	AcquireSRWLockExclusive(&osml__locked_mutex);
	rc = osml__locked_reserve(start, size);
	if (rc == 0 && !VirtualLock((void *)addr, len))
		rc = osml__windows_error();
	if (rc == 0)
		osml__locked_set(start, size, true);
	ReleaseSRWLockExclusive(&osml__locked_mutex);
	return rc;
}

/* By this library, or by other code, of which only the system knows. */
static bool all_locked(const char *start, size_t size)
{
	for (size_t at = 0; at < size; at += osml__os_page_size())
		if (!osml__locked_page(start + at) && !osml__windows_says_locked(start + at))
			return false;
	return true;
}

static int unlock(void *start, size_t size)
{
	int rc;

	if (!all_locked(start, size))
		return -ERROR_NOT_LOCKED;
	rc = VirtualUnlock(start, size) ? 0 : osml__windows_error();
	if (rc == 0 || rc == -ERROR_NOT_LOCKED) /* whoever has the memory now did not lock it */
		osml__locked_set(start, size, false);
	return rc;
}

int osml__os_unlock(const void *addr, size_t len)
{
	void *start;
	size_t size;
	int rc;

	if (len == 0)
		return 0;
	osml__range_outward(&start, &size, addr, len);
	AcquireSRWLockExclusive(&osml__locked_mutex);
	rc = unlock(start, size);
	ReleaseSRWLockExclusive(&osml__locked_mutex);
	return rc;
}

int osml__os_any_locked(const void *addr, size_t size)
{
	bool any;

	AcquireSRWLockExclusive(&osml__locked_mutex);
	any = osml__locked_any(addr, size);
	ReleaseSRWLockExclusive(&osml__locked_mutex);
	for (size_t at = 0; !any && at < size; at += osml__os_page_size())
		any = osml__windows_says_locked((const char *)addr + at);
	return any;
}
