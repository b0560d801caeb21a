/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "../internal.h"

#include <windows.h>

size_t osml__os_stack_left(void)
{
	ULONG_PTR low, high, here = (ULONG_PTR)&low;

	GetCurrentThreadStackLimits(&low, &high);
	return here > low && here < high ? here - low : 0;
}
