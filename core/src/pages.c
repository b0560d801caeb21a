/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "internal.h"

/* Linux answers 0 to mlock(p, SIZE_MAX) and locks nothing (S9, T1), so the check cannot be left to the system. */
bool osml__range_fits(const void *addr, size_t len)
{
	uintptr_t last_page = UINTPTR_MAX - (osml__os_page_size() - 1);
	return (uintptr_t)addr <= last_page && len <= last_page - (uintptr_t)addr;
}

void osml__range_outward(void **start, size_t *pages, const void *addr, size_t len)
{
	size_t offset = (uintptr_t)addr & (osml__os_page_size() - 1);
	*start = (void *)((uintptr_t)addr - offset);
	*pages = len ? osml__page_round(offset + len) : 0;
}

/* What is too much wraps around, to less than a page. */
size_t osml__page_round(size_t len)
{
	size_t mask = osml__os_page_size() - 1;
	return (len + mask) & ~mask;
}
