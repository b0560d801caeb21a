/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* No memory that the kernel itself cannot read: memfd_secret(2) is Linux's alone. */
#include "../os.h"

int osml__os_map_secret(void **addr, size_t size, size_t guard)
{
	(void)addr;
	(void)size;
	(void)guard;
	return OSML_EUNSUPPORTED;
}
