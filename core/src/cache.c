/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "cache.h"

#include "canary.h"
#include "life.h"
#include "pagerefs.h"
#include "spare.h"

#include <stdlib.h>

_Thread_local struct osml__cache *osml__cache OSML__TLS_MODEL;

/* All three under OSML__MUTEX_HANDLES. */
static struct osml__cache *all;
static struct osml__cache *orphans;        /* in a forked child: those of the parent's threads */
static _Atomic ptrdiff_t opened_elsewhere; /* by threads that have ended, or that could not have a cache */

static void link_cache(struct osml__cache *c)
{
	osml__lock(OSML__MUTEX_HANDLES);
	c->next = all;
	all = c;
	osml__unlock(OSML__MUTEX_HANDLES);
}

static struct osml__cache *take_orphan(void)
{
	struct osml__cache *c;

	osml__lock(OSML__MUTEX_HANDLES);
	c = orphans;
	if (c)
		orphans = c->next;
	osml__unlock(OSML__MUTEX_HANDLES);
	return c;
}

/* Whatever is given back leaves the cache first: a child that is forked meanwhile may lose it, but must not have it twice. */
static void drain_kind(struct osml__cache *c, enum osml__kind kind)
{
	struct osml__free_list *lists = &c->free_lists[kind * OSML__SLOT_SIZES];

	for (unsigned i = 0; i < OSML__SLOT_SIZES; i++) {
		unsigned count = lists[i].count;

		lists[i].count = lists[i].batch = 0;
		c->bytes -= count * (size_t)osml__slot_sizes[i];
		osml__pool_drain(c->slots[kind * OSML__SLOT_SIZES + i], count);
	}
}

static void drain_slots(struct osml__cache *c)
{
	for (int kind = 0; kind < OSML__KINDS; kind++)
		drain_kind(c, (enum osml__kind)kind);
}

static void disown(struct osml__cache *c)
{
	osml__cache_drain(c);
	free(c);
}

/* In a forked child: slots of the parent are not locked, so they go back, and handles as many as there are; their thread may have been counting. */
static void clear_orphans(void)
{
	struct osml__cache *c;

	while ((c = take_orphan())) {
		c->handle_count = 0;
		for (osml_buffer *b = c->handles; b; b = b->next)
			c->handle_count++;
		disown(c);
	}
}

int osml__cache_start(void)
{
	struct osml__cache *c;
	int rc = osml__start();

	osml__on_fork(OSML__FORK_PAGEREFS, osml__pagerefs_forked);
	osml__on_fork(OSML__FORK_MAPPINGS, osml__mapping_forked);
	osml__on_fork(OSML__FORK_HANDLES, osml__handle_forked);
	osml__on_fork(OSML__FORK_POOL, osml__pool_forked);
	osml__on_fork(OSML__FORK_SPARES, osml__spare_forked);
	osml__on_fork(OSML__FORK_CACHES, osml__cache_forked);
	osml__on_thread_end(osml__cache_end);
	if (rc == 0)
		rc = osml__canary_start();
	if (rc)
		return rc;
	clear_orphans();
	c = calloc(1, sizeof *c);
	if (!c)
		return -ENOMEM;
	c->drain_below = PTRDIFF_MIN;
	c->late = osml__cache == OSML__CACHE_ENDED;
	rc = c->late ? 0 : osml__os_thread_mark(c);
	if (rc) {
		disown(c);
		return rc;
	}
	c->own = &osml__cache;
	link_cache(c);
	osml__cache = c;
	return 0;
}

int osml__cache_fill_handles(struct osml__cache *c)
{
	return osml__handle_refill(&c->handles, &c->handle_count);
}

/* A thread that has closed half of what it had, and many, shrinks its cache; one that only closes what others open, now and then. */
static void set_mark(struct osml__cache *c)
{
	ptrdiff_t opened = atomic_load_explicit(&c->opened, memory_order_relaxed), many = opened > 512 ? opened / 2 : 256;

	c->drain_below = opened - many;
}

/* The last of them is used first, so that small secrets of two threads that have one each are not on one cache line. */
static unsigned first_batch(size_t size)
{
	return size < 128 ? 3 : size < 640 ? 2 : 1;
}

/* Of a large batch the first is used first: what comes next lies behind it then, where the processor looks ahead. */
static void reverse(struct osml__slot *slots, unsigned n)
{
	for (unsigned i = 0; i < n / 2; i++) {
		struct osml__slot other = slots[i];

		slots[i] = slots[n - 1 - i];
		slots[n - 1 - i] = other;
	}
}

int osml__cache_fill_list(struct osml__cache *c, unsigned cls)
{
	struct osml__free_list *list = &c->free_lists[cls];
	struct osml__slot *slots = c->slots[cls];
	unsigned got, batch = list->batch ? list->batch : first_batch(osml__class_size(cls));
	int rc = osml__pool_refill(slots, &got, cls, batch);

	if (got >= OSML__CACHE_BATCH / 2)
		reverse(slots, got);
	for (unsigned i = 0; i < got; i++)
		OSML__PREFETCH(slots[i].base);
	list->count = (uint16_t)got;
	c->bytes += got * (size_t)osml__class_size(cls);
	batch = 2 * batch < OSML__CACHE_BATCH ? 2 * batch : OSML__CACHE_BATCH;
	if (batch * osml__class_size(cls) <= OSML__CACHE_BYTES / 4)
		list->batch = (uint16_t)batch;
	if (atomic_load_explicit(&c->opened, memory_order_relaxed) > c->drain_below + 256)
		set_mark(c);
	return rc;
}

/* The newest stay: they are warm, and likely to lie on the same pages. */
void osml__cache_spill_handles(struct osml__cache *c)
{
	unsigned count = c->handle_count - OSML__CACHE_BATCH;
	osml_buffer *last = c->handles, *oldest;

	for (unsigned i = 1; i < OSML__CACHE_BATCH; i++)
		last = last->next;
	oldest = last->next;
	last->next = NULL;
	c->handle_count = OSML__CACHE_BATCH;
	osml__handle_drain(oldest, count);
}

static void spill_list(struct osml__cache *c, unsigned cls)
{
	struct osml__free_list *list = &c->free_lists[cls];
	struct osml__slot *slots = c->slots[cls];
	unsigned stay = list->count / 2, count = list->count - stay;
	struct osml__slot oldest[OSML__CACHE_MAX];

	memcpy(oldest, slots, count * sizeof *oldest);
	list->count = 0;
	atomic_signal_fence(memory_order_release);
	memmove(slots, slots + count, stay * sizeof *slots);
	atomic_signal_fence(memory_order_release);
	list->count = (uint16_t)stay;
	c->bytes -= count * (size_t)osml__class_size(cls);
	osml__pool_drain(oldest, count);
}

/* Other classes first, if they are what fills the cache. */
static void make_room(struct osml__cache *c, const struct osml__span *span)
{
	if (c->free_lists[span->cls].count * (size_t)span->slot_size < c->bytes / 2)
		drain_slots(c);
	else
		spill_list(c, span->cls);
}

void osml__cache_return_slow(struct osml__cache *c, unsigned char *base, struct osml__span *span)
{
	const struct osml__slot slot = { base, span };
	struct osml__free_list *list;
	size_t size = span->slot_size;
	unsigned count;

	if (c)
		make_room(c, span);
	if (!c || c->bytes + size > OSML__CACHE_BYTES) {
		osml__pool_drain(&slot, 1);
		return;
	}
	list = &c->free_lists[span->cls];
	count = list->count;
	c->slots[span->cls][count] = slot;
	list->count = (uint16_t)(count + 1);
	c->bytes += size;
}

void osml__cache_give_back(struct osml__cache *c)
{
	do {
		atomic_store(&c->busy, false);
		osml__lock(OSML__MUTEX_HANDLES); /* who takes from it has this mutex */
		atomic_store(&c->wanted, false);
		osml__unlock(OSML__MUTEX_HANDLES);
		atomic_store(&c->busy, true);
	} while (atomic_load(&c->wanted));
	drain_slots(c);
}

static void drain_own_slots(struct osml__cache *c)
{
	osml__cache_enter(c);
	drain_slots(c);
	osml__cache_leave(c);
}

void osml__cache_shrink(struct osml__cache *c)
{
	drain_own_slots(c);
	set_mark(c);
}

static void drain_if_idle(struct osml__cache *c)
{
	if (atomic_load_explicit(&c->busy, memory_order_acquire))
		return;
	drain_slots(c);
	atomic_store(&c->wanted, false);
}

/* Where there is no such barrier, each thread gives back what it has when it comes by. */
void osml__cache_drain_others(const struct osml__cache *own)
{
	osml__lock(OSML__MUTEX_HANDLES);
	for (struct osml__cache *c = all; c; c = c->next)
		if (c != own)
			atomic_store(&c->wanted, true);
	if (all && (all != own || all->next) && osml__os_barrier() == 0)
		for (struct osml__cache *c = all; c; c = c->next)
			if (c != own)
				drain_if_idle(c);
	osml__unlock(OSML__MUTEX_HANDLES);
}

void osml__cache_drain(struct osml__cache *c)
{
	osml_buffer *handles = c->handles;
	unsigned count = c->handle_count;

	drain_own_slots(c);
	c->handles = NULL;
	c->handle_count = 0;
	osml__handle_drain(handles, count);
}

/* ---- What ends ---- */

/* Of threads without a cache. Where more than so many are at it, the others go without. */
static struct note {
	_Atomic uintptr_t thread; /* 0: nobody's */
	_Atomic uintptr_t ending;
} notes[16];

static struct note *note_of(uintptr_t thread)
{
	for (size_t i = 0; i < sizeof notes / sizeof *notes; i++)
		if (atomic_load(&notes[i].thread) == thread)
			return &notes[i];
	return NULL;
}

static _Atomic uintptr_t *own_place(void)
{
	struct note *note;

	if (osml__cache_own())
		return &osml__cache->ending;
	note = note_of((uintptr_t)osml__os_thread_id());
	return note ? &note->ending : NULL;
}

void osml__cache_name(osml_buffer *b)
{
	_Atomic uintptr_t *place = own_place();

	if (place)
		atomic_store(place, b ? (uintptr_t)b | OSML__IN_STEPS : 0);
}

bool osml__cache_take_note(void)
{
	struct note *note;

	if (own_place())
		return false;
	while ((note = note_of(0)))
		if (atomic_compare_exchange_strong(&note->thread, &(uintptr_t){ 0 }, (uintptr_t)osml__os_thread_id()))
			return true;
	return false;
}

void osml__cache_give_note(void)
{
	struct note *note = osml__cache_own() ? NULL : note_of((uintptr_t)osml__os_thread_id());

	osml__cache_name(NULL);
	if (note)
		atomic_store(&note->thread, 0);
}

void osml__cache_ending_in_steps(osml_buffer *b)
{
	if (b) {
		osml__cache_take_note();
		osml__cache_name(b);
	} else {
		osml__cache_give_note();
	}
}

uintptr_t osml__cache_what_is_ending(void)
{
	_Atomic uintptr_t *place = own_place();

	return place ? atomic_load(place) : 0;
}

static void unlink_cache(struct osml__cache *c)
{
	osml__lock(OSML__MUTEX_HANDLES);
	for (struct osml__cache **at = &all; *at; at = &(*at)->next) {
		if (*at == c) {
			*at = c->next;
			break;
		}
	}
	opened_elsewhere += atomic_load_explicit(&c->opened, memory_order_relaxed);
	osml__unlock(OSML__MUTEX_HANDLES);
}

static void end(struct osml__cache *c)
{
	osml__cache = OSML__CACHE_ENDED;
	unlink_cache(c);
	disown(c);
}

/* At the end of a thread. In a child the mark may be that of a cache which another thread has emptied. */
void osml__cache_end(void *mark)
{
	if (osml__cache == mark)
		end(mark);
	osml__cache = OSML__CACHE_ENDED;
}

/* Destructors of others come after that, in rounds, and may use the library in the last one too (C19). */
void osml__cache_end_late(void)
{
	if (osml__cache_own() && osml__cache->late)
		end(osml__cache);
}

/* Of all caches that one is still in use, whose thread has forked. It is this thread, or a child's that no handler prepared has more by now (C8). */
static void forget_own(void)
{
	for (struct osml__cache *c = osml__cache ? NULL : all; c; c = c->next)
		*c->own = NULL;
	if (osml__cache_own())
		osml__cache = NULL;
}

/* The other threads are gone, and what this one has cached lies in arenas that are not locked here. */
void osml__cache_forked(uint32_t generation)
{
	(void)generation;
	forget_own();
	memset(notes, 0, sizeof notes);
	if (osml__consistent_at_fork(OSML__MUTEX_HANDLES)) {
		struct osml__cache **last = &all;

		for (; *last; last = &(*last)->next)
			drain_kind(*last, OSML__KIND_KEPT); /* locked again: this child goes on with them */
		*last = orphans;
		orphans = all;
	} else {
		orphans = NULL;
	}
	all = NULL;
}

void osml__cache_count_inherited(uint64_t kept)
{
	atomic_store(&opened_elsewhere, (ptrdiff_t)kept);
}

void osml__cache_closed_elsewhere(void)
{
	atomic_fetch_sub(&opened_elsewhere, 1);
}

size_t osml__cache_bytes(enum osml__kind kind)
{
	size_t bytes = 0;

	osml__lock(OSML__MUTEX_HANDLES);
	for (struct osml__cache *c = all; c; c = c->next)
		for (unsigned i = 0; i < OSML__SLOT_SIZES; i++)
			bytes += atomic_load_explicit(&c->free_lists[kind * OSML__SLOT_SIZES + i].count, memory_order_relaxed) *
			         (size_t)osml__slot_sizes[i];
	osml__unlock(OSML__MUTEX_HANDLES);
	return bytes;
}

uint64_t osml__live_buffers(void)
{
	ptrdiff_t live;

	osml__lock(OSML__MUTEX_HANDLES);
	live = atomic_load(&opened_elsewhere);
	for (struct osml__cache *c = all; c; c = c->next)
		live += atomic_load_explicit(&c->opened, memory_order_relaxed);
	osml__unlock(OSML__MUTEX_HANDLES);
	return live > 0 ? (uint64_t)live : 0;
}
