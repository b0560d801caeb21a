/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "life.h"
#include "pagerefs.h"
#include "storage.h"

#include <stdlib.h>

struct osml_region {
	void *addr; /* as the caller named it: what OSML_REGION_WIPE wipes */
	size_t len;
	unsigned char *start; /* of the first page */
	size_t size;          /* bytes, whole pages; 0: an empty region */
	unsigned flags;
	uint32_t generation;
};

/* Calls `act` for each run of the region's pages whose count in `which` is `n`. The first failure is returned; the rest is tried all the same. */
static int each_run(const struct osml_region *r, enum osml__count which, uint32_t n, int (*act)(void *addr, size_t size))
{
	size_t page = osml__os_page_size(), at = 0, end;
	int rc = 0;

	while (at < r->size) {
		for (end = at; end < r->size && osml__pagerefs_count(r->start + end, which) == n; end += page)
			;
		if (end > at) {
			int failed = act(r->start + at, end - at);
			rc = rc ? rc : failed;
		}
		at = end > at ? end : at + page;
	}
	return rc;
}

static int unlock_pages(void *addr, size_t size)
{
	return osml__os_unlock(addr, size);
}

static void count(const struct osml_region *r, enum osml__count which, int change)
{
	for (size_t at = 0; at < r->size; at += osml__os_page_size())
		osml__pagerefs_change(r->start + at, which, change);
}

/* Takes this region's share off the table; pages that thereby become free of `which` are given back by `act`. */
static int release(const struct osml_region *r, enum osml__count which, int (*act)(void *addr, size_t size))
{
	int rc = each_run(r, which, 1, act);

	count(r, which, -1);
	return rc;
}

/*
 * For each page whether it is locked already, by a region or by other code, of which only the system knows. To be freed; NULL: no memory. The system is
 * asked where there are several runs, of which a later one may be refused; not always, since memcheck finds fault with the question.
 */
static bool *locked_before(const struct osml_region *r)
{
	size_t page = osml__os_page_size(), pages = r->size / page;
	bool *locked = malloc(pages * sizeof *locked), held = false;

	if (!locked)
		return NULL;
	for (size_t i = 0; i < pages; i++) {
		locked[i] = osml__pagerefs_count(r->start + i * page, OSML__COUNT_LOCK);
		held |= locked[i];
	}
	for (size_t i = 0; held && i < pages; i++)
		locked[i] = locked[i] || osml__os_any_locked(r->start + i * page, page);
	return locked;
}

/* What this call has locked, in the first `size` bytes, and nothing that others had locked by themselves (C19). */
static void undo_locks(const struct osml_region *r, size_t size, const bool *locked)
{
	size_t page = osml__os_page_size(), end;

	for (size_t at = 0; at < size; at = end) {
		for (end = at; end < size && locked[end / page] == locked[at / page]; end += page)
			;
		if (!locked[at / page])
			osml__os_unlock(r->start + at, end - at);
	}
}

/*
 * Only what no region holds yet: on macOS locks nest, and one unlock would not undo two (T6). Page runs are locked one by one, so that a failure
 * undoes just those before it: a refused mlock(2) has locked nothing, since all pages are there and may be read (osml_region_lock() has asked).
 * EAGAIN alone comes after the lock (T4).
 */
static int lock_all(const struct osml_region *r, const bool *locked)
{
	size_t page = osml__os_page_size(), at = 0, end;
	int rc = 0;

	while (at < r->size && rc == 0) {
		for (end = at; end < r->size && osml__pagerefs_count(r->start + end, OSML__COUNT_LOCK) == 0; end += page)
			;
		if (end > at)
			rc = osml__lock_pages(r->start + at, end - at);
		if (rc)
			undo_locks(r, rc == -EAGAIN ? end : at, locked);
		at = end > at ? end : at + page;
	}
	if (rc == 0)
		count(r, OSML__COUNT_LOCK, +1);
	return rc;
}

static int exclude_all(const struct osml_region *r)
{
	int rc = osml__os_nodump(r->start, r->size);

	if (rc) {
		each_run(r, OSML__COUNT_NODUMP, 0, osml__os_dodump);
		return rc;
	}
	count(r, OSML__COUNT_NODUMP, +1);
	return 0;
}

static int lock_and_exclude(const struct osml_region *r, const bool *locked)
{
	int rc = lock_all(r, locked);

	if (rc || !(r->flags & OSML_REGION_DONTDUMP))
		return rc;
	rc = exclude_all(r);
	if (rc) {
		count(r, OSML__COUNT_LOCK, -1);
		undo_locks(r, r->size, locked);
	}
	return rc;
}

static int take(const struct osml_region *r)
{
	bool *locked = NULL;
	int rc;

	osml__lock(OSML__MUTEX_REGIONS);
	rc = osml__pagerefs_reserve(r->size / osml__os_page_size());
	if (rc == 0 && !(locked = locked_before(r)))
		rc = -ENOMEM;
	if (rc == 0)
		rc = lock_and_exclude(r, locked);
	osml__unlock(OSML__MUTEX_REGIONS);
	free(locked);
	return rc;
}

int osml_region_lock(osml_region **out, void *addr, size_t len, unsigned flags)
{
	struct osml_region *r;
	void *start;
	size_t size;
	int rc;

	if (!out)
		return OSML_EINVAL;
	*out = NULL;
	if (flags & ~(OSML_REGION_DONTDUMP | OSML_REGION_WIPE) || (len && (!addr || !osml__range_ok(addr, len))))
		return OSML_EINVAL;
	rc = osml__start();
	if (rc)
		return rc;
	osml__on_fork(OSML__FORK_PAGEREFS, osml__pagerefs_forked);
	osml__range_outward(&start, &size, addr, len);
	rc = size ? osml__os_readable(start, size) : 0;
	if (rc)
		return rc;
	r = malloc(sizeof *r);
	if (!r)
		return -ENOMEM;
	*r = (struct osml_region){ addr, len, start, size, flags, osml__generation() };
	if (r->size)
		rc = take(r);
	/* What buffers have left idle may be all that is between this request and the quota. */
	if (osml__storage_make_room(rc))
		rc = take(r);
	if (rc)
		free(r);
	else
		*out = r;
	return osml__limit_verdict(rc, size);
}

int osml_region_unlock(osml_region *r)
{
	int rc = 0;

	if (!r)
		return 0;
	if (r->generation != osml__generation()) {
		rc = OSML_EFORKED;
	} else if (r->size) {
		if (r->flags & OSML_REGION_WIPE)
			osml__wipe(r->addr, r->len);
		osml__lock(OSML__MUTEX_REGIONS);
		rc = release(r, OSML__COUNT_LOCK, unlock_pages);
		if (r->flags & OSML_REGION_DONTDUMP) {
			int dumped = release(r, OSML__COUNT_NODUMP, osml__os_dodump);
			rc = rc ? rc : dumped;
		}
		osml__unlock(OSML__MUTEX_REGIONS);
	}
	free(r);
	return rc;
}
