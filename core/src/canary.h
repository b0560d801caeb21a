/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Bytes around the data that tell of a stray write. The memory is [base, base+size), both multiples of eight; the data is [data,
 * data+len), aligned likewise. A NUL follows the data and is part of the canary. Inline: this is a good part of what a small buffer
 * costs.
 */
#ifndef OSML_CANARY_H
#define OSML_CANARY_H

#include <stdbool.h>
#include <string.h>

#include "os.h"

#define OSML__TRAILER 8u /* least room after the data: the NUL and seven bytes of canary, or more of either */

extern uint64_t osml__canary_key;

/* Every aligned block of eight bytes has a value of its own, so that one leaked canary does not tell the next (item T33). */
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

static inline uint64_t osml__canary_load(const unsigned char *block)
{
	uint64_t value;
	memcpy(&value, block, sizeof value);
	return value;
}

static inline void osml__canary_fill(unsigned char *from, const unsigned char *to)
{
	for (; from < to; from += 8) {
		uint64_t value = osml__canary_value(from);
		memcpy(from, &value, sizeof value);
	}
}

static inline uint64_t osml__canary_differences(const unsigned char *from, const unsigned char *to)
{
	uint64_t differs = 0;

	for (; from < to; from += 8)
		differs |= osml__canary_load(from) ^ osml__canary_value(from);
	return differs;
}

static inline void osml__canary_set(unsigned char *base, size_t size, unsigned char *data, size_t len)
{
	unsigned k = (uintptr_t)(data + len) & 7;
	unsigned char *block = data + len - k;
	uint64_t value = osml__canary_value(block) & OSML__ABOVE(k);

	if (k) /* Lengths that are multiples of eight need no look at memory that is in no cache. */
		value |= osml__canary_load(block) & OSML__BELOW(k);
	memcpy(block, &value, sizeof value);
	osml__canary_fill(base, data);
	osml__canary_fill(block + 8, base + size);
}

static inline bool osml__canary_alive(const unsigned char *base, size_t size, const unsigned char *data, size_t len)
{
	unsigned k = (uintptr_t)(data + len) & 7;
	const unsigned char *block = data + len - k;
	uint64_t differs = (osml__canary_load(block) & ~OSML__BELOW(k)) ^ (osml__canary_value(block) & OSML__ABOVE(k));

	differs |= osml__canary_differences(base, data);
	differs |= osml__canary_differences(block + 8, base + size);
	return differs == 0;
}

#endif
