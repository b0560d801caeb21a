/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "internal.h"

static int lock_quota(enum osml_info what, uint64_t *value)
{
	struct osml__quota quota;
	int rc = osml__os_lock_quota(&quota);

	if (rc)
		return rc;
	if (what == OSML_INFO_LOCK_USED && quota.used == OSML_UNLIMITED)
		return OSML_EUNSUPPORTED;
	if (what == OSML_INFO_LOCK_USED)
		*value = quota.used;
	else if (what == OSML_INFO_LOCK_LIMIT_HARD)
		*value = quota.hard;
	else
		*value = quota.exempt ? OSML_UNLIMITED : quota.soft;
	return 0;
}

/* Tried out on a page: kernels differ, sandboxes refuse, emulators pretend. */
static int offered(uint64_t *value)
{
	static const uint32_t trials[] = { OSML_SECRETMEM | OSML_GUARDED,
		                           OSML_LOCKED | OSML_NODUMP | OSML_WIPEONFORK | OSML_NOFORK | OSML_GUARDED, OSML_WIPEONFORK };
	uint64_t bits = 0;
	int rc = OSML_EUNSUPPORTED;

	for (size_t i = 0; i < sizeof trials / sizeof *trials; i++) {
		struct osml__mapping m;
		int failed = osml__mapping_new(&m, osml__os_page_size(), trials[i], OSML_POLICY_BEST_EFFORT);
		if (failed)
			continue;
		bits |= m.held;
		osml__mapping_free(&m);
		rc = 0;
	}
	*value = rc ? 0 : bits | OSML_CANARY;
	return rc == OSML_EUNSUPPORTED ? 0 : rc;
}

int osml_info(enum osml_info what, uint64_t *value)
{
	if (!value)
		return OSML_EINVAL;
	*value = 0;
	switch (what) {
	case OSML_INFO_PAGE_SIZE:
		*value = osml__os_page_size();
		return 0;
	case OSML_INFO_LOCK_LIMIT_SOFT:
	case OSML_INFO_LOCK_LIMIT_HARD:
	case OSML_INFO_LOCK_USED:
		return lock_quota(what, value);
	case OSML_INFO_LIVE_BUFFERS:
		*value = osml__live_buffers();
		return 0;
	case OSML_INFO_LOCKED_BYTES:
		*value = osml__mapping_locked_bytes();
		return 0;
	case OSML_INFO_OFFERED:
		return offered(value);
	case OSML_INFO_SANITIZER:
		*value = (uint64_t)osml__os_sanitized();
		return 0;
	case OSML_INFO_EMULATOR:
		*value = (uint64_t)osml__os_emulated();
		return 0;
	case OSML_INFO_CORRUPTIONS:
		*value = osml__corruptions();
		return 0;
	case OSML_INFO_DOUBLE_FREES:
		*value = osml__double_frees();
		return 0;
	}
	return OSML_EINVAL;
}
