/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Pages by VirtualAlloc(). Guards are reserved and never committed, so they cost addresses and no memory. */
#include "windows.h"

size_t osml__os_page_size(void)
{
	static _Atomic size_t size;
	size_t known = atomic_load_explicit(&size, memory_order_relaxed);

	if (!known) {
		SYSTEM_INFO info;
		GetSystemInfo(&info);
		known = info.dwPageSize;
		atomic_store_explicit(&size, known, memory_order_relaxed);
	}
	return known;
}

/* The program may have released memory at these addresses without unlocking it first; then the table still has them. */
int osml__os_map(void **addr, size_t size, size_t guard)
{
	char *p = VirtualAlloc(NULL, size + 2 * guard, MEM_RESERVE, PAGE_NOACCESS);
	int rc;

	if (!p)
		return osml__windows_error();
	*addr = VirtualAlloc(p + guard, size, MEM_COMMIT, PAGE_READWRITE);
	if (*addr) {
		osml__locked_forget(*addr, size);
		return 0;
	}
	rc = osml__windows_error();
	VirtualFree(p, 0, MEM_RELEASE);
	return rc;
}

/* Releasing pages unlocks them. */
int osml__os_unmap(void *addr, size_t size, size_t guard)
{
	osml__locked_forget(addr, size);
	osml__nodump_forget(addr, size);
	return VirtualFree((char *)addr - guard, 0, MEM_RELEASE) ? 0 : osml__windows_error();
}

/* "The page protection of a locked page was changed to 'No Access' and the page was unlocked", says ERROR_WAS_UNLOCKED: so that is refused. */
int osml__os_protect(void *addr, size_t size, unsigned access)
{
	DWORD before, now = access == OSML_ACCESS_READWRITE ? PAGE_READWRITE : access & OSML_ACCESS_READ ? PAGE_READONLY : PAGE_NOACCESS;

	if (now == PAGE_NOACCESS && osml__os_any_locked(addr, size))
		return OSML_EUNSUPPORTED;
	return VirtualProtect(addr, size, now, &before) ? 0 : osml__windows_error();
}

/* Nothing takes pages back and keeps them zero in one step, and a step that fails in between would leave a hole. */
void osml__os_drop(void *addr, size_t size)
{
	(void)addr;
	(void)size;
}

int osml__os_readable(const void *addr, size_t size)
{
	const DWORD no_read = PAGE_NOACCESS | PAGE_GUARD | PAGE_EXECUTE;
	const char *at = addr, *end = at + size;
	MEMORY_BASIC_INFORMATION info;

	while (at < end) {
		if (!VirtualQuery(at, &info, sizeof info) || info.State != MEM_COMMIT || info.Protect & no_read)
			return -ENOMEM;
		at = (const char *)info.BaseAddress + info.RegionSize;
	}
	return 0;
}
