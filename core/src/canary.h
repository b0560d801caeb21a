/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Bytes around the data that show a stray write. The memory is [base, base+size), both multiples of eight; the data is [data,
 * data+len), aligned likewise. A NUL follows the data and is part of the canary. Inline, because this is a large part of the cost of a
 * small buffer.
 *
 * At most OSML__CANARY_BYTES on either side of the data, since a write that runs over begins there; what is left of a large slot stays zero.
 *
 * In the pool the last block of a slot is also the fence of the slot after it. It has its value while the slot is free, too, so that a write before
 * the start of the next one is found. Two threads may be at it, hence atomic.
 */
#ifndef OSML_CANARY_H
#define OSML_CANARY_H

#include <stdbool.h>
#include <string.h>

#include "internal.h"

#define OSML__CANARY_BYTES 64u
#define OSML__TRAILER      8u /* least room after the data: the NUL and seven bytes of canary, or more of either */

extern OSML__HIDDEN uint64_t osml__canary_key;

int osml__canary_start(void);                            /* draws the key, once a process */
uint32_t osml__canary_bit(void);                         /* OSML_CANARY, or 0 where the key can be guessed */
int osml__canary_count_corruption(enum osml__kind kind); /* OSML_ECORRUPT */

/* The same of a buffer that ends, and mends the fence before its memory: the next buffer there is not to blame. */
OSML__COLD int osml__canary_report(unsigned char *base, enum osml__kind kind);

/* Whole pages of the pool that no buffer uses are zero but for fences, which this clears. Anything else is a stray write: it is counted and wiped. */
void osml__canary_clear_free(unsigned char *from, unsigned char *to, enum osml__kind kind);

/* Every aligned block of eight bytes has a value of its own, so that one leaked canary does not tell the next (T33). */
static inline uint64_t osml__canary_value(const unsigned char *block)
{
	return (osml__canary_key ^ (uintptr_t)block) * 0x9E3779B97F4A7C15u;
}

/* Masks for the bytes at addresses below, and above, offset `k` of a block. */
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#define OSML__BELOW(k) (~(~UINT64_C(0) >> 8 * (k)))
#define OSML__ABOVE(k) (~UINT64_C(0) >> 8 * (k) >> 8)
#else
#define OSML__BELOW(k) (~(~UINT64_C(0) << 8 * (k)))
#define OSML__ABOVE(k) (~UINT64_C(0) << 8 * (k) << 8)
#endif

/* In words of the machine, because 64 bits at once need a library where they are wider than that (audit C19). */
#define OSML__BLOCK_WORDS (sizeof(uint64_t) / sizeof(uintptr_t))

static inline void osml__canary_store_shared(unsigned char *block, uint64_t value)
{
	uintptr_t words[OSML__BLOCK_WORDS];

	memcpy(words, &value, sizeof words);
	for (size_t i = 0; i < OSML__BLOCK_WORDS; i++)
		atomic_store_explicit((_Atomic uintptr_t *)(void *)block + i, words[i], memory_order_relaxed);
}

static inline uint64_t osml__canary_load_shared(const unsigned char *block)
{
	uintptr_t words[OSML__BLOCK_WORDS];
	uint64_t value;

	for (size_t i = 0; i < OSML__BLOCK_WORDS; i++)
		words[i] = atomic_load_explicit((_Atomic uintptr_t *)(uintptr_t)block + i, memory_order_relaxed);
	memcpy(&value, words, sizeof value);
	return value;
}

/* The block that ends at `end`: of a slot, or before one. Its first byte may be the NUL. */
static inline void osml__canary_fence(unsigned char *end)
{
	osml__canary_store_shared(end - 8, osml__canary_value(end - 8));
}

/* Where the slot begins with its page, the block before it may have been given back. */
static inline uint64_t osml__canary_fence_differs(const unsigned char *base)
{
	if (((uintptr_t)base & 4095) == 0)
		return 0;
	return (osml__canary_load_shared(base - 8) ^ osml__canary_value(base - 8)) & OSML__ABOVE(0);
}

static inline uint64_t osml__canary_load(const unsigned char *block)
{
	uint64_t value;
	memcpy(&value, block, sizeof value);
	return value;
}

static inline void osml__canary_store(unsigned char *block)
{
	uint64_t value = osml__canary_value(block);

	memcpy(block, &value, sizeof value);
}

static inline uint64_t osml__canary_difference(const unsigned char *block)
{
	return osml__canary_load(block) ^ osml__canary_value(block);
}

/* Four blocks at once here and below: with a branch for each, the loops were a quarter of the time of a buffer of 280 bytes. */
static inline void osml__canary_fill(unsigned char *from, const unsigned char *to)
{
	for (; to - from >= 32; from += 32) {
		osml__canary_store(from);
		osml__canary_store(from + 8);
		osml__canary_store(from + 16);
		osml__canary_store(from + 24);
	}
	for (; from < to; from += 8)
		osml__canary_store(from);
}

static inline uint64_t osml__canary_differences(const unsigned char *from, const unsigned char *to)
{
	uint64_t differs = 0;

	for (; to - from >= 32; from += 32) {
		differs |= osml__canary_difference(from) | osml__canary_difference(from + 8);
		differs |= osml__canary_difference(from + 16) | osml__canary_difference(from + 24);
	}
	for (; from < to; from += 8)
		differs |= osml__canary_difference(from);
	return differs;
}

static inline unsigned char *osml__canary_start_of(const unsigned char *base, const unsigned char *data)
{
	return (unsigned char *)(data - base > (ptrdiff_t)OSML__CANARY_BYTES ? data - OSML__CANARY_BYTES : base);
}

static inline unsigned char *osml__canary_end_of(const unsigned char *from, const unsigned char *end)
{
	return (unsigned char *)(end - from > (ptrdiff_t)OSML__CANARY_BYTES ? from + OSML__CANARY_BYTES : end);
}

/* Its last block, the fence, is there already. */
OSML__INLINE void osml__canary_set(unsigned char *base, size_t size, unsigned char *data, size_t len)
{
	unsigned k = (uintptr_t)(data + len) & 7;
	unsigned char *block = data + len - k;
	uint64_t value = osml__canary_value(block) & OSML__ABOVE(k);

	if (k) /* A length that is a multiple of eight needs no read of memory that may be in no CPU cache. */
		value |= osml__canary_load(block) & OSML__BELOW(k);
	osml__canary_store_shared(block, value);
	if (base != data)
		osml__canary_fill(osml__canary_start_of(base, data), data);
	osml__canary_fill(block + 8, osml__canary_end_of(block + 8, base + size - 8));
}

/* A multiple of 16 bytes; two blocks at once, and those two by two, where the compiler can: there is no secret in a free slot. */
#if defined(__GNUC__)
typedef uint64_t osml__blocks __attribute__((vector_size(16)));

/* By address: how a function returns a vector depends on the options of the compiler, of which gcc warns on i386. */
static inline void osml__canary_add_two(osml__blocks *all, const unsigned char *blocks)
{
	osml__blocks two;

	memcpy(&two, blocks, sizeof two);
	*all |= two;
}

static inline bool osml__canary_is_zero(const unsigned char *from, const unsigned char *to)
{
	osml__blocks all = { 0 };

	if ((to - from) & 16) {
		osml__canary_add_two(&all, from);
		from += 16;
	}
	for (; from < to; from += 32) {
		osml__canary_add_two(&all, from);
		osml__canary_add_two(&all, from + 16);
	}
	return !(all[0] | all[1]);
}
#else
static inline bool osml__canary_is_zero(const unsigned char *from, const unsigned char *to)
{
	uint64_t all = 0;

	for (; from < to; from += 8)
		all |= osml__canary_load(from);
	return !all;
}
#endif

bool osml__canary_is_zero_wide(const unsigned char *from, const unsigned char *to); /* the same for many, with wider registers */

/* A free slot that a cache has is all zero, but for its fence. */
static inline bool osml__canary_slot_is_clean(const unsigned char *slot, size_t size)
{
	const unsigned char *fence = slot + size - 8;

	if (osml__canary_load(fence) != osml__canary_value(fence) || osml__canary_load(fence - 8))
		return false;
	return size > 272 ? osml__canary_is_zero_wide(slot, slot + size - 16) : osml__canary_is_zero(slot, slot + size - 16);
}

OSML__INLINE bool osml__canary_intact(const unsigned char *base, size_t size, const unsigned char *data, size_t len)
{
	unsigned k = (uintptr_t)(data + len) & 7;
	const unsigned char *block = data + len - k, *fence = base + size - 8;
	uint64_t differs = (osml__canary_load(block) & ~OSML__BELOW(k)) ^ (osml__canary_value(block) & OSML__ABOVE(k));

	if (base != data)
		differs |= osml__canary_differences(osml__canary_start_of(base, data), data);
	differs |= osml__canary_differences(block + 8, osml__canary_end_of(block + 8, fence));
	if (block != fence)
		differs |= osml__canary_difference(fence);
	return differs == 0;
}

/* The same, with the last block, of memory with pages of its own and of slots that the common path does not take: not inline. */
OSML__COLD void osml__canary_set_all(const struct osml__mapping *m, unsigned char *data, size_t len);
OSML__COLD bool osml__canary_all_intact(const struct osml__mapping *m, const unsigned char *data, size_t len);

#endif
