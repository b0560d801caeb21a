/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "../internal.h"

#include <sys/types.h>

#include <sys/resource.h>

int osml__os_lock_quota(struct osml__quota *quota)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_MEMLOCK, &limit))
		return -errno;
	*quota = (struct osml__quota){
		.soft = limit.rlim_cur == RLIM_INFINITY ? OSML_UNLIMITED : (uint64_t)limit.rlim_cur,
		.hard = limit.rlim_max == RLIM_INFINITY ? OSML_UNLIMITED : (uint64_t)limit.rlim_max,
		.used = OSML_UNLIMITED,
	};
	return 0;
}

int osml__os_lock_limit(uint64_t *bytes)
{
	struct osml__quota quota;
	int rc = osml__os_lock_quota(&quota);

	*bytes = rc ? OSML_UNLIMITED : quota.soft;
	return rc;
}

/* The limit is for an administrator to raise. */
int osml__os_raise_lock_limit(size_t bytes)
{
	(void)bytes;
	return OSML_EUNSUPPORTED;
}

const char *osml__os_limit_advice(void)
{
	return "To raise it: `ulimit -l unlimited` in the shell, or the memorylocked limit in login.conf(5).";
}

const char *osml__os_forbidden_advice(void)
{
	return "The system's policy refuses mlock() (on FreeBSD: security.bsd.unprivileged_mlock). Change it, or make the buffer unlocked, "
	       "with the "
	       "policy \"best effort\".";
}
