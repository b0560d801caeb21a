/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Secrets of up to 64 KiB share locked pages:
 *
 *   arena  a mapping between two guard pages; its pages are locked while they are needed (arena.h)
 *   span   neighbouring pages of an arena, cut into slots of one size class
 *   slot   the memory of one buffer, next to the others; wiped before it is free
 *
 * Only the slots' memory is locked. What is known about them lies in ordinary memory. There is a pool of each kind of arena.
 */
#ifndef OSML_POOL_H
#define OSML_POOL_H

#include "arena.h"

#define OSML__ALIGNMENT  16u /* of every slot; enough for any type */
#define OSML__SLOT_SIZES 28u
#define OSML__POOL_MAX   65552u /* the largest slot */
#define OSML__CLASSES    (OSML__KINDS * OSML__SLOT_SIZES)

struct osml__slot {
	unsigned char *base;
	struct osml__span *span;
};

struct osml__span {
	unsigned char *base; /* its first slot */
	uint32_t slot_size;
	uint16_t cls;  /* of its kind and its slots' size */
	uint16_t held; /* protections of each slot */
	struct osml__arena *arena;
	unsigned first_page, page_count; /* its part of the arena */
	unsigned count, live;            /* slots; those that are in a buffer or in a thread's cache */
	unsigned first_free_word;        /* no word of `free` below this one has a bit */
	struct osml__span *prev, *next;  /* in a list, while it has a free slot */
	uint64_t free[]; /* a bit for each slot, no record: with many secrets alive each touch is a miss of all near caches */
};

/*
 * For data of 24, 40, 56, 72, 104, 136 ... bytes and the trailer. Multiples of 16, and for a power of two of data 16 more than that: so what is left
 * of a span's pages is room for the fence before its first slot.
 */
static const uint32_t osml__slot_sizes[OSML__SLOT_SIZES] = {
	32,   48,   64,   80,   112,  144,  208,   272,   400,   528,   784,   1040,  1552,  2064,
	2576, 3088, 4112, 5136, 6160, 8208, 10256, 12304, 16400, 20496, 24592, 32784, 49168, OSML__POOL_MAX,
};

/* Which of the slot sizes is the smallest that holds `size` bytes, at most OSML__POOL_MAX. */
static inline unsigned osml__slot_size_index(size_t size)
{
	static const uint8_t small[] = { 0, 0, 0, 1, 2, 3, 4, 4, 5, 5, 6, 6, 6, 6 }; /* of so many times 16 bytes */
	unsigned i;

	if (size <= 208)
		return small[(size + 15) / 16];
	i = size > 2064 ? 14 : 7;
	while (osml__slot_sizes[i] < size)
		i++;
	return i;
}

static inline uint32_t osml__class_size(unsigned cls)
{
	return osml__slot_sizes[cls % OSML__SLOT_SIZES];
}

static inline enum osml__kind osml__span_kind(const struct osml__span *s)
{
	return (enum osml__kind)(s->cls / OSML__SLOT_SIZES);
}

/* At least one slot, at most n; no page is locked for the second. */
int osml__pool_refill(struct osml__slot *slots, unsigned *got, unsigned cls, unsigned n);
size_t osml__pool_returned(void);                                  /* how many slots ever were given back */
void osml__pool_drain(const struct osml__slot *slots, unsigned n); /* gives slots back, idle pages to the system */
OSML__COLD void osml__pool_trim(void);                             /* gives all idle pages back */
size_t osml__pool_idle_bytes(void);                                /* spare mappings included */
struct osml__arena_totals osml__pool_totals(enum osml__kind kind);
OSML__COLD void osml__pool_forked(uint32_t generation);

/* In a forked child, of a slot that is kept: locks what the pool has not locked again. What is left of `held`, the protections of its owner. */
uint32_t osml__pool_inherit(const struct osml__slot *slot, uint32_t held);

#endif
