/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The needle: a 64-byte secret that is computed from a seed one byte at a time, so that it lies only where it was put. Victim and
 * scanner share the seed; neither has the secret in its text, its arguments or its stack.
 */
#ifndef OSML_PROOF_NEEDLE_H
#define OSML_PROOF_NEEDLE_H

#include <stddef.h>
#include <stdint.h>

#define NEEDLE_LEN 64

/* A linear congruential generator (Knuth's MMIX constants): what is kept are its states, from which nobody reads the bytes by accident. */
static inline uint64_t needle_step(uint64_t state)
{
	return state * 6364136223846793005u + 1442695040888963407u;
}

/* Printable and without NUL or newline, so that an environment variable and a line of text can hold it. */
static inline unsigned char needle_byte(uint64_t state)
{
	return (unsigned char)('!' + (state >> 33) % 94);
}

/* Volatile: the compiler must not gather the bytes in a vector register, which a call could then spill to the stack. */
static inline void needle_put(volatile unsigned char *p, uint64_t seed)
{
	for (size_t i = 0; i < NEEDLE_LEN; i++) {
		seed = needle_step(seed);
		p[i] = needle_byte(seed);
	}
}

static inline int needle_is(const volatile unsigned char *p, uint64_t seed)
{
	for (size_t i = 0; i < NEEDLE_LEN; i++) {
		seed = needle_step(seed);
		if (p[i] != needle_byte(seed))
			return 0;
	}
	return 1;
}

#endif
