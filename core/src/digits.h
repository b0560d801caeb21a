/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Digits of hex, base64 and base32, eight at a time: a byte each of one word, the first in the lowest. What becomes of them is the same
 * arithmetic on all bytes, without a table or a branch that a cache could leak, in general registers (copy.c says why).
 */
#ifndef OSML_DIGITS_H
#define OSML_DIGITS_H

#include "internal.h"
#include "secret.h"

#define OSML__EACH(byte) ((uint64_t)(byte)*0x0101010101010101u)
#define OSML__RUNS_MAX   7u

/* Runs of consecutive characters, all below 0x80, and what each becomes. The fields hold their number eight times. */
struct osml__map {
	unsigned count;
	struct {
		uint64_t from, after, shift;
	} runs[OSML__RUNS_MAX];
};

static inline void osml__map_add(struct osml__map *map, unsigned first, unsigned last, unsigned becomes)
{
	unsigned i = map->count++;

	map->runs[i].from = OSML__EACH(0x80 - first);
	map->runs[i].after = OSML__EACH(0x7f - last);
	map->runs[i].shift = OSML__EACH((becomes - first) & 0x7f);
}

/* Maps the eight characters; 0x7f for each that is in a run, and 0 for others, which become 0. The top bit of a byte tells whether. */
OSML__INLINE uint64_t osml__map_word(const struct osml__map *map, uint64_t *word)
{
	const uint64_t text = osml__opaque_word(*word & OSML__EACH(0x7f)), lower = ~*word & OSML__EACH(0x80);
	uint64_t known = 0, shift = 0;

	for (unsigned i = 0; i < map->count; i++) {
		uint64_t in = (text + map->runs[i].from) & ~(text + map->runs[i].after);
		known |= in;
		in = osml__opaque_word(in & OSML__EACH(0x80));
		shift |= (in - (in >> 7)) & map->runs[i].shift;
	}
	known &= lower;
	known = osml__opaque_word(known - (known >> 7));
	*word = (text + shift) & known;
	return known;
}

static inline uint64_t osml__digits_swap(uint64_t word)
{
	word = (word & 0x00ff00ff00ff00ff) << 8 | (word >> 8 & 0x00ff00ff00ff00ff);
	word = (word & 0x0000ffff0000ffff) << 16 | (word >> 16 & 0x0000ffff0000ffff);
	return word << 32 | word >> 32;
}

/* To or from the order of this machine; compilers know the answer. */
static inline uint64_t osml__digits_order(uint64_t word)
{
	const uint16_t one = 1;
	unsigned char first;

	memcpy(&first, &one, 1);
	return first ? word : osml__digits_swap(word);
}

static inline uint64_t osml__digits_load(const unsigned char *text)
{
	uint64_t word;

	memcpy(&word, text, sizeof word);
	return osml__digits_order(word);
}

static inline void osml__digits_store(unsigned char *text, uint64_t word)
{
	word = osml__digits_order(word);
	memcpy(text, &word, sizeof word);
}

/* Fewer than eight; the rest are 0. */
static inline uint64_t osml__digits_load_some(const unsigned char *text, size_t n)
{
	uint64_t word = 0;

	while (n--)
		word = word << 8 | osml__opaque(text[n]);
	return word;
}

static inline void osml__digits_store_some(unsigned char *text, uint64_t word, size_t n)
{
	for (; n--; word >>= 8)
		*text++ = (unsigned char)osml__opaque((size_t)word);
}

/* Eight digits of `bits` bits become so many bytes; the rest are 0. */
static inline uint64_t osml__digits_join(uint64_t word, unsigned bits)
{
	word = (word & 0x00ff00ff00ff00ff) << bits | (word >> 8 & 0x00ff00ff00ff00ff);
	word = (word & 0x0000ffff0000ffff) << 2 * bits | (word >> 16 & 0x0000ffff0000ffff);
	word = osml__opaque_word(word);
	return osml__digits_swap(word << (64 - 4 * bits) | word >> 32 << (64 - 8 * bits));
}

/* The other way; what is in the rest does not matter. */
static inline uint64_t osml__digits_split(uint64_t word, unsigned bits)
{
	const uint64_t two = (((uint64_t)1 << 2 * bits) - 1) * 0x0000000100000001, one = (((uint64_t)1 << bits) - 1) * 0x0001000100010001;
	const uint64_t number = osml__opaque_word(osml__digits_swap(word));

	word = number >> (64 - 4 * bits) | number << 4 * bits >> (64 - 4 * bits) << 32;
	word = (word >> 2 * bits & two) | (word & two) << 16;
	return osml__opaque_word((word >> bits & one) | (word & one) << 8);
}

#endif
