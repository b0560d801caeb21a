/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * OpenSSL's secure heap: one arena of fixed size, a power of two, cut by halves. Its size is chosen here to hold what is asked, as a
 * user who knew the future would; below that, 16 MiB, as the arena cannot grow later.
 */
#include <openssl/crypto.h>
#include <string.h>

#include "subject.h"

enum { LEAST_ARENA = 16 << 20 };

static int start(size_t size, size_t count, size_t most)
{
	size_t block = power_of_two(size);
	size_t arena = power_of_two(block * count);
	if (arena < LEAST_ARENA)
		arena = LEAST_ARENA;
	while (arena > most)
		arena /= 2;
	/* 2 means that the arena is there and not locked, which the check of the locks will tell. */
	return CRYPTO_secure_malloc_init(arena, block) == 0;
}

static void *hold(const void *secret, size_t size)
{
	void *held = OPENSSL_secure_malloc(size);
	if (held)
		memcpy(held, secret, size);
	return held;
}

static void release(void *held, size_t size)
{
	OPENSSL_secure_clear_free(held, size);
}

const struct subject subject_openssl = { "OpenSSL secure heap", 1, start, hold, NULL, release };
