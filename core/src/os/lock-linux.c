/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The raw system calls: ASan, TSan and MSan replace libc's mlock() by a no-op that returns 0 (T22). */
#define _GNU_SOURCE
#include "../internal.h"

#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The instruction in place of syscall(3): one return less, 3 % of a munlock() of a page that is not locked (tests/bench/direct.c). */
#if defined(__x86_64__) && defined(__LP64__) && defined(__GNUC__)
static int call(long number, const void *addr, size_t len)
{
	long rc;

	__asm__ __volatile__("syscall" : "=a"(rc) : "0"(number), "D"(addr), "S"(len) : "rcx", "r11", "memory");
	return (int)rc;
}
#else
static int call(long number, const void *addr, size_t len)
{
	return syscall(number, addr, len) ? -errno : 0;
}
#endif

/* A kernel or sandbox without mlock(2) cannot lock at all. */
static int or_unsupported(int rc)
{
	return rc == -ENOSYS ? OSML_EUNSUPPORTED : rc;
}

int osml__os_lock(const void *addr, size_t len)
{
	return len ? or_unsupported(call(SYS_mlock, addr, len))
	           : 0; /* For 0 the kernel would lock a whole page when `addr` is not aligned. */
}

int osml__os_unlock(const void *addr, size_t len)
{
	return len ? or_unsupported(call(SYS_munlock, addr, len)) : 0;
}

/* msync(2) refuses to invalidate what is locked. Without another flag it does nothing else; libc's would be a cancellation point. */
int osml__os_any_locked(const void *addr, size_t size)
{
	return syscall(SYS_msync, addr, size, MS_INVALIDATE) == -1 && errno == EBUSY;
}
