/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#define _GNU_SOURCE
#include "../internal.h"

#include <pthread.h>

/* glibc parses /proc/self/maps for the first thread, with functions that are cancellation points. */
static int bounds(void **lowest, size_t *size)
{
	pthread_attr_t attributes;
	int before = osml__os_cancellation_off(), rc = pthread_getattr_np(pthread_self(), &attributes);

	if (rc == 0) {
		rc = pthread_attr_getstack(&attributes, lowest, size);
		pthread_attr_destroy(&attributes);
	}
	osml__os_cancellation_restore(before);
	return rc;
}

size_t osml__os_stack_left(void)
{
	void *lowest = NULL;
	size_t size = 0, left;

	if (bounds(&lowest, &size))
		return 0;
	left = (size_t)((uintptr_t)__builtin_frame_address(0) - (uintptr_t)lowest);
	return left < size ? left : 0; /* else a coroutine or a signal handler has a stack of its own */
}
