/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The baseline: what a careful program does without any library. It wipes, and protects nothing. */
#include <stdlib.h>
#include <string.h>

#include "subject.h"

static void *hold(const void *secret, size_t size)
{
	void *held = malloc(size);
	if (held)
		memcpy(held, secret, size);
	return held;
}

static void release(void *held, size_t size)
{
	explicit_bzero(held, size);
	free(held);
}

const struct subject subject_malloc = { "malloc+explicit_bzero+free", 0, NULL, hold, NULL, release };
