/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* No figure for the lock quota: an unknown system. */
#include "../os.h"

int osml__os_lock_quota(struct osml__quota *quota)
{
	(void)quota;
	return OSML_EUNSUPPORTED;
}

int osml__os_lock_limit(uint64_t *bytes)
{
	*bytes = OSML_UNLIMITED;
	return OSML_EUNSUPPORTED;
}

int osml__os_raise_lock_limit(size_t bytes)
{
	(void)bytes;
	return OSML_EUNSUPPORTED;
}

const char *osml__os_limit_advice(void)
{
	return "Lock less memory.";
}

const char *osml__os_forbidden_advice(void)
{
	return "Make the buffer unlocked, with the policy \"best effort\".";
}
