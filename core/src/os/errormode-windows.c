/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The error mode by SetErrorMode, which replaces the old mode, returns it and cannot fail (S23 and S24). */
#include <windows.h>

#include "../os.h"

int osml__os_error_mode(uint32_t *previous, uint32_t mode)
{
	*previous = SetErrorMode(mode);
	return 0;
}
