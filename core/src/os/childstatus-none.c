/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "childstatus.h"

int osml__os_childstatus_open(long process)
{
	(void)process;
	return -1;
}

int osml__os_childstatus(int fd, int *status)
{
	(void)fd;
	(void)status;
	return -1;
}
