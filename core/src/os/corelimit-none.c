/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* No limit on core dumps. */
#include "../os.h"

int osml__os_core_limit(uint64_t *soft, uint64_t *hard)
{
	(void)soft;
	(void)hard;
	return OSML_EUNSUPPORTED;
}

int osml__os_set_core_limit(uint64_t soft)
{
	(void)soft;
	return OSML_EUNSUPPORTED;
}
