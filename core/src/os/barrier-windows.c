/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "windows.h"

int osml__os_barrier(void)
{
	FlushProcessWriteBuffers();
	return 0;
}
