/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "pagestate.h"

#include "canary.h"

struct osml__pages osml__pages;

/* ---- Bounds ---- */

size_t osml__pages_live(void)
{
	return osml__pages.live;
}

size_t osml__pages_idle(void)
{
	return osml__pages.locked - osml__pages.live + osml__pages.spare;
}

size_t osml__pages_idle_bound(void)
{
	size_t page = osml__os_page_size(), bound = OSML__IDLE_BYTES / page, spread = 2 * osml__pages.live_bytes + OSML__SPREAD_BYTES;

	if (bound < osml__pages.live)
		bound = osml__pages.live;
	spread = spread / page > osml__pages.live ? spread / page - osml__pages.live : 0;
	return spread < bound ? spread : bound;
}

size_t osml__pages_idle_room(void)
{
	size_t bound = osml__pages_idle_bound(), idle = osml__pages_idle();

	return bound > idle ? bound - idle : 0;
}

/* How many pages are locked beyond those that are needed now, since each call costs: a quarter of what is live, within the bound. */
static size_t pages_ahead(void)
{
	return osml__pages.live / 4 < osml__pages_idle_room() ? osml__pages.live / 4 : osml__pages_idle_room();
}

/* ---- Locked ---- */

void osml__pages_mark_locked(struct osml__arena *a, unsigned first, unsigned end)
{
	osml__pages.locked += end - first;
	for (; first < end; first++) {
		a->pages[first].locked = true;
		osml__pages.live += a->pages[first].users > 0;
	}
}

int osml__pages_lock(struct osml__arena *a, unsigned first, unsigned end)
{
	size_t page = osml__os_page_size();
	int rc = a->counted ? 0 : -ENOMEM;

	if (rc == 0 && a->lockable)
		rc = osml__mapping_lock_part(&a->mapping, first * page, (end - first) * page);
	if (rc == 0)
		osml__pages_mark_locked(a, first, end);
	return rc;
}

/* ---- Users ---- */

/* Page `first` is not locked, and neither are others up to `end`. */
static int wake(struct osml__arena *a, unsigned first, unsigned end)
{
	unsigned stop = first, needed, most = a->page_count;
	size_t ahead = pages_ahead();
	int rc;

	if (ahead < most - end)
		most = end + (unsigned)ahead;
	while (stop < most && !a->pages[stop].locked)
		stop++;
	needed = stop < end ? stop : end;
	rc = osml__pages_lock(a, first, stop);
	if (osml__was_refused(rc) && stop > needed)
		rc = osml__pages_lock(a, first, needed);
	return rc;
}

int osml__pages_use_some(struct osml__arena *a, unsigned first, unsigned end, bool asleep_too)
{
	for (unsigned i = first; i < end; i++) {
		int rc = a->pages[i].locked ? 0 : asleep_too ? wake(a, i, end) : OSML__ASLEEP;
		if (rc)
			return rc;
	}
	for (; first < end; first++)
		osml__pages.live += a->pages[first].users++ == 0;
	return 0;
}

/* What neighbours share are the first page and the last, so that those between are not locked if one is not. */
int osml__pages_lock_rest(struct osml__arena *a, const unsigned char *addr, size_t size)
{
	unsigned first, end;

	osml__pages_range(a, addr, size, &first, &end);
	while (first < end && a->pages[first].locked)
		first++;
	while (first < end && a->pages[end - 1].locked)
		end--;
	return first < end ? osml__pages_lock(a, first, end) : 0;
}

/* ---- Given back ---- */

/* Pages that are not locked are zero already. */
void osml__pages_clear(const struct osml__arena *a, unsigned first, unsigned end)
{
	size_t page = osml__os_page_size();

	for (; first < end; first++)
		if (a->pages[first].locked)
			osml__canary_clear_free(a->mapping.base + first * page, a->mapping.base + (first + 1) * page, a->kind);
}

/* Neighbours go with one call. A call that is refused leaves them locked, which is safe. */
void osml__pages_sleep(struct osml__arena *a)
{
	size_t page = osml__os_page_size();

	for (unsigned first = 0, end; first < a->page_count; first = end + 1) {
		for (end = first; end < a->page_count && a->pages[end].locked && !a->pages[end].users; end++)
			;
		if (end == first)
			continue;
		osml__pages_clear(a, first, end);
		if (osml__mapping_unlock_part(&a->mapping, first * page, (end - first) * page))
			continue;
		osml__pages.locked -= end - first;
		for (unsigned i = first; i < end; i++)
			a->pages[i].locked = false;
	}
}

void osml__pages_gone(const struct osml__arena *a)
{
	for (unsigned i = 0; i < a->page_count; i++)
		osml__pages.locked -= a->pages[i].locked;
}

/* ---- Fork ---- */

void osml__pages_forked(void)
{
	osml__pages = (struct osml__pages){ 0, 0, 0, 0 };
}

void osml__pages_keep(struct osml__arena *a)
{
	a->mapping.locked = 0;
	osml__pages.live_bytes += a->live_bytes;
	for (unsigned i = 0; i < a->page_count; i++) {
		if (!a->pages[i].users)
			osml__pages_clear(a, i, i + 1); /* a copy, with the fences of what was there */
		a->pages[i].locked = false;
	}
	for (unsigned first = 0, end; first < a->page_count; first = end + 1) {
		for (end = first; end < a->page_count && a->pages[end].users; end++)
			;
		if (end > first)
			osml__pages_lock(a, first, end);
	}
}
