/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The raw system calls: ASan, TSan and MSan replace libc's mlock() by a no-op that returns 0 (item T22). */
#define _GNU_SOURCE
#include "../internal.h"

#include <sys/syscall.h>
#include <unistd.h>

int osml__os_lock(const void *addr, size_t len)
{
	if (!len)
		return 0; /* The kernel would lock a whole page when `addr` is not aligned. */
	return syscall(SYS_mlock, addr, len) ? -errno : 0;
}

int osml__os_unlock(const void *addr, size_t len)
{
	if (!len)
		return 0;
	return syscall(SYS_munlock, addr, len) ? -errno : 0;
}
