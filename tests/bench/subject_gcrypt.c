/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * libgcrypt's secure memory: one pool whose size is given at the start, here as large as what is asked. It searches the pool from
 * its beginning for each request, so thousands of live secrets cost the square of their number.
 */
#include <gcrypt.h>
#include <limits.h>
#include <string.h>

#include "subject.h"

enum { LEAST_POOL = 16 << 20, HEADER = 16, ROUNDING = 32 };

static int start(size_t size, size_t count, size_t most)
{
	size_t block = (size + ROUNDING - 1) / ROUNDING * ROUNDING + HEADER;
	size_t pool = block * count;
	if (pool < LEAST_POOL)
		pool = LEAST_POOL;
	if (pool > most)
		pool = most;
	if (pool > INT_MAX)
		pool = INT_MAX; /* the control takes an int */
	if (!gcry_check_version(NULL))
		return 1;
	gcry_control(GCRYCTL_SUSPEND_SECMEM_WARN);
	/* Its error means that the pool is there and not locked, which the check of the locks will tell. */
	gcry_control(GCRYCTL_INIT_SECMEM, (int)pool, 0);
	return gcry_control(GCRYCTL_INITIALIZATION_FINISHED, 0) != 0;
}

static void *hold(const void *secret, size_t size)
{
	void *held = gcry_malloc_secure(size);
	if (held)
		memcpy(held, secret, size);
	return held;
}

static void release(void *held, size_t size)
{
	(void)size;
	gcry_free(held); /* wipes secure memory */
}

const struct subject subject_gcrypt = { "libgcrypt secmem", 1, start, hold, NULL, release };
