/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* storage.c: where a buffer's bytes live. The caller makes sure that nobody else uses the buffer meanwhile. */
#ifndef OSML_STORAGE_H
#define OSML_STORAGE_H

#include "cache.h"
#include "canary.h"
#include "life.h"

#define OSML__LARGE_SLOT \
	8192u /* above it a request that the quota refuses is tried with pages of its own: the class may take pages more than it needs */

/* How many buffers a forked child could read; 0 spares it the walk over all handles. */
extern _Atomic uint32_t osml__readable_after_fork;

OSML__COLD int osml__storage_alloc_slow(osml_buffer *b, struct osml__cache *c, size_t len, const osml_buffer_options *o);
OSML__COLD bool osml__storage_trim(void);        /* gives back all that is idle */
OSML__COLD bool osml__storage_make_room(int rc); /* the same for a request that was answered so; true: it is worth another try */
OSML__COLD int osml__storage_enforce_policy(osml_buffer *b, const osml_buffer_options *o);
OSML__COLD int osml__storage_set_aside(void *slot, size_t size,
                                       enum osml__kind kind); /* one that something was written to while it was free; OSML_ECORRUPT */
int osml__storage_check(const osml_buffer *b);                /* the canary */
int osml__storage_make_writable(const osml_buffer *b);        /* whatever the access mode */
void osml__storage_shrink(osml_buffer *b, size_t len);        /* wipes what is cut off */
int osml__storage_wipe(osml_buffer *b);                       /* all of the memory. OSML_ECORRUPT: wiped, and a canary was corrupted */
void osml__storage_free(osml_buffer *b);                      /* gives wiped memory back; inherited memory as far as it is here */

/* In a child of fork(): the memory is what the kernel left of the parent's. */
static inline bool osml__storage_is_inherited(const osml_buffer *b)
{
	return atomic_load_explicit(&b->generation, memory_order_relaxed) != osml__generation();
}

/* A fork leaves a readable copy of the bytes in the child, where it must be locked again or wiped. */
static inline bool osml__storage_is_readable_after_fork(const osml_buffer *b)
{
	return !(b->held & (OSML_WIPEONFORK | OSML_NOFORK));
}

/* All bytes that are the buffer's own: the slot, or the pages. */
static inline struct osml__mapping osml__storage_bounds(const osml_buffer *b)
{
	return (struct osml__mapping){ b->data - b->before, osml__handle_size(b), b->held,
		                       b->held & OSML_LOCKED ? osml__handle_size(b) : 0 };
}

static inline size_t osml__len(const osml_buffer *b)
{
	return atomic_load_explicit(&b->len, memory_order_relaxed);
}

/* The pool that has the protections asked for, or OSML__KINDS: who wants guards, or less of what costs or shows, gets pages of his own. */
static inline enum osml__kind osml__storage_kind(uint32_t want)
{
	if (want & OSML_GUARDED)
		return OSML__KINDS;
	if (want & OSML_SECRETMEM) /* implies LOCKED and NOFORK */
		return OSML__KIND_SECRET;
	if (!(want & OSML_LOCKED) || want & OSML_NOFORK)
		return OSML__KINDS;
	return want & OSML_WIPEONFORK ? OSML__KIND_ORDINARY : OSML__KIND_KEPT;
}

static inline bool osml__storage_fits_pool(size_t len, const osml_buffer_options *o)
{
	return len <= OSML__POOL_MAX - OSML__TRAILER - (o->alignment - OSML__ALIGNMENT) && osml__storage_kind(o->want) != OSML__KINDS;
}

OSML__INLINE int osml__storage_alloc_slot(osml_buffer *b, struct osml__cache *c, size_t len, const osml_buffer_options *o)
{
	enum osml__kind kind = osml__storage_kind(o->want);
	unsigned index = osml__slot_size_index(len + OSML__TRAILER + (o->alignment - OSML__ALIGNMENT));
	size_t size = osml__slot_sizes[index];
	const struct osml__slot *slot = NULL; /* gcc 14 and later do not see that it is set when rc is 0 */
	struct osml__span *span;
	unsigned char *base;
	int rc;

	rc = osml__cache_take_slot(c, kind * OSML__SLOT_SIZES + index, size, &slot);
	if (OSML__UNLIKELY(rc))
		return rc;
	base = slot->base;
	span = slot->span;
	if (OSML__UNLIKELY(!osml__canary_slot_is_clean(base, size)))
		return osml__storage_set_aside(base, size, kind);
	atomic_store_explicit(&b->len, len, memory_order_relaxed);
	b->span = span;
	b->held = span->held;
	b->keep = kind == OSML__KIND_KEPT;
	b->size = (uint32_t)size / OSML__ALIGNMENT;
	b->before = o->alignment == OSML__ALIGNMENT ? 0 : (uint16_t)(-(uintptr_t)base & (o->alignment - 1));
	b->data = base + b->before;
	osml__canary_set(base, size, b->data, len);
	return 0;
}

/*
 * Fills in data, len, held, keep and where they lie. `o` is complete and checked. Inline for the common case: a slot that holds all that
 * was asked for.
 */
OSML__INLINE int osml__storage_alloc(osml_buffer *b, struct osml__cache *c, size_t len, const osml_buffer_options *o)
{
	if (!osml__storage_fits_pool(len, o) || OSML__UNLIKELY(osml__storage_alloc_slot(b, c, len, o)))
		return osml__storage_alloc_slow(b, c, len, o);
	return o->want & ~b->held || osml__storage_kind(o->want) == OSML__KIND_KEPT ? osml__storage_enforce_policy(b, o) : 0;
}

/* A slot that no child can read needs no mark between wiping and release, so that one step ends the buffer. */
static inline bool osml__storage_ends_at_once(const osml_buffer *b)
{
	return b->span && !osml__storage_is_readable_after_fork(b);
}

/* Wipes such a slot and gives it back; OSML_ECORRUPT when a canary was corrupted. */
OSML__INLINE int osml__storage_free_slot(struct osml__cache *c, osml_buffer *b)
{
	size_t size = (size_t)b->size * OSML__ALIGNMENT;
	unsigned char *base = b->data - b->before;
	uint64_t fence = osml__canary_value(base + size - 8);
	int rc = 0;

	if (OSML__UNLIKELY(!osml__canary_intact(base, size, b->data, osml__len(b)) || osml__canary_fence_differs(base)))
		rc = osml__canary_report(base, osml__span_kind(b->span));
	osml__wipe_slot(base, size);
	osml__canary_store_shared(base + size - 8, fence);
	osml__cache_ending(c, NULL);
	osml__cache_return_slot(c, base, b->span, size);
	return rc;
}

#endif
