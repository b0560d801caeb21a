/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "region.h"

#include <stdlib.h>

struct osml_region {
	void *addr; /* as the caller named it: what OSML_REGION_WIPE wipes */
	size_t len;
	unsigned char *start; /* of the first page */
	size_t pages;         /* bytes, whole pages; 0: an empty region */
	unsigned flags;
	uint32_t generation;
};

/*
 * Calls `act` for each run of pages in the region whose count in `which` is `n`. The first failure is returned; the rest is tried all the
 * same.
 */
static int each_run(const struct osml_region *r, enum osml__count which, uint32_t n, int (*act)(void *addr, size_t pages))
{
	size_t page = osml__os_page_size(), at = 0, end;
	int rc = 0;

	while (at < r->pages) {
		for (end = at; end < r->pages && osml__pagetable_count(r->start + end, which) == n; end += page)
			;
		if (end > at) {
			int failed = act(r->start + at, end - at);
			rc = rc ? rc : failed;
		}
		at = end > at ? end : at + page;
	}
	return rc;
}

static int lock_pages(void *addr, size_t pages)
{
	return osml__os_lock(addr, pages);
}

static int unlock_pages(void *addr, size_t pages)
{
	return osml__os_unlock(addr, pages);
}

static void count(const struct osml_region *r, enum osml__count which, int change)
{
	for (size_t at = 0; at < r->pages; at += osml__os_page_size())
		osml__pagetable_change(r->start + at, which, change);
}

/* Takes this region's share off the table; pages that thereby become free of `which` are given back by `act`. */
static int release(const struct osml_region *r, enum osml__count which, int (*act)(void *addr, size_t pages))
{
	int rc = each_run(r, which, 1, act);

	count(r, which, -1);
	return rc;
}

/*
 * Only what no region holds yet: on macOS locks nest, and one unlock would not undo two (item T6). A failed mlock(2) leaves the pages
 * before the hole locked, and pages without access counted: undo just what nobody else holds (item T4).
 */
static int lock_all(const struct osml_region *r)
{
	int rc = each_run(r, OSML__COUNT_LOCK, 0, lock_pages);

	if (rc) {
		rc = osml__limit_reason(rc, r->pages);
		each_run(r, OSML__COUNT_LOCK, 0, unlock_pages);
		return rc;
	}
	count(r, OSML__COUNT_LOCK, +1);
	return 0;
}

static int exclude_all(const struct osml_region *r)
{
	int rc = osml__os_nodump(r->start, r->pages);

	if (rc) {
		each_run(r, OSML__COUNT_NODUMP, 0, osml__os_dodump);
		return rc;
	}
	count(r, OSML__COUNT_NODUMP, +1);
	return 0;
}

static int take(const struct osml_region *r)
{
	int rc = osml__pagetable_reserve(r->pages / osml__os_page_size());

	if (rc == 0)
		rc = lock_all(r);
	if (rc || !(r->flags & OSML_REGION_DONTDUMP))
		return rc;
	rc = exclude_all(r);
	if (rc)
		release(r, OSML__COUNT_LOCK, unlock_pages);
	return rc;
}

int osml_region_lock(osml_region **out, void *addr, size_t len, unsigned flags)
{
	struct osml_region *r;
	void *start;
	int rc;

	if (!out)
		return OSML_EINVAL;
	*out = NULL;
	if (flags & ~(OSML_REGION_DONTDUMP | OSML_REGION_WIPE) || (len && (!addr || !osml__range_ok(addr, len))))
		return OSML_EINVAL;
	rc = osml__start();
	if (rc)
		return rc;
	r = calloc(1, sizeof *r);
	if (!r)
		return -ENOMEM;
	osml__range_outward(&start, &r->pages, addr, len);
	r->addr = addr;
	r->len = len;
	r->start = start;
	r->flags = flags;
	r->generation = atomic_load(&osml__generation);
	if (r->pages) {
		osml__os_mutex_lock(OSML__MUTEX_REGIONS);
		rc = take(r);
		osml__os_mutex_unlock(OSML__MUTEX_REGIONS);
	}
	if (rc)
		free(r);
	else
		*out = r;
	return rc;
}

int osml_region_unlock(osml_region *r)
{
	int rc = 0;

	if (!r)
		return 0;
	if (r->generation != atomic_load(&osml__generation)) {
		rc = OSML_EFORKED;
	} else if (r->pages) {
		if (r->flags & OSML_REGION_WIPE)
			osml__wipe(r->addr, r->len);
		osml__os_mutex_lock(OSML__MUTEX_REGIONS);
		rc = release(r, OSML__COUNT_LOCK, unlock_pages);
		if (r->flags & OSML_REGION_DONTDUMP) {
			int dumped = release(r, OSML__COUNT_NODUMP, osml__os_dodump);
			rc = rc ? rc : dumped;
		}
		osml__os_mutex_unlock(OSML__MUTEX_REGIONS);
	}
	free(r);
	return rc;
}
