/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <osmemlock.h>

#include "subject.h"

static void *hold(const void *secret, size_t size)
{
	osml_buffer *held;
	if (osml_buffer_new(&held, size, NULL) != 0)
		return NULL;
	osml_buffer_write(held, 0, secret, size);
	return held;
}

static const void *data(void *held)
{
	return osml_buffer_data(held);
}

static void release(void *held, size_t size)
{
	(void)size;
	osml_buffer_free(held);
}

const struct subject subject_osmemlock = { "osmemlock", 1, NULL, hold, data, release };
