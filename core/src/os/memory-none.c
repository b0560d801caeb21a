/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* No memory to map: an unknown system. Its page size is a guess that only rounds ranges, which then go nowhere. */
#include "../os.h"

size_t osml__os_page_size(void)
{
	return 4096;
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
