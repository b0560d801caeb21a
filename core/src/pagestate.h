/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * pagestate.c: which pages of the arenas are locked, and who uses them. All of it under OSML__MUTEX_POOL. The life of a page:
 *
 *   mapped   not locked, and all zero: never used, or given back to the system ("asleep")
 *   locked   live: a slot that is handed out touches it; or idle, and may go back at any time
 *   gone     its arena has no span, and is unmapped
 *
 * What is locked and idle never exceeds what is live, or OSML__IDLE_BYTES, whichever is more. Where few live slots are spread over many pages it is
 * less: all that is locked is at most OSML__SPREAD_BYTES and twice the live slots, as long as their own pages are not more.
 */
#ifndef OSML_PAGESTATE_H
#define OSML_PAGESTATE_H

#include "internal.h"

#define OSML__IDLE_BYTES   ((size_t)480 << 10) /* and what a thread caches: 512 KiB */
#define OSML__SPREAD_BYTES ((size_t)832 << 10)

struct osml__arena {
	struct osml__mapping mapping;
	struct osml__arena *prev, *next; /* of its kind */
	unsigned epoch;
	enum osml__kind kind;
	bool lockable;  /* the platform can lock pages, and these one by one */
	bool counted;   /* by page, so that no region unlocks one; else none is locked */
	bool inherited; /* by a forked child, and not kept: it reads as zeros, and goes with its last span */
	unsigned page_count, used_count;
	unsigned page_shift;   /* the page size is 1 << page_shift: a division by it would cost as much as the rest of a slot */
	unsigned first_unused; /* no page below is unused */
	size_t live_bytes;     /* of slots that are handed out */
	struct osml__page {
		uint16_t users; /* slots that are handed out and touch it */
		bool used;      /* belongs to a span */
		bool locked;
	} pages[];
};

extern struct osml__pages {
	size_t locked, live; /* pages; live: locked, and with users */
	size_t spare;        /* locked pages of large mappings that wait (spare.h) */
	size_t live_bytes;   /* of what uses them */
} osml__pages;

static inline void osml__pages_range(const struct osml__arena *a, const unsigned char *addr, size_t size, unsigned *first, unsigned *end)
{
	size_t at = (size_t)(addr - a->mapping.base);

	*first = (unsigned)(at >> a->page_shift);
	*end = (unsigned)((at + size - 1) >> a->page_shift) + 1;
}

#define OSML__ASLEEP 1

int osml__pages_use_some(struct osml__arena *a, unsigned first, unsigned end, bool asleep_too);

/* One user more of each page of [addr, addr+size). A page that is not locked is locked, or OSML__REFUSED(); or it is OSML__ASLEEP. */
static inline int osml__pages_use(struct osml__arena *a, const unsigned char *addr, size_t size, bool asleep_too)
{
	unsigned first, end;
	int rc = 0;

	osml__pages_range(a, addr, size, &first, &end);
	if (end - first == 1 && a->pages[first].locked)
		osml__pages.live += a->pages[first].users++ == 0;
	else
		rc = osml__pages_use_some(a, first, end, asleep_too);
	if (rc == 0) {
		osml__pages.live_bytes += size;
		a->live_bytes += size;
	}
	return rc;
}

/* One less. */
static inline void osml__pages_leave(struct osml__arena *a, const unsigned char *addr, size_t size)
{
	unsigned first, end;

	osml__pages_range(a, addr, size, &first, &end);
	osml__pages.live_bytes -= size;
	a->live_bytes -= size;
	for (; first < end; first++)
		osml__pages.live -= --a->pages[first].users == 0 && a->pages[first].locked;
}

int osml__pages_lock(struct osml__arena *a, unsigned first, unsigned end);                /* none of which is locked */
int osml__pages_lock_rest(struct osml__arena *a, const unsigned char *addr, size_t size); /* of a slot's pages; all of them, or none */
void osml__pages_mark_locked(struct osml__arena *a, unsigned first, unsigned end);
void osml__pages_clear(const struct osml__arena *a, unsigned first, unsigned end); /* wipes fences; anything else there is a corruption */
OSML__COLD void osml__pages_sleep(struct osml__arena *a);                          /* gives its idle pages back */
void osml__pages_gone(const struct osml__arena *a);                                /* before it is unmapped, without spans */
OSML__COLD void osml__pages_keep(struct osml__arena *a); /* in a forked child: locks again those that are used, as far as it may */
OSML__COLD void osml__pages_forked(void);

size_t osml__pages_live(void);
size_t osml__pages_idle(void);
size_t osml__pages_idle_bound(void); /* so many idle pages may stay */
size_t osml__pages_idle_room(void);  /* so many more may be */

#endif
