/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* No memory to map: an unknown system. Its page size is a guess that only serves to round ranges, which are then refused. */
#include "../os.h"

size_t osml__os_page_size(void)
{
	return 4096;
}

int osml__os_map(void **addr, size_t size, size_t guard)
{
	(void)addr;
	(void)size;
	(void)guard;
	return OSML_EUNSUPPORTED;
}

int osml__os_unmap(void *addr, size_t size, size_t guard)
{
	(void)addr;
	(void)size;
	(void)guard;
	return OSML_EUNSUPPORTED;
}

int osml__os_protect(void *addr, size_t size, unsigned access)
{
	(void)addr;
	(void)size;
	(void)access;
	return OSML_EUNSUPPORTED;
}

void osml__os_drop(void *addr, size_t size)
{
	(void)addr;
	(void)size;
}

/* Not tried: the lock itself shows whether a range can be read. */
int osml__os_readable(const void *addr, size_t size)
{
	(void)addr;
	(void)size;
	return 0;
}
