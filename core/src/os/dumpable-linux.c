/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "../internal.h"

#include <sys/prctl.h>

int osml__os_dumpable(int *dumpable)
{
	int rc = prctl(PR_GET_DUMPABLE, 0, 0, 0, 0);

	*dumpable = rc;
	return rc < 0 ? -errno : 0;
}

int osml__os_set_dumpable(int dumpable)
{
	return prctl(PR_SET_DUMPABLE, dumpable, 0, 0, 0) ? -errno : 0;
}
