/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "../os.h"

int osml__os_barrier(void)
{
	return OSML_EUNSUPPORTED;
}
