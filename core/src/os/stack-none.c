/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "../internal.h"

size_t osml__os_stack_left(void)
{
	return 0;
}
