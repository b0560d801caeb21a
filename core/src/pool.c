/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The shared part of the pool: spans and their slots. Everything here is under OSML__MUTEX_POOL. */
#include "pool.h"

#include "canary.h"
#include "life.h"
#include "spare.h"

#include <stdlib.h>

static struct osml__span *partial[OSML__CLASSES]; /* spans with free slots, and with others */
static struct osml__span *empty[OSML__CLASSES];   /* spans without a live slot, for the next one; freed when their pages are needed */

static _Atomic size_t returned; /* slots, since the process began */

static void partial_add(struct osml__span *s)
{
	s->prev = NULL;
	s->next = partial[s->cls];
	if (s->next)
		s->next->prev = s;
	partial[s->cls] = s;
}

static void partial_remove(struct osml__span *s)
{
	if (s->prev)
		s->prev->next = s->next;
	else
		partial[s->cls] = s->next;
	if (s->next)
		s->next->prev = s->prev;
}

/* ---- Bits ---- */

static uint64_t low_bits(unsigned n)
{
	return n == 64 ? ~UINT64_C(0) : (UINT64_C(1) << n) - 1;
}

static unsigned first_bit(uint64_t bits)
{
#if defined(__GNUC__)
	return (unsigned)__builtin_ctzll(bits);
#else
	unsigned i = 0;

	while (!(bits >> i & 1))
		i++;
	return i;
#endif
}

static bool is_free(const struct osml__span *s, unsigned index)
{
	return s->free[index / 64] >> index % 64 & 1;
}

static void mark_taken(struct osml__span *s, unsigned index)
{
	s->free[index / 64] &= ~(UINT64_C(1) << index % 64);
}

static void mark_free(struct osml__span *s, unsigned index)
{
	s->free[index / 64] |= UINT64_C(1) << index % 64;
	if (s->first_free_word > index / 64)
		s->first_free_word = index / 64;
}

/* ---- Spans ---- */

static unsigned slots_in(size_t pages, uint32_t slot_size)
{
	return (unsigned)((pages * osml__os_page_size() - OSML__ALIGNMENT) / slot_size);
}

/*
 * The fewest pages of which at most an eighth is wasted; at most a sixteenth, where that takes no more than a sixteenth of what is live: so one
 * large secret locks little more than it needs, and many fill their pages.
 */
static unsigned span_pages(uint32_t slot_size)
{
	size_t most = osml__pages_live() / 16;
	unsigned found = 0;

	for (unsigned pages = 1;; pages++) {
		size_t bytes = pages * osml__os_page_size(), waste = bytes - slots_in(pages, slot_size) * (size_t)slot_size;

		if (found && pages > most)
			return found;
		if (waste * 16 <= bytes)
			return pages;
		if (!found && waste * 8 <= bytes)
			found = pages;
	}
}

static struct osml__span *span_on(struct osml__arena *a, unsigned first_page, unsigned pages, unsigned cls)
{
	unsigned count = slots_in(pages, osml__class_size(cls));
	struct osml__span *s = calloc(1, sizeof *s + (count + 63) / 64 * sizeof *s->free);

	if (!s)
		return NULL;
	s->arena = a;
	s->first_page = first_page;
	s->page_count = pages;
	s->base = a->mapping.base + first_page * osml__os_page_size() + OSML__ALIGNMENT;
	s->cls = (uint16_t)cls;
	s->slot_size = osml__class_size(cls);
	s->held = (uint16_t)(osml__arena_protections(a) | osml__canary_bit());
	s->count = count;
	for (unsigned word = 0; count; word++) {
		unsigned bits = count < 64 ? count : 64;
		s->free[word] = low_bits(bits);
		count -= bits;
	}
	return s;
}

static void free_empty_spans(void)
{
	for (unsigned cls = 0; cls < OSML__CLASSES; cls++) {
		while (empty[cls]) {
			struct osml__span *s = empty[cls];

			empty[cls] = s->next;
			osml__arena_return(s->arena, s->first_page, s->page_count);
			free(s);
		}
	}
}

static int span_new(unsigned cls)
{
	enum osml__kind kind = (enum osml__kind)(cls / OSML__SLOT_SIZES);
	unsigned pages = span_pages(osml__class_size(cls)), first;
	struct osml__arena *a;
	struct osml__span *s;
	int rc;

	if (!osml__arena_has_room(kind, pages))
		free_empty_spans();
	rc = osml__arena_take(&a, &first, kind, pages);
	if (rc)
		return rc;
	s = span_on(a, first, pages, cls);
	if (!s) {
		osml__arena_return(a, first, pages);
		return -ENOMEM;
	}
	partial_add(s);
	return 0;
}

static void span_emptied(struct osml__span *s)
{
	partial_remove(s);
	s->next = empty[s->cls];
	empty[s->cls] = s;
}

static bool reuse_empty(unsigned cls)
{
	struct osml__span *s = empty[cls];

	if (s) {
		empty[cls] = s->next;
		partial_add(s);
	}
	return s;
}

/* ---- Slots ---- */

static unsigned char *slot_base(const struct osml__span *s, unsigned index)
{
	return s->base + (size_t)index * s->slot_size;
}

/*
 * The last eight bytes of a slot are the fence of the next one, which looks at it when it is closed. It is there while either is handed out; where
 * the first one is not, it is set for the second.
 */
static void set_fences(const struct osml__span *s, unsigned index)
{
	unsigned char *base = slot_base(s, index);

	osml__canary_fence(base + s->slot_size);
	if (index == 0 || is_free(s, index - 1))
		osml__canary_fence(base);
}

static int take(struct osml__slot *slot, struct osml__span *s, unsigned index, bool asleep_too)
{
	unsigned char *base = slot_base(s, index);
	int rc = osml__pages_use(s->arena, base, s->slot_size, asleep_too);

	if (rc)
		return rc;
	set_fences(s, index);
	mark_taken(s, index);
	if (++s->live == s->count)
		partial_remove(s);
	*slot = (struct osml__slot){ base, s };
	return 0;
}

static unsigned first_free(struct osml__span *s)
{
	while (!s->free[s->first_free_word])
		s->first_free_word++;
	return s->first_free_word * 64 + first_bit(s->free[s->first_free_word]);
}

/* No page could be locked: any free slot that needs none, or `rc`. */
OSML__COLD static int take_awake(struct osml__slot *slot, unsigned cls, int rc)
{
	for (struct osml__span *s = partial[cls]; s; s = s->next)
		for (unsigned i = first_free(s); i < s->count; i++)
			if (is_free(s, i) && take(slot, s, i, false) == 0)
				return 0;
	return rc;
}

static int take_first(struct osml__slot *slot, unsigned cls)
{
	int rc = partial[cls] || reuse_empty(cls) ? 0 : span_new(cls);

	if (rc)
		return rc;
	rc = take(slot, partial[cls], first_free(partial[cls]), true);
	if (osml__was_refused(rc))
		rc = take_awake(slot, cls, rc);
	if (rc && !partial[cls]->live)
		span_emptied(partial[cls]);
	return rc;
}

int osml__pool_refill(struct osml__slot *slots, unsigned *got, unsigned cls, unsigned n)
{
	int rc;

	osml__lock(OSML__MUTEX_POOL);
	rc = take_first(slots, cls);
	*got = rc == 0;
	while (rc == 0 && *got < n && partial[cls] && take(&slots[*got], partial[cls], first_free(partial[cls]), false) == 0)
		++*got;
	osml__unlock(OSML__MUTEX_POOL);
	return rc;
}

static unsigned index_of(const struct osml__slot *slot)
{
	return (unsigned)(slot->base - slot->span->base) / slot->span->slot_size;
}

static void give(const struct osml__slot *slot)
{
	struct osml__span *s = slot->span;

	if (s->live == s->count)
		partial_add(s);
	osml__pages_leave(s->arena, slot->base, s->slot_size);
	mark_free(s, index_of(slot));
	if (!--s->live)
		span_emptied(s);
}

/* Inherited spans and arenas are in no list: nothing of them is used again, and the last slot that is given back takes them along. */
static void give_inherited(const struct osml__slot *slot)
{
	struct osml__span *s = slot->span;

	if (--s->live)
		return;
	osml__arena_return_inherited(s->arena, s->page_count);
	free(s);
}

/* All of it: what is idle for long does not keep what is idle for a moment out of the bound. */
static void give_back_idle(void)
{
	free_empty_spans();
	osml__spare_unlock();
	osml__arena_trim();
}

void osml__pool_drain(const struct osml__slot *slots, unsigned n)
{
	if (!n)
		return;
	atomic_fetch_add_explicit(&returned, n, memory_order_relaxed);
	osml__lock(OSML__MUTEX_POOL);
	for (; n--; slots++)
		if (osml__arena_is_abandoned(slots->span->arena))
			continue;
		else if (slots->span->arena->inherited)
			give_inherited(slots);
		else
			give(slots);
	if (osml__pages_idle() > osml__pages_idle_bound())
		give_back_idle();
	osml__unlock(OSML__MUTEX_POOL);
}

size_t osml__pool_returned(void)
{
	return atomic_load_explicit(&returned, memory_order_relaxed);
}

void osml__pool_trim(void)
{
	osml__lock(OSML__MUTEX_POOL);
	give_back_idle();
	osml__unlock(OSML__MUTEX_POOL);
	osml__mapping_retry();
}

size_t osml__pool_idle_bytes(void)
{
	size_t pages;

	osml__lock(OSML__MUTEX_POOL);
	pages = osml__pages_idle();
	osml__unlock(OSML__MUTEX_POOL);
	return pages * osml__os_page_size();
}

struct osml__arena_totals osml__pool_totals(enum osml__kind kind)
{
	struct osml__arena_totals totals;

	osml__lock(OSML__MUTEX_POOL);
	totals = osml__arena_totals(kind);
	osml__unlock(OSML__MUTEX_POOL);
	return totals;
}

/* ---- Fork ---- */

static void forget_class(unsigned cls)
{
	struct osml__span *next;

	for (struct osml__span *s = osml__consistent_at_fork(OSML__MUTEX_POOL) ? empty[cls] : NULL; s; s = next) {
		next = s->next;
		s->arena->used_count -= s->page_count;
		free(s);
	}
	partial[cls] = empty[cls] = NULL;
}

/*
 * The child goes on with the pool that is kept. Of the others nothing is handed out again, but the child knows their spans: each goes when its last
 * slot is given back. Only where another thread may have been changing what is known they are abandoned where they lie.
 */
void osml__pool_forked(uint32_t generation)
{
	(void)generation;
	bool consistent = osml__consistent_at_fork(OSML__MUTEX_POOL);

	for (unsigned cls = 0; cls < OSML__CLASSES; cls++)
		if (!consistent || cls / OSML__SLOT_SIZES != OSML__KIND_KEPT)
			forget_class(cls);
	osml__arena_forked();
}

uint32_t osml__pool_inherit(const struct osml__slot *slot, uint32_t held)
{
	struct osml__arena *a = slot->span->arena;
	struct osml__mapping m = { slot->base, slot->span->slot_size, held, 0 };
	int rc;

	if (osml__arena_is_abandoned(a)) {
		osml__mapping_inherit_slot(&m);
		return m.held;
	}
	rc = osml__pages_lock_rest(a, m.base, m.size);
	if (rc == 0)
		return held;
	return held & ~(osml__was_refused(rc) ? OSML_LOCKED : OSML_LOCKED | OSML_NODUMP);
}
