/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * blocks.c: where the blocks of the locked heap are. A table from addresses to blocks, which is read without a lock and never asks the memory that
 * an address points to, so that any address may be looked up at any time. It lies in ordinary memory, a part for each 2 MiB of addresses that ever
 * had a block; parts are never freed.
 *
 * A block begins at a multiple of 16, and two of them at least 32 bytes apart, so each 32 bytes have one mark: 0, or what begins there, and in which
 * half.
 */
#ifndef OSML_BLOCKS_H
#define OSML_BLOCKS_H

#include "internal.h"

#define OSML__PART_SHIFT   21u
#define OSML__PART_BUCKETS 1024u /* without two parts of one bucket up to 2 GiB */
#define OSML__OWNER_SHIFT  12u   /* blocks that begin in the same 4 KiB have the same owner */
#define OSML__MARK_SHIFT   5u

#define OSML__BLOCK_ENDING 0x80u /* of a mark: it is being wiped, and no caller's any more */

struct osml__part {
	uintptr_t number; /* its addresses >> OSML__PART_SHIFT */
	struct osml__part *next;
	void *_Atomic owners[1u << (OSML__PART_SHIFT - OSML__OWNER_SHIFT)];
	_Atomic unsigned char marks[1u << (OSML__PART_SHIFT - OSML__MARK_SHIFT)];
};

extern OSML__HIDDEN struct osml__part *_Atomic osml__parts[OSML__PART_BUCKETS];

OSML__COLD int osml__part_new(struct osml__part **out, const void *p);

/* All blocks, and those that are ending, in the order of their addresses within a part. `p` may be one of them only as long as nobody ends it. */
OSML__COLD void osml__blocks_each(void (*visit)(unsigned char *p, unsigned mark, void *owner, void *context), void *context);

static inline struct osml__part *osml__part_of(const void *p)
{
	uintptr_t number = (uintptr_t)p >> OSML__PART_SHIFT;
	struct osml__part *part = atomic_load_explicit(&osml__parts[number % OSML__PART_BUCKETS], memory_order_acquire);

	while (part && part->number != number)
		part = part->next;
	return part;
}

static inline _Atomic unsigned char *osml__mark_of(struct osml__part *part, const void *p)
{
	return &part->marks[((uintptr_t)p & (((uintptr_t)1 << OSML__PART_SHIFT) - 1)) >> OSML__MARK_SHIFT];
}

static inline void *_Atomic *osml__owner_of(struct osml__part *part, const void *p)
{
	return &part->owners[((uintptr_t)p & (((uintptr_t)1 << OSML__PART_SHIFT) - 1)) >> OSML__OWNER_SHIFT];
}

/* The mark of a block of that kind at `p`; and what a mark says. */
static inline unsigned osml__mark(const void *p, unsigned kind)
{
	return 2 * kind + (unsigned)((uintptr_t)p >> 4 & 1) + 1;
}

static inline unsigned osml__mark_kind(unsigned mark)
{
	return ((mark & ~OSML__BLOCK_ENDING) - 1) / 2;
}

/* True when a block with that mark begins at `p`, and not in the other half of the 32 bytes, or a few bytes before. */
static inline bool osml__mark_is_at(unsigned mark, const void *p)
{
	return mark && mark < OSML__BLOCK_ENDING && ((uintptr_t)p & 31) == ((mark - 1) & 1) * 16;
}

/* The mark of the block that begins at `p`; 0: none does. */
static inline unsigned osml__block_at(const void *p)
{
	struct osml__part *part = osml__part_of(p);
	unsigned mark = part ? atomic_load_explicit(osml__mark_of(part, p), memory_order_relaxed) : 0;

	return osml__mark_is_at(mark, p) ? mark : 0;
}

static inline void *osml__block_owner(const void *p)
{
	return atomic_load_explicit(osml__owner_of(osml__part_of(p), p), memory_order_relaxed);
}

/* 0, or -ENOMEM. */
static inline int osml__block_begin(void *p, unsigned kind, void *owner)
{
	struct osml__part *part = osml__part_of(p);
	int rc = OSML__UNLIKELY(!part) ? osml__part_new(&part, p) : 0;

	if (rc)
		return rc;
	atomic_store_explicit(osml__owner_of(part, p), owner, memory_order_relaxed);
	atomic_store_explicit(osml__mark_of(part, p), (unsigned char)osml__mark(p, kind), memory_order_relaxed);
	return 0;
}

/*
 * True when `mark` was `was`, and is `next` now. Some processors exchange words only, and for a byte GCC before 14 calls libatomic there (RISC-V),
 * which most builds of the core do not link. So it exchanges the word around the byte, and tries again when only the neighbours have changed.
 */
#if defined(__GNUC__) && !defined(__GCC_HAVE_SYNC_COMPARE_AND_SWAP_1)
static inline bool osml__mark_change(_Atomic unsigned char *mark, unsigned char was, unsigned char next)
{
	typedef uint32_t __attribute__((may_alias)) word;
	size_t at = (uintptr_t)mark % sizeof(word);
	word *around = (word *)((uintptr_t)mark - at), before = __atomic_load_n(around, __ATOMIC_RELAXED), after;

	do {
		after = before;
		if (((unsigned char *)&before)[at] != was)
			return false;
		((unsigned char *)&after)[at] = next;
	} while (!__atomic_compare_exchange_n(around, &before, after, true, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED));
	return true;
}
#else
static inline bool osml__mark_change(_Atomic unsigned char *mark, unsigned char was, unsigned char next)
{
	return atomic_compare_exchange_strong_explicit(mark, &was, next, memory_order_acquire, memory_order_relaxed);
}
#endif

/* The caller alone ends it from here on; its mark, or 0: there is none, or another thread was first. */
static inline unsigned osml__block_claim(const void *p)
{
	struct osml__part *part = osml__part_of(p);
	_Atomic unsigned char *mark = part ? osml__mark_of(part, p) : NULL;
	unsigned char was = part ? atomic_load_explicit(mark, memory_order_relaxed) : 0;

	return osml__mark_is_at(was, p) && osml__mark_change(mark, was, was | OSML__BLOCK_ENDING) ? was : 0;
}

/* Claimed and wiped; its memory may be another's now. */
static inline void osml__block_end(const void *p)
{
	atomic_store_explicit(osml__mark_of(osml__part_of(p), p), 0, memory_order_release);
}

#endif
