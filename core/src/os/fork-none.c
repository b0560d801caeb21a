/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Nothing to say about fork(): Windows has none, and an unknown system was not asked. */
#include "../os.h"

int osml__os_wipe_on_fork(void *addr, size_t pages)
{
	(void)addr;
	(void)pages;
	return OSML_EUNSUPPORTED;
}

int osml__os_no_fork(void *addr, size_t pages)
{
	(void)addr;
	(void)pages;
	return OSML_EUNSUPPORTED;
}
