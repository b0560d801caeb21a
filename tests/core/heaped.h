/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What the tests of the locked heap share. Each is a program of its own, so all of it is here. */
#ifndef HEAPED_H
#define HEAPED_H

#include "storage.h"
#include "support.h"

#define SMALL_MAX (OSML__POOL_MAX - 8)

static uint64_t info(enum osml_info what)
{
	uint64_t value = 0;

	CHECK_RC(osml_info(what, &value), 0);
	return value;
}

static bool all_are(const unsigned char *p, unsigned char byte, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (p[i] != byte)
			return false;
	return true;
}

static unsigned char *filled(size_t n)
{
	unsigned char *p = osml_malloc(n);

	CHECK(p && all_are(p, 0, n));
	memset(p, 0xEE, n);
	return p;
}

#endif
