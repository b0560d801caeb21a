/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "cache.h"

/* For osml_explain(), of this thread alone; where there is no memory for a cache it is not remembered. */
static void remember(size_t refused, size_t forbidden)
{
	struct osml__cache *c;

	if (osml__cache_get(&c))
		return;
	c->refused = refused;
	c->forbidden = forbidden;
	osml__cache_end_late();
}

/*
 * Over the quota Linux says ENOMEM for mlock, EAGAIN where a mapping is locked from the start, and EPERM when the limit is 0: but a seccomp filter
 * says EPERM too. Pages of our own have no holes, so ENOMEM has one other reason while a limit binds this process, that there are too many
 * mappings; how much is in use by now, after other threads have locked and unlocked, would prove nothing. osml_explain() tells both.
 */
int osml__limit_verdict(int rc, size_t need)
{
	uint64_t limit;

	if (!osml__was_refused(rc)) {
		if (osml__cache_own()) /* A lock was granted since, or not asked for. */
			osml__cache->forbidden = 0;
		return rc;
	}
	rc -= OSML__REFUSED(0);
	if (osml__os_lock_limit(&limit) || limit == OSML_UNLIMITED || (rc == -EPERM && limit != 0)) {
		remember(0, need);
		return rc;
	}
	remember(need, 0);
	return OSML_ELIMIT;
}

size_t osml__limit_need(void)
{
	return osml__cache_own() ? osml__cache->refused : 0;
}

size_t osml__limit_forbidden(void)
{
	return osml__cache_own() ? osml__cache->forbidden : 0;
}
