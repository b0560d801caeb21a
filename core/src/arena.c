/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "arena.h"

#include "life.h"
#include "pagerefs.h"

#include <stdlib.h>

#define ARENA_BYTES_MIN  ((size_t)256 << 10) /* of address space; pages are locked as they are needed */
#define SECRET_BYTES_MIN ((size_t)16 << 10)  /* locked at once, out of the 64 KiB that a container may have (T38) */
#define ARENA_BYTES_MAX  OSML__HUGE_PAGE

static const struct {
	uint32_t want;
	size_t bytes_min;
} kinds[OSML__KINDS] = {
	[OSML__KIND_ORDINARY] = { OSML_NODUMP | OSML_WIPEONFORK | OSML_GUARDED, ARENA_BYTES_MIN },
	[OSML__KIND_KEPT] = { OSML_NODUMP | OSML_GUARDED, ARENA_BYTES_MIN },
	[OSML__KIND_SECRET] = { OSML_SECRETMEM | OSML_LOCKED | OSML_NODUMP | OSML_NOFORK | OSML_GUARDED, SECRET_BYTES_MIN },
};

static struct osml__arena *arenas[OSML__KINDS];
static struct osml__arena *latest[OSML__KINDS]; /* that pages were taken from; the first to be looked at */
static size_t mapped_pages[OSML__KINDS];
static unsigned epoch; /* goes up when the arenas are abandoned */

/* ---- Arenas ---- */

static void link_arena(struct osml__arena *a)
{
	a->prev = NULL;
	a->next = arenas[a->kind];
	if (a->next)
		a->next->prev = a;
	arenas[a->kind] = a;
	mapped_pages[a->kind] += a->page_count;
}

static void unlink_arena(struct osml__arena *a)
{
	if (a->prev)
		a->prev->next = a->next;
	else
		arenas[a->kind] = a->next;
	if (a->next)
		a->next->prev = a->prev;
	if (latest[a->kind] == a)
		latest[a->kind] = NULL;
	mapped_pages[a->kind] -= a->page_count;
}

/* As pages that are locked, whichever are at the moment, so that a region which meets them never unlocks one. */
static int count_pages(const struct osml__arena *a, int change)
{
	return osml__pagerefs_count_range(a->mapping.base, a->mapping.size, true, false, change);
}

static void unmap_arena(struct osml__arena *a)
{
	if (a->inherited) {
		osml__mapping_free_inherited(&a->mapping);
	} else {
		if (a->counted)
			count_pages(a, -1);
		osml__mapping_free(&a->mapping);
	}
	free(a);
}

/* As much again as there is of its kind, so that a few keys take little and many take few mappings. */
static unsigned wanted_pages(enum osml__kind kind, unsigned needed)
{
	size_t page = osml__os_page_size(), pages = mapped_pages[kind];

	if (pages < kinds[kind].bytes_min / page)
		pages = kinds[kind].bytes_min / page;
	if (pages > ARENA_BYTES_MAX / page)
		pages = ARENA_BYTES_MAX / page;
	return pages > needed ? (unsigned)pages : needed;
}

/* A smaller one is better than none: the address space may be limited, or pages be locked from birth. */
static int map_arena(struct osml__mapping *m, enum osml__kind kind, unsigned *pages, unsigned needed)
{
	uint32_t policy = kind == OSML__KIND_SECRET ? OSML_POLICY_STRICT : OSML_POLICY_DEFAULT;
	int rc;

	for (;; *pages = *pages / 2 > needed ? *pages / 2 : needed) {
		rc = osml__mapping_new(m, *pages * osml__os_page_size(), kinds[kind].want, policy);
		if (rc == 0 || rc == OSML_EUNSUPPORTED || *pages == needed)
			return rc;
	}
}

/*
 * Locks all of it when as many pages are live already: that may be one huge page. Else the first page: an arena of which nothing can be locked is of
 * no use. Where the platform cannot lock, it is not tried again.
 */
static int lock_first(struct osml__arena *a)
{
	int rc;

	if (a->kind == OSML__KIND_SECRET) {
		osml__pages_mark_locked(a, 0, a->page_count);
		return 0;
	}
	a->lockable = true;
	if (osml__pages_live() >= a->page_count && osml__pages_idle_room() >= a->page_count && osml__pages_lock(a, 0, a->page_count) == 0)
		return 0;
	rc = osml__pages_lock(a, 0, 1);
	if (rc == OSML_EUNSUPPORTED) {
		a->lockable = false;
		rc = osml__pages_lock(a, 0, 1);
	}
	return rc;
}

/* False where the quota has no page left, so that a refusal costs no mapping (audit C12). */
static bool may_lock_a_page(void)
{
	uint64_t limit;

	return osml__os_lock_limit(&limit) || limit >= osml__mapping_locked_bytes() + osml__os_page_size();
}

static int arena_new(struct osml__arena **out, enum osml__kind kind, unsigned needed)
{
	unsigned pages = wanted_pages(kind, needed);
	struct osml__arena *a;
	int rc;

	if (!may_lock_a_page())
		return OSML__REFUSED(-ENOMEM);
	a = calloc(1, sizeof *a + pages * sizeof *a->pages);
	if (!a)
		return -ENOMEM;
	rc = map_arena(&a->mapping, kind, &pages, needed);
	if (rc) {
		free(a);
		return rc;
	}
	a->epoch = epoch;
	a->kind = kind;
	a->page_count = pages;
	while ((size_t)1 << a->page_shift < osml__os_page_size())
		a->page_shift++;
	rc = count_pages(a, +1);
	a->counted = rc == 0;
	if (rc) {
		osml__mapping_free(&a->mapping);
		free(a);
		return rc;
	}
	rc = lock_first(a);
	if (rc) {
		unmap_arena(a);
		return rc;
	}
	link_arena(a);
	*out = a;
	return 0;
}

/* ---- Pages for spans ---- */

/* The first of `count` unused pages in a row. */
static bool find_row(const struct osml__arena *a, unsigned count, unsigned *first)
{
	unsigned stop;

	if (a->page_count - a->used_count < count)
		return false;
	for (*first = a->first_unused; *first + count <= a->page_count; *first = stop + 1) {
		for (stop = *first; stop < *first + count && !a->pages[stop].used; stop++)
			;
		if (stop == *first + count)
			return true;
	}
	return false;
}

static struct osml__arena *find_arena(enum osml__kind kind, unsigned count, unsigned *first)
{
	if (latest[kind] && find_row(latest[kind], count, first))
		return latest[kind];
	for (struct osml__arena *a = arenas[kind]; a; a = a->next)
		if (find_row(a, count, first))
			return a;
	return NULL;
}

bool osml__arena_has_room(enum osml__kind kind, unsigned count)
{
	unsigned first;

	return find_arena(kind, count, &first);
}

int osml__arena_take(struct osml__arena **out, unsigned *first, enum osml__kind kind, unsigned count)
{
	struct osml__arena *a = find_arena(kind, count, first);

	if (!a) {
		int rc = arena_new(&a, kind, count);
		if (rc)
			return rc;
		*first = 0;
	}
	for (unsigned i = 0; i < count; i++)
		a->pages[*first + i].used = true;
	a->used_count += count;
	if (a->first_unused == *first)
		a->first_unused += count;
	latest[kind] = a;
	*out = a;
	return 0;
}

void osml__arena_return(struct osml__arena *a, unsigned first, unsigned count)
{
	osml__pages_clear(a, first, first + count);
	for (unsigned i = first; i < first + count; i++)
		a->pages[i].used = false;
	a->used_count -= count;
	if (a->first_unused > first)
		a->first_unused = first;
}

uint16_t osml__arena_protections(const struct osml__arena *a)
{
	uint32_t held = a->mapping.held & ~OSML_GUARDED;

	return (uint16_t)(a->lockable ? held | OSML_LOCKED : held);
}

/* ---- Giving back ---- */

static void remove_arena(struct osml__arena *a)
{
	osml__pages_gone(a);
	unlink_arena(a);
	unmap_arena(a);
}

/* Arenas without a span go whole. */
void osml__arena_trim(void)
{
	for (int kind = 0; kind < OSML__KINDS; kind++) {
		struct osml__arena *next;

		for (struct osml__arena *a = arenas[kind]; a; a = next) {
			next = a->next;
			if (!a->used_count)
				remove_arena(a);
			else if (a->lockable && osml__pages_idle())
				osml__pages_sleep(a);
		}
	}
}

/* ---- Counts ---- */

struct osml__arena_totals osml__arena_totals(enum osml__kind kind)
{
	struct osml__arena_totals totals = { 0, 0, 0 };

	for (const struct osml__arena *a = arenas[kind]; a; a = a->next) {
		totals.live += a->live_bytes;
		totals.locked += a->mapping.locked;
		for (unsigned i = 0; i < a->page_count; i++)
			if (a->pages[i].locked && !a->pages[i].users)
				totals.idle += osml__os_page_size();
	}
	return totals;
}

/* ---- Fork ---- */

bool osml__arena_is_abandoned(const struct osml__arena *a)
{
	return a->epoch != epoch;
}

void osml__arena_return_inherited(struct osml__arena *a, unsigned count)
{
	a->used_count -= count;
	if (!a->used_count)
		unmap_arena(a);
}

/* Where its pages cannot be counted, a region could unlock them: then they are not locked again. */
static void keep(struct osml__arena *a)
{
	osml__mapping_inherit(&a->mapping);
	a->counted = count_pages(a, +1) == 0;
	osml__pages_keep(a);
}

/* Nothing else of the parent's is handed out again. Each arena goes with its last span; those that have none are unmapped here. */
static void forget(struct osml__arena *a)
{
	struct osml__arena *next;

	for (; a; a = next) {
		next = a->next;
		a->inherited = true;
		if (!a->used_count)
			unmap_arena(a);
	}
}

void osml__arena_forked(void)
{
	osml__pages_forked();
	memset(latest, 0, sizeof latest);
	if (!osml__consistent_at_fork(OSML__MUTEX_POOL)) {
		memset(arenas, 0, sizeof arenas);
		memset(mapped_pages, 0, sizeof mapped_pages);
		epoch++;
		return;
	}
	for (struct osml__arena *a = arenas[OSML__KIND_KEPT]; a; a = a->next)
		keep(a);
	forget(arenas[OSML__KIND_ORDINARY]);
	forget(arenas[OSML__KIND_SECRET]);
	arenas[OSML__KIND_ORDINARY] = arenas[OSML__KIND_SECRET] = NULL;
	mapped_pages[OSML__KIND_ORDINARY] = mapped_pages[OSML__KIND_SECRET] = 0;
}
