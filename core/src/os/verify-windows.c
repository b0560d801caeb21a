/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * QueryWorkingSetEx() tells whether a page is locked (wine never says so), VirtualQuery() tells of the guards. No call tells what is registered
 * with Windows Error Reporting, so NODUMP is never confirmed.
 */
#include "windows.h"

static bool all_locked(const char *addr, size_t size)
{
	for (size_t at = 0; at < size; at += osml__os_page_size())
		if (!osml__windows_says_locked(addr + at))
			return false;
	return true;
}

static bool inaccessible(const char *addr)
{
	MEMORY_BASIC_INFORMATION info;

	return VirtualQuery(addr, &info, sizeof info) && (info.State != MEM_COMMIT || info.Protect & PAGE_NOACCESS);
}

int osml__os_verify(const void *addr, size_t size, uint32_t *bits)
{
	const char *start = addr;

	*bits = 0;
	if (osml__os_readable(addr, size) && !inaccessible(start))
		return 0;
	*bits = OSML_WIPEONFORK | OSML_NOFORK;
	if (all_locked(start, size))
		*bits |= OSML_LOCKED;
	if (inaccessible(start - 1) && inaccessible(start + size))
		*bits |= OSML_GUARDED;
	return 0;
}
