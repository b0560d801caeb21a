/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* storage.c: where a buffer's bytes live. The caller makes sure that nobody else uses the buffer meanwhile. */
#ifndef OSML_STORAGE_H
#define OSML_STORAGE_H

#include "cache.h"
#include "canary.h"

#define OSML__ALIGNMENT 16u /* of every slot; enough for any type */

/* How many open buffers a forked child must see to; 0 spares it the walk over all handles. */
extern _Atomic uint32_t osml__fork_chores;

int osml__storage_take_elsewhere(osml_buffer *b, struct osml__cache *c, size_t len, const osml_buffer_options *o);
int osml__storage_settle(osml_buffer *b, const osml_buffer_options *o);
int osml__storage_release_elsewhere(osml_buffer *b);
int osml__storage_corrupt(void);                       /* counts a dead canary; OSML_ECORRUPT */
int osml__storage_check(const osml_buffer *b);         /* the canary */
int osml__storage_open_up(const osml_buffer *b);       /* makes the pages writable, whatever the access mode */
void osml__storage_shrink(osml_buffer *b, size_t len); /* wipes what is cut off */

/* All bytes that are the buffer's own: the slot, or the pages. */
static inline struct osml__mapping osml__storage_bounds(const osml_buffer *b)
{
	if (b->pages)
		return (struct osml__mapping){ b->base, b->pages, b->held };
	return (struct osml__mapping){ b->data - b->slot_pad, b->slot_size, b->held };
}

/* The pool's slots have the default protections. Who asks for less of what costs or shows, or for more, gets pages of his own. */
static inline bool osml__storage_fits_pool(size_t len, const osml_buffer_options *o)
{
	const uint32_t decisive = OSML_LOCKED | OSML_WIPEONFORK | OSML_NOFORK | OSML_GUARDED | OSML_SECRETMEM;

	return len <= OSML__POOL_MAX && len + OSML__TRAILER + (o->alignment - OSML__ALIGNMENT) <= OSML__POOL_MAX &&
	       (o->want & decisive) == (OSML_LOCKED | OSML_WIPEONFORK);
}

OSML__INLINE int osml__storage_take_slot(osml_buffer *b, struct osml__cache *c, size_t len, const osml_buffer_options *o)
{
	unsigned cls = osml__pool_class(len + OSML__TRAILER + (o->alignment - OSML__ALIGNMENT));
	const struct osml__slot *slot;
	int rc = osml__cache_take_slot(c, cls, &slot);
	unsigned char *base;

	if (rc)
		return rc;
	base = slot->base;
	b->span = slot->span;
	b->len = len;
	b->pages = 0;
	b->held = b->span->held;
	b->keep = false;
	b->slot_size = osml__slot_sizes[cls];
	b->slot_pad = (uint16_t)(-(uintptr_t)base & (o->alignment - 1));
	b->data = base + b->slot_pad;
	osml__canary_set(base, b->slot_size, b->data, len);
	return 0;
}

/*
 * Fills in data, len, held, keep and where they lie. `o` is complete and checked. Inline for the common case: a slot that holds all that
 * was asked for.
 */
OSML__INLINE int osml__storage_take(osml_buffer *b, struct osml__cache *c, size_t len, const osml_buffer_options *o)
{
	if (!osml__storage_fits_pool(len, o) || osml__storage_take_slot(b, c, len, o))
		return osml__storage_take_elsewhere(b, c, len, o);
	return o->want & ~b->held ? osml__storage_settle(b, o) : 0;
}

/* Gives the memory back, wiped; OSML_ECORRUPT when a canary had died. */
OSML__INLINE int osml__storage_release(osml_buffer *b)
{
	unsigned char *base;
	size_t size;
	int rc = 0;

	if (b->pages || !(b->held & OSML_WIPEONFORK))
		return osml__storage_release_elsewhere(b);
	base = b->data - b->slot_pad;
	size = b->slot_size;
	if (!osml__canary_alive(base, size, b->data, b->len))
		rc = osml__storage_corrupt();
	osml__wipe_slot(base, size);
	osml__cache_return_slot(base, b->span);
	return rc;
}

#endif
