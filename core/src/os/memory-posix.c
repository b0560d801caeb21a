/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#define _GNU_SOURCE
#include "../internal.h"

#include <sys/mman.h>
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
static int map_aligned(unsigned char **addr, size_t pages, size_t guard, size_t alignment, int prot)
{
	size_t total = pages + 2 * guard, slack = alignment - osml__os_page_size(), before;
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
static void prefer_huge_pages(void *addr, size_t pages)
{
#ifdef MADV_HUGEPAGE
	madvise(addr, pages, MADV_HUGEPAGE);
#else
	(void)addr;
	(void)pages;
#endif
}

/*
 * With guards: everything inaccessible first, then the middle opened. Guards are PROT_NONE rather than MADV_GUARD_INSTALL, because it survives
 * WIPEONFORK, works on every kernel and emulator, and its pages do not count against RLIMIT_MEMLOCK (docs/design.md has the measurement).
 */
int osml__os_map(void **addr, size_t pages, size_t guard)
{
	bool huge = pages >= OSML__HUGE_PAGE;
	unsigned char *p = NULL;
	int rc = map_aligned(&p, pages, guard, huge ? OSML__HUGE_PAGE : osml__os_page_size(), guard ? PROT_NONE : PROT_READ | PROT_WRITE);

	if (rc)
		return rc;
	*addr = p + guard;
	if (guard && mprotect(*addr, pages, PROT_READ | PROT_WRITE)) {
		rc = -errno;
		munmap(p, pages + 2 * guard);
		return rc;
	}
	if (huge)
		prefer_huge_pages(*addr, pages);
	return 0;
}

int osml__os_unmap(void *addr, size_t pages, size_t guard)
{
	return munmap((unsigned char *)addr - guard, pages + 2 * guard) ? -errno : 0;
}

int osml__os_protect(void *addr, size_t pages, unsigned access)
{
	int prot = (access & OSML_ACCESS_READ ? PROT_READ : 0) | (access == OSML_ACCESS_READWRITE ? PROT_WRITE : 0);

	return mprotect(addr, pages, prot) ? -errno : 0;
}
