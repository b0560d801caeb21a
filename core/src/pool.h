/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Small secrets share locked pages:
 *
 *   arena  a mapping of 4 to 512 locked pages between two guard pages
 *   span   one or more neighbouring pages of an arena, cut into slots of one size
 *   slot   the memory of one buffer, next to the others; wiped before it is free
 *
 * Only the slots' memory is locked. What is known about them lies in ordinary memory. Spans and arenas without a live slot go
 * back at once, but for one spare arena.
 */
#ifndef OSML_POOL_H
#define OSML_POOL_H

#include "internal.h"

#define OSML__CLASSES  14u
#define OSML__POOL_MAX 2064u /* the largest slot */

struct osml__slot {
	unsigned char *base;
	struct osml__span *span;
};

struct osml__span {
	unsigned char *base; /* its first slot */
	uint32_t slot_size;
	uint16_t cls;
	uint16_t held; /* protections of each slot */
	struct osml__arena *arena;
	uint64_t units;                 /* its part of the arena */
	unsigned count, live;           /* slots; those that are in a buffer or in a thread's cache */
	unsigned roomy;                 /* no word of `free` below this one has a bit */
	struct osml__span *prev, *next; /* in a list, while it has a free slot */
	uint64_t free[]; /* a bit for each slot, no record: with many secrets alive each touch is a miss of all near caches */
};

/* For data of 24, 40, 56, 72, 104, 136 ... bytes and the trailer, so that powers of two of data waste little. Multiples of 16. */
static const uint16_t osml__slot_sizes[OSML__CLASSES] = { 32, 48, 64, 80, 112, 144, 208, 272, 400, 528, 784, 1040, 1552, OSML__POOL_MAX };

/* The smallest class whose slots hold `size` bytes, at most OSML__POOL_MAX. */
static inline unsigned osml__pool_class(size_t size)
{
	unsigned cls = 0;

	while (osml__slot_sizes[cls] < size)
		cls++;
	return cls;
}

int osml__pool_refill(struct osml__slot *slots, unsigned *got, unsigned cls, unsigned n); /* at least one slot, at most n */
void osml__pool_drain(const struct osml__slot *slots, unsigned n);                        /* gives slots back, idle pages to the system */
void osml__pool_trim(void);                                                               /* gives back the spare arena */
void osml__span_pages(const struct osml__span *span, struct osml__mapping *pages);        /* all locked pages of its arena */

#endif
