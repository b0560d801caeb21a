/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Locks by libc's mlock(2). A sanitizer may put its own mlock in front, which answers 0 and locks nothing (T22). On Linux
 * the raw system call goes round it; macOS has deprecated syscall(2), so here locks of a sanitized build cannot be trusted.
 */
#include <errno.h>
#include <sys/mman.h>

#include "../os.h"

/* POSIX lets a system refuse an empty range or look at its address; os.h promises that neither happens (S2). */
int osml__os_lock(const void *addr, size_t len)
{
	if (len == 0)
		return 0;
	return mlock(addr, len) == 0 ? 0 : -errno;
}

int osml__os_unlock(const void *addr, size_t len)
{
	if (len == 0)
		return 0;
	return munlock(addr, len) == 0 ? 0 : -errno;
}

int osml__os_any_locked(const void *addr, size_t size)
{
	(void)addr;
	(void)size;
	return 0;
}
