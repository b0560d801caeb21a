/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "cache.h"
#include "heap.h"
#include "life.h"
#include "pagerefs.h"
#include "pool.h"

static int lock_quota(enum osml_info what, uint64_t *value)
{
	struct osml__quota quota;
	int rc = osml__os_lock_quota(&quota);

	if (rc)
		return rc;
	if (what == OSML_INFO_PROCESS_LOCKED_BYTES && quota.used == OSML_UNLIMITED)
		return OSML_EUNSUPPORTED;
	if (what == OSML_INFO_PROCESS_LOCKED_BYTES)
		*value = quota.used;
	else if (what == OSML_INFO_LOCK_LIMIT_HARD)
		*value = quota.hard;
	else
		*value = quota.exempt ? OSML_UNLIMITED : quota.soft;
	return 0;
}

/* Tried on a page, because kernels differ, sandboxes refuse and emulators report success without effect. */
static uint64_t supported(void)
{
	static const uint32_t trials[] = { OSML_SECRETMEM | OSML_GUARDED,
		                           OSML_LOCKED | OSML_NODUMP | OSML_WIPEONFORK | OSML_NOFORK | OSML_GUARDED, OSML_WIPEONFORK };
	uint64_t bits = 0;

	osml__on_fork(OSML__FORK_PAGEREFS, osml__pagerefs_forked);
	osml__on_fork(OSML__FORK_MAPPINGS, osml__mapping_forked);
	for (size_t i = 0; i < sizeof trials / sizeof *trials; i++) {
		struct osml__mapping m;
		if (osml__mapping_new(&m, osml__os_page_size(), trials[i], OSML_POLICY_BEST_EFFORT))
			continue;
		bits |= m.held | OSML_CANARY;
		osml__mapping_free(&m);
	}
	return bits;
}

/* Other threads take and free meanwhile, so a difference of two counts may be a little off, and is at least 0. */
static uint64_t difference(uint64_t all, uint64_t some)
{
	return all > some ? all - some : 0;
}

static uint64_t live_in_pool(enum osml__kind kind)
{
	return difference(osml__pool_totals(kind).live, osml__cache_bytes(kind));
}

/* What is locked and neither in an arena nor spare is of buffers and blocks with pages of their own. */
static uint64_t live_bytes(void)
{
	uint64_t live = 0, shared = osml__pool_idle_bytes();

	for (int kind = 0; kind < OSML__KINDS; kind++) {
		struct osml__arena_totals totals = osml__pool_totals((enum osml__kind)kind);

		live += live_in_pool((enum osml__kind)kind);
		shared += totals.locked - totals.idle;
	}
	return live + difference(osml__mapping_locked_bytes(), shared);
}

static int count_bytes(enum osml_info what, uint64_t *value)
{
	switch (what) {
	case OSML_INFO_LIBRARY_LOCKED_BYTES:
		*value = osml__mapping_locked_bytes();
		return 0;
	case OSML_INFO_IDLE_BYTES:
		*value = osml__pool_idle_bytes();
		return 0;
	case OSML_INFO_HEAP_BYTES:
		*value = osml__heap_totals().bytes;
		return 0;
	case OSML_INFO_LIVE_BYTES:
		*value = live_bytes();
		return 0;
	case OSML_INFO_KEPT_LIVE_BYTES:
		*value = live_in_pool(OSML__KIND_KEPT);
		return 0;
	case OSML_INFO_KEPT_IDLE_BYTES:
		*value = osml__pool_totals(OSML__KIND_KEPT).idle;
		return 0;
	case OSML_INFO_SECRETMEM_LIVE_BYTES:
		*value = live_in_pool(OSML__KIND_SECRET);
		return 0;
	case OSML_INFO_SECRETMEM_IDLE_BYTES:
		*value = osml__pool_totals(OSML__KIND_SECRET).idle;
		return 0;
	default:
		return OSML_EINVAL;
	}
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
	case OSML_INFO_PROCESS_LOCKED_BYTES:
		return lock_quota(what, value);
	case OSML_INFO_LIVE_BUFFERS:
		*value = osml__live_buffers();
		return 0;
	case OSML_INFO_SUPPORTED_PROTECTIONS:
		*value = supported();
		return 0;
	case OSML_INFO_SANITIZER:
		*value = (uint64_t)osml__os_sanitized();
		return 0;
	case OSML_INFO_EMULATOR:
		*value = (uint64_t)osml__os_emulated();
		return 0;
	case OSML_INFO_CORRUPTIONS:
		for (int kind = 0; kind < OSML__KINDS; kind++)
			*value += osml__corruptions((enum osml__kind)kind);
		return 0;
	case OSML_INFO_KEPT_CORRUPTIONS:
		*value = osml__corruptions(OSML__KIND_KEPT);
		return 0;
	case OSML_INFO_SECRETMEM_CORRUPTIONS:
		*value = osml__corruptions(OSML__KIND_SECRET);
		return 0;
	case OSML_INFO_DOUBLE_FREES:
		*value = osml__double_frees();
		return 0;
	case OSML_INFO_HEAP_BLOCKS:
		*value = osml__heap_totals().blocks;
		return 0;
	case OSML_INFO_FOREIGN_FREES:
		*value = osml__foreign_frees();
		return 0;
	default:
		return count_bytes(what, value);
	}
}
