/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "internal.h"

static _Thread_local size_t last_need;

/*
 * Over the quota Linux says ENOMEM for mlock, EAGAIN for memfd_secret, and EPERM for both when the limit is 0; but ENOMEM is also a hole in
 * the range. Only the arithmetic tells which, and a privileged process has no quota.
 */
int osml__limit_reason(int rc, size_t need)
{
	struct osml__quota quota;

	if (rc != -ENOMEM && rc != -EAGAIN && rc != -EPERM)
		return rc;
	if (osml__os_lock_quota(&quota) || quota.exempt || quota.soft == OSML_UNLIMITED)
		return rc;
	if (quota.used == OSML_UNLIMITED)
		quota.used = 0;
	if (quota.used <= quota.soft && need <= quota.soft - quota.used)
		return rc;
	last_need = need;
	return OSML_ELIMIT;
}

size_t osml__limit_need(void)
{
	return last_need;
}
