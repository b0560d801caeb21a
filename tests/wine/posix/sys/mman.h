/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* As much of mmap(2) as the core's tests use. What is unmapped is a hole; its addresses are not used again. */
#ifndef WINE_SYS_MMAN_H
#define WINE_SYS_MMAN_H

#include <windows.h>

#define PROT_NONE     0
#define PROT_READ     1
#define PROT_WRITE    2
#define MAP_SHARED    1
#define MAP_PRIVATE   2
#define MAP_FIXED     0x10
#define MAP_ANONYMOUS 0x20
#define MAP_FAILED    ((void *)-1)
#define MADV_DODUMP   17

static inline DWORD mman_protection(int prot)
{
	return prot & PROT_WRITE ? PAGE_READWRITE : prot & PROT_READ ? PAGE_READONLY : PAGE_NOACCESS;
}

static inline void *mmap(void *addr, size_t len, int prot, int flags, int fd, long long offset)
{
	DWORD how = flags & MAP_FIXED ? MEM_COMMIT : MEM_RESERVE | MEM_COMMIT; /* only into a hole */
	void *got = VirtualAlloc(flags & MAP_FIXED ? addr : NULL, len, how, mman_protection(prot));

	(void)fd;
	(void)offset;
	return got ? got : MAP_FAILED;
}

static inline int munmap(void *addr, size_t len)
{
	return VirtualFree(addr, len, MEM_DECOMMIT) ? 0 : -1;
}

static inline int mprotect(void *addr, size_t len, int prot)
{
	DWORD before;

	return VirtualProtect(addr, len, mman_protection(prot), &before) ? 0 : -1;
}

static inline int mlock(const void *addr, size_t len)
{
	return VirtualLock((void *)addr, len) ? 0 : -1;
}

static inline int munlock(const void *addr, size_t len)
{
	return VirtualUnlock((void *)addr, len) ? 0 : -1;
}

static inline int madvise(void *addr, size_t len, int advice)
{
	(void)addr;
	(void)len;
	(void)advice;
	return -1;
}

#endif
