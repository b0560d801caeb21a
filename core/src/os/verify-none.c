/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* No way to ask what holds for a page: only Linux shows locks and advice to the process itself, in /proc/self/smaps. */
#include "../os.h"

int osml__os_verify(const void *addr, size_t size, uint32_t *bits)
{
	(void)addr;
	(void)size;
	(void)bits;
	return OSML_EUNSUPPORTED;
}
