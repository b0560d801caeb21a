/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* No control over fork(): Windows has no fork, and nothing is known of an unknown system. */
#include "../os.h"

int osml__os_wipe_on_fork(void *addr, size_t size)
{
	(void)addr;
	(void)size;
	return OSML_EUNSUPPORTED;
}

int osml__os_no_fork(void *addr, size_t size)
{
	(void)addr;
	(void)size;
	return OSML_EUNSUPPORTED;
}
