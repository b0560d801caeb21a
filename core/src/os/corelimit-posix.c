/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Where a long has 32 bits, else: a hard limit of 4 GiB and more would become none, which is EPERM. */
#define _FILE_OFFSET_BITS 64
#include "../internal.h"

#include <sys/resource.h>

static uint64_t from_rlim(rlim_t limit)
{
	return limit == RLIM_INFINITY ? OSML_UNLIMITED : limit;
}

int osml__os_core_limit(uint64_t *soft, uint64_t *hard)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_CORE, &limit))
		return -errno;
	*soft = from_rlim(limit.rlim_cur);
	*hard = from_rlim(limit.rlim_max);
	return 0;
}

int osml__os_set_core_limit(uint64_t soft)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_CORE, &limit))
		return -errno;
	limit.rlim_cur = soft == OSML_UNLIMITED ? RLIM_INFINITY : (rlim_t)soft;
	return setrlimit(RLIMIT_CORE, &limit) ? -errno : 0;
}
