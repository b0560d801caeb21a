/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "internal.h"

static uint64_t key;

int osml__canary_start(void)
{
	return osml__os_random(&key, sizeof key);
}

/* Every aligned block of eight bytes has a value of its own, so that one leaked canary does not tell the next (item T33). */
static uint64_t value_at(uintptr_t block)
{
	return (key ^ block) * 0x9E3779B97F4A7C15u;
}

/* Masks for the bytes at addresses below, and above, offset `k` of a block. */
static uint64_t below(unsigned k)
{
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	return k ? ~UINT64_C(0) << (64 - 8 * k) : 0;
#else
	return ~(~UINT64_C(0) << (8 * k));
#endif
}

static uint64_t above(unsigned k)
{
	return k == 7 ? 0 : ~below(k + 1);
}

static uint64_t load(const unsigned char *block)
{
	uint64_t value;
	memcpy(&value, block, sizeof value);
	return value;
}

static void store(unsigned char *block, uint64_t value)
{
	memcpy(block, &value, sizeof value);
}

static void set_blocks(unsigned char *from, const unsigned char *to)
{
	for (; from < to; from += 8)
		store(from, value_at((uintptr_t)from));
}

static bool blocks_alive(const unsigned char *from, const unsigned char *to)
{
	uint64_t differs = 0;

	for (; from < to; from += 8)
		differs |= load(from) ^ value_at((uintptr_t)from);
	return differs == 0;
}

void osml__canary_set(unsigned char *base, size_t size, unsigned char *data, size_t len)
{
	unsigned k = (uintptr_t)(data + len) & 7;
	unsigned char *block = data + len - k;

	set_blocks(base, data);
	store(block, (load(block) & below(k)) | (value_at((uintptr_t)block) & above(k)));
	set_blocks(block + 8, base + size);
}

bool osml__canary_alive(const unsigned char *base, size_t size, const unsigned char *data, size_t len)
{
	unsigned k = (uintptr_t)(data + len) & 7;
	const unsigned char *block = data + len - k;

	/* The NUL after the data is part of the canary: writing there is writing outside. */
	return (load(block) & ~below(k)) == (value_at((uintptr_t)block) & above(k)) && blocks_alive(base, data) &&
	       blocks_alive(block + 8, base + size);
}
