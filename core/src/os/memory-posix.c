/* SPDX-License-Identifier: MIT OR Apache-2.0 */
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

/*
 * With guards: everything inaccessible first, then the middle opened. PROT_NONE rather than MADV_GUARD_INSTALL, because it survives WIPEONFORK, works
 * on every kernel and emulator, and its pages do not count against RLIMIT_MEMLOCK (docs/design.md has the measurement).
 */
int osml__os_map(void **addr, size_t pages, size_t guard)
{
	int access = guard ? PROT_NONE : PROT_READ | PROT_WRITE;
	unsigned char *p = mmap(NULL, pages + 2 * guard, access, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		return -errno;
	if (guard && mprotect(p + guard, pages, PROT_READ | PROT_WRITE)) {
		int rc = -errno;
		munmap(p, pages + 2 * guard);
		return rc;
	}
	*addr = p + guard;
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
