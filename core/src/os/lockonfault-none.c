/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "../os.h"

int osml__os_lock_on_fault(const void *addr, size_t size)
{
	(void)addr;
	(void)size;
	return OSML_EUNSUPPORTED;
}
