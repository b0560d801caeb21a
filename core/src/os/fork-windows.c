/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* There is no fork(): a new process inherits handles and nothing of the memory, which is more than either protection asks for. */
#include "../os.h"

int osml__os_wipe_on_fork(void *addr, size_t size)
{
	(void)addr;
	(void)size;
	return 0;
}

int osml__os_no_fork(void *addr, size_t size)
{
	(void)addr;
	(void)size;
	return 0;
}
