/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "internal.h"

int osml_mlock(const void *addr, size_t len)
{
	int rc;

	if (len && !osml__range_ok(addr, len))
		return OSML_EINVAL;
	rc = osml__os_lock(addr, len);
	osml__limit_verdict(rc == -EPERM ? OSML__REFUSED(rc) : rc, len); /* only for osml_explain(): the caller gets the system's code */
	return rc;
}

int osml_munlock(const void *addr, size_t len)
{
	if (len && !osml__range_ok(addr, len))
		return OSML_EINVAL;
	return osml__os_unlock(addr, len);
}

int osml_madvise_dontdump(void *addr, size_t len)
{
	void *start;
	size_t size;

	if (len && !osml__range_ok(addr, len))
		return OSML_EINVAL;
	osml__range_outward(&start, &size, addr, len);
	return osml__os_nodump(start, size);
}
