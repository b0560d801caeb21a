/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "reason.h"

#include "cache.h"

int osml__reason_set(int rc, enum osml__reason reason, unsigned number)
{
	struct osml__cache *c;

	if (rc == 0 && !osml__cache_own())
		return rc;
	if (osml__cache_get(&c))
		return rc;
	c->reason_code = rc;
	c->reason = (unsigned char)reason;
	c->reason_number = number;
	c->forbidden = 0; /* this call is about something else than a lock */
	osml__cache_end_late();
	return rc;
}

enum osml__reason osml__reason_of(int rc, unsigned *number)
{
	const struct osml__cache *c = osml__cache_own();

	if (!c || c->reason_code != rc)
		return OSML__REASON_NONE;
	*number = c->reason_number;
	return (enum osml__reason)c->reason;
}
