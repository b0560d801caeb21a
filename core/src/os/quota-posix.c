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

const char *osml__os_limit_advice(void)
{
	return "To raise it: `ulimit -l unlimited` in the shell, or the memorylocked limit in login.conf(5).";
}
