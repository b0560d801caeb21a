/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#define _GNU_SOURCE
#include "../internal.h"

#include <sys/mman.h>
#ifdef __linux__
#include <sys/syscall.h>
#endif
#include <unistd.h>

#ifndef MAP_ANONYMOUS
#define MAP_ANONYMOUS MAP_ANON
#endif

size_t osml__os_page_size(void)
{
	static _Atomic size_t size;
	size_t known = atomic_load_explicit(&size, memory_order_relaxed);

	if (!known) {
		known = (size_t)sysconf(_SC_PAGESIZE);
		atomic_store_explicit(&size, known, memory_order_relaxed);
	}
	return known;
}

/* Maps pages so that addr + guard is a multiple of `alignment`. */
static int map_aligned(unsigned char **addr, size_t size, size_t guard, size_t alignment, int prot)
{
	size_t total = size + 2 * guard, slack = alignment - osml__os_page_size(), before;
	unsigned char *p = mmap(NULL, total + slack, prot, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		return -errno;
	before = -(uintptr_t)(p + guard) & (alignment - 1);
	if (before)
		munmap(p, before);
	if (slack > before)
		munmap(p + before + total, slack - before);
	*addr = p + before;
	return 0;
}

/* A hint: locking a huge page costs the kernel about as much as locking a handful of small ones. */
static void prefer_huge_pages(void *addr, size_t size)
{
#ifdef MADV_HUGEPAGE
	madvise(addr, size, MADV_HUGEPAGE);
#else
	(void)addr;
	(void)size;
#endif
}

/*
 * In a process under PR_SET_MEMORY_MERGE (systemd's MemoryKSM=yes) the kernel would merge locked pages with equal ones of other processes. A merged
 * page is not locked any more, and the time that a write takes tells who has the same (audit C14).
 */
static void forbid_merging(void *addr, size_t size)
{
#ifdef MADV_UNMERGEABLE
	madvise(addr, size, MADV_UNMERGEABLE);
#else
	(void)addr;
	(void)size;
#endif
}

/*
 * With guards: everything inaccessible first, then the middle opened. Guards are PROT_NONE rather than MADV_GUARD_INSTALL, because it survives
 * WIPEONFORK, works on every kernel and emulator, and its pages do not count against RLIMIT_MEMLOCK (docs/design.md has the measurement).
 */
int osml__os_map(void **addr, size_t size, size_t guard)
{
	bool huge = size >= OSML__HUGE_PAGE;
	unsigned char *p = NULL;
	int prot = guard ? PROT_NONE : PROT_READ | PROT_WRITE;
	int rc = huge ? map_aligned(&p, size, guard, OSML__HUGE_PAGE, prot) : -ENOMEM;

	if (rc == -ENOMEM) { /* No huge page is wanted, or there is no room to align one: any address will do. */
		huge = false;
		rc = map_aligned(&p, size, guard, osml__os_page_size(), prot);
	}
	if (rc)
		return rc;
	*addr = p + guard;
	if (guard && mprotect(*addr, size, PROT_READ | PROT_WRITE)) {
		rc = -errno;
		munmap(p, size + 2 * guard);
		return rc;
	}
	forbid_merging(*addr, size);
	if (huge)
		prefer_huge_pages(*addr, size);
	return 0;
}

int osml__os_unmap(void *addr, size_t size, size_t guard)
{
	return munmap((unsigned char *)addr - guard, size + 2 * guard) ? -errno : 0;
}

int osml__os_protect(void *addr, size_t size, unsigned access)
{
	int prot = (access & OSML_ACCESS_READ ? PROT_READ : 0) | (access == OSML_ACCESS_READWRITE ? PROT_WRITE : 0);

	return mprotect(addr, size, prot) ? -errno : 0;
}

void osml__os_drop(void *addr, size_t size)
{
#if defined(__linux__)
	madvise(addr, size, MADV_DONTNEED);
#elif defined(MADV_FREE)
	madvise(addr, size, MADV_FREE);
#else
	(void)addr;
	(void)size;
#endif
}

#ifdef __linux__
/* Reads each page: MADV_POPULATE_READ, Linux 5.14. 1: this system has no such call; it says EINVAL then, as for pages without access. */
static int populate(const void *addr, size_t size)
{
	const int populate_read = 22;
	char here;
	void *own_page = &here - ((uintptr_t)&here & (osml__os_page_size() - 1));

	if (osml__os_emulated())
		return 1;
	if (madvise((void *)addr, size, populate_read) == 0)
		return 0;
	if (errno == EINVAL && madvise(own_page, osml__os_page_size(), populate_read))
		return 1;
	return errno == EFAULT || errno == ENOMEM || errno == EINVAL ? -ENOMEM : 1;
}

/* Each page on older systems: by a call that reads a mask of signals first, and then refuses what is to be done with it. */
static bool can_be_read(const unsigned char *addr, size_t size)
{
	const int nothing_known = -1;
	const size_t mask = 8; /* bytes that the kernel reads */

	for (size_t at = 0; at < size; at += osml__os_page_size())
		if (syscall(SYS_rt_sigprocmask, nothing_known, addr + at, NULL, mask) && errno == EFAULT)
			return false;
	return true;
}
#else
static int populate(const void *addr, size_t size)
{
	(void)addr;
	(void)size;
	return 1;
}

static bool can_be_read(const unsigned char *addr, size_t size)
{
	(void)addr;
	(void)size;
	return true;
}
#endif

/* Where pages cannot be read on trial, also below an emulator, msync(2) at least finds the holes. */
int osml__os_readable(const void *addr, size_t size)
{
	int rc = populate(addr, size);

	if (rc > 0)
		rc = !can_be_read(addr, size) || (msync((void *)addr, size, MS_ASYNC) && errno == ENOMEM) ? -ENOMEM : 0;
	return rc;
}
