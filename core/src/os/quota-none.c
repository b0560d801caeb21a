/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* No figure for the lock quota: Windows derives it from the minimum working set, less an overhead that it does not tell. */
#include "../os.h"

int osml__os_lock_quota(struct osml__quota *quota)
{
	(void)quota;
	return OSML_EUNSUPPORTED;
}

const char *osml__os_limit_advice(void)
{
	return "Lock less memory, or have the program raise its quota (on Windows: SetProcessWorkingSetSize).";
}
