/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The page size. Mapping is absent for now: buffers need VirtualAlloc, and hooks at exit and at the end of threads (thread-windows.c). */
#include <windows.h>

#include "../os.h"

size_t osml__os_page_size(void)
{
	SYSTEM_INFO info;

	GetSystemInfo(&info);
	return info.dwPageSize;
}

int osml__os_map(void **addr, size_t pages, size_t guard)
{
	(void)addr;
	(void)pages;
	(void)guard;
	return OSML_EUNSUPPORTED;
}

int osml__os_unmap(void *addr, size_t pages, size_t guard)
{
	(void)addr;
	(void)pages;
	(void)guard;
	return OSML_EUNSUPPORTED;
}

int osml__os_protect(void *addr, size_t pages, unsigned access)
{
	(void)addr;
	(void)pages;
	(void)access;
	return OSML_EUNSUPPORTED;
}
