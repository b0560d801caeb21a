/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <sodium.h>
#include <string.h>

#include "subject.h"

static int start(size_t size, size_t count, size_t most)
{
	(void)size;
	(void)count;
	(void)most;
	return sodium_init() < 0;
}

static void *hold(const void *secret, size_t size)
{
	void *held = sodium_malloc(size);
	if (held)
		memcpy(held, secret, size);
	return held;
}

static void release(void *held, size_t size)
{
	(void)size;
	sodium_free(held);
}

const struct subject subject_sodium = { "libsodium sodium_malloc", 1, start, hold, NULL, release };
