/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "internal.h"

int osml_mlock(const void *addr, size_t len)
{
	if (len && !osml__range_ok(addr, len))
		return OSML_EINVAL;
	return osml__os_lock(addr, len);
}

/* EDQUOT is Windows' alone, where a process may raise its own quota. */
int osml__lock_pages(void *addr, size_t size)
{
	int rc = osml__os_lock(addr, size);

	if (rc == -EDQUOT && osml__os_raise_lock_limit(size) == 0)
		rc = osml__os_lock(addr, size);
	return rc == -ENOMEM || rc == -EPERM || rc == -EDQUOT ? OSML__REFUSED(rc) : rc;
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
